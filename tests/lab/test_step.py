from typing import Any

from tierwise.core.money import Unknown
from tierwise.lab.step import prompt_of, steps, turns


def test_a_turn_begins_after_an_answer_without_tools(toy: Any) -> None:
    calls = [toy.call(0, 10), toy.call(1, 20, tools=()), toy.call(2, 30), toy.call(3, 40)]
    assert [[call.id for call in turn] for turn in turns(calls)] == [["c0", "c1"], ["c2", "c3"]]


def test_a_step_knows_the_prompt_and_the_answer_before_it(toy: Any) -> None:
    found = list(steps(toy.three()))
    assert [(step.number, step.before, step.answered, step.prompt) for step in found] == [
        (0, 0, 0, 1000),
        (1, 1000, 10, 1500),
        (2, 1500, 20, 1600),
    ]
    assert [step.first for step in found] == [True, False, False]
    assert [step.gap for step in found] == [0, 10, 10]


def test_a_call_of_unknown_size_is_not_taken_for_an_empty_prompt(toy: Any) -> None:
    lost = toy.call(1, 0, usage=Unknown("not logged"))
    found = list(steps(toy.session(toy.call(0, 1000, 7), lost, toy.call(2, 1200))))
    assert prompt_of(lost) == 0
    assert found[2].before == 1000


def test_what_was_done_in_the_turn_before_is_told_at_the_next(toy: Any) -> None:
    session = toy.session(
        toy.call(0, 10, tools=("Skill", "mcp__x"), blocks=3, thought=True),
        toy.call(1, 20, tools=(), blocks=2),
        toy.call(2, 30, tools=("ToolSearch",)),
        toy.call(3, 40),
    )
    first, second, third, fourth = steps(session)
    assert (first.skill, first.skilled, second.skill, second.skilled) == (False, False, True, True)
    assert (third.opens, third.turn, third.positions, third.remote) == (True, 1, 3 + 2 + 2, True)
    assert (third.thought_before, third.thought_now, second.thought_before, second.thought_now) == (True, False, False, True)
    assert (third.searched, fourth.searched) == (False, True)
