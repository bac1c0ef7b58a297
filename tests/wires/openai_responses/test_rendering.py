"""Prompts of any wire as requests of this one."""

from typing import Any

import pytest
from msgspec import Raw
from msgspec.structs import replace

from tests.wires.openai_responses.kit import CALL, CUSTOM, FUNCTION, RESULT, SEALED, SPACE, USER, read, rendered
from tierwise.core.prompt import Choice, Format, Knobs, Prompt, Text, Tool, Turn
from tierwise.wires.openai_responses import WIRE
from tierwise.wires.openai_responses.rendering import losses

FOREIGN = Prompt("anthropic", "claude", head=(Text("You are."), Text("Be brief.")), turns=(Turn("user", (Text("hi"),)),))
SCHEMA = Format("schema", Raw(b'{"type":"object"}'), "x", "d", strict=True)


def foreign(**more: Any) -> Prompt:
    return replace(FOREIGN, **more)


def test_a_prompt_of_another_wire_is_neither_stored_nor_without_its_reasoning() -> None:
    assert rendered(FOREIGN) == {
        "model": "n",
        "instructions": "You are.",
        "input": [
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be brief."}]},
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        ],
        "include": ["reasoning.encrypted_content"],
        "stream": False,
        "store": False,
    }


def test_our_own_prompt_keeps_all_its_fields() -> None:
    more = {
        "instructions": "You are.",
        "store": True,
        "include": ["reasoning.encrypted_content"],
        "metadata": {"a": "b"},
        "previous_response_id": "resp_1",
        "hologram": 1,
        "reasoning": {"effort": "low", "context": "all_turns"},
        "text": {"verbosity": "low", "odd": 1, "format": {"type": "json_object"}},
        "prompt_cache_key": "k",
        "user": "u" * 99,
        "service_tier": "scale",
        "stream": True,
        "tools": [FUNCTION, SPACE],
        "tool_choice": {"type": "function", "name": "ls"},
        "parallel_tool_calls": False,
        "max_output_tokens": 20,
        "temperature": 1.0,
        "top_p": 0.5,
    }
    found = rendered(read(SEALED, CALL, RESULT, **more))
    tool = {"type": "function", "name": "wait", "description": None, "parameters": None, "strict": None}
    assert found == {
        **more,
        "model": "n",
        "input": [SEALED, CALL | {"status": "completed"}, RESULT],
        "tools": [FUNCTION, SPACE | {"tools": [tool]}],
    }


