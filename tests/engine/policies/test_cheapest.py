from hypothesis import given

from tests.engine.worlds import candidates, features, priced, setting
from tierwise.core.decision import Policy, Priced, Standing
from tierwise.core.money import Unknown
from tierwise.engine.policies.cheapest import POLICY

SETTING = setting(Policy(reference="m0", floor=0.05))


def ranked(given_order: list[Priced]) -> list[str]:
    return [one.endpoint for one in POLICY.ranked(given_order, features(), SETTING)[0]]


def test_the_cheapest_that_clears_comes_first_and_the_nearest_to_the_floor_after_them() -> None:
    given_order = [
        priced("p0/m0", 9, Standing(0.8, 0.0)),
        priced("p0/m1", 2, Standing(0.7, -0.04)),
        priced("p0/m2", 1, Standing(0.5, -0.3)),
        priced("p0/m3", 8, Standing(0.6, -0.1)),
    ]
    assert ranked(given_order) == ["p0/m1", "p0/m0", "p0/m3", "p0/m2"]


def test_how_many_cleared_the_floor_is_told() -> None:
    _, because = POLICY.ranked([priced("p0/m0", 9, Standing(0.8, 0.0))], features(), SETTING)
    assert because == "the least work cost of 1 whose debug quality is at 95 % not more than 5% below m0"


def test_when_nothing_clears_the_nearest_is_tried_and_it_is_told() -> None:
    given_order = [priced("p0/m1", 1, Standing(0.5, -0.4)), priced("p0/m2", 5, Standing(0.7, -0.1))]
    found, because = POLICY.ranked(given_order, features(), SETTING)
    assert [one.endpoint for one in found] == ["p0/m2", "p0/m1"]
    assert because == "nothing that fits is known to be within 5% of m0; the nearest first"


def test_a_candidate_without_a_price_is_left_out() -> None:
    assert ranked([priced("p0/m0", Unknown("not listed"), Standing(0.9, 0.0))]) == []


@given(candidates())
def test_none_under_the_floor_comes_before_one_that_clears_it(drawn: list[Priced]) -> None:
    found, _ = POLICY.ranked(drawn, features(), SETTING)
    clears = [one.clears for one in found]
    assert clears == sorted(clears, reverse=True)
    assert len(found) == sum(not isinstance(one.cost, Unknown) for one in drawn)
