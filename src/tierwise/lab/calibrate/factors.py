"""One factor behind all benchmarks: how each one's scores relate to a model's ability.

Theory of operation. Score = mean + loading * ability + particular + noise, with ability standard normal over models, the particular
normal with the benchmark's spread, and the noise that of having been asked n tasks. Fitted by expectation-maximisation: abilities given
the benchmarks, then each benchmark's line given the abilities. Weak priors (loading near 0.1, spread near 0.04 worth four
models) keep benchmarks with few shared models from being believed beyond what they show.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from tierwise.core.catalog import Evidence

ROUNDS = 500
LOADING, LOADING_SPREAD = 0.1, 0.05
FEW = 5
"""Shared tasks up to which a correlation is noise."""

SPREAD, SPREAD_WEIGHT, SPREAD_LEAST = 0.04, 4, 0.03


class Fitted(Struct, frozen=True):
    """A benchmark's line: scores of a model of ability a are mean + loading * a, give or take spread."""

    name: str
    n: int
    mean: float
    loading: float
    spread: float


class Scores(Struct, frozen=True):
    """Scores in columns: model and benchmark by number, value, and the variance of its noise."""

    model: np.ndarray
    bench: np.ndarray
    value: np.ndarray
    noise: np.ndarray


def fitted(evidence: Sequence[Evidence]) -> list[Fitted]:
    """The fit over all benchmarks that evidence names, in order of name."""
    benches = sorted({row.benchmark for row in evidence})
    models = sorted({row.model for row in evidence})
    tasks = {name: max(row.n or 0 for row in evidence if row.benchmark == name) for name in benches}
    scores = _columns(evidence, models, benches, tasks)
    lines = np.array([[scores.value[scores.bench == index].mean(), LOADING, SPREAD**2] for index in range(len(benches))])
    for _ in range(ROUNDS):
        mean, variance = _abilities(scores, lines, len(models))
        lines = np.array([_line(scores, index, lines[index], mean, variance) for index in range(len(benches))])
    return [Fitted(name, tasks[name], float(row[0]), float(row[1]), float(row[2] ** 0.5)) for name, row in zip(benches, lines, strict=True)]


def _columns(evidence: Sequence[Evidence], models: Sequence[str], benches: Sequence[str], tasks: Mapping[str, int]) -> Scores:
    """Evidence as columns, repeated measurements of one pair as their mean."""
    pairs: dict[tuple[str, str], list[float]] = {}
    for row in evidence:
        if row.score is not None:
            pairs.setdefault((row.model, row.benchmark), []).append(row.score)
    value = np.array([np.mean(found) for found in pairs.values()])
    count = np.array([tasks[bench] for _, bench in pairs])
    safe = np.clip(value, 0.5 / count, 1 - 0.5 / count)
    return Scores(
        np.array([models.index(model) for model, _ in pairs]),
        np.array([benches.index(bench) for _, bench in pairs]),
        value,
        safe * (1 - safe) / count,
    )


def _abilities(scores: Scores, lines: np.ndarray, models: int) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean and variance of each model's ability."""
    mean, loading, spread = lines[scores.bench].T
    weight = loading / (spread + scores.noise)
    precision = 1 + np.bincount(scores.model, loading * weight, models)
    return np.bincount(scores.model, weight * (scores.value - mean), models) / precision, 1 / precision


def _line(scores: Scores, index: int, before: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """A benchmark's mean, loading and squared spread, given the abilities."""
    here = scores.bench == index
    ability, unsure = mean[scores.model[here]], variance[scores.model[here]]
    value, noise = scores.value[here], scores.noise[here]
    weight = 1 / (before[2] + noise)
    prior = 1 / LOADING_SPREAD**2
    left = [[weight.sum(), (weight * ability).sum()], [(weight * ability).sum(), (weight * (ability**2 + unsure)).sum() + prior]]
    right = [(weight * value).sum(), (weight * value * ability).sum() + LOADING * prior]
    centre, loading = np.linalg.solve(np.array(left), np.array(right))
    error = (value - centre - loading * ability) ** 2 + loading**2 * unsure - noise
    spread = (error.sum() + SPREAD_WEIGHT * SPREAD**2) / (here.sum() + SPREAD_WEIGHT)
    return np.array([centre, loading, max(spread, SPREAD_LEAST**2)])


def correlations(outcomes: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    """For each benchmark the mean correlation of two models' outcomes over the tasks both were asked."""
    return {name: _correlation(list(by_model.values())) for name, by_model in outcomes.items()}


def _correlation(runs: Sequence[Mapping[str, float]]) -> float:
    found = []
    for index, one in enumerate(runs):
        for other in runs[index + 1 :]:
            shared = sorted(one.keys() & other.keys())
            left, right = np.array([one[task] for task in shared]), np.array([other[task] for task in shared])
            if len(shared) > FEW and left.std() and right.std():
                found.append(float(np.corrcoef(left, right)[0, 1]))
    return float(np.mean(found)) if found else 0.0
