"""Requests of this wire parsed: what real clients sent, and each thing read from a request."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tierwise.core.request import Request
from tierwise.core.wire import Malformed
from tierwise.wires.openai_responses import WIRE

Captured = tuple[str, dict[str, str], dict[str, Any]]

USER = {"role": "user", "content": [{"type": "input_text", "text": "fix it"}]}
DEVELOPER = {"type": "message", "role": "developer", "content": "Be brief."}
ANSWER = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "done"}]}
THOUGHT = {"type": "reasoning", "encrypted_content": "x", "summary": []}
CALL = {"type": "function_call", "call_id": "1", "name": "ls", "arguments": "{}"}
RESULT = {"type": "function_call_output", "call_id": "1", "output": "a"}
TOOLS = {"type": "additional_tools", "role": "developer", "tools": [{"type": "function", "name": "ls"}]}


def parsed(*items: Any, **more: Any) -> Request:
    return WIRE.parse(json.dumps({"model": "m", "input": list(items), **more}).encode())


def test_captured_requests_are_read_as_they_were_sent(captured: Callable[[str], list[Captured]]) -> None:
    sent = captured("v1-responses")
    assert len(sent) > 40
    for name, _, body in sent:
        found = WIRE.parse(json.dumps(body).encode())
        given = body.get("input", [])
        items = [given] if isinstance(given, str) else given
        tools = body.get("tools") or []
        head = [*tools, *([body["instructions"]] if body.get("instructions") else [])]
        more = any(isinstance(one, dict) and one.get("type") == "additional_tools" for one in items)
        assert [json.loads(bytes(one.raw)) for one in found.segments] == [*head, *items], name
        assert (found.model, found.limit) == (body["model"], body.get("max_output_tokens")), name
        assert ("tools" in found.needs) == (bool(tools) or more), name
        assert (found.images, found.session) == (0, body.get("prompt_cache_key", "")), name
        assert found.effort == (body.get("reasoning") or {}).get("effort"), name


def test_captured_conversations_are_counted_right(captured: Callable[[str], list[Captured]]) -> None:
    """Only answers with one call, or one text, each: the items the model sent are its answers."""
    for name, _, body in captured("v1-responses"):
        if isinstance(items := body.get("input"), list) and items:
            found = WIRE.parse(json.dumps(body).encode())
            assert found.calls == sum(one.get("role") == "assistant" or str(one.get("type")).endswith("_call") for one in items), name
            assert found.turn == ("tool" if str(items[-1].get("type")).endswith("_output") else "person"), name
            spoken = [one["content"] for one in items if one.get("role") == "user"]
            assert found.said == tuple(tuple(part["text"] for part in parts) for parts in spoken[::-1][:4]), name


@pytest.mark.parametrize(
    ("items", "calls"),
    [
        ([], 0),
        ([USER], 0),
        ([USER, CALL, RESULT], 1),
        ([USER, THOUGHT, CALL, CALL, CALL, RESULT, RESULT, RESULT], 1),
        ([USER, THOUGHT, ANSWER, CALL, RESULT, THOUGHT, CALL, RESULT, ANSWER, USER], 3),
        ([ANSWER, USER, {"type": "web_search_call"}, ANSWER], 2),
        ([USER, {"type": "custom_tool_call"}, {"type": "custom_tool_call_output"}], 1),
    ],
)
def test_one_answer_is_a_run_of_the_models_items(items: list[Any], calls: int) -> None:
    assert parsed(*items).calls == calls


@pytest.mark.parametrize(
    ("items", "turn"),
    [
        ([], "person"),
        ([USER], "person"),
        ([USER, CALL, RESULT], "tool"),
        ([USER, CALL, RESULT, USER], "person"),
        ([{"type": "custom_tool_call_output"}], "tool"),
    ],
)
def test_who_spoke_last_has_the_turn(items: list[Any], turn: str) -> None:
    assert parsed(*items).turn == turn


def test_a_bare_text_is_a_message_of_the_user() -> None:
    found = WIRE.parse(b'{"model":"m","input":"fix it","instructions":"Be brief."}')
    assert found.said == (("fix it",),)
    assert [(one.kind, one.role, bytes(one.raw)) for one in found.segments] == [
        ("system", "system", b'"Be brief."'),
        ("message", "user", b'"fix it"'),
    ]


@pytest.mark.parametrize("body", [{}, {"input": None}, {"input": []}, {"input": None, "instructions": None, "tools": None}])
def test_a_request_may_come_without_input(body: dict[str, Any]) -> None:
    found = WIRE.parse(json.dumps({"model": "m", **body}).encode())
    assert (found.segments, found.said, found.turn, found.calls) == ((), (), "person", 0)


def test_tools_may_come_as_an_item() -> None:
    found = parsed(TOOLS, DEVELOPER, USER)
    assert [(one.kind, one.role) for one in found.segments] == [("tools", "developer"), ("system", "developer"), ("message", "user")]
    assert found.needs == ("tools",)


def test_system_text_after_the_first_message_is_part_of_the_messages() -> None:
    found = parsed(DEVELOPER, {"role": "system", "content": "x"}, USER, DEVELOPER, CALL)
    assert [(one.kind, one.role) for one in found.segments] == [
        ("system", "developer"),
        ("system", "system"),
        ("message", "user"),
        ("message", "developer"),
        ("message", "function_call"),
    ]


@pytest.mark.parametrize(
    ("more", "needs", "effort"),
    [
        ({"tools": [], "reasoning": None, "text": None}, (), None),
        ({"text": {"format": None}, "reasoning": {}}, (), None),
        ({"text": {"format": {"type": "text"}}, "reasoning": {"effort": None}}, (), None),
        ({"text": {"format": {"type": "json_schema"}}, "reasoning": {"effort": "low"}}, ("json_schema",), "low"),
        ({"tools": [{"type": "web_search"}], "reasoning": {"effort": "high"}}, ("tools", "reasoning"), "high"),
    ],
)
def test_needs_are_read_from_where_they_are_said(more: dict[str, Any], needs: tuple[str, ...], effort: str | None) -> None:
    found = parsed(USER, **more)
    assert (found.needs, found.effort) == (needs, effort)


@pytest.mark.parametrize(
    "item",
    [
        '{"type":"message","role":"user","content":"hi"}',
        '{"type": "message", "id": "msg_1", "role": "user", "content": "hi"}',
        '{"role":"user","content":"hi"}',
        '{"content":"hi","role":"user"}',
        '{"type":"message","content":"hi","role":"user","id":null}',
        '{ "role" : "user" , "content" : [ {"text":"hi"} ] }',
    ],
)
def test_a_message_is_heard_in_whatever_order_its_fields_come(item: str) -> None:
    found = WIRE.parse(f'{{"model":"m","input":[{item}]}}'.encode())
    assert found.said == (("hi",),)
    assert [(one.kind, one.role) for one in found.segments] == [("message", "user")]


@pytest.mark.parametrize("kind", ["function_call", "reasoning", "custom_tool_call", "local_shell_call", "tool_search_output"])
def test_other_items_are_known_by_their_type_in_whatever_order_their_fields_come(kind: str) -> None:
    for item in ({"type": kind, "call_id": "c"}, {"call_id": "c", "type": kind}):
        found = parsed(USER, item)
        assert (found.segments[1].role, found.calls) == (kind, int(not kind.endswith("output")))


def test_a_stream_is_asked_for_or_not() -> None:
    assert parsed(USER, stream=True).stream
    assert not parsed(USER, stream=None).stream


def test_images_are_counted_in_messages_and_in_results_of_tools() -> None:
    image = {"type": "input_image", "image_url": "data:,"}
    result = {"type": "function_call_output", "call_id": "1", "output": [image, {"type": "input_text", "text": "input_image"}]}
    shot = {"type": "computer_call_output", "call_id": "1", "output": {"type": "computer_screenshot", "image_url": "data:,"}}
    assert parsed({"role": "user", "content": [image, image]}, CALL, result, shot).images == 4


def test_the_wrong_item_is_named() -> None:
    with pytest.raises(Malformed, match=r"^openai_responses request: Expected `str \| array \| null`, got `object` - at `\$\.input`$"):
        WIRE.parse(b'{"model":"m","input":{}}')
    with pytest.raises(Malformed, match=r"^openai_responses request, input\[1\]: Expected `str`, got `int` - at `\$\.type`"):
        parsed(USER, {"type": 1})
    with pytest.raises(Malformed, match=r"^openai_responses request, input\[0\]: Expected `str \| null`"):
        parsed({"role": "user", "content": [{"text": 1}]})
