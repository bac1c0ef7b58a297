"""How a page writes money, shares, points, days and counts. What is not known is written as unknown, never as a number."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from tierwise.core.money import PER_DOLLAR, Amount, Unknown, shown
from tierwise.core.tasks import TIERS
from tierwise.lab.rows import Row

MINUS: Final = "\N{MINUS SIGN}"
UNKNOWN: Final = "unknown"
NONE: Final = "\N{EN DASH}"
"""Stands where there is nothing to say."""

SMALL: Final = PER_DOLLAR // 10
"""Amounts below this are written with four places."""

LEAST: Final = PER_DOLLAR // 10**4
"""The smallest amount that four places can tell from nothing."""

EPOCH: Final = date(1970, 1, 1).toordinal()


def money(amount: Amount | None) -> str:
    """Dollars: $1,234.56, small ones $0.0123."""
    if amount is None or isinstance(amount, Unknown):
        return UNKNOWN
    return fine(amount) if 0 < abs(amount) < SMALL else shown(amount).replace("-", MINUS)


def part(amount: int, unknown: float) -> str:
    """The dollars of a part of a row; nothing at all is unknown where so is some of the row."""
    return UNKNOWN if not amount and unknown else money(amount)


def fine(amount: int) -> str:
    """Dollars with four places, for sums of small ones."""
    if not amount:
        return "$0"
    return f"<{shown(LEAST, 4)}" if 0 < amount < LEAST else shown(amount, 4).replace("-", MINUS)


def share(value: float | None, places: int = 1) -> str:
    """A share as a percentage."""
    if value is None:
        return UNKNOWN
    return _signed(f"{value:.{places}%}") if value else "0%"


def between(low: float | None, high: float | None, places: int = 1) -> str:
    """An interval of shares."""
    return UNKNOWN if low is None or high is None else f"{share(low, places)} to {share(high, places)}"


def points(value: float, places: int = 1) -> str:
    """A difference of quality in points of 100, with its sign."""
    return _signed(f"{100 * value:+.{places}f}")


def size(value: float, places: int = 1) -> str:
    """A number of points of 100, without its sign."""
    return f"{abs(100 * value):.{places}f}"


def change(before: int, after: int) -> str:
    """How much more or less of what was before, as a percentage with its sign."""
    return _signed(f"{(after - before) / before:+.0%}") if before else NONE


def level(floor: float) -> str:
    """A floor in points of 100."""
    return f"{100 * floor:.4g}"


def _signed(text: str) -> str:
    """A number with a true minus sign; a zero has none."""
    return text.lstrip("+-") if not text.strip("+-0.%") else text.replace("-", MINUS)


def day(number: int) -> str:
    """A day: '20 January 2026'; its number where no calendar goes so far."""
    try:
        found = date.fromordinal(EPOCH + number)
    except (ValueError, OverflowError):
        return f"day {number:,}"
    return f"{found.day} {found:%B} {found.year}"


def period(first: int, last: int) -> str:
    """From one day to another."""
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def bare(endpoint: str) -> str:
    """A model without its provider."""
    return endpoint.rpartition("/")[2]


def bares(names: Iterable[str]) -> dict[str, str]:
    """Short names, where they are told apart by them, else the whole ones."""
    whole = list(dict.fromkeys(names))
    short = [bare(name) for name in whole]
    return {name: bare(name) if short.count(bare(name)) == 1 else name for name in whole}


def tiers(shares: Mapping[str, float]) -> str:
    """Shares of calls by tier: 'mid 14%, premium 86%'."""
    known = [tier for tier in TIERS if tier in shares] + [tier for tier in shares if tier not in TIERS]
    return ", ".join(f"{tier} {share(shares[tier], 0)}" for tier in known) or NONE


def titled(row: Row) -> str:
    """What a row is called."""
    return TITLES.get(row.kind, "{name}").format(name=row.name)


TITLES: Final = {"actual": "as it was", "reference": "{name}, the reference", "policy": "the policy"}
