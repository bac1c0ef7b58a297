from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.catalog import CachePhysics, Endpoint, Rates
from tierwise.core.money import Unknown
from tierwise.engine import warmth
from tierwise.lab.columns import Tariff, charges, columns, moved, one_by_one, sized, tariff

PRICE = st.integers(0, 10**8)
CACHES = st.builds(
    CachePhysics,
    kind=st.sampled_from(["marked", "automatic", "none", "unknown"]),
    minimum=st.sampled_from([0, 512, 1024]),
    step=st.sampled_from([1, 64, 128]),
)


def rates(above: int, per: int) -> st.SearchStrategy[Rates]:
    return st.builds(Rates, st.just(above), PRICE, PRICE, PRICE, PRICE, PRICE, st.just(per))


PRICED = st.one_of(
    st.tuples(rates(0, 1)),
    st.tuples(rates(0, 1000)),
    st.tuples(rates(0, 1), rates(2000, 1)),
    st.tuples(rates(0, 1), rates(1000, 10), rates(200_000, 1)),
    st.just(Unknown("nobody knows")),
)
SHAPES = st.lists(st.tuples(PRICED, CACHES, st.sampled_from([1.0, 1.25, 0.9]), st.integers(1, 5000)), min_size=1, max_size=6)
TOLD = st.tuples(st.booleans(), st.integers(1, 5000))


def endpoints(toy: Any, shapes: Any) -> list[Endpoint]:
    return [
        toy.endpoint(f"acme/m{index}", priced, cache=cache, scale=scale, effort=effort)
        for index, (priced, cache, scale, effort) in enumerate(shapes)
    ]


CALLS = st.tuples(st.integers(0, 10**6), st.integers(0, 10**4), st.floats(0, 10**6))
"""Prompt, answer, and what is kept of the prompt."""


@given(SHAPES, CALLS, TOLD)
def test_columns_charge_what_each_lane_does_on_its_own(toy: Any, shapes: Any, call: tuple[int, int, float], who: tuple[bool, int]) -> None:
    (tokens, output, kept), (long, effort) = call, who
    offered = endpoints(toy, shapes)
    table = columns(offered)
    found = charges(table, *sized(table, tokens, output, [kept] * len(table.caches)), who)
    for place, one in enumerate(offered):
        row = tuple(int(column[place]) for column in found[:5])
        told = tariff(one)
        if isinstance(told, Unknown):
            assert row == (0, 0, 0, 0, 0)
            assert not found.known[place]
            continue
        prompt, answer = round(tokens * one.scale), round(output * one.scale)
        cached = min(warmth.rounded(one.cache, kept * one.scale), prompt)
        alone, cold = one_by_one(told, prompt, cached, answer, long=long)
        assert row == (alone, alone * one.effort // effort, cold * one.effort // effort, prompt, cached)
        assert found.known[place]


@given(SHAPES, st.integers(0, 10**6), st.integers(0, 10**4))
def test_with_nothing_cached_a_call_costs_its_cold_price(toy: Any, shapes: Any, tokens: int, output: int) -> None:
    table = columns(endpoints(toy, shapes))
    found = charges(table, *sized(table, tokens, output, [0.0] * len(table.caches)), (False, 1000))
    assert found.dollars.tolist() == found.cold.tolist()


def test_a_tariff_is_charged_by_hand(toy: Any) -> None:
    short, long = Rates(0, 10, 1, 12, 20, 50), Rates(1000, 20, 2, 24, 40, 100)
    told = tariff(toy.endpoint("acme/big", (short, long), cache=CachePhysics("automatic", minimum=500)))
    assert isinstance(told, Tariff)
    assert one_by_one(told, 1000, 600, 10, long=False) == (600 + 400 * 12 + 500, 1000 * 12 + 500)
    assert one_by_one(told, 1001, 600, 10, long=True) == (1200 + 401 * 40 + 1000, 1001 * 40 + 1000)
    assert one_by_one(told, 499, 0, 10, long=False) == (499 * 10 + 500, 499 * 10 + 500)


def test_where_nothing_is_cached_nothing_is_written(toy: Any) -> None:
    told = tariff(toy.endpoint("acme/big", cache=CachePhysics("unknown")))
    assert isinstance(told, Tariff)
    assert one_by_one(told, 1000, 0, 0, long=True) == (10_000, 10_000)


def test_equal_caches_are_worked_out_once(toy: Any) -> None:
    one, other = CachePhysics("marked"), CachePhysics("automatic")
    table = columns([toy.endpoint(f"acme/m{index}", cache=cache) for index, cache in enumerate((one, other, one))])
    assert table.caches == (one, other)
    assert table.cache.tolist() == [0, 1, 0]
    assert np.issubdtype(table.fresh.dtype, np.int64)


def test_columns_with_other_efforts_differ_in_measured_work_alone(toy: Any) -> None:
    table = columns([toy.endpoint(f"acme/m{index}") for index in range(2)])
    sizes = sized(table, 1000, 10, [0.0])
    before, after = charges(table, *sizes, (False, 1000)), charges(moved(table, [2500, 400]), *sizes, (False, 1000))
    assert after.tokens.tolist() == before.tokens.tolist()
    assert after.dollars.tolist() == [before.tokens[0] * 2500 // 1000, before.tokens[1] * 400 // 1000]
