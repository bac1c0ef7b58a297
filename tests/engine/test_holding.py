"""A choice within a work item: it stays where it is, a step up is one, and nothing is given up for a worse model."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.catalog import CachePhysics, Capability, Endpoint
from tierwise.core.decision import Held, Priced, Rejected, Standing, Verdict
from tierwise.core.money import Unknown
from tierwise.engine.holding import ESCALATION, Ranking, held

UNPRICED = Unknown("not told")


def endpoint(name: str, tier: str) -> Endpoint:
    provider, _, model = name.partition("/")
    return Endpoint(name, model, provider, provider, tier, "o200k", 1.0, UNPRICED, Capability(), CachePhysics("none"))


def priced(name: str, quality: float | None = None) -> Priced:
    return Priced(name, UNPRICED, Standing(quality, None), clears=True)


HOUSE: Mapping[str, Endpoint] = {
    one.id: one
    for one in (
        endpoint("a/flash", "flash"),
        endpoint("b/flash", "flash"),
        endpoint("b/quick", "flash"),
        endpoint("a/middle", "mid"),
        endpoint("b/centre", "mid"),
        endpoint("a/large", "premium"),
        endpoint("b/huge", "premium"),
        endpoint("a/odd", "own"),
    )
}
LOOPED = Held("tw-1", "a/flash", 1, ("flash",), "flash: the same tool call was repeated")


def ranking(*ranked: Priced, refused: tuple[str, ...] = ()) -> Ranking:
    verdicts: list[Verdict] = [*ranked, *(Rejected(name, "health", "down") for name in refused)]
    return Ranking(ranked, "the cheapest", verdicts)


def names(found: Ranking) -> list[str]:
    return [one.endpoint for one in found.ranked]


def test_the_endpoint_at_work_comes_first_while_it_can_serve() -> None:
    found = held(Held("tw-1", "a/middle"), ranking(priced("a/flash"), priced("a/middle")), HOUSE)
    assert names(found) == ["a/middle", "a/flash"]
    assert found.because == "work item tw-1 stays with a/middle"


def test_where_it_cannot_serve_the_policy_chooses_and_the_receipt_says_why() -> None:
    before = ranking(priced("a/flash"), priced("a/large"), refused=("a/middle",))
    found = held(Held("tw-1", "a/middle"), before, HOUSE)
    assert names(found) == ["a/flash", "a/large"]
    assert found.because == "a/middle of work item tw-1 cannot serve; the cheapest"


def test_an_item_that_is_held_to_nothing_changes_nothing() -> None:
    before = ranking(priced("a/flash"), priced("a/large"))
    assert held(Held("tw-1"), before, HOUSE) == before


@pytest.mark.parametrize(
    ("case", "ranked", "first"),
    [
        ("the next tier, as the policy has it", [priced("a/flash"), priced("a/large"), priced("a/middle")], "a/large"),
        ("the same model elsewhere is no step up", [priced("a/flash"), priced("b/flash"), priced("a/middle")], "a/middle"),
        (
            "another of the same tier is none while a higher one serves",
            [priced("a/flash"), priced("b/quick", 0.9), priced("a/large")],
            "a/large",
        ),
        ("not one that is expected to be worse", [priced("a/flash", 0.6), priced("a/middle", 0.5), priced("b/centre", 0.6)], "b/centre"),
        ("unless all are", [priced("a/flash", 0.6), priced("a/middle", 0.5), priced("b/centre", 0.4)], "a/middle"),
        ("one whose quality is unknown may be better", [priced("a/flash", 0.6), priced("a/middle", 0.5), priced("b/centre")], "b/centre"),
        (
            "a better one of the same tier where none is higher",
            [priced("a/flash", 0.5), priced("b/quick", 0.6), priced("a/odd", 0.9)],
            "b/quick",
        ),
    ],
)
def test_a_step_up(case: str, ranked: list[Priced], first: str) -> None:
    found = held(LOOPED, ranking(*ranked), HOUSE)
    assert names(found)[0] == first, case
    assert set(names(found)) == {one.endpoint for one in ranked if HOUSE[one.endpoint].model != "flash"}
    assert found.because == "work item tw-1 was escalated (flash: the same tool call was repeated); a step up: the cheapest"
    out = {one.endpoint: one for one in found.verdicts if isinstance(one, Rejected)}
    assert out["a/flash"] == Rejected("a/flash", ESCALATION, "flash: the same tool call was repeated")


@pytest.mark.parametrize(
    "ranked",
    [
        [priced("a/flash", 0.5), priced("b/quick", 0.4)],
        [priced("a/flash"), priced("b/quick")],
        [priced("a/flash", 0.5), priced("b/flash", 0.9), priced("a/odd", 0.9)],
    ],
)
def test_without_a_step_up_the_work_stays_where_it_is(ranked: list[Priced]) -> None:
    found = held(LOOPED, ranking(*ranked), HOUSE)
    assert names(found)[0] == "a/flash"
    assert found.because == "work item tw-1 stays with a/flash (flash: the same tool call was repeated; nothing better can serve)"
    assert not [one for one in found.verdicts if isinstance(one, Rejected)]


def test_a_step_up_is_held_to_as_any_other_endpoint() -> None:
    up = Held("tw-1", "b/huge", 1, ("flash",), LOOPED.because)
    found = held(up, ranking(priced("a/flash"), priced("a/middle"), priced("a/large"), priced("b/huge")), HOUSE)
    assert names(found) == ["b/huge", "a/middle", "a/large"]
    assert found.because == f"work item tw-1 was escalated ({LOOPED.because}) and stays with b/huge"


def test_models_that_failed_in_turn_are_all_left_and_each_says_what_it_did() -> None:
    twice = Held("tw-1", "a/middle", 2, ("flash", "middle"), "flash: it looped; middle: the person complained")
    found = held(twice, ranking(priced("a/flash"), priced("a/middle"), priced("b/centre"), priced("a/large")), HOUSE)
    assert names(found) == ["a/large", "b/centre"]
    reasons = {one.endpoint: one.because for one in found.verdicts if isinstance(one, Rejected)}
    assert reasons == {"a/flash": "flash: it looped", "a/middle": "middle: the person complained"}


def test_a_failure_nobody_put_in_words_is_told_as_one() -> None:
    found = held(Held("tw-1", "", 1, ("flash",)), ranking(priced("a/flash"), priced("a/large")), HOUSE)
    assert found.verdicts[0] == Rejected("a/flash", ESCALATION, "flash failed at this work item")


def test_what_another_filter_rejected_keeps_its_reason() -> None:
    found = held(LOOPED, ranking(priced("a/large"), refused=("a/flash", "b/flash")), HOUSE)
    assert [one.by for one in found.verdicts if isinstance(one, Rejected)] == ["health", "health"]


@given(st.lists(st.sampled_from(sorted(HOUSE)), unique=True), st.data())
def test_every_endpoint_keeps_one_verdict_and_nobody_comes_twice(ranked: list[str], data: st.DataObject) -> None:
    qualities = st.one_of(st.none(), st.floats(0, 1))
    before = ranking(*(priced(name, data.draw(qualities)) for name in ranked), refused=tuple(sorted(HOUSE.keys() - set(ranked))))
    models = sorted({one.model for one in HOUSE.values()})
    failed = tuple(data.draw(st.lists(st.sampled_from(models), unique=True)))
    item = Held("tw-1", data.draw(st.sampled_from(["", *HOUSE])), len(failed), failed)
    found = held(item, before, HOUSE)
    assert [one.endpoint for one in found.verdicts] == [one.endpoint for one in before.verdicts]
    assert len(set(names(found))) == len(names(found))
    assert set(names(found)) <= set(ranked)
    assert bool(names(found)) == bool(ranked)
    open_ = {one.endpoint for one in found.verdicts if isinstance(one, Priced)}
    assert set(names(found)) == open_


THINKS: Mapping[str, Endpoint] = {
    one.id: one for one in (endpoint(f"{name}", "premium") for name in ("a/deep@low", "a/deep@high", "b/other", "a/deep@max", "b/wide"))
}
SHALLOW = Held("tw-1", "a/deep@low", 1, ("deep@low",), "deep@low: tests failed after 2 edits")


def scored(name: str, quality: float | None, score: int | None = None) -> Priced:
    return Priced(name, UNPRICED, Standing(quality, None), clears=True, score=score)


@pytest.mark.parametrize(
    ("case", "ranked", "order"),
    [
        (
            "of steps ranked alike, the model that failed at more effort",
            [scored("a/deep@low", 0.5, 1), scored("b/other", 0.7, 2), scored("a/deep@high", 0.6, 2), scored("b/wide", 0.9, 3)],
            ["a/deep@high", "b/other", "b/wide"],
        ),
        (
            "not before a step that the policy prefers",
            [scored("a/deep@low", 0.5, 1), scored("b/other", 0.7, 2), scored("a/deep@high", 0.6, 3)],
            ["b/other", "a/deep@high"],
        ),
        (
            "not where its evidence is no better",
            [scored("a/deep@low", 0.5, 1), scored("a/deep@high", 0.5, 2), scored("b/other", 0.7, 3)],
            ["b/other", "a/deep@high"],
        ),
        (
            "not where nobody has measured it",
            [scored("a/deep@low", 0.5, 1), scored("a/deep@max", None, 2), scored("b/other", 0.7, 3)],
            ["b/other", "a/deep@max"],
        ),
    ],
)
def test_more_effort_is_a_step_up_where_evidence_says_so(case: str, ranked: list[Priced], order: list[str]) -> None:
    assert names(held(SHALLOW, ranking(*ranked), THINKS)) == order, case
