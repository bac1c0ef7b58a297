"""What an error answer means, and what an answer's headers tell of rate limits.

Theory of operation. A provider's own rows come first, then words and codes that mean the same everywhere (`USUAL`), then the status alone
(`STATUSES`), then codes that say no more than a status would (`CODES`: for errors that come within a stream). The first row that
holds counts.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.faults import Fault
from tierwise.core.provider import FaultRow, Limit, Provider
from tierwise.recovery.instants import DAY, FORMS, guessed, number
from tierwise.recovery.pacing import Window
from tierwise.recovery.saying import Said, said, short


class Usual(Struct, frozen=True, gc=False):
    """An error answer that means the same at every provider: one of `codes`, or one of `words` in the message, with one of `statuses`."""

    kind: str
    statuses: frozenset[int]
    codes: frozenset[str]
    words: tuple[str, ...]


def _usual(kind: str, statuses: Iterable[int], codes: str, words: Iterable[str] = ()) -> Usual:
    return Usual(kind, frozenset(statuses), frozenset(codes.split()), tuple(words))


NONE: Final = 0
"""The status of an error within a stream."""
ASKED: Final = (NONE, 400, 403, 404, 422)
"""Statuses with which providers object to a request."""
LIMITED: Final = (NONE, 429)
OK: Final = range(200, 300)
REDIRECTS: Final = range(300, 400)
CLIENT: Final = range(400, 500)

USUAL: Final = (
    _usual(
        "quota", LIMITED, "insufficient_quota exceeded_current_quota_error billing_not_active billing_hard_limit_reached quota_exceeded"
    ),
    _usual(
        "quota",
        (429,),
        "",
        ("current quota", "check your plan", "billing", "insufficient balance", "credit", "daily limit", "per day", "spend limit"),
    ),
    _usual(
        "overloaded",
        (*LIMITED, 500, 503),
        "overloaded_error engine_overloaded_error engine_overloaded overloaded slow_down",
        ("overloaded",),
    ),
    _usual(
        "payment",
        (*ASKED, 401, 402),
        "insufficient_balance insufficient_credits payment_required billing_error billing_hard_limit_reached insufficient_quota",
        ("credit balance", "insufficient balance", "insufficient credit", "insufficient funds", "billing hard limit", "account balance"),
    ),
    _usual("bad_request", ASKED, "", ("missing a `thought_signature`", "missing a thought_signature", "must be passed back")),
    _usual(
        "signature",
        ASKED,
        "invalid_encrypted_content",
        (
            "invalid `signature`",
            "thought signature",
            "thought_signature",
            "signature in `thinking`",
            "signature in thinking",
            "thinking signature",
            "thinking.signature",
            "redacted_thinking",
            "thinking block",
            "thinking` block",
            "encrypted content",
            "encrypted_content",
            "items are not persisted",
            "of type 'reasoning'",
        ),
    ),
    _usual(
        "filtered",
        ASKED,
        "content_filter content_policy_violation responsibleaipolicyviolation data_inspection_failed content_filtering_error safety",
        (
            "content management policy",
            "content policy",
            "content filter",
            "content exists risk",
            "content moderation",
            "safety system",
            "usage polic",
            "requires moderation",
            "input was flagged",
            "violates our",
        ),
    ),
    _usual(
        "rate_limit",
        (413,),
        "rate_limit_exceeded tokens",
        ("tokens per minute", "tokens per min", "(tpm)"),
    ),
    _usual(
        "context",
        (*ASKED, 413, 500),
        "context_length_exceeded exceed_context_size_error context_window_exceeded model_context_window_exceeded prompt_too_long",
        (
            "context length",
            "context window",
            "context limit",
            "context size",
            "maximum context",
            "maximum prompt length",
            "prompt is too long",
            "prompt exceeds",
            "prompt too long",
            "input is too long",
            "input token count",
            "input length",
            "too many input tokens",
            "model token limit",
            "reduce the length of the messages",
            "reduce your prompt",
            "exceeds the maximum number of tokens",
            "must have less than",
        ),
    ),
    _usual(
        "too_large",
        (*ASKED, 413),
        "request_too_large string_above_max_length payload_too_large",
        ("request too large", "payload too large", "entity too large", "request exceeds the maximum size", "payload size exceeds"),
    ),
    _usual(
        "auth",
        (NONE, 400, 403),
        "invalid_api_key api_key_invalid authentication_error wrong_api_key unsupported_country_region_territory unauthenticated",
        (
            "api key not valid",
            "api key not found",
            "api key expired",
            "incorrect api key",
            "invalid api key",
            "no api key",
            "location is not supported",
        ),
    ),
    _usual(
        "no_model",
        ASKED,
        "model_not_found model_not_available model_decommissioned model_not_supported deployment_not_found",
        (
            "model not found",
            "model not exist",
            "unknown model",
            "no such model",
            "is not a valid model",
            "invalid model",
            "not a supported model",
            "have access to model",
            "model has been deprecated",
            "has been decommissioned",
            "no endpoints found",
            "does not exist or you do not have access",
        ),
    ),
    _usual("rate_limit", (403,), "rate_limit_exceeded rate_limit_error", ("rate limit", "too many requests")),
    _usual("quota", (403,), "quota_exceeded", ("quota",)),
)
"""Signs that are the same everywhere, the more exact before the less."""

STATUSES: Final = MappingProxyType(
    {
        400: "bad_request",
        401: "auth",
        402: "payment",
        403: "auth",
        404: "no_model",
        405: "no_model",
        407: "proxy",
        408: "request_timeout",
        409: "conflict",
        410: "no_model",
        413: "too_large",
        414: "too_large",
        422: "unprocessable",
        425: "conflict",
        429: "rate_limit",
        498: "overloaded",
        499: "dropped",
        503: "overloaded",
        520: "server_error",
        521: "refused",
        522: "connect_timeout",
        523: "refused",
        524: "first_byte_timeout",
        525: "tls",
        526: "tls",
        529: "overloaded",
    }
)
"""What a status means alone. The others: 3xx is a redirect, 4xx a bad request, everything else an error of the server."""

CODES: Final = MappingProxyType(
    {
        "rate_limit_error": "rate_limit",
        "rate_limit_exceeded": "rate_limit",
        "too_many_requests": "rate_limit",
        "resource_exhausted": "rate_limit",
        "unavailable": "overloaded",
        "service_unavailable": "overloaded",
        "permission_error": "auth",
        "permission_denied": "auth",
        "not_found_error": "no_model",
        "not_found": "no_model",
        "request_too_large": "too_large",
        "server_error": "server_error",
        "internal_error": "server_error",
        "internal_server_error": "server_error",
        "internal": "server_error",
        "api_error": "server_error",
        "timeout_error": "server_error",
        "deadline_exceeded": "server_error",
        "invalid_request_error": "bad_request",
        "invalid_request": "bad_request",
        "invalid_prompt": "bad_request",
        "invalid_argument": "bad_request",
        "failed_precondition": "bad_request",
        "badrequesterror": "bad_request",
    }
)
"""What a code means alone, where no status came with it."""

PAGES: Final = frozenset({"bad_request", "auth", "no_model", "unprocessable", "strange"})
"""What an HTML page cannot mean: it was not the provider's API that answered. 401 apart, which has its own way of being asked for."""

