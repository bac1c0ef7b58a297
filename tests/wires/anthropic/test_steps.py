"""Steps in Anthropic Messages: blocks of calls and of results."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw

from tierwise.core.request import Segment
from tierwise.core.signs import Step
from tierwise.core.steps import Seen
from tierwise.wires.anthropic import WIRE
from tierwise.wires.anthropic.steps import seen

CALL = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}}
FIRST = {"role": "user", "content": "fix it"}
ASKED = {"role": "assistant", "content": [{"type": "text", "text": "I look."}, CALL]}


def result(content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": "t1", "content": content, **more}


def steps(*messages: Any, turns: int = 1) -> tuple[Step, ...]:
    return WIRE.steps(WIRE.parse(json.dumps({"model": "m", "max_tokens": 9, "messages": list(messages)}).encode()), turns=turns)


@pytest.mark.parametrize(
    ("given", "shown", "failed"),
    [
        (result("a.py"), "a.py", None),
        (result([{"type": "text", "text": "a.py"}, {"type": "text", "text": "b.py"}]), "a.py\nb.py", None),
        (result([{"type": "image", "source": {"type": "url", "url": "x"}}]), "", None),
        (result("Exit code 1", is_error=True), "Exit code 1", True),
        (result("", is_error=False), "", False),
        ({"type": "tool_result", "tool_use_id": "t1"}, "", None),
        (result(None), "", None),
    ],
)
def test_a_result_is_shown_as_text(given: dict[str, Any], shown: str, failed: bool | None) -> None:  # noqa: FBT001  # a column of the table
    assert steps(FIRST, ASKED, {"role": "user", "content": [given]}) == (Step("t1", "Bash", '{"command": "ls"}', shown, failed),)


def test_words_beside_a_result_hide_it_not() -> None:
    interrupted = {"role": "user", "content": [result("a.py"), {"type": "text", "text": "stop"}]}
    assert [one.result for one in steps(FIRST, ASKED, interrupted)] == ["a.py"]
    assert [one.result for one in steps(FIRST, ASKED, {"role": "user", "content": [result("a.py")]}, FIRST)] == ["a.py"]


def test_an_answer_in_words_has_no_steps() -> None:
    assert steps(FIRST, ASKED, {"role": "user", "content": [result("a")]}, {"role": "assistant", "content": "done"}, FIRST) == ()
    assert steps(FIRST) == ()


def test_words_that_only_speak_of_tools_are_none() -> None:
    said = {"role": "assistant", "content": 'a block of type "tool_use" is a call'}
    assert steps(FIRST, said, {"role": "user", "content": 'and "tool_result" its answer'}) == ()


@pytest.mark.parametrize(
    "raw", [b'{"role": "user", "content": "tool_result', b'{"content": [{"type": "tool_result", "content": {"a": 1}}]}', b'"tool_result"']
)
def test_what_cannot_be_read_is_passed_over(raw: bytes) -> None:
    assert all(one.result == "" for one in seen(Segment("message", "user", Raw(raw))).found)  # type: ignore[union-attr]
    assert seen(Segment("message", "user", Raw(b'{"role": "user", "content": "hi"}'))) == Seen(answer=False)


def test_what_was_captured_has_the_steps_it_shows(captured: Callable[[str], list[tuple[str, dict[str, str], dict[str, Any]]]]) -> None:
    found = {one for _, _, body in captured("messages") for one in WIRE.steps(WIRE.parse(json.dumps(body).encode()))}
    assert {"Bash", "bash"} <= {one.tool for one in found}
    assert {json.loads(one.said).get("command") for one in found if one.tool.lower() == "bash"} == {"ls"}
