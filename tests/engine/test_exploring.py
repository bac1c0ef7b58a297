"""Another model by chance: what may be tried, how often each is, and that the receipt says how likely the choice was."""

from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.engine.worlds import NOW, PARTS, TABLES, catalog, catalogs, conditions, endpoint, policies, requests
from tierwise.core import codec
from tierwise.core.catalog import Catalog, Endpoint
from tierwise.core.decision import Canary, Conditions, Cost, Decision, Policy, Priced, Rejected, Standing, Verdict
from tierwise.core.money import Unknown
from tierwise.core.request import Request
from tierwise.engine.decide import decide
from tierwise.engine.exploring import drawn, others, strayed, tried, work
from tierwise.engine.holding import Ranking
from tierwise.engine.plan import Plan, plan

few = settings(max_examples=30)
ALL = ("a/one", "b/one", "a/two", "b/two", "c/two", "c/three", "c/four")
MUCH = 10**15


def prepared(floor: float = 0.1, *names: str) -> Plan:
    made = [endpoint(name) for name in names or ALL]
    return plan(Catalog(NOW - 1, NOW + 1, tuple(made), (), TABLES, {}, "x"), Policy(floor=floor, reference="four"), PARTS)


def leave(chance: float = 0.0, share: float = 0.2, most: int = MUCH, *models: str) -> Canary:
    return Canary(share, chance, most, models)


def at(name: str, cost: int | Unknown, quality: float | None = 0.8, *, clears: bool = False) -> Priced:
    known = cost if isinstance(cost, Unknown) else Cost(0, 0, 0, 0, 0, 0, 0, cost, 0, cost)
    return Priced(name, known, Standing(quality, None), clears=clears)


FIRST = at("a/one", 10, clears=True)


def names(found: list[Priced]) -> list[str]:
    return [one.endpoint for one in found]


@pytest.mark.parametrize(
    ("case", "verdicts", "canary", "found"),
    [
        ("what clears the floor and costs no more", [FIRST, at("a/two", 10, None, clears=True)], leave(), ["a/two"]),
        ("not what costs more", [FIRST, at("a/two", 11, clears=True)], leave(), []),
        ("but the reference, whatever it costs", [FIRST, at("c/four", 99, None)], leave(), ["c/four"]),
        ("what may, for all that is known", [FIRST, at("a/two", 5, 0.71)], leave(), ["a/two"]),
        ("not what is expected to be worse", [FIRST, at("a/two", 5, 0.69)], leave(), []),
        ("not what nothing is known of", [FIRST, at("a/two", 5, None)], leave(), []),
        ("not what nobody can compare", [at("a/one", 10, None), at("a/two", 5, 0.9)], leave(), []),
        ("what is named", [FIRST, at("a/two", 20, None), at("c/three", 5, 0.9)], leave(0, 0.2, MUCH, "two"), ["a/two"]),
        ("an endpoint that is named", [FIRST, at("a/two", 1, None), at("b/two", 2)], leave(0, 0.2, MUCH, "b/two"), ["b/two"]),
        ("not the same model elsewhere", [FIRST, at("b/one", 1, clears=True)], leave(), []),
        ("not what cannot serve", [FIRST, Rejected("a/two", "window", "too small")], leave(), []),
        ("not what has no price", [FIRST, at("a/two", Unknown("nobody lists it"), clears=True)], leave(), []),
        ("not what costs too much", [FIRST, at("a/two", 9, clears=True), at("c/three", 8)], leave(0, 0.2, 8), ["c/three"]),
        (
            "of a model the cheapest",
            [FIRST, at("b/two", 7), at("a/two", 5), at("c/two", 6), at("c/three", 9)],
            leave(),
            ["a/two", "c/three"],
        ),
    ],
)
def test_what_may_be_tried(case: str, verdicts: list[Verdict], canary: Canary, found: list[str]) -> None:
    first = next(one for one in verdicts if type(one) is Priced)
    assert names(others(canary, first, verdicts, prepared())) == found, case


VERDICTS: list[Verdict] = [FIRST, at("a/two", 2), at("c/three", 3), at("c/four", 40)]
RANKING = Ranking([FIRST, at("a/two", 2), at("c/three", 3), at("c/four", 40)], "the cheapest", VERDICTS)
AMONG = ("a/one", "a/two", "c/three", "c/four")


