"""Steps in Chat Completions: calls of the assistant's, and messages that answer them."""

from typing import Any

import pytest
from msgspec import Raw

from tests.wires.openai_chat.kit import USER, body
from tierwise.core.request import Segment
from tierwise.core.signs import Step
from tierwise.core.steps import Called, Gave, Seen
from tierwise.wires.openai_chat import WIRE
from tierwise.wires.openai_chat.steps import seen

CALL = {"id": "c1", "type": "function", "function": {"name": "bash", "arguments": '{"command":"ls"}'}}
ASKED = {"role": "assistant", "content": None, "tool_calls": [CALL]}


def answer(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": "c1", "content": content, **more}


def steps(*messages: Any, turns: int = 1) -> tuple[Step, ...]:
    return WIRE.steps(WIRE.parse(body(*messages)), turns=turns)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("a.py", "a.py"),
        ([{"type": "text", "text": "a.py"}, {"type": "text", "text": "b"}], "a.py\nb"),
        (None, ""),
        ([], ""),
        ({"a": 1}, ""),
    ],
)
def test_a_result_is_shown_as_text(content: Any, shown: str) -> None:
    assert steps(USER, ASKED, answer(content)) == (Step("c1", "bash", '{"command":"ls"}', shown),)


@pytest.mark.parametrize(
    ("call", "tool", "said"),
    [
        ({"id": "c1", "type": "custom", "custom": {"name": "patch", "input": "*** Begin"}}, "patch", "*** Begin"),
        ({"id": "c1", "function": {"name": "ls", "arguments": {"a": 1}}}, "ls", '{"a":1}'),
        ({"id": "c1", "function": {"name": "ls"}}, "ls", "{}"),
        ({"id": "c1"}, "", "{}"),
    ],
)
def test_a_call_may_have_any_form(call: dict[str, Any], tool: str, said: str) -> None:
    assert steps(USER, {"role": "assistant", "tool_calls": [call]}, answer("x")) == (Step("c1", tool, said, "x"),)


def test_the_older_form_finds_its_result_by_name() -> None:
    called = {"role": "assistant", "content": None, "function_call": {"name": "ls", "arguments": "{}"}}
    assert steps(USER, called, {"role": "function", "name": "ls", "content": "a.py"}) == (Step("ls", "ls", "{}", "a.py"),)


def test_several_calls_find_their_results() -> None:
    other = {"id": "c2", "function": {"name": "read", "arguments": "{}"}}
    both = {"role": "assistant", "tool_calls": [CALL, other]}
    found = steps(USER, both, {"role": "tool", "tool_call_id": "c2", "content": "2"}, answer("1"))
    assert [(one.id, one.result) for one in found] == [("c1", "1"), ("c2", "2")]


def test_a_person_who_interrupts_hides_nothing_and_an_answer_in_words_ends_it() -> None:
    assert [one.result for one in steps(USER, ASKED, answer("1"), USER)] == ["1"]
    assert steps(USER, ASKED, answer("1"), {"role": "assistant", "content": "done"}, USER) == ()
    assert steps(USER) == ()
    assert [one.result for one in steps(USER, ASKED, answer("1"), ASKED, answer("2"), turns=2)] == ["1", "2"]


def test_what_cannot_be_read_is_passed_over() -> None:
    assert seen(Segment("message", "tool", Raw(b'{"content": 7'))) == Seen(answer=False, found=(Gave("", ""),))
    assert seen(Segment("message", "assistant", Raw(b'{"tool_calls": 7}'))) == Seen(answer=True)
    assert seen(Segment("message", "assistant", Raw(b'{"tool_calls": null, "function_call": {}}'))).found == (Called("", "", "{}"),)
    assert seen(Segment("message", "user", Raw(b'{"tool_calls": []}'))) == Seen(answer=False)
