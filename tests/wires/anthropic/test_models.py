"""What each model takes: the documented habits, by every way of writing its name."""

import pytest

from tierwise.wires.anthropic.models import habits_of


@pytest.mark.parametrize(
    ("model", "thinking", "efforts", "samples", "asides"),
    [
        ("claude-3-haiku-20240307", "", 0, True, False),
        ("claude-3-5-sonnet-latest", "", 0, True, False),
        ("claude-3-7-sonnet-20250219", "enabled disabled", 0, True, False),
        ("claude-opus-4-20250514", "enabled disabled", 0, True, False),
        ("claude-opus-4-1-20250805", "enabled disabled", 0, True, False),
        ("claude-sonnet-4-20250514", "enabled disabled", 0, True, False),
        ("claude-haiku-4-5-20251001", "enabled disabled", 0, True, False),
        ("claude-sonnet-4-5", "enabled disabled", 0, True, False),
        ("anthropic/claude-opus-4.5", "enabled disabled", 3, True, False),
        ("us.anthropic.claude-opus-4-6-v1", "adaptive enabled disabled", 4, True, False),
        ("claude-sonnet-4-6", "adaptive enabled disabled", 4, True, False),
        ("claude-opus-4-7", "adaptive disabled", 5, False, False),
        ("claude-opus-4-8-20260528", "adaptive disabled", 5, False, True),
        ("claude-sonnet-5", "adaptive disabled", 5, False, False),
        ("claude-sonnet-5-20260701", "adaptive disabled", 5, False, False),
        ("claude-sonnet-5-5", "adaptive between_tools", 5, False, True),
        ("claude-opus-5-5", "adaptive", 5, False, True),
        ("claude-fable-5.1", "adaptive", 5, False, True),
        ("claude-whatever-9", "adaptive", 5, False, True),
        ("deepseek-v4-pro", "enabled disabled", 5, True, False),
    ],
)
def test_a_model_takes_what_is_documented(model: str, thinking: str, efforts: int, *, samples: bool, asides: bool) -> None:
    habits = habits_of(model)
    assert (" ".join(habits.thinking), len(habits.efforts), habits.samples, habits.asides) == (thinking, efforts, samples, asides)


@pytest.mark.parametrize(
    ("model", "most"), [("claude-3-opus", 4096), ("claude-opus-4-1", 32000), ("claude-haiku-4-5", 64000), ("claude-opus-5", 128000)]
)
def test_a_model_gives_only_so_many_tokens(model: str, most: int) -> None:
    assert habits_of(model).most == most
