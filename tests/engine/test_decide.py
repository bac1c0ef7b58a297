"""The laws of a decision, over whole worlds, and what it says when nothing fits."""

from typing import TypeVar

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.engine.worlds import (
    DAY,
    DIGESTS,
    NOW,
    PARTS,
    catalog,
    catalogs,
    conditions,
    endpoint,
    evidence,
    features,
    policies,
    requests,
)
from tierwise.core import codec
from tierwise.core.catalog import OWN, Capability, Catalog, Endpoint, Evidence
from tierwise.core.decision import (
    Canary,
    Conditions,
    Cost,
    Decision,
    Features,
    Held,
    Needs,
    Outage,
    Place,
    Policy,
    Prefix,
    Priced,
    Rejected,
    Seen,
    Size,
    Task,
    Verdict,
)
from tierwise.core.money import Unknown
from tierwise.core.request import Mark, Request
from tierwise.core.tasks import UNKNOWN_KIND
from tierwise.engine import room
from tierwise.engine.decide import cached_tokens, choose, decide, read
from tierwise.engine.parts import FULL_CONTEXT, Setting, Signal
from tierwise.engine.plan import plan

few = settings(max_examples=30)
T = TypeVar("T")
World = tuple[Request, Catalog, Conditions, Policy]


def worlds(name: str = "") -> st.SearchStrategy[World]:
    """Everything a decision depends on, under a policy of a name or of any."""
    return st.tuples(requests(), catalogs(), conditions(), policies(name))


def decided(world: World) -> Decision:
    """The decision of a world."""
    return decide(PARTS, *world)


def by_id(decision: Decision) -> dict[str, Verdict]:
    """Its verdicts by endpoint."""
    return {one.endpoint: one for one in decision.receipt.verdicts}


def priced(decision: Decision) -> list[Priced]:
    """The candidates among its verdicts."""
    return [one for one in decision.receipt.verdicts if isinstance(one, Priced)]


def ranked(world: World) -> list[str]:
    """All candidates of a world as its policy ranks them."""
    decision = decided(world)
    policy, endpoints = world[3], {one.id: one for one in world[1].endpoints}
    chooser = PARTS.choosers[policy.name]
    return [one.endpoint for one in chooser.ranked(priced(decision), decision.receipt.features, Setting(policy, endpoints))[0]]


# Laws.


@few
@given(worlds())
def test_a_receipt_has_one_verdict_for_every_endpoint_in_order(world: World) -> None:
    decision = decided(world)
    assert [one.endpoint for one in decision.receipt.verdicts] == [one.id for one in world[1].endpoints]
    assert (decision.receipt.catalog, decision.receipt.policy, decision.receipt.conditions.now) == ("made-up", world[3], NOW)


@few
@given(worlds())
def test_a_world_written_to_json_and_read_back_decides_the_same(world: World) -> None:
    request, whole, now, policy = world
    back = (again(request, Request), again(whole, Catalog), again(now, Conditions), again(policy, Policy))
    assert codec.encoded(decided(back)) == codec.encoded(decided(world))


def again(value: T, kind: type[T]) -> T:
    """A value written to JSON and read back."""
    return codec.decoded(codec.encoded(value), kind)


@few
@given(worlds())
def test_a_receipt_read_back_from_json_is_enough_to_choose_again(world: World) -> None:
    first = decided(world)
    receipt = codec.decoded(codec.encoded(first), Decision).receipt
    assert choose(plan(world[1], receipt.policy, PARTS), receipt.features, receipt.conditions) == first


@few
@given(worlds())
def test_a_chain_holds_candidates_once_and_no_more_than_asked_for(world: World) -> None:
    decision = decided(world)
    assert set(decision.chain) <= {one.endpoint for one in priced(decision)}
    assert len(decision.chain) == len(set(decision.chain)) <= world[3].chain
    assert bool(decision.remedy) == (not decision.chain)


