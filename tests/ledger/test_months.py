"""Months of UTC: where they begin and end, and what their tables are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.ledger.months import Month, month
from tierwise.ledger.rows import LATEST


@given(st.integers(0, LATEST))
def test_every_time_lies_in_its_month(at: int) -> None:
    found = month(at)
    assert found.begins <= at < found.ends
    assert month(found.begins) == found
    assert found.ends > LATEST or month(found.ends) == found.following


@pytest.mark.parametrize(
    ("at", "name"),
    [(0, "1970_01"), (1_772_323_199_999, "2026_02"), (1_772_323_200_000, "2026_03"), (LATEST, "9999_12")],
)
def test_months_are_named_by_year_and_number(at: int, name: str) -> None:
    assert month(at).name == name


def test_months_are_in_order() -> None:
    assert sorted([Month(2026, 2), Month(2025, 12), Month(2026, 1)]) == [Month(2025, 12), Month(2026, 1), Month(2026, 2)]
