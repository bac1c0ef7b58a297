"""Prompts of any wire as requests of this one."""

import hashlib
from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from tests.wires.openai_chat.kit import read, said
from tierwise.core.naming import FREE_TEXT
from tierwise.core.prompt import Choice, Format, Knobs, Prompt, Result, Text, Tool, Turn
from tierwise.core.wire import Dialect
from tierwise.wires.openai_chat import WIRE
from tierwise.wires.openai_chat.rendering import asks

USER = Turn("user", (Text("fix it"),))
PROMPT = Prompt("anthropic", "claude", turns=(USER,))
SCHEMA = Raw(b'{"type":"object"}')
LS = Tool("ls", description="List", schema=SCHEMA, namespace="fs")
RULES = Raw(b'{"type":"grammar","syntax":"lark","definition":"start: /a/"}')
PATCH = Tool("patch", "custom", "Patch", grammar=RULES)


def fields(*quirks: str, **more: Any) -> dict[str, Any]:
    """The fields that a prompt is said with, without model and messages."""
    reasons = more.pop("reasons", True)
    found = said(replace(PROMPT, **more), *quirks, reasons=reasons)
    return {name: value for name, value in found.items() if name not in {"model", "messages"}}


def test_a_small_prompt_is_a_small_request() -> None:
    assert said(PROMPT) == {"model": "m", "messages": [{"role": "user", "content": "fix it"}]}


def test_a_prompt_is_said_in_full() -> None:
    knobs = Knobs(temperature=0.5, top_p=0.9, top_k=3, stop=("a", "b", "c", "d", "e"), seed=1, effort="high", verbosity="low")
    assert fields(knobs=knobs, limit=7, stream=True, cache_key="k", user="u", tier="flex") == {
        "max_completion_tokens": 7,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 1,
        "stop": ["a", "b", "c", "d"],
        "reasoning_effort": "high",
        "verbosity": "low",
        "prompt_cache_key": "k",
        "user": "u",
        "service_tier": "flex",
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert fields("top_k", knobs=knobs)["top_k"] == 3
    assert fields(tier="auto") == fields(tier="standard_only") == {}


def test_names_too_long_for_the_wire_are_their_digest() -> None:
    long = "u" * 65
    digest = hashlib.sha256(long.encode()).hexdigest()
    assert fields(user=long, cache_key=long) == {"user": digest, "prompt_cache_key": digest}


@pytest.mark.parametrize(
    ("quirks", "knobs", "expected"),
    [
        ((), Knobs(), {}),
        ((), Knobs(effort="max"), {"reasoning_effort": "max"}),
        ((), Knobs(thinking="off"), {}),
        ((), Knobs(effort="none", thinking="off"), {"reasoning_effort": "none"}),
        (("effort_none",), Knobs(thinking="off"), {"reasoning_effort": "none"}),
        ((), Knobs(thinking="on"), {}),
        ((), Knobs(thinking="on", budget=1024), {"reasoning_effort": "low"}),
        ((), Knobs(thinking="on", budget=16_000), {"reasoning_effort": "medium"}),
        ((), Knobs(thinking="on", budget=32_000), {"reasoning_effort": "high"}),
        ((), Knobs(thinking="on", effort="low", budget=32_000), {"reasoning_effort": "low"}),
        (("three_efforts",), Knobs(effort="xhigh"), {"reasoning_effort": "high"}),
        (("three_efforts",), Knobs(effort="minimal"), {"reasoning_effort": "low"}),
        (("three_efforts",), Knobs(effort="none"), {}),
        (("three_efforts",), Knobs(), {}),
        (("thinking_field",), Knobs(thinking="on", effort="high"), {"reasoning_effort": "high", "thinking": {"type": "enabled"}}),
        (("thinking_field", "no_reasoning_effort"), Knobs(thinking="off"), {"thinking": {"type": "disabled"}}),
        (("thinking_field",), Knobs(effort="high"), {"reasoning_effort": "high"}),
        (("reasoning_field",), Knobs(effort="high", budget=9), {"reasoning": {"effort": "high"}}),
        (("reasoning_field",), Knobs(budget=9), {"reasoning": {"max_tokens": 9}}),
        (("reasoning_field",), Knobs(), {}),
    ],
)
def test_effort_is_said_as_the_server_hears_it(quirks: tuple[str, ...], knobs: Knobs, expected: dict[str, Any]) -> None:
    assert fields(*quirks, knobs=knobs) == expected
    assert fields(*quirks, knobs=knobs, reasons=False) == {}


def test_tools_are_functions_by_flat_names() -> None:
    assert fields(tools=(LS, PATCH, Tool("x", strict=True), Tool("find", "search"))) == {
        "tools": [
            {"type": "function", "function": {"name": "fs__ls", "description": "List", "parameters": {"type": "object"}}},
            {
                "type": "function",
                "function": {
                    "name": "patch",
                    "description": f"Patch\n\nThe input has to follow this grammar: {bytes(RULES).decode()}",
                    "parameters": {
                        "type": "object",
                        "properties": {"input": {"type": "string"}},
                        "required": ["input"],
                        "additionalProperties": False,
                    },
                },
            },
            {"type": "function", "function": {"name": "x", "parameters": {"type": "object", "properties": {}}, "strict": True}},
            {"type": "function", "function": {"name": "find", "parameters": {"type": "object", "properties": {}}}},
        ]
    }
    assert b'"required":["input"]' in bytes(FREE_TEXT)


def test_custom_tools_go_to_servers_that_have_them() -> None:
    found = fields("custom_tools", tools=(PATCH, Tool("free", "custom"), Tool("odd", "custom", grammar=Raw(b'{"type":"grammar"}'))))[
        "tools"
    ]
    assert found == [
        {
            "type": "custom",
            "custom": {
                "name": "patch",
                "description": "Patch",
                "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: /a/"}},
            },
        },
        {"type": "custom", "custom": {"name": "free"}},
        {"type": "custom", "custom": {"name": "odd", "format": {"type": "grammar", "grammar": {"syntax": "", "definition": ""}}}},
    ]


