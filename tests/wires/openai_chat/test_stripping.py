"""Reasoning taken out of a client's own body."""

import json
from typing import Any

import pytest

from tests.wires.openai_chat.kit import USER, body
from tierwise.wires.openai_chat import WIRE

ANSWER = {"role": "assistant", "content": "a"}


@pytest.mark.parametrize(
    "more",
    [
        {"reasoning_content": "so"},
        {"reasoning": "so", "reasoning_details": [{"type": "reasoning.text", "signature": "s"}]},
        {"thinking_blocks": [], "reasoning_text": "so", "reasoning_opaque": "s"},
    ],
)
def test_reasoning_of_earlier_answers_is_taken_out(more: dict[str, Any]) -> None:
    assert json.loads(WIRE.stripped(body(USER, ANSWER | more, USER, n=1))) == json.loads(body(USER, ANSWER, USER, n=1))


@pytest.mark.parametrize("said", ["hello", "I say reasoning_content"])
def test_a_body_without_any_keeps_its_bytes(said: str) -> None:
    plain = body(USER, ANSWER, USER | {"content": said})
    assert WIRE.stripped(plain) is plain
