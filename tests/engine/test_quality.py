"""Estimates against exact normal posteriors, shrinkage, and the paired floor."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.engine.worlds import TABLES, catalog, catalogs, endpoint, evidence
from tierwise.core.catalog import OWN, Benchmark, Catalog, Evidence, Tables
from tierwise.core.decision import Standing
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine import quality
from tierwise.engine.quality import Estimate, Score

BENCHMARKS = {bench.name: bench for bench in TABLES.benchmarks}
NAMES = tuple(BENCHMARKS)


def estimate(scores: dict[str, Score], kind: str = "debug", tables: Tables = TABLES) -> Estimate:
    """A model's estimate, of work that the first benchmark stands for."""
    return quality.estimate(scores, kind, tables)


def scored(*rows: Evidence) -> dict[str, Score]:
    """The pooled scores of one model."""
    return quality.pooled(rows, BENCHMARKS).get("m0", {})


def scores() -> st.SearchStrategy[dict[str, Score]]:
    """Scores on some benchmarks."""
    return st.dictionaries(st.sampled_from(NAMES), st.builds(Score, st.floats(0, 1), st.floats(0.001, 0.3)))


# Pooling.


def test_noise_is_that_of_so_many_tasks() -> None:
    assert scored(evidence("m0", 0.8, 100))["swe"] == Score(0.8, math.sqrt(0.8 * 0.2 / 100))


def test_a_source_that_does_not_say_how_many_tasks_ran_the_whole_benchmark() -> None:
    assert scored(evidence("m0", 0.8, None)) == scored(evidence("m0", 0.8, 500))


def test_repeated_measurements_count_as_one_of_their_mean() -> None:
    assert scored(evidence("m0", 0.7, 100), evidence("m0", 0.9, 400)) == scored(evidence("m0", 0.8, 400))


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_perfect_score_is_not_certain(score: float) -> None:
    assert scored(evidence("m0", score, 50))["swe"].noise > 0.01


def test_benchmarks_that_nobody_fitted_are_left_out() -> None:
    assert scored(evidence("m0", 0.8, 100, "arena")) == {}


# The posterior.


def posterior(found: dict[str, Score], kind: str) -> tuple[float, float]:
    """Mean and variance of a kind of work by Gaussian conditioning on one score after another, over benchmarks' true scores."""
    count = len(NAMES)
    mean = [bench.mean for bench in TABLES.benchmarks]
    spread = [
        [one.loading * other.loading + (one.spread**2 if one is other else 0) for other in TABLES.benchmarks] for one in TABLES.benchmarks
    ]
    for name, score in found.items():
        at = NAMES.index(name)
        whole = spread[at][at] + score.noise**2
        gain = [spread[row][at] / whole for row in range(count)]
        off = score.mean - mean[at]
        mean = [value + gain[row] * off for row, value in enumerate(mean)]
        spread = [[spread[row][column] - gain[row] * spread[at][column] for column in range(count)] for row in range(count)]
    standing = [index for index, bench in enumerate(TABLES.benchmarks) if kind in bench.kinds] or range(count)
    share = 1 / len(standing)
    return sum(share * mean[row] for row in standing), sum(share**2 * spread[row][column] for row, column in product(standing, standing))


@given(scores(), st.sampled_from(("debug", "test", "plan", "security", UNKNOWN_KIND)))
def test_an_estimate_is_the_exact_normal_posterior(found: dict[str, Score], kind: str) -> None:
    mean, variance = posterior(found, kind)
    got = quality.estimate(found, kind, TABLES)
    assert got.mean == pytest.approx(mean, abs=1e-9)
    assert got.variance == pytest.approx(variance, abs=1e-9)


def test_a_model_that_ran_nothing_is_the_mean_of_all_models_and_wide() -> None:
    got = estimate({})
    assert got.mean == 0.75
    assert got.variance == pytest.approx(0.09**2 + 0.03**2)
    assert got.noise == {}


@given(st.floats(0, 1), st.floats(0.2, 0.8), st.integers(5, 4000), st.integers(1, 4000))
def test_the_more_tasks_the_nearer_to_the_score_and_the_narrower(elsewhere: float, score: float, tasks: int, more: int) -> None:
    other = evidence("m0", elsewhere, 165, "gaia")
    few, many = (estimate(scored(other, evidence("m0", score, n))) for n in (tasks, tasks + more))
    assert abs(many.mean - score) <= abs(few.mean - score) + 1e-12
    assert many.variance <= few.variance + 1e-12


