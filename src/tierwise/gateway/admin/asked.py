"""What a page of the console asks for, read from the query of its address."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from tierwise.core.faults import Fault
from tierwise.gateway.asking import Refused
from tierwise.ledger import Query

T = TypeVar("T")

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
SPANS: Final[Mapping[str, int]] = MappingProxyType(
    {"1h": HOUR, "24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY, "all": 1 << 60}
)
"""How far back a page looks, by the word in its address."""

FIELDS: Final = frozenset({"key", "team", "project", "client", "session", "model", "endpoint", "task", "policy", "turn", "wire"})
USUAL: Final = "7d"
MOST: Final = 500
"""Rows that one answer holds at most."""

FAULTY: Final[Mapping[str, bool | None]] = MappingProxyType({"": None, "any": None, "failed": True, "fine": False})


def asked(query: str) -> dict[str, str]:
    """The parameters of a query, those without a value left out."""
    try:
        return dict(parse_qsl(query, max_num_fields=40))
    except ValueError as error:
        raise Refused(Fault("malformed", f"query: {error}")) from None


def filtered(given: Mapping[str, str], now: int) -> Query:
    """The entries that a page asks for; Refused names the parameter that means nothing."""
    since, until = _bounds(given, now)
    return Query(
        since=since,
        until=until,
        fields={name: value for name, value in given.items() if name in FIELDS},
        tag=given.get("tag", ""),
        faulty=_one_of("status", given.get("status", ""), FAULTY),
        text=given.get("text", "").strip(),
        before=_before(given.get("before", "")),
        limit=min(_number("limit", given.get("limit", "100")), MOST),
    )


def _bounds(given: Mapping[str, str], now: int) -> tuple[int, int]:
    """From when until when; whole minutes, so that all who look within one ask the same."""
    until = _number("until", given["until"]) if "until" in given else 1 << 53
    if "since" in given:
        return _number("since", given["since"]), until
    length = _one_of("span", given.get("span", USUAL), SPANS)
    return max(0, (now - length) // MINUTE * MINUTE), until


def _before(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    at, _, name = text.partition(",")
    return _number("before", at), name


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 17):  # noqa: PLR2004  # what a 64-bit integer surely holds
        raise Refused(Fault("malformed", f"{name}: {text[:40]!r} is no whole number"))
    return int(text)


def _one_of(name: str, text: str, known: Mapping[str, T]) -> T:
    if text not in known:
        raise Refused(Fault("malformed", f"{name}: {text[:40]!r} is not one of {', '.join(one for one in known if one)}"))
    return known[text]
