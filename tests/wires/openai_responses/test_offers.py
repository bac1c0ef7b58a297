"""Tools as they are offered, and the choice among them."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from tests.wires.openai_responses.kit import CUSTOM, FUNCTION, SEARCH, SPACE, WEB, read
from tierwise.core.prompt import Choice, Prompt, Tool
from tierwise.wires.openai_responses.offers import FULL, Speech, choice_of, offered, speech_of

PLAIN = Speech(spaces=False, custom=False)


def said(*tools: Tool, speech: Speech = FULL) -> Any:
    return json.loads(msgspec.json.encode(offered(tools, speech)))


def test_tools_are_offered_as_they_came() -> None:
    given = [FUNCTION, CUSTOM, SPACE, SEARCH, WEB, FUNCTION | {"name": "late", "defer_loading": True}]
    space = {**SPACE, "tools": [{"type": "function", "name": "wait", "description": None, "parameters": None, "strict": None}]}
    assert said(*read(tools=given).tools) == [given[0], given[1], space, given[3], given[4], given[5]]


def test_tools_of_a_namespace_stand_together() -> None:
    listed = said(Tool("a", namespace="x", about="X"), Tool("b"), Tool("c", namespace="x", about="X"), Tool("d", "custom", namespace="y"))
    assert [(one["name"], [inner["name"] for inner in one.get("tools", [])]) for one in listed] == [
        ("x", ["a", "c"]),
        ("b", []),
        ("y", ["d"]),
    ]
    assert listed[0]["description"] == "X"
    assert listed[2]["description"] == ""


def test_tools_that_another_provider_runs_are_left_out() -> None:
    assert said(Tool("web_search", "server", wire="anthropic", raw=Raw(b"{}")), Tool("ls")) == said(Tool("ls"))


def test_definitions_of_another_wire_are_not_taken_for_ours() -> None:
    assert said(Tool("ls", wire="anthropic", raw=Raw(b'{"name":"ls"}')))[0]["type"] == "function"


def test_where_there_are_no_namespaces_names_are_folded_and_searches_are_functions() -> None:
    tools = (Tool("wait", namespace="agents", deferred=True), Tool("tool_search", "search"), Tool("patch", "custom", grammar=Raw(b"{}")))
    listed = said(*tools, speech=Speech(spaces=False))
    assert [(one["type"], one["name"]) for one in listed] == [
        ("function", "agents__wait"),
        ("function", "tool_search"),
        ("custom", "patch"),
    ]
    assert all("defer_loading" not in one for one in listed)


def test_where_there_is_no_free_text_a_function_with_one_field_stands_for_it() -> None:
    (one,) = said(Tool("patch", "custom", "Patch", grammar=Raw(b"{}"), wire="openai_responses", raw=Raw(b'{"odd":1}')), speech=PLAIN)
    assert (one["type"], one["description"], one["parameters"]["required"]) == ("function", "Patch", ["input"])


def test_odd_definitions_stay_only_where_their_names_do() -> None:
    odd = Tool("ls", wire="openai_responses", raw=Raw(b'{"odd":1}'))
    assert said(odd, speech=PLAIN) == [{"odd": 1}]
    assert said(msgspec.structs.replace(odd, namespace="x"), speech=PLAIN)[0]["name"] == "x__ls"


@pytest.mark.parametrize(("own", "given", "strict"), [(True, None, None), (False, None, False), (False, True, True), (True, False, False)])
def test_functions_of_other_wires_are_not_strict_unless_they_say_so(*, own: bool, given: bool | None, strict: bool | None) -> None:
    assert said(Tool("ls", strict=given), speech=speech_of(frozenset(), own=own))[0]["strict"] is strict


@pytest.mark.parametrize(
    ("schema", "own", "foreign"),
    [
        (b"", None, {"type": "object", "properties": {}}),
        (b"{}", {}, {"type": "object", "properties": {}}),
        (b'{"type":"object"}', {"type": "object"}, {"type": "object", "properties": {}}),
        (
            b'{"type":"object","properties":{"a":{}}}',
            {"type": "object", "properties": {"a": {}}},
            {"type": "object", "properties": {"a": {}}},
        ),
        (b"true", True, True),
    ],
)
def test_functions_of_other_wires_have_the_schema_that_is_wanted_here(schema: bytes, own: Any, foreign: Any) -> None:
    tool = Tool("ls", schema=Raw(schema))
    assert said(tool, speech=speech_of(frozenset(), own=True))[0]["parameters"] == own
    assert said(tool, speech=speech_of(frozenset(), own=False))[0]["parameters"] == foreign


@pytest.mark.parametrize(
    ("choice", "full", "plain"),
    [
        (Choice("required"), "required", "required"),
        (Choice("named", "ls"), {"type": "function", "name": "ls"}, {"type": "function", "name": "ls"}),
        (Choice("named", "wait", "agents"), {"type": "function", "name": "wait"}, {"type": "function", "name": "agents__wait"}),
        (Choice("named", "patch"), {"type": "custom", "name": "patch"}, {"type": "function", "name": "patch"}),
        (Choice("named", "tool_search"), "required", {"type": "function", "name": "tool_search"}),
        (Choice("named", "web_search"), {"type": "web_search"}, {"type": "web_search"}),
        (Choice("named", "nobody"), {"type": "function", "name": "nobody"}, {"type": "function", "name": "nobody"}),
    ],
)
def test_a_choice_names_the_tool_as_it_is_offered(choice: Choice, full: Any, plain: Any) -> None:
    tools = (
        Tool("ls"),
        Tool("wait", namespace="agents"),
        Tool("patch", "custom"),
        Tool("tool_search", "search"),
        Tool("web_search", "server"),
    )
    prompt = Prompt("openai_responses", "m", tools=tools, choice=choice)
    assert choice_of(prompt) == full
    assert choice_of(prompt, speech_of(frozenset({"no_namespaces", "no_custom_tools"}), own=True)) == plain
