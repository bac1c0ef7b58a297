"""Rate limits as arithmetic: what remains, when there is enough, what does not fit, and our own buckets."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tierwise.core.decision import Outage
from tierwise.recovery.pacing import BUSY, SOONEST, Bucket, Pace, Window, bucket, enough, hedge_delay, left, level, settled, taken

NOW = 1_790_000_000_000
windows = st.builds(
    lambda size, remaining, seen, lasts: Window("tokens", size, min(size, remaining), NOW + seen + lasts, NOW + seen),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(-100_000, 100_000),
    st.integers(0, 100_000),
)
times = st.integers(NOW - 200_000, NOW + 300_000)


def test_a_limit_fills_evenly_until_it_is_full() -> None:
    window = Window("tokens", 100, 20, NOW + 1_000, NOW)
    assert [left(window, NOW + later) for later in (-5, 0, 250, 500, 999, 1_000, 9_999)] == [20, 20, 40, 60, 99, 100, 100]
    assert left(Window("tokens", 100, 120, NOW + 1_000, NOW), NOW + 500) == 120


def test_what_is_missing_is_awaited_no_longer_than_needed() -> None:
    window = Window("tokens", 100, 20, NOW + 1_000, NOW)
    assert [enough(window, need, NOW) - NOW for need in (0, 20, 21, 40, 60, 100, 500)] == [0, 0, 13, 250, 500, 1_000, 1_000]
    assert enough(window, 500, NOW + 2_000) == NOW + 2_000
    assert enough(Window("tokens", 10, 20, NOW + 1_000, NOW), 30, NOW) == NOW + 1_000


@given(windows, times, times)
def test_more_remains_later_and_never_more_than_the_limit(window: Window, one: int, other: int) -> None:
    early, late = sorted((one, other))
    assert window.remaining <= left(window, early) <= left(window, late) <= window.size


@given(windows, st.integers(0, 12_000), times)
def test_there_is_enough_when_it_is_said_to_be_and_not_a_moment_before(window: Window, need: int, now: int) -> None:
    at = enough(window, need, now)
    assert now <= at <= max(now, window.reset)
    if at < window.reset:
        assert left(window, at) >= need
    if at > now:
        assert left(window, at - 1) < need


def test_a_request_that_does_not_fit_goes_elsewhere_until_it_would() -> None:
    pace = Pace()
    assert pace.full(10**9, NOW) == {}
    pace.begin("a", 50)
    pace.hear("a", 50, (Window("requests", 10, 2, NOW + 10_000, NOW), Window("tokens", 1_000, 400, NOW + 6_000, NOW)))
    assert pace.full(400, NOW) == {}
    assert pace.full(401, NOW) == {"a": Outage(NOW + 10, "its limit of 1000 tokens is nearly used up")}
    assert pace.full(401, NOW + 10) == {}
    assert pace.full(2_000, NOW) == {"a": Outage(NOW + 6_000, "its limit of 1000 tokens is nearly used up")}


def test_what_is_under_way_counts_and_is_forgotten_when_it_is_answered() -> None:
    pace = Pace()
    pace.seen["a"] = (
        Window("requests", 10, 2, NOW + 8_000, NOW),
        Window("tokens", 1_000, 400, NOW + 6_000, NOW),
        Window("dreams", 1, 0, NOW + 9, NOW),
    )
    pace.begin("a", 300)
    assert pace.full(100, NOW) == {}
    assert set(pace.full(101, NOW)) == {"a"}
    pace.begin("a", 0)
    assert pace.full(0, NOW) == {"a": Outage(NOW + 1_000, "its limit of 10 requests is nearly used up")}
    assert pace.full(400, NOW)["a"].until == NOW + 3_000, "the later of two"
    pace.hear("a", 300)
    pace.hear("a", 0)
    assert pace.full(400, NOW) == {}
    assert pace.loads == {}


def test_an_answer_nobody_counted_takes_nothing_away() -> None:
    pace = Pace()
    pace.hear("a", 10)
    pace.begin("a", 5)
    pace.begin("a", 5)
    pace.hear("a", 100)
    assert (pace.loads["a"].requests, pace.loads["a"].tokens) == (1, 0)


def test_an_endpoint_that_takes_so_many_at_once_takes_no_more() -> None:
    pace = Pace({"local": 2})
    pace.begin("local", 1)
    pace.begin("other", 1)
    assert pace.full(1, NOW) == {}
    pace.begin("local", 1)
    assert pace.full(1, NOW) == {"local": Outage(NOW + BUSY, "2 requests are under way")}
    pace.hear("local", 1)
    assert pace.full(1, NOW) == {}


def test_a_bucket_gives_what_it_has_and_says_when_it_has_more() -> None:
    one = bucket(60, NOW)
    one, wait = taken(one, 50, NOW)
    assert (level(one, NOW), wait) == (10, 0)
    assert taken(one, 20, NOW) == (one, 10_000)
    after, wait = taken(one, 20, NOW + 10_000)
    assert (level(after, NOW + 10_000), wait) == (0, 0)
    assert level(after, NOW + 10**9) == 60


def test_a_request_larger_than_a_bucket_waits_until_it_is_full_and_leaves_a_debt() -> None:
    one, wait = taken(bucket(60, NOW), 90, NOW)
    assert (level(one, NOW), wait) == (-30, 0)
    assert taken(one, 90, NOW)[1] == 90_000
    assert level(settled(one, 90, 40), NOW) == 20
    assert level(settled(one, 900, 0), NOW) == 60


@given(st.integers(1, 1_000), st.integers(1, 100_000), st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 2_000)), max_size=12))
def test_nobody_gets_more_than_a_full_bucket_and_what_fills_in_the_time(size: int, period: int, asks: list[tuple[int, int]]) -> None:
    one, now, given_out = bucket(size, NOW, period), NOW, 0
    for later, amount in asks:
        now += later
        before = one
        one, wait = taken(one, amount, now)
        given_out += 0 if wait else amount
        over = max([amount for _, amount in asks]) if asks else 0
        assert given_out <= size + size * (now - NOW) / period + over + 1e-6
        if wait:
            assert one == before
            assert taken(one, amount, now + wait)[1] <= 1


@given(st.builds(Bucket, st.just(10), st.just(1_000), st.floats(-20, 10), st.just(NOW)), st.integers(-5_000, 5_000))
def test_time_that_runs_backwards_takes_nothing(one: Bucket, later: int) -> None:
    assume(later <= 0)
    assert level(one, NOW + later) == one.level


@pytest.mark.parametrize(
    ("p95", "time_left", "delay"),
    [(None, 10_000, None), (900, 10_000, 900), (10, 10_000, SOONEST), (900, 900, None), (900, 901, 900)],
)
def test_a_second_request_is_sent_when_the_first_is_late_and_there_is_time(p95: int | None, time_left: int, delay: int | None) -> None:
    assert hedge_delay(p95, time_left) == delay


def test_a_limit_holds_for_an_endpoint_at_every_effort_together() -> None:
    pace = Pace({"a/1": 2})
    pace.begin("a/1@low", 10)
    pace.begin("a/1@high", 10)
    assert set(pace.full(1, 0)) == {"a/1"}
    pace.hear("a/1@low", 10, (Window("requests", 5, 0, 1000, 0),))
    assert set(pace.full(1, 0)) == {"a/1"}
    pace.hear("a/1@high", 10, (Window("requests", 5, 4, 1000, 0),))
    assert pace.full(1, 0) == {}
    assert pace.loads == {}
