"""A look at a complete answer: the tokens of a good one, nothing for one that has to be read."""

import json
from typing import Any

import pytest

from tierwise.core.usage import Usage
from tierwise.wires.openai_chat import WIRE
from tierwise.wires.openai_chat.glancing import glanced

COUNTS = {"prompt_tokens": 30, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 20}}


def answer(**changed: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}
    return json.dumps({"id": "a", "object": "chat.completion", "choices": [choice], "usage": COUNTS} | changed).encode()


def test_the_tokens_of_a_good_answer_are_told() -> None:
    assert glanced(answer()) == Usage(fresh=10, read=20, output=7)


@pytest.mark.parametrize("reason", ["stop", "length", "tool_calls", "function_call"])
def test_a_look_says_what_reading_all_of_it_says(reason: str) -> None:
    body = answer(choices=[{"message": {"content": "hello"}, "finish_reason": reason}])
    spent = [event.usage for event in WIRE.whole(body) if type(event).__name__ == "Spent"]  # type: ignore[union-attr]  # by its name
    assert [glanced(body)] == spent


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        answer().replace(b"hello", b"\xff\xfe"),
        b"{}",
        b'{"choices": 3}',
        b"[" * 100_000,
        answer(choices=[]),
        answer(usage=None),
        answer(error={"message": "no"}),
        answer(choices=[{"message": {}, "finish_reason": "content_filter"}]),
        answer(choices=[{"message": {}}]),
        answer(choices=[{"message": {}, "finish_reason": "stop", "error": {"message": "no"}}]),
    ],
)
def test_what_is_not_surely_a_good_answer_has_to_be_read(body: bytes) -> None:
    assert glanced(body) is None
