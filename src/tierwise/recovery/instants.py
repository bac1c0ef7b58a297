"""Points in time and spans of it as headers write them, in milliseconds: three forms of HTTP dates, RFC 3339, durations, plain numbers.

Dates are arithmetic on values, since a pure floor has no calendar to ask.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

MONTHS: Final = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
CLOCK: Final = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
DATES: Final = (
    re.compile(rf"[a-z]{{3}}, (?P<day>\d\d) (?P<month>[a-z]{{3}}) (?P<year>\d{{4}}) {CLOCK} (?:gmt|utc)"),
    re.compile(rf"[a-z]{{6,9}}, (?P<day>\d\d)-(?P<month>[a-z]{{3}})-(?P<year>\d\d) {CLOCK} gmt"),
    re.compile(rf"[a-z]{{3}} (?P<month>[a-z]{{3}}) (?P<day>[ \d]\d) {CLOCK} (?P<year>\d{{4}})"),
    re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[t ]{CLOCK}(?P<part>\.\d{{1,9}})?(?P<zone>z|[+-]\d\d:?\d\d)"),
)
"""HTTP dates (today's, that of RFC 850, that of C) and RFC 3339, in lower case."""

NUMBER: Final = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
PART: Final = r"(\d{1,12}(?:\.\d{1,9})?)(ns|us|µs|ms|s|m|h|d)"
PARTS: Final = re.compile(PART)
DURATION: Final = re.compile(f"(?:{PART})+")
UNITS: Final = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3, "h": 3600e3, "d": 86400e3}

PIVOT: Final = 70
"""Years of two digits from here on are of the last century."""
MARCH: Final = 3
SECOND: Final = 1000
MINUTE: Final = 60_000
DAY: Final = 86_400_000
EPOCH_MS: Final = 10**11
"""A number from here on is milliseconds since the epoch (seconds would be far in the future)."""
EPOCH: Final = 15 * 10**8
"""A number from here on is seconds since the epoch (as a wait it would be 48 years)."""


def number(text: str) -> float | None:
    """A number without a sign; None for anything else."""
    return float(text) if NUMBER.fullmatch(text) else None


def span(text: str) -> int | None:
    """Milliseconds that '12', '1.5', '17ms' or '1m2.5s' mean; a plain number is seconds."""
    plain = number(text)
    if plain is not None:
        return round(plain * SECOND)
    if not DURATION.fullmatch(text):
        return None
    return round(sum(float(count) * UNITS[unit] for count, unit in PARTS.findall(text)))


def instant(text: str) -> int | None:
    """The point in time that a date names."""
    found = next(filter(None, (form.fullmatch(text.strip().lower()) for form in DATES)), None)
    if found is None:
        return None
    named = found.groupdict()
    month = MONTHS.get(named["month"]) or (int(named["month"]) if named["month"].isdigit() else 0)
    if not 1 <= month <= len(MONTHS):
        return None
    day = _days(_year(named["year"]), month, int(named["day"]))
    clock = (int(named["hour"]) * 60 + int(named["minute"])) * 60 + int(named["second"])
    return day * DAY + clock * SECOND + round(float(named.get("part") or 0) * SECOND) - _zone(named.get("zone") or "z")


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) > len("94") else year + (1900 if year >= PIVOT else 2000)


def _zone(text: str) -> int:
    """Milliseconds that a zone is ahead of UTC."""
    if text == "z":
        return 0
    ahead = (int(text[1:3]) * 60 + int(text[-2:])) * MINUTE
    return ahead if text[0] == "+" else -ahead


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01. Years are counted from March, so that the leap day is a year's last."""
    counted, since = (year, month - MARCH) if month >= MARCH else (year - 1, month + 9)
    era, of_era = divmod(counted, 400)
    in_era = of_era * 365 + of_era // 4 - of_era // 100 + (153 * since + 2) // 5 + day - 1
    return era * 146_097 + in_era - 719_468


def guessed(text: str, now: int) -> int | None:
    """The point in time that a header means which may hold a wait, a date or a time since the epoch."""
    plain = number(text)
    if plain is None:
        wait = span(text)
        return instant(text) if wait is None else now + wait
    if plain >= EPOCH_MS:
        return round(plain)
    return round(plain * SECOND) + (0 if plain >= EPOCH else now)


def _later(text: str, now: int) -> int | None:
    wait = span(text)
    return None if wait is None else now + wait


def _epoch(text: str, _now: int) -> int | None:
    return span(text)


def _epoch_ms(text: str, _now: int) -> int | None:
    plain = number(text)
    return None if plain is None else round(plain)


def _date(text: str, _now: int) -> int | None:
    return instant(text)


FORMS: Final[Mapping[str, Callable[[str, int], int | None]]] = {
    "seconds": _later,
    "duration": _later,
    "rfc3339": _date,
    "epoch": _epoch,
    "epoch_ms": _epoch_ms,
}
"""How each form of a reset (core.provider.Limit.form) is read."""
