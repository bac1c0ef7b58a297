"""How good shares are: area under the curve, precision at a recall, and calibration with the error that chance alone would leave."""

from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

BINS: Final = 10
DRAWS: Final = 300


def area(scores: Numbers, true: Truths) -> float:
    """The chance that a true one scores above another (AUC); equal scores count half."""
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    yes = int(true.sum())
    return float((ranks[true].sum() - yes * (yes + 1) / 2) / (yes * (len(true) - yes)))


def precision(scores: Numbers, true: Truths, recall: float = 0.5) -> float:
    """The share of true ones among the highest scores that together hold `recall` of all true ones; equal scores come together."""
    values, place = np.unique(-scores, return_inverse=True)
    found = np.cumsum(np.bincount(place, true, len(values)))
    taken = np.cumsum(np.bincount(place, minlength=len(values)))
    first = int(np.argmax(found >= recall * true.sum()))
    return float(found[first] / taken[first])


def calibration(shares: Numbers, true: Truths) -> float:
    """The expected calibration error over ten equal bins."""
    apart = np.bincount(_places(shares), shares - true, BINS)
    return float(np.abs(apart).sum() / len(shares))


def _places(shares: Numbers) -> npt.NDArray[np.int64]:
    """The bin of each share."""
    return np.asarray(np.clip(np.ceil(shares * BINS).astype(int) - 1, 0, BINS - 1), np.int64)


def binned(shares: Numbers, true: Truths) -> list[tuple[str, str]]:
    """By bin the mean share and how many were true, in percent; nothing where a bin is empty."""
    place = _places(shares)
    pairs = ((shares[place == one], true[place == one]) for one in range(BINS))
    return [(f"{100 * there.mean():.0f}", f"{100 * came.mean():.0f}") if len(there) else ("", "") for there, came in pairs]


def chance(shares: Numbers) -> float:
    """The calibration error that shares which are exactly right would show on so few rows, on average."""
    dice = np.random.default_rng(1)
    return float(np.mean([calibration(shares, dice.random(len(shares)) < shares) for _ in range(DRAWS)]))