@few
@given(worlds())
def test_no_provider_comes_twice_in_a_row_while_another_is_left(world: World) -> None:
    chain, order = decided(world).chain, ranked(world)
    providers = [name.partition("/")[0] for name in chain]
    for place in range(1, len(chain)):
        left = {name.partition("/")[0] for name in order if name not in chain[:place]}
        assert providers[place] != providers[place - 1] or left == {providers[place]}


@few
@given(worlds())
def test_the_chain_begins_with_the_best_and_keeps_the_order_within_a_provider(world: World) -> None:
    chain, order = decided(world).chain, ranked(world)
    assert chain[:1] == tuple(order[:1])
    for provider in {name.partition("/")[0] for name in chain}:
        own = [name for name in chain if name.startswith(f"{provider}/")]
        assert own == [name for name in order if name.startswith(f"{provider}/")][: len(own)]


def raised(one: Endpoint, term: str, more: int) -> Endpoint:
    """An endpoint with one rate raised in every tier."""
    assert not isinstance(one.rates, Unknown)
    return replace(one, rates=tuple(replace(rate, **{term: getattr(rate, term) + more * rate.per}) for rate in one.rates))


@few
@given(
    st.sampled_from(("cheapest", "tiered", "value")).flatmap(worlds),
    st.data(),
    st.sampled_from(("fresh", "read", "write_5m", "write_1h", "output")),
    st.integers(1, 10**8),
)
def test_more_price_never_makes_an_endpoint_more_chosen(world: World, data: st.DataObject, term: str, more: int) -> None:
    request, before, now, policy = world
    order = ranked(world)
    assume(order)
    name = data.draw(st.sampled_from(order))
    endpoints = tuple(raised(one, term, more) if one.id == name else one for one in before.endpoints)
    after = ranked((request, replace(before, endpoints=endpoints), now, policy))
    assert name not in after or after.index(name) >= order.index(name)


@few
@given(worlds())
def test_a_warm_prefix_never_costs_more_than_a_cold_one(world: World) -> None:
    request, world_catalog, now, policy = world
    warm, cold = by_id(decided(world)), by_id(decided((request, world_catalog, replace(now, warm={}), policy)))
    for name, one in warm.items():
        other = cold[name]
        if isinstance(one, Priced) and isinstance(one.cost, Cost):
            assert isinstance(other, Priced)
            assert isinstance(other.cost, Cost)
            assert one.cost.work <= other.cost.work + 1


@few
@given(worlds())
def test_an_endpoint_that_is_ruled_out_might_as_well_not_be_there(world: World) -> None:
    request, whole, now, policy = world
    decision = decided(world)
    refused = [one.endpoint for one in decision.receipt.verdicts if isinstance(one, Rejected)]
    for name in refused:
        fewer = replace(whole, endpoints=tuple(one for one in whole.endpoints if one.id != name))
        without = decided((request, fewer, now, policy))
        assert without.chain == decision.chain
        assert by_id(without) == {other: verdict for other, verdict in by_id(decision).items() if other != name}


@few
@given(worlds(), st.data())
def test_a_dominated_endpoint_changes_nothing_of_the_choice(world: World, data: st.DataObject) -> None:
    request, whole, now, policy = world
    decision = decided(world)
    known = [one.endpoint for one in priced(decision) if isinstance(one.cost, Cost)]
    assume(known)
    name = data.draw(st.sampled_from(known))
    better = next(one for one in whole.endpoints if one.id == name)
    assert not isinstance(better.rates, Unknown)
    terms = ("fresh", "read", "write_5m", "write_1h", "output")
    dearer = tuple(replace(one, **{term: 2 * getattr(one, term) + one.per for term in terms}) for one in better.rates)
    worse = replace(better, id=f"p9/{better.model}", provider="p9", rates=dearer)
    more = replace(whole, endpoints=(*whole.endpoints, worse))
    assert decided((request, more, now, policy)).chain[0] == decision.chain[0]


@few
@given(worlds("cheapest"))
def test_none_under_the_floor_is_chosen_when_one_with_a_price_clears_it(world: World) -> None:
    decision = decided(world)
    found = {one.endpoint: one for one in priced(decision) if isinstance(one.cost, Cost)}
    if any(one.clears for one in found.values()):
        assert found[decision.chain[0]].clears
        assert (found[decision.chain[0]].standing.bound or 0.0) >= -world[3].floor


