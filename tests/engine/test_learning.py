"""What is learnt of outcomes: bounds on whoever tells, forgetting, and rows of evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.catalog import OWN, Evidence
from tierwise.core.told import Paid, Told
from tierwise.engine.learning import DAY, HALF_LIFE, KEY, LIVES, ORIGIN, SOURCE, Learnt, evidence, faded, learnt, since, step

TODAY = 20_781


def told(n: float, good: float, *, key: str = "ann", source: str = "traffic", day: int = TODAY, **more: str) -> Told:
    return Told(more.get("model", "a"), more.get("task", "debug"), source, key, day, n, good, int(n) or 1)


def dated(day: int) -> str:
    return f"day {day}"


MANY = st.lists(
    st.builds(
        lambda n, share, key, source, age: told(n, n * share, key=key, source=source, day=TODAY - age),
        st.floats(0.01, 1e6),
        st.floats(0, 1),
        st.sampled_from(["ann", "bob", "eve"]),
        st.sampled_from(["traffic", "feedback", "header"]),
        st.integers(0, 400),
    ),
    min_size=1,
    max_size=20,
)


def test_nothing_told_is_nothing_learnt() -> None:
    assert learnt((), TODAY) == ()
    assert evidence((), dated) == ()


def test_what_was_told_of_a_model_is_taken_together() -> None:
    (one,) = learnt([told(6, 3), told(2, 2, key="bob", source="feedback", day=TODAY - 1)], TODAY, half_life=1e9)
    assert (one.model, one.task, one.told, one.keys, one.sources, one.day) == ("a", "debug", 8, 2, ("feedback", "traffic"), TODAY)
    assert one.n == pytest.approx(8)
    assert one.rate == pytest.approx(5 / 8)


def test_models_and_kinds_are_learnt_of_apart_and_in_order() -> None:
    found = learnt([told(1, 1, model="b"), told(1, 0, task="test"), told(1, 1)], TODAY)
    assert [(one.model, one.task, one.rate) for one in found] == [("a", "debug", 1.0), ("a", "test", 0.0), ("b", "debug", 1.0)]


@pytest.mark.parametrize("one", [told(1, 1, model=""), told(1, 1, task="poetry"), told(1, 1, task="unknown"), told(0, 0)])
def test_what_is_of_no_model_or_no_known_work_teaches_nothing(one: Told) -> None:
    assert learnt([one], TODAY) == ()


def test_an_outcome_counts_half_after_each_half_life_and_one_of_the_future_as_one_of_today() -> None:
    assert [faded(age, 30) for age in (-5, 0, 30, 60)] == [1.0, 1.0, 0.5, 0.25]
    (one,) = learnt([told(40, 40, day=TODAY - 30), told(40, 0)], TODAY)
    assert one.n == pytest.approx(60)
    assert one.rate == pytest.approx(1 / 3)


def test_what_is_looked_at_no_more_would_count_as_next_to_nothing() -> None:
    assert since(TODAY * DAY, HALF_LIFE) == (TODAY - 210) * DAY
    assert faded(round(LIVES * HALF_LIFE), HALF_LIFE) < 0.01
    assert since(TODAY * DAY, 36_500) == 0


def test_a_hundred_thousand_outcomes_of_one_key_count_as_few() -> None:
    (one,) = learnt([told(100_000, 0, key="mallory", source="feedback")], TODAY)
    assert (one.n, one.told) == (KEY, 100_000)
    honest = [told(KEY, KEY * 0.9, key=f"k{number}") for number in range(4)]
    (alone,), (both,) = learnt(honest, TODAY), learnt([*honest, told(100_000, 0, key="mallory", source="feedback")], TODAY)
    assert alone.rate == pytest.approx(0.9)
    assert both.rate == pytest.approx(0.9 * 4 / 5)


def test_a_thousand_keys_of_one_source_count_as_few() -> None:
    crowd = [told(100, 0, key=f"k{number}", source="feedback") for number in range(1000)]
    (one,) = learnt(crowd, TODAY)
    assert one.n == pytest.approx(SOURCE)
    (both,) = learnt([*crowd, *(told(100, 100, key=f"k{number}") for number in range(1000))], TODAY)
    assert both.rate == pytest.approx(0.5)


@given(MANY)
def test_nobody_counts_for_more_than_the_bounds_whatever_is_told(many: list[Told]) -> None:
    (one,) = learnt(many, TODAY)
    keys = len({(each.key, each.source) for each in many})
    assert 0 < one.n <= min(keys * KEY, 3 * SOURCE) * (1 + 1e-9)
    assert -1e-9 <= one.rate <= 1 + 1e-9


@given(MANY, st.floats(0.1, 1e9), st.floats(0, 1))
def test_one_more_voice_moves_the_share_by_its_bound_at_most(many: list[Told], n: float, share: float) -> None:
    (before,) = learnt(many, TODAY)
    (after,) = learnt([*many, told(n, n * share, key="mallory", source="header")], TODAY)
    assert abs(after.rate - before.rate) <= KEY / (before.n + KEY) + 1 - min(1.0, SOURCE / (3 * KEY + KEY)) + 1e-9


@given(MANY)
def test_the_order_in_which_it_was_told_does_not_matter(many: list[Told]) -> None:
    (one,), (other,) = learnt(many, TODAY), learnt(many[::-1], TODAY)
    assert (one.n, one.rate) == pytest.approx((other.n, other.rate))


def test_more_that_spoke_for_it_than_there_were_outcomes_does_not_count() -> None:
    (one,) = learnt([told(2, 5), told(2, -1, key="bob")], TODAY)
    assert one.rate == 0.5


LEARNT = Learnt("a", "debug", 41.6, 0.123456789, 50, 2, ("traffic",), TODAY)


def test_what_is_learnt_is_evidence_of_whole_outcomes() -> None:
    assert evidence([LEARNT], dated) == (Evidence("a", OWN, 0.123457, f"day {TODAY}", ORIGIN, 42, kind="debug"),)


def test_evidence_has_what_the_work_cost_where_that_is_known() -> None:
    (row,) = evidence([LEARNT], dated, [Paid("a", "debug", 3, 714, 27)])
    assert (row.score, row.n, row.cost, row.deviation, row.items) == (0.123457, 42, 710, 30, 2)


def test_what_work_cost_of_which_nothing_was_told_is_evidence_without_a_score() -> None:
    paid = [Paid("b", "test", 1, 99_999), Paid("a", "debug", 7, 700, 1004), Paid("a", "chat", 7, 700), Paid("a", "test", 7, 0, 0)]
    rows = evidence([], dated, paid, TODAY)
    assert rows == (
        Evidence("a", OWN, None, f"day {TODAY}", ORIGIN, None, 700, kind="debug", deviation=1000, items=5),
        Evidence("b", OWN, None, f"day {TODAY}", ORIGIN, None, 100_000, kind="test", items=1),
    )


@given(st.integers(1, 10**15), st.integers(0, 10**15), st.integers(1, 10**6))
def test_what_enters_evidence_of_costs_is_rough_and_not_wrong(mean: int, deviation: int, n: int) -> None:
    (row,) = evidence([], dated, [Paid("a", "debug", n, mean, deviation)], TODAY)
    assert row.cost is not None
    assert row.deviation is not None
    assert row.items is not None
    assert abs(row.cost - mean) <= mean / 20
    assert abs(row.deviation - deviation) <= max(mean, deviation) / 20
    assert row.items <= n < row.items * 2.5
    assert str(row.items).rstrip("0") in {"1", "2", "5"}
    assert all(len(str(amount).rstrip("0")) <= 2 for amount in (row.cost, row.deviation))


@given(st.integers(1, 10**9))
def test_a_number_of_items_is_counted_in_steps(count: int) -> None:
    assert step(count) <= step(count + 1) <= count + 1


def test_evidence_does_not_change_with_every_work_item() -> None:
    rows = {evidence([], dated, [Paid("a", "debug", 50 + more, 1_000_000 + 1000 * more, 500_000 + more)], TODAY) for more in range(40)}
    assert len(rows) == 1


def test_less_than_half_an_outcome_is_no_evidence() -> None:
    assert evidence(learnt([told(0.4, 0.4)], TODAY), dated) == ()


def test_an_outcome_that_has_faded_away_is_no_evidence() -> None:
    assert evidence(learnt([told(1, 1, day=0)], TODAY), dated) == ()
    assert learnt([told(1, 1, day=-(10**6))], TODAY)[0].rate == 0.0
