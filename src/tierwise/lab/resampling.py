"""The Poisson bootstrap over sessions: each session counts 0, 1, 2, ... times in each replicate.

The weights of a session come from a generator seeded by its own name. So nothing has to be kept of a session, and neither the order of
sessions nor who counted them changes the result.
"""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

REPLICATES: Final = 400
NANO: Final = 1000
"""Replicates are kept in nano-dollars, whole numbers, so that the order of adding does not matter."""


def weights(name: str) -> NDArray[np.int64]:
    """How often a session counts in each replicate."""
    seed = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).poisson(1.0, REPLICATES)


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % of some values."""
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)
