"""How far attempts go together, found again in outcomes that were drawn with it."""

import numpy as np
import pytest

from tierwise.lab.calibrate.together import Arm, Fitted, Pair, correlations, fitted, pairs, stretches

TASKS = 6000
LIKE = {"models": 0.5, "akin": 0.65, "attempts": 0.8}
STEEP = 0.3
WHO = (("a", "x", "one"), ("a", "x", "two"), ("b", "x", "one"), ("c", "y", "one"), ("d", "z", "one"))


def drawn() -> list[Arm]:
    dice = np.random.default_rng(3)
    task = dice.standard_normal(TASKS)
    makers = {name: dice.standard_normal(TASKS) for name in "xyz"}
    models = {name: dice.standard_normal(TASKS) for name in "abcd"}
    shares = np.sqrt([0.5, 0.15, 0.15, 0.2])
    arms = []
    for place, (model, maker, agent) in enumerate(WHO):
        behind = shares @ np.stack([task, makers[maker], models[model], dice.standard_normal(TASKS)])
        cost = (place + 1) * np.exp(-STEEP * task + 0.2 * dice.standard_normal(TASKS))
        arms.append(Arm(model, maker, agent, (behind > -0.5 + 0.1 * place).astype(float), cost))
    return arms


def test_the_correlations_and_the_stretch_that_were_drawn_are_found() -> None:
    found = fitted(drawn())
    assert found.models == pytest.approx(LIKE["models"], abs=0.03)
    assert found.akin == pytest.approx(LIKE["akin"], abs=0.03)
    assert found.attempts == pytest.approx(LIKE["attempts"], abs=0.03)
    assert found.stretch == pytest.approx(STEEP, abs=0.03)
    assert found.pairs == (7, 2, 1)


@pytest.mark.parametrize(("both", "share"), [(0.25, 0.0), (0.5, 0.999), (0.1, 0.0), (1 / 3, 0.5)])
def test_a_correlation_is_read_off_what_two_models_solve_together(both: float, share: float) -> None:
    assert correlations([Pair("models", 0.5, 0.5, both)])[0] == pytest.approx(share, abs=0.01)


def test_pairs_that_say_nothing_are_left_out() -> None:
    half = np.tile([0.0, 1.0], 15)
    unknown = np.where(np.arange(30) < 15, np.nan, half)
    arms = [Arm(name, name, "one", solved, np.ones(30)) for name, solved in (("a", half), ("b", np.ones(30)), ("c", unknown))]
    assert list(pairs(arms)) == []
    assert len(list(pairs([*arms, Arm("d", "d", "one", half, np.ones(30))]))) == 1


def test_without_pairs_of_a_sort_the_next_wider_one_stands_for_it() -> None:
    _, two, _, other, third = drawn()
    found = fitted([two, other, third])
    assert found.akin == found.attempts == found.models > 0.4
    assert fitted([two]) == Fitted(0.0, 0.0, 0.0, 0.0, (0, 0, 0))


def test_arms_without_costs_have_no_stretch() -> None:
    free = [one._replace(cost=np.full(TASKS, np.nan)) for one in drawn()]
    assert stretches(free, 0.5) == []
