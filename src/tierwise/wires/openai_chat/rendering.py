"""A prompt of any wire as a request of this one."""

import hashlib
from collections.abc import Iterable, Iterator
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.losses import lost
from tierwise.core.naming import FREE_TEXT, LONGEST, flat
from tierwise.core.prompt import CUSTOM, SERVER, Format, Knobs, Prompt, Result, Text, Tool, Turn
from tierwise.core.splice import edited, outline, with_value
from tierwise.core.wire import USUAL, Dialect
from tierwise.wires.openai_chat.fitting import GAP, fitted
from tierwise.wires.openai_chat.parsing import NAME
from tierwise.wires.openai_chat.saying import Fields, Quirks, mark, messages

CARRIES: Final = frozenset({"audio", "documents", "image links", "json mode", "service tier", "stop sequences", "verbosity"})
"""What this wire can carry of other wires' prompts."""

STOPS: Final = 4
"""Stop sequences that a request may have."""

TIERS: Final = frozenset({"flex", "priority", "scale", "fast"})
"""Service tiers of this wire; the usual one goes without saying."""

NO_INPUT: Final = Raw(b'{"type":"object","properties":{}}')
ANSWER: Final = "answer"
BY_GRAMMAR: Final = "The input has to follow this grammar: "
THREE: Final = MappingProxyType({"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "high", "max": "high"})
BUDGETS: Final = ((4096, "low"), (16384, "medium"))
"""Tokens of thinking up to which an effort is meant; beyond them it is high."""

EFFORT: Final = ("reasoning_effort",)
NESTED: Final = ("reasoning", "effort")
"""Where a body says the effort, the second for the quirk `reasoning_field`."""

STATES: Final = MappingProxyType({"on": "enabled", "off": "disabled"})


class Rules(Struct, frozen=True):
    """A grammar as this wire nests it."""

    syntax: Raw = Raw(b'""')
    definition: Raw = Raw(b'""')


_RULES: Final = msgspec.json.Decoder(Rules)


def losses(prompt: Prompt) -> tuple[str, ...]:
    """Names of what this wire cannot carry of a prompt: nothing of its own."""
    if prompt.wire == NAME:
        return ()
    many = {"stop sequences"} if len(prompt.knobs.stop) > STOPS else set()
    return lost(prompt.uses, CARRIES - many)


def rendered(prompt: Prompt, dialect: Dialect) -> bytes:
    """A request's JSON body that says a prompt to an endpoint."""
    quirks = dialect.quirks
    told = _kept(prompt) if dialect.keep and "cache_control" in quirks and not _marked(prompt) else prompt
    own = told.extras if told.wire == NAME else {}
    fields = {"model": dialect.model, "messages": messages(told, quirks), **_fields(told, dialect), **own}
    return msgspec.json.encode(fitted(fields, quirks))


def _fields(prompt: Prompt, dialect: Dialect) -> Fields:
    """The fields beside the messages; None stands for those that do not come."""
    knobs, quirks = prompt.knobs, dialect.quirks
    fields = {
        **_tools(prompt, quirks),
        "response_format": _format(prompt.format),
        "max_completion_tokens": prompt.limit,
        "temperature": knobs.temperature,
        "top_p": knobs.top_p,
        "top_k": knobs.top_k if "top_k" in quirks else None,
        "seed": knobs.seed,
        "stop": list(knobs.stop[:STOPS]) or None,
        **_thinking(knobs, dialect),
        "verbosity": knobs.verbosity,
        "prompt_cache_key": _short(prompt.cache_key),
        "user": _short(prompt.user),
        "service_tier": prompt.tier if prompt.tier in TIERS else None,
        "stream": True if prompt.stream else None,
        "stream_options": {"include_usage": True} if prompt.stream else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _short(name: str) -> str | None:
    """A name as it is, or its digest where it is longer than the wire takes."""
    return (name if len(name) <= LONGEST else hashlib.sha256(name.encode()).hexdigest()) or None


def _thinking(knobs: Knobs, dialect: Dialect) -> Fields:
    """How hard to think, in the way the endpoint is told; nothing where it does not reason."""
    if not dialect.reasons:
        return {}
    quirks, effort = dialect.quirks, _effort(knobs, dialect.quirks)
    if "three_efforts" in quirks:
        effort = THREE.get(effort or "")
    state = {"type": STATES[knobs.thinking]} if knobs.thinking is not None and "thinking_field" in quirks else None
    if "reasoning_field" in quirks:
        said = {"effort": effort} if knobs.budget is None or effort else {"max_tokens": knobs.budget}
        return {"reasoning": said if any(said.values()) else None, "thinking": state}
    return {"reasoning_effort": effort, "thinking": state}


def asks(body: bytes, effort: str, dialect: Dialect) -> bytes:
    """A body that asks for an effort in the way the endpoint is told, and in no other."""
    said = msgspec.json.encode(THREE.get(effort, effort) if "three_efforts" in dialect.quirks else effort)
    if "reasoning_field" not in dialect.quirks:
        return with_value(body, EFFORT, said)
    _, fields = outline(body)
    body = edited(body, {"reasoning_effort": None}) if "reasoning_effort" in fields else body
    given = bytes(fields.get("reasoning", b""))
    if given.startswith(b"{") and "max_tokens" in outline(given)[1]:
        body = with_value(body, ("reasoning",), edited(given, {"max_tokens": None}))
    return with_value(body, NESTED, said)


def _effort(knobs: Knobs, quirks: Quirks) -> str | None:
    """The effort that is asked for: by name, or by the tokens that thinking may take. Not to think is no effort that every server knows."""
    if knobs.effort is not None or knobs.thinking is None:
        return knobs.effort
    if knobs.thinking == "off":
        return "none" if "effort_none" in quirks else None
    return None if knobs.budget is None else next((name for limit, name in BUDGETS if knobs.budget <= limit), "high")


def _tools(prompt: Prompt, quirks: Quirks) -> Fields:
    offered = [_tool(tool, quirks) for tool in _offered(prompt) if tool.kind != SERVER or tool.wire == NAME]
    if not offered:
        return {}
    return {"tools": offered, "tool_choice": _choice(prompt, quirks), "parallel_tool_calls": prompt.choice.parallel}


def _offered(prompt: Prompt) -> Iterable[Tool]:
    """Every tool once: those on offer, and those that a search for tools found."""
    results = (piece for turn in prompt.turns for piece in turn.pieces if isinstance(piece, Result))
    offered: dict[tuple[str, bool], Tool] = {}
    for tool in (*prompt.tools, *(tool for result in results for tool in result.tools)):
        offered.setdefault((flat(tool.namespace, tool.name), tool.kind == SERVER), tool)
    return offered.values()


def _tool(tool: Tool, quirks: Quirks) -> Any:
    if tool.kind == SERVER:
        return tool.raw
    said = _custom(tool) if tool.kind == CUSTOM and "custom_tools" in quirks else _function(tool)
    return said | {"cache_control": mark(tool.keep)} if tool.keep and "cache_control" in quirks else said


def _function(tool: Tool) -> Fields:
    """A tool as a function; one with free text takes it as a field."""
    schema = FREE_TEXT if tool.kind == CUSTOM else tool.schema or NO_INPUT
    said: Fields = {"name": flat(tool.namespace, tool.name)}
    description = _described(tool)
    said |= {"description": description} if description else {}
    said |= {"parameters": schema}
    said |= {"strict": tool.strict} if tool.strict is not None else {}
    return {"type": "function", "function": said}


def _described(tool: Tool) -> str:
    """A tool's description, with the grammar of its free text, which is not enforced here."""
    rules = f"{BY_GRAMMAR}{bytes(tool.grammar).decode()}" if tool.kind == CUSTOM and len(tool.grammar) else ""
    return GAP.join(filter(None, (tool.description, rules)))


def _custom(tool: Tool) -> Fields:
    said: Fields = {"name": flat(tool.namespace, tool.name)}
    said |= {"description": tool.description} if tool.description else {}
    said |= {"format": _grammar(tool.grammar)} if len(tool.grammar) else {}
    return {"type": "custom", "custom": said}


def _grammar(grammar: Raw) -> Fields:
    return {"type": "grammar", "grammar": _RULES.decode(grammar)}


def _choice(prompt: Prompt, quirks: Quirks) -> Any:
    wish = prompt.choice
    if wish.kind != "named":
        return wish.kind if wish.kind != "auto" else None
    custom = "custom_tools" in quirks and any(
        tool.kind == CUSTOM and (tool.namespace, tool.name) == (wish.namespace, wish.name) for tool in prompt.tools
    )
    kind = "custom" if custom else "function"
    return {"type": kind, kind: {"name": flat(wish.namespace, wish.name)}}


def _format(form: Format | None) -> Any:
    if form is None:
        return None
    if form.kind == "object":
        return {"type": "json_object"}
    said: Fields = {"name": flat("", form.name) or ANSWER, "schema": form.schema}
    said |= {"description": form.description} if form.description else {}
    said |= {"strict": form.strict} if form.strict is not None else {}
    return {"type": "json_schema", "json_schema": said}


def _marked(prompt: Prompt) -> bool:
    """Whether a prompt has cache marks of its own."""
    pieces = [*prompt.head, *(piece for turn in prompt.turns for piece in turn.pieces)]
    return any(getattr(one, "keep", 0) for one in [*prompt.tools, *pieces])


def _kept(prompt: Prompt) -> Prompt:
    """A prompt with marks after its system text and after what was said last."""
    head = (*prompt.head[:-1], replace(prompt.head[-1], keep=USUAL)) if prompt.head else ()
    return replace(prompt, head=head, turns=tuple(_last_kept(prompt.turns)))


def _last_kept(turns: tuple[Turn, ...]) -> Iterator[Turn]:
    at = next((index for index in reversed(range(len(turns))) if _keepable(turns[index])), None)
    for index, turn in enumerate(turns):
        yield Turn(turn.role, (*turn.pieces[:-1], replace(turn.pieces[-1], keep=USUAL))) if index == at else turn


def _keepable(turn: Turn) -> bool:
    """Whether a turn can end with a mark: the user's words can."""
    return turn.role == "user" and bool(turn.pieces) and isinstance(turn.pieces[-1], Text)
