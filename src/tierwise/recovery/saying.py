"""What an error answer says, whatever its shape: message, codes, the wait it asks for. No key gets through.

The shapes differ in where things are, not in what they mean, so the parts are looked for by name: `error` (an object, a text, or in a
list), else the top level; the message under one of a few names; every word that could be a code.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from tierwise.recovery.instants import span

MESSAGES: Final = ("message", "msg", "detail", "error_description", "errorMessage", "status_msg", "title", "reason", "raw", "error")
CODES: Final = ("code", "type", "status", "reason", "error_type", "error_code", "status_code", "statusCode", "__type")
INNER: Final = ("error", "errors", "metadata", "innererror", "details", "detail", "base_resp", "message", "response", "raw")
"""Where an error holds another that says more of it. A failed answer of the Responses wire holds its error under `response`."""

AROUND: Final = ("error", "response")

LONGEST: Final = 500
"""Characters of a provider's message that are kept."""
DEEPEST: Final = 5
MOST: Final = 24
"""Objects of an error answer that are looked at."""

SPACE: Final = re.compile(r"[\s\x00-\x1f\x7f]+")
TITLE: Final = re.compile(rb"<(?:title|h1)[^>]*>([^<]{1,300})<", re.IGNORECASE)
MARKUP: Final = re.compile(rb"\s*(?:<!--|<!doctype|<html|<head|<body|<\?xml)", re.IGNORECASE)
DATA: Final = re.compile(rb"^data: ?(\{.*\})\s*$", re.MULTILINE)
"""An event of a stream: some providers send their errors as one, whatever the status."""
AGAIN: Final = re.compile(r"(?:try again|retry|wait)(?: in| after)? ([0-9.]+ ?(?:ms|s|m|h|d)(?:[0-9.]+(?:ms|s|m))*)", re.IGNORECASE)

HIDDEN: Final = "[hidden]"
SECRETS: Final = (
    re.compile(r"\b(bearer|basic)\s+[\w.~+/=*-]{6,}", re.IGNORECASE),
    re.compile(
        r"\b((?:x-)?(?:goog-)?api[-_ ]?key|authorization|access[-_]token|secret)(?:\s*[\"'`]?\s*[:=]\s*[\"'`]?)[\w.~+/=*-]{4,}",
        re.IGNORECASE,
    ),
    re.compile(r"(key provided: )\S+", re.IGNORECASE),
    re.compile(r"([?&](?:key|api_key|token)=)[^&\s\"']+", re.IGNORECASE),
    re.compile(r"(://)[^/@\s]+@"),
    re.compile(r"()\b(?:sk|pk|rk|gsk|xai|csk|tgp|fw|nvapi|hf|ghp|gho|glpat|pplx|r8|key)[-_][\w*.-]{6,}"),
    re.compile(r"()\bAIza[\w*-]{6,}"),
    re.compile(r"()\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]+)?"),
    re.compile(r"()\b(?=\w*\d)(?=\w*[A-Za-z])\w{32,}"),
)
"""What looks like a key; what stands before it (the first group) stays. The last takes any long run of letters and digits."""

_ANY: Final = msgspec.json.Decoder()


class Said(Struct, frozen=True):
    """What an error answer says. `codes` are in lower case, the first is the most telling; `after` in milliseconds; `html` for a page."""

    message: str = ""
    codes: tuple[str, ...] = ()
    after: int | None = None
    html: bool = False


def said(body: bytes) -> Said:
    """What the body of an error answer says."""
    if MARKUP.match(body):
        title = TITLE.search(body)
        return Said(short(title[1].decode("utf-8", "replace") if title else ""), html=True)
    value = _json(body)
    if value is None:
        return Said(short(body[: LONGEST * 4].decode("utf-8", "replace")))
    found = list(_objects(value))
    messages = tuple(dict.fromkeys(text for one in found for text in _messages(one)))
    if not found and isinstance(value, str):
        messages = (value,)
    return Said(short(": ".join(messages)), tuple(dict.fromkeys(code for one in found for code in _codes(one))), _asked(found, messages))


def short(text: str) -> str:
    """A message in one line of a bearable length, and without anything that looks like a key."""
    line = SPACE.sub(" ", text).strip()
    hidden = without_keys(line[: LONGEST * 4])
    return hidden if len(hidden) <= LONGEST else f"{hidden[: LONGEST - 3]}..."


def without_keys(text: str) -> str:
    """A text in which everything that looks like a key is hidden."""
    for secret in SECRETS:
        text = secret.sub(rf"\1 {HIDDEN}" if secret is SECRETS[0] else rf"\1{HIDDEN}", text)
    return text


def _json(body: bytes) -> Any:
    """The value of a JSON body, or of the first event of a stream; None where there is none."""
    event = DATA.search(body) if body[:1] in {b"d", b"e", b":"} else None
    try:
        return _ANY.decode(event[1] if event else body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _objects(value: Any) -> Iterable[Mapping[str, Any]]:
    """The objects of an error, the innermost `error` first, then what surrounds it, then what is in it."""
    left: list[tuple[Any, int]] = [(value, 0)]
    outer: list[Mapping[str, Any]] = []
    while left and len(outer) < MOST:
        one, depth = left.pop(0)
        if isinstance(one, str):
            one = _json(one.encode()) if one[:1] in {"{", "["} else None
        if isinstance(one, list):
            left += [(inner, depth + 1) for inner in one[:MOST] if isinstance(inner, dict | list)]
        elif isinstance(one, dict):
            outer.append(one)
            left += [(one[name], depth + 1) for name in INNER if depth < DEEPEST and name in one]
    return sorted(outer, key=lambda one: any(isinstance(one.get(name), dict) for name in AROUND))


def _messages(one: Mapping[str, Any]) -> Sequence[str]:
    """The first message an object has, with the field it is about."""
    texts = (one[name] for name in MESSAGES if isinstance(one.get(name), str))
    text = next((text for text in texts if text.strip()[:1] not in {"", "{", "["}), "")
    place = one.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return [f"{where}: {text}" if where else text] if text else []


def _codes(one: Mapping[str, Any]) -> Sequence[str]:
    values = (one.get(name) for name in CODES)
    return [str(value).lower() for value in values if isinstance(value, str | int) and value not in {"", "error", True, False}]


def _asked(found: Iterable[Mapping[str, Any]], messages: Iterable[str]) -> int | None:
    """Milliseconds to wait as the body asks for them: in a field, else in words."""
    delays = (one.get("retryDelay", one.get("retry_after")) for one in found)
    asked = [wait for delay in delays if isinstance(delay, str | int | float) and (wait := span(str(delay))) is not None]
    words = (AGAIN.search(text) for text in messages)
    asked += [wait for word in words if word and (wait := span(word[1].replace(" ", "").lower())) is not None]
    return max(asked, default=None)
