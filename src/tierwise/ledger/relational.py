"""A store on any database that speaks SQL: what all of them do alike. What a database does in its own way is its `Door`.

Theory of operation. Whatever is asked runs through the door, which finds a connection, makes a transaction of what writes, turns
the database's errors into StoreAway and StoreWrong, and brings the schema up to date before the first question. Entries are added in one
transaction: those whose id is there already are left out, the others are loaded in bulk, and what they cost is settled with the budgets.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from tierwise.core import codec
from tierwise.core.budgets import Budget
from tierwise.core.entry import Drawn, Entry, Outcome, Record
from tierwise.core.keys import VirtualKey
from tierwise.core.run import Run
from tierwise.core.told import Paid, Told
from tierwise.ledger import Group, Laid, Purse, Query, Row, StoreRefuses, StoreWrong, queries, runs, settling, telling
from tierwise.ledger.queries import Asked, Dialect
from tierwise.ledger.rows import Unreadable, instant, laid, row, short, unpacked, unpacked_outcome
from tierwise.ledger.settling import Session

T = TypeVar("T")

PAGE: Final = 1000
"""Rows that `each` reads at once."""
MILLIS: Final = 1_000_000
AT_ONCE: Final = 400
"""Ids that are asked for in one statement."""


class Door(Protocol):
    """A database: a connection for each question, and what the dialects do not share."""

    dialect: Dialect
    shown: str

    def migrate(self) -> int:
        """Bring the schema up to date; its version."""

    def version(self) -> int:
        """The version the schema has, 0 where there is none. Nothing is changed; StoreWrong where it is newer than this code."""

    def read(self, work: Callable[[Session], T]) -> T:
        """What some reading comes to."""

    def write(self, work: Callable[[Session], T]) -> T:
        """What some writing comes to, all of it or none."""

    def queue(self, session: Session) -> None:
        """Wait until no other process is adding, to the end of the transaction."""

    def load(self, session: Session, entries: Sequence[Laid]) -> None:
        """Put in entries that are not there yet."""

    def prune(self, before: int) -> int:
        """Forget entries from before a time; how many."""

    def size(self) -> int:
        """Bytes on disk."""

    def close(self) -> None:
        """Let go of all connections."""


class Span(Struct, frozen=True):
    """How much is kept: entries, when the first and the last of them were (None without any), and bytes on disk."""

    entries: int
    oldest: int | None
    newest: int | None
    bytes: int


def clock() -> int:
    """The time, in milliseconds since the epoch."""
    return time.time_ns() // MILLIS


class Relational(Struct):
    """A store behind a door. `now` is a clock in milliseconds."""

    door: Door
    now: Callable[[], int] = clock

    def migrate(self) -> int:
        """Bring the schema up to date; the version it has now. StoreWrong where it is newer than this code."""
        return self.door.migrate()

    def add(self, records: Sequence[Record | Laid]) -> int:
        """Keep records, all or none, and settle their budgets; how many were new. What is there already stays as it is."""
        if not records:
            return 0
        try:
            ready = [laid(one) if isinstance(one, Entry) else one for one in records]
            return self.door.write(lambda session: _add(session, self.door, ready))
        except (TypeError, OverflowError, UnicodeEncodeError) as error:
            raise StoreRefuses(f"{self.door.shown}: {error}") from None

    def find(self, name: str) -> Entry | None:
        """The whole entry of a request's id, with receipt and bodies."""
        return self.door.read(lambda session: _find(session, self.door, name))

    def rows(self, query: Query) -> Sequence[Row]:
        """Entries without receipts, newest first."""
        return [row(one) for one in self._read(queries.listed(query, self.door.dialect))]

    def grouped(self, by: str, query: Query) -> Sequence[Group]:
        """Sums by a column of Row, by 'day', 'hour' or 'tag', or ('') over everything; those that cost most first, times in order."""
        dialect = self.door.dialect
        summed = self._read(queries.sums(by, query, dialect))
        return queries.groups(by, summed, self._read(queries.moves(by, query, dialect)) if summed else ())

    def crossed(self, by: Sequence[str], query: Query) -> Sequence[tuple[tuple[str, ...], Group]]:
        """Sums for each combination of some columns' values, or of 'day' or 'hour'."""
        return queries.crossings(by, self._read(queries.crossed(by, query, self.door.dialect)))

    def outcomes(self, entry: str = "", session: str = "") -> Sequence[Record]:
        """What was told of a request or of a session, in order; of everything where neither is given."""
        given = [(name, short(value)) for name, value in (("entry", entry), ("session", session)) if value]
        where = f" WHERE {' OR '.join(f'{name} = ?' for name, _ in given)}" if given else ""
        sql = f"SELECT outcome FROM @outcomes{where} ORDER BY at, id"  # noqa: S608  # all of it is ours
        return [unpacked_outcome(bytes(one)) for (one,) in self._read(Asked(sql, tuple(value for _, value in given)))]

    def told(self, since: int, session: float, until: int = 1 << 53) -> Sequence[Told]:
        """What was told from a time until another, summed by model, kind of work, source, key and day."""
        return telling.told_of(self._read(telling.told((since, until), session)))

    def paid(self, since: int, until: int = 1 << 53) -> Sequence[Paid]:
        """What work items cost that were at work from a time on and done before another, by model and kind of work."""
        return telling.paid_of(self._read(telling.paid(since, until)))

    def runs(self, query: Query) -> Sequence[Run]:
        """Verified cascades, newest first: those of a query's span, of a `status` among its fields, whose ids begin with its text."""
        return runs.read(self._read(runs.listed(query)), self.door.shown)

    def run(self, name: str) -> Run | None:
        """The verified cascade of an id, as it was last told."""
        return next(iter(runs.read(self._read(runs.found(name)), self.door.shown)), None)

    def each(self, query: Query) -> Iterator[Row]:
        """All rows of a query, oldest first, whatever its limit; they are read in pages, so that they need not fit in memory."""
        after = (-1, "")
        while page := self._read(queries.following(query, self.door.dialect, after, PAGE)):
            yield from map(row, page)
            after = (page[-1][1], page[-1][0])

    def keys(self) -> Sequence[VirtualKey]:
        """Every virtual key."""
        found = self._read(Asked("SELECT virtual_key FROM @keys ORDER BY id"))
        return [codec.decoded(text.encode(), VirtualKey) for (text,) in found]

    def put_key(self, key: VirtualKey) -> None:
        """Add a key or put it in the place of the one with its id."""
        self._change(
            "INSERT INTO @keys (id, virtual_key) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET virtual_key = excluded.virtual_key",
            (short(key.id), _text(key)),
        )

    def drop_key(self, name: str) -> bool:
        """Forget the key of an id; whether it was there."""
        return self._change("DELETE FROM @keys WHERE id = ? RETURNING id", (short(name),))

    def budgets(self) -> Sequence[Budget]:
        """Every budget that was set here (those of tierwise.yaml are not)."""
        found = self._read(Asked("SELECT budget FROM @budgets ORDER BY name"))
        return [codec.decoded(text.encode(), Budget) for (text,) in found]

    def put_budget(self, budget: Budget) -> None:
        """Add a budget or put it in the place of the one with its name."""
        self._change(
            "INSERT INTO @budgets (name, budget) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET budget = excluded.budget",
            (short(budget.name), _text(budget)),
        )

    def drop_budget(self, name: str) -> bool:
        """Forget a budget; whether it was there."""
        return self._change("DELETE FROM @budgets WHERE name = ? RETURNING name", (short(name),))

    def changes(self) -> int:
        """A number that grows whenever a key or a budget changes."""
        return int(self._read(Asked("SELECT number FROM @changes"))[0][0])

    def hold(self, holder: str, drawn: Drawn, amount: int, limit: int) -> int:
        """Set aside some of a budget's period for a gateway process (`holder`); how much it could have."""
        if amount <= 0:
            return 0
        return self.door.write(lambda session: settling.hold(session, (holder, drawn), (amount, limit), self.now()))

    def release(self, holder: str, drawn: Drawn, amount: int) -> None:
        """Give back what a process has set aside and does not need."""
        if amount > 0:
            self.door.write(lambda session: settling.release(session, (holder, drawn), amount))

    def alive(self, holder: str, until: int) -> None:
        """A process lives and will say so again before `until`; what is held by those that did not is given back."""
        self.door.write(lambda session: settling.alive(session, holder, until, self.now()))

    def purses(self, began: Sequence[Drawn]) -> Sequence[Purse]:
        """What some budgets' periods have used."""
        return self.door.read(lambda session: settling.purses(session, began))

    def prune(self, before: int) -> int:
        """Forget entries from before a time, and what was told of them by then; how many entries."""
        return self.door.prune(instant(before))

    def span(self) -> Span:
        """How much is kept."""
        found = self._read(Asked("SELECT count(*), min(at), max(at) FROM @entries"))[0]
        return Span(int(found[0]), found[1], found[2], self.door.size())

    def close(self) -> None:
        """Let go of the database."""
        self.door.close()

    def _read(self, asked: Asked) -> list[tuple[Any, ...]]:
        return self.door.read(lambda session: session.ask(asked.sql, asked.values))

    def _change(self, sql: str, values: Sequence[Any]) -> bool:
        """Change a key or a budget, and say so to everybody; whether anything came back."""

        def work(session: Session) -> bool:
            session.ask("UPDATE @changes SET number = number + 1")
            return bool(session.ask(sql, values))

        return self.door.write(work)


