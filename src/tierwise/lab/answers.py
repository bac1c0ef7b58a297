"""Cascades of answers: one or two cheap answers, a check of them, then the strong model. Every answer that is asked for is charged.

Theory of operation. The outcomes say which model was right on which query and what its answer cost, so a cascade can be played without
asking anybody. What they do not say is what a check would have found; that is what the kinds of cascade differ in.

* `trust` uses what the table itself has: what a query's text and the cost of the cheap answer (long answers are doubtful ones) say of how
  good that answer is beside the strong one's, and of what the strong one would cost. Learnt on training folds.
* `check` has a check (tests, a schema, a compiler) that lets a share of bad answers through and refuses a share of good ones.
* `agree` asks two models and takes what they agree on. Two right answers agree; two wrong ones do so at some rate.

The last two are assumptions about a check, not measurements of one; a report gives them for several rates. Each query counts with its
expectation over what the check says, so that no dice are needed. Which models take part, and how much trust is enough, is chosen on the
training folds: the cheapest cascade whose mean there is not below the best single model's (a floor of 1), or whose lower bound is not.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, product
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct

from tierwise.lab import texts
from tierwise.lab.linear import line, ridge
from tierwise.lab.outcomes import Floats, Outcomes, Whole, best
from tierwise.lab.trial import FOLDS, Ground, Halves, splits

CHEAP: Final = 0.5
"""The share of the strong model's cost that a cheap answer may cost at most."""

PAIRED: Final = 6
"""Cheap models of which pairs are tried: the best of them on the training folds."""

STRENGTHS: Final = (10.0, 30.0, 100.0)
WORTH: Final = np.geomspace(0.3, 300, 40)
ASK: Final = (-99.0, -1.0, -0.5, -0.25, 0.0)
"""How many strong answers a whole score may be worth, and how many of them a cheap answer has to promise to save before it is asked for."""

STEPS: Final = np.linspace(0.05, 0.95, 10)
STEP_WEIGHT: Final = 0.3


class Check(NamedTuple):
    """A check of answers: the share of bad ones it lets through and of good ones it refuses, and what it costs (a share of the answer)."""

    passes_bad: float = 0.0
    refuses_good: float = 0.0
    cost: float = 0.0


class Played(NamedTuple):
    """A cascade's expected score and cost on each query."""

    score: Floats
    cost: Floats


class Cascade(Struct, frozen=True):
    """Figures of a kind of cascade over all held-out queries: quality and cost as shares of the best single model's."""

    kind: str
    quality: float
    saved: float
    models: tuple[str, ...]


def checked(score: Floats, cost: Floats, order: Sequence[int], check: Check) -> Played:
    """Models one after the other until the check lets an answer through; the last one's is taken as it is."""
    reached, found, paid = np.ones(len(score)), np.zeros(len(score)), np.zeros(len(score))
    for model in order[:-1]:
        right = score[:, model]
        passed = right * (1 - check.refuses_good) + (1 - right) * check.passes_bad
        paid += reached * cost[:, model] * (1 + check.cost)
        found += reached * right * (1 - check.refuses_good)
        reached = reached * (1 - passed)
    return Played(found + reached * score[:, order[-1]], paid + reached * cost[:, order[-1]])


def agreed(score: Floats, cost: Floats, order: Sequence[int], by_chance: float) -> Played:
    """Two answers that agree are taken, else the third model's; two wrong ones agree at some rate."""
    one, other, last = order
    right = score[:, one] * score[:, other]
    taken = right + by_chance * (1 - score[:, one]) * (1 - score[:, other])
    return Played(right + (1 - taken) * score[:, last], cost[:, one] + cost[:, other] + (1 - taken) * cost[:, last])


class Before(NamedTuple):
    """What is expected of a query before anybody is asked.

    `gain` is how much better than the strong model's the cheap answer is (a score's difference), `strong` and `cheap` what their answers
    cost, as shares of what a strong answer costs on average.
    """

    gain: Floats
    strong: Floats
    cheap: Floats


