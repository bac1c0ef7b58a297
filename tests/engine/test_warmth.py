import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import DIGESTS, KEPT, NOW, caches
from tierwise.core.catalog import CachePhysics
from tierwise.core.decision import Conditions, Prefix, Seen
from tierwise.core.request import Mark
from tierwise.engine import warmth

PREFIX = Prefix(tuple(Mark(digest, size) for digest, size in zip(DIGESTS, (1000, 3000, 8000, 20_000), strict=True)), 2)


def seen(seconds: float, ttl: int = 300, odds: float = 1.0) -> Seen:
    """A prefix that was used some seconds ago."""
    return Seen(NOW - round(1000 * seconds), ttl, odds)


@pytest.mark.parametrize(
    ("idle", "ttl", "odds"),
    [
        (-5, 300, 1.0),
        (0, 300, 1.0),
        (150, 300, 0.95),
        (300, 300, 0.9),
        (450, 300, 0.5),
        (9999, 300, 0.0),
        (3600, 3600, 0.9),
        (5400, 3600, 0.45),
    ],
)
def test_odds_lie_on_straight_lines_between_the_points(idle: float, ttl: int, odds: float) -> None:
    assert warmth.survival(KEPT, idle, ttl) == pytest.approx(odds)


def test_a_provider_without_a_curve_for_the_hour_keeps_to_its_only_one() -> None:
    assert warmth.survival(CachePhysics("automatic", survival=((0, 0.8), (100, 0.8))), 50, warmth.HOUR) == 0.8


def test_before_the_first_point_of_a_curve_its_odds_hold_already() -> None:
    assert warmth.survival(CachePhysics("automatic", survival=((60, 0.9), (120, 0.5))), 10) == 0.9


def test_nothing_survives_where_no_curve_is_known() -> None:
    assert warmth.survival(CachePhysics("unknown"), 0) == 0.0


@given(caches(), st.floats(0, 10_000), st.floats(0, 10_000), st.sampled_from((300, 3600)))
def test_odds_never_rise_with_idle_time(physics: CachePhysics, one: float, other: float, ttl: int) -> None:
    early, late = sorted((one, other))
    assert 1 >= warmth.survival(physics, early, ttl) >= warmth.survival(physics, late, ttl) >= 0


def test_the_longest_mark_that_was_had_is_read() -> None:
    had = {"tools": seen(0), "system": seen(0), "first": seen(0)}
    assert warmth.expected(KEPT, PREFIX, had, NOW) == 8000


def test_of_a_prefix_that_may_be_lost_the_head_is_left_with_its_own_odds() -> None:
    had = {"system": seen(0), "last": seen(450)}
    assert warmth.expected(KEPT, PREFIX, had, NOW) == pytest.approx(0.5 * 20_000 + 0.5 * 3000)


def test_of_a_prefix_that_may_be_lost_nothing_is_left_where_its_head_was_never_had() -> None:
    assert warmth.expected(KEPT, PREFIX, {"last": seen(450)}, NOW) == pytest.approx(10_000)


def test_a_head_alone_is_read_with_its_own_odds() -> None:
    assert warmth.expected(KEPT, PREFIX, {"system": seen(450)}, NOW) == pytest.approx(1500)


def test_odds_of_the_mark_and_of_the_sight_multiply() -> None:
    prefix = Prefix((Mark("tools", 1000, 0.5),), 1)
    assert warmth.expected(KEPT, prefix, {"tools": seen(0, odds=0.5)}, NOW) == 250


def test_nothing_is_read_of_what_was_never_had() -> None:
    assert warmth.expected(KEPT, PREFIX, {"another": seen(0)}, NOW) == 0
    assert warmth.expected(KEPT, PREFIX, {}, NOW) == 0


@given(caches(), st.dictionaries(st.sampled_from(DIGESTS), st.builds(seen, st.floats(0, 5000), st.sampled_from((300, 3600)))))
def test_what_is_expected_lies_between_nothing_and_the_longest_mark_had(physics: CachePhysics, had: dict[str, Seen]) -> None:
    longest = max((mark.size for mark in PREFIX.marks if mark.digest in had), default=0)
    assert 0 <= warmth.expected(physics, PREFIX, had, NOW) <= longest + 1e-6


@pytest.mark.parametrize(("tokens", "counted"), [(0, 0), (1023.9, 0), (1024, 1024), (1151.9, 1024), (1152, 1152), (20_000, 19_968)])
def test_tokens_are_rounded_down_to_a_step_and_dropped_below_the_minimum(tokens: float, counted: int) -> None:
    assert warmth.rounded(KEPT, tokens) == counted


def test_a_served_prompt_leaves_its_head_and_its_end_warm() -> None:
    before = Conditions(NOW, warm={"p0/m0": {"old": seen(60), "last": seen(60)}, "p1/m1": {"tools": seen(5)}})
    after = warmth.warmed(before, "p0/m0", PREFIX)
    assert after["p0/m0"] == {"old": seen(60), "tools": Seen(NOW), "system": Seen(NOW), "last": Seen(NOW)}
    assert after["p1/m1"] == before.warm["p1/m1"]


def test_a_served_prompt_is_read_to_its_end_by_the_next() -> None:
    warm = warmth.warmed(Conditions(NOW), "p0/m0", PREFIX)
    longer = Prefix((*PREFIX.marks, Mark("next", 30_000)), 2)
    assert warmth.expected(KEPT, longer, warm["p0/m0"], NOW) == 20_000


def test_a_fading_longer_mark_does_not_hide_a_shorter_one_that_is_sure() -> None:
    fresh = {DIGESTS[1]: seen(0), DIGESTS[2]: seen(0)}
    faded = fresh | {DIGESTS[3]: seen(9999)}
    assert warmth.expected(KEPT, PREFIX, faded, NOW) >= warmth.expected(KEPT, PREFIX, fresh, NOW) > 0


@given(caches(), st.dictionaries(st.sampled_from(DIGESTS), st.floats(0, 10_000).map(seen), max_size=4), st.sampled_from(DIGESTS))
def test_having_had_more_never_means_less_is_cached(physics: CachePhysics, had: dict[str, Seen], more: str) -> None:
    fewer = {digest: one for digest, one in had.items() if digest != more or DIGESTS.index(more) < PREFIX.anchor}
    assert warmth.expected(physics, PREFIX, had, NOW) >= warmth.expected(physics, PREFIX, fewer, NOW) - 1e-9
