import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.lab.page.spans import stretches

DAY_2026 = 20_454  # 1 January 2026, a Thursday


@pytest.mark.parametrize(
    ("length", "unit", "first", "second"),
    [
        (2, "day", "1 Jan", "2 Jan"),
        (31, "day", "1 Jan", "2 Jan"),
        (32, "week", "29 Dec", "5 Jan"),
        (218, "month", "Jan 2026", "Feb 2026"),
        (1200, "year", "2026", "2027"),
    ],
)
def test_a_log_is_told_by_day_week_month_or_year(length: int, unit: str, first: str, second: str) -> None:
    found = stretches(DAY_2026, DAY_2026 + length - 1)
    assert found.unit.name == unit
    assert found.names[:2] == (first, second)


@given(st.integers(-800_000, 3_000_000), st.integers(0, 20_000))
def test_every_day_is_in_a_stretch_and_they_are_few_and_told_apart(first: int, length: int) -> None:
    found = stretches(first, first + length)
    assert len(set(found.names)) == len(found.names) <= 60
    days = [first, first + length // 2, first + length]
    places = [found.names.index(found.of(day)) for day in days]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, len(found.names) - 1)


@pytest.mark.parametrize(("first", "last"), [(10**12, 10**12), (-(10**9), 10**9), (0, 40_000)])
def test_days_beyond_any_calendar_are_one_stretch(first: int, last: int) -> None:
    found = stretches(first, last)
    assert found.names == ("the whole log",)
    assert found.of(last) == "the whole log"
