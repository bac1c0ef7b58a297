"""Rows over toy sessions of one call each: `size` thousand tokens cost 12 thousand a thousand on big, 3 on small, 10 as they were."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierwise.catalog.build import Offer
from tierwise.core.money import Unknown
from tierwise.lab.expected import Expected
from tierwise.lab.resampling import interval
from tierwise.lab.rows import (
    Bench,
    Pair,
    Row,
    actual,
    alone,
    bench,
    by_tier,
    cheaply,
    hindsight,
    hit_ratio,
    mixed_quality,
    policy,
    referred,
    rivals,
    saved,
    strongest,
)
from tierwise.lab.tally import Share, Sums, Tally, counted


def made(toy: Any, sessions: list[Any], **more: Any) -> Bench:
    rig = toy.rig(**more)
    tally = Tally("acme/big")
    for session in sessions:
        counted(tally, toy.replayed(session, rig))
    return bench(tally, rig.plans.at(1_000_000).catalog)


def one(toy: Any, size: int, name: str = "s", **more: Any) -> Any:
    return toy.session(toy.call(0, 1000 * size, 0, **({"session": name, "task": "debug", "words": "w" * size} | more)))


def several(toy: Any, *sizes: int, **more: Any) -> list[Any]:
    return [one(toy, size, f"s{number}", **more) for number, size in enumerate(sizes)]


def test_the_actual_bill_is_compared_only_where_both_prices_are_known(toy: Any) -> None:
    row = actual(made(toy, [one(toy, 4), one(toy, 50, "t", model="mute")]))
    assert (row.dollars, row.kind, row.unknown) == (40_000, "actual", 0.5)
    assert row.saving == pytest.approx(1 - 40_000 / 48_000)
    assert row.saving_low == pytest.approx(row.saving, abs=1e-3)
    assert (row.tiers, row.tasks, row.switches, row.hits) == ({"mid": 0.5, "premium": 0.5}, {"debug": 1.0}, 0, 0.0)


def test_calls_of_unknown_usage_or_model_count_in_the_unknown_share_of_every_row(toy: Any) -> None:
    sessions = [one(toy, 4), one(toy, 4, "t", usage=Unknown("no")), one(toy, 4, "u", model="stranger"), one(toy, 4, "v")]
    found = made(toy, sessions)
    assert {row.unknown for row in (actual(found), policy(found), *alone(found), *hindsight(found))} == {0.5}


def test_every_model_alone_stands_in_order_of_its_cost(toy: Any) -> None:
    small, big = alone(made(toy, several(toy, 1, 2)))
    assert (small.name, small.dollars, small.tokens, small.saving, small.switches) == ("acme/small", 9000, 9000, 0.75, 0)
    assert (big.name, big.dollars, big.saving, big.saving_low, big.saving_high) == ("acme/big", 36_000, 0.0, 0.0, 0.0)
    assert (small.tiers, small.tasks) == ({"flash": 1.0}, {"debug": 1.0})
    assert small.quality is not None
    assert small.quality.mean < 0 == (big.quality or small.quality).mean
    assert (referred(big).kind, referred(big).dollars) == ("reference", 36_000)


def test_a_model_whose_price_is_not_always_known_comes_last_and_saves_nothing(toy: Any) -> None:
    *_, mute = alone(made(toy, several(toy, 1), names=("acme/big", "acme/mute")))
    assert (mute.name, mute.saving, mute.unknown) == ("acme/mute", None, 1.0)


def test_a_reference_of_unknown_price_leaves_nothing_to_compare_with(toy: Any) -> None:
    offers = {"acme/big": Offer(tier="premium"), "acme/small": Offer(tier="flash", rates=(toy.small,))}
    found = made(toy, several(toy, 1, 2), offers=offers)
    rows = alone(found)
    assert {row.saving for row in (*rows, policy(found), actual(found), *hindsight(found))} == {None}
    assert rivals(found, rows, policy(found)) == ()


def test_the_policy_is_followed_call_by_call(toy: Any) -> None:
    row = policy(made(toy, [toy.three(task="debug")], chooser="in turn"))
    assert (row.dollars, row.tokens, row.switches) == (31_150, 31_150, 2)
    assert row.hits == pytest.approx(500 / 4100)
    assert row.tiers == pytest.approx({"flash": 1 / 3, "premium": 2 / 3})
    assert row.saving == pytest.approx(1 - 31_150 / 23_450)


def test_the_best_in_hindsight_is_followed_too_and_the_bound_is_below_it(toy: Any) -> None:
    found = made(toy, [toy.three(task="debug")], chooser="in turn")
    best, bound = hindsight(found)
    assert (best.kind, best.dollars, best.switches, best.tiers) == ("clairvoyant", 7650, 0, {"flash": 1.0})
    assert (bound.kind, bound.dollars) == ("bound", 7650)
    assert bound.dollars <= best.dollars <= policy(found).dollars


def half(toy: Any) -> Bench:
    """Two sessions of equal cost on each model, of which the policy sends the one with many words to the cheap model."""
    calls = [toy.call(0, 4000, 0, session="s", words="w" * 3), toy.call(0, 4000, 0, session="t", task="debug", words="w" * 300)]
    return made(toy, [toy.session(call) for call in calls])


def test_a_random_mix_costs_what_the_policy_costs_and_loses_in_proportion(toy: Any) -> None:
    found = half(toy)
    rows, chosen = alone(found), policy(found)
    assert chosen.dollars == 48_000 + 12_000
    mix, _, fixed = rivals(found, rows, chosen)
    assert (mix.kind, mix.name, mix.dollars) == ("random mix", "50% at random to acme/small, else acme/big", 60_000)
    assert rows[0].quality is not None
    assert mix.quality is not None
    assert mix.quality.mean == pytest.approx(rows[0].quality.mean / 2)
    assert mix.tiers == {"flash": 0.5, "premium": 0.5}
    assert mix.tasks == pytest.approx({"debug": 0.5, "unknown": 0.5})
    assert (fixed.kind, fixed.name) == ("best fixed", "acme/small for all")


def row_of(name: str, dollars: int, mean: float) -> Row:
    return Row(name, "alone", dollars, 0, 0, quality=Expected(mean, mean - 0.1, mean + 0.1, 1.0))


def test_the_mix_is_of_the_two_models_that_are_best_at_that_spend() -> None:
    found = [row_of("cheap", 10, -0.2), row_of("good", 40, -0.02), row_of("poor", 45, -0.3), row_of("dear", 100, 0.0)]
    pair = strongest(found, 70)
    assert pair is not None
    assert (pair.cheap.name, pair.base.name, cheaply(pair, 70)) == ("good", "dear", 0.5)
    assert mixed_quality(pair, 0.5).mean == pytest.approx(-0.01)
    assert strongest(found[:1], 70) is None


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(-9, 9)), min_size=2, max_size=5), st.integers(1, 9))
def test_no_other_pair_would_do_better(drawn: list[tuple[int, int]], spend: int) -> None:
    found = [row_of(str(place), dollars, mean / 10) for place, (dollars, mean) in enumerate(drawn)]
    best = strongest(found, spend)
    others = [Pair(one, other) for one in found for other in found if one.dollars <= spend <= other.dollars and one.dollars < other.dollars]
    assert (best is None) == (not others)
    for other in others:
        assert best is not None
        assert mixed_quality(best, cheaply(best, spend)).mean >= mixed_quality(other, cheaply(other, spend)).mean


def test_prompt_length_sends_the_shortest_first(toy: Any) -> None:
    found = half(toy)
    _, length, _ = rivals(found, alone(found), policy(found))
    assert (length.kind, length.name, length.dollars) == ("prompt length", "shortest 50% to acme/small, else acme/big", 60_000)
    assert length.tasks == pytest.approx({"debug": 48 / 60, "unknown": 12 / 60})
    assert length.tiers == {"flash": 0.5, "premium": 0.5}


def test_a_policy_dearer_than_the_reference_leaves_all_work_with_it(toy: Any) -> None:
    found = made(toy, [toy.three(task="debug")], chooser="in turn")
    mix, length, fixed = rivals(found, alone(found), policy(found))
    assert (mix.dollars, length.dollars, fixed.name) == (23_450, 23_450, "acme/big for all")
    assert mix.quality is not None
    assert mix.quality.mean == 0


def test_a_policy_as_cheap_as_the_cheapest_leaves_none(toy: Any) -> None:
    found = made(toy, several(toy, 1, 2, 5))
    mix, length, _ = rivals(found, alone(found), policy(found))
    assert (mix.dollars, length.dollars) == (24_000, 24_000)
    assert mix.tiers == length.tiers == {"flash": 1.0, "premium": 0.0}


def test_where_the_reference_is_the_cheapest_there_is_nothing_to_mix(toy: Any) -> None:
    found = made(toy, several(toy, 1, 2), names=("acme/big",))
    assert [row.kind for row in rivals(found, alone(found), policy(found))] == ["best fixed"]


@settings(max_examples=8)
@given(st.lists(st.integers(1, 60), min_size=40, max_size=60))
def test_each_interval_contains_its_point(toy: Any, sizes: list[int]) -> None:
    found = made(toy, [one(toy, size, f"s{number}", task="debug" if size % 2 else "") for number, size in enumerate(sizes)])
    rows, chosen = alone(found), policy(found)
    for row in (actual(found), chosen, *rows, *rivals(found, rows, chosen), *hindsight(found)):
        assert row.low <= row.dollars <= row.high
        assert row.saving is not None
        assert (row.saving_low or 0) - 1e-9 <= row.saving <= (row.saving_high or 0) + 1e-9
        if row.quality is not None:
            assert row.quality.low <= row.quality.mean <= row.quality.high
        assert not row.tiers or sum(row.tiers.values()) == pytest.approx(1)
        assert not row.tasks or sum(row.tasks.values()) == pytest.approx(1)


def test_the_interval_is_the_middle_95_percent() -> None:
    assert interval(np.arange(1001, dtype=np.float64)) == (25.0, 975.0)


def test_nothing_is_saved_of_nothing() -> None:
    row = Row("r", "k", 5, 0, 0)
    values, nothing = np.array([1.0, 2.0]), np.zeros(2)
    assert saved(row, (5, values), (0, values)) == row
    assert saved(row, (5, values), (5, nothing)) == row
    assert saved(row, (5, values), (10, np.array([0.0, 4.0]))).saving_high == 0.5


def test_a_hit_ratio_is_over_prompt_tokens() -> None:
    assert hit_ratio(Sums(prompt=400, cached=100)) == 0.25
    assert hit_ratio(Sums()) == 0.0


def test_tiers_are_shares_of_calls() -> None:
    parts = {("a", "debug", 1): Share(3, 0, 100), ("b", "debug", 1): Share(1, 0, 900)}
    assert by_tier({"a": "flash", "b": "mid"}, parts) == {"flash": 0.75, "mid": 0.25}


def test_work_by_models_that_are_no_candidates_is_of_unknown_quality(toy: Any) -> None:
    row = actual(made(toy, [one(toy, 4), one(toy, 4, "t", model="mute")]))
    assert row.quality == Expected(0.0, 0.0, 0.0, 0.5)
