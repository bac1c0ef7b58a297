"""Straight lines against what they were made of."""

import numpy as np
import pytest

from tierwise.lab.linear import line, logistic, ridge

DICE = np.random.default_rng(3)
ROWS = DICE.standard_normal((400, 5))
WEIGHTS = np.array([[1.0, 0.0], [-2.0, 0.0], [0.0, 0.5], [0.0, 0.0], [0.0, 3.0]])


def test_a_weak_ridge_finds_the_line_and_a_strong_one_the_mean() -> None:
    wanted = ROWS @ WEIGHTS + 1.0
    of = ridge(ROWS)
    assert np.allclose(line(of, wanted, 1e-9)(ROWS), wanted)
    assert np.allclose(line(of, wanted, 1e12)(ROWS), wanted.mean(0), atol=1e-6)


def test_ridge_is_the_textbook_s() -> None:
    wanted, centred = DICE.standard_normal((400, 1)), ROWS - ROWS.mean(0)
    weights = np.linalg.solve(centred.T @ centred + 7 * np.eye(5), centred.T @ (wanted - wanted.mean(0)))
    assert np.allclose(line(ridge(ROWS), wanted, 7.0)(ROWS), centred @ weights + wanted.mean(0))


def test_logistic_regression_reaches_the_point_where_its_slope_is_nothing() -> None:
    chance = 1 / (1 + np.exp(-(ROWS @ WEIGHTS[:, :1] + 0.3)))
    wanted = (DICE.random((400, 1)) < chance).astype(float)
    found = logistic(ridge(ROWS), wanted, 1.0)(ROWS)
    assert np.corrcoef(found[:, 0], chance[:, 0])[0, 1] > 0.97
    assert found.mean() == pytest.approx(wanted.mean(), abs=0.01)
