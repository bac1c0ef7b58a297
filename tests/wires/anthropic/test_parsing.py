"""Anthropic Messages: what real clients sent, and each thing read from a request."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tierwise.core.request import Request
from tierwise.core.wire import Malformed
from tierwise.wires.anthropic import WIRE

Captured = tuple[str, dict[str, str], dict[str, Any]]

TEXT = {"type": "text", "text": "fix it"}
REMINDER = {"type": "text", "text": "<system-reminder>be good</system-reminder>"}
RESULT = {"type": "tool_result", "tool_use_id": "1", "content": "a"}
CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "ls", "input": {}}]}


def user(*content: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(content)}


def parsed(*messages: Any, **more: Any) -> Request:
    return WIRE.parse(json.dumps({"model": "m", "messages": list(messages), **more}).encode())


def keys(value: Any, name: str) -> int:
    """How often a key occurs anywhere in a JSON value."""
    if isinstance(value, dict):
        return (name in value) + sum(keys(inner, name) for inner in value.values())
    return sum(keys(inner, name) for inner in value) if isinstance(value, list) else 0


def test_captured_requests_are_read_as_they_were_sent(captured: Callable[[str], list[Captured]]) -> None:
    sent = captured("messages")
    assert len(sent) > 80
    for name, _, body in sent:
        found = WIRE.parse(json.dumps(body).encode())
        system = body.get("system") or []
        head = [*(body.get("tools") or []), *([system] if isinstance(system, str) else system)]
        config = body.get("output_config") or {}
        users = [one["content"] for one in body["messages"] if one["role"] == "user"]
        answers = isinstance(users[-1], list) and any(block["type"] == "tool_result" for block in users[-1])
        needs = {"tools": body.get("tools"), "json_schema": config.get("format"), "reasoning": config.get("effort") == "high"}
        assert [json.loads(bytes(one.raw)) for one in found.segments] == [*head, *body["messages"]], name
        assert (found.model, found.limit, found.effort) == (body["model"], body.get("max_tokens"), config.get("effort")), name
        assert found.needs == tuple(need for need, asked in needs.items() if asked), name
        assert found.turn == ("tool" if answers else "person"), name
        assert found.calls == sum(one["role"] == "assistant" for one in body["messages"]), name
        assert (found.images, found.cache_marks, found.cache_ttl) == (0, keys(body, "cache_control"), 300), name


def test_the_session_in_the_body_is_the_one_in_the_header(captured: Callable[[str], list[Captured]]) -> None:
    sent = [one for one in captured("v1-messages.req") if "x-claude-code-session-id" in one[1]]
    assert len(sent) > 20
    for name, headers, body in sent:
        assert WIRE.parse(json.dumps(body).encode()).session == headers["x-claude-code-session-id"], name


@pytest.mark.parametrize(
    ("user_id", "session"),
    [
        (None, ""),
        ("", ""),
        ("user-7", ""),
        ('{"device_id":"d","session_id":"s-1"}', "s-1"),
        ('{"device_id":"d"}', ""),
        ('{"session_id":7}', ""),
        ("{not json", ""),
        ('{"a":' * 100_000, ""),
        ("user_1f_account_2e_session_3d-4c", "3d-4c"),
    ],
)
def test_a_session_is_read_from_the_users_id(user_id: str | None, session: str) -> None:
    assert parsed(user(TEXT), metadata={"user_id": user_id}).session == session


@pytest.mark.parametrize("metadata", [None, {}, {"other": 1}])
def test_no_users_id_is_no_session(metadata: Any) -> None:
    assert parsed(user(TEXT), metadata=metadata).session == ""


@pytest.mark.parametrize(("system", "roles"), [(None, []), ("Be brief.", ["system"]), ([], []), ([TEXT, TEXT], ["system", "system"])])
def test_system_text_is_a_text_or_blocks(system: Any, roles: list[str]) -> None:
    assert [one.kind for one in parsed(user(TEXT), system=system).segments] == [*roles, "message"]


def test_system_text_of_no_known_shape_is_named() -> None:
    with pytest.raises(Malformed, match=r"^anthropic request, system: Expected `str \| array`, got `object`"):
        parsed(user(TEXT), system={"text": "x"})


@pytest.mark.parametrize(
    ("messages", "said", "aside", "turn"),
    [
        ([user()], (), (), "person"),
        ([{"role": "user", "content": "hi"}], (("hi",),), (), "person"),
        ([{"role": "assistant", "content": "hi"}], (), (), "person"),
        ([user(REMINDER, TEXT), {"role": "system", "content": "x"}], ((REMINDER["text"], "fix it"),), (), "person"),
        ([user(TEXT), CALL, user(RESULT)], (("fix it",),), (), "tool"),
        ([user(TEXT), CALL, user(RESULT), {"role": "system", "content": "x"}], (("fix it",),), (), "tool"),
        ([user(TEXT), CALL, user(RESULT, REMINDER)], (("fix it",),), (REMINDER["text"],), "tool"),
        ([user(TEXT), CALL, user(RESULT, {"type": "text", "text": "stop"})], (("fix it",),), ("stop",), "tool"),
        # Once it lies further back, what stands in tags beside results is not kept, what a person may have written is.
        ([user(TEXT), CALL, user(RESULT, REMINDER), CALL, user(RESULT)], (("fix it",),), (), "tool"),
        ([user(TEXT), CALL, user(RESULT, {"type": "text", "text": "stop"}), CALL, user(RESULT)], (("stop",), ("fix it",)), (), "tool"),
        ([user(TEXT), user({"type": "image", "source": {}})], (("fix it",),), (), "person"),
        ([user({"type": "text", "text": '"tool_result"'})], (('"tool_result"',),), (), "person"),
        ([user({"type": "text", "text": "tool_result"})], (("tool_result",),), (), "person"),
    ],
)
def test_the_persons_messages_are_told_from_answers_of_tools(messages: list[Any], said: Any, aside: tuple[str, ...], turn: str) -> None:
    found = parsed(*messages)
    assert (found.said, found.aside, found.turn) == (said, aside, turn)


@pytest.mark.parametrize(
    ("more", "marks", "ttl"),
    [
        ({}, 0, 300),
        ({"cache_control": None}, 0, 300),
        ({"cache_control": {"type": "ephemeral"}}, 1, 300),
        ({"cache_control": {"type": "ephemeral", "ttl": "1h"}}, 1, 3600),
        ({"cache_control": {}, "system": [TEXT | {"cache_control": {"ttl": "1h"}}]}, 2, 3600),
        ({"tools": [{"name": "ls", "cache_control": {"ttl": "5m"}}]}, 1, 300),
    ],
)
def test_marks_on_the_request_and_in_it_are_counted(more: dict[str, Any], marks: int, ttl: int) -> None:
    found = parsed(user(TEXT), **more)
    assert (found.cache_marks, found.cache_ttl) == (marks, ttl)


@pytest.mark.parametrize(
    ("more", "needs"),
    [
        ({"tools": []}, ()),
        ({"output_config": None}, ()),
        ({"output_config": {"format": None, "effort": "low"}}, ()),
        ({"output_config": {"format": {"type": "json_schema"}}}, ("json_schema",)),
        ({"output_format": {"type": "json_schema"}}, ("json_schema",)),
        ({"output_config": {"effort": "xhigh"}, "tools": [{"name": "ls"}]}, ("tools", "reasoning")),
        ({"thinking": {"type": "enabled", "budget_tokens": 16_000}}, ()),
    ],
)
def test_needs_are_read_from_where_they_are_said(more: dict[str, Any], needs: tuple[str, ...]) -> None:
    assert parsed(user(TEXT), **more).needs == needs


def test_the_wrong_message_is_named() -> None:
    with pytest.raises(Malformed, match=r"^anthropic request, messages\[1\]: Object missing required field `role`"):
        parsed(user(TEXT), {"content": "x"})
    with pytest.raises(Malformed, match=r"^anthropic request, messages\[1\]: Expected `str \| array \| null`, got `int`"):
        parsed(CALL, {"role": "user", "content": 7})


def test_a_conversation_without_messages_is_none() -> None:
    with pytest.raises(Malformed, match=r"^anthropic request, messages: at least one message is required$"):
        parsed()


def test_half_a_character_is_read_as_the_sign_for_one() -> None:
    body = rb'{"model":"m","messages":[{"role":"user","content":"a \ud83d b"}]}'
    assert WIRE.parse(body).said == (("a \ufffd b",),)


@pytest.mark.parametrize(("stream", "streamed"), [({}, False), ({"stream": None}, False), ({"stream": True}, True)])
def test_streams_are_asked_for(stream: dict[str, Any], *, streamed: bool) -> None:
    assert parsed(user(TEXT), **stream).stream is streamed
