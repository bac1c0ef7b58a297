"""Whole requests as neutral prompts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import Raw

from tests.wires.openai_responses.kit import CALL, CUSTOM, FUNCTION, RESULT, SEALED, SPACE, USER, WEB, read
from tierwise.core.prompt import Choice, Format, Knobs, Text, Turn
from tierwise.core.wire import Dialect, Malformed
from tierwise.wires.openai_responses import WIRE
from tierwise.wires.openai_responses.reading import read_prompt
from tierwise.wires.openai_responses.seals import sealed

Captured = tuple[str, dict[str, str], dict[str, Any]]
SYSTEM = {"role": "developer", "content": "Be brief."}


def image(**more: Any) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "input_image", **more}]}


def test_everything_neutral_is_read() -> None:
    found = read(
        SYSTEM,
        USER,
        instructions="You are.",
        tools=[FUNCTION],
        tool_choice="required",
        parallel_tool_calls=False,
        reasoning={"effort": "high", "summary": "auto"},
        max_output_tokens=99,
        temperature=0.5,
        top_p=0.9,
        stream=True,
        prompt_cache_key="k",
        user="u",
        service_tier="flex",
        text={"verbosity": "low"},
    )
    assert found.head == (Text("You are."), Text("Be brief."))
    assert found.turns == (Turn("user", (Text("fix it"),)),)
    assert [one.name for one in found.tools] == ["ls"]
    assert found.choice == Choice("required", parallel=False)
    assert found.knobs == Knobs(temperature=0.5, top_p=0.9, effort="high", summary="auto", verbosity="low")
    assert (found.limit, found.stream, found.usage) == (99, True, True)
    assert (found.cache_key, found.user, found.tier) == ("k", "u", "flex")
    assert found.extras == {"instructions": Raw(b'"You are."')}
    assert found.uses == ("service tier", "verbosity")


def test_little_is_enough() -> None:
    found = WIRE.read(b'{"model":"m","input":"hi","tools":null,"text":null,"reasoning":null,"instructions":null,"store":null}')
    assert found.turns == (Turn("user", (Text("hi"),)),)
    assert (found.head, found.tools, found.extras, found.uses, found.format) == ((), (), {}, (), None)
    assert WIRE.read(b'{"model":"m"}').turns == ()


def test_system_text_after_the_first_other_turn_keeps_its_place() -> None:
    found = read(SYSTEM, SYSTEM, USER, SYSTEM)
    assert [one.text for one in found.head] == ["Be brief.", "Be brief."]
    assert [one.role for one in found.turns] == ["user", "system"]
    pictured = read({"role": "system", "content": [{"type": "input_image", "file_id": "f"}]}, USER)
    assert (pictured.head, [one.role for one in pictured.turns]) == ((), ["system", "user"])


@pytest.mark.parametrize(
    ("shape", "form"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, Format("object")),
        ({"type": "json_schema", "name": "x", "schema": {}, "strict": True}, Format("schema", Raw(b"{}"), "x", strict=True)),
        ({"type": "json_schema", "schema": {}, "description": "d"}, Format("schema", Raw(b"{}"), "", "d")),
    ],
)
def test_the_form_of_the_answer_is_read(shape: dict[str, Any], form: Format | None) -> None:
    assert read(USER, text={"format": shape}).format == form


def test_no_effort_is_no_thinking() -> None:
    assert read(USER, reasoning={"effort": "none", "generate_summary": "auto"}).knobs == Knobs(
        effort="none", thinking="off", summary="auto"
    )


def test_tools_of_items_may_be_called_and_each_is_listed_once() -> None:
    more = {"type": "additional_tools", "role": "developer", "tools": [SPACE, FUNCTION]}
    found = {"type": "tool_search_output", "call_id": "c", "tools": [CUSTOM]}
    listed = read(more, USER, {"type": "tool_search_call", "call_id": "c", "arguments": {}}, found, tools=[FUNCTION, WEB, WEB]).tools
    assert [(one.namespace, one.name) for one in listed] == [("", "ls"), ("", "web_search"), ("agents", "wait"), ("", "patch")]


@pytest.mark.parametrize(
    ("more", "use"),
    [
        ({"previous_response_id": "resp_1"}, "stored state"),
        ({"conversation": "conv_1"}, "stored state"),
        ({"prompt": {"id": "p"}}, "stored state"),
        ({"background": True}, "background"),
        ({"metadata": {"a": "b"}}, "metadata"),
        ({"client_metadata": {"a": "b"}}, "metadata"),
        ({"top_logprobs": 2}, "log probabilities"),
        ({"include": ["message.output_text.logprobs"]}, "log probabilities"),
        ({"context_management": [{"type": "compaction"}]}, "context management"),
        ({"prompt_cache_retention": "24h"}, "cache marks"),
        ({"hologram": 1}, "unknown fields"),
        ({"tools": [WEB]}, "server tools"),
        ({"tools": [WEB, FUNCTION]}, "offered server tools"),
        ({"tools": [WEB, FUNCTION], "tool_choice": {"type": "web_search"}}, "server tools"),
        ({"tools": [{"type": "computer_use_preview"}]}, "computer use"),
        ({"tools": [CUSTOM]}, "tool grammar"),
        ({"tools": [FUNCTION | {"output_schema": {}}]}, "unknown fields"),
        ({"text": {"format": {"type": "json_object"}}}, "json mode"),
        ({"text": {"verbosity": "low"}}, "verbosity"),
        ({"service_tier": "priority"}, "service tier"),
        ({"safety_identifier": "u"}, "metadata"),
    ],
)
def test_fields_that_other_wires_may_lose_are_named(more: dict[str, Any], use: str) -> None:
    assert read(USER, **more).uses == (use,)


@pytest.mark.parametrize(
    "more",
    [
        {
            "background": False,
            "metadata": {},
            "top_logprobs": 0,
            "store": False,
            "truncation": "auto",
            "include": ["reasoning.encrypted_content"],
        },
        {"service_tier": "auto", "tools": [FUNCTION], "previous_response_id": None, "max_tool_calls": 3, "stream_options": {}},
    ],
)
def test_what_says_nothing_is_no_use(more: dict[str, Any]) -> None:
    assert read(USER, **more).uses == ()


@pytest.mark.parametrize(
    ("item", "uses"),
    [
        (SEALED, ("encrypted reasoning",)),
        ({"type": "reasoning", "summary": [], "encrypted_content": sealed("anthropic", "x", "y")}, ("signed thinking",)),
        ({"type": "reasoning", "summary": []}, ()),
        (CALL, ()),
        (image(file_id="f"), ("file ids",)),
        (image(image_url="https://x"), ("image links",)),
        (image(image_url="data:image/png;base64,AA"), ()),
        (image(image_url="data:image/png;base64,AA", prompt_cache_breakpoint={"mode": "explicit"}), ("cache marks",)),
        ({"role": "user", "content": [{"type": "input_file", "file_data": "AA"}]}, ("documents",)),
        ({"role": "user", "content": [{"type": "input_file", "file_url": "https://x"}]}, ("document links",)),
        ({"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AA"}}]}, ("audio",)),
        ({"role": "user", "content": [{"text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}}]}, ("cache marks",)),
        ({"role": "system", "content": [{"text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}}]}, ("cache marks",)),
        (RESULT | {"output": [{"type": "input_image", "file_id": "f"}, {"type": "odd"}]}, ("file ids", "unknown blocks")),
        ({"type": "item_reference", "id": "x"}, ("stored state",)),
        ({"type": "web_search_call"}, ("server tool history",)),
    ],
)
def test_items_that_other_wires_may_lose_are_named(item: dict[str, Any], uses: tuple[str, ...]) -> None:
    assert read(item).uses == uses


def test_fields_of_our_own_are_kept_whole_only_where_they_say_more() -> None:
    assert read(USER, reasoning={"effort": "low"}, text={"verbosity": "low"}).extras == {}
    kept = read(USER, reasoning={"effort": "low", "context": "all_turns"}, text={"odd": 1}).extras
    assert {name: json.loads(bytes(raw)) for name, raw in kept.items()} == {
        "reasoning": {"effort": "low", "context": "all_turns"},
        "text": {"odd": 1},
    }


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"input": 1}, r"^openai_responses request, input: Expected `str \| array`, got `int`$"),
        ({"input": [USER, {"role": "x"}]}, r"^openai_responses request, input\[1\]\.role: 'x' is none of"),
        ({"tools": [{"type": "function"}]}, r"^openai_responses request, tools\[0\]: a tool of type 'function' needs a `name`$"),
        ({"tool_choice": "any"}, r"^openai_responses request, tool_choice: 'any' is none of"),
        (
            {"text": {"format": {"type": "xml"}}},
            r"^openai_responses request, text\.format\.type: 'xml' is none of text, json_schema, json_object$",
        ),
        (
            {"text": {"format": {"type": "json_schema"}}},
            r"^openai_responses request, text\.format: a format of type 'json_schema' needs a `schema`$",
        ),
        ({"include": [1]}, r"^openai_responses request, include: Expected `str`, got `int`"),
        ({"temperature": "hot"}, r"^openai_responses request: Expected `float \| null`, got `str` - at `\$\.temperature`$"),
        ({"model": None}, r"^openai_responses request: Expected `str`, got `null` - at `\$\.model`$"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(more: dict[str, Any], says: str) -> None:
    with pytest.raises(Malformed, match=says):
        read_prompt(json.dumps({"model": "m", "input": "hi"} | more).encode())


def test_half_characters_are_repaired() -> None:
    assert WIRE.read(b'{"model":"m","input":"a\\ud83d"}').turns == (Turn("user", (Text("a\ufffd"),)),)
    assert WIRE.read(b'{"model":"m","input":[],"metadata":{"a":"\\ud83d"}}').uses == ("metadata",)


def test_captured_requests_are_read_and_said_again_without_loss(captured: Callable[[str], list[Captured]]) -> None:
    """What a request says is the same after it was rendered and read again; only white space may be another."""
    sent = captured("v1-responses")
    assert len(sent) > 40
    for name, _, given in sent:
        asked = {key: value for key, value in given.items() if key not in {"type", "generate"}}
        first = read_prompt(json.dumps(asked, separators=(",", ":")).encode())
        again = read_prompt(WIRE.render(first, Dialect(first.model)))
        assert again == first, name
        assert WIRE.losses(first) == (), name