WAITS: Final = ("retry-after-ms", "x-ms-retry-after-ms")
"""Headers that say in milliseconds how long to wait."""
AFTER: Final = ("retry-after",)
RESETS: Final = (*AFTER, "x-ratelimit-reset", "ratelimit-reset", "x-rate-limit-reset")
"""Headers that say it in seconds, as a date or a time since the epoch. All but the first come with every answer: they matter at a limit."""
OF_LIMITS: Final = frozenset({"rate_limit", "quota"})
UNAUTHORIZED: Final = 401


def fault_of(provider: Provider | None, status: int, headers: Mapping[str, str], body: bytes, now: int) -> Fault:
    """The fault that an error answer is (header names in lower case)."""
    words = said(body)
    rows = () if provider is None else provider.faults
    kind = _kind(rows, NONE if status in OK else status, words) or _bare(status, words, body)
    after = asked(provider, headers, now, limited=kind in OF_LIMITS)
    return Fault(kind, words.message, status, words.after if after is None else after, next(iter(words.codes), ""))


def sharpened(provider: Provider | None, fault: Fault) -> Fault:
    """A fault that came within an answer, as what its code and message mean: 'stream_error' becomes 'overloaded', 'rate_limit', ..."""
    words = Said(short(fault.message), tuple(fault.code.lower().split()))
    rows = () if provider is None else provider.faults
    status = fault.status or next((int(code) for code in words.codes if code.isdecimal() and len(code) == len("429")), NONE)
    known = STATUSES.get(status, "server_error") if status >= CLIENT[0] else ""
    kind = _kind(rows, status, words) or known or _coded(words) or fault.kind
    return replace(fault, kind=kind, message=words.message)


