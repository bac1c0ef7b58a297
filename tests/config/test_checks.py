"""Settings of good form that still cannot be meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.config.checks import contradiction
from tierwise.config.settings import (
    CascadeSettings,
    EndpointSettings,
    EvidenceSettings,
    ExploreSettings,
    KeySettings,
    Prices,
    Settings,
)

ONE = Prices(input=1, output=2)


def row(day: str) -> EvidenceSettings:
    return EvidenceSettings("m", "b", 0.5, 10, day, "here")


def test_the_defaults_hold_together() -> None:
    assert contradiction(Settings()) is None


@pytest.mark.parametrize("cascade", [CascadeSettings(("a", "b"), "s"), CascadeSettings(("a",), "s", "json")])
def test_a_cascade_that_somebody_can_pass_holds_together(cascade: CascadeSettings) -> None:
    assert contradiction(Settings(policy="cascade", cascade=cascade)) is None


@pytest.mark.parametrize(
    "said",
    [
        Settings(explore=ExploreSettings(), stickiness="off"),
        Settings(explore=ExploreSettings("shadow", judge="j"), stickiness="off"),
        Settings(explore=ExploreSettings("shadow", check="python")),
        Settings(explore=ExploreSettings("canary", tasks=("refactor",)), tiers={"refactor": "mid"}),
    ],
)
def test_what_can_be_tried_holds_together(said: Settings) -> None:
    assert contradiction(said) is None


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
        (Settings(policy="cascade"), ("policy",), "cascade needs cascade: (cheap, strong), to say who is asked"),
        (
            Settings(keys=(KeySettings("a"), KeySettings("b", policy="cascade"))),
            ("keys", 1, "policy"),
            "cascade needs cascade: (cheap, strong), to say who is asked",
        ),
        (
            Settings(cascade=CascadeSettings(("a",), "s")),
            ("cascade", "cheap"),
            "one model agrees with nobody; name two, or a check (json, python)",
        ),
        (
            Settings(explore=ExploreSettings("shadow")),
            ("explore", "mode"),
            "a shadow needs a judge (a model) or a check (json, python), to say which answers are good",
        ),
        (Settings(explore=ExploreSettings("shadow", judge="j", check="json")), ("explore", "check"), "a judge or a check, not both"),
        (
            Settings(explore=ExploreSettings("canary"), stickiness="off"),
            ("explore", "mode"),
            "a canary serves whole work items, which stickiness: off takes apart",
        ),
        (
            Settings(explore=ExploreSettings("canary", tasks=("docs", "security"))),
            ("explore", "tasks", 1),
            "security belongs to the premium tier, where much depends on it",
        ),
        (
            Settings(explore=ExploreSettings("canary", tasks=("docs",)), tiers={"docs": "premium"}),
            ("explore", "tasks", 0),
            "docs belongs to the premium tier, where much depends on it",
        ),
        (Settings(explore=ExploreSettings("canary", tasks=("side",))), ("explore", "tasks", 0), "side is no work item"),
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
