"""How likely the next attempt is to succeed, once others have failed. Pure arithmetic.

Theory of operation. Whether an attempt solves a task is read off a normal number behind it: the model's level, plus what the task is like
for every model, plus what it is like for the models of one maker, plus what it is like for this model, plus luck. The shares of these
parts are three correlations: between any two models, between two of one maker, between two attempts of one model. That one attempt failed
is then news of the task, and the chance of the next one falls, most for the same model and least for a stranger's.

The parts are taken on grids: the task on a fine one, maker and model on five points each, luck in closed form. An attempt is survived
where the check does not let its work pass. What is kept for every model, task and maker is the mean over the model's part of surviving
k attempts, and of surviving k and being good at the next. A state is how often each model has tried; the order in which they did so
changes what was paid, and nothing that is still to come.

A task that is harder costs more: the mean cost is stretched by the task's part, and keeps its mean over all tasks.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Numbers = npt.NDArray[np.float64]

TASKS: Final = 61
WIDE: Final = 5.0
PARTS: Final = 5
SURE: Final = 0.002
"""No model is taken to succeed or fail with more certainty than this."""
LEAST: Final = 1e-9


class Facts(Struct, frozen=True):
    """Models in columns: share of tasks solved, mean cost of an attempt, how that stretches with difficulty, and the maker by number."""

    success: Numbers
    cost: Numbers
    stretch: Numbers
    maker: npt.NDArray[np.int64]


class Shares(Struct, frozen=True):
    """The three correlations of what is behind success: of any two models, of two of one maker, of two attempts of one model."""

    models: float
    akin: float
    attempts: float


class Check(Struct, frozen=True):
    """How wrong the check is: the share of bad work that it passes, and of good work that it fails."""

    false_pass: float = 0.0
    false_fail: float = 0.0


class Odds(Struct, frozen=True):
    """The tables: `survived[k]` and `good[k]` by model, task and maker's part; `weight` of the tasks, `part` of the maker's part."""

    facts: Facts
    weight: Numbers
    part: Numbers
    price: Numbers
    survived: Numbers
    good: Numbers


class Next(Struct, frozen=True):
    """What one more attempt of each model would do: its cost, and the chances that its work passes, and that it passes and is good.

    All three count the runs that never come to it as nothing; `reached` is the chance that a run does.
    """

    reached: float
    cost: Numbers
    passed: Numbers
    good: Numbers


def odds(facts: Facts, shares: Shares, check: Check, attempts: int) -> Odds:
    """The tables for some models, each of which may try so often."""
    task = np.linspace(-WIDE, WIDE, TASKS)
    weight = np.exp(-task * task / 2)
    weight /= weight.sum()
    part, share = _parts()
    solved = _solved(facts.success, shares, task, part)
    survives = np.clip(solved * check.false_fail + (1 - solved) * (1 - check.false_pass), LEAST, 1.0)
    so_far = [survives**tries for tries in range(attempts + 1)]
    survived = np.stack([one @ share for one in so_far])
    good = np.stack([(one * solved) @ share for one in so_far[:-1]]) * (1 - check.false_fail)
    return Odds(facts, weight, share, _priced(facts, task, weight), survived, good)


def _parts() -> tuple[Numbers, Numbers]:
    """Points of a standard normal part and their weights."""
    points, weights = np.polynomial.hermite_e.hermegauss(PARTS)
    return points, weights / weights.sum()


def _solved(success: Numbers, shares: Shares, task: Numbers, part: Numbers) -> Numbers:
    """The chance of success by model, task, maker's part and model's part."""
    akin = max(shares.akin, shares.models)
    attempts = max(shares.attempts, akin)
    behind = np.sqrt(shares.models) * task[:, None, None] + np.sqrt(akin - shares.models) * part[:, None] + np.sqrt(attempts - akin) * part
    level = inverse(np.clip(success, SURE, 1 - SURE))
    return normal((level[:, None, None, None] + behind) / np.sqrt(max(1 - attempts, LEAST)))


def _priced(facts: Facts, task: Numbers, weight: Numbers) -> Numbers:
    """The cost of an attempt by model and task; its mean over the tasks is the model's."""
    stretched = np.exp(-facts.stretch[:, None] * task)
    return facts.cost[:, None] * stretched / (stretched @ weight)[:, None]


def _table() -> tuple[Numbers, Numbers]:
    """The normal distribution on a grid, fine enough that a straight line between two points will do."""
    grid = np.linspace(-8.0, 8.0, 8001)
    density = np.exp(-grid * grid / 2)
    below = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return grid, below / below[-1]


def normal(points: Numbers) -> Numbers:
    """The share of a standard normal distribution below some points."""
    grid, below = _table()
    return np.interp(points, grid, below)


def inverse(shares: Numbers) -> Numbers:
    """The points below which some shares of a standard normal distribution lie."""
    grid, below = _table()
    return np.interp(shares, below, grid)


def following(odds: Odds, tried: Sequence[int]) -> Next:
    """What one more attempt of each model would do, after each has tried so often; a model that has no more tries counts as at its last."""
    counts = np.asarray(tried)
    every = np.arange(len(counts))
    now = odds.survived[counts, every]
    makers = np.ones((int(odds.facts.maker.max()) + 1, *now.shape[1:]))
    for model in np.flatnonzero(counts):
        makers[odds.facts.maker[model]] *= now[model]
    each = makers @ odds.part
    others = odds.weight * each.prod(0) / each
    last = np.minimum(counts, len(odds.good) - 1)
    rest = makers[odds.facts.maker] / now
    shared = others[odds.facts.maker]
    good = (shared * ((rest * odds.good[last, every]) @ odds.part)).sum(1)
    passed = (shared * ((rest * (now - odds.survived[last + 1, every])) @ odds.part)).sum(1)
    reached = odds.weight * each.prod(0)
    return Next(float(reached.sum()), odds.price @ reached, passed, good)
