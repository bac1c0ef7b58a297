from hypothesis import given

from tests.engine.worlds import candidates, priced
from tierwise.core.decision import Priced, Standing
from tierwise.core.money import Unknown
from tierwise.engine import ranking


def names(ranked: list[Priced]) -> list[str]:
    return [one.endpoint for one in ranked]


def test_a_candidate_without_a_price_is_not_affordable() -> None:
    known = priced("a", 1)
    assert ranking.affordable([priced("b", Unknown("not listed")), known]) == [known]


def test_equal_costs_stay_in_order_of_their_ids() -> None:
    assert names(ranking.by_work([priced("a", 2), priced("b", 1), priced("c", 2), priced("d", 1)])) == ["b", "d", "a", "c"]


def test_those_that_clear_come_by_cost_and_the_others_by_how_near_they_are() -> None:
    given_order = [
        priced("nobody knows", 1),
        priced("far", 1, Standing(None, -0.4)),
        priced("dear", 9, Standing(None, 0.2)),
        priced("near, dear", 8, Standing(None, -0.1)),
        priced("near, cheap", 2, Standing(None, -0.1)),
        priced("good, unsure", 7, Standing(0.8, None)),
        priced("cheap", 3, Standing(None, -0.05)),
    ]
    clearing, others = ranking.to_the_floor(given_order)
    assert names(clearing) == ["cheap", "dear"]
    assert names(others) == ["near, cheap", "near, dear", "far", "good, unsure", "nobody knows"]


@given(candidates())
def test_nobody_is_lost_or_doubled_on_the_way_to_the_floor(drawn: list[Priced]) -> None:
    given_order = ranking.affordable(drawn)
    clearing, others = ranking.to_the_floor(given_order)
    assert sorted(map(repr, clearing + others)) == sorted(map(repr, given_order))
    assert all(one.clears for one in clearing)
    assert not any(one.clears for one in others)
