"""Requests that were captured: from a file's JSON to the request a wire and a client make of it.

A capture is an object with the request's path, headers and body; a body alone will do.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tierwise.core.client import Client, cleaned, recognised
from tierwise.core.request import Request
from tierwise.core.wire import Malformed, Wire

TELLING: Final = (("input", "openai_responses"), ("system", "anthropic"), ("messages", "openai_chat"))
"""Keys by which a body without a path is known, the most telling first; only the wire's name is looked up by them."""


class NotCaptured(ValueError):
    """A file that holds no request; the message says why."""


class Captured(Struct, frozen=True):
    """A request's path (empty where the file does not say), headers with lower-case names, and body."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


def captured(content: bytes) -> Captured | None:
    """The request a file holds; None where it is not one JSON object with a request in it."""
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    body = found.get("body", found) if isinstance(found, dict) else None
    if not isinstance(body, dict) or not {key for key, _ in TELLING} & body.keys():
        return None
    return Captured(str(found.get("path") or ""), _headers(found.get("headers")), body)


def _headers(found: Any) -> dict[str, str]:
    pairs = found.items() if isinstance(found, Mapping) else found if isinstance(found, list) else ()
    return {str(name).lower(): str(value) for name, value in pairs}


def request(one: Captured, wires: Sequence[Wire], clients: Sequence[Client]) -> Request:
    """The request as its wire and client mean it; NotCaptured says why it is none."""
    wire = _wire(one, wires)
    try:
        parsed = wire.parse(msgspec.json.encode(one.body))
    except Malformed as error:
        raise NotCaptured(str(error)) from None
    client = recognised(clients, one.headers, parsed) or next(each for each in clients if not each.agents and each.knows is None)
    return cleaned(client, parsed, one.headers)


def _wire(one: Captured, wires: Sequence[Wire]) -> Wire:
    """The wire that is served at the path, else the one whose keys the body has."""
    served = next((wire for wire in wires if one.path.rstrip("/").endswith(wire.paths)), None)
    named = next(name for key, name in TELLING if key in one.body)
    found = served or next((wire for wire in wires if wire.name == named), None)
    if found is None or (one.path and served is None):
        paths = ", ".join(path for wire in wires for path in wire.paths if path.startswith("/v1"))
        raise NotCaptured(f"no request of a model at {one.path!r}; known are {paths}")
    return found
