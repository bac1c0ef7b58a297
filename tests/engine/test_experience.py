"""What own outcomes do to estimates: a level for the kind of work, a deviation for the model, nothing without outcomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.catalog import OWN, Evidence
from tierwise.engine.experience import own, shifts
from tierwise.engine.shrinkage import Normal, Seen

PREDICTED = {
    "debug": {"a": Normal(0.7, 0.002), "b": Normal(0.6, 0.002), "c": Normal(0.5, 0.002)},
    "test": {"a": Normal(0.8, 0.002), "b": Normal(0.6, 0.002), "c": Normal(0.5, 0.002)},
}


def row(model: str, score: float, n: int | None, kind: str = "debug") -> Evidence:
    return Evidence(model, OWN, score, "2026-11-01", "ours", n, kind=kind)


def test_outcomes_of_a_pair_are_taken_together_by_their_number() -> None:
    found = own([row("a", 0.5, 10), row("a", 1.0, 30), row("a", 1.0, 5, "test"), row("b", 0.5, None)])
    assert found["a"]["debug"].n == 40
    assert found["a"]["debug"].mean == pytest.approx(0.875)
    assert found.keys() == {"a"}


def test_benchmarks_are_no_outcomes_of_one_s_own() -> None:
    assert own([Evidence("a", "swe", 0.5, "2026-11-01", "they", 10)]) == {}


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_perfect_record_is_not_certain(score: float) -> None:
    assert own([row("a", score, 20)])["a"]["debug"].variance > 0.02


def test_without_outcomes_nothing_moves() -> None:
    assert shifts({}, PREDICTED) == {}


def test_a_hundred_outcomes_move_a_model_visibly_where_others_stay() -> None:
    seen = {"a": {"debug": Seen(100, 0.7, 0.21)}, "b": {"debug": Seen(100, 0.8, 0.16)}, "c": {"debug": Seen(100, 0.5, 0.25)}}
    found = shifts(seen, PREDICTED)["debug"]
    assert found["b"].mean > 0.05
    assert abs(found["a"].mean) < found["b"].mean / 2
    assert found["b"].variance is not None
    assert found["b"].variance < PREDICTED["debug"]["b"].variance + 0.002


def test_a_kind_that_is_easier_for_all_moves_the_level_and_no_model() -> None:
    seen = {model: {"debug": Seen(400, PREDICTED["debug"][model].mean + 0.2, 0.1)} for model in "abc"}
    found = shifts(seen, PREDICTED)["debug"]
    assert found["a"].level == pytest.approx(0.2, abs=0.02)
    assert all(abs(one.mean) < 0.01 for one in found.values())


def test_one_model_alone_says_more_of_the_work_than_of_itself() -> None:
    one = shifts({"a": {"debug": Seen(500, 0.95, 0.05)}}, PREDICTED)["debug"]["a"]
    assert one.level > 3 * one.mean > 0


def test_a_model_that_does_better_at_one_kind_is_expected_to_at_another_by_less() -> None:
    seen = {"a": {"debug": Seen(300, 0.7, 0.2)}, "b": {"debug": Seen(300, 0.75, 0.2)}, "c": {"debug": Seen(300, 0.5, 0.25)}}
    found = shifts(seen, PREDICTED)
    assert 0 < found["test"]["b"].mean < found["debug"]["b"].mean
    assert found["test"]["b"].level == 0.0


def test_models_that_nobody_saw_move_with_the_level_and_keep_their_variance() -> None:
    seen = {"a": {"debug": Seen(300, 0.9, 0.09)}, "stranger": {"debug": Seen(50, 0.5, 0.25), "plan": Seen(50, 0.5, 0.25)}}
    found = shifts(seen, PREDICTED)["debug"]["c"]
    assert found.level > 0
    assert (found.mean, found.variance) == (0.0, None)


@given(st.integers(1, 1000), st.floats(0, 1))
def test_own_outcomes_never_make_the_margin_wider_than_the_prior_s(n: int, score: float) -> None:
    seen = own([row("a", score, n), row("b", 0.6, 200)])
    shift = shifts(seen, PREDICTED)["debug"]["a"]
    assert shift.variance is not None
    assert 0 < shift.variance <= 0.002 + 0.03**2 + 0.04**2
