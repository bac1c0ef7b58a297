"""What the next attempt would do: against cases that can be worked out by hand, and against dice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.runner.odds import Check, Facts, Odds, Shares, following, inverse, normal, odds

ALONE = Shares(0.0, 0.0, 0.0)
LIKE = Shares(0.6, 0.75, 0.85)
SHARES = st.floats(0.02, 0.98)


def facts(*success: float, maker: tuple[int, ...] = (), stretch: float = 0.0) -> Facts:
    many = len(success)
    return Facts(np.array(success), np.arange(1.0, many + 1), np.full(many, stretch), np.array(maker or range(many)))


def good(found: Odds, *tried: int) -> list[float]:
    ahead = following(found, tried)
    return [float(one) / ahead.reached for one in ahead.good]


@given(SHARES)
def test_the_normal_distribution_and_its_inverse_are_one_anothers(share: float) -> None:
    assert float(normal(inverse(np.array([share])))[0]) == pytest.approx(share, abs=1e-6)


@given(st.lists(SHARES, min_size=1, max_size=4))
def test_a_first_attempt_is_what_the_evidence_says(success: list[float]) -> None:
    found = odds(facts(*success), LIKE, Check(), 2)
    ahead = following(found, [0] * len(success))
    assert ahead.reached == pytest.approx(1.0)
    assert list(ahead.good) == pytest.approx(success, abs=2e-3)
    assert list(ahead.passed) == pytest.approx(success, abs=2e-3)
    assert list(ahead.cost) == pytest.approx(list(range(1, len(success) + 1)))


def test_attempts_that_do_not_go_together_are_independent() -> None:
    found = odds(facts(0.5, 0.8), ALONE, Check(), 3)
    assert following(found, [2, 1]).reached == pytest.approx(0.25 * 0.2, abs=1e-6)
    assert good(found, 2, 1) == pytest.approx([0.5, 0.8], abs=1e-3)


def test_a_failure_tells_most_of_the_same_model_and_least_of_a_strangers() -> None:
    found = odds(facts(0.6, 0.6, 0.6, maker=(0, 0, 1)), LIKE, Check(), 2)
    again, akin, stranger = good(found, 1, 0, 0)
    assert again < akin < stranger < 0.6


def test_two_models_fail_together_as_often_as_dice_with_that_correlation_do() -> None:
    dice = np.random.default_rng(1)
    task, one, other = dice.standard_normal((3, 400_000))
    level = inverse(np.array([0.7, 0.5]))
    first = level[0] + np.sqrt(0.6) * task + np.sqrt(0.4) * one < 0
    second = level[1] + np.sqrt(0.6) * task + np.sqrt(0.4) * other < 0
    found = odds(facts(0.7, 0.5), LIKE, Check(), 1)
    assert following(found, [1, 1]).reached == pytest.approx(float((first & second).mean()), abs=4e-3)


def test_a_wrong_check_lets_bad_work_pass_and_good_work_fail() -> None:
    ahead = following(odds(facts(0.8), ALONE, Check(0.2, 0.1), 2), [0])
    assert float(ahead.good[0]) == pytest.approx(0.8 * 0.9, abs=1e-3)
    assert float(ahead.passed[0]) == pytest.approx(0.8 * 0.9 + 0.2 * 0.2, abs=1e-3)


@given(st.lists(SHARES, min_size=2, max_size=3), st.floats(0, 0.5), st.floats(0, 0.5), st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_what_does_not_pass_is_what_comes_to_the_next_stage(success: list[float], wrong: float, missed: float, tried: list[int]) -> None:
    found = odds(facts(*success), LIKE, Check(wrong, missed), 3)
    counts = tried[: len(success)]
    ahead = following(found, counts)
    for model in range(len(success)):
        after = following(found, [tries + (place == model) for place, tries in enumerate(counts)])
        assert after.reached == pytest.approx(ahead.reached - float(ahead.passed[model]), abs=1e-9)
        assert 0 <= ahead.good[model] <= ahead.passed[model] + 1e-9


def test_what_is_left_is_dearer_where_cost_stretches() -> None:
    plain, steep = (odds(facts(0.7, 0.7, stretch=one), LIKE, Check(), 1) for one in (0.0, 0.3))
    assert float(following(steep, [0, 0]).cost[1]) == pytest.approx(2.0)
    left, dearer = (following(one, [1, 0]) for one in (plain, steep))
    assert float(left.cost[1]) == pytest.approx(2.0 * left.reached)
    assert float(dearer.cost[1]) > 1.2 * 2.0 * dearer.reached


def test_correlations_out_of_order_are_taken_as_the_least_that_makes_sense() -> None:
    same = odds(facts(0.6, 0.6, maker=(0, 0)), Shares(0.6, 0.2, 0.1), Check(), 2)
    assert good(same, 1, 0) == pytest.approx(good(odds(facts(0.6, 0.6), Shares(0.6, 0.6, 0.6), Check(), 2), 1, 0))


def test_certain_models_are_not_quite_certain() -> None:
    found = odds(facts(1.0, 0.0), LIKE, Check(), 2)
    assert 0 < following(found, [2, 2]).reached < 0.01
    assert all(0 < one < 1 for one in good(found, 1, 1))