def test_tools_that_a_search_found_are_on_offer_too_and_each_once() -> None:
    found = Turn("user", (Result("1", tools=(Tool("rm"), LS)),))
    names = [one["function"]["name"] for one in fields(tools=(LS,), turns=(found,))["tools"]]
    assert names == ["fs__ls", "rm"]


def test_tools_that_another_provider_runs_are_left_out() -> None:
    assert fields(tools=(Tool("web_search", "server", wire="anthropic", raw=Raw(b"{}")),), choice=Choice("required")) == {}
    own = Tool("web_search", "server", wire="openai_chat", raw=Raw(b'{"type":"web_search"}'))
    assert fields(tools=(own, own)) == {"tools": [{"type": "web_search"}]}


@pytest.mark.parametrize(
    ("choice", "quirks", "expected"),
    [
        (Choice(), (), {}),
        (Choice("none"), (), {"tool_choice": "none"}),
        (Choice("required", parallel=False), (), {"tool_choice": "required", "parallel_tool_calls": False}),
        (Choice(parallel=True), (), {"parallel_tool_calls": True}),
        (Choice(parallel=True), ("no_parallel_tool_calls",), {}),
        (Choice("named", "ls", "fs"), (), {"tool_choice": {"type": "function", "function": {"name": "fs__ls"}}}),
        (Choice("named", "patch"), (), {"tool_choice": {"type": "function", "function": {"name": "patch"}}}),
        (Choice("named", "patch"), ("custom_tools",), {"tool_choice": {"type": "custom", "custom": {"name": "patch"}}}),
        (Choice("named", "ls", "fs"), ("custom_tools",), {"tool_choice": {"type": "function", "function": {"name": "fs__ls"}}}),
    ],
)
def test_the_choice_among_tools(choice: Choice, quirks: tuple[str, ...], expected: dict[str, Any]) -> None:
    found = fields(*quirks, tools=(LS, PATCH), choice=choice)
    found.pop("tools")
    assert found == expected
    assert fields(*quirks, choice=choice) == {}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (Format("object"), {"type": "json_object"}),
        (Format("schema", SCHEMA), {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}}}),
        (
            Format("schema", SCHEMA, "a b", "d", strict=True),
            {
                "type": "json_schema",
                "json_schema": {"name": "a_b_c8687a08", "schema": {"type": "object"}, "description": "d", "strict": True},
            },
        ),
    ],
)
def test_the_form_of_the_answer(form: Format, expected: dict[str, Any]) -> None:
    assert fields(format=form) == {"response_format": expected}


