"""Measures of shares, against what can be worked out by hand."""

import numpy as np
import pytest

from evaluation import measures

SCORES = np.array([0.9, 0.8, 0.8, 0.3, 0.1])
TRUE = np.array([True, True, False, False, True])


def test_the_area_is_the_chance_of_the_right_order() -> None:
    assert measures.area(SCORES, TRUE) == pytest.approx((2 + 1.5 + 0) / 6)
    assert measures.area(-SCORES, ~TRUE) == pytest.approx(measures.area(SCORES, TRUE))


def test_precision_takes_equal_scores_together() -> None:
    assert measures.precision(SCORES, TRUE, 0.3) == 1.0
    assert measures.precision(SCORES, TRUE, 0.5) == pytest.approx(2 / 3)


def test_calibration_is_how_far_shares_are_from_what_happens() -> None:
    assert measures.calibration(np.full(4, 0.75), np.array([True, True, True, False])) == 0.0
    assert measures.calibration(np.full(4, 0.95), np.zeros(4, bool)) == pytest.approx(0.95)


def test_shares_stand_beside_what_came_of_them_by_bin() -> None:
    found = measures.binned(np.array([0.1, 0.91, 0.95]), np.array([True, True, False]))
    assert (found[0], found[4], found[9]) == (("10", "100"), ("", ""), ("93", "50"))


def test_even_exact_shares_miss_by_chance_and_the_less_the_more_rows() -> None:
    few, many = (measures.chance(np.full(size, 0.7)) for size in (30, 3000))
    assert 0.03 < few < 0.12
    assert many < 0.02
