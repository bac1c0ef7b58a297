from hypothesis import given

from tests.engine.worlds import candidates, features, priced, setting
from tierwise.core.decision import Policy, Priced, Standing
from tierwise.core.money import Unknown
from tierwise.engine.policies.cascade import POLICY
from tierwise.engine.policies.cheapest import POLICY as CHEAPEST

USUAL = setting(Policy("cascade"))
AIMED = setting(Policy("cascade", pin="p0/m1"))
THREE = [
    priced("p0/m0", 100, Standing(0.5, -0.02)),
    priced("p0/m1", 900, Standing(0.9, 0.0)),
    priced("p0/m2", 50, Standing(0.3, -0.6)),
]


def test_the_strong_model_comes_first_and_after_it_what_clears_the_floor() -> None:
    ranked, because = POLICY.ranked(THREE, features(), AIMED)
    assert ranked[0].endpoint == "p0/m1"
    assert {one.endpoint for one in ranked} == {"p0/m0", "p0/m1", "p0/m2"}
    assert because == "a cascade: cheap answers first where that pays, p0/m1 where they do not do"


def test_where_it_cannot_serve_or_has_no_price_the_choice_is_the_usual_one() -> None:
    for others in (THREE[::2], [THREE[0], priced("p0/m1", Unknown("not listed"), Standing(0.9, 0.0)), THREE[2]]):
        ranked, because = POLICY.ranked(others, features(), AIMED)
        assert [one.endpoint for one in ranked] == [one.endpoint for one in CHEAPEST.ranked(others, features(), USUAL)[0]]
        assert "no cascade" in because


@given(candidates())
def test_without_a_strong_model_it_chooses_as_the_default_does(drawn: list[Priced]) -> None:
    assert list(POLICY.ranked(drawn, features(), USUAL)[0]) == list(CHEAPEST.ranked(drawn, features(), USUAL)[0])
