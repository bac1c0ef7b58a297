"""The shapes of chunks: errors of every kind, and the same thing under several names."""

from typing import Any

import msgspec
import pytest

from tests.wires.openai_chat.kit import sent
from tierwise.wires.openai_chat.chunks import Function, Message, Part, arguments, reasoned, texts


def message(**said: Any) -> Message:
    return msgspec.json.decode(sent(said), type=Message)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({}, ""),
        ({"reasoning_content": "a", "reasoning": "a"}, "a"),
        ({"reasoning_content": "", "reasoning": "a"}, "a"),
        ({"reasoning": "a", "reasoning_details": [{"type": "reasoning.text", "text": "a"}]}, "a"),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "a"}, {"type": "reasoning.summary", "summary": "b"}]}, "ab"),
        ({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}, ""),
        ({"reasoning_details": "x"}, ""),
        ({"reasoning_details": None}, ""),
    ],
)
def test_reasoning_is_read_once_from_wherever_it_stands(said: dict[str, Any], text: str) -> None:
    assert reasoned(message(**said)) == text


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (None, []),
        ("", []),
        ("a", [(False, "a")]),
        ([], []),
        ([{"type": "thinking", "thinking": "so"}, {"type": "text", "text": "a"}, {"type": "text"}], [(True, "so"), (False, "a")]),
        ([{"type": "thinking", "thinking": [{"text": "s"}, {"text": "o"}, {}]}], [(True, "so")]),
    ],
)
def test_content_is_a_text_or_parts(content: Any, found: list[tuple[bool, str]]) -> None:
    assert list(texts(message(content=content).content)) == found


@pytest.mark.parametrize(("said", "text"), [(None, ""), ("", ""), ('{"a":1}', '{"a":1}'), ({"a": 1}, '{"a":1}'), ({}, "{}")])
def test_a_functions_input_is_json_text(said: Any, text: str) -> None:
    assert arguments(Function("ls", said)) == text


def test_a_part_is_a_text_where_nothing_is_said() -> None:
    assert Part().type == "text"
