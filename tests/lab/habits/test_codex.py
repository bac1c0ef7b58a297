from typing import Any

import pytest

from tierwise.lab.habits.codex import HABITS
from tierwise.lab.step import steps


@pytest.mark.parametrize(("grown", "shed"), [(10, False), (9, True), (-500, True)])
def test_a_prompt_that_grew_by_less_than_the_answer_has_shed_its_reasoning(toy: Any, grown: int, shed: bool) -> None:  # noqa: FBT001  # a case
    _, step = steps(toy.session(toy.call(0, 10_000, 10), toy.call(1, 10_000 + grown)))
    assert HABITS.shed(step) is shed


def test_the_head_is_what_all_users_share_or_a_part_of_a_short_prompt(toy: Any) -> None:
    assert HABITS.head(toy.call(0, 24_000)) == 2432
    assert HABITS.head(toy.call(0, 10_000)) == 1200


def test_a_session_finds_its_place_within_its_first_calls(toy: Any) -> None:
    found = [HABITS.breaks(step) for step in steps(toy.session(*(toy.call(number, 10_000 + 100 * number) for number in range(20))))]
    assert found[1] > found[2] > found[10] == found[19] == 0
    assert found == sorted(found, reverse=True)


def test_somebody_has_always_just_used_the_head(toy: Any) -> None:
    assert {HABITS.background(step) for step in steps(toy.three())} == {1.0}
