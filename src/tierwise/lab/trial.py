"""A trial of a method on outcomes: the operating point chosen on the training folds only, then judged on what was held out.

Theory of operation. The queries are dealt into folds, anew for each seed. For each fold the method learns from the others; within those
it is cross-fitted once more, so that each of its operating points has an honest outcome on every training query. A point clears a floor
when the 95 % lower bound of its paired difference to the floor (a share of what the best single model of the training folds scores) is
not below zero; of those that clear the one that costs least is taken, and where none does the best single model. The point is then used
on the held-out fold. A run is one seed: every query held out once. `strict` runs are harder: half of the queries train, the other half
judges.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from tierwise.engine.quality import Z95
from tierwise.lab import texts
from tierwise.lab.method import Asked, Choices, Lesson, Method
from tierwise.lab.outcomes import Floats, Outcomes, Query, Whole, best

FLOORS: Final = (0.99, 0.97, 0.95, 0.90)
FOLDS: Final = 5
INNER: Final = 10
HALVES: Final = 30
"""Random halves on which it is found how much a choice flatters itself."""


class Rule(NamedTuple):
    """When an operating point clears a floor: how many standard errors below its mean, and whether its luck in being chosen is taken off.

    A point that is chosen from many flatters itself: the choice favours those that had luck on the training queries. `cautious` takes
    off as much as is found by choosing on random halves of them.
    """

    margin: float = Z95
    cautious: bool = False


BOUND: Final = Rule()
NAIVE: Final = Rule(margin=0.0)
"""Nothing but the mean is asked for; what most routers do."""


class Manner(NamedTuple):
    """How a trial is run: seeds, whether half of the queries judge, and when a point clears a floor."""

    seeds: int = 4
    strict: bool = False
    rule: Rule = BOUND


class Held(NamedTuple):
    """Score and cost of what was chosen on held-out queries, beside those of the best single model."""

    score: Floats
    cost: Floats
    best_score: Floats
    best_cost: Floats


class Run(Struct, frozen=True):
    """One floor in one run: quality and cost as shares of the best single model's, and points (of 100) below the floor (0 if none)."""

    floor: float
    quality: float
    saved: float
    below: float


class Trial(Struct, frozen=True):
    """A method on a table: its runs, and its area under the curve of quality over cost (the mean over the seeds)."""

    method: str
    runs: tuple[Run, ...]
    aiq: float


class Ground(NamedTuple):
    """Outcomes made ready: the texts read, the tasks by number, and whether a method may see the task of a query it chooses for."""

    of: Outcomes
    read: texts.Read
    task: Whole
    told: bool


class Halves(NamedTuple):
    """Which queries train and which judge."""

    train: Whole
    held: Whole


def ground(of: Outcomes, *, told: bool = False) -> Ground:
    """Outcomes made ready for trials."""
    tasks = sorted({one.task for one in of.known})
    task = np.array([tasks.index(one.task) if len(tasks) > 1 else -1 for one in of.known], dtype=np.int64)
    return Ground(of, texts.read(of.known), task, told)


def splits(queries: int, seed: int, folds: int) -> list[Halves]:
    """Every fold held out once."""
    fold = np.random.default_rng(seed).permutation(queries) % folds
    return [Halves(np.flatnonzero(fold != place), np.flatnonzero(fold == place)) for place in range(folds)]


class Curve(NamedTuple):
    """Every operating point on the training queries: its cost, its mean score, the variance of that, the covariance with the reference's.

    The reference is the best single model: its scores and its mean cost. `halves` are the mean scores of each point (row) less those of the
    reference at a floor of 1, on random halves of the queries (column), `reference_halves` those of the reference.
    """

    cost: Floats
    score: Floats
    variance: Floats
    shared: Floats
    halves: Floats
    reference_halves: Floats
    reference: Floats
    limit: float


