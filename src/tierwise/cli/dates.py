"""Days and spans as people give them on the command line."""

import re
from datetime import UTC, datetime
from typing import Final

from tierwise.catalog import book


class BadDate(ValueError):
    """A day that is none, or one that has not come yet."""


def instant(text: str | None) -> tuple[int, str]:
    """Milliseconds of noon (UTC) of a day written YYYY-MM-DD, and the day; of now where none is given."""
    now = datetime.now(tz=UTC)
    if text is None:
        return book.instant(now), now.date().isoformat()
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(hour=12, tzinfo=UTC)
    except ValueError:
        raise BadDate(f"--as-of: {text!r} is not a day of the form YYYY-MM-DD") from None
    if day.date() > now.date():
        raise BadDate(f"--as-of: {text} is in the future; today is {now.date().isoformat()}")
    return book.instant(day), text


UNITS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
AGO: Final = re.compile(r"([0-9]{1,6})([mhdw])")


def moment(text: str, option: str, now: int) -> int:
    """Milliseconds of a moment: a day (its midnight, UTC), a time in ISO 8601, or a span before now (7d, 12h, 4w); BadDate for neither."""
    said = text.strip()
    ago = AGO.fullmatch(said.lower())
    if ago is not None:
        return max(0, now - int(ago[1]) * UNITS[ago[2]])
    try:
        return book.instant(datetime.fromisoformat(said))
    except ValueError:
        raise BadDate(f"{option}: {text!r} is no moment; write 2026-10-06, 2026-10-06T14:30, or a span back from now as 7d") from None


def shown(day: int) -> str:
    """A day, given as days since 1970-01-01."""
    return datetime.fromtimestamp(day * 86_400, tz=UTC).date().isoformat()
