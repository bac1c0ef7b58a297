"""What is learnt from outcomes: how many of them a model has at a kind of work, how good they are, and how far they are to be believed.

Theory of operation. Whoever tells of outcomes may be wrong, and may want to be: anybody with a key can say of a thousand requests that they
went badly. So what is told counts for something, and never for more than that, whoever tells how much. A request counts once for each key
and source that tells of it. A session counts as SESSION outcomes at most, since what happens within one is much alike. A key counts as KEY
outcomes at most of a model at a kind of work, and all keys together as SOURCE by any one source (what traffic shows, what callers say).
What is old counts less: after each half-life half of what it did. It fades before it is held to these bounds, so that a key which told
much long ago has no voice left over from then.

What comes out are rows of evidence with the benchmark `own`, which move the estimates as any own outcomes do (engine.experience): drawn to
what is known of the model anyway, the more so the fewer they are. Without outcomes there are no rows, and nothing changes.

How many outcomes a row counts as is a whole number, and ages are whole days, so that evidence changes when something was told and once a
day, and not with every look. What work cost goes into the rows as well, with or without an outcome told. That changes with every item, so
it goes in rounded: the number of items down to a few steps, amounts to two digits.
"""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.catalog import OWN, Evidence
from tierwise.core.tasks import KINDS
from tierwise.core.told import Paid, Told

SESSION: Final = 30
"""Outcomes that a session of a key counts as at most, of a model at a kind of work; the store holds it to that."""

KEY: Final = 200
"""Outcomes that a key counts as at most, of a model at a kind of work."""

SOURCE: Final = 1000
"""Outcomes that all keys together count as at most by one source, of a model at a kind of work."""

HALF_LIFE: Final = 30.0
"""Days after which an outcome counts half, unless the settings say otherwise."""

LIVES: Final = 7
"""Half-lives after which an outcome is not looked at any more: it would count as less than a hundredth."""

DAY: Final = 86_400_000
"""A day in milliseconds."""

DIGITS: Final = 6
"""Digits of a share that are kept."""

DONE: Final = 1_800_000
"""Milliseconds after which a work item to which nothing was added is taken for done, so that its cost counts."""

STEPS: Final = (5, 2, 1)
"""The numbers of items that cost evidence has, times a power of ten: the largest that there are as many of."""

ORIGIN: Final = "outcomes told to this gateway"
"""The source that rows of evidence name."""

Pair = tuple[str, str]
"""A model and a kind of work."""


class Learnt(Struct, frozen=True, gc=False):
    """What is learnt of a model at a kind of work.

    `n` is how many outcomes it counts as now, `rate` the share of them that speaks for the model, `told` how many were told, `keys` by how
    many keys, `sources` by whom, `day` when the latest was (days since 1970-01-01).
    """

    model: str
    task: str
    n: float
    rate: float
    told: int
    keys: int
    sources: tuple[str, ...]
    day: int


class _Voice(Struct):
    """What one teller's words come to: outcomes, and those that speak for the model."""

    n: float = 0.0
    good: float = 0.0

    def add(self, other: "_Voice", most: float) -> None:
        """Add another one's words, which count as so many outcomes at most."""
        share = min(1.0, most / other.n) if other.n > 0 else 0.0
        self.n += share * other.n
        self.good += share * other.good


def learnt(told: Iterable[Told], today: int, half_life: float = HALF_LIFE) -> tuple[Learnt, ...]:
    """What is learnt of every model at every kind of work, in order of their names; `today` is in days since 1970-01-01."""
    pairs: dict[Pair, list[Told]] = {}
    for one in told:
        if one.model and one.task in KINDS and one.n > 0:
            pairs.setdefault((one.model, one.task), []).append(one)
    return tuple(_learnt(pair, pairs[pair], today, half_life) for pair in sorted(pairs))


def _learnt(pair: Pair, told: list[Told], today: int, half_life: float) -> Learnt:
    voices: dict[str, dict[str, _Voice]] = {}
    for one in told:
        share = faded(today - one.day, half_life)
        said = _Voice(one.n * share, min(max(one.good, 0.0), one.n) * share)
        voices.setdefault(one.source, {}).setdefault(one.key, _Voice()).add(said, float("inf"))
    whole = _Voice()
    for keys in voices.values():
        source = _Voice()
        for one_key in keys.values():
            source.add(one_key, KEY)
        whole.add(source, SOURCE)
    return Learnt(
        *pair,
        n=whole.n,
        rate=whole.good / whole.n if whole.n else 0.0,
        told=sum(one.told for one in told),
        keys=len({one.key for one in told}),
        sources=tuple(sorted(voices)),
        day=max(one.day for one in told),
    )


def since(now: int, half_life: float) -> int:
    """From when on outcomes are looked at, in milliseconds."""
    return max(0, now - round(LIVES * half_life * DAY))


def faded(age: int, half_life: float) -> float:
    """What is left of an outcome after so many days; one of the future is taken for one of today."""
    return float(0.5 ** (max(age, 0) / half_life))


def evidence(found: Iterable[Learnt], dated: Callable[[int], str], paid: Iterable[Paid] = (), today: int = 0) -> tuple[Evidence, ...]:
    """Rows of evidence: outcomes with what the work cost where that is known, then costs alone, whose score is not known.

    What counts as less than half an outcome says nothing. `dated` gives the date (YYYY-MM-DD) of a day; costs alone are of `today`.
    """
    costs = {(one.model, one.task): one for one in paid if one.model and one.task in KINDS and one.n > 0 and one.mean > 0}
    told = {(one.model, one.task): one for one in found if round(one.n)}
    scored = tuple(_scored(one, dated(one.day), costs.get(pair)) for pair, one in told.items())
    return scored + tuple(_costed(costs[pair], dated(today)) for pair in sorted(costs.keys() - told.keys()))


def _scored(one: Learnt, date: str, cost: Paid | None) -> Evidence:
    row = Evidence(one.model, OWN, round(one.rate, DIGITS), date, ORIGIN, n=round(one.n), kind=one.task)
    return row if cost is None else replace(row, **_rounded(cost))


def _costed(cost: Paid, date: str) -> Evidence:
    return replace(Evidence(cost.model, OWN, None, date, ORIGIN, kind=cost.task), **_rounded(cost))


def _rounded(cost: Paid) -> dict[str, int | None]:
    """What work cost, as roughly as it enters evidence: the deviation no finer than the mean."""
    finest = _coarse(cost.mean)
    deviation = None if cost.deviation is None else round(cost.deviation, min(finest, _coarse(cost.deviation)))
    return {"cost": round(cost.mean, finest), "deviation": deviation, "items": step(cost.n)}


def _coarse(amount: int) -> int:
    """The decimal place (none after the point) that leaves an amount its two foremost digits."""
    return min(0, 2 - len(str(amount)))


def step(count: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 ... that a number of items (at least one) reaches."""
    ten: int = 10 ** (len(str(count)) - 1)
    return next(one * ten for one in STEPS if one * ten <= count)
