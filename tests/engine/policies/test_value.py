from fractions import Fraction

from hypothesis import given

from tests.engine.worlds import candidates, features, priced, setting
from tierwise.core.decision import Cost, Policy, Priced, Standing
from tierwise.core.money import Unknown
from tierwise.engine.policies.value import POLICY

SETTING = setting(Policy("value"))


def ranked(given_order: list[Priced]) -> list[str]:
    return [one.endpoint for one in POLICY.ranked(given_order, features(), SETTING)[0]]


def test_the_most_quality_per_dollar_comes_first() -> None:
    given_order = [
        priced("p0/m0", 1000, Standing(0.9, 0.0)),
        priced("p0/m1", 100, Standing(0.3, -0.6)),
        priced("p0/m2", 200, Standing(0.7, -0.2)),
    ]
    assert ranked(given_order) == ["p0/m2", "p0/m1", "p0/m0"]
    assert POLICY.ranked(given_order, features(), SETTING)[1] == "the most debug quality per dollar"


def test_of_what_is_free_the_best_comes_first() -> None:
    assert ranked([priced("p0/m0", 0, Standing(0.3, None)), priced("p0/m1", 0, Standing(0.8, None))]) == ["p0/m1", "p0/m0"]


def test_quality_nobody_knows_or_that_is_nothing_comes_last_the_cheapest_first() -> None:
    given_order = [
        priced("p0/m0", 3),
        priced("p0/m1", 2, Standing(0.0, -0.9)),
        priced("p0/m2", 900, Standing(0.1, None)),
        priced("p0/m3", Unknown("not listed"), Standing(1.0, 0.0)),
    ]
    assert ranked(given_order) == ["p0/m2", "p0/m1", "p0/m0"]


@given(candidates())
def test_no_later_one_gives_more_quality_per_dollar(drawn: list[Priced]) -> None:
    found = [one for one in POLICY.ranked(drawn, features(), SETTING)[0] if one.standing.quality]
    prices = [float(Fraction(one.cost.work)) / one.standing.quality for one in found if isinstance(one.cost, Cost) and one.standing.quality]
    assert prices == sorted(prices)
