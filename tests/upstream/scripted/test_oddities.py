"""Whatever is sent, the scripted provider answers or refuses; it never falls over: rich requests with one value replaced by anything."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upstream.scripted.asking import CHAT, MESSAGES, RESPONSES, SCHEMA, asked, body, raw, told, tool
from tierwise.upstream.scripted import Scripted

COMPLETIONS, EMBEDDINGS, COMPACT, COUNT = "/v1/completions", "/v1/embeddings", "/v1/responses/compact", "/v1/messages/count_tokens"

FORM = {"name": "f", "schema": SCHEMA, "strict": False}
RICH: dict[str, dict[str, Any]] = {
    CHAT: {
        "model": "m",
        "messages": [
            {"role": "system", "content": "be brief"},
            {
                "role": "user",
                "content": [{"type": "text", "text": "list the files"}, {"type": "image_url", "image_url": {"url": "data:,"}}],
            },
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "bash", "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": "c", "content": "a\nb"},
            {"role": "user", "content": "list the files [[slow: 5]]"},
        ],
        "tools": [tool(CHAT), {"type": "custom", "custom": {"name": "apply_patch"}}],
        "tool_choice": {"type": "function", "function": {"name": "bash"}},
        "response_format": {"type": "json_schema", "json_schema": FORM},
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 100,
        "max_completion_tokens": 100,
        "n": 1,
        "stop": ["x"],
        "thinking": {"type": "enabled"},
        "temperature": 1,
    },
    MESSAGES: {
        "model": "m",
        "max_tokens": 2000,
        "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "list the files"}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "bash", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": [{"type": "text", "text": "a"}]}]},
            {"role": "assistant", "content": "a"},
            {"role": "user", "content": "list the files"},
        ],
        "tools": [tool(MESSAGES), {"type": "web_search_20250305", "name": "web_search"}],
        "tool_choice": {"type": "auto"},
        "thinking": {"type": "enabled", "budget_tokens": 1024, "display": "omitted"},
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
        "context_management": {"edits": []},
        "stop_sequences": ["x"],
        "metadata": {"user_id": "u"},
        "cache_control": {"type": "ephemeral"},
        "stream": True,
    },
    RESPONSES: {
        "model": "m",
        "instructions": "be brief",
        "input": [
            {"type": "additional_tools", "role": "developer", "tools": [{"type": "namespace", "name": "n", "tools": [tool(RESPONSES)]}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "list the files"}]},
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": None},
            {"type": "function_call", "call_id": "c", "name": "bash", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "a"}]},
            {"role": "user", "content": "list the files"},
        ],
        "tools": [tool(RESPONSES), {"type": "custom", "name": "apply_patch"}, {"type": "web_search"}],
        "tool_choice": {"type": "function", "name": "bash"},
        "text": {"format": {"type": "json_schema", **FORM}},
        "reasoning": {"effort": "high", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 100,
        "metadata": {},
        "stream": True,
    },
    COMPLETIONS: {"model": "m", "prompt": "def f():", "suffix": "x", "max_tokens": 10, "n": 1, "stop": "x", "stream": False},
    EMBEDDINGS: {"model": "m", "input": ["a", [1, 2]], "dimensions": 4, "encoding_format": "float"},
}
RICH[COMPACT] = RICH[RESPONSES]
RICH[COUNT] = RICH[MESSAGES]

ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("type role content text id name tools".split()), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield before
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield from places(value[key], (*before, key))


def replaced(value: Any, place: tuple[Any, ...], by: Any) -> Any:
    copy = json.loads(json.dumps(value))
    at = copy
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = by
    return copy


@pytest.mark.parametrize("path", RICH)
def test_the_rich_requests_are_taken(path: str) -> None:
    request = {key: value for key, value in RICH[path].items() if key != "max_tokens" or path != COUNT}
    headers = {"anthropic-version": "2023-06-01"}
    assert asked(path, request, headers=headers).status == 200, raw(asked(path, request, headers=headers))


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("path", RICH)
def test_any_value_at_any_place_is_answered_or_refused(path: str, strict: bool) -> None:  # noqa: FBT001  # a column of the table
    listed = [place for place in places(RICH[path]) if place]

    @settings(max_examples=150)
    @given(place=st.sampled_from(listed), value=ANYTHING)
    def holds(place: tuple[Any, ...], value: Any) -> None:
        script = asked(path, replaced(RICH[path], place, value), Scripted(pace=0, strict=strict), {"anthropic-version": "2023-06-01"})
        assert script.status in {200, 400, 403, 404}
        assert script.status == 200 or told(script)["error"]["message"]

    holds()


@pytest.mark.parametrize("path", RICH)
@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"null", b"3", b'{"model":', b"\xff\xfe", b'"x"', b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_no_object_is_refused(path: str, sent: bytes) -> None:
    script = asked(path, sent)
    assert script.status == 400
    assert told(script)["error"]["message"]


def test_half_a_surrogate_pair_is_answered() -> None:
    assert asked(CHAT, json.dumps(body(CHAT, "\ud800 list")).encode()).status == 200
