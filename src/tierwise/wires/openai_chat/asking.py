"""Tools, the choice among them, and the form of the answer, as a request asks for them."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.prompt import CUSTOM, FUNCTION, SERVER, Choice, Format, Tool
from tierwise.core.wire import ABSENT, Malformed, each, present, read
from tierwise.wires.openai_chat.parsing import NAME
from tierwise.wires.openai_chat.parts import Mark, kept


class Function(Struct, frozen=True):
    name: str
    description: str | None = None
    parameters: Raw = ABSENT
    strict: bool | None = None


class Rules(Struct, frozen=True):
    syntax: str
    definition: str


class Grammar(Struct, frozen=True):
    """The rules of free text; flat as another wire has it, or within `grammar`."""

    type: str = "text"
    grammar: Rules | None = None
    syntax: str | None = None
    definition: str | None = None


class Custom(Struct, frozen=True):
    name: str
    description: str | None = None
    format: Grammar | None = None


class Offer(Struct, frozen=True):
    type: str = FUNCTION
    function: Function | None = None
    custom: Custom | None = None
    cache_control: Mark | None = None


class Named(Struct, frozen=True):
    name: str


class Allowed(Struct, frozen=True):
    mode: str
    tools: "list[Wish]"


class Wish(Struct, frozen=True):
    type: str = FUNCTION
    name: str | None = None
    function: Named | None = None
    custom: Named | None = None
    allowed_tools: Allowed | None = None


class Schema(Struct, frozen=True):
    name: str = ""
    description: str | None = None
    schema: Raw = ABSENT
    strict: bool | None = None


class Form(Struct, frozen=True):
    type: str
    json_schema: Schema | None = None


class Flat(Struct, frozen=True):
    """A grammar as the neutral prompt has it."""

    type: str
    syntax: str
    definition: str


_OFFER: Final = msgspec.json.Decoder(Offer)
_FUNCTION: Final = msgspec.json.Decoder(Function)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_WISH: Final = msgspec.json.Decoder(str | Wish)
_FORM: Final = msgspec.json.Decoder(Form)

WISHES: Final = MappingProxyType({"auto": "auto", "none": "none", "required": "required", "any": "required"})


def tools(raws: Sequence[Raw], functions: Sequence[Raw], place: str) -> tuple[Tool, ...]:
    """The tools on offer; functions are how they were once given."""
    offers = each(_OFFER, raws, f"{place}, tools")
    found = [_tool(one, raw, f"{place}, tools[{index}]") for index, (one, raw) in enumerate(zip(offers, raws, strict=True))]
    older = each(_FUNCTION, functions, f"{place}, functions")
    return (*found, *(_function(one, f"{place}, functions[{index}]") for index, one in enumerate(older)))


def _tool(offer: Offer, raw: Raw, place: str) -> Tool:
    if offer.function is not None:
        return replace(_function(offer.function, place), keep=kept(offer.cache_control))
    if offer.custom is not None:
        one = offer.custom
        return Tool(one.name, CUSTOM, one.description or "", grammar=_grammar(one.format), keep=kept(offer.cache_control))
    if offer.type in {FUNCTION, CUSTOM}:
        raise Malformed(f"{place}: a tool of type '{offer.type}' needs '{offer.type}' with a 'name'")
    return Tool(offer.type, SERVER, wire=NAME, raw=raw)


def _function(one: Function, place: str) -> Tool:
    schema = one.parameters if present(one.parameters) else ABSENT
    if schema:
        read(_FIELDS, schema, f"{place}.parameters")
    return Tool(one.name, FUNCTION, one.description or "", schema, one.strict)


def _grammar(form: Grammar | None) -> Raw:
    rules = None if form is None else form.grammar or form
    if rules is None or not rules.syntax or not rules.definition:
        return ABSENT
    return Raw(msgspec.json.encode(Flat("grammar", rules.syntax, rules.definition)))


def choice(raw: Raw, legacy: Raw, parallel: bool | None, place: str) -> Choice:  # noqa: FBT001  # the field's own value
    """Whether and which tools are to be called."""
    raw, field = (raw, "tool_choice") if present(raw) else (legacy, "function_call")
    wish = read(_WISH, raw, f"{place}, {field}") if present(raw) else "auto"
    if isinstance(wish, str):
        return Choice(_kind(wish, f"{place}, {field}"), parallel=parallel)
    if wish.allowed_tools is not None:
        return Choice(_kind(wish.allowed_tools.mode, f"{place}, {field}.allowed_tools.mode"), parallel=parallel)
    name = _name(wish)
    if not name:
        raise Malformed(f"{place}, {field}: names no tool")
    return Choice("named", name, parallel=parallel)


def _kind(said: str, place: str) -> str:
    kind = WISHES.get(said)
    if kind is None:
        raise Malformed(f"{place}: '{said[:40]}' is none of {', '.join(WISHES)}")
    return kind


def _name(wish: Wish) -> str:
    named = wish.function or wish.custom
    return named.name if named is not None else wish.name or ""


def allowed(found: tuple[Tool, ...], raw: Raw) -> tuple[Tool, ...]:
    """The tools that may be called: all, or those the choice allows. The others are not shown to a model that cannot be told so."""
    wish = _WISH.decode(raw) if present(raw) else ""
    if isinstance(wish, str) or wish.allowed_tools is None:
        return found
    names = {_name(one) or one.type for one in wish.allowed_tools.tools}
    return tuple(one for one in found if one.name in names)


def form(raw: Raw, place: str) -> Format | None:
    """The form of the answer that is asked for, None for any."""
    asked = read(_FORM, raw, f"{place}, response_format") if present(raw) else Form("text")
    made = FORMS.get(asked.type)
    if made is None:
        raise Malformed(f"{place}, response_format: unknown type '{asked.type[:40]}', known are {', '.join(FORMS)}")
    return made(asked, place)


def _schema(asked: Form, place: str) -> Format:
    one = asked.json_schema
    if one is None:
        raise Malformed(f"{place}, response_format: type 'json_schema' needs 'json_schema'")
    return Format("schema", one.schema if present(one.schema) else Raw(b"{}"), one.name, one.description or "", one.strict)


def _object(_asked: Form, _place: str) -> Format:
    return Format("object")


def _text(_asked: Form, _place: str) -> None:
    return None


FORMS: Final = MappingProxyType({"json_schema": _schema, "json_object": _object, "text": _text})
"""What each type of response format is."""
