"""Tools, choices and forms of answers as requests ask for them."""

from typing import Any

import pytest
from msgspec import Raw

from tests.wires.openai_chat.kit import read, sent
from tierwise.core.prompt import Choice, Format, Tool
from tierwise.core.wire import Malformed

SCHEMA = {"type": "object", "properties": {}}
LS = {"type": "function", "function": {"name": "ls", "description": "List", "parameters": SCHEMA, "strict": True}}
PATCH = {"type": "custom", "custom": {"name": "patch", "description": "Patch"}}
RULES = {"syntax": "lark", "definition": "start: /a/"}
FLAT = Raw(b'{"type":"grammar","syntax":"lark","definition":"start: /a/"}')


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (LS, Tool("ls", "function", "List", Raw(sent(SCHEMA)), strict=True)),
        ({"function": {"name": "ls"}}, Tool("ls")),
        ({"type": "function", "function": {"name": "ls", "parameters": None}}, Tool("ls")),
        (LS | {"cache_control": {"type": "ephemeral"}}, Tool("ls", "function", "List", Raw(sent(SCHEMA)), strict=True, keep=300)),
        (PATCH, Tool("patch", "custom", "Patch")),
        ({"type": "custom", "custom": {"name": "p", "format": {"type": "text"}}}, Tool("p", "custom")),
        ({"type": "custom", "custom": {"name": "p", "format": {"type": "grammar", "grammar": RULES}}}, Tool("p", "custom", grammar=FLAT)),
        ({"type": "custom", "custom": {"name": "p", "format": {"type": "grammar"} | RULES}}, Tool("p", "custom", grammar=FLAT)),
        ({"type": "web_search", "x": 1}, Tool("web_search", "server", wire="openai_chat", raw=Raw(b'{"type": "web_search", "x": 1}'))),
    ],
)
def test_tools_of_every_kind_are_read(tool: Any, expected: Tool) -> None:
    assert read(tools=[tool]).tools == (expected,)


def test_functions_are_tools_as_they_once_were() -> None:
    assert read(tools=[PATCH], functions=[{"name": "ls"}], function_call={"name": "ls"}).tools == (
        Tool("patch", "custom", "Patch"),
        Tool("ls"),
    )


@pytest.mark.parametrize(
    ("more", "choice"),
    [
        ({}, Choice()),
        ({"tool_choice": None, "parallel_tool_calls": True}, Choice(parallel=True)),
        ({"tool_choice": "auto", "parallel_tool_calls": False}, Choice("auto", parallel=False)),
        ({"tool_choice": "none"}, Choice("none")),
        ({"tool_choice": "required"}, Choice("required")),
        ({"tool_choice": "any"}, Choice("required")),
        ({"tool_choice": {"type": "function", "function": {"name": "ls"}}}, Choice("named", "ls")),
        ({"tool_choice": {"type": "custom", "custom": {"name": "patch"}}}, Choice("named", "patch")),
        ({"tool_choice": {"type": "function", "name": "ls"}}, Choice("named", "ls")),
        ({"function_call": "none"}, Choice("none")),
        ({"function_call": {"name": "ls"}}, Choice("named", "ls")),
        ({"function_call": {"name": "ls"}, "tool_choice": "auto"}, Choice("auto")),
        ({"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [LS]}}}, Choice("required")),
    ],
)
def test_the_choice_is_read_from_wherever_it_is_said(more: dict[str, Any], choice: Choice) -> None:
    assert read(tools=[LS, PATCH], **more).choice == choice


def test_tools_that_may_not_be_called_are_not_shown() -> None:
    allowed = [{"type": "function", "function": {"name": "ls"}}, {"type": "web_search"}]
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": allowed}}
    assert [one.name for one in read(tools=[LS, PATCH, {"type": "web_search"}], tool_choice=choice).tools] == ["ls", "web_search"]
    assert [one.name for one in read(tools=[LS, PATCH], tool_choice={"type": "function", "function": {"name": "ls"}}).tools] == [
        "ls",
        "patch",
    ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (None, None),
        ({"type": "text"}, None),
        ({"type": "json_object"}, Format("object")),
        ({"type": "json_schema", "json_schema": {"name": "A", "schema": SCHEMA}}, Format("schema", Raw(sent(SCHEMA)), "A")),
        ({"type": "json_schema", "json_schema": {"strict": True, "description": "d"}}, Format("schema", Raw(b"{}"), "", "d", strict=True)),
    ],
)
def test_the_form_of_the_answer_is_read(asked: Any, expected: Format | None) -> None:
    assert read(response_format=asked).format == expected


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"tools": [5]}, "tools[0]: Expected `object`, got `int`"),
        ({"tools": [LS, {"type": "function"}]}, "tools[1]: a tool of type 'function' needs 'function' with a 'name'"),
        ({"tools": [{"type": "custom"}]}, "tools[0]: a tool of type 'custom' needs 'custom' with a 'name'"),
        ({"functions": [{}]}, "functions[0]: Object missing required field `name`"),
        ({"tool_choice": "maybe"}, "tool_choice: 'maybe' is none of auto, none, required, any"),
        ({"tool_choice": {"type": "function"}}, "tool_choice: names no tool"),
        ({"tool_choice": 5}, "tool_choice: Expected `str | object`, got `int`"),
        ({"function_call": "maybe"}, "function_call: 'maybe' is none of auto, none, required, any"),
        (
            {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "x", "tools": []}}},
            "tool_choice.allowed_tools.mode: 'x' is none of auto, none, required, any",
        ),
        ({"response_format": {"type": "xml"}}, "response_format: unknown type 'xml', known are json_schema, json_object, text"),
        ({"response_format": {"type": "json_schema"}}, "response_format: type 'json_schema' needs 'json_schema'"),
        ({"response_format": {}}, "response_format: Object missing required field `type`"),
    ],
)
def test_what_is_asked_for_wrongly_is_named(more: dict[str, Any], said: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(**more)
    assert str(refused.value) == f"openai_chat request, {said}"
