"""Days as people give them on the command line."""

from datetime import UTC, datetime

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


def shown(day: int) -> str:
    """A day, given as days since 1970-01-01."""
    return datetime.fromtimestamp(day * 86_400, tz=UTC).date().isoformat()