@given(scores(), st.sampled_from(NAMES), st.floats(0, 1), st.floats(0.001, 0.3), st.sampled_from(KINDS))
def test_one_more_benchmark_never_widens_an_estimate(found: dict[str, Score], name: str, mean: float, noise: float, kind: str) -> None:
    before = {one: score for one, score in found.items() if one != name}
    after = before | {name: Score(mean, noise)}
    assert quality.estimate(after, kind, TABLES).variance <= quality.estimate(before, kind, TABLES).variance + 1e-12


@given(scores(), st.sampled_from(NAMES), st.floats(0, 0.5))
def test_a_better_score_never_lowers_an_estimate(found: dict[str, Score], name: str, more: float) -> None:
    for kind in ("debug", "test", "security"):
        had = found.get(name, Score(0.5, 0.05))
        low, high = found | {name: had}, found | {name: replace(had, mean=had.mean + more)}
        assert quality.estimate(high, kind, TABLES).mean >= quality.estimate(low, kind, TABLES).mean - 1e-12


@given(scores())
def test_evidence_in_another_order_says_the_same(found: dict[str, Score]) -> None:
    backwards = dict(reversed(found.items()))
    assert quality.ability(found, BENCHMARKS) == pytest.approx(quality.ability(backwards, BENCHMARKS))


def test_work_that_several_benchmarks_stand_for_is_their_mean() -> None:
    two = (*TABLES.benchmarks, Benchmark("swe2", ("debug",), 300, 0.65, 0.09, 0.03, 0.4, "made up"))
    assert estimate({}, "debug", replace(TABLES, benchmarks=two)).mean == pytest.approx(0.7)


# The paired difference.


def test_a_difference_is_that_of_the_means() -> None:
    one, other = estimate({"swe": Score(0.9, 0.01)}), estimate({"swe": Score(0.7, 0.01)})
    assert quality.difference(one, other, TABLES)[0] == pytest.approx(one.mean - other.mean)


@given(scores(), scores())
def test_a_difference_read_the_other_way_has_the_other_sign_and_the_same_spread(one: dict[str, Score], other: dict[str, Score]) -> None:
    there = quality.difference(estimate(one), estimate(other), TABLES)
    back = quality.difference(estimate(other), estimate(one), TABLES)
    assert there == pytest.approx((-back[0], back[1]))


@given(scores(), scores())
def test_shared_tasks_never_make_a_difference_less_sure(one: dict[str, Score], other: dict[str, Score]) -> None:
    apart = replace(TABLES, benchmarks=tuple(replace(bench, correlation=0.0) for bench in TABLES.benchmarks))
    paired, unpaired = (quality.difference(estimate(one), estimate(other), tables)[1] for tables in (TABLES, apart))
    assert paired <= unpaired + 1e-12
    if "swe" in one and "swe" in other:
        assert paired < unpaired


def test_a_spread_is_never_that_of_a_negative_variance() -> None:
    certain = Estimate(0.8, 0.0001, {"swe": 0.1})
    assert quality.difference(certain, certain, TABLES) == (0.0, 0.0)


# Standings.


def standing(of: str, *rows: Evidence, task: tuple[str, int] = ("debug", 2), reference: str = "m1") -> Standing:
    """The standing of a model among two."""
    two = catalog(endpoint("p0/m0"), endpoint("p0/m1"), evidence=rows)
    return quality.standings(two, reference)[task][("m0", "m1").index(of)]


BOTH = (evidence("m0", 0.78), evidence("m1", 0.80))


def test_the_reference_is_exactly_as_good_as_itself() -> None:
    assert standing("m1", *BOTH).bound == 0.0


def test_the_bound_lies_below_the_difference_by_the_95_percent_point() -> None:
    one, other = (estimate(scored(replace(row, model="m0"))) for row in BOTH)
    mean, spread = quality.difference(one, other, TABLES)
    assert standing("m0", *BOTH).bound == pytest.approx(1.1 * (mean - 1.6449 * spread), rel=1e-4)