@pytest.mark.parametrize(
    ("chance", "first", "propensity"),
    [
        (0.0, "a/two", 0.2 / 3),
        (0.0667, "c/three", 0.2 / 3),
        (0.1334, "c/four", 0.2 / 3),
        (0.1999, "c/four", 0.2 / 3),
        (0.2, "a/one", 0.8),
        (0.999, "a/one", 0.8),
    ],
)
def test_the_number_drawn_says_who_comes_first(chance: float, first: str, propensity: float) -> None:
    ranked, because, (odds, among) = tried(leave(chance), RANKING, prepared())
    assert (ranked[0].endpoint, among) == (first, AMONG)
    assert odds == pytest.approx(propensity)
    assert sorted(names(list(ranked))) == sorted(AMONG)
    assert [one for one in names(list(ranked)) if one != first] == [one for one in AMONG if one != first]
    assert because == (
        "the cheapest" if first == "a/one" else "chance: 20.0% of such work tries another model, one of 3; else the cheapest"
    )


@pytest.mark.parametrize("ranking", [Ranking([], "nothing fits", []), Ranking([FIRST], "the cheapest", [FIRST])])
def test_where_there_is_nothing_to_try_chance_has_no_part(ranking: Ranking) -> None:
    assert tried(leave(), ranking, prepared()) == (ranking.ranked, ranking.because, (1.0, ()))


@given(share=st.floats(0.001, 0.5), count=st.integers(1, 20), part=st.floats(0, 1, exclude_max=True))
def test_every_number_within_the_share_picks_one_that_there_is(share: float, count: int, part: float) -> None:
    chance = part * share
    assume(chance < share)
    assert 0 <= drawn(Canary(share, chance, 0), count) < count


def test_each_is_as_likely_as_the_odds_say() -> None:
    count = 3000
    found = Counter(tried(leave((number + 0.5) / count), RANKING, prepared())[0][0].endpoint for number in range(count))
    assert found == {"a/one": 0.8 * count, "a/two": 200, "c/three": 200, "c/four": 200}


def test_what_has_no_price_costs_nothing_that_is_known() -> None:
    assert [work(at("a/one", Unknown("-"))), work(at("a/one", 7))] == [0, 7]


World = tuple[Request, Catalog, Conditions, Policy]


def worlds() -> st.SearchStrategy[tuple[World, Canary]]:
    models = st.sampled_from([(), ("m0", "m1"), ("p0/m2",)])
    canary = st.builds(Canary, st.floats(0.01, 0.5), st.floats(0, 1, exclude_max=True), st.sampled_from([0, 10**12, MUCH]), models)
    return st.tuples(st.tuples(requests(), catalogs(2), conditions(), policies()), canary)


def decided(world: World, canary: Canary | None) -> Decision:
    request, known, now, policy = world
    return decide(PARTS, request, known, replace(now, canary=canary), policy)


@few
@given(worlds())
def test_the_receipt_says_how_likely_the_choice_was_and_among_what(drawn_from: tuple[World, Canary]) -> None:
    world, canary = drawn_from
    own, found = decided(world, None), decided(world, canary)
    receipt = found.receipt
    among = receipt.among
    assert receipt.verdicts == own.receipt.verdicts
    if not among:
        assert (found.chain, receipt.propensity, strayed(receipt)) == (own.chain, 1.0, False)
        return
    assert among[0] == own.chain[0]
    assert strayed(receipt) == (canary.chance < canary.share) == (found.chain[0] != own.chain[0])
    assert receipt.propensity == pytest.approx(canary.share / (len(among) - 1) if strayed(receipt) else 1 - canary.share)
    sold: dict[str, Endpoint] = {one.id: one for one in world[1].endpoints}
    assert len({sold[name].model for name in among}) == len(among)
    assert found.chain[0] in among


@few
@given(worlds())
def test_a_choice_that_chance_made_is_made_again_from_its_json(drawn_from: tuple[World, Canary]) -> None:
    (request, known, now, policy), canary = drawn_from
    again = codec.decoded(codec.encoded(replace(now, canary=canary)), Conditions)
    assert decide(PARTS, request, known, again, policy) == decided((request, known, now, policy), canary)


def test_without_leave_nothing_is_said_of_chance() -> None:
    request = Request("anthropic", "m0")
    receipt = decide(PARTS, request, catalog(endpoint("p0/m0"), endpoint("p1/m1")), Conditions(NOW), Policy(reference="m0")).receipt
    assert (receipt.propensity, receipt.among, strayed(receipt)) == (1.0, (), False)
