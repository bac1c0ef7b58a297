"""The orders worth choosing from: no other is known that resolves as much for less. Pure.

Theory of operation. Stage by stage, every kept order is followed by one more attempt of every model. What is still to come is the same for
all orders that have used the same attempts; so of these only the best trade-offs between cost and what is resolved are kept: one where the
check is right, more where a wrong check makes it matter who comes first. Of all that is left a few layers of the best trade-offs go on to
the next stage. Every order that was kept at any stage is one to choose from, so stopping early is among the choices.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final

from msgspec import Struct

from tierwise.runner.odds import Next, Odds, following

LAYERS: Final = 2
WIDTH: Final = 60
CLOSE: Final = 1e-9


class Chain(Struct, frozen=True, gc=False):
    """An order of models by number, and what comes of it.

    `cost` is what it is expected to cost, `most` what all its stages cost where all are needed; `passed` and `good` are the chances that a
    stage passes, and that what passed is good.
    """

    order: tuple[int, ...]
    tried: tuple[int, ...]
    cost: float = 0.0
    most: float = 0.0
    passed: float = 0.0
    good: float = 0.0


class Bounds(Struct, frozen=True):
    """How far a search may go: attempts of one model, attempts in all, what all stages together may cost and what another good result may.

    None: anything.
    """

    attempts: int
    stages: int
    budget: float | None = None
    worth: float | None = None


def extended(chain: Chain, model: int, ahead: Next) -> Chain:
    """An order with one more attempt of a model."""
    tried = (*chain.tried[:model], chain.tried[model] + 1, *chain.tried[model + 1 :])
    return Chain(
        (*chain.order, model),
        tried,
        chain.cost + float(ahead.cost[model]),
        chain.most + float(ahead.cost[model]) / ahead.reached,
        chain.passed + float(ahead.passed[model]),
        chain.good + float(ahead.good[model]),
    )


def frontier(odds: Odds, bounds: Bounds) -> list[Chain]:
    """Every order that is worth choosing from, the shortest first."""
    kept = [Chain((), (0,) * len(odds.facts.cost))]
    found: list[Chain] = []
    for _ in range(bounds.stages):
        kept = best(_longer(kept, odds, bounds))
        found += kept
    return found


def _longer(kept: Iterable[Chain], odds: Odds, bounds: Bounds) -> Iterator[Chain]:
    """Every order with one more attempt, as far as the bounds allow; of those with the same attempts the best trade-offs."""
    alike: dict[tuple[int, ...], list[Chain]] = {}
    for tried, chains in _by_attempts(kept).items():
        ahead = following(odds, tried)
        for chain, model in product(chains, range(len(tried))):
            if tried[model] < bounds.attempts:
                one = extended(chain, model, ahead)
                if _allowed(chain, one, bounds):
                    alike.setdefault(one.tried, []).append(one)
    for same in alike.values():
        yield from _best(sorted(same, key=_rank))


def _by_attempts(chains: Iterable[Chain]) -> dict[tuple[int, ...], list[Chain]]:
    found: dict[tuple[int, ...], list[Chain]] = {}
    for one in chains:
        found.setdefault(one.tried, []).append(one)
    return found


def _rank(one: Chain) -> tuple[float, float, tuple[int, ...]]:
    return one.cost, -one.good, one.order


def _allowed(chain: Chain, longer: Chain, bounds: Bounds) -> bool:
    """Whether an order may be followed by one more stage: the first is not asked what it is worth, since without it there is nothing."""
    if bounds.budget is not None and longer.most > bounds.budget:
        return False
    more, cost = longer.good - chain.good, longer.cost - chain.cost
    return bounds.worth is None or not chain.order or cost <= bounds.worth * more


def best(chains: Iterable[Chain]) -> list[Chain]:
    """The best trade-offs between cost and what is resolved, in layers: each is what is best where those before it are taken away."""
    left = sorted(chains, key=_rank)
    found: list[Chain] = []
    for _ in range(LAYERS):
        layer = list(_best(left))
        found += layer
        taken = {one.order for one in layer}
        left = [one for one in left if one.order not in taken]
    return found[:WIDTH]


def _best(chains: Iterable[Chain]) -> Iterator[Chain]:
    most = -1.0
    for one in chains:
        if one.good > most + CLOSE:
            most = one.good
            yield one
