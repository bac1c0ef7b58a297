"""Budgets as arithmetic: periods against the calendar, whom they are for, and what their use means."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.core.budgets import (
    NOBODY,
    BadBudget,
    Budget,
    Payer,
    applies,
    applying,
    began,
    checked,
    crossed,
    dated,
    gone,
    merged,
    near,
    refused,
    renews,
)
from tierwise.core.money import pico

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)).map(lambda one: one.replace(tzinfo=UTC, microsecond=0))  # noqa: DTZ001  # the zone is put on
MONTHLY = Budget("team", pico(100), "month", "team", "core", degrade=0.8)


def ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0)


@given(MOMENTS)
def test_days_begin_at_midnight(moment: datetime) -> None:
    assert began("day", ms(moment)) == ms(midnight(moment))
    assert renews("day", ms(moment)) == ms(midnight(moment) + timedelta(days=1))


@given(MOMENTS)
def test_weeks_begin_on_monday(moment: datetime) -> None:
    monday = midnight(moment) - timedelta(days=moment.weekday())
    assert began("week", ms(moment)) == (ms(monday) if monday.year >= 1970 else -3 * 86_400_000)
    assert renews("week", ms(moment)) == ms(monday + timedelta(days=7))


@given(MOMENTS)
def test_months_begin_on_the_first(moment: datetime) -> None:
    first = midnight(moment).replace(day=1)
    assert began("month", ms(moment)) == ms(first)
    assert renews("month", ms(moment)) == ms((first + timedelta(days=32)).replace(day=1))


@given(MOMENTS)
def test_a_total_began_with_time_and_never_ends(moment: datetime) -> None:
    assert began("total", ms(moment)) == 0
    assert renews("total", ms(moment)) is None
    assert gone("total", ms(moment)) is None


@given(MOMENTS)
def test_a_moment_is_told_as_people_write_it(moment: datetime) -> None:
    assert dated(ms(moment)) == moment.strftime("%Y-%m-%d %H:%M UTC")


@given(MOMENTS, st.sampled_from(("day", "week", "month")))
def test_the_share_of_a_period_that_is_gone_grows_from_nothing_to_one(moment: datetime, period: Any) -> None:
    share, ends = gone(period, ms(moment)), renews(period, ms(moment))
    assert share is not None
    assert ends is not None
    assert 0 <= share < 1
    assert gone(period, began(period, ms(moment))) == 0
    assert (gone(period, ends - 1) or 0) > 0.9999


@pytest.mark.parametrize(
    ("scope", "of", "whether"),
    [
        ("all", "", True),
        ("key", "ann", True),
        ("key", "k-1", True),
        ("key", "bob", False),
        ("team", "core", True),
        ("team", "web", False),
        ("project", "x", True),
        ("tag", "night", True),
        ("tag", "batch", True),
        ("tag", "day", False),
        ("project", "", False),
    ],
)
def test_a_budget_applies_to_those_it_names(scope: Any, of: str, whether: bool) -> None:  # noqa: FBT001  # a column of the table
    payer = Payer("ann", "k-1", "core", "x", ("night", "batch"))
    assert applies(Budget("b", 1, "day", scope, of), payer) is whether


def test_whom_nothing_is_known_of_only_the_budgets_for_everything_are_for() -> None:
    everything = Budget("all", 1)
    assert applying((MONTHLY, everything, Budget("empty", 1, scope="tag")), NOBODY) == (everything,)


def test_the_settings_budget_holds_where_the_store_has_one_of_its_name() -> None:
    own, kept, other = Budget("b", 1), Budget("b", 2), Budget("a", 3)
    assert merged([own], [kept, other]) == (other, own)


def test_near_the_limit_begins_at_the_share_that_was_set() -> None:
    assert not near(MONTHLY, pico(80) - 1)
    assert near(MONTHLY, pico(80))
    assert not near(replace(MONTHLY, degrade=None), pico(200))


@pytest.mark.parametrize(
    ("before", "after", "shares"),
    [(0, 49, ()), (0, 50, (0.5,)), (50, 79, ()), (49, 100, (0.5, 0.8, 1.0)), (100, 200, ()), (99, 101, (1.0,))],
)
def test_shares_are_crossed_once_on_the_way_up(before: int, after: int, shares: tuple[float, ...]) -> None:
    assert crossed(replace(MONTHLY, limit=100, alerts=(1.0, 0.5, 0.8, 0.5)), before, after) == shares


def test_a_refusal_says_which_budget_and_when_it_renews() -> None:
    now = ms(datetime(2026, 7, 31, 23, 0, tzinfo=UTC))
    said, after = refused(MONTHLY, now)
    assert said == "budget team of team core has too little of its $100.00 a month left; it renews at 2026-08-01 00:00 UTC"
    assert after == 3_600_000
    whole = Budget("all", pico("1.5"), "total")
    assert refused(whole, now) == ("budget all has too little of its $1.50 in all left; it does not renew", None)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": ""}, "its name has to have between 1 and 200 printable characters"),
        ({"name": "a\x00b"}, "printable"),
        ({"limit": -pico(5)}, "a limit of -$5.000000 is not between $0.000001 and $1,000,000,000.00"),
        ({"limit": 0}, "a limit of $0.000000 is not between"),
        ({"limit": pico(10**9) + 1}, "is not between"),
        ({"of": ""}, "it does not say which team it is for"),
        ({"scope": "all"}, "it is for everything, so it names nobody"),
        ({"degrade": 0.0}, "degrade is a share of the limit between 0 and 1, not 0"),
        ({"degrade": 80.0}, "not 80"),
        ({"alerts": (0.5, 50.0)}, "an alert is a share of the limit between 0 and 1, not 50"),
        ({"alerts": (float("nan"),)}, "not nan"),
        ({"webhook": "ftp://x"}, "its webhook has to begin with https:// or http://, not 'ftp://x'"),
    ],
)
def test_a_budget_that_makes_no_sense_says_why(change: dict[str, Any], wrong: str) -> None:
    with pytest.raises(BadBudget, match=r"^budget ") as error:
        checked(replace(MONTHLY, **change))
    assert wrong in str(error.value)


def test_a_budget_that_makes_sense_is_itself() -> None:
    for one in (MONTHLY, Budget("all", pico("0.000001"), webhook="https://x"), replace(MONTHLY, alerts=(), degrade=1.0)):
        assert checked(one) is one
