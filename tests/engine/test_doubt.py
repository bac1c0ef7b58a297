"""What an endpoint is held to when the kind of work is not sure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.decision import Standing, Task
from tierwise.core.tasks import KINDS, TIERS, UNKNOWN_KIND
from tierwise.engine import doubt

FLOOR = 0.1


def table(**bounds: float | None) -> dict[tuple[str, int], tuple[tuple[Standing, bool], ...]]:
    """One endpoint's marks by kind at difficulty 2, and none where the kind is unknown."""
    found: dict[str, float | None] = {UNKNOWN_KIND: None, **bounds}
    return {(kind, 2): ((Standing(0.7, one), one is not None and one >= -FLOOR),) for kind, one in found.items()}


def bound(task: Task, **bounds: float | None) -> float | None:
    return doubt.marked(table(**bounds), task, FLOOR)[0][0].bound


def test_without_doubts_the_table_is_what_counts() -> None:
    marks = table(debug=-0.05)
    assert doubt.marked(marks, Task("debug", 2, 0.6, ""), FLOOR) is marks["debug", 2]
    assert doubt.marked(marks, Task("poetry", 1, 0.6, ""), FLOOR) is marks[UNKNOWN_KIND, 2]


def test_a_doubt_weighs_as_much_as_certainty_is_missing() -> None:
    assert bound(Task("docs", 2, 0.75, "", ("plan",)), docs=0.0, plan=-0.4) == pytest.approx(-0.1)
    assert bound(Task("docs", 2, 0.75, "", ("plan",)), docs=-0.2, plan=0.4) == -0.2


def test_an_endpoint_clears_by_the_doubted_bound() -> None:
    marks = table(docs=0.0, plan=-0.4)
    clears = [doubt.marked(marks, Task("docs", 2, sure, "", ("plan",)), FLOOR)[0][1] for sure in (0.9, 0.5)]
    assert clears == [True, False]


def test_what_is_unknown_of_a_doubt_is_unknown_of_all() -> None:
    assert bound(Task("docs", 2, 0.9, "", ("plan",)), docs=0.0, plan=None) is None
    assert bound(Task("docs", 2, 0.9, "", ("plan",)), docs=None, plan=0.0) is None


def test_work_goes_to_the_highest_tier_in_question() -> None:
    assert doubt.tier(Task("docs", 1, 0.9, ""), {}) == "flash"
    assert doubt.tier(Task("docs", 1, 0.4, "", ("debug",)), {}) == "mid"
    assert doubt.tier(Task("docs", 1, 0.4, "", ("debug",)), {"debug": "flash"}) == "flash"
    assert doubt.tier(Task("poetry", 1, 0.4, ""), {}) == "premium"


kinds = st.sampled_from(KINDS[:5])
bounds = st.dictionaries(kinds, st.none() | st.floats(-1, 1), min_size=5)


tasks = st.builds(lambda kind, doubts, sure: Task(kind, 2, sure, "", tuple(doubts)), kinds, st.lists(kinds, max_size=3), st.floats(0, 1))


@given(bounds, tasks, kinds, st.floats(0, 1))
def test_less_certainty_never_lets_an_endpoint_in(known: dict[str, float | None], surer: Task, more: str, blur: float) -> None:
    less = Task(surer.kind, 2, surer.confidence * blur, "", (*surer.doubts, more))
    marks = table(**known)
    high, low = (doubt.marked(marks, one, FLOOR)[0][0].bound for one in (surer, less))
    assert high is not None or low is None
    assert low is None or high is None or low <= high + 1e-12
    assert TIERS.index(doubt.tier(less, {})) >= TIERS.index(doubt.tier(surer, {}))
