"""Requests made to fit servers with quirks: each change, and that nothing else is touched."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wires.openai_chat.kit import USER, body, read, said, sent
from tierwise.core.splice import outline
from tierwise.core.wire import Dialect
from tierwise.wires.openai_chat import WIRE
from tierwise.wires.openai_chat.fitting import FITS, LOOKING, takes

SYSTEM = {"role": "system", "content": "a"}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "A", "schema": {"type": "object"}, "strict": True}}
CALL = {"id": "1", "type": "function", "function": {"name": "ls", "arguments": "{}"}}
ANSWER = {"role": "assistant", "content": None, "tool_calls": [CALL, CALL | {"id": "2"}]}
RESULT = {"role": "tool", "tool_call_id": "1", "content": "x"}
WORDS = 'Answer with one JSON object that fits this JSON schema, and nothing else:\n{"type":"object"}'
STAND_IN = {"google": {"thought_signature": "skip_thought_signature_validator"}}


def suited(raw: bytes, *quirks: str) -> bytes:
    assert WIRE.suited is not None
    return WIRE.suited(raw, Dialect("m", frozenset(quirks)))


def fields(quirk: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(suited(body(**more), quirk))
    return {name: value for name, value in found.items() if name not in {"model", "messages"}}


def talk(quirk: str, *messages: Any, **more: Any) -> list[Any]:
    found: list[Any] = json.loads(suited(body(*messages, **more), quirk))["messages"]
    return found


@pytest.mark.parametrize(
    ("quirk", "asked", "expected"),
    [
        ("no_store", {"store": True, "n": 1}, {"n": 1}),
        ("fixed_sampling", {"temperature": 0, "top_p": 1, "n": 1}, {"n": 1}),
        ("max_tokens", {"max_completion_tokens": 5}, {"max_tokens": 5}),
        ("max_tokens", {"max_completion_tokens": 5, "max_tokens": 9}, {"max_tokens": 5}),
        ("max_tokens", {"max_completion_tokens": None, "max_tokens": 9}, {"max_tokens": 9}),
        ("no_json_schema", {"response_format": SCHEMA}, {"response_format": {"type": "json_object"}}),
        ("no_json_schema", {"response_format": {"type": "text"}}, {"response_format": {"type": "text"}}),
        ("no_json_schema", {"response_format": None}, {"response_format": None}),
        ("no_response_format", {"response_format": SCHEMA}, {}),
        (
            "no_strict",
            {
                "tools": [{"type": "function", "function": {"name": "ls", "strict": True}}, {"type": "x", "strict": True}],
                "response_format": SCHEMA,
            },
            {
                "tools": [{"type": "function", "function": {"name": "ls"}}, {"type": "x", "strict": True}],
                "response_format": {"type": "json_schema", "json_schema": {"name": "A", "schema": {"type": "object"}}},
            },
        ),
        ("no_strict", {"response_format": {"type": "text", "strict": 1}}, {"response_format": {"type": "text", "strict": 1}}),
        (
            "no_strict",
            {"tools": [{"type": "function", "function": {"name": "ls", "strict": True}}]},
            {"tools": [{"type": "function", "function": {"name": "ls"}}]},
        ),
    ],
)
def test_fields_are_said_as_the_server_takes_them(quirk: str, asked: dict[str, Any], expected: dict[str, Any]) -> None:
    assert fields(quirk, **asked) == expected


@pytest.mark.parametrize(
    ("quirk", "messages", "expected"),
    [
        ("no_developer_role", [{"role": "developer", "content": "a"}, USER], [SYSTEM, USER]),
        (
            "merge_system",
            [SYSTEM, SYSTEM | {"content": [{"type": "text", "text": "b"}, {"type": "x"}, 5]}, USER],
            [SYSTEM | {"content": "a\n\nb"}, USER],
        ),
        ("merge_system", [USER, SYSTEM], [USER, {"role": "user", "content": "<system>\na\n</system>"}]),
        ("merge_system", [SYSTEM, SYSTEM], [SYSTEM | {"content": "a\n\na"}]),
        ("merge_system", [SYSTEM | {"content": None}, SYSTEM | {"content": 5}, USER], [USER]),
        (
            "text_content",
            [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}]}, USER],
            [{"role": "user", "content": "a\n\nb"}, USER],
        ),
        (
            "no_reasoning",
            [{"role": "assistant", "content": "a", "reasoning_content": "so", "reasoning_details": []}],
            [{"role": "assistant", "content": "a"}],
        ),
        ("echo_reasoning", [USER, ANSWER], [USER, ANSWER | {"reasoning_content": " "}]),
        (
            "echo_reasoning",
            [{"role": "assistant", "reasoning_content": "", "reasoning": "so"}],
            [{"role": "assistant", "reasoning_content": "so", "reasoning": "so"}],
        ),
        (
            "echo_reasoning",
            [{"role": "assistant", "reasoning_content": None, "reasoning": {}}, {"role": "assistant", "reasoning_content": "so"}],
            [{"role": "assistant", "reasoning_content": " ", "reasoning": {}}, {"role": "assistant", "reasoning_content": "so"}],
        ),
        (
            "tool_names",
            [ANSWER, RESULT, RESULT | {"tool_call_id": "9"}, RESULT | {"name": "x"}],
            [ANSWER, RESULT | {"name": "ls"}, RESULT | {"tool_call_id": "9"}, RESULT | {"name": "x"}],
        ),
        (
            "thought_signatures",
            [USER, ANSWER, ANSWER | {"tool_calls": []}],
            [USER, ANSWER | {"tool_calls": [CALL | {"extra_content": STAND_IN}, CALL | {"id": "2"}]}, ANSWER | {"tool_calls": []}],
        ),
        (
            "thought_signatures",
            [ANSWER | {"tool_calls": [CALL | {"extra_content": {"google": 1}}]}],
            [ANSWER | {"tool_calls": [CALL | {"extra_content": {"google": 1}}]}],
        ),
    ],
)
def test_messages_are_said_as_the_server_takes_them(quirk: str, messages: list[Any], expected: list[Any]) -> None:
    assert talk(quirk, *messages) == expected


@pytest.mark.parametrize("quirk", ["no_json_schema", "no_response_format"])
def test_a_schema_is_said_in_words_where_no_field_says_it(quirk: str) -> None:
    assert talk(quirk, SYSTEM, USER, response_format=SCHEMA) == [SYSTEM | {"content": "a\n\n" + WORDS}, USER]
    assert talk(quirk, USER, response_format=SCHEMA) == [{"role": "system", "content": WORDS}, USER]


def test_json_is_asked_for_in_words_where_no_field_does() -> None:
    words = "Answer with one JSON object and nothing else."
    assert talk("no_response_format", USER, response_format={"type": "json_object"}) == [{"role": "system", "content": words}, USER]
    assert talk("no_response_format", USER, response_format={"type": "text"}) == [USER]


PLAIN = body(SYSTEM, USER, RESULT | {"name": "ls"}, n=1)


@pytest.mark.parametrize("quirk", [fit.quirk for fit in FITS] + ["no_store", "custom_tools"])
def test_a_body_that_needs_nothing_keeps_its_bytes(quirk: str) -> None:
    assert suited(PLAIN, quirk) is PLAIN
    assert suited(PLAIN) is PLAIN


def test_fits_come_together() -> None:
    raw = body(
        {"role": "developer", "content": "a"}, {"role": "developer", "content": "b"}, USER, ANSWER, max_completion_tokens=5, store=True
    )
    found = json.loads(suited(raw, "no_developer_role", "merge_system", "max_tokens", "no_store", "echo_reasoning"))
    assert found == {"model": "m", "messages": [SYSTEM | {"content": "a\n\nb"}, USER, ANSWER | {"reasoning_content": " "}], "max_tokens": 5}


def test_a_rendered_request_goes_through_the_same_fits() -> None:
    prompt = read(SYSTEM, SYSTEM, USER, ANSWER, RESULT, max_tokens=5, response_format=SCHEMA)
    found = said(prompt, "merge_system", "max_tokens", "no_json_schema", "echo_reasoning", "tool_names")
    assert found == {
        "model": "m",
        "messages": [SYSTEM | {"content": "a\n\na\n\n" + WORDS}, USER, ANSWER | {"reasoning_content": " "}, RESULT | {"name": "ls"}],
        "max_tokens": 5,
        "response_format": {"type": "json_object"},
    }


anything = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda one: st.lists(one, max_size=2) | st.dictionaries(st.text(max_size=3), one, max_size=2),
    max_leaves=4,
)


@given(anything, st.data())
def test_whatever_a_client_sends_is_suited_without_a_word(value: Any, data: st.DataObject) -> None:
    """The server says what is wrong with it."""
    quirks = [fit.quirk for fit in FITS]
    message = {"role": data.draw(st.sampled_from(["assistant", "developer", "tool"]))}
    message |= {data.draw(st.sampled_from(["content", "tool_calls", "reasoning_content", "tool_call_id"])): value}
    outer = {data.draw(st.sampled_from(["tools", "response_format", "messages", "max_completion_tokens", "x"])): value}
    assert suited(sent({"model": "m", "messages": [USER, message]} | outer), *quirks)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'{"messages":5}', b'{"messages":[{"role":"developer"}],"x":1e999}', b'{"messages":' + b"[" * 100_000]
)
def test_what_is_no_request_goes_as_it_is(raw: bytes) -> None:
    assert suited(raw, "no_developer_role") is raw


def taken(raw: bytes, *quirks: str) -> bool:
    return takes(outline(raw)[1], WIRE.parse(raw), Dialect("m", frozenset(quirks)))


DEVELOPER = {"role": "developer", "content": "a"}
TALKS = [[USER], [SYSTEM, USER], [USER, SYSTEM], [DEVELOPER, USER], [USER, ANSWER, RESULT], [SYSTEM, DEVELOPER, USER]]
STRICT = {"type": "function", "function": {"name": "ls", "strict": True}}
FIELDS: list[dict[str, Any]] = [
    {},
    {"store": True},
    {"max_completion_tokens": 9},
    {"max_tokens": 9},
    {"response_format": SCHEMA},
    {"tools": [STRICT]},
    {"temperature": 1},
]
QUIRKS = [*(fit.quirk for fit in FITS), "no_store", "fixed_sampling"]


@given(st.sampled_from(TALKS), st.sampled_from(FIELDS), st.sets(st.sampled_from(QUIRKS), max_size=3))
def test_what_is_taken_as_it_is_needs_no_change(messages: list[Any], more: dict[str, Any], quirks: set[str]) -> None:
    raw = body(*messages, **more)
    if taken(raw, *quirks):
        assert suited(raw, *quirks) == raw


@pytest.mark.parametrize("quirk", sorted(LOOKING))
def test_quirks_of_messages_need_a_look(quirk: str) -> None:
    assert not taken(body(USER), quirk)


def test_a_usual_body_is_taken_as_it_is() -> None:
    assert taken(body(SYSTEM, USER, max_tokens=9), "max_tokens", "no_developer_role", "merge_system", "no_store", "fixed_sampling")
    assert not taken(body(USER, SYSTEM), "merge_system")
    assert not taken(body(DEVELOPER, USER), "no_developer_role")
    assert not taken(body(USER, store=False), "no_store")
