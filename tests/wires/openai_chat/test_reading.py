"""Whole requests as neutral prompts: what is carried, what is named as used, what is refused with a place."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from tests.wires.openai_chat.kit import USER, body, read, sent
from tierwise.core.losses import LOSSES
from tierwise.core.prompt import Format, Knobs, Prompt, Text, Turn
from tierwise.core.wire import Dialect, Malformed
from tierwise.wires.openai_chat import WIRE

Captured = tuple[str, dict[str, str], dict[str, Any]]

SCHEMA = {"type": "json_schema", "json_schema": {"name": "A", "schema": {"type": "object"}, "strict": True, "description": "d"}}
TOOL = {"type": "function", "function": {"name": "ls"}}
SEARCH = {"type": "web_search"}


def refusal(raw: bytes) -> str:
    with pytest.raises(Malformed) as refused:
        WIRE.read(raw)
    return str(refused.value)


def test_a_request_is_read_in_full() -> None:
    assert read(
        {"role": "system", "content": "Be brief."},
        USER,
        max_completion_tokens=7,
        max_tokens=5,
        temperature=0.5,
        top_p=0.9,
        stop=["a", "b"],
        seed=3,
        reasoning_effort="high",
        verbosity="low",
        stream=True,
        stream_options={"include_usage": True},
        user="u",
        prompt_cache_key="k",
        service_tier="flex",
        response_format=SCHEMA,
    ) == Prompt(
        wire="openai_chat",
        model="m",
        head=(Text("Be brief."),),
        turns=(Turn("user", (Text("fix it"),)),),
        format=Format("schema", Raw(b'{"type": "object"}'), "A", "d", strict=True),
        limit=7,
        knobs=Knobs(temperature=0.5, top_p=0.9, stop=("a", "b"), seed=3, effort="high", verbosity="low"),
        stream=True,
        usage=True,
        cache_key="k",
        user="u",
        tier="flex",
        uses=("sampling", "service tier", "stop sequences", "verbosity"),
    )


@pytest.mark.parametrize(
    ("more", "knobs"),
    [
        ({}, Knobs()),
        ({"stop": "a"}, Knobs(stop=("a",))),
        ({"reasoning_effort": "none"}, Knobs(effort="none", thinking="off")),
        ({"reasoning": {"effort": "low", "max_tokens": 9}}, Knobs(effort="low", budget=9)),
        ({"reasoning": {"enabled": True}}, Knobs(thinking="on")),
        ({"reasoning": {"enabled": False}}, Knobs(thinking="off")),
        ({"thinking": {"type": "enabled", "budget_tokens": 9}}, Knobs(thinking="on", budget=9)),
        ({"thinking": {"type": "disabled"}}, Knobs(thinking="off")),
        ({"thinking": {"type": "auto"}}, Knobs()),
        ({"thinking": {}}, Knobs()),
        ({"enable_thinking": False}, Knobs(thinking="off")),
        ({"top_k": 40}, Knobs(top_k=40)),
    ],
)
def test_how_hard_to_think_is_read_in_whichever_way_it_is_said(more: dict[str, Any], knobs: Knobs) -> None:
    assert read(**more).knobs == knobs


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
LINK = {"type": "image_url", "image_url": {"url": "https://x/y.png"}}
FILE = {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA"}}
MARK = {"cache_control": {"type": "ephemeral"}}


@pytest.mark.parametrize(
    ("parts", "more", "uses"),
    [
        ([], {}, ()),
        ([], {"n": 1, "logprobs": False, "top_logprobs": 0, "frequency_penalty": 0.0, "logit_bias": {}, "modalities": ["text"]}, ()),
        ([], {"store": True, "metadata": {}, "x": None, "y": False, "z": []}, ()),
        ([], {"n": 2}, ("several choices",)),
        ([], {"logprobs": True, "top_logprobs": 3}, ("log probabilities",)),
        ([], {"presence_penalty": 0.5}, ("sampling",)),
        ([], {"logit_bias": {"5": 1}}, ("sampling",)),
        ([], {"seed": 1}, ("sampling",)),
        ([], {"top_k": 1}, ("sampling",)),
        ([], {"metadata": {"a": "b"}}, ("metadata",)),
        ([], {"modalities": ["text", "audio"], "audio": {"voice": "ash"}}, ("audio",)),
        ([], {"web_search_options": {"user_location": None}}, ("server tools",)),
        ([], {"prediction": {"type": "content", "content": "x"}}, ("prediction",)),
        ([], {"prompt_cache_retention": "24h"}, ("cache marks",)),
        ([], {"guided_regex": "a+"}, ("unknown fields",)),
        ([], {"response_format": {"type": "json_object"}}, ("json mode",)),
        ([], {"service_tier": "auto"}, ()),
        ([], {"tools": [TOOL]}, ()),
        ([], {"tools": [TOOL | MARK]}, ("cache marks",)),
        ([], {"tools": [SEARCH]}, ("server tools",)),
        ([], {"tools": [SEARCH, TOOL]}, ("offered server tools",)),
        ([], {"tools": [SEARCH, TOOL], "tool_choice": "required"}, ("server tools",)),
        (
            [],
            {"tools": [{"type": "custom", "custom": {"name": "x", "format": {"type": "grammar", "syntax": "lark", "definition": "a"}}}]},
            ("tool grammar",),
        ),
        ([IMAGE], {}, ()),
        ([IMAGE | MARK], {}, ("cache marks",)),
        ([LINK], {}, ("image links",)),
        ([FILE], {}, ("documents",)),
        ([{"type": "file", "file": {"file_data": "https://x/y.pdf"}}], {}, ("document links",)),
        ([{"type": "file", "file": {"file_id": "f"}}], {}, ("file ids",)),
        ([{"type": "input_audio", "input_audio": {"data": "AA", "format": "wav"}}], {}, ("audio",)),
        ([{"type": "text", "text": "a"} | MARK], {}, ("cache marks",)),
        ([{"type": "video_url", "video_url": {"url": "x"}}], {}, ("unknown blocks",)),
    ],
)
def test_what_not_every_wire_has_is_named(parts: list[Any], more: dict[str, Any], uses: tuple[str, ...]) -> None:
    found = read({"role": "user", "content": [*parts, {"type": "text", "text": "x"}]}, **more)
    assert found.uses == uses
    assert set(uses) <= set(LOSSES)


@pytest.mark.parametrize(
    ("message", "uses"),
    [
        ({"role": "assistant", "content": "So,"}, ("prefilled answer",)),
        ({"role": "assistant", "tool_calls": [{"id": "1", "function": {"name": "ls"}}]}, ()),
        ({"role": "user", "content": "x", "name": "Ann"}, ("unknown fields",)),
        ({"role": "user", "content": "x", "annotations": [], "y": None}, ()),
        ({"role": "tool", "tool_call_id": "1", "content": [{"type": "text", "text": "a"} | MARK]}, ("cache marks",)),
        ({"role": "tool", "tool_call_id": "1", "content": "a"} | MARK, ("cache marks",)),
        ({"role": "assistant", "content": "x", "reasoning": "y", "tool_calls": [{"id": "1", "function": {"name": "ls"}}]}, ()),
    ],
)
def test_what_messages_use_is_named(message: dict[str, Any], uses: tuple[str, ...]) -> None:
    assert read(USER, message).uses == uses


@pytest.mark.parametrize(("kind", "uses"), [("reasoning.text", "signed thinking"), ("reasoning.encrypted", "encrypted reasoning")])
def test_reasoning_that_only_its_maker_can_check_is_named(kind: str, uses: str) -> None:
    found = read(USER, {"role": "assistant", "content": "x", "reasoning_details": [{"type": kind, "signature": "s"}]}, USER)
    assert found.uses == (uses,)


def test_fields_of_this_wire_alone_are_kept_as_they_came() -> None:
    assert read(n=2, x={"a": [1]}, y=None).extras == {"n": Raw(b"2"), "x": Raw(b'{"a": [1]}')}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "openai_chat request: Input data was truncated"),
        (b"[]", "openai_chat request: Expected `object`, got `array`"),
        (b"\xff", "openai_chat request: not UTF-8 at byte 0"),
        (sent({"messages": [USER]}), "openai_chat request: Object missing required field `model`"),
        (sent({"model": "m", "messages": []}), "openai_chat request, messages: at least one message is needed"),
        (body("x"), "openai_chat request, messages[0]: Expected `object`, got `str`"),
        (body(temperature="hot"), "openai_chat request: Expected `float | null`, got `str` - at `$.temperature`"),
        (body(stream="yes"), "openai_chat request: Expected `bool | null`, got `str` - at `$.stream`"),
        (body(n="HERE").replace(b'"HERE"', b"[" * 100_000), "openai_chat request: nested too deeply"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(raw: bytes, said: str) -> None:
    assert refusal(raw) == said


def test_captured_requests_come_back_as_they_were(captured: Callable[[str], list[Captured]]) -> None:
    sent_by_clients = captured("chat-completions")
    assert len(sent_by_clients) > 35
    for name, _, asked in sent_by_clients:
        found = WIRE.read(json.dumps(asked).encode())
        again = WIRE.read(WIRE.render(found, Dialect(found.model)))
        assert replace(again, usage=found.usage) == found, name
        assert set(found.uses) <= {"sampling"}, name
