"""A log's days put together into as many stretches as a picture can show: days, weeks, months, years, or the whole."""

from collections.abc import Callable
from datetime import date
from typing import Final

from msgspec import Struct

from tierwise.lab.page.words import EPOCH

MONDAY: Final = 3
"""Days from a Monday to the epoch, which was a Thursday."""


class Unit(Struct, frozen=True):
    """A length of stretch, for logs over at most so many days; which stretch a day is in, and what that is called."""

    name: str
    most: float
    index: Callable[[int], int]
    title: Callable[[int], str]


def _date(day: int) -> date:
    return date.fromordinal(EPOCH + day)


def _month(day: int) -> int:
    found = _date(day)
    return 12 * found.year + found.month - 1


def _titled(day: int) -> str:
    return f"{_date(day).day} {_date(day):%b}"


WHOLE: Final = Unit("log", float("inf"), lambda _: 0, lambda _: "the whole log")
UNITS: Final = (
    Unit("day", 31, lambda day: day, _titled),
    Unit("week", 217, lambda day: (day + MONDAY) // 7, lambda week: _titled(7 * week - MONDAY)),
    Unit("month", 1100, _month, lambda month: f"{date(month // 12, month % 12 + 1, 1):%b %Y}"),
    Unit("year", 15000, lambda day: _date(day).year, str),
)


class Stretches(Struct, frozen=True):
    """The stretches of a log, none left out, by name, and the unit they are."""

    unit: Unit
    first: int
    names: tuple[str, ...]

    def of(self, day: int) -> str:
        """The name of the stretch a day is in."""
        return self.names[self.unit.index(day) - self.first]


def stretches(first: int, last: int) -> Stretches:
    """The stretches from a first to a last day."""
    unit = next((one for one in UNITS if last - first < one.most), WHOLE) if _in_calendar(first) and _in_calendar(last) else WHOLE
    start = unit.index(first)
    return Stretches(unit, start, tuple(unit.title(index) for index in range(start, unit.index(last) + 1)))


def _in_calendar(day: int) -> bool:
    """Whether a day, and the week it is in, have a date."""
    return 1 + MONDAY + 7 < EPOCH + day < date.max.toordinal() - 7
