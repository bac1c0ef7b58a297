"""Cascades of answers by hand, and chosen on training folds."""

import numpy as np
import pytest

from tests.lab.outcomes.made import outcomes
from tierwise.lab import answers, texts, trial
from tierwise.lab.answers import After, Bars, Before, Check, Trust

SCORE = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
COST = np.array([[1.0, 10.0]] * 4)
GROUND = trial.ground(outcomes(240))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few axes: what is tested does not depend on them."""
    monkeypatch.setattr(texts, "AXES", 8)


def test_with_a_perfect_check_only_bad_answers_go_on() -> None:
    found = answers.checked(SCORE, COST, (0, 1), Check())
    assert found.score.tolist() == [1, 1, 0, 1]
    assert found.cost.tolist() == [1, 11, 11, 1]


def test_a_check_that_lets_all_through_is_the_first_model_alone() -> None:
    found = answers.checked(SCORE, COST, (0, 1), Check(passes_bad=1.0))
    assert found.score.tolist() == SCORE[:, 0].tolist()
    assert found.cost.tolist() == [1] * 4


def test_the_check_itself_is_paid_and_what_it_refuses_goes_on() -> None:
    found = answers.checked(SCORE, COST, (0, 1), Check(refuses_good=0.5, cost=0.1))
    assert found.score[0] == 1.0
    assert found.score[3] == 0.5
    assert found.cost[0] == pytest.approx(1.1 + 5)


def test_two_right_answers_agree_and_two_wrong_ones_at_a_rate() -> None:
    score = np.array([[1, 1, 0], [1, 0, 1], [0, 0, 1]], dtype=float)
    found = answers.agreed(score, np.ones((3, 3)), (0, 1, 2), 0.25)
    assert found.score.tolist() == [1, 1, 0.75]
    assert found.cost.tolist() == [2, 3, 2.75]


def test_what_promises_nothing_is_not_asked_and_what_is_worth_less_than_it_saves_is_paid_twice() -> None:
    nothing, ones = np.zeros(4), np.ones(4)
    before = Before(np.array([-1.0, 0, 0, 0]), ones, nothing + 0.1)
    after = After(np.array([0.0, -1, 0, 0]), ones)
    found = answers.trusting((0, 1), Bars(2.0, 0.0), Trust(before, after), SCORE, COST)
    assert found.cost.tolist() == [10, 11, 1, 1]
    assert found.score.tolist() == [1, 1, 0, 1]


def test_a_doubtful_answer_is_taken_where_the_strong_one_would_be_dear() -> None:
    doubtful = After(np.full(4, -0.2), np.array([0.1, 0.3, 0.5, 0.9]))
    before = Before(np.zeros(4), np.ones(4), np.zeros(4))
    for worth, taken in ((1.0, [False, True, True, True]), (2.0, [False, False, True, True]), (9.0, [False] * 4)):
        found = answers.trusting((0, 1), Bars(worth, 0.0), Trust(before, doubtful), SCORE, COST)
        assert (found.cost == 1).tolist() == taken


def test_cheap_models_are_those_of_little_cost_the_best_of_them_first() -> None:
    models, strong = answers.cheap(GROUND.of.score, GROUND.of.cost)
    assert [GROUND.of.models[one] for one in models] == ["cheap", "odd"]
    assert GROUND.of.models[strong] == "dear"


def test_a_perfect_check_saves_and_a_bad_one_is_not_used() -> None:
    good, bad = (answers.assumed("check", GROUND, answers.single, answers.with_check(Check(rate)), 1) for rate in (0.0, 1.0))
    assert good.saved > 0.4
    assert good.quality >= 1
    assert bad.saved < 0.1
    assert bad.quality > 0.93


def test_agreement_is_worth_what_wrong_answers_disagree() -> None:
    often, never = (answers.assumed("agree", GROUND, answers.pairs, answers.with_agreement(rate), 1) for rate in (0.9, 0.0))
    assert never.quality >= 0.99
    assert never.saved >= often.saved >= 0


def test_no_cascade_is_chosen_that_costs_more_than_the_best_alone() -> None:
    assert answers.assumed("agree", GROUND, answers.pairs, answers.with_agreement(0.0), 1).saved >= -0.02


def test_learnt_trust_sends_the_hard_kind_to_the_strong_model() -> None:
    found = answers.trusted(GROUND, 1)
    assert found.saved > 0.15
    assert found.quality > 0.93
    assert "cheap" in found.models
