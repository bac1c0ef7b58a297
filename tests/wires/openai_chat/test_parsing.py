"""OpenAI Chat Completions: what real clients sent, and each thing read from a request."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tierwise.core.request import Request
from tierwise.core.wire import Malformed
from tierwise.wires.openai_chat import WIRE

Captured = tuple[str, dict[str, str], dict[str, Any]]

SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "fix it"}
CALL = {"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "ls", "arguments": "{}"}}]}
RESULT = {"role": "tool", "tool_call_id": "1", "content": "a"}


def parsed(*messages: Any, **more: Any) -> Request:
    return WIRE.parse(json.dumps({"model": "m", "messages": list(messages), **more}).encode())


def test_captured_requests_are_read_as_they_were_sent(captured: Callable[[str], list[Captured]]) -> None:
    sent = captured("chat-completions")
    assert len(sent) > 35
    for name, _, body in sent:
        found = WIRE.parse(json.dumps(body).encode())
        messages, tools = body["messages"], body.get("tools") or []
        texts = [
            one["content"] if isinstance(one["content"], str) else one["content"][0]["text"] for one in messages if one["role"] == "user"
        ]
        assert [json.loads(bytes(one.raw)) for one in found.segments] == [*tools, *messages], name
        assert sum(one.kind == "system" for one in found.segments) == (messages[0]["role"] == "system"), name
        assert (found.model, found.limit) == (body["model"], body.get("max_completion_tokens", body.get("max_tokens"))), name
        schema = (body.get("response_format") or {}).get("type") == "json_schema"
        assert found.needs == (*(["tools"] if tools else []), *(["json_schema"] if schema else [])), name
        assert found.said == tuple((text,) for text in texts[::-1][:4]), name
        assert found.turn == ("tool" if messages[-1]["role"] == "tool" else "person"), name
        assert found.calls == sum(one["role"] == "assistant" for one in messages), name
        assert (found.images, found.cache_marks, found.session) == (0, 0, ""), name


@pytest.mark.parametrize(
    ("messages", "kinds"),
    [
        ([USER], ["message"]),
        ([SYSTEM, SYSTEM, SYSTEM, USER], ["system", "system", "system", "message"]),
        ([{"role": "developer", "content": "x"}, USER, SYSTEM], ["system", "message", "message"]),
    ],
)
def test_the_head_is_the_system_text_before_the_first_message(messages: list[Any], kinds: list[str]) -> None:
    assert [one.kind for one in parsed(*messages).segments] == kinds


@pytest.mark.parametrize(
    ("messages", "turn", "calls"),
    [
        ([SYSTEM, USER], "person", 0),
        ([USER, CALL, RESULT], "tool", 1),
        ([USER, CALL, RESULT, CALL, RESULT, USER], "person", 2),
        ([USER, CALL, {"role": "function", "name": "ls", "content": "a"}], "tool", 1),
    ],
)
def test_who_spoke_last_has_the_turn(messages: list[Any], turn: str, calls: int) -> None:
    found = parsed(*messages)
    assert (found.turn, found.calls) == (turn, calls)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("fix it", (("fix it",),)),
        ("", ()),
        (None, ()),
        ([], ()),
        (
            [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "data:,"}}, {"type": "text", "text": "b"}],
            (("a", "b"),),
        ),
    ],
)
def test_content_is_a_text_or_parts(content: Any, said: Any) -> None:
    assert parsed({"role": "user", "content": content}).said == said


def test_content_may_be_missing_and_keys_unknown() -> None:
    found = parsed(
        USER, {"role": "assistant", "extra": {"cost": 1}, "tool_calls": []}, {"role": "tool", "content": [{"type": "text", "text": "a"}]}
    )
    assert (found.calls, found.turn) == (1, "tool")


@pytest.mark.parametrize(
    ("more", "limit"),
    [
        ({}, None),
        ({"max_tokens": 5}, 5),
        ({"max_tokens": 5, "max_completion_tokens": 7}, 7),
        ({"max_completion_tokens": 0, "max_tokens": 5}, 0),
    ],
)
def test_the_newer_name_of_the_limit_goes_before_the_older(more: dict[str, Any], limit: int | None) -> None:
    assert parsed(USER, **more).limit == limit


@pytest.mark.parametrize(
    ("more", "needs"),
    [
        ({"tools": [], "response_format": None}, ()),
        ({"response_format": {"type": "json_object"}}, ()),
        ({"response_format": {"type": "json_schema"}}, ("json_schema",)),
        ({"reasoning_effort": "medium"}, ()),
        ({"reasoning_effort": "xhigh", "tools": [{"type": "function"}]}, ("tools", "reasoning")),
    ],
)
def test_needs_are_read_from_where_they_are_said(more: dict[str, Any], needs: tuple[str, ...]) -> None:
    assert parsed(USER, **more).needs == needs


def test_images_and_marks_are_counted_in_parts() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:,"}, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    found = parsed({"role": "user", "content": [image, image]}, {"role": "tool", "content": [image]})
    assert (found.images, found.cache_marks, found.cache_ttl, found.needs) == (3, 3, 3600, ("images",))
    assert parsed({"role": "user", "content": '"image_url" "image_url"'}).images == 0


def test_the_cache_key_names_the_session() -> None:
    assert parsed(USER, prompt_cache_key="s").session == "s"


@pytest.mark.parametrize(
    ("more", "stream", "usage"),
    [
        ({}, False, True),
        ({"stream": False, "stream_options": {"include_usage": False}}, False, True),
        ({"stream": True}, True, False),
        ({"stream": True, "stream_options": None}, True, False),
        ({"stream": True, "stream_options": {"include_usage": True}}, True, True),
    ],
)
def test_a_stream_ends_with_usage_where_that_is_asked_for(more: dict[str, Any], stream: bool, usage: bool) -> None:  # noqa: FBT001  # columns
    found = parsed(USER, **more)
    assert (found.stream, found.usage) == (stream, usage)


def test_functions_are_tools_by_their_older_name() -> None:
    found = parsed(USER, functions=[{"name": "ls"}])
    assert found.needs == ("tools",)
    assert found.segments[0].kind == "tools"


def test_a_conversation_needs_a_message() -> None:
    with pytest.raises(Malformed, match=r"^openai_chat request, messages: at least one message is needed$"):
        parsed()


def test_the_wrong_message_is_named() -> None:
    with pytest.raises(Malformed, match=r"^openai_chat request, messages\[1\]: Expected `object`, got `str`"):
        parsed(USER, "x")
    with pytest.raises(Malformed, match=r"^openai_chat request, messages\[0\]: Expected `object`, got `str` - at `\$\.content\[0\]`"):
        parsed({"role": "user", "content": ["x"]})