class After(NamedTuple):
    """What is expected of a query once the cheap answer is there and its length is known: `gain` and `strong` as before."""

    gain: Floats
    strong: Floats


class Trust(NamedTuple):
    """What is expected of queries, before a cheap answer is asked for, and once it is there."""

    before: Before
    after: After


class Bars(NamedTuple):
    """The operating point: what a whole score is worth in strong answers, and how much asking a cheap model has to promise."""

    worth: float
    ask: float


def trusting(order: Sequence[int], bars: Bars, trust: Trust, score: Floats, cost: Floats) -> Played:
    """The first model's answer where asking for it and then taking it is worth it, else the last one's; both are paid where both are asked.

    A cheap answer is taken where what it is expected to lose is worth less than what the strong one is expected to cost: a doubtful answer
    to a question that the strong model thinks about for long is rather taken than one to a question it answers at once.
    """
    first, last = order
    before, after = trust
    asked = bars.worth * before.gain + before.strong - before.cheap >= bars.ask
    kept = asked & (bars.worth * after.gain + after.strong >= 0)
    return Played(np.where(kept, score[:, first], score[:, last]), asked * cost[:, first] + np.where(kept, 0, cost[:, last]))


def cheap(score: Floats, cost: Floats) -> tuple[list[int], int]:
    """The models that cost little beside the best, the ones with the highest scores first, and the best."""
    strong = best(score, cost)
    little = np.flatnonzero(cost.mean(0) <= CHEAP * cost[:, strong].mean())
    return sorted(little.tolist(), key=lambda model: -float(score[:, model].mean())), strong


Orders = list[tuple[int, ...]]
Play = Callable[[Floats, Floats, tuple[int, ...]], Played]


def single(score: Floats, cost: Floats) -> Orders:
    """Each cheap model before the best, and each two of the best of them."""
    models, strong = cheap(score, cost)
    two = [pair for one, other in combinations(models[:PAIRED], 2) for pair in ((one, other), (other, one))]
    return [*((model, strong) for model in models), *((*pair, strong) for pair in two)]


def pairs(score: Floats, cost: Floats) -> Orders:
    """Each two cheap models before the best."""
    models, strong = cheap(score, cost)
    return [(*pair, strong) for pair in combinations(models, 2)]


def with_check(check: Check) -> Play:
    """Cascades with a check."""
    return lambda score, cost, order: checked(score, cost, order, check)


def with_agreement(by_chance: float) -> Play:
    """Cascades of two answers that have to agree."""
    return lambda score, cost, order: agreed(score, cost, order, by_chance)


def assumed(kind: str, on: Ground, orders: Callable[[Floats, Floats], Orders], play: Play, seeds: int) -> Cascade:
    """A kind of cascade whose check is assumed, over all held-out queries: its models are chosen on the training folds."""
    parts, models = list[tuple[Played, Played]](), set[str]()
    for split in _all_splits(on.of, seeds):
        score, cost = on.of.score[split.train], on.of.cost[split.train]
        strong = best(score, cost)
        found = [(order, play(score, cost, order)) for order in orders(score, cost)]
        least, limit = score[:, strong].mean(), cost[:, strong].mean()
        good = [(float(one.cost.mean()), order) for order, one in found if one.score.mean() >= least and one.cost.mean() < limit]
        order = min(good)[1] if good else (strong,)
        held = on.of.score[split.held], on.of.cost[split.held]
        played = play(*held, order) if len(order) > 1 else Played(held[0][:, strong], held[1][:, strong])
        parts.append((played, _best(on.of, split.held)))
        models.update(on.of.models[model] for model in order[:-1])
    return _summed(kind, parts, models)


def trusted(on: Ground, seeds: int) -> Cascade:
    """The cascade by learnt trust, over all held-out queries."""
    parts, models = list[tuple[Played, Played]](), set[str]()
    for seed in range(seeds):
        for split in splits(len(on.of.queries), seed, FOLDS):
            seen = texts.vectors(on.read, split.train)
            played, model = _trusted(on.of, seen, split, seed)
            parts.append((played, _best(on.of, split.held)))
            models.update({on.of.models[model]} if model >= 0 else ())
    return _summed("trust", parts, models)