def curve(choices: Choices, score: Floats, cost: Floats) -> Curve:
    """What each operating point costs and scores."""
    every, first = np.arange(len(score)), best(score, cost)
    reference = score[:, first]
    scored = np.array([score[every, chosen] for chosen in choices])
    paid = np.array([cost[every, chosen].mean() for chosen in choices])
    dice = np.random.default_rng(len(score))
    drawn = np.array([dice.permutation(len(score)) < len(score) // 2 for _ in range(HALVES)]).T / (len(score) // 2)
    return Curve(
        paid,
        scored.mean(1),
        scored.var(1),
        scored @ (reference - reference.mean()) / len(score),
        scored @ drawn,
        reference @ drawn,
        reference,
        float(cost[:, first].mean()),
    )


def point(points: Curve, floor: float, rule: Rule = BOUND) -> int | None:
    """The operating point that costs least among those that clear the floor and save anything; None if none does."""
    variance = points.variance + floor**2 * points.reference.var() - 2 * floor * points.shared
    needed = rule.margin * np.sqrt(np.maximum(variance, 0) / len(points.reference))
    above = points.score - floor * points.reference.mean()
    return _cheapest(points, above - needed - (_flattery(points, above, needed, floor) if rule.cautious else 0.0))


def _cheapest(points: Curve, clear: Floats) -> int | None:
    """The cheapest point that clears and saves anything."""
    good = np.flatnonzero((clear >= 0) & (points.cost < points.limit))
    return int(good[points.cost[good].argmin()]) if len(good) else None


def _flattery(points: Curve, above: Floats, needed: Floats, floor: float) -> float:
    """How much more a point chosen on a half has there than on all queries, in the mean over the halves."""
    half = points.halves - floor * points.reference_halves
    chosen = [_cheapest(points, column - needed) for column in half.T]
    return max(float(np.mean([0.0 if one is None else half[one, place] - above[one] for place, one in enumerate(chosen)])), 0.0)


class Learnt(NamedTuple):
    """A method on one split: its operating points on the training queries (cross-fitted), and what each chooses for the others."""

    split: Halves
    points: Curve
    held: Choices


def learnt(method: Method, on: Ground, split: Halves, seed: int) -> Learnt:
    """What a method makes of a split."""
    score, cost = on.of.score[split.train], on.of.cost[split.train]
    if method.judge is not None:
        found = method.judge(on.of.score, on.of.cost)
        return Learnt(split, curve(found[:, split.train], score, cost), found[:, split.held])
    seen = texts.vectors(on.read, split.train)
    learn = _learning(method, on, seen)
    parts = splits(len(split.train), seed, INNER)
    train = np.hstack([learn(split.train[part.train], split.train[part.held]) for part in parts])
    order = np.argsort(np.concatenate([part.held for part in parts]))
    return Learnt(split, curve(train[:, order], score, cost), learn(split.train, split.held))


def _learning(method: Method, on: Ground, seen: Floats) -> Callable[[Whole, Whole], Choices]:
    def learn(train: Whole, held: Whole) -> Choices:
        lesson = Lesson(_asked(on, seen, train, told=True), on.of.score[train], on.of.cost[train])
        return method.learn(lesson)(_asked(on, seen, held, told=on.told))  # type: ignore[misc]  # a method learns or judges

    return learn


def _asked(on: Ground, seen: Floats, places: Whole, *, told: bool) -> Asked:
    task = on.task[places]
    return Asked(seen[places], on.read.length[places], task if told else np.full_like(task, -1))


def held(one: Learnt, of: Outcomes, floor: float, rule: Rule = BOUND) -> Held:
    """What the point chosen on the training queries does on the others."""
    train, places = one.split
    first = best(of.score[train], of.cost[train])
    chosen = point(one.points, floor, rule)
    taken = np.full(len(places), first) if chosen is None else one.held[chosen]
    return Held(of.score[places, taken], of.cost[places, taken], of.score[places, of.best], of.cost[places, of.best])


def judged(parts: Iterable[Held], floor: float) -> Run:
    """A run's figures over all its held-out queries."""
    score, cost, best_score, best_cost = (np.concatenate(column) for column in zip(*parts, strict=True))
    quality = float(score.mean() / best_score.mean())
    below = max(floor * float(best_score.mean()) - float(score.mean()), 0.0)
    return Run(floor, quality, 1 - float(cost.mean() / best_cost.mean()), 100 * below)


def tried(method: Method, on: Ground, manner: Manner) -> Trial:
    """A method on a table: as many runs as there are seeds for each floor (twice as many strict ones: each half judges once)."""
    return judged_by(method, on, manner, (manner.rule,))[0]


def judged_by(method: Method, on: Ground, manner: Manner, rules: Sequence[Rule]) -> list[Trial]:
    """The same trial judged by several rules, one after the other."""
    runs, areas = [list[Run]() for _ in rules], list[float]()
    for seed in range(manner.seeds):
        parts = [learnt(method, on, split, seed) for split in splits(len(on.of.queries), seed, 2 if manner.strict else FOLDS)]
        groups = [[part] for part in parts] if manner.strict else [parts]
        for found, rule in zip(runs, rules, strict=True):
            found += [judged([held(part, on.of, floor, rule) for part in group], floor) for group in groups for floor in FLOORS]
        areas.append(aiq(parts, on.of))
    return [Trial(method.name, tuple(found), float(np.mean(areas))) for found in runs]


def aiq(parts: Sequence[Learnt], of: Outcomes) -> float:
    """Mean quality over the costs from the cheapest single model to the best one, along the upper hull of the held-out operating points."""
    points = min(len(part.held) for part in parts)
    places = np.concatenate([part.split.held for part in parts])
    chosen = np.hstack([part.held[:points] for part in parts])
    cost = np.array([of.cost[places, row].mean() for row in chosen])
    score = np.array([of.score[places, row].mean() for row in chosen])
    low, high = float(of.cost.mean(0).min()), float(of.cost[:, of.best].mean())
    return under(_hull(cost, score), low, high)


def _hull(cost: Floats, score: Floats) -> tuple[Floats, Floats]:
    """The upper hull of some points: what mixing two of them reaches, never less quality for more money."""
    left, right = list[float](), list[float]()
    for place in np.lexsort((-score, cost)).tolist():
        x, y = float(cost[place]), float(score[place])
        if right and y <= right[-1]:
            continue
        while len(right) > 1 and (right[-1] - right[-2]) * (x - left[-2]) <= (y - right[-2]) * (left[-1] - left[-2]):
            left.pop()
            right.pop()
        left.append(x)
        right.append(y)
    return np.array(left), np.array(right)


def under(hull: tuple[Floats, Floats], low: float, high: float) -> float:
    """The mean height of a hull between two costs; nothing is bought below its first point, and no more above its last."""
    if high <= low:
        return float(hull[1].max())
    grid = np.linspace(low, high, 1001)
    return float(np.interp(grid, *hull, left=0.0 if hull[0][0] > high else float(hull[1][0])).mean())


def unknown(of: Outcomes) -> bool:
    """Whether nothing is known of any query but its id."""
    return all(one == Query() for one in of.known)
