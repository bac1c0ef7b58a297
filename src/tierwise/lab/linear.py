"""Straight lines through many columns at once: ridge regression whose strength is chosen after the hard part of the work is done."""

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from tierwise.lab.outcomes import Floats

ROUNDS = 12
"""Steps of the logistic fit; each uses the same bound on the curvature, so that one decomposition serves all."""


class Ridge(Struct, frozen=True):
    """Rows taken apart: their mean, the rows without it, and the axes of their spread with the squared length of each."""

    mean: Floats
    rows: Floats
    lengths: Floats
    axes: Floats


Line = Callable[[Floats], Floats]


def ridge(rows: Floats) -> Ridge:
    """Rows taken apart, for fits of any strength."""
    mean = rows.mean(0)
    lengths, axes = np.linalg.eigh((rows - mean).T @ (rows - mean))
    return Ridge(mean, rows - mean, np.clip(lengths, 0, None), axes)


def line(of: Ridge, wanted: Floats, strength: float) -> Line:
    """The line through what is wanted (one column for each thing) that a ridge of some strength allows."""
    centre = wanted.mean(0)
    weights = of.axes @ ((of.axes.T @ (of.rows.T @ (wanted - centre))) / (of.lengths + strength)[:, None])
    return lambda rows: (rows - of.mean) @ weights + centre


def logistic(of: Ridge, wanted: Floats, strength: float) -> Line:
    """Probabilities by logistic regression on the same rows."""
    share = np.clip(wanted.mean(0), 0.001, 0.999)
    start, weights = np.log(share / (1 - share)), np.zeros((of.rows.shape[1], wanted.shape[1]))
    for _ in range(ROUNDS):
        missed = wanted - 1 / (1 + np.exp(-(of.rows @ weights + start)))
        slope = of.rows.T @ missed - strength * weights
        weights = weights + of.axes @ ((of.axes.T @ slope) / (of.lengths / 4 + strength)[:, None])
        start = start + 4 * missed.mean(0)
    return lambda rows: 1 / (1 + np.exp(-((rows - of.mean) @ weights + start)))
