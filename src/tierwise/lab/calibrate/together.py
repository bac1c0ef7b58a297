"""How far attempts at one task go together: three correlations behind success, and how cost stretches with difficulty.

Theory of operation. Behind each outcome stands a normal number, above the model's level where the task was solved. The correlation of two
such numbers is the one at which both models solve as many tasks together as they did. Taken over all pairs of one sort (two makers, one
maker, one model with two agents) the median is what is kept.

Cost rises with difficulty: where others fail, an attempt costs more than usual. If the logarithm of cost falls by g for each unit of what
the task is like for all, the mean cost over the tasks that a model fails is the usual one times the share that would fail if every task
were harder by g, over the share that does. That g is solved for, over all other models at once.
"""

from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec import Struct

Numbers = npt.NDArray[np.float64]

GRID: Final = 121
WIDE: Final = 6.0
HALVINGS: Final = 20
FEWEST: Final = 20
"""Shared tasks below which a pair says nothing."""
NEAR: Final = 0.999
STEEPEST: Final = 2.0
NORMAL: Final = NormalDist()


class Arm(NamedTuple):
    """A model with an agent around it: who made the model, and by task (in one order for all) whether it was solved, and what it cost.

    NaN stands for what is not known.
    """

    model: str
    maker: str
    agent: str
    solved: Numbers
    cost: Numbers


class Pair(NamedTuple):
    """Two arms over the tasks that both have an outcome of: how they are related, what each solved, and what both did."""

    sort: str
    one: float
    other: float
    both: float


class Fitted(Struct, frozen=True):
    """Correlations between models, models of one maker, attempts of one model; the stretch of cost; and how many pairs of each sort."""

    models: float
    akin: float
    attempts: float
    stretch: float
    pairs: tuple[int, int, int]


def below(points: Numbers) -> Numbers:
    """The share of a standard normal distribution below some points, read off a grid that is fine enough."""
    grid = np.linspace(-8.0, 8.0, 4001)
    density = np.exp(-grid * grid / 2)
    summed = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return np.asarray(np.interp(points, grid, summed / summed[-1]))


def level(share: float) -> float:
    """The point below which a share of a standard normal distribution lies."""
    return NORMAL.inv_cdf(share)


def sort(one: Arm, other: Arm) -> str:
    """How two arms are related: one model with two agents, one maker, or strangers."""
    if one.model == other.model:
        return "attempts"
    return "akin" if one.maker == other.maker else "models"


def pairs(arms: Sequence[Arm]) -> Iterator[Pair]:
    """All pairs that share enough tasks, each of which solves some of them and not all."""
    for place, one in enumerate(arms):
        for other in arms[place + 1 :]:
            known = ~(np.isnan(one.solved) | np.isnan(other.solved))
            first, second = one.solved[known], other.solved[known]
            if len(first) >= FEWEST and 0 < first.mean() < 1 and 0 < second.mean() < 1:
                yield Pair(sort(one, other), float(first.mean()), float(second.mean()), float((first * second).mean()))


def correlations(found: Sequence[Pair]) -> Numbers:
    """The correlation behind each pair's outcomes, not below 0."""
    one = np.array([level(each.one) for each in found])
    other = np.array([level(each.other) for each in found])
    both = np.array([each.both for each in found])
    return _rising(lambda share: _solved(one, share, other), both, NEAR)


def _solved(one: Numbers, share: Numbers, other: Numbers) -> Numbers:
    """The share of tasks that both of two models solve, at a correlation."""
    task = np.linspace(-WIDE, WIDE, GRID)
    weight = np.exp(-task * task / 2)
    part, luck = np.sqrt(share)[:, None] * task, np.sqrt(1 - share)[:, None]
    each = below((one[:, None] + part) / luck) * below((other[:, None] + part) / luck)
    return np.asarray(each @ weight / weight.sum())


def _rising(value: Callable[[Numbers], Numbers], targets: Numbers, most: float) -> Numbers:
    """Where rising functions reach their values, between 0 and `most`."""
    low, high = np.zeros(len(targets)), np.full(len(targets), most)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        short = value(middle) < targets
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return low


def stretches(arms: Sequence[Arm], share: float) -> list[float]:
    """How steeply the cost of each arm rises with difficulty, where that can be told; `share` is the correlation between models."""
    others = ([other.solved for number, other in enumerate(arms) if number != place] for place in range(len(arms)))
    found = [_stretch(one, rest, share) for one, rest in zip(arms, others, strict=True)]
    return [one for one in found if one is not None]


def _stretch(arm: Arm, others: Sequence[Numbers], share: float) -> float | None:
    levels, dearer = [], 0.0
    for solved in others:
        known = ~(np.isnan(arm.cost) | np.isnan(solved))
        failed, cost = 1 - solved[known], arm.cost[known]
        if len(failed) >= FEWEST and 0 < failed.mean() < 1:
            levels.append(level(float(failed.mean())))
            dearer += float((cost * failed).mean() / cost.mean())
    if not levels:
        return None
    at = np.array(levels)
    return float(_rising(lambda steep: below(at + np.sqrt(share) * steep).sum(keepdims=True), np.array([dearer]), STEEPEST)[0])


def fitted(arms: Sequence[Arm]) -> Fitted:
    """What holds for some arms over their tasks; a sort of which there is no pair is taken for the next wider one."""
    found = list(pairs(arms))
    each = list(zip([one.sort for one in found], correlations(found), strict=True))
    sorts = [[float(one) for name, one in each if name == wanted] for wanted in ("models", "akin", "attempts")]
    models = _median(sorts[0], 0.0)
    akin = max(_median(sorts[1], models), models)
    attempts = max(_median(sorts[2], akin), akin)
    return Fitted(models, akin, attempts, _median(stretches(arms, models), 0.0), (len(sorts[0]), len(sorts[1]), len(sorts[2])))


def _median(values: Sequence[float], otherwise: float) -> float:
    return float(np.median(values)) if values else otherwise