def test_system_text_that_the_client_had_put_among_the_items_stays_there() -> None:
    system = {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Be brief."}]}
    found = rendered(read(system, USER))
    assert "instructions" not in found
    assert found["input"] == [system, USER]


def test_what_a_search_has_found_stands_where_it_was_found() -> None:
    call = {"type": "tool_search_call", "call_id": "c", "execution": "client", "arguments": {"query": "x"}, "status": "completed"}
    result = {"type": "tool_search_output", "call_id": "c", "execution": "client", "tools": [CUSTOM], "status": "completed"}
    prompt = read(USER, call, result, tools=[FUNCTION])
    assert rendered(prompt)["tools"] == [FUNCTION]
    assert rendered(prompt)["input"][1:] == [call, result]
    assert [one["name"] for one in rendered(prompt, "no_namespaces")["tools"]] == ["ls", "patch"]


def test_without_tools_nothing_is_said_of_them() -> None:
    found = rendered(foreign(choice=Choice("none", parallel=True), tools=(Tool("web_search", "server", wire="anthropic", raw=Raw(b"{}")),)))
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & found.keys()


@pytest.mark.parametrize(
    ("knobs", "quirks", "reasoning"),
    [
        (Knobs(), (), None),
        (Knobs(effort="high"), (), {"effort": "high"}),
        (Knobs(effort="max"), ("no_max",), {"effort": "xhigh"}),
        (Knobs(effort="max"), ("no_xhigh", "no_max"), {"effort": "high"}),
        (Knobs(effort="minimal"), ("three_efforts",), {"effort": "low"}),
        (Knobs(effort="low"), ("three_efforts",), {"effort": "low"}),
        (Knobs(thinking="on", budget=1024), (), {"effort": "low", "summary": "auto"}),
        (Knobs(thinking="on", budget=9000), (), {"effort": "medium", "summary": "auto"}),
        (Knobs(thinking="on", budget=99_000), ("no_summaries",), {"effort": "high"}),
        (Knobs(thinking="on"), (), {"summary": "auto"}),
        (Knobs(thinking="off"), (), None),
        (Knobs(summary="detailed"), (), {"summary": "detailed"}),
    ],
)
def test_how_hard_to_think_is_said_in_efforts(knobs: Knobs, quirks: tuple[str, ...], reasoning: Any) -> None:
    assert rendered(foreign(knobs=knobs), *quirks).get("reasoning") == reasoning
    silent = rendered(foreign(knobs=knobs), *quirks, reasons=False)
    assert not {"reasoning", "include"} & silent.keys()


@pytest.mark.parametrize(
    ("knobs", "quirks", "said"),
    [
        (Knobs(temperature=0.2, top_p=0.9), (), {"temperature": 0.2, "top_p": 0.9}),
        (Knobs(temperature=1.0), (), {}),
        (Knobs(temperature=0.2, thinking="on"), (), {}),
        (Knobs(temperature=0.2, effort="high"), (), {}),
        (Knobs(temperature=0.2, effort="none"), (), {"temperature": 0.2}),
        (Knobs(temperature=0.2, top_p=0.9), ("fixed_sampling",), {}),
    ],
)
def test_how_to_sample_is_said_only_where_it_is_meant(knobs: Knobs, quirks: tuple[str, ...], said: dict[str, float]) -> None:
    found = rendered(foreign(knobs=knobs), *quirks)
    assert {name: found[name] for name in ("temperature", "top_p") if name in found} == said


@pytest.mark.parametrize(
    ("form", "quirks", "said"),
    [
        (Format("object"), (), {"type": "json_object"}),
        (SCHEMA, (), {"type": "json_schema", "name": "x", "description": "d", "schema": {"type": "object"}, "strict": True}),
        (Format("schema", Raw(b"{}")), (), {"type": "json_schema", "name": "answer", "schema": {}}),
        (SCHEMA, ("no_json_schema",), {"type": "json_object"}),
        (Format("object"), ("no_json_schema",), {"type": "json_object"}),
    ],
)
def test_the_form_of_the_answer_is_said(form: Format, quirks: tuple[str, ...], said: Any) -> None:
    found = rendered(foreign(format=form), *quirks)
    assert found["text"] == {"format": said}
    worded = '{"type":"object"}' in str(found["input"])
    assert worded == (form is SCHEMA and bool(quirks))


def test_a_server_that_takes_system_text_only_first_gets_it_first() -> None:
    late = Turn("system", (Text("Hurry."),))
    found = rendered(foreign(turns=(FOREIGN.turns[0], late)), "merge_system")
    assert found["instructions"] == "You are.\n\nBe brief."
    assert [one["role"] for one in found["input"]] == ["user", "user"]
    assert found["input"][1]["content"][0]["text"] == "<system>\nHurry.\n</system>"
    assert "instructions" not in rendered(foreign(head=()), "merge_system")
    assert rendered(read({"role": "system", "content": "a"}, USER), "merge_system")["instructions"] == "a"


@pytest.mark.parametrize(
    ("more", "name", "said"),
    [
        ({"limit": 1}, "max_output_tokens", 16),
        ({"limit": 99}, "max_output_tokens", 99),
        ({"cache_key": "k"}, "prompt_cache_key", "k"),
        ({"user": "u"}, "user", "u"),
        ({"user": "u" * 65}, "user", None),
        ({"tier": "flex"}, "service_tier", "flex"),
        ({"tier": "standard_only"}, "service_tier", None),
        ({"extras": {"metadata": Raw(b"{}")}}, "metadata", None),
        ({"stream": True}, "stream", True),
    ],
)
def test_other_fields_are_said_where_they_mean_the_same(more: dict[str, Any], name: str, said: Any) -> None:
    assert rendered(foreign(**more)).get(name) == said


def test_a_field_that_a_server_refuses_is_left_out() -> None:
    assert "prompt_cache_key" not in rendered(foreign(cache_key="k"), "no_prompt_cache_key")


@pytest.mark.parametrize(
    ("prompt", "lost"),
    [
        (foreign(uses=("stop sequences", "documents", "json mode", "cache marks")), ("cache marks", "stop sequences")),
        (foreign(uses=("service tier",), tier="standard_only"), ("service tier",)),
        (foreign(uses=("service tier",), tier="priority"), ()),
        (replace(read(USER), uses=("stored state", "server tools", "encrypted reasoning", "service tier"), tier="scale"), ()),
        (replace(read(USER), uses=("signed thinking",)), ("signed thinking",)),
    ],
)
def test_what_cannot_be_carried_is_named(prompt: Prompt, lost: tuple[str, ...]) -> None:
    assert losses(prompt) == WIRE.losses(prompt) == lost
