import numpy as np
import pytest

from tierwise.core.catalog import Evidence
from tierwise.lab.calibrate.factors import SPREAD_LEAST, correlations, fitted

TRUE = {"one": (0.5, 0.12, 0.03), "two": (0.6, 0.08, 0.05), "three": (0.3, 0.15, 0.04)}
"""Mean, loading and spread of each benchmark."""


def drawn(models: int, tasks: int) -> list[Evidence]:
    """Evidence of models of known ability."""
    rng = np.random.default_rng(5)
    ability = rng.normal(size=models)
    ability = (ability - ability.mean()) / ability.std()
    rows = []
    for name, (mean, loading, spread) in TRUE.items():
        share = np.clip(mean + loading * ability + rng.normal(scale=spread, size=models), 0.01, 0.99)
        score = rng.binomial(tasks, share) / tasks
        rows += [Evidence(f"m{index}", name, float(one), "2026-01-01", "test", tasks) for index, one in enumerate(score)]
    return rows


def test_the_lines_behind_many_scores_are_found_again() -> None:
    for one in fitted(drawn(models=150, tasks=2000)):
        mean, loading, spread = TRUE[one.name]
        assert one.mean == pytest.approx(mean, abs=0.015)
        assert one.loading == pytest.approx(loading, abs=0.02)
        assert one.spread == pytest.approx(max(spread, SPREAD_LEAST), abs=0.012)
        assert one.n == 2000


def test_few_models_are_not_believed_beyond_what_they_show() -> None:
    rows = [Evidence("a", "b", 0.2, "2026-01-01", "test", 10), Evidence("c", "b", 0.9, "2026-01-01", "test", 10)]
    (one,) = fitted(rows)
    assert 0.05 < one.loading < 0.2
    assert one.spread >= SPREAD_LEAST


def test_repeated_measurements_count_as_their_mean() -> None:
    rows = drawn(models=20, tasks=500)
    twice = [
        Evidence(row.model, row.benchmark, (row.score or 0.0) + error, row.date, row.source, row.n)
        for row in rows
        for error in (-0.01, 0.01)
    ]
    for one, other in zip(fitted(rows), fitted(twice), strict=True):
        assert (one.mean, one.loading) == pytest.approx((other.mean, other.loading))


def test_models_that_fail_the_same_tasks_are_correlated() -> None:
    tasks = [f"t{index}" for index in range(40)]
    one = {task: float(index % 2) for index, task in enumerate(tasks)}
    opposite = {task: 1 - won for task, won in one.items()}
    same = correlations({"b": {"m": one, "n": one}, "c": {"m": one, "n": opposite}, "d": {"m": one, "n": one, "o": opposite}})
    assert same == pytest.approx({"b": 1.0, "c": -1.0, "d": -1 / 3})


@pytest.mark.parametrize("other", [{"t0": 1.0, "t1": 0.0}, {f"t{index}": 1.0 for index in range(40)}, {}])
def test_a_correlation_that_cannot_be_told_is_none(other: dict[str, float]) -> None:
    one = {f"t{index}": float(index % 2) for index in range(40)}
    assert correlations({"b": {"m": one, "n": other}}) == {"b": 0.0}
