"""What the ledger proves: spend against the reference with a warm cache of its own, part by part, and how sure that is.

Theory of operation. The rows of the ledger come by once, the oldest first. Each is counted in the whole and in every part it belongs to.
What is compared are rows of which both the cost and the baseline are known; everything else is counted and stands beside the saving as a
share, never as zero. Cost is what all attempts cost, those included that failed or lost a race, so what caution costs is subtracted
already; it is also shown by itself. What a request cost that was never answered counts against the saving, since the reference is charged
nothing for it. The interval of a saving is the bootstrap's over sessions (resampling.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from tierwise.core.money import Amount, Unknown
from tierwise.core.run import TAG
from tierwise.core.usage import Usage, added
from tierwise.lab.resampling import NANO, REPLICATES, interval, weights
from tierwise.ledger import Row

DAY: Final = 86_400_000
SIDE: Final = "side"
"""The turn of a client's background calls: they go to another tier by rule, which is no switch of the session's."""

GOOD: Final = 400
"""Statuses below this are answers."""

TOP: Final = 10
SHOWN: Final = 8
"""Stretches of models that are kept of a session."""

NONE: Final = "(none)"

KEYS: Final[Mapping[str, Callable[[Row], tuple[str, ...]]]] = MappingProxyType(
    {
        "model": lambda row: (row.model or NONE,),
        "task": lambda row: (row.task or NONE,),
        "key": lambda row: (row.key or NONE,),
        "team": lambda row: (row.team or NONE,),
        "project": lambda row: (row.project or NONE,),
        "client": lambda row: (row.client or NONE,),
        "policy": lambda row: (row.policy or NONE,),
        "session": lambda row: (row.session or NONE,),
        "tag": lambda row: row.tags or (NONE,),
        "cascade": lambda row: tuple(one.removeprefix(TAG) for one in row.tags if one.startswith(TAG)),
        "day": lambda row: (str(row.at // DAY),),
    }
)
"""What entries can be grouped by; a request with several tags counts in each of them, one of no cascade in none."""

Charge = Callable[[str, Usage, int], Amount]
"""What some tokens cost on an endpoint at an instant."""


class Saved(Struct, frozen=True):
    """What the reference would have cost more: pico-dollars and a share of the reference, each with a 95 % interval.

    The interval is None where there is only one session.
    """

    amount: int
    share: float
    low: int | None = None
    high: int | None = None
    share_low: float | None = None
    share_high: float | None = None


class Part(Struct, frozen=True):
    """Entries that share a value. Amounts are pico-dollars.

    `compared` is the cost of those entries of which `baseline`, what the reference would have cost, is known too; `saved` is the
    difference, None where there is nothing to compare. `unpriced`, `unmeasured`, `uncompared` count entries of which the cost, the usage,
    or one of the two amounts is not known. `caution` is what hedges and failed attempts cost, part of `cost`. `absorbed` requests had a
    `failed` attempt and were answered all the same, `refused` ones were not. `up` were sent to a dearer model than the call before in
    their session, `switches` to another one. `predicted` and `observed` are cached prompt tokens, of the `prompt` tokens of entries of
    which both are known.
    """

    name: str
    sessions: int
    saved: Saved | None
    requests: int
    refused: int
    absorbed: int
    failed: int
    hedges: int
    cost: int
    compared: int
    baseline: int
    unpriced: int
    unmeasured: int
    uncompared: int
    caution: int
    usage: Usage
    prompt: int
    predicted: int
    observed: int
    up: int
    switches: int


class Telling(Struct, frozen=True):
    """A session among the dearest: who it was, when it began, and which models served how many calls in a row."""

    session: str
    key: str
    client: str
    at: int
    requests: int
    cost: int
    baseline: int
    compared: int
    uncompared: int
    up: int
    path: tuple[tuple[str, int], ...]


class Day(Struct, frozen=True):
    """Pico-dollars of a day: what it cost and what of that is compared with the reference."""

    day: int
    cost: int
    compared: int
    baseline: int


class Proof(Struct, frozen=True):
    """Everything the rows prove. `prices` counts entries by the version of the prices that they were charged with."""

    by: str
    first: int
    last: int
    whole: Part
    parts: tuple[Part, ...]
    top: tuple[Telling, ...]
    days: tuple[Day, ...]
    prices: dict[str, int]
    reasons: dict[str, int]


class Sum(Struct):
    """A part while it is counted."""

    requests: int = 0
    refused: int = 0
    absorbed: int = 0
    failed: int = 0
    hedges: int = 0
    cost: int = 0
    compared: int = 0
    baseline: int = 0
    unpriced: int = 0
    unmeasured: int = 0
    uncompared: int = 0
    caution: int = 0
    usage: Usage = Usage()
    prompt: int = 0
    predicted: int = 0
    observed: int = 0
    up: int = 0
    switches: int = 0


Money = tuple[int, int]
"""What was paid and what the reference would have been, over entries that can be compared."""


class Thread(Struct):
    """A session while it is counted: what it compares in each part, who serves it, and what it amounts to."""

    row: Row
    parts: dict[str, Money] = {}
    endpoint: str = ""
    path: list[tuple[str, int]] = []
    sum: Sum = field(default_factory=Sum)


class Count(Struct):
    """Everything counted so far: the whole under ''."""

    by: str
    charge: Charge
    sums: dict[str, Sum] = {}
    threads: dict[tuple[str, str], Thread] = {}
    days: dict[int, Sum] = {}
    prices: dict[str, int] = {}
    reasons: dict[str, int] = {}
    first: int = 0
    last: int = 0


WHOLE: Final = ""


def proof(rows: Iterable[Row], by: str, charge: Charge) -> Proof:
    """What some rows prove, the oldest first; `charge` tells which of two models is the dearer for a call."""
    count = Count(by, charge)
    for row in rows:
        _counted(count, row)
    parts = _parts(count)
    whole = parts.pop(WHOLE, None) or _part(WHOLE, Sum(), 0, None)
    ordered = sorted(parts.values(), key=_place(by))
    return Proof(by, count.first, count.last, whole, tuple(ordered), _top(count), _days(count), count.prices, count.reasons)


def _place(by: str) -> Callable[[Part], tuple[int, str]]:
    """Days in order, everything else by cost."""
    return (lambda part: (int(part.name), "")) if by == "day" else (lambda part: (-part.cost, part.name))


def _counted(count: Count, row: Row) -> None:
    count.first, count.last = min(count.first or row.at, row.at), max(count.last, row.at)
    thread = count.threads.setdefault((row.key, row.session or row.id), Thread(row))
    moved = _moved(thread, row, count.charge)
    money = _compared(row) or (0, 0)
    for name in (WHOLE, *dict.fromkeys(KEYS[count.by](row))):
        _add(count.sums.setdefault(name, Sum()), row, moved)
        paid, reference = thread.parts.get(name, (0, 0))
        thread.parts[name] = paid + money[0], reference + money[1]
    _add(thread.sum, row, moved)
    _add(count.days.setdefault(row.at // DAY, Sum()), row, moved)
    if row.endpoint:
        count.prices[row.prices] = count.prices.get(row.prices, 0) + 1
    for why in dict.fromkeys(filter(None, (row.cost_because, row.baseline_because))):
        count.reasons[why] = count.reasons.get(why, 0) + 1


Moved = tuple[bool, bool]
"""Whether a request went to another model than the call before in its session, and to a dearer one."""


def _moved(thread: Thread, row: Row, charge: Charge) -> Moved:
    if not row.endpoint or row.turn == SIDE:
        return False, False
    before, thread.endpoint = thread.endpoint, row.endpoint
    if before == row.endpoint:
        thread.path[-1] = (row.model, thread.path[-1][1] + 1)
        return False, False
    thread.path.append((row.model, 1))
    if not before:
        return False, False
    return True, row.usage is not None and _dearer(charge(row.endpoint, row.usage, row.at), charge(before, row.usage, row.at))


def _compared(row: Row) -> Money | None:
    """What a row cost and what the reference would have; None where one of them is not known."""
    if row.cost is None:
        return None
    if row.baseline is None:
        return None if row.committed else (row.cost, 0)
    return row.cost, row.baseline


def _dearer(one: Amount, other: Amount) -> bool:
    return not isinstance(one, Unknown) and not isinstance(other, Unknown) and one > other


def _add(total: Sum, row: Row, moved: Moved) -> None:
    """Count a row."""
    answered = row.status < GOOD and not row.fault
    total.requests += 1
    total.refused += not answered
    total.absorbed += answered and bool(_failed(row))
    total.failed += _failed(row)
    total.hedges += row.hedges
    total.switches += moved[0]
    total.up += moved[1]
    total.unpriced += row.cost is None
    total.unmeasured += row.usage is None and row.committed
    if row.cost is not None:
        total.cost += row.cost
        total.caution += row.cost - sum(row.bill) if row.bill is not None else row.cost
    money = _compared(row)
    total.uncompared += money is None
    if money is not None:
        total.compared += money[0]
        total.baseline += money[1]
    if row.usage is not None:
        total.usage = added(total.usage, row.usage)
        if row.predicted is not None:
            total.prompt += row.usage.prompt
            total.predicted += row.predicted
            total.observed += row.usage.read


def _failed(row: Row) -> int:
    """Attempts that failed and did not serve; the one that lost a race is a hedge."""
    served_badly = bool(row.fault) and row.committed
    return max(row.faults - row.hedges - served_badly, 0)


def _parts(count: Count) -> dict[str, Part]:
    """Every part with its interval."""
    replicates: dict[str, NDArray[np.int64]] = {}
    sessions: dict[str, int] = {}
    for (key, session), thread in count.threads.items():
        here = weights(f"{key}/{session}")
        for name, (paid, reference) in thread.parts.items():
            sessions[name] = sessions.get(name, 0) + 1
            found = replicates.setdefault(name, np.zeros((2, REPLICATES), dtype=np.int64))
            found += np.multiply.outer(np.array((paid // NANO, reference // NANO)), here)
    return {name: _part(name, total, sessions[name], replicates[name]) for name, total in count.sums.items()}


def _part(name: str, total: Sum, sessions: int, replicates: NDArray[np.int64] | None) -> Part:
    counted = {key: getattr(total, key) for key in Sum.__struct_fields__}
    return Part(name=name, sessions=sessions, saved=_saved(total, sessions, replicates), **counted)


def _saved(total: Sum, sessions: int, replicates: NDArray[np.int64] | None) -> Saved | None:
    """What is saved, with its interval where there are several sessions."""
    if not total.baseline:
        return None
    found = Saved(total.baseline - total.compared, 1 - total.compared / total.baseline)
    if replicates is None or sessions == 1:
        return found
    paid, reference = replicates.astype(np.float64)
    usable = reference > 0
    if not usable.any():
        return found
    low, high = interval(reference[usable] - paid[usable])
    least, most = interval(1 - paid[usable] / reference[usable])
    return Saved(found.amount, found.share, round(low * NANO), round(high * NANO), least, most)


def _top(count: Count) -> tuple[Telling, ...]:
    """The dearest sessions."""
    named = [(name, thread) for (_, name), thread in count.threads.items() if thread.sum.cost]
    return tuple(_telling(name, thread) for name, thread in sorted(named, key=lambda one: (-one[1].sum.cost, one[0]))[:TOP])


def _telling(name: str, thread: Thread) -> Telling:
    row, total = thread.row, thread.sum
    return Telling(
        session=name,
        key=row.key,
        client=row.client,
        at=row.at,
        requests=total.requests,
        cost=total.cost,
        baseline=total.baseline,
        compared=total.compared,
        uncompared=total.uncompared,
        up=total.up,
        path=tuple(_shortened(thread.path)),
    )


def _shortened(path: list[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """The first stretches, and how many calls are in all the others."""
    yield from path[:SHOWN]
    if len(path) > SHOWN:
        yield "others", sum(calls for _, calls in path[SHOWN:])


def _days(count: Count) -> tuple[Day, ...]:
    return tuple(Day(day, total.cost, total.compared, total.baseline) for day, total in sorted(count.days.items()))
