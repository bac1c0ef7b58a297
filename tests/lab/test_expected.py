from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.core.catalog import Step
from tierwise.lab.expected import Expected, Judge, Z, everywhere


def judge(toy: Any, reference: str = "acme/big", **scores: float) -> Judge:
    """A judge over models of some scores on a benchmark (mean 0.5, loading 0.1, spread 0.04, correlation 0.3) of a hundred tasks."""
    scored = scores or {"big": 0.6, "small": 0.5}
    endpoints = [toy.endpoint(f"acme/{name}") for name in ("big", "mute", "small", "twin")]
    from_here = [toy.evidence(name, score) for name, score in scored.items()]
    return Judge(toy.catalog(*endpoints, evidence=from_here), reference)


def test_the_reference_is_as_good_as_itself(toy: Any) -> None:
    assert judge(toy).expected({("acme/big", "debug", 2): 7}) == Expected(0.0, 0.0, 0.0, 1.0)


def test_a_difference_is_worked_out_from_scores_and_their_noise(toy: Any) -> None:
    noise, spread = {"big": 0.6 * 0.4 / 100, "small": 0.5 * 0.5 / 100}, 0.04**2
    mean, variance, kept = {}, {}, {}
    for name, score in (("big", 0.6), ("small", 0.5)):
        weight = 0.1 / (spread + noise[name])
        ability, unsure = weight * (score - 0.5) / (1 + 0.1 * weight), 1 / (1 + 0.1 * weight)
        trust = spread / (spread + noise[name])
        base = 0.5 + 0.1 * ability
        mean[name] = base + trust * (score - base)
        variance[name] = (0.1 * (1 - trust)) ** 2 * unsure + spread * (1 - trust)
        kept[name] = trust * noise[name] ** 0.5
    total = variance["big"] + variance["small"] - 2 * 0.3 * kept["big"] * kept["small"]
    found = judge(toy).difference("acme/small", "debug", 2) or (0.0, 0.0)
    assert found == pytest.approx((mean["small"] - mean["big"], total**0.5))
    expected = judge(toy).expected({("acme/small", "debug", 2): 3})
    assert (expected.low, expected.high) == pytest.approx((found[0] - Z * found[1], found[0] + Z * found[1]))


def test_work_is_averaged_over_its_items(toy: Any) -> None:
    one = judge(toy)
    alone = one.expected({("acme/small", "debug", 2): 1})
    half = one.expected({("acme/small", "debug", 2): 5, ("acme/big", "debug", 2): 5})
    assert (half.mean, half.low) == pytest.approx((alone.mean / 2, alone.low / 2))


def test_a_difference_stretches_with_the_difficulty(toy: Any) -> None:
    one = judge(toy)
    steep = Judge(toy.catalog(*one.catalog.endpoints, evidence=one.catalog.evidence), "acme/big")
    plain = one.difference("acme/small", "debug", 1)
    steep.catalog = replace(steep.catalog, tables=replace(toy.tables, steps=(Step(1, 0.5, 0.5, 2.0),)))
    assert steep.difference("acme/small", "debug", 1) == pytest.approx(tuple(2 * part for part in plain or ()))
    assert steep.difference("acme/small", "debug", 3) == pytest.approx(plain)


def test_a_model_nobody_measured_counts_as_unknown_and_not_as_equal(toy: Any) -> None:
    one = judge(toy)
    assert one.difference("acme/mute", "debug", 2) is None
    assert one.expected({("acme/mute", "debug", 2): 4}) == Expected(0.0, -1.0, 1.0, 0.0)
    mixed = one.expected({("acme/mute", "debug", 2): 1, ("acme/small", "debug", 2): 3})
    assert mixed.known == 0.75
    assert mixed.mean == one.expected({("acme/small", "debug", 2): 1}).mean


def test_nothing_is_known_against_a_reference_nobody_measured(toy: Any) -> None:
    one = judge(toy, "acme/mute")
    assert one.difference("acme/big", "debug", 2) is None
    assert one.difference("acme/mute", "debug", 2) == (0.0, 0.0)


def test_work_of_an_unknown_kind_counts_at_the_mean_over_all(toy: Any) -> None:
    one = judge(toy)
    assert one.difference("acme/small", "unknown", 2) == one.difference("acme/small", "debug", 2)


def test_no_work_says_nothing(toy: Any) -> None:
    assert judge(toy).expected({}) == Expected(0.0, -1.0, 1.0, 0.0)


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_the_mean_is_within_its_interval_and_better_scores_are_no_worse(toy: Any, score: float, other: float) -> None:
    one = judge(toy, big=0.6, small=min(score, other), twin=max(score, other))
    small, twin = (one.expected({(f"acme/{name}", "debug", 2): 1}) for name in ("small", "twin"))
    assert small.low <= small.mean <= small.high
    assert small.mean <= twin.mean + 1e-12


def test_everywhere_is_all_work_by_one_endpoint() -> None:
    assert everywhere("e", [(("debug", 2), 3), (("test", 1), 4)]) == {("e", "debug", 2): 3, ("e", "test", 1): 4}
