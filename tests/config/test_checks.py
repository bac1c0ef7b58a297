"""Settings of good form that still cannot be meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.config.checks import contradiction
from tierwise.config.settings import EndpointSettings, EvidenceSettings, Prices, Settings

ONE = Prices(input=1, output=2)


def row(day: str) -> EvidenceSettings:
    return EvidenceSettings("m", "b", 0.5, 10, day, "here")


def test_the_defaults_hold_together() -> None:
    assert contradiction(Settings()) is None


@pytest.mark.parametrize(
    ("said", "path", "problem"),
    [
        (Settings(prices={"a/b": Prices(input=1, output=1e-13)}), ("prices", "a/b", "output"), "1e-13 is finer than a pico-dollar"),
        (
            Settings(endpoints=(EndpointSettings("a/b"), EndpointSettings("a/c", prices=Prices(1, 1, cache_read=0.0000000000001)))),
            ("endpoints", 1, "prices", "cache_read"),
            "1e-13 is finer than a pico-dollar",
        ),
        (Settings(evidence=(row("2026-01-01"), row("2026-02-30"))), ("evidence", 1, "date"), "'2026-02-30' is not a day of the calendar"),
        (Settings(endpoints=(EndpointSettings("a/b"), EndpointSettings("A/B"))), ("endpoints", 1, "id"), "A/B is given twice"),
        (Settings(prices={"a/b": ONE, "A/b": ONE}), ("prices", "A/b"), "is given twice"),
        (Settings(endpoints=(EndpointSettings("a/b", prices=ONE),), prices={"A/b": ONE}), ("prices", "A/b"), "is given twice"),
        (Settings(aliases={"a": "x", "A": "y"}), ("aliases", "A"), "is given twice"),
        (Settings(aliases={"a": "A"}), ("aliases", "a"), "stands for itself"),
        (Settings(aliases={"x": "y", "a": "b", "b": "C", "c": "a"}), ("aliases", "a"), "stands for itself"),
        (Settings(aliases={"x": "a", "a": "b", "b": "a"}), ("aliases", "x"), "stands for itself"),
    ],
)
def test_what_cannot_be_meant_is_named(said: Settings, path: tuple[str | int, ...], problem: str) -> None:
    assert contradiction(said) == (path, problem)


@pytest.mark.parametrize(
    "said",
    [
        Settings(prices={"a/b": Prices(input=1e-12, output=0.1234567, cache_read=0)}),
        Settings(endpoints=(EndpointSettings("a/b"),), prices={"a/b": ONE}),
        Settings(aliases={"a": "b", "b": "c"}),
        Settings(evidence=(row("2024-02-29"),)),
    ],
)
def test_what_can_be_meant_passes(said: Settings) -> None:
    assert contradiction(said) is None


@given(st.dictionaries(st.sampled_from("abcd"), st.sampled_from("abcdxy")))
def test_aliases_pass_only_if_following_them_ends(aliases: dict[str, str]) -> None:
    """Following an alias as many times as there are aliases leaves them all, or never will."""
    ends = True
    for name in aliases:
        meant = name
        for _ in aliases:
            meant = aliases.get(meant, meant)
        ends = ends and meant not in aliases
    assert (contradiction(Settings(aliases=aliases)) is None) == ends
