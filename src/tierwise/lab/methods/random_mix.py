"""The least a method must beat: each query to the best model or to another, by a toss."""

from typing import Final

import numpy as np

from tierwise.lab.method import Asked, Choices, Chooser, Lesson, Method
from tierwise.lab.outcomes import best

SHARES: Final = np.linspace(0, 1, 41)


def learn(lesson: Lesson) -> Chooser:
    """Every share of every other model, mixed with the best; the tosses are the same each time, and have nothing to do with the query."""
    models, first = lesson.score.shape[1], best(lesson.score, lesson.cost)

    def choose(asked: Asked) -> Choices:
        tosses = np.random.default_rng(len(asked.length)).random(len(asked.length))
        rows = [np.where(tosses < share, other, first) for other in range(models) for share in SHARES]
        return np.array(rows, dtype=np.int16)

    return choose


METHOD: Final = Method("random-mix", "the best model or another one, by a toss", learn)
