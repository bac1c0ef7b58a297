"""OpenRouter's exports: what each column and key means, and what is wrong with one, place by place."""

import json
from pathlib import Path
from typing import Any

import pytest

from tierwise.lab.export import BadExport, Line
from tierwise.lab.exports.openrouter import EXPORT

PATH = Path("activity.json")
DAY = 20_728
HEAD = "generation_id,created_at,cost_total,byok_usage_inference,tokens_prompt,tokens_completion,tokens_cached,model_permaslug,variant\n"


def activity(**said: Any) -> str:
    one = {
        "date": "2026-10-02 00:00:00",
        "model": "openai/gpt-5.5",
        "model_permaslug": "openai/gpt-5.5-20260423",
        "usage": 0.015,
        "requests": 5,
        "prompt_tokens": 50,
        "completion_tokens": 125,
    } | said
    return json.dumps({"data": [one]}, indent=1)


def read(text: str) -> list[Line]:
    return list(EXPORT.lines(PATH, text))


def test_credits_and_own_keys_are_added_up() -> None:
    tokens = {"prompt": 50, "output": 125}
    assert read(activity(byok_usage_inference=0.01)) == [Line(DAY, "openai/gpt-5.5", 0, 5, tokens, 25_000_000_000)]


def test_a_generation_is_a_request_with_its_cached_tokens() -> None:
    text = f"{HEAD}gen-1,2026-10-02 03:46:57.713,0.0123,,10389,137,1000,openai/gpt-5.5,\ngen-2,2026-10-02T23:59:59Z,0,0.5,10,1,,a/b,free\n"
    assert read(text) == [
        Line(DAY, "openai/gpt-5.5", 2, 1, {"prompt": 10389, "output": 137, "read": 1000, "uncached": 9389}, 12_300_000_000),
        Line(DAY, "a/b", 3, 1, {"prompt": 10, "output": 1}, 500_000_000_000, remark="free"),
    ]


def placed(text: str, needle: str) -> str:
    """Where a piece of text begins, as an error names it."""
    before = text[: text.index(needle)]
    return f"{PATH}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: "


@pytest.mark.parametrize(
    ("text", "needle", "said"),
    [
        (activity(date="yesterday"), '"yesterday"', "date: 'yesterday' is no date"),
        (activity(usage="much"), '"much"', "data.0.usage: "),
        (activity(requests=-5), "-5,", "data.0.requests: expected `int` >= 0"),
    ],
)
def test_what_is_wrong_with_json_is_said_with_line_and_column(text: str, needle: str, said: str) -> None:
    with pytest.raises(BadExport) as wrong:
        read(text)
    assert str(wrong.value).startswith(placed(text, needle) + said), str(wrong.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "gen-1,2026-10-02,1,,x,1,,m,\n", "activity.json:2: column 5 (tokens_prompt): 'x' is no number"),
        (HEAD + "gen-1,2026-10-02,inf,,1,1,,m,\n", "activity.json:2: column 3 (cost_total): 'inf' is no amount of dollars"),
        (HEAD + "gen-1,2026-10-02,1,,1,1,,m,,,\n", "activity.json:2: column 10: the row has 11 of 9 columns"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_line_and_column(text: str, said: str) -> None:
    with pytest.raises(BadExport) as wrong:
        read(text)
    assert str(wrong.value).startswith(said), str(wrong.value)
