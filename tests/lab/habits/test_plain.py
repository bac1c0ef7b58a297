from typing import Any

import pytest

from tierwise.lab.habits.plain import HABITS
from tierwise.lab.step import steps


@pytest.mark.parametrize(("prompt", "lost"), [(600, False), (599, True)])
def test_a_prompt_that_shrinks_to_under_three_fifths_is_a_new_one(toy: Any, prompt: int, lost: bool) -> None:  # noqa: FBT001  # a case
    _, step = steps(toy.session(toy.call(0, 1000), toy.call(1, prompt)))
    assert HABITS.lost(step) is lost


def test_a_compaction_that_is_told_loses_everything_after_the_head(toy: Any) -> None:
    _, step = steps(toy.session(toy.call(0, 1000), toy.call(1, 1100, upset=("compaction",))))
    assert HABITS.lost(step)


def test_nothing_else_is_known(toy: Any) -> None:
    step, _ = steps(toy.session(toy.call(0, 1000), toy.call(1, 1100)))
    assert HABITS.head(step.call) == 500
    assert (HABITS.background(step), HABITS.breaks(step), HABITS.shed(step)) == (0.0, 0.0, False)
