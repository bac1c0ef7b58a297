"""What own work items cost, beyond what list prices and benchmarks say of it: the effort of a model at a kind of work.

Theory of operation. What the standard mix of tokens costs at a model's list prices, times its effort, says what its work costs next to that
of others. Own work items deviate from that in three ways: items of the kind are larger or smaller here (the same for all models), the
model spends more or less here than where its effort was measured (at all kinds of work alike), and it does so at this kind in particular.
All of it is in logarithms. The first, the level, is the mean over the models whose items of the kind were measured, each as far as it is
sure; nobody knows beforehand how large a team's items are, so of a kind that one model alone did nothing can be said. The others are a
tree: a model's deviation lies around none, that of a kind around the model's. Few items, or items that differ much, are hardly believed.

What comes out multiplies effort, by FARTHEST at most either way. The level multiplies nothing: it is not of a model.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from tierwise.core.catalog import OWN, Catalog, Endpoint, Evidence
from tierwise.core.mix import STANDARD, at_list
from tierwise.core.money import Unknown
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine.shrinkage import Believed, Normal, Place, Seen, believed

KIND_SPREAD: Final = 0.4**2
"""How far a model's cost at a kind of work may lie from its cost at all (a variance of logarithms).

That is how far models' mean costs per task scatter between the benchmarks of the OpenHands index once what is of the model or of the
benchmark is taken out: 0.43 over four of its five (commit0, whose costs are of few and long tasks, left out), 0.31 over three.
"""

MODEL_SPREAD: Final = 0.4**2
"""How far a model as a whole may spend more or less here than where its effort was measured: as much as from one benchmark to another."""

GUESS_SPREAD: Final = 0.86**2
"""How far it may besides where its effort was never measured: as far as measured efforts lie apart."""

WIDE: Final = 2.0**2
"""The relative variance of an item's cost that is assumed before any was seen."""

WEIGHT: Final = 4
"""Items that this assumption counts for."""

FARTHEST: Final = math.log(5)
"""The logarithm of the most that own costs multiply or divide an effort by."""

Efforts = dict[str, dict[str, int]]
"""Efforts (thousandths) that own costs moved, by kind of work and endpoint."""


class Paid(NamedTuple):
    """What work items cost: how many, their mean in pico-dollars, the variance of one (None where it is not known)."""

    n: int
    mean: float
    variance: float | None


Bills = dict[str, dict[str, Paid]]
"""By model, then by kind of work."""


def efforts(catalog: Catalog) -> Efforts:
    """The effort of every endpoint at every kind of work where own costs move it; what they do not move is left out."""
    bills = paid(catalog.evidence)
    listed = _listed(catalog.endpoints) if bills else {}
    seen = _compared({model: _ratios(kinds, listed[model]) for model, kinds in bills.items() if model in listed})
    trees = {model: _tree(kinds, _spread(catalog.endpoints, model)) for model, kinds in seen.items()}
    moved = {kind: _moved(catalog.endpoints, kind, trees) for kind in (*KINDS, UNKNOWN_KIND)} if trees else {}
    return {kind: found for kind, found in moved.items() if found}


def paid(rows: Iterable[Evidence]) -> Bills:
    """Own costs by model and kind of work, all rows of a pair taken together; in whole numbers, so that their order does not matter."""
    groups: dict[tuple[str, str], list[tuple[int, int, int | None]]] = {}
    for row in rows:
        count = row.n if row.items is None else row.items
        if row.benchmark == OWN and row.cost and row.cost > 0 and count:
            groups.setdefault((row.model, row.kind), []).append((count, row.cost, row.deviation))
    found: Bills = {}
    for (model, kind), told in sorted(groups.items()):
        found.setdefault(model, {})[kind] = _together(told)
    return found


