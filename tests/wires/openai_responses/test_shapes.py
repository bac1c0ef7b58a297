"""What this wire writes: tokens as it counts them, and JSON that is some."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.usage import Usage
from tierwise.wires.openai_responses.completing import usage_of
from tierwise.wires.openai_responses.frames import Usage as Told
from tierwise.wires.openai_responses.shapes import FunctionCall, InputText, json_of, shortest, spending

counts = st.integers(0, 1000)


@given(counts, counts, counts, counts, counts)
def test_tokens_said_and_read_again_are_the_same(fresh: int, read: int, written: int, output: int, reasoning: int) -> None:
    used = Usage(fresh, read, written, 0, output, reasoning)
    told = msgspec.convert(msgspec.to_builtins(spending(used)), Told)
    assert usage_of(told, 0) == used


def test_a_total_is_the_sum_and_no_tokens_are_none() -> None:
    assert spending(Usage(1, 2, 3, 4, 5, 6)).total_tokens == 15
    assert (spending(None).input_tokens, spending(None).total_tokens) == (0, 0)


def test_keys_that_may_be_missing_are_left_out_and_others_stand() -> None:
    assert msgspec.to_builtins(FunctionCall("c", "ls", "{}")) == {
        "type": "function_call",
        "call_id": "c",
        "name": "ls",
        "arguments": "{}",
        "status": "completed",
    }
    assert msgspec.to_builtins(InputText("a")) == {"type": "input_text", "text": "a"}
    assert shortest("") is msgspec.UNSET
    assert shortest("a") == "a"


@pytest.mark.parametrize(("text", "json"), [('{"a":1}', b'{"a":1}'), ("", b"{}"), ("{", b"{}"), ("[" * 5000, b"{}"), ("1", b"1")])
def test_a_text_is_the_json_it_is_or_an_empty_object(text: str, json: bytes) -> None:
    assert bytes(json_of(text)) == json
