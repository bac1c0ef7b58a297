"""Budgets: how much may be spent by whom until when.

Periods begin at midnight UTC, weeks on Monday. A pure floor has no calendar to ask, so dates are arithmetic on days since 1970-01-01.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

from tierwise.core.money import PER_DOLLAR, shown

Scope = Literal["all", "key", "team", "project", "tag"]
Period = Literal["day", "week", "month", "total"]

DAY: Final = 86_400_000
WEEK: Final = 7
MONDAY: Final = 3
"""1970-01-01 was a Thursday: so many days after a Monday."""
ERA: Final = 146_097
"""Days of 400 years."""
EPOCH: Final = 719_468
"""Days from 0000-03-01 to 1970-01-01; years that begin in March have their odd day at the end."""
MARCH: Final = 3
YEAR: Final = 12
LEAST: Final = 1_000_000
"""The smallest limit, a millionth of a dollar: less pays for nothing."""
MOST: Final = 10**9 * PER_DOLLAR
LONGEST: Final = 200
"""Characters that a budget's name may have."""


class Budget(Struct, frozen=True, gc=False):
    """A limit on spending, in pico-dollars: for everything, or for the key, team, project or tag named by `of`.

    Periods begin at midnight UTC, weeks on Monday. From the share `degrade` of the limit on, requests go to the cheapest tier (None: they
    never do). At each share of `alerts` somebody is told: by `webhook` where there is one, and in the log.
    """

    name: str
    limit: int
    period: Period = "month"
    scope: Scope = "all"
    of: str = ""
    degrade: float | None = None
    alerts: tuple[float, ...] = (0.5, 0.8, 1.0)
    webhook: str = ""


class Payer(Struct, frozen=True, gc=False):
    """Whose budgets a request counts against: its key's name and id, and what the key belongs to."""

    key: str = ""
    id: str = ""
    team: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()


NOBODY: Final = Payer()
"""A payer whom only budgets for everything are for."""


class BadBudget(ValueError):
    """A budget that makes no sense; the message says why."""


OF: Final[Mapping[str, Callable[[Payer], tuple[str, ...]]]] = MappingProxyType(
    {
        "key": lambda payer: (payer.key, payer.id),
        "team": lambda payer: (payer.team,),
        "project": lambda payer: (payer.project,),
        "tag": lambda payer: payer.tags,
    }
)
"""The names of a payer that a budget of a scope may be for."""


def applies(budget: Budget, payer: Payer) -> bool:
    """Whether a payer's requests count against a budget."""
    return budget.scope == "all" or (bool(budget.of) and budget.of in OF[budget.scope](payer))


def applying(budgets: Iterable[Budget], payer: Payer) -> tuple[Budget, ...]:
    """The budgets that a payer's requests count against, in the order given."""
    return tuple(one for one in budgets if applies(one, payer))


def merged(settled: Iterable[Budget], kept: Iterable[Budget]) -> tuple[Budget, ...]:
    """Budgets of the settings and of the store by name; where both have one, the settings' holds."""
    found = {one.name: one for one in kept} | {one.name: one for one in settled}
    return tuple(found[name] for name in sorted(found))


def checked(budget: Budget) -> Budget:
    """The budget; BadBudget says what is wrong with it."""
    wrong = next(_wrongs(budget), None)
    if wrong is not None:
        raise BadBudget(f"budget {budget.name[:LONGEST]!r}: {wrong}")
    return budget


def _wrongs(budget: Budget) -> Iterator[str]:
    if not budget.name.strip() or len(budget.name) > LONGEST or not budget.name.isprintable():
        yield f"its name has to have between 1 and {LONGEST} printable characters"
    if not LEAST <= budget.limit <= MOST:
        yield f"a limit of {shown(budget.limit, 6)} is not between {shown(LEAST, 6)} and {shown(MOST)}"
    if (budget.scope == "all") != (not budget.of):
        yield "it is for everything, so it names nobody" if budget.of else f"it does not say which {budget.scope} it is for"
    if budget.degrade is not None and not 0 < budget.degrade <= 1:
        yield f"degrade is a share of the limit between 0 and 1, not {budget.degrade:g}"
    yield from (f"an alert is a share of the limit between 0 and 1, not {one:g}" for one in budget.alerts if not 0 < one <= 1)
    if budget.webhook and not budget.webhook.startswith(("http://", "https://")):
        yield f"its webhook has to begin with https:// or http://, not {budget.webhook[:40]!r}"