def _together(told: Sequence[tuple[int, int, int | None]]) -> Paid:
    """Some rows as one; an item's spread is known where every row of more than one item tells it."""
    count, total = sum(n for n, _, _ in told), sum(n * mean for n, mean, _ in told)
    known = count > 1 and all(deviation is not None or n == 1 for n, _, deviation in told)
    squares = sum(n * (mean**2 + (deviation or 0) ** 2) for n, mean, deviation in told)
    return Paid(count, total / count, (squares * count - total**2) / count**2 if known else None)


def _listed(endpoints: Iterable[Endpoint]) -> dict[str, float]:
    """By model the logarithm of what its work should cost: the mix in its tokens at list prices, times its effort; its endpoints' mean."""
    logs: dict[str, list[float]] = {}
    for one in endpoints:
        amount = 0 if isinstance(one.rates, Unknown) else at_list(STANDARD, one.rates)
        if amount > 0 and one.effort > 0:
            logs.setdefault(one.model, []).append(math.log(amount) + math.log(one.effort * one.scale))
    return {model: math.fsum(found) / len(found) for model, found in logs.items()}


def _ratios(kinds: Mapping[str, Paid], listed: float) -> dict[str, Seen]:
    """How far a model's items lie above what they should cost, by kind of work."""
    return {kind: Seen(one.n, math.log(one.mean) - listed, _relative(one)) for kind, one in kinds.items()}


def _relative(one: Paid) -> float:
    """The variance of an item's cost next to its mean, drawn towards a wide one: two items that happen to cost the same prove little."""
    if one.variance is None:
        return WIDE
    return (WEIGHT * WIDE + (one.n - 1) * one.variance / one.mean**2) / (WEIGHT + one.n - 1)


def _compared(seen: Mapping[str, Mapping[str, Seen]]) -> dict[str, dict[str, Seen]]:
    """The same without what is common to the kind of work; kinds that one model alone did are left out."""
    levels = {kind: _level([kinds[kind] for kinds in seen.values() if kind in kinds]) for kind in _kinds(seen)}
    parts = {
        model: {kind: one._replace(mean=one.mean - level) for kind, one in sorted(kinds.items()) if (level := levels.get(kind)) is not None}
        for model, kinds in seen.items()
    }
    return {model: kinds for model, kinds in parts.items() if kinds}


def _kinds(seen: Mapping[str, Mapping[str, Seen]]) -> list[str]:
    return sorted({kind for kinds in seen.values() for kind in kinds})


def _level(found: Sequence[Seen]) -> float | None:
    """How much more than listed a kind of work costs here, from all models that did it, the surer the more; None for one alone."""
    if len(found) == 1:
        return None
    weights = [1 / (one.variance / one.n + MODEL_SPREAD + KIND_SPREAD) for one in found]
    return math.fsum(weight * one.mean for weight, one in zip(weights, found, strict=True)) / math.fsum(weights)


def _spread(endpoints: Iterable[Endpoint], model: str) -> float:
    """How far a model may deviate as a whole."""
    guessed = any(one.model == model and not one.effort_known for one in endpoints)
    return MODEL_SPREAD + (GUESS_SPREAD if guessed else 0.0)


def _tree(kinds: Mapping[str, Seen], spread: float) -> Believed:
    """A model's deviation, as a whole and at each kind of work that was compared."""
    return believed(Normal(0.0, spread), Place(parts={kind: Place(one) for kind, one in kinds.items()}, spread=KIND_SPREAD))


def _moved(endpoints: Iterable[Endpoint], kind: str, trees: Mapping[str, Believed]) -> dict[str, int]:
    """By id the efforts at a kind of work that differ from the usual ones."""
    found = {one.id: _effort(one.effort, trees[one.model], kind) for one in endpoints if one.model in trees}
    return {one.id: found[one.id] for one in endpoints if one.id in found and found[one.id] != one.effort}


def _effort(usual: int, tree: Believed, kind: str) -> int:
    """A usual effort after own costs; never none."""
    deviation = tree.parts[kind].worth.mean if kind in tree.parts else tree.worth.mean
    return max(1, round(usual * math.exp(min(max(deviation, -FARTHEST), FARTHEST))))