@pytest.mark.parametrize(("difficulty", "centre", "slope"), [(1, 0.82, 0.7), (2, 0.71, 1.1), (3, 0.34, 1.4)])
def test_quality_is_stretched_by_difficulty(difficulty: int, centre: float, slope: float) -> None:
    mean = estimate(scored(BOTH[0])).mean
    assert standing("m0", *BOTH, task=("debug", difficulty)).quality == pytest.approx(centre + slope * (mean - 0.72))


def test_harder_work_asks_for_more_certainty() -> None:
    bounds = [standing("m0", *BOTH, task=("debug", difficulty)).bound or 0.0 for difficulty in (1, 2, 3)]
    assert bounds == sorted(bounds, reverse=True)


def test_more_tasks_raise_the_bound_of_an_equal_model() -> None:
    few, many = (standing("m0", evidence("m0", 0.8, n), evidence("m1", 0.8, 500)).bound or 0.0 for n in (50, 500))
    assert many > few


def test_nothing_is_claimed_of_a_model_nobody_measured() -> None:
    assert standing("m0", BOTH[1]) == Standing(None, None)
    assert standing("m1", BOTH[0]) == Standing(None, 0.0)


def test_without_evidence_on_the_reference_no_difference_is_claimed() -> None:
    found = standing("m0", BOTH[0])
    assert found.quality is not None
    assert found.bound is None


def test_a_reference_that_is_not_for_choice_can_still_be_compared_with() -> None:
    rows = (*BOTH, evidence("m9", 0.7))
    assert (standing("m0", *rows, reference="m9").bound or -1) > (standing("m0", *BOTH).bound or 0)


def test_of_work_of_an_unknown_kind_the_quality_is_the_mean_of_all_and_no_difference_is_claimed() -> None:
    found = standing("m0", *BOTH, task=(UNKNOWN_KIND, 2))
    assert found.quality == pytest.approx(0.71 + 1.1 * (estimate(scored(BOTH[0]), "security").mean - 0.72))
    assert found.bound is None
    assert standing("m1", *BOTH, task=(UNKNOWN_KIND, 2)).bound == 0.0


def test_quality_stays_a_share() -> None:
    perfect = tuple(evidence("m0", 1.0, 500, name) for name in NAMES)
    assert standing("m0", *perfect, task=("plan", 1)).quality == 1.0


def test_a_difficulty_no_step_is_fitted_for_stretches_nothing() -> None:
    bare = catalog(endpoint("p0/m0"), evidence=BOTH, tables=replace(TABLES, steps=()))
    assert quality.standings(bare, "m0")["debug", 3][0].quality == pytest.approx(estimate(scored(BOTH[0])).mean)


@given(catalogs(), st.sampled_from(("m0", "m1", "unheard of")))
def test_every_endpoint_has_a_standing_for_every_kind_and_difficulty(world: Catalog, reference: str) -> None:
    table = quality.standings(world, reference)
    assert set(table) == set(product((*KINDS, UNKNOWN_KIND), (1, 2, 3)))
    assert {len(row) for row in table.values()} == {len(world.endpoints)}
    models = [one.model for one in world.endpoints]
    for row in table.values():
        assert all(one.bound == 0.0 for one, model in zip(row, models, strict=True) if model == reference)
        assert all(one.quality is None or 0 <= one.quality <= 1 for one in row)


# Outcomes of one's own.


def own(model: str, score: float, n: int, kind: str = "debug") -> Evidence:
    return replace(evidence(model, score, n, OWN), kind=kind)


def test_own_outcomes_move_the_bound() -> None:
    rows = (evidence("m0", 0.8), evidence("m1", 0.75))
    ends = (endpoint("p0/m0"), endpoint("p0/m1"))
    before = quality.standings(catalog(*ends, evidence=rows), "m0")["debug", 2][1]
    well = quality.standings(catalog(*ends, evidence=(*rows, own("m0", 0.7, 100), own("m1", 0.9, 100))), "m0")["debug", 2][1]
    badly = quality.standings(catalog(*ends, evidence=(*rows, own("m0", 0.7, 100), own("m1", 0.3, 100))), "m0")["debug", 2][1]
    assert before.bound is not None
    assert well.bound is not None
    assert badly.bound is not None
    assert badly.bound < before.bound < well.bound


def test_a_model_with_own_outcomes_only_has_an_estimate() -> None:
    found = quality.estimates(catalog(endpoint("p0/m0"), evidence=(own("m9", 0.6, 50),)))
    assert 0 < found["debug"]["m9"].mean < 1


