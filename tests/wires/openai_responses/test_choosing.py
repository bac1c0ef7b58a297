"""Which tools may be called."""

import json
from typing import Any

import pytest
from msgspec import Raw

from tierwise.core.prompt import Choice, Tool
from tierwise.core.wire import Malformed
from tierwise.wires.openai_responses.choosing import chosen

TOOLS = (Tool("ls"), Tool("patch", "custom"), Tool("wait", namespace="agents"), Tool("web_search", "server"))


def chose(value: Any) -> tuple[tuple[Tool, ...], Choice]:
    return chosen(TOOLS, Raw(json.dumps(value).encode()), "tool_choice")


@pytest.mark.parametrize("word", ["auto", "none", "required"])
def test_a_word_is_a_choice(word: str) -> None:
    assert chose(word) == (TOOLS, Choice(word))


def test_no_word_is_the_usual_choice() -> None:
    assert chose(None) == chosen(TOOLS, Raw(), "tool_choice") == (TOOLS, Choice())


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        ({"type": "function", "name": "ls"}, Choice("named", "ls")),
        ({"type": "function", "name": "ls", "namespace": "functions"}, Choice("named", "ls")),
        ({"type": "custom", "name": "patch"}, Choice("named", "patch")),
        ({"type": "function", "name": "wait"}, Choice("named", "wait", "agents")),
        ({"type": "function", "name": "wait", "namespace": "agents"}, Choice("named", "wait", "agents")),
        ({"type": "web_search"}, Choice("named", "web_search")),
    ],
)
def test_one_tool_may_be_named(value: Any, choice: Choice) -> None:
    assert chose(value) == (TOOLS, choice)


def test_only_some_tools_may_be_allowed() -> None:
    allowed = [{"type": "function", "name": "ls"}, {"type": "web_search"}]
    assert chose({"type": "allowed_tools", "mode": "required", "tools": allowed}) == ((TOOLS[0], TOOLS[3]), Choice("required"))
    assert chose({"type": "allowed_tools", "tools": []}) == ((), Choice("auto"))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("any", r"^tool_choice: 'any' is none of auto, none, required$"),
        ({"type": "function"}, r"^tool_choice: a choice of type 'function' needs a `name`$"),
        ({"type": "function", "name": "rm"}, r"^tool_choice: there is no tool named 'rm' in `tools`$"),
        ({"type": "allowed_tools", "mode": "some"}, r"^tool_choice\.mode: 'some' is none of"),
        ({"name": "ls"}, r"^tool_choice: Object missing required field `type`$"),
        (1, r"^tool_choice: Expected `str \| object`, got `int`$"),
    ],
)
def test_what_is_wrong_is_said(value: Any, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        chose(value)