def _all_splits(of: Outcomes, seeds: int) -> Iterable[Halves]:
    return (split for seed in range(seeds) for split in splits(len(of.queries), seed, FOLDS))


def _best(of: Outcomes, places: Whole) -> Played:
    return Played(of.score[places, of.best], of.cost[places, of.best])


def _summed(kind: str, parts: Sequence[tuple[Played, Played]], models: set[str]) -> Cascade:
    score, cost, best_score, best_cost = (
        np.concatenate([getattr(part[place], name) for part in parts]).mean() for place in (0, 1) for name in ("score", "cost")
    )
    return Cascade(kind, float(score / best_score), 1 - float(cost / best_cost), tuple(sorted(models)))


def _trusted(of: Outcomes, seen: Floats, split: Halves, seed: int) -> tuple[Played, int]:
    """What the cheapest cascade by trust that keeps the best model's mean does on the held-out queries, and its cheap model (-1: none)."""
    score, cost = of.score[split.train], of.cost[split.train]
    models, strong = cheap(score, cost)
    limit, chosen = float(cost[:, strong].mean()), (-1, Bars(0.0, 0.0))
    for model in models[:PAIRED]:
        trust = _cross_fitted(_worth(of, seen, split.train, (model, strong)), split.train, seed)
        paid, bars = _cheapest((model, strong), trust, score, cost)
        if paid < limit:
            limit, chosen = paid, (model, bars)
    model, bars = chosen
    held = of.score[split.held], of.cost[split.held]
    if model < 0:
        return Played(held[0][:, strong], held[1][:, strong]), model
    worth = _worth(of, seen, split.train, (model, strong))
    return trusting((model, strong), bars, worth(np.arange(len(split.train)), split.held), *held), model


Worth = Callable[[Whole, Whole], Trust]


def _worth(of: Outcomes, seen: Floats, train: Whole, order: tuple[int, int]) -> Worth:
    """Trust in a cheap model, learnt from some places among the training queries, of some queries."""
    model, strong = order
    share = of.cost / of.cost[train, strong].mean()
    wanted = np.stack([of.score[:, model] - of.score[:, strong], share[:, strong], share[:, model]], axis=1)
    after = _rows(seen, of.cost[:, model], train)

    def worth(places: Whole, queries: Whole) -> Trust:
        early, late = (_expected(rows[train[places]], wanted[train[places]], rows[queries]) for rows in (seen, after))
        return Trust(Before(*early.T), After(*late.T[:2]))

    return worth


def _expected(rows: Floats, wanted: Floats, asked: Floats) -> Floats:
    of = ridge(rows)
    return np.asarray(np.mean([line(of, wanted, strength)(asked) for strength in STRENGTHS], axis=0))


def _cross_fitted(worth: Worth, train: Whole, seed: int) -> Trust:
    before, after = np.empty((3, len(train))), np.empty((2, len(train)))
    for part in splits(len(train), seed, FOLDS):
        before[:, part.held], after[:, part.held] = worth(part.train, train[part.held])
    return Trust(Before(*before), After(*after))


def _cheapest(order: tuple[int, int], trust: Trust, score: Floats, cost: Floats) -> tuple[float, Bars]:
    """The least mean cost at which the strong model's mean score is kept, and the bars that do it."""
    least, found = float(score[:, order[1]].mean()), (float("inf"), Bars(0.0, 0.0))
    for worth, ask in product(WORTH.tolist(), ASK):
        played = trusting(order, Bars(worth, ask), trust, score, cost)
        paid = float(played.cost.mean())
        if paid < found[0] and played.score.mean() >= least:
            found = paid, Bars(worth, ask)
    return found


def _rows(seen: Floats, paid: Floats, train: Whole) -> Floats:
    """What is known once the cheap answer is there: the query's vector, and what the answer cost, in steps."""
    edges = np.quantile(paid[train], STEPS)
    return np.hstack([seen, STEP_WEIGHT * ((paid[:, None] > edges[None]) - 0.5)])
