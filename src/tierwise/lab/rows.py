"""The rows of a report: each way of serving the log with its cost, its division, its expected quality, and how sure all that is.

A row is compared with the reference only over calls for which both prices are known; where that cannot be, it has no saving.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from tierwise.core.catalog import Catalog
from tierwise.lab.expected import Expected, Judge, everywhere
from tierwise.lab.resampling import NANO, interval
from tierwise.lab.tally import ACTUAL, HINDSIGHT, LEAST, MATCHED, PAID, POLICY, Share, Sums, Tally


class Row(Struct, frozen=True):
    """One way of serving the log, pico-dollars with a 95 % interval over sessions; `saving` is the share of the reference's spend.

    `tiers` are shares of calls, `tasks` shares of dollars by kind of work; `unknown` is the share of the log's calls whose price, usage or
    model is not known: they are in no sum. What a row does not know is None or empty.
    """

    name: str
    kind: str
    dollars: int
    low: int
    high: int
    tokens: int | None = None
    saving: float | None = None
    saving_low: float | None = None
    saving_high: float | None = None
    hits: float | None = None
    switches: int | None = None
    quality: Expected | None = None
    tiers: dict[str, float] = {}
    tasks: dict[str, float] = {}
    unknown: float = 0.0


class Bench(Struct, frozen=True):
    """What rows are made with."""

    tally: Tally
    catalog: Catalog
    judge: Judge
    work: dict[tuple[str, int], int]
    tiers: dict[str, str]


def bench(tally: Tally, catalog: Catalog) -> Bench:
    """What the rows of a tally are made with; work counts by items where the log shows any, else by calls."""
    weighted = any(share.items for share in tally.work.values())
    work = {key: share.items if weighted else share.calls for key, share in tally.work.items()}
    tiers = tally.tiers | {one.id: one.tier for one in catalog.endpoints}
    return Bench(tally, catalog, Judge(catalog, tally.reference), work, tiers)


def _spent(one: Bench, name: str, kind: str, sums: Sums) -> Row:
    """A row with its interval, and its saving against the reference over the same resampled sessions."""
    mine = one.tally.replicates[name].astype(np.float64)
    low, high = interval(mine)
    row = Row(name, kind, sums.dollars, round(low * NANO), round(high * NANO), unknown=_unknown(one, sums.unknown))
    base = one.tally.sums[one.tally.reference]
    if sums.unknown or base.unknown:
        return row
    return saved(row, (sums.dollars, mine), (base.dollars, one.tally.replicates[one.tally.reference].astype(np.float64)))


Spent = tuple[int, NDArray[np.float64]]
"""Pico-dollars, and the same for resampled sessions in nano-dollars."""


def saved(row: Row, mine: Spent, reference: Spent) -> Row:
    """A row with what it saves of the reference's spend; none where the reference spends nothing."""
    usable = reference[1] > 0
    if not reference[0] or not usable.any():
        return row
    low, high = interval(1 - mine[1][usable] / reference[1][usable])
    return replace(row, saving=1 - mine[0] / reference[0], saving_low=low, saving_high=high)


def _unknown(one: Bench, calls: int) -> float:
    counts = one.tally.counts
    left_out = counts.unknown_usage + counts.unknown_model
    return (left_out + calls) / (left_out + counts.calls)


def hit_ratio(sums: Sums) -> float:
    """The share of prompt tokens that were cached."""
    return sums.cached / sums.prompt if sums.prompt else 0.0


def _way(one: Bench, name: str, kind: str) -> Row:
    """A way of serving the log that is followed call by call."""
    sums, parts = one.tally.sums[name], shares(one.tally, name)
    return replace(
        _spent(one, name, kind, sums),
        tokens=sums.tokens,
        hits=hit_ratio(sums),
        switches=one.tally.switches[name],
        quality=_quality(one, parts),
        tiers=by_tier(one.tiers, parts),
        tasks=_by_task((kind, share.dollars) for (_, kind, _), share in parts.items()),
    )


def shares(tally: Tally, name: str) -> dict[tuple[str, str, int], Share]:
    """How one way divides the log, by endpoint, kind and difficulty."""
    return {part[1:]: share for part, share in tally.shares.items() if part[0] == name}


