"""Methods: ways to choose a model for a query from what was learnt on others. Each is a variant, one file in lab/methods.

A method learns from a `Lesson` and gives back a function from queries to `choices`: for each of its operating points (the rows, in an order
that depends on the method alone) the model it would take for each query (the columns). Which point is used is not the method's business:
the trial chooses it on the training folds.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tierwise.lab.outcomes import Floats, Whole

Choices = NDArray[np.int16]


class Asked(NamedTuple):
    """Queries as a method sees them: vectors of their texts, their lengths, their task by number (-1 where it is not told)."""

    vectors: Floats
    length: Floats
    task: Whole


class Lesson(NamedTuple):
    """What a method learns from: queries, with their tasks, and every model's score and cost on each."""

    asked: Asked
    score: Floats
    cost: Floats


Chooser = Callable[[Asked], Choices]


class Method(Struct, frozen=True):
    """A way to choose. One that is told the true scores and costs of the queries (an oracle) has `judge` in place of `learn`."""

    name: str
    what: str
    learn: Callable[[Lesson], Chooser] | None = None
    judge: Callable[[Floats, Floats], Choices] | None = None
