from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.engine.worlds import NOW, candidates, features, priced, setting
from tierwise.core.decision import Conditions, Cost, Place, Policy, Priced, Standing
from tierwise.core.money import Unknown
from tierwise.engine.policies.paced import POLICY

WORLD = [
    priced("p0/m0", 900, Standing(0.9, 0.0)),
    priced("p0/m1", 300, Standing(0.8, -0.04)),
    priced("p0/m2", 10, Standing(0.5, -0.4)),
    priced("p0/m3", 1, Standing(None, None)),
    priced("p1/m0", Unknown("not listed"), Standing(0.9, 0.0)),
]


def scored(world: list[Priced], price: int | None, remaining: int = 0) -> list[Priced]:
    """Candidates with the scores that a decision gives them."""
    asked = replace(features(), place=Place("tool", 1, remaining, 0, 0))
    assert POLICY.at is not None
    score = POLICY.at(asked, Conditions(NOW, price=price))
    return [replace(one, score=score(one.cost, one.standing)) if isinstance(one.cost, Cost) else one for one in world]


def ranked(world: list[Priced], price: int | None, remaining: int = 0) -> tuple[list[str], str]:
    at = replace(setting(Policy("paced", reference="m0", floor=0.05)), price=price)
    found, because = POLICY.ranked(scored(world, price, remaining), features(), at)
    return [one.endpoint for one in found], because


def test_the_dearer_quality_is_the_better_the_model_that_serves() -> None:
    assert [ranked(WORLD, price)[0][0] for price in (0, 500, 1000, 5000, 10_000)] == ["p0/m2", "p0/m2", "p0/m1", "p0/m1", "p0/m0"]


def test_what_has_no_known_quality_comes_last_and_what_has_no_price_never() -> None:
    assert ranked(WORLD, 1000)[0] == ["p0/m1", "p0/m2", "p0/m0", "p0/m3"]


def test_the_reason_tells_the_price() -> None:
    assert ranked(WORLD, 2 * 10**10)[1] == "work and missing debug quality cost least, at $0.0200 a call for all of it"


def test_without_a_price_it_chooses_as_the_usual_policy_does() -> None:
    found, because = ranked(WORLD, None)
    assert found[:2] == ["p0/m1", "p0/m0"]
    assert because == "no budget sets a price of quality; the least work cost that clears the floor"


def test_missing_quality_counts_for_every_call_that_remains_as_work_does() -> None:
    assert ranked(WORLD, 100, remaining=0)[0][0] == "p0/m2"
    assert ranked(WORLD, 100, remaining=9)[0][0] == "p0/m1"
    (one,) = scored(WORLD[1:2], 100, remaining=9)
    assert one.score == 300 + round(100 * 10 * (1 - 0.8))


@given(candidates(), st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_higher_price_never_takes_a_worse_model(drawn: list[Priced], one: int, other: int) -> None:
    low, high = sorted((one, other))
    known = {one.endpoint: one.standing.quality for one in drawn if one.standing.quality is not None}
    worse, better = ([known[name] for name in ranked(drawn, price)[0] if name in known][:1] for price in (low, high))
    assert len(worse) == len(better)
    assert all(high >= low - 1e-6 for low, high in zip(worse, better, strict=True))
