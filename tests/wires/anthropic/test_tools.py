"""Tools and the choice among them, from this wire and to it."""

import json
import re
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from tierwise.core.naming import FREE_TEXT
from tierwise.core.prompt import Call, Choice, Prompt, Tool, Turn
from tierwise.core.wire import Malformed
from tierwise.wires.anthropic.tools import Chosen, choice_of, chosen, mark, said, tools_of, uses_of

LS = {"name": "ls", "input_schema": {"type": "object"}}
WEB = {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}
NAMED = Choice("named", "web_search")


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value, separators=(",", ":")).encode())


def tools(*defined: Any) -> tuple[Tool, ...]:
    return tools_of([raw(one) for one in defined], "here")


def own(*defined: Any, choice: Choice = Choice()) -> Prompt:  # noqa: B008  # it cannot be changed
    return Prompt("anthropic", "m", tools=tools(*defined), choice=choice)


def other(*given: Tool, choice: Choice = Choice(), turns: tuple[Turn, ...] = ()) -> Prompt:  # noqa: B008  # it cannot be changed
    return Prompt("openai_chat", "m", tools=given, choice=choice, turns=turns)


def sent(prompt: Prompt, *, strict: bool = True) -> Any:
    return json.loads(msgspec.json.encode(said(prompt, strict=strict)))


@pytest.mark.parametrize(
    ("defined", "tool"),
    [
        (LS, Tool("ls", schema=raw({"type": "object"}))),
        (
            LS | {"type": "custom", "description": "list", "strict": True},
            Tool("ls", description="list", schema=raw({"type": "object"}), strict=True),
        ),
        (LS | {"type": None, "defer_loading": True}, Tool("ls", schema=raw({"type": "object"}), deferred=True)),
        (LS | {"cache_control": {"type": "ephemeral", "ttl": "1h"}}, Tool("ls", schema=raw({"type": "object"}), keep=3600)),
        ({"name": "ls"}, Tool("ls")),
        (WEB, Tool("web_search", "server")),
        ({"type": "mcp_toolset", "mcp_server_name": "x"}, Tool("mcp_toolset", "server")),
    ],
)
def test_a_tool_is_read_and_keeps_its_definition(defined: dict[str, Any], tool: Tool) -> None:
    assert tools(defined) == (msgspec.structs.replace(tool, wire="anthropic", raw=raw(defined)),)


@pytest.mark.parametrize(
    ("defined", "wrong"),
    [
        (7, "here, tools[1]: Expected `object`, got `int`"),
        ({"description": "x"}, "here, tools[1]: a tool needs a name"),
        ({"name": 7}, "here, tools[1]: Expected `str`, got `int` - at `$.name`"),
        ({"name": "ls", "input_schema": []}, "here, tools[1].input_schema: Expected `object`, got `array`"),
    ],
)
def test_a_tool_that_is_none_is_named(defined: Any, wrong: str) -> None:
    with pytest.raises(Malformed, match=f"^{re.escape(wrong)}"):
        tools(LS, defined)


@pytest.mark.parametrize(
    ("choice", "read"),
    [
        (None, Choice()),
        (Chosen("auto"), Choice()),
        (Chosen("any"), Choice("required")),
        (Chosen("none"), Choice("none")),
        (Chosen("tool", "ls"), Choice("named", "ls")),
        (Chosen("auto", disable_parallel_tool_use=True), Choice(parallel=False)),
        (Chosen("any", disable_parallel_tool_use=False), Choice("required", parallel=True)),
    ],
)
def test_a_choice_is_read(choice: Chosen | None, read: Choice) -> None:
    assert choice_of(choice, "here") == read


@pytest.mark.parametrize(
    ("choice", "wrong"),
    [
        (Chosen("all"), r"^here, tool_choice\.type: 'all' is not one of auto, any, none, tool$"),
        (Chosen("tool"), r"^here, tool_choice\.name: the tool to call is not named$"),
    ],
)
def test_a_choice_that_is_none_is_named(choice: Chosen, wrong: str) -> None:
    with pytest.raises(Malformed, match=wrong):
        choice_of(choice, "here")


