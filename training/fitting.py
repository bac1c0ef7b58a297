"""Learning by strongly regularised softmax regression, in the space of the rows.

Theory of operation. There are far more traits than rows, so the weights are a sum over rows (w = X'a) and only the rows' inner
products K = XX' matter: a fit costs what the number of rows asks, however many traits there are. The loss is convex, its curvature is
never above that of half the products (Boehning's bound), so one matrix, inverted once, gives steps that always go down; momentum
makes forty of them enough.
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

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


HEATS: Final = tuple(np.geomspace(0.5, 2.5, 30).tolist())
BLURS: Final = (0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.13, 0.16, 0.2, 0.25)


class Temper(NamedTuple):
    """What scores are divided by, and the part of a share that is what is usual, whatever the scores say."""

    heat: float = 1.0
    blur: float = 0.0


def honest(scores: Matrix, temper: Temper, usual: Matrix) -> Matrix:
    """Scores as shares of one, tempered."""
    return np.asarray((1 - temper.blur) * shares(scores / temper.heat) + temper.blur * usual, np.float64)


def tempered(scores: Matrix, wanted: Matrix, usual: Matrix, blurs: Sequence[float] = BLURS) -> Temper:
    """The temper that makes the shares of scores as honest as two numbers can (least cross-entropy)."""
    every = (Temper(heat, blur) for heat in HEATS for blur in blurs)
    return min(every, key=lambda one: crossed(honest(scores, one, usual), wanted))


def crossed(said: Matrix, wanted: Matrix) -> float:
    """The mean cross-entropy of shares."""
    return float(-(wanted * np.log(np.maximum(said, 1e-9))).sum(axis=1).mean())
