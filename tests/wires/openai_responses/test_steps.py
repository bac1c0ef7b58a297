"""Steps in OpenAI Responses: items that call a tool, and items that answer them."""

from typing import Any

import pytest
from msgspec import Raw

from tests.wires.openai_responses.kit import CALL, RESULT, SEALED, USER, body
from tierwise.core.request import Segment
from tierwise.core.signs import Step
from tierwise.core.steps import Seen
from tierwise.wires.openai_responses import WIRE
from tierwise.wires.openai_responses.steps import seen


def steps(*items: Any, turns: int = 1) -> tuple[Step, ...]:
    return WIRE.steps(WIRE.parse(body(*items)), turns=turns)


@pytest.mark.parametrize(
    ("call", "tool", "said"),
    [
        (CALL, "ls", '{"a":1}'),
        ({"type": "custom_tool_call", "call_id": "c1", "name": "apply_patch", "input": "*** Begin"}, "apply_patch", "*** Begin"),
        (
            {"type": "local_shell_call", "call_id": "c1", "action": {"type": "exec", "command": ["ls"]}},
            "local_shell",
            '{"type": "exec", "command": ["ls"]}',
        ),
        ({"type": "shell_call", "call_id": "c1", "action": {"commands": ["ls"]}}, "shell", '{"commands": ["ls"]}'),
        ({"type": "apply_patch_call", "call_id": "c1", "operation": {"path": "a"}}, "apply_patch", '{"path": "a"}'),
        ({"type": "function_call", "id": "c1", "name": "ls"}, "ls", ""),
        ({"type": "function_call", "name": "ls", "call_id": "c1", "arguments": {"a": 1}}, "ls", '{"a": 1}'),
    ],
)
def test_a_call_may_have_any_form(call: dict[str, Any], tool: str, said: str) -> None:
    assert steps(USER, call, {"type": f"{call['type']}_output", "call_id": "c1", "output": "x"}) == (Step("c1", tool, said, "x"),)


@pytest.mark.parametrize(
    ("output", "shown", "failed"),
    [
        ({"output": "done"}, "done", None),
        ({"output": [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]}, "a\nb", None),
        ({"output": [{"type": "input_image", "image_url": "x"}]}, "", None),
        ({"output": [{"stdout": "a", "stderr": "b", "outcome": {"type": "exit", "exit_code": 0}}]}, "a\nb", False),
        ({"output": [{"stdout": "a", "outcome": {"type": "exit", "exit_code": 2}}]}, "a", True),
        ({"output": [{"stdout": "a", "outcome": {"type": "timeout"}}]}, "a", True),
        ({"output": "x", "status": "failed"}, "x", True),
        ({"output": None}, "", None),
        ({"output": {"a": 1}}, "", None),
        ({}, "", None),
    ],
)
def test_a_result_is_shown_as_text_and_may_say_that_it_failed(output: dict[str, Any], shown: str, failed: bool | None) -> None:  # noqa: FBT001  # a column
    assert steps(USER, CALL, {"type": "shell_call_output", "call_id": "c1", **output}) == (Step("c1", "ls", '{"a":1}', shown, failed),)


def test_one_answer_is_a_run_of_items() -> None:
    other = {**CALL, "call_id": "c2"}
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]}
    found = steps(USER, SEALED, said, CALL, other, RESULT, {**RESULT, "call_id": "c2", "output": "more"})
    assert [(one.id, one.result) for one in found] == [("c1", "done"), ("c2", "more")]


def test_an_answer_in_words_has_no_steps() -> None:
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]}
    assert steps(USER, CALL, RESULT, SEALED, said, USER) == ()
    assert steps(USER) == ()
    assert WIRE.steps(WIRE.parse(b'{"model": "m", "input": "hi"}')) == ()


def test_a_search_that_the_server_runs_is_part_of_an_answer() -> None:
    assert [one.id for one in steps(USER, {"type": "web_search_call", "id": "w1"}, CALL, RESULT)] == ["c1"]


@pytest.mark.parametrize(("role", "answer"), [("function_call", True), ("function_call_output", False)])
def test_what_cannot_be_read_is_passed_over(role: str, answer: bool) -> None:  # noqa: FBT001  # a column of the table
    assert seen(Segment("message", role, Raw(b'{"call_id": 7}'))) == Seen(answer=answer)
