"""What own costs do to efforts: what sets models apart moves them, what is common to all does not, and little is hardly believed."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.engine.worlds import catalog, endpoint
from tierwise.core.catalog import OWN, Endpoint, Evidence, Rates
from tierwise.core.mix import STANDARD, at_list
from tierwise.core.money import Unknown
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine.outlay import FARTHEST, Efforts, Paid, efforts, paid

A, B, C = (endpoint(f"p0/{model}", fresh, effort_known=True) for model, fresh in (("a", 1_000_000), ("b", 4_000_000), ("c", 9_000_000)))


def item(one: Endpoint) -> float:
    """What an item costs that is as large as the mix, if list prices and effort are right."""
    assert not isinstance(one.rates, Unknown)
    return at_list(STANDARD, one.rates) * one.scale * one.effort / 1000


def cost(one: Endpoint, times: float = 1.0, n: int | None = 50, kind: str = "debug", **more: Any) -> Evidence:
    """Items that cost so many times what they should, each give or take half."""
    mean = round(times * item(one))
    return replace(Evidence(one.model, OWN, None, "2026-11-01", "ours", cost=mean, kind=kind, deviation=mean // 2, items=n), **more)


def moved(*rows: Evidence, among: tuple[Endpoint, ...] = (A, B, C)) -> Efforts:
    return efforts(catalog(*among, evidence=rows))


def factor(found: Efforts, one: Endpoint, kind: str = "debug") -> float:
    return found.get(kind, {}).get(one.id, one.effort) / one.effort


# What moves an effort, and how far.


def test_a_model_whose_items_cost_four_times_as_much_as_another_s_nearly_gets_that() -> None:
    found = moved(cost(A, 4.0, 500), cost(B, 1.0, 500))
    assert factor(found, A) > 1 > factor(found, B)
    assert factor(found, A) / factor(found, B) == pytest.approx(4, rel=0.1)
    assert factor(found, C) == 1


def test_it_is_believed_the_more_the_more_items_there_are() -> None:
    apart = [factor(found, A) / factor(found, B) for n in (1, 2, 10, 50, 500) for found in [moved(cost(A, 4.0, n), cost(B, 1.0, n))]]
    assert apart == sorted(apart)
    assert apart[0] < 1.25
    assert apart[3] > 3


def test_items_that_differ_much_are_believed_less() -> None:
    even, uneven = (
        factor(moved(*(replace(row, deviation=row.cost * times) for row in (cost(A, 4.0), cost(B)) if row.cost)), A) for times in (0, 5)
    )
    assert even > uneven > 1


def test_where_the_spread_is_not_known_it_is_taken_for_a_wide_one() -> None:
    told = cost(A, 4.0), cost(B)
    known, unknown = factor(moved(*told), A), factor(moved(*(replace(row, deviation=None) for row in told)), A)
    assert known > unknown > 1


def test_a_model_s_own_deviation_counts_at_work_that_was_not_measured_but_less() -> None:
    found = moved(cost(A, 4.0), cost(B))
    assert found.keys() == {*KINDS, UNKNOWN_KIND}
    assert factor(found, A) > factor(found, A, "plan") > 1
    assert factor(found, A, "plan") == factor(found, A, UNKNOWN_KIND)


def test_a_guessed_effort_gives_way_sooner_than_a_measured_one() -> None:
    guessed = replace(A, effort_known=False)
    assert factor(moved(cost(A, 4.0, 5), cost(B, 1.0, 5), among=(guessed, B)), A) > factor(moved(cost(A, 4.0, 5), cost(B, 1.0, 5)), A)


def test_a_model_that_takes_more_tokens_for_the_same_text_and_costs_as_much_more_does_not_deviate() -> None:
    wordy = replace(A, scale=1.6, effort=3000)
    assert moved(cost(wordy), cost(B), among=(wordy, B)) == {}


def test_a_model_at_two_endpoints_moves_at_both() -> None:
    other = replace(A, id="p1/a", provider="p1")
    found = moved(cost(A, 4.0), cost(B), among=(A, other, B))
    assert factor(found, A) == factor(found, other) > 1


# What moves nothing.


@given(st.floats(0.01, 100), st.integers(1, 1000))
def test_how_large_a_team_s_items_are_moves_nothing(times: float, n: int) -> None:
    found = moved(*(cost(one, times, n) for one in (A, B, C)))
    assert all(abs(effort - 1000) <= 1 for kind in found.values() for effort in kind.values())


@given(st.floats(0.001, 1000), st.integers(1, 10**6), st.sampled_from(KINDS))
def test_one_model_alone_moves_nothing(times: float, n: int, kind: str) -> None:
    assert moved(cost(A, times, n, kind)) == {}
    assert moved(cost(A, times, n, kind), cost(B, 1.0, n, next(one for one in KINDS if one != kind))) == {}


def test_a_kind_that_one_model_alone_did_neither_adds_to_what_is_known_of_it_nor_takes_from_it() -> None:
    both = cost(A, 4.0), cost(B)
    assert moved(*both, cost(A, 7.0, 500, "test")) == moved(*both)


@pytest.mark.parametrize(
    "silent",
    [
        cost(A, 4.0, benchmark="swe"),
        cost(A, 4.0, cost=None),
        cost(A, 4.0, cost=0),
        cost(A, 4.0, items=None),
        cost(A, 4.0, items=0),
        cost(A, 4.0, model="nobody sells it"),
    ],
    ids=["a benchmark", "no cost", "nothing paid", "no number", "no items", "no endpoint"],
)
def test_what_says_nothing_of_cost_moves_nothing(silent: Evidence) -> None:
    assert moved(silent, cost(B)) == {}


@pytest.mark.parametrize("change", [{"rates": Unknown("not listed")}, {"rates": (Rates(0, 0, 0, 0, 0, 0),)}, {"effort": 0}])
def test_a_model_without_a_price_is_not_compared(change: dict[str, Any]) -> None:
    assert moved(cost(A, 4.0), cost(B), among=(replace(A, **change), B)) == {}


# Laws.

ROWS = st.lists(
    st.builds(
        cost, st.sampled_from((A, B, C)), st.floats(0.001, 1000), st.none() | st.integers(1, 10**4), st.sampled_from(("debug", "test"))
    ),
    max_size=10,
)


@given(ROWS, st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[Evidence], chance: Any) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)
    assert moved(*mixed) == moved(*rows)


@given(ROWS)
def test_an_effort_stays_within_a_fifth_and_five_times(rows: list[Evidence]) -> None:
    assert all(199 <= effort <= 5001 for kind in moved(*rows).values() for effort in kind.values())


def test_it_reaches_these_bounds_and_no_effort_becomes_none() -> None:
    least = replace(A, effort=1)
    found = moved(cost(least, 1e-6, 1000), cost(B, 1e6, 1000), among=(least, B))
    assert found["debug"] == {B.id: round(1000 * math.exp(FARTHEST))}


@given(ROWS, st.integers(0, 9), st.floats(1, 50))
def test_items_that_cost_more_by_the_same_share_never_make_a_model_cheaper(rows: list[Evidence], place: int, times: float) -> None:
    alone = list({(row.model, row.kind): row for row in rows}.values())
    if not alone:
        return
    one = alone[place % len(alone)]
    assert one.cost is not None
    assert one.deviation is not None
    dearer = replace(one, cost=round(one.cost * times), deviation=round(one.deviation * times))
    before, after = moved(*alone), moved(*(dearer if row is one else row for row in alone))
    (own,) = (each for each in (A, B, C) if each.model == one.model)
    others = [each for each in (A, B, C) if each is not own]
    for kind in ("debug", "test", "plan"):
        assert factor(after, own, kind) >= factor(before, own, kind) - 0.002
        assert all(factor(after, other, kind) <= factor(before, other, kind) + 0.002 for other in others)


# Rows of one pair, taken together.


def test_rows_of_one_pair_are_one_with_the_spread_of_all() -> None:
    rows = [cost(A, n=1, cost=100, deviation=None), cost(A, n=3, cost=200, deviation=10), cost(B, n=2, cost=70, deviation=7)]
    assert paid(rows) == {"a": {"debug": Paid(4, 175.0, 1950.0)}, "b": {"debug": Paid(2, 70.0, 49.0)}}


def test_of_one_item_or_of_rows_that_do_not_tell_it_the_spread_is_not_known() -> None:
    assert paid([cost(A, n=1, cost=100, deviation=None)]) == {"a": {"debug": Paid(1, 100.0, None)}}
    rows = [cost(A, n=2, cost=100, deviation=None), cost(A, n=2, cost=100, deviation=5)]
    assert paid(rows) == {"a": {"debug": Paid(4, 100.0, None)}}


def test_where_items_are_not_told_they_are_those_of_the_score() -> None:
    assert paid([cost(A, n=None, cost=100, deviation=10) for _ in range(1)]) == {}
    assert paid([replace(cost(A, n=None, cost=100, deviation=10), n=20)])["a"]["debug"].n == 20
    assert paid([replace(cost(A, n=3, cost=100, deviation=10), n=20)])["a"]["debug"].n == 3
