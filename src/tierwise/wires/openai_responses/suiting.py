"""A client's own body on its way to another server of this wire: what has to be another before it can pass, and whether it can.

Tools in namespaces, tools with free text and tools among the items are known to few servers. A body with such tools is rendered for the
others, and its answer is told anew, since calls then have other names and forms.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.splice import edited, with_value
from tierwise.core.wire import ABSENT, Dialect, present, repaired
from tierwise.wires.openai_responses.names import ADDITIONAL
from tierwise.wires.openai_responses.offers import NO_CUSTOM, NO_NAMESPACES
from tierwise.wires.openai_responses.rendering import effort_at
from tierwise.wires.openai_responses.stripping import native

SPACED: Final = frozenset({"namespace", "tool_search"})
MADE_OF: Final = frozenset({ADDITIONAL, "tool_search_call", "tool_search_output", "agent_message"})
"""Items that come with tools in namespaces, and that servers without those do not know."""

CUSTOM: Final = frozenset({"custom", "custom_tool_call", "custom_tool_call_output"})
KNOWN_NO: Final = ("temperature", "top_p")


class Typed(Struct):
    type: str | None = None
    role: str | None = None


class Talk(Struct):
    input: Raw = ABSENT


class Body(Talk):
    tools: list[Typed] | None = None


_BODY: Final = msgspec.json.Decoder(Body)
_TALK: Final = msgspec.json.Decoder(Talk)
_TYPED: Final = msgspec.json.Decoder(list[Typed])
_ITEMS: Final = msgspec.json.Decoder(list[Raw])
_ITEM: Final = msgspec.json.Decoder(Typed)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])

EFFORT: Final = ("reasoning", "effort")
DEVELOPER: Final = "developer"
DEVELOPER_RAW: Final = b'"developer"'


def passes(body: bytes, dialect: Dialect) -> bool:
    """Whether a server takes a body with the tools it has; what is no request at all passes, and the server says so."""
    unknown = frozenset[str]()
    unknown |= SPACED | MADE_OF if NO_NAMESPACES in dialect.quirks else frozenset()
    unknown |= CUSTOM if NO_CUSTOM in dialect.quirks else frozenset()
    if not unknown or not any(b'"%b"' % one.encode() in body for one in unknown):
        return True
    return unknown.isdisjoint(_types(body))


def _types(body: bytes) -> Iterator[str]:
    """The types of a body's tools and items."""
    try:
        asked = _BODY.decode(body)
        listed = [*(asked.tools or []), *(_TYPED.decode(asked.input) if bytes(asked.input).startswith(b"[") else [])]
    except (msgspec.DecodeError, RecursionError):
        return
    yield from (one.type for one in listed if one.type)


def asks(body: bytes, effort: str, dialect: Dialect) -> bytes:
    """A body that asks for an effort, as the server knows it."""
    return with_value(body, EFFORT, msgspec.json.encode(effort_at(effort, dialect.quirks)))


def suited(body: bytes, dialect: Dialect) -> bytes:
    """A body as a server takes it; the same bytes where nothing has to be another."""
    body = native(body)
    for quirk, change in CHANGES:
        body = change(repaired(body)) if quirk in dialect.quirks else body
    return body


def _fixed(body: bytes) -> bytes:
    """Without what says how to sample."""
    said = _FIELDS.decode(body).keys() & set(KNOWN_NO)
    return edited(body, dict.fromkeys(sorted(said))) if said else body


def _systemic(body: bytes) -> bytes:
    """With the role 'system' for 'developer'."""
    raw = _TALK.decode(body).input if DEVELOPER_RAW in body else ABSENT
    if not present(raw) or not bytes(raw).startswith(b"["):
        return body
    return edited(body, {"input": b"[%b]" % b",".join(_renamed(_ITEMS.decode(raw)))})


def _renamed(items: Iterable[Raw]) -> Iterator[bytes]:
    for raw in items:
        named = DEVELOPER_RAW in bytes(raw) and _ITEM.decode(raw).role == DEVELOPER
        yield edited(bytes(raw), {"role": b'"system"'}) if named else bytes(raw)


CHANGES: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (("fixed_sampling", _fixed), ("no_developer_role", _systemic))
"""What is changed for which quirk."""