def civil(day: int) -> tuple[int, int, int]:
    """Year, month and day of a day since 1970-01-01."""
    era, of_era = divmod(day + EPOCH, ERA)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    date = of_year - (153 * month + 2) // 5 + 1
    month = month + MARCH if month < YEAR - 2 else month + MARCH - YEAR
    return era * 400 + year + (month < MARCH), month, date


def first(year: int, month: int) -> int:
    """The day since 1970-01-01 on which a month begins; months beyond December are of the years after."""
    year, month = year + (month - 1) // YEAR, (month - 1) % YEAR + 1
    year -= month < MARCH
    era, in_era = divmod(year, 400)
    of_year = (153 * ((month - MARCH) % YEAR) + 2) // 5
    return era * ERA + in_era * 365 + in_era // 4 - in_era // 100 + of_year - EPOCH


def _month(day: int, further: int) -> int:
    year, month, _ = civil(day)
    return first(year, month + further)


def _week(day: int, further: int) -> int:
    return day - (day + MONDAY) % WEEK + WEEK * further


STARTS: Final[Mapping[str, Callable[[int, int], int]]] = MappingProxyType(
    {"day": lambda day, further: day + further, "week": _week, "month": _month}
)
"""For a day, the first day of its period, or of one so many periods further."""


def began(period: Period, now: int) -> int:
    """When the period of a moment began (milliseconds); the whole of time began at 0."""
    start = STARTS.get(period)
    return 0 if start is None else start(now // DAY, 0) * DAY


def renews(period: Period, now: int) -> int | None:
    """When the next period begins; None where there is none."""
    start = STARTS.get(period)
    return None if start is None else start(now // DAY, 1) * DAY


def dated(at: int) -> str:
    """A moment to the minute, for people: 2026-08-01 00:00 UTC."""
    year, month, date = civil(at // DAY)
    minutes = at % DAY // 60_000
    return f"{year:04}-{month:02}-{date:02} {minutes // 60:02}:{minutes % 60:02} UTC"


def gone(period: Period, now: int) -> float | None:
    """The share of its period that is gone at a moment; None where it never ends."""
    ends = renews(period, now)
    if ends is None:
        return None
    start = began(period, now)
    return (now - start) / (ends - start)


def used(amount: int, limit: int) -> float:
    """The share of a limit that an amount is."""
    return amount / limit


def near(budget: Budget, amount: int) -> bool:
    """Whether so much of a budget is used that requests go to the cheapest tier."""
    return budget.degrade is not None and used(amount, budget.limit) >= budget.degrade


def crossed(budget: Budget, before: int, after: int) -> tuple[float, ...]:
    """The shares, the lowest first, at which somebody is told and that spending reached on its way from one amount to another."""
    return tuple(one for one in sorted(set(budget.alerts)) if used(before, budget.limit) < one <= used(after, budget.limit))


def refused(budget: Budget, now: int) -> tuple[str, int | None]:
    """Why a budget lets nothing more through, in words, and the milliseconds until it does."""
    ends = renews(budget.period, now)
    whose = "" if budget.scope == "all" else f" of {budget.scope} {budget.of}"
    when = "it does not renew" if ends is None else f"it renews at {dated(ends)}"
    each = "in all" if ends is None else f"a {budget.period}"
    return (
        f"budget {budget.name}{whose} has too little of its {shown(budget.limit)} {each} left; {when}",
        None if ends is None else ends - now,
    )
