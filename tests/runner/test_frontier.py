"""The search against trying everything."""

from itertools import product

import numpy as np
import pytest

from tierwise.runner.frontier import Bounds, Chain, best, extended, frontier
from tierwise.runner.odds import Check, Facts, Odds, Shares, following, odds

THREE = Facts(np.array([0.5, 0.7, 0.85]), np.array([1.0, 4.0, 20.0]), np.full(3, 0.2), np.array([0, 0, 1]))


def made(check: Check = Check(), attempts: int = 2) -> Odds:  # noqa: B008  # a frozen value
    return odds(THREE, Shares(0.6, 0.7, 0.8), check, attempts)


def walked(found: Odds, order: tuple[int, ...]) -> Chain:
    chain = Chain((), (0,) * len(found.facts.cost))
    for model in order:
        chain = extended(chain, model, following(found, chain.tried))
    return chain


def every(found: Odds, bounds: Bounds) -> list[Chain]:
    orders = [one for length in range(1, bounds.stages + 1) for one in product(range(3), repeat=length)]
    return [walked(found, one) for one in orders if max(map(one.count, one)) <= bounds.attempts]


@pytest.mark.parametrize("check", [Check(), Check(0.2, 0.1)])
@pytest.mark.parametrize("target", [0.6, 0.75, 0.85, 0.88])
def test_the_cheapest_order_that_resolves_enough_is_among_those_found(check: Check, target: float) -> None:
    found, bounds = made(check), Bounds(2, 4)
    enough = [one.cost for one in every(found, bounds) if one.good >= target]
    kept = [one.cost for one in frontier(found, bounds) if one.good >= target]
    assert bool(enough) == bool(kept)
    assert min(kept, default=0.0) == pytest.approx(min(enough, default=0.0), rel=0.01)


def test_no_order_goes_beyond_its_bounds() -> None:
    found = frontier(made(), Bounds(1, 2))
    assert {len(one.order) for one in found} == {1, 2}
    assert all(max(one.tried) == 1 for one in found)


def test_all_stages_of_an_order_fit_the_budget() -> None:
    bounds = Bounds(2, 4, budget=12.0)
    found = frontier(made(), bounds)
    assert found
    assert all(one.most <= 12.0 for one in found)
    assert frontier(made(), Bounds(2, 4, budget=0.5)) == []


def test_a_stage_that_costs_more_than_it_is_worth_is_not_added() -> None:
    free, held = (frontier(made(), Bounds(2, 4, worth=one)) for one in (None, 15.0))
    assert max(len(one.order) for one in free) == 4
    assert max(len(one.order) for one in held) < 4
    assert {one.order for one in frontier(made(), Bounds(2, 4, worth=0.001))} == {one.order for one in free if len(one.order) == 1}


def test_what_an_order_promises_is_what_its_stages_do() -> None:
    found = made(Check(0.1, 0.05))
    chain = walked(found, (0, 2, 0))
    first = following(found, (0, 0, 0))
    assert chain.tried == (2, 0, 1)
    assert chain.cost > float(first.cost[0])
    assert chain.most > 1.0 + 20.0 + 1.0
    assert chain.good < chain.passed < 1.0


def test_dominated_orders_go_last_and_equal_ones_once_more() -> None:
    cheap, dear, worse = Chain((0,), (1,), 1.0, 1.0, 0.5, 0.5), Chain((1,), (1,), 2.0, 2.0, 0.6, 0.6), Chain((2,), (1,), 3.0, 3.0, 0.4, 0.4)
    assert best([worse, dear, cheap]) == [cheap, dear, worse]
