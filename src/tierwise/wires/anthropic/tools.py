"""Tools and the choice among them, both ways.

A tool that the client runs is a function here, free text as a function with one field. What the provider runs, or has a schema of its
own for, keeps its definition.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.naming import FREE_TEXT, flat
from tierwise.core.prompt import CUSTOM, SERVER, Call, Choice, Prompt, Tool, Turn
from tierwise.core.wire import ABSENT, HOUR, Malformed, each, present, read
from tierwise.wires.anthropic.blocks import FIELDS, Mark, keep_of
from tierwise.wires.anthropic.stamps import NAME

HARD: Final = "server tools"
OFFERED: Final = "offered server tools"

BUILT_IN: Final = MappingProxyType(
    {
        "computer_": "computer use",
        "browser_": "computer use",
        "bash_": HARD,
        "text_editor_": HARD,
        "memory_": HARD,
        "mcp_toolset": HARD,
    }
)
"""Beginnings of types that clients run by a schema only this wire's models know: without them the client's work is another."""

FUNCTION_TYPE: Final = "custom"
OBJECT: Final = b'{"type":"object"}'
HARMLESS: Final = frozenset(
    {
        "type",
        "name",
        "description",
        "input_schema",
        "strict",
        "cache_control",
        "defer_loading",
        "eager_input_streaming",
        "input_examples",
    }
)
"""Fields of a function's definition that other wires carry or can do without."""

SPLIT: Final = ("oneOf", "anyOf", "allOf")
"""What a schema may not have at its top here."""

CHOICES: Final = MappingProxyType({"auto": "auto", "any": "required", "none": "none", "tool": "named"})
WORDS: Final = MappingProxyType({ours: theirs for theirs, ours in CHOICES.items()})


class Definition(Struct):
    """A tool as it is defined: `type` is absent, null or 'custom' for functions."""

    name: str = ""
    type: str | None = None
    description: str | None = None
    input_schema: Raw = ABSENT
    strict: bool | None = None
    defer_loading: bool | None = None
    cache_control: Mark | None = None


class Chosen(Struct):
    """The choice as it is said."""

    type: str
    name: str = ""
    disable_parallel_tool_use: bool | None = None


_TOOL: Final = msgspec.json.Decoder(Definition)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_SCHEMA: Final = msgspec.json.Decoder(dict[str, Raw])


def tools_of(raws: Sequence[Raw], place: str) -> tuple[Tool, ...]:
    """The tools of a request."""
    defined = each(_TOOL, raws, f"{place}, tools")
    return tuple(_tool(one, raw, f"{place}, tools[{index}]") for index, (one, raw) in enumerate(zip(defined, raws, strict=True)))


def _tool(one: Definition, raw: Raw, place: str) -> Tool:
    kept = Raw(bytes(raw))
    keep = keep_of(one.cache_control)
    if one.type not in {None, FUNCTION_TYPE}:
        return Tool(one.name or str(one.type), SERVER, wire=NAME, raw=kept, keep=keep, deferred=bool(one.defer_loading))
    if not one.name:
        raise Malformed(f"{place}: a tool needs a name")
    if present(one.input_schema):
        read(_SCHEMA, one.input_schema, f"{place}.input_schema")
    return Tool(
        one.name,
        description=one.description or "",
        schema=Raw(bytes(one.input_schema)),
        strict=one.strict,
        deferred=bool(one.defer_loading),
        wire=NAME,
        raw=kept,
        keep=keep,
    )


def choice_of(chosen: Chosen | None, place: str) -> Choice:
    """The choice of a request."""
    if chosen is None:
        return Choice()
    kind = CHOICES.get(chosen.type)
    if kind is None:
        raise Malformed(f"{place}, tool_choice.type: {chosen.type!r} is not one of {', '.join(CHOICES)}")
    if kind == "named" and not chosen.name:
        raise Malformed(f"{place}, tool_choice.name: the tool to call is not named")
    parallel = None if chosen.disable_parallel_tool_use is None else not chosen.disable_parallel_tool_use
    return Choice(kind, chosen.name, parallel=parallel)


def uses_of(prompt: Prompt) -> Iterator[str]:
    """What the tools of a request lose where they are not known."""
    served = [one for one in prompt.tools if one.kind == SERVER]
    alone = len(served) == len(prompt.tools)
    for one in served:
        kind = _FIELDS.decode(one.raw).get("type", Raw(b""))
        built_in = next((loss for start, loss in BUILT_IN.items() if bytes(kind)[1:].startswith(start.encode())), "")
        forced = prompt.choice.kind == "named" and prompt.choice.name == one.name
        yield built_in or (HARD if alone or forced else OFFERED)
    if any(set(_FIELDS.decode(one.raw)) - HARMLESS for one in prompt.tools if one.kind != SERVER):
        yield FIELDS


def said(prompt: Prompt, *, strict: bool) -> list[dict[str, Any]]:
    """The tools of a prompt in this wire's words: its own as they came, of others the first of each name."""
    if prompt.wire == NAME:
        return [dict(_FIELDS.decode(one.raw)) for one in prompt.tools]
    by_name: dict[str, Tool] = {}
    for one in prompt.tools:
        if one.kind != SERVER:
            by_name.setdefault(flat(one.namespace, one.name), one)
    return [_defined(name, one, strict=strict) for name, one in by_name.items()] or _stood_for(prompt.turns)


def _defined(name: str, tool: Tool, *, strict: bool) -> dict[str, Any]:
    described = _described(tool)
    made: dict[str, Any] = {"name": name, "input_schema": _object(FREE_TEXT if tool.kind == CUSTOM else tool.schema)}
    made |= {"description": described} if described else {}
    made |= {"strict": True} if strict and tool.strict else {}
    return made | ({"cache_control": mark(tool.keep)} if tool.keep else {})


def _described(tool: Tool) -> str:
    """A tool's description, with the grammar of its free text, which cannot be enforced here."""
    if tool.kind != CUSTOM or not len(tool.grammar):
        return tool.description
    return f"{tool.description}\n\nThe input must follow this grammar: {bytes(tool.grammar).decode()}".strip()


def _object(schema: Raw) -> Raw:
    """A schema that says it is of an object, as it has to here."""
    fields = _SCHEMA.decode(schema) if present(schema) else {}
    if "type" in fields and not fields.keys() & set(SPLIT):
        return schema
    left = {name: raw for name, raw in fields.items() if name not in SPLIT}
    return Raw(msgspec.json.encode({"type": Raw(b'"object"'), **left}))


def _stood_for(turns: Iterable[Turn]) -> list[dict[str, Any]]:
    """Tools that are no longer offered but were called: calls of tools that nobody defined are not taken."""
    calls = (one for turn in turns for one in turn.pieces if isinstance(one, Call))
    names = dict.fromkeys(flat(one.namespace, one.name) for one in calls)
    return [{"name": name, "input_schema": Raw(OBJECT)} for name in names]


def chosen(prompt: Prompt, tools: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The choice among the tools as this wire says it, None where there is nothing to say."""
    if not tools:
        return None
    if not prompt.tools:
        return {"type": "none"}
    choice = prompt.choice
    made: dict[str, Any] = {"type": WORDS[choice.kind]}
    if choice.kind == "named":
        made["name"] = flat(choice.namespace, choice.name)
    if choice.parallel is not None and choice.kind != "none":
        made["disable_parallel_tool_use"] = not choice.parallel
    return None if made == {"type": "auto"} else made


def mark(keep: int) -> dict[str, str]:
    """A cache mark for a lifetime."""
    return {"type": "ephemeral", "ttl": "1h"} if keep >= HOUR else {"type": "ephemeral"}
