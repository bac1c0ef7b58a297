from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import candidates, features, priced, setting
from tierwise.core.decision import Policy, Priced, Standing
from tierwise.core.money import Unknown
from tierwise.engine.policies.pinned import POLICY

WORLD = [
    priced("p0/m0", 9, Standing(0.8, 0.0)),
    priced("p0/m1", 1, Standing(0.7, -0.04)),
    priced("p1/m0", 8, Standing(0.8, 0.0)),
    priced("p1/m2", 2, Standing(0.4, -0.4)),
    priced("p2/m0", Unknown("not listed"), Standing(0.8, 0.0)),
]


def ranked(pin: str, given_order: list[Priced]) -> list[str]:
    return [one.endpoint for one in POLICY.ranked(given_order, features(), setting(Policy(pin=pin)))[0]]


def test_a_pinned_endpoint_comes_first_whatever_it_costs() -> None:
    assert ranked("p0/m0", WORLD) == ["p0/m0", "p0/m1", "p1/m0", "p1/m2"]


def test_a_pinned_model_is_tried_wherever_it_is_sold_the_cheapest_first_and_the_unpriced_last() -> None:
    assert ranked("m0", WORLD) == ["p1/m0", "p0/m0", "p2/m0", "p0/m1", "p1/m2"]


def test_a_pin_may_name_an_endpoint_whose_price_nobody_knows() -> None:
    assert ranked("p2/m0", WORLD)[0] == "p2/m0"


def test_when_the_pin_cannot_serve_the_cheapest_that_clears_does() -> None:
    found, because = POLICY.ranked(WORLD, features(), setting(Policy(pin="m3")))
    assert [one.endpoint for one in found] == ["p0/m1", "p1/m0", "p0/m0", "p1/m2"]
    assert because == "m3 was asked for and cannot serve; the cheapest that clears the floor"
    assert POLICY.ranked(WORLD, features(), setting(Policy(pin="m0")))[1] == "m0 was asked for"


@given(candidates(), st.sampled_from(("m0", "m1", "p1/m1", "nothing")))
def test_the_pinned_come_before_all_others_and_nobody_comes_twice(drawn: list[Priced], pin: str) -> None:
    found = ranked(pin, drawn)
    pinned = [name == pin or name.partition("/")[2] == pin for name in found]
    assert pinned == sorted(pinned, reverse=True)
    assert len(set(found)) == len(found)
    assert sum(pinned) == sum(pin in {one.endpoint, one.endpoint.partition("/")[2]} for one in drawn)
