"""The error object that several wires share, said and read: a message, a type, the parameter that is wrong, a code for programs."""

from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.faults import Fault, told


class Said(Struct, frozen=True):
    """An error as clients read it."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class Error(Struct, frozen=True):
    """What holds an error."""

    error: Said


class Trouble(Struct, frozen=True):
    """An error, in whichever of the usual shapes."""

    message: str | None = None
    type: str | None = None
    code: str | int | None = None
    status: int | str | None = None


ASKED: Final = "invalid_request_error"
FAILED: Final = "server_error"
RATE: Final = ("rate_limit_error", "rate_limit_exceeded")
OVERLOADED: Final = (FAILED, "server_is_overloaded")

KINDS: Final = MappingProxyType(
    {
        "malformed": (ASKED, None),
        "bad_request": (ASKED, None),
        "unprocessable": (ASKED, None),
        "signature": (ASKED, None),
        "unsupported": (ASKED, "unsupported_parameter"),
        "context": (ASKED, "context_length_exceeded"),
        "too_large": (ASKED, "request_too_large"),
        "body_too_large": (ASKED, "request_too_large"),
        "filtered": (ASKED, "content_filter"),
        "unknown_model": (ASKED, "model_not_found"),
        "not_found": (ASKED, "unknown_url"),
        "method": (ASKED, "method_not_supported"),
        "encoding": (ASKED, "unsupported_content_encoding"),
        "unauthorized": (ASKED, "invalid_api_key"),
        "expired": (ASKED, "invalid_api_key"),
        "revoked": (ASKED, "invalid_api_key"),
        "unknown_name": (ASKED, "not_found"),
        "forbidden": ("permission_error", "insufficient_permissions"),
        "rate_limit": RATE,
        "concurrency": RATE,
        "key_rate": RATE,
        "budget": ("insufficient_quota", "insufficient_quota"),
        "quota": ("insufficient_quota", "insufficient_quota"),
        "overloaded": OVERLOADED,
        "draining": OVERLOADED,
    }
)
"""The type and the code of each kind of fault; every other kind is an error of the server's, with the kind as its code."""

PARAMS: Final = MappingProxyType({"unknown_model": "model", "context": "messages"})
"""The parameter that is wrong, where the kind alone tells."""


_TROUBLE: Final = msgspec.json.Decoder(Trouble | str)

UNREAD: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises."""

STATUSES: Final = range(400, 600)


def said(fault: Fault) -> Said:
    """A fault as clients read it."""
    kind, code = KINDS.get(fault.kind, (FAILED, fault.kind))
    return Said(told(fault), kind, PARAMS.get(fault.kind), code)


def error(fault: Fault) -> bytes:
    """A fault as a body."""
    return msgspec.json.encode(Error(said(fault)))


def fault_of(raw: Raw | bytes) -> Fault:
    """The fault that an error within an answer is."""
    try:
        said = _TROUBLE.decode(raw)
    except UNREAD:
        return Fault("stream_error", bytes(raw).decode("utf-8", "replace")[:500])
    if isinstance(said, str):
        return Fault("stream_error", said)
    numbers = [int(one) for one in (said.status, said.code) if str(one).isdecimal()]
    status = next((one for one in numbers if one in STATUSES), 0)
    code = said.type if isinstance(said.code, int) or not said.code else said.code
    return Fault("stream_error", said.message or "", status, code=code or "")


def unread(data: bytes, error: Exception) -> Fault:
    """Why a frame's data, or a body, is not one of this wire's."""
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        return Fault("bad_utf8", f"at byte {wrong.start}")
    if isinstance(error, RecursionError):
        return Fault("strange", "nested too deeply")
    return Fault("not_json" if type(error) is msgspec.DecodeError else "strange", str(error))