def by_tier(tiers: Mapping[str, str], parts: Mapping[tuple[str, str, int], Share]) -> dict[str, float]:
    """Share of calls by tier."""
    calls: dict[str, int] = {}
    for (name, _, _), share in parts.items():
        calls[tiers[name]] = calls.get(tiers[name], 0) + share.calls
    total = sum(calls.values())
    return {tier: count / total for tier, count in sorted(calls.items())}


def _by_task(dollars: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Share of dollars by kind of work."""
    found: dict[str, float] = {}
    for kind, amount in dollars:
        found[kind] = found.get(kind, 0) + amount
    total = sum(found.values())
    return {kind: amount / total for kind, amount in sorted(found.items())} if total else {}


def _quality(one: Bench, parts: Mapping[tuple[str, str, int], Share]) -> Expected:
    """Quality of work as it was shared out; endpoints that are not candidates count as unknown."""
    weighted = any(share.items for share in parts.values())
    known = {each.id for each in one.catalog.endpoints}
    weights = {key: share.items if weighted else share.calls for key, share in parts.items()}
    inside = {key: weight for key, weight in weights.items() if key[0] in known}
    found = one.judge.expected(inside)
    return replace(found, known=found.known * sum(inside.values()) / sum(weights.values()))


def actual(one: Bench) -> Row:
    """What really happened, against the reference over the calls whose price is known."""
    row = replace(_way(one, ACTUAL, "actual"), saving=None, saving_low=None, saving_high=None)
    paid, matched = (one.tally.replicates[name].astype(np.float64) for name in (PAID, MATCHED))
    return saved(row, (one.tally.paid, paid), (one.tally.matched, matched))


def referred(row: Row) -> Row:
    """A model alone as the reference."""
    return replace(row, kind="reference")


def policy(one: Bench) -> Row:
    """The policy."""
    return _way(one, POLICY, "policy")


def alone(one: Bench) -> tuple[Row, ...]:
    """Every endpoint alone, the cheapest first, those of which not all is known last."""
    found = [_alone(one, name) for name in one.tally.endpoints]
    return tuple(sorted(found, key=lambda row: (one.tally.sums[row.name].unknown, row.dollars)))


def _alone(one: Bench, name: str) -> Row:
    sums, place = one.tally.sums[name], one.tally.endpoints.index(name)
    return replace(
        _spent(one, name, "alone", sums),
        tokens=sums.tokens,
        hits=hit_ratio(sums),
        switches=0,
        quality=one.judge.expected(everywhere(name, one.work.items())),
        tiers={one.tiers[name]: 1.0},
        tasks=_by_task((kind, row[place]) for trial in one.tally.lengths.values() for kind, row in trial.dollars.items()),
    )


def hindsight(one: Bench) -> tuple[Row, Row]:
    """The best schedule in hindsight, and the bound below all schedules."""
    best = replace(_way(one, HINDSIGHT, "clairvoyant"), name="best schedule in hindsight", tokens=None)
    sums = Sums(one.tally.least, unknown=one.tally.sums[HINDSIGHT].unknown)
    return best, replace(_spent(one, LEAST, "bound", sums), name="no schedule can be below")


def rivals(one: Bench, rows: Sequence[Row], chosen: Row) -> tuple[Row, ...]:
    """The simplest routers at the policy's spend, and the best single model for it; of `rows`, those of which all is known."""
    known = [row for row in rows if row.saving is not None and row.quality is not None and row.quality.known > 0]
    affordable = [row for row in known if row.dollars <= chosen.dollars]
    fixed = max(affordable, key=lambda row: row.quality.mean if row.quality else -1.0, default=None)
    found = () if fixed is None else (replace(fixed, name=f"{fixed.name} for all", kind="best fixed"),)
    if chosen.saving is None:
        return found
    spend = min(max(chosen.dollars, known[0].dollars), max(row.dollars for row in known)) if known else 0
    pair, row = strongest(known, spend), replace(chosen, dollars=spend)
    return found if pair is None else (_mix(one, pair, row), _by_length(one, pair, row), *found)


class Pair(Struct, frozen=True):
    """Two models between which the simplest routers divide the log."""

    cheap: Row
    base: Row


def strongest(rows: Sequence[Row], dollars: int) -> Pair | None:
    """The two models whose mix at some spend is expected to be the best: what a router has to beat, found with all of the log at hand."""
    pairs = [
        Pair(cheap, base) for cheap in rows for base in rows if cheap.dollars <= dollars <= base.dollars and cheap.dollars < base.dollars
    ]
    return max(pairs, key=lambda pair: _mean(pair, dollars), default=None)


def _mean(pair: Pair, dollars: int) -> float:
    return mixed_quality(pair, cheaply(pair, dollars)).mean


def cheaply(pair: Pair, dollars: int) -> float:
    """The share of the log that goes to the cheaper model of a pair at some spend."""
    return (pair.base.dollars - dollars) / (pair.base.dollars - pair.cheap.dollars)


def mixed_quality(pair: Pair, share: float) -> Expected:
    """What is to be expected of two models that each do a share; their errors are taken to move together, as everywhere."""
    one, other = pair.cheap.quality or NOTHING_KNOWN, pair.base.quality or NOTHING_KNOWN
    mean, low, high = (share * left + (1 - share) * right for left, right in zip(_span(one), _span(other), strict=True))
    return Expected(mean, low, high, min(one.known, other.known))


def _span(quality: Expected) -> tuple[float, float, float]:
    return quality.mean, quality.low, quality.high


NOTHING_KNOWN: Final = Expected(0.0, -1.0, 1.0, 0.0)


def _mix(one: Bench, pair: Pair, chosen: Row) -> Row:
    """Sessions at random to one of two models, so that it costs what the policy costs."""
    share = cheaply(pair, chosen.dollars)
    name = f"{share:.0%} at random to {pair.cheap.name}, else {pair.base.name}"
    row = Row(name, "random mix", chosen.dollars, 0, 0, unknown=chosen.unknown)
    divided = [(kind, share * part * pair.cheap.dollars) for kind, part in pair.cheap.tasks.items()]
    divided += [(kind, (1 - share) * part * pair.base.dollars) for kind, part in pair.base.tasks.items()]
    return replace(_mixed(one, row, pair, (share, share)), tasks=_by_task(divided))


def _mixed(one: Bench, row: Row, pair: Pair, parts: tuple[float, float]) -> Row:
    """A row that sends a part of the items (and of the calls) to the cheaper model.

    Its interval is that of the two models' spend in proportion, over the same resampled sessions.
    """
    items, calls = parts
    low_cost, high_cost, reference = (_resampled(one, name) for name in (pair.cheap.name, pair.base.name, one.tally.reference))
    part = cheaply(pair, row.dollars)
    spent = part * low_cost + (1 - part) * high_cost
    low, high = interval(spent)
    tiers = {one.tiers[pair.base.name]: 1 - calls}
    tiers[one.tiers[pair.cheap.name]] = tiers.get(one.tiers[pair.cheap.name], 0.0) + calls
    quality = mixed_quality(pair, items)
    found = replace(row, low=round(low * NANO), high=round(high * NANO), switches=0, quality=quality, tiers=tiers)
    return saved(found, (row.dollars, spent), (one.tally.sums[one.tally.reference].dollars, reference))


def _resampled(one: Bench, name: str) -> NDArray[np.float64]:
    return one.tally.replicates[name].astype(np.float64)


def _by_length(one: Bench, pair: Pair, chosen: Row) -> Row:
    """Sessions with the shortest first words to the cheaper of two models, the others to the dearer, for the policy's spend."""
    place, home = (one.tally.endpoints.index(row.name) for row in (pair.cheap, pair.base))
    to_save, sent, calls = pair.base.dollars - chosen.dollars, 0.0, 0.0
    divided: list[tuple[str, float]] = []
    for _, trial in sorted(one.tally.lengths.items()):
        saves = sum(row[home] - row[place] for row in trial.dollars.values())
        part = min(max(to_save / saves, 0.0), 1.0) if saves > 0 else float(to_save > 0)
        to_save -= round(part * saves)
        sent, calls = sent + part * trial.items, calls + part * trial.calls
        divided += [(kind, part * row[place] + (1 - part) * row[home]) for kind, row in trial.dollars.items()]
    items = sum(trial.items for trial in one.tally.lengths.values())
    share = sent / items if items else calls / one.tally.counts.calls
    row = Row(
        f"shortest {share:.0%} to {pair.cheap.name}, else {pair.base.name}",
        "prompt length",
        pair.base.dollars,
        0,
        0,
        unknown=chosen.unknown,
    )
    row = replace(row, dollars=round(sum(amount for _, amount in divided)), tasks=_by_task(divided))
    return _mixed(one, row, pair, (share, calls / one.tally.counts.calls))