@few
@given(worlds("cheapest"))
def test_work_of_a_kind_nobody_knows_goes_to_the_reference(world: World) -> None:
    request, whole, now, policy = world
    unknown = replace(request, words="", previous="", turn="person", hints=replace(request.hints, task="poetry"))
    decision = decided((unknown, whole, now, policy))
    models = {one.id: one.model for one in whole.endpoints}
    able = [one.endpoint for one in priced(decision) if isinstance(one.cost, Cost) and models[one.endpoint] == policy.reference]
    assert decision.receipt.features.task.kind == UNKNOWN_KIND
    assert not able or models[decision.chain[0]] == policy.reference


# What a request is read for.


def test_every_signal_fills_its_field_and_a_plugin_its_own() -> None:
    shout = Signal("shout", 9, lambda request, _tables, facts: (request.words.upper(), facts["needs"]))
    parts = replace(PARTS, signals=(*PARTS.signals, shout))
    found = read(plan(catalog(endpoint()), Policy(), parts), Request("anthropic", "m0", words="fix it", needs=("tools",)))
    assert found.task.kind == "debug"
    assert found.extra == {"shout": ("FIX IT", Needs(("tools",)))}


@pytest.mark.parametrize("now", [NOW - DAY - 1, NOW + DAY])
def test_prices_of_another_time_are_refused(now: int) -> None:
    with pytest.raises(ValueError, match=f"prices of catalog made-up do not hold at {now}"):
        decide(PARTS, Request("anthropic", "m0"), catalog(endpoint()), Conditions(now), Policy())


# The choice in cases that can be followed by hand.

EQUALS = (evidence("m0", 0.8, 5000), evidence("m1", 0.8, 5000))


def chosen(world: Catalog, asked: Features, now: Conditions = Conditions(NOW), **policy: object) -> str:  # noqa: B008  # a frozen value
    """The first of the chain."""
    return choose(plan(world, Policy(reference="m0", floor=0.2, **policy), PARTS), asked, now).chain[0]  # type: ignore[arg-type]  # settings


def test_a_session_stays_where_it_is_warm_until_moving_pays_over_the_horizon() -> None:
    here, there = endpoint("p0/m0", 3_000_000), endpoint("p1/m1", 2_000_000)
    world = catalog(here, there, evidence=EQUALS)
    prefix = Prefix((Mark("head", 10_000), Mark("end", 100_000)), 1)
    warm = Conditions(NOW, warm={"p0/m0": {"end": Seen(NOW - 5000)}})
    for remaining, choice in ((0, "p0/m0"), (3, "p0/m0"), (60, "p1/m1")):
        asked = features(100_000, prefix=prefix, place=Place("tool", 5, remaining, 100, 50))
        assert chosen(world, asked, warm) == choice
        assert chosen(world, asked) == "p1/m1"


def test_work_under_way_stays_where_it_is_and_leaves_a_model_that_failed() -> None:
    world = catalog(endpoint("p0/m0", 3_000_000), endpoint("p1/m1", 2_000_000), evidence=EQUALS)
    prepared, asked = plan(world, Policy(reference="m0", floor=0.2), PARTS), features(1_000)
    free = choose(prepared, asked, Conditions(NOW))
    stays = choose(prepared, asked, Conditions(NOW, item=Held("tw-1", "p0/m0")))
    assert (free.chain[0], stays.chain[0]) == ("p1/m1", "p0/m0")
    assert stays.receipt.because == "work item tw-1 stays with p0/m0"


@pytest.mark.parametrize(("chance", "first", "odds"), [(0.1, "p0/m0", 0.25), (0.9, "p1/m1", 0.75)])
def test_chance_tries_another_model_where_it_may_and_the_receipt_says_how_likely_that_was(chance: float, first: str, odds: float) -> None:
    world = catalog(endpoint("p0/m0", 3_000_000), endpoint("p1/m1", 2_000_000), evidence=EQUALS)
    leave = Canary(0.25, chance, 10**15, ("m0",))
    decision = choose(plan(world, Policy(reference="m0", floor=0.2), PARTS), features(1_000), Conditions(NOW, canary=leave))
    assert (decision.chain[0], decision.receipt.propensity) == (first, odds)
    assert decision.receipt.among == ("p1/m1", "p0/m0")


