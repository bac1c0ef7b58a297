"""The price of quality follows what is spent: up where money is left, down where it runs out; a simple world lands on its budget."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.budgets import Budget, began, renews
from tierwise.core.money import pico
from tierwise.recovery.spending import FIRST, LEAST, MOST, STEP, Course, begun, price, renewed, steered

MONTH = Budget("m", pico(100))
START = began("month", 1_793_534_400_000)
ENDS = renews("month", START) or 0
LENGTH = ENDS - START


def at(share: float) -> int:
    return START + round(LENGTH * share)


def test_what_never_ends_has_no_course() -> None:
    assert begun(Budget("t", 1, "total"), START, 0) is None
    course = Course(0.0, 0.0)
    assert steered(course, Budget("t", 1, "total"), START, 0) is course


def test_a_course_begins_where_the_period_stands() -> None:
    assert begun(MONTH, at(0.25), pico(10)) == Course(0.25, 0.1, FIRST, 0.25)


def test_it_is_looked_at_again_only_after_a_while() -> None:
    course = Course(0.5, 0.5)
    assert steered(course, MONTH, at(0.5 + STEP / 2), pico(90)) is course
    assert steered(course, MONTH, at(0.5 + STEP * 2), pico(50)) is not course


def test_who_spends_what_is_planned_keeps_the_price() -> None:
    after = steered(Course(0.5, 0.4), MONTH, at(0.6), pico(52))
    assert after.price == pytest.approx(FIRST)
    assert after.gone == pytest.approx(0.6)
    assert after.spent == 0.52


@given(st.floats(0, 0.9), st.floats(0, 1), st.floats(0, 2), st.floats(0.002, 0.1))
def test_the_price_moves_against_what_was_spent_too_much(gone: float, spent: float, more: float, step: float) -> None:
    course = Course(gone, spent)
    after = steered(course, MONTH, at(gone + step), round(pico(100) * (spent + more)))
    planned = (1 - spent) * step / (1 - gone)
    if more > planned + 1e-6:
        assert after.price < course.price
    if more < planned - 1e-6:
        assert after.price > course.price
    assert LEAST <= after.price <= MOST


def test_one_that_is_new_learns_quicker_than_one_that_has_watched() -> None:
    new, old = Course(0.5, 0.5, since=0.5), Course(0.5, 0.5, since=-1.0)
    assert steered(new, MONTH, at(0.6), pico(50)).price > steered(old, MONTH, at(0.6), pico(50)).price > FIRST


def test_the_next_period_goes_on_with_the_price_of_the_last() -> None:
    assert renewed(Course(0.99, 1.0, 20.0, 0.3)) == Course(0.0, 0.0, 20.0, -1.0)
    assert price(Course(0, 0, math.log(5 * 10**9))) == pytest.approx(5 * 10**9)


@pytest.mark.parametrize("limit", [40, 100, 250, 400])
@pytest.mark.parametrize("first", [10**11, 10**13])
def test_a_steady_world_lands_on_its_budget_from_whatever_price(limit: int, first: int) -> None:
    """A month costs $10 to $500 as the price goes from a thousandth of a cent to ten dollars; nights are quiet, and no limit is held."""
    budget, spent = Budget("m", pico(limit)), 0.0
    course = Course(0.0, 0.0, math.log(first))
    for hour in range(LENGTH // 3_600_000):
        now = START + hour * 3_600_000
        course = steered(course, budget, now, round(spent))
        level = min(max((course.price - math.log(10**7)) / math.log(10**6), 0.0), 1.0)
        busy = 2.0 if 8 <= hour % 24 < 20 else 0.0
        spent += busy * pico(10) * 50**level / (LENGTH / 3_600_000)
    assert 0.94 <= spent / pico(limit) <= 1.06
