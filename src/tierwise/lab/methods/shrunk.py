"""The estimator of tierwise: each model's score on the kind of task a query is taken to be, shrunk, with a correction by its words.

What is estimated is the paired difference to the reference (the best single model of what was learnt from), since both were asked the same
queries. The kind of task is told, or read from the text by what was learnt from the labels; without labels there are clusters of
texts in their place. Where the operating points come from: how far the words are believed beyond the kind of task, how large a lead the
reference has, and the price of quality. Nothing of it is fixed beforehand; the trial chooses on training folds.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from tierwise.engine.shrinkage import Seen, drawn, spread
from tierwise.lab.linear import Ridge, line, ridge
from tierwise.lab.method import Asked, Choices, Chooser, Lesson, Method
from tierwise.lab.outcomes import Floats, Whole, best
from tierwise.lab.trading import PRICES, traded

KIND_STRENGTH: Final = 1.0
SHARP: Final = 2.0
COST_STRENGTH: Final = 30.0
STRENGTHS: Final = (30.0, 100.0)
LEADS: Final = (0.0, 0.01, 0.02, 0.04, 0.08)
SHARE: Final = 0.05
"""The share of queries that a model must be taken for at some price, to take part: whom nearly nothing speaks for brings only noise."""

LEAST: Final = 0.1
CLUSTERS: Final = 8
USUAL: Final = 0.0025
"""The usual variance between kinds of task: five points, squared."""

NOISE_WEIGHT: Final = 5.0
"""Queries that a model's overall variance counts for beside those of a kind."""


class Parts(NamedTuple):
    """Differences to the reference by the kind of task, two corrections of them by the words, those by the words alone, and the cost."""

    kind: Floats
    weak: Floats
    strong: Floats
    words: Floats
    cost: Floats


def learn(lesson: Lesson) -> Chooser:
    """Estimates of score and cost, and every way to trade them."""
    reference = best(lesson.score, lesson.cost)
    expect = _expecting(lesson, reference)
    scale = lesson.cost[:, reference].mean()
    fitted = expect(lesson.asked)
    taking = [_taking(score, fitted.cost / scale, reference) for score in _mixes(fitted)]

    def choose(asked: Asked) -> Choices:
        found = expect(asked)
        mixes = zip(_mixes(found), taking, strict=True)
        return np.concatenate([traded(score, found.cost / scale, reference, models, LEADS) for score, models in mixes])

    return choose


def _mixes(parts: Parts) -> tuple[Floats, ...]:
    """How far the words are believed: not at all, a little, more, and as much as the kind of task."""
    both = (2 * parts.kind + parts.strong + 2 * parts.words) / 4
    return parts.kind, parts.kind + parts.weak, parts.kind + parts.strong, both


def _taking(score: Floats, cost: Floats, reference: int) -> Whole:
    """The models that are taken for at least a share of the queries at some price, and the reference."""
    every = np.arange(score.shape[1])
    chosen = traded(score, cost, reference, every)[: len(PRICES) : 4]
    most = np.max([np.bincount(row, minlength=len(every)) for row in chosen], axis=0)
    return np.flatnonzero((most > SHARE * len(score)) | (every == reference))


def _expecting(lesson: Lesson, reference: int) -> Callable[[Asked], Parts]:
    of = ridge(lesson.asked.vectors)
    labels = _labels(lesson.asked)
    kinds = _kinds(of, labels)
    above = lesson.score - lesson.score[:, [reference]]
    by_kind, cost_by_kind = shrunk(above, labels), shrunk(lesson.cost, labels)
    soft = kinds(lesson.asked)
    strong, weak = (line(of, above - soft @ by_kind, strength) for strength in STRENGTHS)
    words, words_weak = (line(of, above, strength) for strength in STRENGTHS)
    paid, least = line(of, lesson.cost - soft @ cost_by_kind, COST_STRENGTH), LEAST * lesson.cost.mean(0)

    def expect(asked: Asked) -> Parts:
        share, seen = kinds(asked), asked.vectors
        cost = np.maximum(share @ cost_by_kind + paid(seen), least)
        return Parts(share @ by_kind, weak(seen), strong(seen), (words(seen) + words_weak(seen)) / 2, cost)

    return expect


def shrunk(values: Floats, labels: Floats) -> Floats:
    """The mean of each model (column) on each kind of task, as far as it is to be believed."""
    count = labels.sum(0)
    mean = labels.T @ values / np.maximum(count, 1)[:, None]
    noise = labels.T @ values**2 / np.maximum(count, 1)[:, None] - mean**2
    noise = (count[:, None] * noise + NOISE_WEIGHT * values.var(0)) / (count + NOISE_WEIGHT)[:, None]
    scale = max(float(values.var(0).max()), 1e-12) / 0.25
    usual = USUAL * min(scale, 1.0)
    columns = []
    for means, noises in zip(mean.T, noise.T, strict=True):
        seen = [Seen(*one) for one in zip(count.tolist(), means.tolist(), np.maximum(noises, 1e-4 * scale).tolist(), strict=True)]
        columns.append([one.mean for one in drawn(seen, spread(seen, usual))])
    return np.array(columns).T


def _labels(asked: Asked) -> Floats:
    """One column for each kind of task, one for each cluster of texts where there are no kinds."""
    task = asked.task if (asked.task >= 0).all() else _clusters(asked.vectors)
    return np.eye(int(task.max()) + 1)[task]


def _clusters(rows: Floats) -> Whole:
    """The cluster of each text, by the nearest of some centres (Lloyd's rounds from far-apart starts)."""
    centres = [rows[0]]
    away = ((rows - centres[0]) ** 2).sum(1)
    for _ in range(min(CLUSTERS, len(rows)) - 1):
        centres.append(rows[int(away.argmax())])
        away = np.minimum(away, ((rows - centres[-1]) ** 2).sum(1))
    middle = np.array(centres)
    for _ in range(10):
        task = (-2 * rows @ middle.T + (middle**2).sum(1)).argmin(1)
        middle = np.array([rows[task == place].mean(0) if (task == place).any() else middle[place] for place in range(len(middle))])
    return np.asarray(task)


def _kinds(of: Ridge, labels: Floats) -> Callable[[Asked], Floats]:
    """The chance of each kind of task: certain where it is told, read from the text where it is not."""
    by_text = line(of, labels, KIND_STRENGTH)

    def kinds(asked: Asked) -> Floats:
        found = np.clip(by_text(asked.vectors), 1e-6, None) ** SHARP
        found /= found.sum(1, keepdims=True)
        told = (asked.task >= 0) & (asked.task < labels.shape[1])
        found[told] = np.eye(labels.shape[1])[asked.task[told]]
        return np.asarray(found)

    return kinds


METHOD: Final = Method("shrunk", "shrunk means by kind of task, corrected by the words as far as that helps: what tierwise does", learn)
