import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.lab.charts.axes import AT_MOST, Axis, around, around_log, log_ticks, ticks

amounts = st.floats(1e-6, 1e6)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_an_axis_has_every_value_on_it(values: list[float]) -> None:
    axis = around(values, 300)
    assert all(0 < axis.at(value) < 300 for value in values)


@given(st.lists(amounts, min_size=1))
def test_a_log_axis_has_every_value_on_it(values: list[float]) -> None:
    axis = around_log(values, 300)
    assert axis.low > 0
    assert all(0 < axis.at(value) < 300 for value in values)


@given(amounts, st.floats(1.01, 1e6), st.floats(0, 300), st.booleans())
def test_a_pixel_and_its_value_are_one_place(low: float, ratio: float, pixel: float, log: bool) -> None:  # noqa: FBT001  # drawn by Hypothesis
    axis = Axis(low, low * ratio, 300, log)
    assert axis.at(axis.value(pixel)) == pytest.approx(pixel, abs=1e-6)


def test_the_ends_of_an_axis_are_its_first_and_last_pixel() -> None:
    axis = Axis(10, 1000, 200, log=True)
    assert (axis.at(10), axis.at(100), axis.at(1000)) == pytest.approx((0, 100, 200))
    assert [axis.held(value) for value in (1, 50, 5000)] == [10, 50, 1000]
    assert axis.scale() == {"type": "log", "domain": [10, 1000], "nice": False, "zero": False}


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4))
def test_named_values_are_few_even_and_on_the_axis(low: float, length: float) -> None:
    found = ticks(low, low + length)
    steps = [after - before for before, after in itertools.pairwise(found)]
    assert len(found) <= AT_MOST
    assert all(low <= value <= low + length or math.isclose(value, low, abs_tol=1e-9) for value in found)
    assert all(math.isclose(step, steps[0], rel_tol=1e-6, abs_tol=1e-9) for step in steps)


@pytest.mark.parametrize(
    ("low", "high", "named"),
    [
        (-1.0, 0.95, [-1.0, -0.5, 0.0, 0.5]),
        (0.0, 24.0, [0.0, 5.0, 10.0, 15.0, 20.0]),
        (0.0, 0.006, [0.0, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006]),
    ],
)
def test_named_values_are_round(low: float, high: float, named: list[float]) -> None:
    assert ticks(low, high) == named


@pytest.mark.parametrize(
    ("low", "high", "named"),
    [
        (0.2, 30, [0.2, 0.5, 1, 2, 5, 10, 20]),
        (0.0009, 1100, [0.001, 0.01, 0.1, 1, 10, 100, 1000]),
        (1.2, 1.6, []),
    ],
)
def test_named_values_of_a_log_axis_are_round(low: float, high: float, named: list[float]) -> None:
    assert log_ticks(low, high) == named
