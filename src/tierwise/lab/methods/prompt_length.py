"""Prompt length as the router: short prompts to another model, the rest to the best; or the other way round."""

from typing import Final

import numpy as np

from tierwise.lab.method import Asked, Choices, Chooser, Lesson, Method
from tierwise.lab.outcomes import best

SHARES: Final = np.linspace(0, 1, 41)


def learn(lesson: Lesson) -> Chooser:
    """Every threshold of length for every other model, both ways."""
    models, first = lesson.score.shape[1], best(lesson.score, lesson.cost)
    edges = np.quantile(lesson.asked.length, SHARES)

    def choose(asked: Asked) -> Choices:
        short = asked.length[None] <= edges[:, None]
        rows = [np.where(way, other, first) for other in range(models) for way in (short, ~short)]
        return np.concatenate(rows).astype(np.int16)

    return choose


METHOD: Final = Method("prompt-length", "short prompts to another model, long ones to the best, or the other way round", learn)