def _kind(rows: Iterable[FaultRow], status: int, words: Said) -> str:
    """The kind that the provider's rows or the usual signs give, '' where none holds."""
    message = words.message.lower()
    own = (row.kind for row in rows if _holds(row, status, words.codes, message))
    usual = (one.kind for one in USUAL if status in one.statuses and _signs(one, words.codes, message))
    return next(own, "") or next(usual, "")


def _holds(row: FaultRow, status: int, codes: tuple[str, ...], message: str) -> bool:
    coded = not row.codes or any(code.lower() in codes for code in row.codes)
    return row.status in {0, status} and coded and (not row.words or any(word in message for word in row.words))


def _signs(one: Usual, codes: tuple[str, ...], message: str) -> bool:
    return not one.codes.isdisjoint(codes) or any(word in message for word in one.words)


def _bare(status: int, words: Said, body: bytes) -> str:
    """The kind that is left when nothing but the status is telling."""
    kind = STATUSES.get(status) or _ranged(status)
    if words.html and kind in PAGES and status != UNAUTHORIZED:
        return "not_json"
    if kind != "strange":
        return kind
    return _coded(words) or ("strange" if body.strip() else "empty")


def _ranged(status: int) -> str:
    ranges = ((REDIRECTS, "redirect"), (CLIENT, "bad_request"), (range(500, 600), "server_error"))
    return next((kind for these, kind in ranges if status in these), "strange")


def _coded(words: Said) -> str:
    return next((CODES[code] for code in words.codes if code in CODES), "")


def asked(provider: Provider | None, headers: Mapping[str, str], now: int, *, limited: bool) -> int | None:
    """Milliseconds that a provider asks to wait, a day at most; None where it asks for nothing. `limited` where a rate limit is reached."""
    plain = (number(headers.get(name, "")) for name in WAITS)
    exact = next((round(wait) for wait in plain if wait is not None), None)
    if exact is not None:
        return min(exact, DAY)
    times = (guessed(headers[name].strip(), now) for name in (RESETS if limited else AFTER) if name in headers)
    until = next((time for time in times if time is not None), None)
    if until is None and limited:
        until = max((one.reset for one in limits(provider, headers, now) if one.remaining <= 0), default=None)
    return None if until is None else min(max(0, until - now), DAY)


def limits(provider: Provider | None, headers: Mapping[str, str], now: int) -> tuple[Window, ...]:
    """The rate windows that an answer's headers tell of (header names in lower case)."""
    rows = () if provider is None else provider.limits
    return tuple(window for row in rows if row.remaining in headers and (window := _window(row, headers, now)) is not None)


def _window(row: Limit, headers: Mapping[str, str], now: int) -> Window | None:
    """A window; None where what remains or when it is full is missing or no number. The size is only for saying and for filling."""
    remaining = number(headers[row.remaining])
    size = number(headers.get(row.size, ""))
    reset = FORMS[row.form](headers.get(row.reset, ""), now)
    if remaining is None or reset is None:
        return None
    return Window(row.counts, int(remaining if size is None else size), int(remaining), min(reset, now + DAY), now)
