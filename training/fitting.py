"""Learning by strongly regularised softmax regression, in the space of the rows.

Theory of operation. There are far more traits than rows, so the weights are a sum over rows (w = X'a) and only the rows' inner
products K = XX' matter: a fit costs what the number of rows asks, however many traits there are. The loss is convex, its curvature is
never above that of half the products (Boehning's bound), so one matrix, inverted once, gives steps that always go down; momentum
makes forty of them enough.
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
Picked = npt.NDArray[np.bool_]

STEPS: Final = 60
RARE: Final = 1e-3
"""The least share a class is taken to have at the start."""


def shares(scores: Matrix) -> Matrix:
    """Scores as shares of one, by row."""
    raised: Matrix = np.asarray(np.exp(scores - scores.max(axis=1, keepdims=True)), np.float64)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float64)


def curb(products: Matrix, counts: Matrix, pull: float) -> Matrix:
    """The inverse of the bound on the curvature; one serves every head over the same rows."""
    return np.asarray(np.linalg.inv(0.5 * counts[:, None] * products + pull * np.eye(len(products))), np.float64)


def fitted(products: Matrix, wanted: Matrix, counts: Matrix, pull: float, inverse: Matrix) -> tuple[Matrix, Matrix]:
    """The weights of the rows for each class, and the score of each class where nothing is shown."""
    now: Matrix = np.zeros_like(wanted)
    ahead = now
    base: Matrix = np.asarray(np.log(np.maximum(counts @ wanted / counts.sum(), RARE)), np.float64)
    base_ahead = base
    pace = 1.0
    for _ in range(STEPS):
        over = counts[:, None] * (shares(products @ ahead + base_ahead) - wanted)
        after, base_after = ahead - inverse @ (over + pull * ahead), base_ahead - over.sum(axis=0) / (0.5 * counts.sum())
        faster = (1 + math.sqrt(1 + 4 * pace * pace)) / 2
        push = (pace - 1) / faster
        ahead, base_ahead = after + push * (after - now), base_after + push * (base_after - base)
        now, base, pace = after, base_after, faster
    return now, base


def heat(scores: Matrix, wanted: Matrix) -> float:
    """What scores are to be divided by so that the shares are as honest as one number can make them (least cross-entropy)."""
    return float(min(np.geomspace(0.3, 3.0, 60).tolist(), key=lambda one: crossed(scores, wanted, one)))


def crossed(scores: Matrix, wanted: Matrix, heated: float) -> float:
    """The mean cross-entropy of the shares of scores at a heat."""
    return float(-(wanted * np.log(np.maximum(shares(scores / heated), 1e-9))).sum(axis=1).mean())
