from typing import Any

import pytest

from tierwise.lab.habits.claude_code import HABITS, patch
from tierwise.lab.step import Step, steps

HOUR = 3600


def second(toy: Any, gap: int = 5, *, turn: bool = False, **more: Any) -> Step:
    """The second of two calls, the prompt of which has grown by a thousand tokens, in the same turn or in the next."""
    before = {"tools": () if turn else ("Read",)} | more.pop("earlier", {})
    first = toy.call(0, 50_000, **({"version": more.get("version", "2.1.50")} | before))
    _, step = steps(toy.session(first, toy.call(1, more.pop("prompt", 51_000), gap=1000 * gap, **({"version": "2.1.50"} | more))))
    assert isinstance(step, Step)
    return step


@pytest.mark.parametrize(
    ("version", "number"), [("2.1.205", 205), ("2.0.76", 0), ("", 0), ("2.1.x", 0), ("2.1", 0), ("2.1.5.6", 0), ("2.1.²", 0)]
)
def test_the_patch_version_is_the_last_number_of_a_2_1(version: str, number: int) -> None:
    assert patch(version) == number


@pytest.mark.parametrize(
    ("version", "prompt", "head"),
    [("2.1.5", 50_000, 32_800), ("2.1.5", 10_000, 8000), ("2.1.217", 70_000, 40_900), ("3.0", 50_000, 32_800)],
)
def test_the_head_depends_on_the_version_and_is_a_part_of_the_first_prompt(toy: Any, version: str, prompt: int, head: int) -> None:
    assert HABITS.head(toy.call(0, prompt, version=version)) == head


@pytest.mark.parametrize(
    ("version", "ttl", "odds"), [("2.1.205", 300, (1.0, 1.0)), ("2.1.50", HOUR, (1.0, 0.45)), ("2.1.50", 300, (0.0, 0.06))]
)
def test_others_keep_the_head_warm_for_an_hour_or_for_all_users(toy: Any, version: str, ttl: int, odds: tuple[float, float]) -> None:
    first, later, _ = steps(toy.three(version=version, ttl=ttl))
    assert (HABITS.background(first), HABITS.background(later)) == odds


@pytest.mark.parametrize(("prompt", "lost"), [(48_000, False), (47_999, True)])
def test_a_prompt_two_thousand_tokens_shorter_has_lost_its_middle(toy: Any, prompt: int, lost: bool) -> None:  # noqa: FBT001  # a case
    assert HABITS.lost(second(toy, prompt=prompt)) is lost
    assert HABITS.lost(second(toy, upset=("compaction",)))


def test_hardly_anything_breaks_within_a_turn_and_more_after_a_pause(toy: Any) -> None:
    for ttl in (300, HOUR):
        odds = [HABITS.breaks(second(toy, gap, ttl=ttl)) for gap in (1, 60, 200, 500)]
        assert odds == sorted(odds)
        assert odds[0] < 0.001
        assert odds[-1] < 0.05


@pytest.mark.parametrize(
    ("version", "earlier", "odds"),
    [
        ("2.1.205", {"tools": ("ToolSearch",)}, 1.0),
        ("2.1.209", {"tools": ("ToolSearch",)}, 0.0004),
        ("2.1.50", {"tools": ("ToolSearch",)}, 0.0004),
        ("2.1.50", {"tools": ("Skill",)}, 0.14),
        ("2.1.215", {"tools": ("Skill",)}, 0.0004),
        ("2.1.215", {"tools": ("Read",) * 20}, 0.5),
        ("2.1.50", {"tools": ("Read",) * 20}, 0.0004),
    ],
)
def test_a_skill_a_search_for_tools_or_many_calls_at_once_break_a_turn_in_some_versions(
    toy: Any, version: str, earlier: dict[str, Any], odds: float
) -> None:
    assert HABITS.breaks(second(toy, version=version, earlier=earlier)) == odds


@pytest.mark.parametrize(
    ("more", "fewer"),
    [
        ({"upset": ("tools",)}, {}),
        ({"earlier": {"tools": (), "blocks": 200}}, {}),
        ({"earlier": {"tools": (), "thought": True}, "model": "claude-opus-4-5"}, {"earlier": {"tools": (), "thought": True}}),
        ({}, {"words": "go on"}),
        ({"gap": 250}, {"gap": 5}),
    ],
)
def test_what_makes_a_break_between_turns_likelier(toy: Any, more: dict[str, Any], fewer: dict[str, Any]) -> None:
    assert 0 < HABITS.breaks(second(toy, turn=True, **fewer)) < HABITS.breaks(second(toy, turn=True, **more)) < 1
