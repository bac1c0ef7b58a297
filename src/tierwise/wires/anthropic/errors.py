"""Errors, both ways: faults as clients of this wire read them, and what providers say of theirs within an answer."""

import re
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from tierwise.core import sse
from tierwise.core.faults import Fault, status_of, told

TYPES: Final = MappingProxyType(
    {
        401: "authentication_error",
        402: "billing_error",
        403: "permission_error",
        404: "not_found_error",
        413: "request_too_large",
        415: "invalid_request_error",
        429: "rate_limit_error",
        504: "timeout_error",
        529: "overloaded_error",
    }
)
"""The type of an error by its status."""

ASKED: Final = "invalid_request_error"
OWN: Final = "api_error"
SERVER: Final = 500
"""Other statuses from this one on are the API's own fault, those below the request's."""

KINDS: Final = MappingProxyType(
    {
        "authentication_error": "auth",
        "permission_error": "auth",
        "billing_error": "payment",
        "not_found_error": "no_model",
        "request_too_large": "too_large",
        "rate_limit_error": "rate_limit",
        "overloaded_error": "overloaded",
    }
)
"""What an error within an answer means; others say so in their message, if at all."""

CONTEXT: Final = "context"
LONG: Final = "prompt is too long"
COUNT: Final = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")
SAID: Final = 2000
MOST: Final = re.compile(r"(?:> *|\b(?:maximum|limit|window|size)\D{0,40})(\d{1,3}(?:,\d{3})+|\d+)")
"""How many tokens there may be, as providers say it."""


class Said(Struct, frozen=True):
    type: str
    message: str


class Error(Struct, frozen=True):
    error: Said
    type: str = "error"
    request_id: str | None = None


class Told(Struct, frozen=True):
    """What an error of a provider's may look like: an object with a message, or a bare text."""

    type: str | None = None
    code: str | int | None = None
    message: str | None = None


class Reported(Struct, frozen=True):
    error: Raw | UnsetType = UNSET


_TOLD: Final = msgspec.json.Decoder(Told | str | None)
_REPORTED: Final = msgspec.json.Decoder(Reported)


def _long(said: str) -> str:
    """A context fault in the words by which clients know one and compact: how many tokens there are, and how many there may be."""
    if LONG in said.lower():
        return said
    limits, counts = _numbers(MOST, said), _numbers(COUNT, said)
    most, size = limits[-1] if limits else 0, max(counts, default=0)
    return f"{LONG}: {size} tokens > {most} maximum" if size > most > 0 else f"{LONG}: {said}"


def _numbers(pattern: re.Pattern[str], text: str) -> list[int]:
    return [int(one.replace(",", "")) for one in pattern.findall(text)]


def error(fault: Fault) -> bytes:
    """A fault as a body."""
    said = _long(fault.message or told(fault)) if fault.kind == CONTEXT else told(fault)
    status = status_of(fault)
    return msgspec.json.encode(Error(Said(TYPES.get(status, ASKED if status < SERVER else OWN), said)))


def error_frame(fault: Fault) -> bytes:
    """A fault as the last frame of a stream."""
    return sse.frame(error(fault), "error")


def reported(body: bytes) -> Fault | None:
    """The fault that a provider reports in a JSON object, None where it reports none."""
    try:
        found = _REPORTED.decode(body).error
        return None if isinstance(found, UnsetType) else _fault(_TOLD.decode(found), found)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _fault(said: Told | str | None, raw: Raw) -> Fault | None:
    if said is None:
        return None
    one = Told(message=said) if isinstance(said, str) else said
    message = one.message or bytes(raw).decode()
    code = str(one.type or one.code or "")
    return Fault(KINDS.get(code, "stream_error"), message[:SAID], code=code)
