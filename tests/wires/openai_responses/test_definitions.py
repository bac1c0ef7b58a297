"""Definitions of tools, of every kind that clients send."""

import json
from typing import Any

import pytest
from msgspec import Raw

from tests.wires.openai_responses.kit import CUSTOM, FUNCTION, SEARCH, SPACE, WEB
from tierwise.core.prompt import Tool
from tierwise.core.wire import Malformed
from tierwise.wires.openai_responses.definitions import tools_of


def tools(*given: Any) -> list[Tool]:
    return list(tools_of([Raw(json.dumps(one).encode()) for one in given], "tools"))


def test_a_function_is_read_with_all_it_says() -> None:
    (found,) = tools(FUNCTION)
    assert found == Tool("ls", "function", "List", Raw(b'{"type": "object"}'), strict=False)
    (bare,) = tools({"type": "function", "name": "ls", "parameters": None, "description": None, "strict": None})
    assert bare == Tool("ls")


def test_a_tool_with_free_text_has_a_grammar_or_none() -> None:
    (found,) = tools(CUSTOM)
    assert (found.kind, bytes(found.grammar)) == ("custom", json.dumps(CUSTOM["format"]).encode())
    plain = tools({"type": "custom", "name": "exec"}, {"type": "custom", "name": "exec", "format": {"type": "text"}})
    assert plain == [Tool("exec", "custom"), Tool("exec", "custom")]


def test_tools_in_a_namespace_know_it_and_what_it_is_for() -> None:
    (found,) = tools(SPACE)
    assert (found.namespace, found.about, found.name) == ("agents", "Others", "wait")
    assert tools({"type": "namespace", "name": "empty"}) == []


def test_the_namespace_of_plain_functions_is_none() -> None:
    (found,) = tools({"type": "namespace", "name": "functions", "description": "", "tools": [CUSTOM]})
    assert (found.namespace, found.name) == ("", "patch")


def test_deferred_tools_are_told_apart() -> None:
    assert [one.deferred for one in tools(FUNCTION, FUNCTION | {"defer_loading": True}, CUSTOM | {"defer_loading": True})] == [
        False,
        True,
        True,
    ]


def test_a_search_that_the_client_runs_is_a_tool_and_one_of_the_provider_is_the_providers() -> None:
    (client,) = tools(SEARCH)
    assert (client.kind, client.name, client.description, bytes(client.schema)) == ("search", "tool_search", "Find", b'{"type": "object"}')
    (server,) = tools({"type": "tool_search"})
    assert (server.kind, server.name) == ("server", "tool_search")


def test_tools_that_the_provider_runs_are_kept_whole() -> None:
    (found,) = tools(WEB)
    assert (found.kind, found.name, found.wire, json.loads(bytes(found.raw))) == ("server", "web_search", "openai_responses", WEB)


def test_a_definition_that_says_more_than_others_could_is_kept_beside() -> None:
    odd = FUNCTION | {"allowed_callers": ["direct"]}
    (found,) = tools(odd)
    assert (found.kind, found.wire, json.loads(bytes(found.raw))) == ("function", "openai_responses", odd)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"type": "function"}, r"^tools\[0\]: a tool of type 'function' needs a `name`$"),
        ({"type": "custom", "name": ""}, r"^tools\[0\]: a tool of type 'custom' needs a `name`$"),
        ({"type": "namespace"}, r"^tools\[0\]: a tool of type 'namespace' needs a `name`$"),
        ({"type": "namespace", "name": "n", "tools": [{"type": "function"}]}, r"^tools\[0\]\.tools\[0\]: a tool of type"),
        ({"name": "ls"}, r"^tools\[0\]: Object missing required field `type`$"),
        ("ls", r"^tools\[0\]: Expected `object`, got `str`$"),
        ({"type": "custom", "name": "c", "format": 1}, r"^tools\[0\]\.format: Expected `object`"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(given: Any, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        tools(given)
