"""Definitions of tools as a request brings them: at the top level, in an item of its input, or found by a search."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.prompt import CUSTOM, FUNCTION, SEARCH, SERVER, Tool
from tierwise.core.wire import ABSENT, Malformed, present, read
from tierwise.wires.openai_responses.names import NAME, PLAIN_SPACE, SEARCH_NAME


class Definition(Struct, frozen=True):
    """A tool as it came."""

    type: str
    name: str | None = None
    description: str | None = None
    parameters: Raw = ABSENT
    strict: bool | None = None
    format: Raw = ABSENT
    tools: list[Raw] | None = None
    defer_loading: bool | None = None
    execution: str | None = None


class Space(Struct, frozen=True):
    """A namespace: its name and what it is for."""

    name: str = ""
    about: str = ""


class Grammar(Struct):
    type: str = ""


_DEFINITION: Final = msgspec.json.Decoder(Definition)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_GRAMMAR: Final = msgspec.json.Decoder(Grammar)
KNOWN: Final = frozenset(Definition.__struct_fields__)
NOWHERE: Final = Space()

Source = tuple[Definition, Raw, str]
"""A definition, its slice of the request, and where that is."""


def tools_of(raws: Sequence[Raw], place: str, space: Space = NOWHERE) -> Iterator[Tool]:
    """The tools that definitions stand for; a namespace stands for those in it."""
    for index, raw in enumerate(raws):
        at = f"{place}[{index}]"
        one = read(_DEFINITION, raw, at)
        yield from READERS.get(one.type, _server)((one, raw, at), space)


def _function(source: Source, space: Space) -> Iterator[Tool]:
    one, _, at = source
    odd = _odd(source)
    yield Tool(
        _name(one, at),
        FUNCTION,
        one.description or "",
        schema=_schema(one.parameters, at),
        strict=one.strict,
        namespace=space.name,
        about=space.about,
        deferred=bool(one.defer_loading),
        wire=NAME if odd else "",
        raw=odd,
    )


def _custom(source: Source, space: Space) -> Iterator[Tool]:
    one, _, at = source
    odd = _odd(source)
    yield Tool(
        _name(one, at),
        CUSTOM,
        one.description or "",
        grammar=_grammar(one, at),
        namespace=space.name,
        about=space.about,
        deferred=bool(one.defer_loading),
        wire=NAME if odd else "",
        raw=odd,
    )


def _namespace(source: Source, _space: Space) -> Iterator[Tool]:
    one, _, at = source
    name = _name(one, at)
    inner = NOWHERE if name == PLAIN_SPACE else Space(name, one.description or "")
    yield from tools_of(one.tools or [], f"{at}.tools", inner)


def _search(source: Source, space: Space) -> Iterator[Tool]:
    one = source[0]
    if one.execution != "client":
        yield from _server(source, space)
        return
    yield Tool(SEARCH_NAME, SEARCH, one.description or "", schema=_schema(one.parameters, source[2]))


def _server(source: Source, _space: Space) -> Iterator[Tool]:
    one, raw, _ = source
    yield Tool(one.type, SERVER, wire=NAME, raw=raw)


READERS: Final[Mapping[str, Callable[[Source, Space], Iterator[Tool]]]] = {
    "function": _function,
    "custom": _custom,
    "namespace": _namespace,
    "tool_search": _search,
}
"""How each type of definition is read; the provider itself runs tools of every other type."""


def _name(one: Definition, at: str) -> str:
    if not one.name:
        raise Malformed(f"{at}: a tool of type {one.type!r} needs a `name`")
    return one.name


def _schema(raw: Raw, at: str) -> Raw:
    """What a function takes: an object, or nothing is said of it."""
    if not present(raw):
        return Raw()
    read(_FIELDS, raw, f"{at}.parameters")
    return raw


def _grammar(one: Definition, at: str) -> Raw:
    """The grammar of free text; free text of the plain kind has none."""
    if not present(one.format):
        return Raw()
    return one.format if read(_GRAMMAR, one.format, f"{at}.format").type == "grammar" else Raw()


def _odd(source: Source) -> Raw:
    """The whole definition where it says more than every wire could: this wire then gets it back as it was."""
    _, raw, at = source
    return raw if read(_FIELDS, raw, at).keys() - KNOWN else Raw()
