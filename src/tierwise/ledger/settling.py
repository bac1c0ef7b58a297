"""What budgets have used, in a database: spent for good by entries, held for a while by gateways.

Theory of operation. A purse is a budget in one of its periods. A gateway process takes an allowance out of it (`hold`), sends requests
against that, and gives back what it does not need (`release`). When an entry is added, what it counts is spent, and what was reserved
for it leaves the allowance of the process that served it, in one transaction. Every process has a lease, which it renews while it
lives; the allowance of one that did not comes back. Each of these runs within a transaction that has the purse to itself.

What an entry counts is its `counted`; without one its cost; where nobody knows that, what was reserved for it: unknown is never zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from tierwise.core.entry import Drawn, Entry
from tierwise.core.money import Unknown
from tierwise.ledger import Purse
from tierwise.ledger.rows import fitted, short

LEASE: Final = 60_000
"""Milliseconds for which a process holds what it has taken before it has ever said that it lives."""


class Session(Protocol):
    """A transaction under way."""

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; what it gives. A value's place is a question mark, and `@` stands before the name of a table of ours."""


def counted(entry: Entry) -> int:
    """What an entry counts against its budgets."""
    if entry.counted is not None:
        return entry.counted
    return entry.reserved if isinstance(entry.cost, Unknown) else entry.cost


def settle(session: Session, entries: Iterable[Entry]) -> None:
    """Count new entries against their budgets, each budget once."""
    together: dict[tuple[tuple[Drawn, ...], str], tuple[int, int]] = {}
    for entry in entries:
        amount, reserved = together.get((entry.drawn, entry.holder), (0, 0))
        together[entry.drawn, entry.holder] = amount + counted(entry), reserved + entry.reserved
    spent: dict[tuple[str, int], int] = defaultdict(int)
    freed: dict[tuple[str, int, str], int] = defaultdict(int)
    for (drawn, holder), (amount, reserved) in together.items():
        for purse in dict.fromkeys(map(_purse, drawn)):
            spent[purse] += amount
            freed[*purse, short(holder)] += reserved
    for purse, amount in sorted(spent.items()):
        _spend(session, purse, amount)
    for (budget, began, holder), amount in sorted(freed.items()):
        _free(session, ((budget, began), holder), amount)


def hold(session: Session, taken: tuple[str, Drawn], wanted: tuple[int, int], now: int) -> int:
    """Set aside up to `wanted` (an amount, and the budget's limit) for a holder of a purse; how much."""
    holder, purse = short(taken[0]), _purse(taken[1])
    amount, limit = wanted
    spent = _locked(session, purse)
    granted = min(amount, limit - spent - _held(session, purse))
    if granted < amount:
        reap(session, holder, now)
        granted = min(amount, limit - spent - _held(session, purse))
    if granted <= 0:
        return 0
    _lease(session, holder, now)
    own = session.ask("SELECT amount FROM @holdings WHERE budget = ? AND began = ? AND holder = ?", (*purse, holder))
    _put(session, (purse, holder), granted + sum(int(one[0]) for one in own))
    return granted


def release(session: Session, taken: tuple[str, Drawn], amount: int) -> None:
    """Give back some of what a holder has set aside."""
    purse = _purse(taken[1])
    _locked(session, purse)
    _free(session, (purse, short(taken[0])), amount)


def alive(session: Session, holder: str, until: int, now: int) -> None:
    """Renew a lease, and give back what is held by those whose lease has run out."""
    reap(session, short(holder), now)
    session.ask(
        "INSERT INTO @leases (holder, until) VALUES (?, ?) ON CONFLICT (holder) DO UPDATE SET until = excluded.until",
        (short(holder), fitted(until)),
    )


def reap(session: Session, but: str, now: int) -> None:
    """Give back what is held by those whose lease has run out, all but one who is just about to renew his."""
    for (holder,) in session.ask("SELECT holder FROM @leases WHERE until < ? AND holder <> ? FOR UPDATE SKIP LOCKED", (now, but)):
        session.ask("DELETE FROM @holdings WHERE holder = ?", (holder,))
        session.ask("DELETE FROM @leases WHERE holder = ?", (holder,))
    session.ask("DELETE FROM @holdings AS h WHERE h.holder <> ? AND NOT EXISTS (SELECT 1 FROM @leases l WHERE l.holder = h.holder)", (but,))


def purses(session: Session, began: Sequence[Drawn]) -> list[Purse]:
    """What the periods of some budgets have used, in the order asked."""
    return [_read(session, one) for one in began]


def _read(session: Session, drawn: Drawn) -> Purse:
    purse = _purse(drawn)
    spent = session.ask("SELECT spent FROM @purses WHERE budget = ? AND began = ?", purse)
    return Purse(drawn.budget, drawn.began, sum(int(one[0]) for one in spent), _held(session, purse))


def _purse(drawn: Drawn) -> tuple[str, int]:
    return short(drawn.budget), fitted(drawn.began)


def _locked(session: Session, purse: tuple[str, int]) -> int:
    """What a purse has spent, once nobody else can change it."""
    session.ask("INSERT INTO @purses (budget, began, spent) VALUES (?, ?, '0') ON CONFLICT (budget, began) DO NOTHING", purse)
    return int(session.ask("SELECT spent FROM @purses WHERE budget = ? AND began = ? FOR UPDATE", purse)[0][0])


def _held(session: Session, purse: tuple[str, int]) -> int:
    """What all processes hold of a purse."""
    return sum(int(one[0]) for one in session.ask("SELECT amount FROM @holdings WHERE budget = ? AND began = ?", purse))


def _spend(session: Session, purse: tuple[str, int], amount: int) -> None:
    spent = _locked(session, purse)
    session.ask("UPDATE @purses SET spent = ? WHERE budget = ? AND began = ?", (str(spent + amount), *purse))


def _free(session: Session, held: tuple[tuple[str, int], str], amount: int) -> None:
    """Take some off a holding, down to nothing; one that is gone stays gone."""
    key = (*held[0], held[1])
    for (there,) in session.ask("SELECT amount FROM @holdings WHERE budget = ? AND began = ? AND holder = ?", key):
        if int(there) > amount:
            session.ask("UPDATE @holdings SET amount = ? WHERE budget = ? AND began = ? AND holder = ?", (str(int(there) - amount), *key))
        else:
            session.ask("DELETE FROM @holdings WHERE budget = ? AND began = ? AND holder = ?", key)


def _put(session: Session, held: tuple[tuple[str, int], str], amount: int) -> None:
    """Set a holding."""
    session.ask(
        "INSERT INTO @holdings (budget, began, holder, amount) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (budget, began, holder) DO UPDATE SET amount = excluded.amount",
        (*held[0], held[1], str(amount)),
    )


def _lease(session: Session, holder: str, now: int) -> None:
    """Give a process that has never said that it lives a little time to do so."""
    session.ask("INSERT INTO @leases (holder, until) VALUES (?, ?) ON CONFLICT (holder) DO NOTHING", (holder, now + LEASE))
