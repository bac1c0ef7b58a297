"""The nearest neighbours of a query: what each model scored and cost on the queries most like it."""

from typing import Final

import numpy as np

from tierwise.lab.method import Asked, Choices, Chooser, Lesson, Method
from tierwise.lab.outcomes import Floats, best
from tierwise.lab.trading import traded

NEIGHBOURS: Final = 40


def learn(lesson: Lesson) -> Chooser:
    """The mean over the nearest queries by the cosine of their texts."""
    seen, reference = _unit(lesson.asked.vectors), best(lesson.score, lesson.cost)
    scale = lesson.cost[:, reference].mean()

    def choose(asked: Asked) -> Choices:
        near = np.argpartition(-(_unit(asked.vectors) @ seen.T), min(NEIGHBOURS, len(seen)) - 1, axis=1)[:, :NEIGHBOURS]
        return traded(lesson.score[near].mean(1), lesson.cost[near].mean(1) / scale, reference, np.arange(lesson.score.shape[1]))

    return choose


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9))


METHOD: Final = Method("knn", "the mean over the 40 queries whose texts are nearest", learn)