def test_a_model_nobody_saw_keeps_its_margin_when_others_move() -> None:
    rows = (evidence("m0", 0.8), evidence("m1", 0.75))
    plain = quality.estimates(catalog(endpoint("p0/m0"), evidence=rows))
    moved = quality.estimates(catalog(endpoint("p0/m0"), evidence=(*rows, own("m0", 0.95, 100))))
    assert moved["debug"]["m1"].variance == plain["debug"]["m1"].variance
    assert moved["debug"]["m1"].mean > plain["debug"]["m1"].mean
    assert moved["plan"]["m1"] == plain["plan"]["m1"]


@pytest.mark.parametrize("n", [1, 2, 20, 500])
def test_own_outcomes_never_make_an_estimate_less_sure(n: int) -> None:
    """Else the first good outcome of a model that just clears the floor would take it below."""
    rows = (evidence("m0", 0.8), evidence("m1", 0.74))
    told = Evidence("m1", OWN, 0.76, "2026-11-01", "ours", n, kind="debug")
    before, after = (quality.estimates(catalog(endpoint("p0/m0"), endpoint("p0/m1"), evidence=some)) for some in (rows, (*rows, told)))
    for kind, known in before.items():
        for model, one in known.items():
            assert quality.whole(after[kind][model]) <= quality.whole(one) + 1e-12


def test_a_good_outcome_costs_a_model_nothing_against_the_reference() -> None:
    rows = (evidence("m0", 0.8), evidence("m1", 0.74))
    told = Evidence("m1", OWN, 1.0, "2026-11-01", "ours", 1, kind="debug")
    made = [catalog(endpoint("p0/m0"), endpoint("p0/m1"), evidence=some) for some in (rows, (*rows, told))]
    before, after = (quality.standings(one, "m0")["debug", 2][1].bound for one in made)
    assert before is not None
    assert after is not None
    assert before <= after < before + 0.02


# Efforts.

ASKED = tuple(evidence(name, score, 225, "swe") for name, score in (("m0", 0.8), ("m0@low", 0.7), ("m0@high", 0.85)))
ELSEWHERE = next(bench for bench in TABLES.benchmarks if bench.name != "swe")


def asked(*rows: Evidence) -> Catalog:
    return catalog(*(endpoint(f"p0/{name}", model=name) for name in ("m0", "m0@low", "m0@high")), evidence=rows)


@given(st.floats(0, 1), st.integers(1, 1000), st.sampled_from(KINDS))
def test_efforts_differ_by_what_was_measured_of_them_and_by_nothing_else(other: float, n: int, kind: str) -> None:
    found = quality.estimates(asked(*ASKED, evidence("m0", other, n, ELSEWHERE.name)))[kind]
    if kind in BENCHMARKS["swe"].kinds:
        assert found["m0@low"].mean <= found["m0"].mean <= found["m0@high"].mean
    else:
        assert set(found) == {"m0"}


def test_an_effort_measured_as_its_model_was_is_as_good_as_that() -> None:
    rows = (evidence("m0", 0.8, 225), evidence("m0", 0.3, 90, ELSEWHERE.name), evidence("m0@low", 0.8, 225))
    found = quality.estimates(asked(*rows))["debug"]
    assert found["m0@low"] == found["m0"]


def test_where_an_effort_was_not_measured_nothing_is_known_of_it() -> None:
    table = quality.standings(asked(*ASKED), "m0")
    place = {"m0": 0, "m0@low": 1, "m0@high": 2}
    for kind in (*KINDS, UNKNOWN_KIND):
        low = table[kind, 2][place["m0@low"]]
        assert (low.bound is not None) == (low.quality is not None) == (kind in BENCHMARKS["swe"].kinds)
    assert quality.standings(asked(ASKED[0]), "m0")["debug", 2][1] == Standing(None, None)


def test_own_outcomes_at_an_effort_are_a_measurement_of_it_there() -> None:
    own = Evidence("m0@low", OWN, 0.9, "2026-11-01", "here", 40, kind="docs")
    found = quality.estimates(asked(ASKED[0], own))
    assert {kind for kind, known in found.items() if "m0@low" in known} == {"docs"}
    assert found["docs"]["m0@low"].mean > found["docs"]["m0"].mean