@pytest.mark.parametrize(("ttl", "price"), [(300, 3_750_000), (3599, 3_750_000), (3600, 6_000_000)])
def test_what_is_to_be_kept_for_an_hour_is_written_at_the_price_of_that(ttl: int, price: int) -> None:
    asked = features(10_000, prefix=Prefix((), 0, ttl))
    decision = choose(plan(catalog(endpoint()), Policy(reference="m0"), PARTS), asked, Conditions(NOW))
    cost = priced(decision)[0].cost
    assert isinstance(cost, Cost)
    assert cost.write == 10_000 * price


def test_a_larger_window_is_worth_a_dearer_token_when_it_avoids_a_compaction() -> None:
    small = endpoint("p0/m0", 3_000_000, capability=Capability(context_window=128_000))
    large = endpoint("p1/m1", 3_100_000, capability=Capability(context_window=1_000_000))
    world = catalog(small, large, evidence=EQUALS)
    compacting = features(115_000, place=Place("tool", 5, 14, 1000, 500))
    fitting = features(90_000, place=Place("tool", 5, 14, 1000, 500))
    assert chosen(world, compacting) == "p1/m1"
    assert chosen(world, fitting) == "p0/m0"


def test_a_chain_goes_to_another_provider_even_below_the_floor() -> None:
    world = catalog(
        *(endpoint(f"p0/m{number}", 1_000_000 + number) for number in range(4)),
        endpoint("p1/m9"),
        evidence=(*(evidence(f"m{number}", 0.8, 5000) for number in range(4)), evidence("m9", 0.3)),
    )
    decision = choose(plan(world, Policy(reference="m0", floor=0.2, chain=3), PARTS), features(), Conditions(NOW))
    assert decision.chain == ("p0/m0", "p1/m9", "p0/m1")


def test_an_unpriced_endpoint_is_shown_as_such_and_chosen_only_by_its_name() -> None:
    world = catalog(endpoint("p0/m0"), endpoint("p1/m1", rates=Unknown("not listed")), evidence=EQUALS)
    decision = choose(plan(world, Policy(reference="m0"), PARTS), features(), Conditions(NOW))
    assert decision.chain == ("p0/m0",)
    shown = by_id(decision)["p1/m1"]
    assert isinstance(shown, Priced)
    assert shown.cost == Unknown("not listed")
    assert chosen(world, features(), name="pinned", pin="m1") == "p1/m1"


def test_features_of_a_kind_or_a_difficulty_that_no_table_has_are_judged_as_unknown() -> None:
    world = catalog(endpoint("p0/m0", 9_000_000), endpoint("p1/m1", 1_000_000), evidence=EQUALS)
    for task in (Task("poetry", 2, 1.0, "a plugin"), Task("debug", 7, 1.0, "a plugin")):
        assert chosen(world, features(task=task)) == "p0/m0"
    assert chosen(world, features()) == "p1/m1"


# What is cached.


@pytest.mark.parametrize(
    ("scale", "seen", "tokens"),
    [(1.0, "end", 19_968), (1.64, "end", 32_768), (1.0, "head", 0), (1.0, "never", 0)],
)
def test_cached_tokens_are_the_models_own_rounded_as_the_provider_rounds(scale: float, seen: str, tokens: int) -> None:
    prefix = Prefix((Mark("head", 4_000), Mark("end", 80_000)), 1)
    asked = features(20_000, size=Size(20_000, 80_000, 0.0), prefix=prefix)
    assert cached_tokens(endpoint(scale=scale), asked, {seen: Seen(NOW)}, NOW) == tokens


def test_no_more_is_cached_than_the_prompt_has() -> None:
    asked = features(2_000, prefix=Prefix((Mark("end", 9_000),), 0))
    assert cached_tokens(endpoint(), asked, {"end": Seen(NOW)}, NOW) == 2_000