def _add(session: Session, door: Door, records: Sequence[Laid | Outcome | Run]) -> int:
    """Add what is new of some records; how many."""
    door.queue(session)
    entries = _new(session, {one.columns[0]: one for one in reversed(records) if isinstance(one, Laid)})
    if entries:
        door.load(session, entries)
    told = sum(_told(session, one) for one in records if isinstance(one, Outcome))
    ran = sum(runs.put(session, one) for one in records if isinstance(one, Run))
    settling.settle(session, [one.entry for one in entries])
    return len(entries) + told + ran


def _new(session: Session, entries: dict[str, Laid]) -> list[Laid]:
    """Those that are not there yet."""
    ids, there = list(entries), set[str]()
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        marks = ", ".join("?" * len(some))
        there.update(one[0] for one in session.ask(f"SELECT id FROM @entries WHERE id IN ({marks})", some))  # noqa: S608  # all of it is ours
    return [entries[name] for name in reversed(ids) if name not in there]


def _told(session: Session, one: Outcome) -> bool:
    """Add an outcome; whether it was new."""
    return bool(session.ask(telling.TELL, telling.values(one)))


def _find(session: Session, door: Door, name: str) -> Entry | None:
    same = door.dialect.same
    found = session.ask(f"SELECT p.receipt FROM @entries e JOIN @receipts p ON {same} WHERE e.id = ?", (short(name),))  # noqa: S608  # all of it is ours
    if not found:
        return None
    kept = session.ask(f"SELECT p.bodies FROM @entries e JOIN @bodies p ON {same} WHERE e.id = ?", (short(name),))  # noqa: S608  # all of it is ours
    try:
        return unpacked(bytes(found[0][0]), bytes(kept[0][0]) if kept else None)
    except Unreadable as error:
        raise StoreWrong(f"{door.shown}: {name}: {error}") from None


def _text(value: VirtualKey | Budget) -> str:
    """A key or a budget as JSON text, which every database takes: JSON has no raw NUL."""
    return codec.encoded(value).decode()
