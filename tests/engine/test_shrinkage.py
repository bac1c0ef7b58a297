"""Shrinkage against exact conditioning of the joint normal, and what must hold of any tree."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.engine.shrinkage import NOTHING, Believed, Normal, Place, Seen, believed, both, drawn, spread, upward

SEEN = st.builds(Seen, st.integers(1, 200), st.floats(-1, 1), st.floats(0.01, 1))
LEAVES = st.builds(Place, st.none() | SEEN)
TREES = st.builds(
    Place,
    st.none() | SEEN,
    st.dictionaries(
        st.sampled_from("abc"), st.builds(Place, st.none() | SEEN, st.dictionaries(st.sampled_from("xy"), LEAVES), st.just(0.02))
    ),
    st.just(0.05),
    st.just({"a": 0.2}),
)


def nodes(place: Place, above: int, spread_here: float, index: Iterator[int]) -> Iterator[tuple[int, int, float, Place]]:
    here = next(index)
    yield here, above, spread_here, place
    for name, part in place.parts.items():
        yield from nodes(part, here, place.around(name), index)


def exact(prior: Normal, tree: Place) -> list[Normal]:
    """The posterior of every place, by conditioning the joint normal of all of them."""
    listed = list(nodes(tree, -1, prior.variance, iter(range(1000))))
    size = len(listed)
    paths = np.zeros((size, size))
    for here, above, _, _ in listed:
        paths[here] = paths[above] if above >= 0 else 0
        paths[here, here] = 1
    covariance = paths @ np.diag([found for _, _, found, _ in listed]) @ paths.T
    mean = np.full(size, prior.mean)
    for here, _, _, place in listed:
        if place.seen is not None:
            gain = covariance[:, here] / (covariance[here, here] + place.seen.variance / place.seen.n)
            mean = mean + gain * (place.seen.mean - mean[here])
            covariance = covariance - np.outer(gain, covariance[here])
    return [Normal(float(mean[place]), float(covariance[place, place])) for place in range(size)]


def listed(found: Believed) -> list[Normal]:
    return [found.worth, *(one for part in found.parts.values() for one in listed(part))]


@given(TREES)
def test_every_place_is_worth_what_exact_conditioning_says(tree: Place) -> None:
    prior = Normal(0.3, 0.1)
    for found, wanted in zip(listed(believed(prior, tree)), exact(prior, tree), strict=True):
        assert found.mean == pytest.approx(wanted.mean, abs=1e-6)
        assert found.variance == pytest.approx(wanted.variance, abs=1e-6)


def test_of_a_place_nobody_looked_at_nothing_is_said() -> None:
    assert upward(Place(parts={"a": Place()}, spread=0.1)) == NOTHING


def test_two_who_know_nothing_know_nothing_together() -> None:
    assert both(NOTHING, NOTHING) == NOTHING


def test_what_is_certain_wins() -> None:
    assert both(Normal(1.0, 0.0), Normal(0.0, 1.0)).mean == pytest.approx(1.0)


def test_many_outcomes_are_believed_almost_as_they_stand_and_few_are_drawn() -> None:
    many, few = drawn([Seen(10_000, 0.9, 0.09), Seen(4, 0.1, 0.09)], 0.01)
    assert many.mean == pytest.approx(0.9, abs=0.01)
    assert 0.3 < few.mean < 0.7


def test_a_part_without_outcomes_is_worth_what_the_others_are() -> None:
    assert drawn([Seen(100, 0.8, 0.1), Seen(0, 0.0, 0.1)], 0.01)[1].mean == pytest.approx(0.8)


def test_parts_that_differ_no_more_than_chance_have_hardly_a_spread() -> None:
    dice = np.random.default_rng(1)
    alike = [Seen(50, float(dice.normal(0.5, math.sqrt(0.25 / 50))), 0.25) for _ in range(400)]
    apart = [Seen(50, float(dice.normal(0.5, math.sqrt(0.25 / 50 + 0.04))), 0.25) for _ in range(400)]
    assert spread(alike, 0.001) < 0.001
    assert spread(apart, 0.001) == pytest.approx(0.04, rel=0.2)


def test_of_no_parts_the_usual_spread_is_taken() -> None:
    assert spread([Seen(0, 0.0, 1.0)], 0.02) == 0.02
