"""How good each model is at each kind of work, how sure that is, and how far below the reference it may lie.

Theory of operation. A model of ability `a` scores `mean + loading * a` on a benchmark, give or take `spread` (what that
benchmark asks of it in particular) and the noise of having been asked `n` tasks. `a` has mean 0 and variance 1 over
models; `mean`, `loading` and `spread` of each benchmark are fitted over all models and shipped with their source.

Given a model's scores, ability and particulars have a closed-form normal posterior: a score on many tasks is believed
almost as it stands, one on few tasks is drawn towards what the model's other scores say, and a benchmark the model
never ran is predicted from them, with a wide margin. A kind of work is the mean over the benchmarks that stand for it,
or over all of them where none does.

The floor asks about a difference: is this model, on this kind of work, not more than d below the reference? Two models that
were asked the same tasks share the tasks' luck, so the noise of the difference is smaller than that of either score;
`correlation` says by how much. The test is on the 95 % lower bound of that paired difference.

Outcomes of one's own move all of this (engine.experience): the estimates above are the prior, own outcomes what is learnt.

A model asked for an effort (core/efforts) is judged only at kinds of work that it was measured at so: by a benchmark that stands for the
kind, or by own outcomes. What it was not measured by is then read from the model itself, so that two efforts differ by what was measured
of them and by nothing else. At any other kind its quality is not known.

Models differ less on easy work and more on hard work; a fitted step per difficulty stretches the differences.

Of work of a kind nobody knows the quality shown is that over all benchmarks, and no difference is claimed.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from tierwise.core.catalog import Benchmark, Catalog, Evidence, Step, Tables
from tierwise.core.decision import Standing
from tierwise.core.efforts import plain, split
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine import experience
from tierwise.engine.shrinkage import Normal

Z95 = 1.6448536269514722
"""One-sided 95 % point of the normal distribution."""

DIFFICULTIES = (1, 2, 3)


class Score(Struct, frozen=True, gc=False):
    """A model's pooled score on one benchmark and the standard deviation of its noise."""

    mean: float
    noise: float


class Estimate(Struct, frozen=True):
    """Expected share of tasks solved, its variance, and the part of each benchmark's noise that is in it."""

    mean: float
    variance: float
    noise: dict[str, float]


def pooled(rows: Iterable[Evidence], benchmarks: Mapping[str, Benchmark]) -> dict[str, dict[str, Score]]:
    """Scores by model and benchmark; repeated measurements of one pair count as one of their mean."""
    found: dict[str, dict[str, list[Evidence]]] = {}
    for row in rows:
        if row.benchmark in benchmarks and row.score is not None:
            found.setdefault(row.model, {}).setdefault(row.benchmark, []).append(row)
    return {model: {name: _pooled(group, benchmarks[name]) for name, group in by_name.items()} for model, by_name in found.items()}


def _pooled(rows: Sequence[Evidence], benchmark: Benchmark) -> Score:
    mean = sum(row.score or 0.0 for row in rows) / len(rows)
    tasks = max(row.n or benchmark.n for row in rows)
    safe = min(max(mean, 0.5 / tasks), 1 - 0.5 / tasks)
    return Score(mean, math.sqrt(safe * (1 - safe) / tasks))


def ability(scores: Mapping[str, Score], benchmarks: Mapping[str, Benchmark]) -> tuple[float, float]:
    """Posterior mean and variance of a model's ability."""
    precision, weighted = 1.0, 0.0
    for name, score in scores.items():
        bench = benchmarks[name]
        weight = bench.loading / (bench.spread**2 + score.noise**2)
        precision += bench.loading * weight
        weighted += weight * (score.mean - bench.mean)
    return weighted / precision, 1 / precision


def estimate(scores: Mapping[str, Score], kind: str, tables: Tables) -> Estimate:
    """A model's expected share of solved tasks of a kind, before difficulty."""
    benchmarks = {bench.name: bench for bench in tables.benchmarks}
    standing = [bench for bench in tables.benchmarks if kind in bench.kinds] or list(tables.benchmarks)
    mean_ability, spread_ability = ability(scores, benchmarks)
    share = 1 / len(standing)
    mean = pull = rest = 0.0
    noise: dict[str, float] = {}
    for bench in standing:
        base = bench.mean + bench.loading * mean_ability
        score = scores.get(bench.name)
        trust = 0.0 if score is None else bench.spread**2 / (bench.spread**2 + score.noise**2)
        mean += share * (base if score is None else base + trust * (score.mean - base))
        pull += share * bench.loading * (1 - trust)
        rest += share**2 * bench.spread**2 * (1 - trust)
        if score is not None:
            noise[bench.name] = share * trust * score.noise
    return Estimate(mean, pull**2 * spread_ability + rest, noise)


