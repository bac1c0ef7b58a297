"""Logistic regression on the words of a query, one for each model."""

from typing import Final

import numpy as np

from tierwise.lab.linear import line, logistic, ridge
from tierwise.lab.method import Asked, Choices, Chooser, Lesson, Method
from tierwise.lab.outcomes import best
from tierwise.lab.trading import traded

STRENGTH: Final = 3.0
COST_STRENGTH: Final = 30.0
LEAST: Final = 0.1
"""The share of a model's mean cost that no query is expected to cost less than."""


def learn(lesson: Lesson) -> Chooser:
    """Each model's chance to be right, by the words."""
    of, reference = ridge(lesson.asked.vectors), best(lesson.score, lesson.cost)
    scale, least = lesson.cost[:, reference].mean(), LEAST * lesson.cost.mean(0)
    right, paid = logistic(of, lesson.score, STRENGTH), line(of, lesson.cost, COST_STRENGTH)

    def choose(asked: Asked) -> Choices:
        cost = np.maximum(paid(asked.vectors), least) / scale
        return traded(right(asked.vectors), cost, reference, np.arange(lesson.score.shape[1]))

    return choose


METHOD: Final = Method("tfidf-logistic", "logistic regression on the words, one for each model", learn)
