"""Failures: what a server's words mean, and how a fault is said to a client of this wire."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from tierwise.core.faults import Fault, status_of, told
from tierwise.core.sse import frame
from tierwise.wires.openai_responses.frames import Trouble

MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "context_length_exceeded": "context",
        "string_above_max_length": "context",
        "rate_limit_exceeded": "rate_limit",
        "rate_limit_error": "rate_limit",
        "too_many_requests": "rate_limit",
        "insufficient_quota": "quota",
        "usage_limit_reached": "quota",
        "usage_not_included": "quota",
        "billing_hard_limit_reached": "payment",
        "server_is_overloaded": "overloaded",
        "overloaded": "overloaded",
        "overloaded_error": "overloaded",
        "slow_down": "overloaded",
        "server_error": "server_error",
        "internal_error": "server_error",
        "internal_server_error": "server_error",
        "content_filter": "filtered",
        "content_policy_violation": "filtered",
        "image_content_policy_violation": "filtered",
        "invalid_prompt": "filtered",
        "bio_policy": "filtered",
        "cyber_policy": "filtered",
        "model_not_found": "no_model",
        "invalid_encrypted_content": "signature",
        "invalid_api_key": "auth",
        "authentication_error": "auth",
        "permission_error": "auth",
        "invalid_request_error": "bad_request",
        "exceed_context_size_error": "context",
        "timeout": "request_timeout",
    }
)
"""What the codes and types of errors mean, as kinds of faults; all others are errors within the answer."""

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "context": "context_length_exceeded",
        "rate_limit": "rate_limit_exceeded",
        "concurrency": "rate_limit_exceeded",
        "key_rate": "rate_limit_exceeded",
        "budget": "insufficient_quota",
        "quota": "insufficient_quota",
        "payment": "insufficient_quota",
        "overloaded": "server_is_overloaded",
        "filtered": "content_filter",
        "unknown_model": "model_not_found",
        "unauthorized": "invalid_api_key",
        "expired": "invalid_api_key",
        "revoked": "invalid_api_key",
        "too_large": "request_too_large",
        "body_too_large": "request_too_large",
        "malformed": "invalid_request",
        "bad_request": "invalid_request",
        "unprocessable": "invalid_request",
        "unsupported": "unsupported_value",
        "not_found": "not_found",
        "method": "method_not_allowed",
        "encoding": "unsupported_content_encoding",
        "forbidden": "permission_denied",
    }
)
"""The code that clients know a kind of fault by; all others are errors of the server."""

TYPES: Final[Mapping[int, str]] = MappingProxyType(
    {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error", 499: "invalid_request_error"}
)
OURS: Final = 500
"""From this status on an error is the server's."""

QUOTA: Final = "insufficient_quota"
WAIT: Final = re.compile(r"try again in (\d+(?:\.\d+)?)\s*(ms|s|m)", re.IGNORECASE)
UNITS: Final = {"ms": 1, "s": 1_000, "m": 60_000}


def fault_of(trouble: Trouble) -> Fault:
    """The fault that a server's error is."""
    code = str(trouble.code or "")
    kind = MEANINGS.get(code) or MEANINGS.get(trouble.type or "") or "stream_error"
    message = trouble.message or ""
    return Fault(kind, message, after=_wait(message), code=code or trouble.type or "")


def _wait(message: str) -> int | None:
    found = WAIT.search(message)
    return int(float(found[1]) * UNITS[found[2].lower()]) if found else None


def said(fault: Fault) -> dict[str, Any]:
    """A fault as the object that clients look for."""
    return {"message": message_of(fault), "type": _type(fault), "param": None, "code": code_of(fault)}


def message_of(fault: Fault) -> str:
    """A fault in a sentence, with the wait that clients read from it."""
    words = told(fault)
    if fault.after is None or WAIT.search(words):
        return words
    return f"{words}. Please try again in {fault.after / 1000:g}s."


def code_of(fault: Fault) -> str:
    """The code that clients know a fault by."""
    return CODES.get(fault.kind, "server_error")


def _type(fault: Fault) -> str:
    if code_of(fault) == QUOTA:
        return QUOTA
    status = status_of(fault)
    return TYPES.get(status) or ("server_error" if status >= OURS else "invalid_request_error")


def error(fault: Fault) -> bytes:
    """A fault as the body of an answer."""
    return msgspec.json.encode({"error": said(fault)})


def error_event(fault: Fault, number: int) -> bytes:
    """A fault as an event of a stream, in both shapes that clients read: its words at the top, and in an object."""
    words = said(fault)
    known = {"code": words["code"], "message": words["message"], "param": None}
    event = {"type": "error", "sequence_number": number, **known, "error": words}
    return frame(msgspec.json.encode(event), "error")


def failure_of(fault: Fault) -> dict[str, str]:
    """A fault as the error of a response that failed."""
    return {"code": code_of(fault), "message": message_of(fault)}


def error_frame(fault: Fault) -> bytes:
    """The last frames of a stream of which nothing is known but that it failed: one for SDKs, one for coding tools."""
    response: dict[str, Any] = {"object": "response", "status": "failed", "error": failure_of(fault), "output": [], "usage": None}
    event = {"type": "response.failed", "sequence_number": 1, "response": response}
    return error_event(fault, 0) + frame(msgspec.json.encode(event), "response.failed")
