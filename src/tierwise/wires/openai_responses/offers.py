"""Tools, and the choice among them, as this wire defines them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, Struct
from msgspec.structs import replace

from tierwise.core.naming import FREE_TEXT, flat
from tierwise.core.prompt import CUSTOM, FUNCTION, SEARCH, SERVER, Choice, Prompt, Tool
from tierwise.core.splice import edited
from tierwise.wires.openai_responses.names import NAME
from tierwise.wires.openai_responses.shapes import Custom, Function, Namespace, Search, shortest

NO_NAMESPACES: Final = "no_namespaces"
"""The provider knows neither namespaces nor searches for tools: names are folded, and searches are functions."""

NO_CUSTOM: Final = "no_custom_tools"
"""The provider knows no tools with free text: they are functions with one field."""


class Speech(Struct, frozen=True):
    """What a provider's tools may be like. `strict` is what is said of functions of which nobody said whether they are."""

    spaces: bool = True
    custom: bool = True
    strict: bool | None = None


FULL: Final = Speech()
WANTED: Final[Mapping[str, bytes]] = {"type": b'"object"', "properties": b"{}"}
"""What the schema of a function has to have here, also where it takes nothing."""

_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])


def speech_of(quirks: frozenset[str], *, own: bool) -> Speech:
    """What tools may be like where there are these quirks.

    A function without a word of it is strict on this wire where its schema allows: other wires do not mean that.
    """
    return Speech(NO_NAMESPACES not in quirks, NO_CUSTOM not in quirks, None if own else False)


def simplified(tool: Tool, speech: Speech) -> Tool:
    """A tool as a provider takes it."""
    if tool.kind == FUNCTION and speech.strict is not None:
        tool = replace(tool, strict=speech.strict if tool.strict is None else tool.strict, schema=_filled(tool.schema))
    if not speech.custom and tool.kind == CUSTOM:
        tool = replace(tool, kind=FUNCTION, schema=FREE_TEXT, wire="", raw=Raw())
    if not speech.spaces and tool.kind != SERVER:
        kind = FUNCTION if tool.kind == SEARCH else tool.kind
        raw = Raw() if tool.namespace or tool.deferred else tool.raw
        return replace(tool, name=flat(tool.namespace, tool.name), kind=kind, namespace="", deferred=False, raw=raw)
    return tool


def _filled(schema: Raw) -> Raw:
    """A function's schema with what this wire wants to see in it; a schema that is no object stays as it is."""
    if schema and not bytes(schema).startswith(b"{"):
        return schema
    fields = _FIELDS.decode(schema) if schema else {}
    missing = {name: value for name, value in WANTED.items() if name not in fields}
    return Raw(edited(bytes(schema) or b"{}", missing)) if missing else schema


def offered(tools: Iterable[Tool], speech: Speech = FULL) -> list[Any]:
    """The definitions of tools; those of one namespace stand together, where its first one stands."""
    places: dict[str, list[Any]] = {}
    listed: list[Any] = []
    for tool in (simplified(one, speech) for one in tools):
        said = _definition(tool)
        if not tool.namespace:
            listed.append(said)
        elif tool.namespace in places:
            places[tool.namespace].append(said)
        else:
            places[tool.namespace] = [said]
            listed.append(Namespace(tool.namespace, tool.about, places[tool.namespace]))
    return [one for one in listed if one is not None]


def _definition(tool: Tool) -> Any:
    if tool.raw and tool.wire == NAME:
        return tool.raw
    return DEFINED.get(tool.kind, _nothing)(tool)


def _nothing(tool: Tool) -> None:
    """Tools that another wire's provider runs are not known here."""
    del tool


def _function(tool: Tool) -> Function:
    return Function(tool.name, tool.description or None, tool.schema or None, tool.strict, tool.deferred or UNSET)


def _custom(tool: Tool) -> Custom:
    return Custom(tool.name, shortest(tool.description), tool.grammar or UNSET, tool.deferred or UNSET)


def _search(tool: Tool) -> Search:
    return Search(tool.description or None, tool.schema or None)


DEFINED: Final[Mapping[str, Callable[[Tool], Any]]] = {FUNCTION: _function, CUSTOM: _custom, SEARCH: _search}
"""How each kind of tool is defined."""


def choice_of(prompt: Prompt, speech: Speech = FULL) -> Any:
    """The choice among the tools: a word, or an object that names one."""
    choice = prompt.choice
    return choice.kind if choice.kind != "named" else _named(prompt.tools, choice, speech)


def _named(tools: Iterable[Tool], choice: Choice, speech: Speech) -> Any:
    asked = [one for one in tools if (one.name, one.namespace) == (choice.name, choice.namespace)]
    tool = simplified(asked[0], speech) if asked else Tool(choice.name)
    return {
        SERVER: {"type": tool.name},
        SEARCH: "required",
        CUSTOM: {"type": "custom", "name": tool.name},
    }.get(tool.kind, {"type": "function", "name": tool.name})
