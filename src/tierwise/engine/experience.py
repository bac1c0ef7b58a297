"""What outcomes of one's own say of models, beyond what benchmarks do.

Theory of operation. Benchmarks predict how good a model is at a kind of work, with a margin. Own outcomes deviate from that in three ways:
the kind of work is easier or harder here than where it was measured (the same for all models), the model does better or worse here than
its benchmarks say (at all kinds of work alike), and it does so at this kind of work in particular. The first is found from all models' own
outcomes on the kind together; with one model only it takes nearly all there is, since a team's easy work says nothing of a model. The
others are a tree: a model's deviation lies around none, that of a kind around the model's. The margin that the benchmarks left is how far a
kind may deviate, so evidence counts for as many outcomes as it is worth.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tierwise.core.catalog import OWN, Evidence
from tierwise.engine.shrinkage import Believed, Normal, Place, Seen, believed, both

MODEL_SPREAD = 0.03**2
"""How far a model as a whole may do better or worse here than its benchmarks say (a variance)."""

KIND_SPREAD = 0.04**2
"""The same for one kind of work in particular."""

LEVEL_SPREAD = 0.2**2
"""How far a kind of work may be easier or harder here than where it was measured."""

AS_SAFE = 0.5
"""Outcomes short of a perfect or hopeless record that its variance is taken at."""

Own = dict[str, dict[str, Seen]]
Predicted = Mapping[str, Mapping[str, Normal]]
"""By kind of work, then by model."""


class Shift(NamedTuple):
    """How a model's estimate at a kind of work moves: what is added to its mean, and its variance from then on (None: as it was)."""

    level: float
    mean: float
    variance: float | None


def own(rows: Iterable[Evidence]) -> Own:
    """Own outcomes by model and kind of work, all of a pair taken together."""
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows:
        if row.benchmark == OWN and row.n and row.score is not None:
            count, solved = sums.get((row.model, row.kind), (0.0, 0.0))
            sums[row.model, row.kind] = count + row.n, solved + row.n * row.score
    found: Own = {}
    for (model, kind), (count, solved) in sums.items():
        mean = solved / count
        safe = min(max(mean, AS_SAFE / count), 1 - AS_SAFE / count)
        found.setdefault(model, {})[kind] = Seen(count, mean, safe * (1 - safe))
    return found


def shifts(seen: Own, predicted: Predicted) -> dict[str, dict[str, Shift]]:
    """How every estimate moves, by kind of work and model; those that do not are left out."""
    levels = {kind: _level(kind, seen, by_model) for kind, by_model in predicted.items()}
    trees = {model: _deviation(kinds, model, predicted, levels) for model, kinds in seen.items()}
    return {
        kind: {model: _shift(kind, trees.get(model), one, levels[kind]) for model, one in by_model.items()}
        for kind, by_model in predicted.items()
        if levels[kind] is not None or any(model in trees for model in by_model)
    }


def _level(kind: str, seen: Own, by_model: Mapping[str, Normal]) -> Normal | None:
    """How much easier a kind of work is here, from all models that did it; None where none did."""
    found = [
        Normal(one.mean - by_model[model].mean, one.variance / one.n + by_model[model].variance + MODEL_SPREAD + KIND_SPREAD)
        for model, kinds in seen.items()
        if model in by_model and (one := kinds.get(kind)) is not None
    ]
    level = Normal(0.0, LEVEL_SPREAD)
    for said in found:
        level = both(level, said)
    return level if found else None


def _deviation(kinds: Mapping[str, Seen], model: str, predicted: Predicted, levels: Mapping[str, Normal | None]) -> Believed:
    """A model's deviation from its benchmarks, as a whole and at each kind of work it was seen at."""
    parts, spreads = {}, {}
    for kind, one in kinds.items():
        expected, level = predicted.get(kind, {}).get(model), levels.get(kind)
        if expected is not None and level is not None:
            unsure = one.variance + one.n * level.variance
            parts[kind] = Place(Seen(one.n, one.mean - expected.mean - level.mean, unsure))
            spreads[kind] = KIND_SPREAD + expected.variance
    return believed(Normal(0.0, MODEL_SPREAD), Place(parts=parts, spreads=spreads))


def _shift(kind: str, tree: Believed | None, before: Normal, level: Normal | None) -> Shift:
    easier = 0.0 if level is None else level.mean
    if tree is None:
        return Shift(easier, 0.0, None)
    if kind in tree.parts:
        return Shift(easier, *tree.parts[kind].worth)
    return Shift(easier, tree.worth.mean, before.variance + tree.worth.variance)