def test_marks_are_set_for_servers_that_cache_nothing_without() -> None:
    mark = {"cache_control": {"type": "ephemeral"}}
    turns = (USER, Turn("assistant", (Text("ok"),)), Turn("user", (Text("go"), Text("on"))), Turn("user", (Result("1", (Text("a"),)),)))
    prompt = replace(PROMPT, head=(Text("a"), Text("b")), turns=turns)
    found = said(prompt, "cache_control")["messages"]
    assert found[0]["content"] == [{"type": "text", "text": "a"}, {"type": "text", "text": "b"} | mark]
    assert found[-1]["content"] == [{"type": "text", "text": "go"}, {"type": "text", "text": "on"} | mark]
    assert "cache_control" not in str(said(prompt, "cache_control", keep=False))
    assert "cache_control" not in str(said(prompt))
    assert said(replace(PROMPT, turns=turns[1:2]), "cache_control")["messages"] == [{"role": "assistant", "content": "ok"}]


def test_a_prompt_with_marks_of_its_own_keeps_them() -> None:
    prompt = replace(PROMPT, head=(Text("a"),), tools=(replace(LS, keep=3600),))
    found = said(prompt, "cache_control")
    assert found["messages"][0]["content"] == "a"
    assert found["tools"][0]["cache_control"] == {"type": "ephemeral", "ttl": "1h"}


def test_what_only_this_wire_has_goes_back_to_it() -> None:
    found = read(n=2, guided_regex="a+", store=False)
    assert said(found) == {"model": "m", "messages": [{"role": "user", "content": "fix it"}], "n": 2, "guided_regex": "a+", "store": False}
    assert said(found, "no_store", "no_n") == {"model": "m", "messages": [{"role": "user", "content": "fix it"}], "guided_regex": "a+"}
    assert "n" not in said(replace(found, wire="anthropic"))


def test_losses_are_what_other_wires_have_and_this_one_has_not() -> None:
    uses = ("cache marks", "documents", "image links", "server tools", "stop sequences")
    assert WIRE.losses(replace(PROMPT, uses=uses)) == ("cache marks", "server tools")
    assert WIRE.losses(replace(PROMPT, uses=uses, knobs=Knobs(stop=tuple("abcde")))) == ("cache marks", "server tools", "stop sequences")
    assert WIRE.losses(replace(PROMPT, wire="openai_chat", uses=uses)) == ()


@pytest.mark.parametrize(
    ("quirks", "sent", "effort", "expected"),
    [
        ((), b'{"a": 1}', "max", b'{"a": 1,"reasoning_effort":"max"}'),
        ((), b'{"reasoning_effort": "high", "a":1}', "low", b'{"reasoning_effort": "low", "a":1}'),
        (("three_efforts",), b"{}", "xhigh", b'{"reasoning_effort":"high"}'),
        (("three_efforts",), b"{}", "none", b'{"reasoning_effort":"none"}'),
        (("reasoning_field",), b'{"a": 1}', "low", b'{"a": 1,"reasoning":{"effort":"low"}}'),
        (("reasoning_field",), b'{"reasoning": {"enabled": true}}', "low", b'{"reasoning": {"enabled": true,"effort":"low"}}'),
        (("reasoning_field",), b'{"reasoning": {"max_tokens": 9}, "a": 1}', "low", b'{"reasoning": {"effort":"low"}, "a": 1}'),
        (("reasoning_field",), b'{"reasoning_effort":"high"}', "low", b'{"reasoning":{"effort":"low"}}'),
    ],
)
def test_a_body_asks_for_an_effort_in_the_one_place_its_server_looks_at(
    quirks: tuple[str, ...], sent: bytes, effort: str, expected: bytes
) -> None:
    assert asks(sent, effort, Dialect("m", frozenset(quirks))) == expected