def difference(one: Estimate, reference: Estimate, tables: Tables) -> tuple[float, float]:
    """Mean and standard deviation of how much better the first is than the second, paired over shared tasks."""
    shared = sum(
        bench.correlation * one.noise[bench.name] * reference.noise[bench.name]
        for bench in tables.benchmarks
        if bench.name in one.noise and bench.name in reference.noise
    )
    variance = max(one.variance + reference.variance - 2 * shared, 0.0)
    return one.mean - reference.mean, math.sqrt(variance)


def estimates(catalog: Catalog) -> dict[str, dict[str, Estimate]]:
    """By kind of work, what is expected of each model of which anything is known: benchmarks first, then outcomes of one's own."""
    scores = pooled(catalog.evidence, {bench.name: bench for bench in catalog.tables.benchmarks})
    seen = experience.own(catalog.evidence)
    known = {model: scores.get(plain(model), {}) | scores.get(model, {}) for model in (*scores, *(seen.keys() - scores.keys()))}
    at = _measured_at(scores, seen, catalog.tables)
    found = {
        kind: {model: estimate(one, kind, catalog.tables) for model, one in known.items() if kind in at.get(model, (kind,))}
        for kind in (*KINDS, UNKNOWN_KIND)
    }
    return _moved(found, seen) if seen else found


def _measured_at(scores: Mapping[str, Mapping[str, Score]], seen: experience.Own, tables: Tables) -> dict[str, set[str]]:
    """The kinds of work that each model asked for an effort was measured at so."""
    kinds = {bench.name: bench.kinds for bench in tables.benchmarks}
    asked = [model for model in {*scores, *seen} if split(model)[1]]
    return {model: {*seen.get(model, ()), *(kind for name in scores.get(model, ()) for kind in kinds[name])} for model in asked}


def _moved(found: Mapping[str, Mapping[str, Estimate]], seen: experience.Own) -> dict[str, dict[str, Estimate]]:
    """Estimates after what was seen: what is learnt of a model at a kind of work takes the place of its noise there."""
    predicted = {kind: {model: Normal(one.mean, whole(one)) for model, one in by_model.items()} for kind, by_model in found.items()}
    shifts = experience.shifts(seen, predicted)
    moved = {}
    for kind, by_model in found.items():
        here = shifts.get(kind, {})
        moved[kind] = {model: _shifted(one, here[model]) if model in here else one for model, one in by_model.items()}
    return moved


def _shifted(one: Estimate, shift: experience.Shift) -> Estimate:
    """An estimate after own outcomes: moved, and surer where they make it so; never less sure, or a good outcome would cost a model."""
    before = whole(one)
    left = 1.0 if shift.variance is None or not before else min(1.0, shift.variance / before)
    noise = {name: part * math.sqrt(left) for name, part in one.noise.items()} if left < 1 else one.noise
    return Estimate(one.mean + shift.level + shift.mean, one.variance * left, noise)


def whole(one: Estimate) -> float:
    """The whole variance of an estimate, its benchmarks' noise included."""
    return one.variance + sum(noise**2 for noise in one.noise.values())


def standings(catalog: Catalog, reference: str) -> dict[tuple[str, int], tuple[Standing, ...]]:
    """For each kind and difficulty, one standing per endpoint in the catalog's order."""
    models = {endpoint.model for endpoint in catalog.endpoints}
    steps = {difficulty: Step(difficulty, 0.0, 0.0, 1.0) for difficulty in DIFFICULTIES}
    steps |= {step.difficulty: step for step in catalog.tables.steps}
    table = {}
    for kind, known in estimates(catalog).items():
        for difficulty, step in steps.items():
            by_model = {model: _standing(model, known, reference, step, catalog.tables) for model in models}
            if kind == UNKNOWN_KIND:
                by_model = {model: _only_reference(model, reference, one.quality) for model, one in by_model.items()}
            table[kind, difficulty] = tuple(by_model[endpoint.model] for endpoint in catalog.endpoints)
    return table


def _only_reference(model: str, reference: str, quality: float | None = None) -> Standing:
    """The standing where nothing can be said of a difference: only the reference is as good as itself."""
    return Standing(quality, 0.0 if model == reference else None)


def _standing(model: str, known: Mapping[str, Estimate], reference: str, step: Step, tables: Tables) -> Standing:
    if model not in known:
        return _only_reference(model, reference)
    quality = min(max(step.centre + step.slope * (known[model].mean - step.middle), 0.0), 1.0)
    if model == reference or reference not in known:
        return _only_reference(model, reference, quality)
    mean, spread = difference(known[model], known[reference], tables)
    return Standing(quality, step.slope * (mean - Z95 * spread))