def test_an_empty_prompt_has_nothing_cached() -> None:
    assert cached_tokens(endpoint(), features(0), {DIGESTS[0]: Seen(NOW)}, NOW) == 0


# When nothing fits.


def remedy(world: Catalog, asked: Features, now: Conditions = Conditions(NOW), **policy: object) -> str:  # noqa: B008  # a frozen value
    """What would have served."""
    decision = choose(plan(world, Policy(reference="m0", **policy), PARTS), asked, now)  # type: ignore[arg-type]  # settings
    assert decision.chain == ()
    return decision.remedy


SMALL = endpoint("p0/m0", capability=Capability(context_window=128_000))
LARGE = endpoint("p1/m1", capability=Capability(context_window=200_000))
TOO_LONG = "p1/m1 has the largest window (200,000 tokens); the request needs 254,096 with room for the output, 54,096 too many"


def test_when_nothing_is_large_enough_the_largest_window_and_the_tokens_over_it_are_named() -> None:
    assert remedy(catalog(SMALL, LARGE), features(250_000)) == f"{TOO_LONG}; chunk or summarise it"


def test_a_session_is_told_to_compact() -> None:
    asked = features(250_000, needs=Needs(("tools", FULL_CONTEXT)))
    assert remedy(catalog(SMALL, LARGE), asked) == f"{TOO_LONG}; compact the session or begin a new one"


def test_the_largest_window_is_the_one_that_takes_the_most_of_this_text() -> None:
    wordy = endpoint("p2/m2", scale=1.6, capability=Capability(context_window=250_000))
    assert remedy(catalog(SMALL, LARGE, wordy), features(250_000)).startswith("p1/m1 has")


def test_an_endpoint_that_has_the_room_but_is_ruled_out_is_named_by_the_reason_likeliest_to_pass() -> None:
    huge = Capability(context_window=1_000_000)
    denied, down = endpoint("p2/m2", capability=huge), endpoint("p2/m3", capability=Capability())
    small = endpoint("p2/m4", capability=Capability(context_window=8_000, tools=False))
    now = Conditions(NOW, down={"p2/m3": Outage(NOW + 9000, "429")})
    found = remedy(catalog(SMALL, LARGE, denied, down, small), features(250_000), now, deny=("m2",))
    assert found == f"{TOO_LONG}; chunk or summarise it; p2/m3 has room but is ruled out by health: 429; next try in 9 s"


def test_when_filters_rule_everything_out_they_are_counted() -> None:
    now = Conditions(NOW, down={"p0/m0": Outage(NOW + 9000, "429")})
    assert remedy(catalog(SMALL, LARGE), features(), now, deny=("p1",)) == "every endpoint is ruled out by: operator (1), health (1)"


def test_an_empty_catalog_says_so() -> None:
    assert remedy(catalog(), features()) == "the catalog has no endpoints"


def test_when_only_unpriced_endpoints_fit_a_price_is_asked_for() -> None:
    found = remedy(catalog(endpoint(rates=Unknown("not listed")), LARGE), features(), deny=("m1",))
    assert found == "no endpoint that fits has a known price; give one under prices: or pin an endpoint"


@few
@given(worlds())
def test_whatever_is_too_long_the_remedy_counts_the_tokens_over_the_largest_window(world: World) -> None:
    request, whole, now, _ = world
    tiny = replace(whole, endpoints=tuple(replace(one, capability=Capability(context_window=10)) for one in whole.endpoints))
    decision = decided((replace(request, limit=None), tiny, now, Policy()))
    largest = min(4096 + room.longest(decision.receipt.features, room.most(one)) for one in whole.endpoints) - 10
    assert "has the largest window (10 tokens)" in decision.remedy
    assert f"{largest:,} too many" in decision.remedy