@pytest.mark.parametrize(
    ("prompt", "uses"),
    [
        (own(), set()),
        (own(LS), set()),
        (own(LS | {"eager_input_streaming": True, "input_examples": [], "defer_loading": True}), set()),
        (own(LS | {"allowed_callers": ["direct"]}), {"unknown fields"}),
        (own(LS, WEB), {"offered server tools"}),
        (own(WEB), {"server tools"}),
        (own(LS, WEB, choice=NAMED), {"server tools"}),
        (own(LS, {"type": "computer_20250124", "name": "computer"}), {"computer use"}),
        (own(LS, {"type": "browser_toolset_20260801"}), {"computer use"}),
        (own(LS, {"type": "bash_20250124", "name": "bash"}), {"server tools"}),
        (own(LS, {"type": "text_editor_20250728", "name": "edit"}), {"server tools"}),
        (own(LS, {"type": "tool_search_tool_bm25_20251119", "name": "find"}), {"offered server tools"}),
    ],
)
def test_what_other_wires_do_without_is_named(prompt: Prompt, uses: set[str]) -> None:
    assert set(uses_of(prompt)) == uses


def test_own_tools_are_said_as_they_came() -> None:
    defined = [
        LS | {"eager_input_streaming": True, "cache_control": {"type": "ephemeral"}},
        WEB,
        {"type": "mcp_toolset", "mcp_server_name": "x"},
    ]
    assert sent(own(*defined)) == defined


@pytest.mark.parametrize(
    ("tool", "defined"),
    [
        (
            Tool("ls", description="list", schema=raw({"type": "object"})),
            {"name": "ls", "description": "list", "input_schema": {"type": "object"}},
        ),
        (Tool("ls"), {"name": "ls", "input_schema": {"type": "object"}}),
        (Tool("ls", schema=raw({"properties": {}})), {"name": "ls", "input_schema": {"type": "object", "properties": {}}}),
        (Tool("ls", schema=raw({"type": "object", "anyOf": [{}], "x": 1})), {"name": "ls", "input_schema": {"type": "object", "x": 1}}),
        (Tool("ls", strict=True), {"name": "ls", "input_schema": {"type": "object"}, "strict": True}),
        (Tool("ls", strict=False, deferred=True), {"name": "ls", "input_schema": {"type": "object"}}),
        (Tool("ls", keep=300), {"name": "ls", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}),
        (Tool("read", namespace="fs"), {"name": "fs__read", "input_schema": {"type": "object"}}),
        (Tool("patch", "custom", "edit"), {"name": "patch", "description": "edit", "input_schema": json.loads(bytes(FREE_TEXT))}),
        (
            Tool("patch", "custom", grammar=Raw(b'{"syntax":"lark"}')),
            {
                "name": "patch",
                "description": 'The input must follow this grammar: {"syntax":"lark"}',
                "input_schema": json.loads(bytes(FREE_TEXT)),
            },
        ),
    ],
)
def test_a_tool_of_another_wire_is_a_function(tool: Tool, defined: dict[str, Any]) -> None:
    assert sent(other(tool)) == [defined]


def test_the_first_of_two_tools_with_one_name_counts_and_other_providers_tools_are_left_out() -> None:
    found = sent(other(Tool("a.b", description="1"), Tool("c", "server"), Tool("x"), Tool("a.b", description="2")))
    assert [one["name"] for one in found] == [sent(other(Tool("a.b")))[0]["name"], "x"]
    assert found[0]["description"] == "1"


def test_strictness_is_said_only_where_it_is_known() -> None:
    assert "strict" not in sent(other(Tool("ls", strict=True)), strict=False)[0]


def test_tools_that_were_called_and_are_offered_no_more_stand_in_and_cannot_be_called() -> None:
    turns = (Turn("assistant", (Call("1", "read", "{}", "fs"), Call("2", "read", "{}", "fs"))),)
    prompt = other(turns=turns)
    assert sent(prompt) == [{"name": "fs__read", "input_schema": {"type": "object"}}]
    assert chosen(prompt, said(prompt, strict=True)) == {"type": "none"}
    assert sent(own()) == []


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice(), None),
        (Choice("required"), {"type": "any"}),
        (Choice("none", parallel=False), {"type": "none"}),
        (Choice("named", "read", "fs", parallel=True), {"type": "tool", "name": "fs__read", "disable_parallel_tool_use": False}),
        (Choice(parallel=False), {"type": "auto", "disable_parallel_tool_use": True}),
    ],
)
def test_a_choice_is_said(choice: Choice, words: Any) -> None:
    assert chosen(other(Tool("read", namespace="fs"), choice=choice), [{}]) == words


def test_without_tools_there_is_no_choice() -> None:
    assert chosen(other(choice=Choice("required")), []) is None


@pytest.mark.parametrize(("keep", "said"), [(300, {"type": "ephemeral"}), (3600, {"type": "ephemeral", "ttl": "1h"})])
def test_a_mark_says_how_long(keep: int, said: Any) -> None:
    assert mark(keep) == said
