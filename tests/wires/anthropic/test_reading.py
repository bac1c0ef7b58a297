"""Whole requests: each field, what of it others lose, what is wrong, and every capture."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.losses import LOSSES
from tierwise.core.prompt import Choice, Format, Knobs, Opaque, Prompt, Text, Thought, Turn
from tierwise.core.wire import Malformed
from tierwise.wires.anthropic.reading import losses, prompt_of

Captured = tuple[str, dict[str, str], dict[str, Any]]

HI = {"role": "user", "content": "hi"}
YES = {"role": "assistant", "content": "yes"}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}


def read(*messages: Any, **more: Any) -> Prompt:
    return prompt_of(json.dumps({"model": "m", "max_tokens": 9, "messages": list(messages or [HI]), **more}).encode())


def uses(*content: Any, **more: Any) -> tuple[str, ...]:
    return read({"role": "user", "content": list(content)}, **more).uses


def system(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "system", "content": content, **more}


def test_a_plain_request_is_read() -> None:
    prompt = read(HI, system="Be brief.")
    assert prompt == Prompt("anthropic", "m", (Text("Be brief."),), (Turn("user", (Text("hi"),)),), limit=9, usage=True)


@pytest.mark.parametrize(
    ("more", "knobs"),
    [
        ({"temperature": 0, "top_p": 0.5, "top_k": 3, "stop_sequences": ["x"]}, Knobs(0, 0.5, 3, ("x",))),
        ({"temperature": None, "stop_sequences": None, "thinking": None, "output_config": None}, Knobs()),
        ({"output_config": {"effort": "high"}}, Knobs(effort="high")),
        ({"thinking": {"type": "enabled", "budget_tokens": 4000}}, Knobs(thinking="on", budget=4000)),
        ({"thinking": {"type": "adaptive", "display": "summarized"}}, Knobs(thinking="on", summary="auto")),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, Knobs(thinking="on")),
        ({"thinking": {"type": "disabled"}}, Knobs(thinking="off")),
        ({"thinking": {"type": "between_tools"}}, Knobs(thinking="off")),
    ],
)
def test_knobs_are_read(more: dict[str, Any], knobs: Knobs) -> None:
    assert read(**more).knobs == knobs


SCHEMA = {"type": "json_schema", "schema": {"type": "object"}}
SHAPED = Format("schema", Raw(b'{"type": "object"}'))


@pytest.mark.parametrize(
    ("more", "form"),
    [
        ({}, None),
        ({"output_format": {}}, None),
        ({"output_config": {"format": SCHEMA}}, SHAPED),
        ({"output_format": SCHEMA}, SHAPED),
        ({"output_format": {"type": "json_schema"}}, Format("schema")),
        ({"output_format": {"type": "json"}}, Format("object")),
    ],
)
def test_the_form_of_the_answer_is_read(more: dict[str, Any], form: Format | None) -> None:
    assert read(**more).format == form


def test_choice_stream_user_and_tier_are_read() -> None:
    prompt = read(tools=[{"name": "ls"}], tool_choice={"type": "any"}, stream=True, metadata={"user_id": "u"}, service_tier="auto")
    assert (prompt.choice, prompt.stream, prompt.user, prompt.tier) == (Choice("required"), True, "u", "auto")
    assert [one.name for one in prompt.tools] == ["ls"]
    assert read(metadata={"user_id": 7}).user == ""


def test_fields_of_this_wire_alone_are_kept_as_they_came() -> None:
    prompt = read(thinking={"type": "adaptive"}, container=None, new=[1, 2])
    assert {name: bytes(raw) for name, raw in prompt.extras.items()} == {"thinking": b'{"type": "adaptive"}', "new": b"[1, 2]"}


def test_system_messages_keep_their_place_and_what_they_say_beside_their_text() -> None:
    prompt = read(
        system("first"), HI, system("late", output_config={"effort": "low"}), system([], output_config={"effort": "max"}), YES, system="top"
    )
    assert prompt.head == (Text("top"), Text("first"))
    beside = [Opaque("anthropic", Raw(b'{"output_config":{"effort": "%b"}}' % one), "unknown fields") for one in (b"low", b"max")]
    assert [turn.role for turn in prompt.turns] == ["user", "system", "system", "assistant"]
    assert (prompt.turns[1].pieces, prompt.turns[2].pieces) == ((Text("late"), beside[0]), (beside[1],))


RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "x"}]}
CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "ls", "input": {}}]}
LOW = system([], output_config={"effort": "low"})


@pytest.mark.parametrize(
    ("messages", "effort"),
    [
        ([HI], "high"),
        ([HI, LOW], "low"),
        ([HI, YES, LOW, HI], "low"),
        ([HI, LOW, YES, HI], "low"),
        ([HI, LOW, system([], output_config={"effort": "max"})], "max"),
        ([HI, LOW, system("x")], "low"),
        ([HI, LOW, CALL, RESULT], "low"),
        ([HI, CALL, RESULT, LOW], "high"),
        ([HI, YES, LOW], "high"),
        ([HI, system("x", output_config={})], "high"),
    ],
)
def test_the_effort_is_the_one_that_counts_by_now(messages: list[Any], effort: str) -> None:
    assert read(*messages, output_config={"effort": "high"}).knobs.effort == effort


MARK = {"cache_control": {"type": "ephemeral"}}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ([{"type": "text", "text": "x"}, IMAGE], ()),
        ([{"type": "text", "text": "x"} | MARK], ("cache marks",)),
        ([{"type": "text", "text": "x", "citations": [{}]}], ("citations",)),
        ([{"type": "image", "source": {"type": "url", "url": "https://x"}}], ("image links",)),
        ([{"type": "image", "source": {"type": "file", "file_id": "f"}}], ("file ids",)),
        ([PDF], ("documents",)),
        ([{"type": "document", "source": {"type": "text", "data": "x"}}], ()),
        ([{"type": "document", "source": {"type": "url", "url": "https://x"}}], ("document links",)),
        ([{"type": "tool_result", "tool_use_id": "1", "content": [PDF]} | MARK], ("cache marks", "documents")),
        ([{"type": "thinking", "thinking": "x", "signature": "s"}], ("signed thinking",)),
        ([{"type": "thinking", "thinking": "x", "signature": ""}], ()),
        ([{"type": "thinking", "thinking": "x", "signature": "tierwise.w.aQ.cw"}], ("encrypted reasoning",)),
        ([{"type": "server_tool_use", "id": "1", "name": "x", "input": {}}], ("server tool history",)),
        ([{"type": "new"}], ("unknown blocks",)),
    ],
)
def test_what_other_wires_may_lose_of_a_message_is_named(content: list[Any], found: tuple[str, ...]) -> None:
    assert uses(*content) == found


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, ()),
        ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}, "metadata": {"user_id": "u"}, "temperature": 1}, ()),
        ({"stop_sequences": ["x"], "top_k": 3}, ("sampling", "stop sequences")),
        ({"stop_sequences": []}, ()),
        ({"metadata": {"user_id": "u", "x": 1}, "service_tier": "auto"}, ("metadata", "service tier")),
        (
            {"context_management": {"edits": []}, "container": "c", "mcp_servers": [{}]},
            ("context management", "server tools", "stored state"),
        ),
        ({"mcp_servers": [], "container": None}, ()),
        ({"cache_control": {"type": "ephemeral"}, "new": 1}, ("cache marks", "unknown fields")),
        ({"tools": [{"name": "ls"} | MARK], "system": [{"type": "text", "text": "x"}]}, ("cache marks",)),
        ({"system": [{"type": "text", "text": "x"} | MARK]}, ("cache marks",)),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}]}, ("server tools",)),
    ],
)
def test_what_other_wires_may_lose_of_the_settings_is_named(more: dict[str, Any], found: tuple[str, ...]) -> None:
    assert read(**more).uses == found


def test_an_answer_that_is_begun_is_named() -> None:
    assert read(HI, YES).uses == ("prefilled answer",)


@pytest.mark.parametrize(
    ("wire", "named", "lost"),
    [
        (
            "anthropic",
            ("cache marks", "server tools", "unknown blocks", "unknown fields", "signed thinking", "encrypted reasoning"),
            ("encrypted reasoning",),
        ),
        ("openai_chat", ("several choices", "stop sequences", "image links", "unknown fields"), ("several choices", "unknown fields")),
    ],
)
def test_of_its_own_this_wire_loses_only_what_others_sealed(wire: str, named: tuple[str, ...], lost: tuple[str, ...]) -> None:
    assert losses(Prompt(wire, "m", uses=named)) == lost


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "anthropic request: Input data was truncated"),
        (b"[]", "anthropic request: Expected `object`, got `array`"),
        (b'{"model":"m","messages":[{"role":"user","content":"\xff"}]}', "anthropic request: not UTF-8 at byte 51"),
        (b'{"model":"m","max_tokens":1,"messages":[]}', "anthropic request, messages: at least one message is required"),
        (
            b'{"model":"m","messages":[{"role":"user","content":"x"}]}',
            "anthropic request, max_tokens: this field is required; it says how many tokens the answer may have at most",
        ),
        (b'{"model":"m","max_tokens":-1,"messages":[]}', "anthropic request: Expected `int` >= 0 - at `$.max_tokens`"),
        (b'{"max_tokens":1,"messages":[]}', "anthropic request: Object missing required field `model`"),
        (
            b'{"model":"m","max_tokens":1,"messages":[{"role":"tool","content":"x"}]}',
            "anthropic request, messages[0].role: 'tool' is not one of user, assistant, system",
        ),
        (b'{"model":"m","max_tokens":1,"messages":[{"role":"user"}]}', "anthropic request, messages[0].content: this field is required"),
        (b'{"model":"m","max_tokens":1,"messages":[7]}', "anthropic request, messages[0]: Expected `object`, got `int`"),
        (
            b'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":7}]}]}',
            "anthropic request, messages[0].content[0]: Expected `str`, got `int`",
        ),
        (
            b'{"model":"m","max_tokens":1,"system":7,"messages":[{"role":"user","content":"x"}]}',
            "anthropic request, system: Expected `str | array`",
        ),
        (
            b'{"model":"m","max_tokens":1,"tools":[{}],"messages":[{"role":"user","content":"x"}]}',
            "anthropic request, tools[0]: a tool needs a name",
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_said(body: bytes, wrong: str) -> None:
    with pytest.raises(Malformed, match=f"^{re.escape(wrong)}"):
        prompt_of(body)


def test_half_a_character_is_read_as_the_sign_for_one() -> None:
    prompt = prompt_of(rb'{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"a \ud83d b"}],"new":"\ude00"}')
    assert prompt.turns == (Turn("user", (Text("a \ufffd b"),)),)
    assert bytes(prompt.extras["new"]) == rb'"\ufffd"'


@settings(max_examples=50)
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_whatever_comes_is_read_or_malformed(value: Any) -> None:
    for name in ("messages", "system", "tools", "tool_choice", "thinking", "output_config", "metadata", "stop_sequences", "max_tokens"):
        body = {"model": "m", "max_tokens": 1, "messages": [HI], "tools": [], name: value}
        for sent in (body, body | {"messages": [{"role": "user", "content": value}]}):
            try:
                prompt_of(json.dumps(sent).encode())
            except Malformed as error:
                assert str(error).startswith("anthropic request")  # noqa: PT017  # that it is raised is no requirement


def test_every_captured_request_is_read_and_names_only_known_losses(captured: Callable[[str], list[Captured]]) -> None:
    sent = captured("messages")
    assert len(sent) > 80
    for name, _, body in sent:
        prompt = prompt_of(json.dumps({"max_tokens": 1, **body}).encode())
        assert set(prompt.uses) <= set(LOSSES), name
        assert set(prompt.uses) <= {"cache marks", "context management", "unknown fields"}, name
        assert len(prompt.turns) == len(body["messages"]), name
        assert not any(isinstance(piece, Thought) for turn in prompt.turns for piece in turn.pieces), name