@few
@given(worlds())
def test_the_first_choice_has_the_least_score_of_those_it_is_compared_with(world: World) -> None:
    decision = decided(world)
    rivals = [one for one in priced(decision) if one.clears and one.score is not None]
    if decision.chain and rivals and world[3].name == "cheapest":
        assert decision.chain[0] == min(rivals, key=lambda one: one.score or 0).endpoint
    for one in priced(decision):
        assert one.score is None or isinstance(one.cost, Cost)


# Own costs.


def billed(model: str, dollars: int, kind: str = "debug") -> Evidence:
    """A hundred own work items of a model, measured."""
    cost = dollars * 10**12
    return Evidence(model, OWN, None, "2026-11-01", "ours", cost=cost, kind=kind, deviation=cost // 2, items=100)


LISTED = (endpoint("p0/m0", 1_000_000), endpoint("p1/m1", 2_000_000))
ALIKE = (evidence("m0", 0.8), evidence("m1", 0.8))


def chosen_with(*costs: Evidence, kind: str = "debug") -> Decision:
    world = catalog(*LISTED, evidence=(*ALIKE, *costs))
    task = Task(kind, 2, 1.0, "caller")
    return choose(plan(world, Policy(reference="m1", floor=0.5), PARTS), features(task=task), Conditions(NOW))


def test_the_cheaper_by_list_price_is_not_chosen_where_its_items_cost_four_times_as_much() -> None:
    assert chosen_with().chain == ("p0/m0", "p1/m1")
    assert chosen_with(billed("m0", 4), billed("m1", 1)).chain == ("p1/m1", "p0/m0")
    assert chosen_with(billed("m0", 1), billed("m1", 2)).chain == ("p0/m0", "p1/m1")


def test_the_receipt_says_which_effort_the_calls_to_come_were_multiplied_by() -> None:
    plain, moved = chosen_with(), chosen_with(billed("m0", 4), billed("m1", 1))
    for before, after in zip(plain.receipt.verdicts, moved.receipt.verdicts, strict=True):
        assert isinstance(before, Priced)
        assert isinstance(after, Priced)
        assert isinstance(before.cost, Cost)
        assert isinstance(after.cost, Cost)
        assert before.cost.effort is None
        assert after.cost.effort is not None
        assert after.cost.rest == before.cost.rest * after.cost.effort // 1000
        assert after.cost.work == after.cost.call + after.cost.rest
        assert after.cost.call == before.cost.call


def test_without_own_costs_a_receipt_is_what_it_was() -> None:
    plain = codec.encoded(chosen_with())
    assert b'"effort"' not in plain
    assert codec.decoded(plain, Decision) == chosen_with()
    assert codec.encoded(chosen_with(billed("m0", 4))) == plain


def test_own_costs_count_with_some_endpoints_ruled_out_and_at_their_kind_of_work_most() -> None:
    costs = billed("m0", 4), billed("m1", 1)
    world = catalog(*LISTED, evidence=(*ALIKE, *costs))
    down = Conditions(NOW, down={"p1/m1": Outage(NOW + 1000, "away")})
    verdict = choose(plan(world, Policy(reference="m1", floor=0.5), PARTS), features(), down).receipt.verdicts[0]
    assert verdict == replace(chosen_with(*costs).receipt.verdicts[0])
    (at_debug, at_plan) = (one.cost.effort for kind in ("debug", "plan") for one in chosen_with(*costs, kind=kind).receipt.verdicts[:1])  # type: ignore[union-attr]  # both are priced
    assert at_debug is not None
    assert at_plan is not None
    assert at_debug > at_plan > 1000


@few
@given(worlds(), st.lists(st.builds(billed, st.sampled_from(("m0", "m1", "m2")), st.integers(1, 9)), max_size=4))
def test_with_own_costs_a_decision_is_the_same_from_its_json(world: World, costs: list[Evidence]) -> None:
    request, known, now, policy = world
    known = replace(known, evidence=(*known.evidence, *costs))
    first = decide(PARTS, request, known, now, policy)
    receipt = codec.decoded(codec.encoded(first), Decision).receipt
    again = choose(plan(codec.decoded(codec.encoded(known), Catalog), receipt.policy, PARTS), receipt.features, receipt.conditions)
    assert codec.encoded(again) == codec.encoded(first)
