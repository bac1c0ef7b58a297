"""The expected cost: worked out by hand in a few cases, against a call-by-call simulation in many, and its laws."""

from itertools import product

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.engine.worlds import KEPT, TABLES, caches, endpoint, rates, tariffs
from tierwise.core.catalog import CachePhysics, Capability, Endpoint, Rates, Tables, rates_at
from tierwise.core.decision import Cost, Place
from tierwise.core.money import Unknown
from tierwise.engine import cost, warmth
from tierwise.engine.cost import Asked, Lane

NEVER_LOST = CachePhysics("automatic", 1024, 128, ((0, 1.0),))


def lane(one: Endpoint, tables: Tables = TABLES) -> Lane:
    """An endpoint whose price is known, laid out."""
    found = cost.lane(one, tables)
    assert isinstance(found, Lane)
    return found


def priced(one: Endpoint, asked: Asked, cached: int = 0, tables: Tables = TABLES) -> Cost:
    """What a request costs one endpoint."""
    return cost.priced(cost.grouped([lane(one, tables)]), asked, {one.id: cached})[one.id]


def asked(tokens: int, remaining: int = 0, growth: int = 1000, output: int = 500, **said: bool) -> Asked:
    """A request of so many tokens with so many calls to come; marked and for the short lifetime unless it is said otherwise."""
    return Asked(tokens, Place("tool", 3, remaining, growth, output), said.get("marked", True), said.get("long", False))


# By hand.


def test_a_call_without_a_session_is_its_own_work() -> None:
    found = priced(endpoint(fresh=3_000_000), asked(10_000), cached=4096)
    assert found == Cost(
        prompt=10_000,
        cached=4096,
        written=5904,
        read=4096 * 300_000,
        write=5904 * 3_750_000,
        fresh=0,
        output=500 * 15_000_000,
        call=4096 * 300_000 + 5904 * 3_750_000 + 500 * 15_000_000,
        rest=0,
        work=4096 * 300_000 + 5904 * 3_750_000 + 500 * 15_000_000,
    )


def test_the_calls_to_come_read_what_the_one_before_left_and_write_what_was_added() -> None:
    found = priced(endpoint(cache=NEVER_LOST), asked(10_000, remaining=2))
    assert found.rest == (10_000 + 11_000) * 300_000 + 2 * 1000 * 3_750_000 + 2 * 500 * 15_000_000


def test_effort_multiplies_the_calls_to_come_and_not_this_one() -> None:
    usual, busy = (priced(endpoint(effort=effort), asked(10_000, remaining=3)) for effort in (1000, 2500))
    assert (busy.call, busy.rest) == (usual.call, usual.rest * 5 // 2)


def test_the_long_lifetime_has_its_own_write_price() -> None:
    assert priced(endpoint(), asked(10_000, long=True)).write == 10_000 * 6_000_000


def test_tokens_are_the_models_own() -> None:
    found = priced(endpoint(scale=1.64), asked(10_000, output=100))
    assert (found.prompt, found.output) == (16_400, 164 * 15_000_000)


def test_prices_for_a_million_tokens_are_rounded_down_once_a_term() -> None:
    cheap = endpoint(rates=(rates(1_234_567, per=10**6),))
    found = priced(cheap, asked(10_001, output=7))
    assert (found.write, found.output) == (10_001 * 1_543_208 // 10**6, 7 * 6_172_835 // 10**6)


def test_a_prompt_below_the_minimum_is_not_written() -> None:
    found = priced(endpoint(), asked(1023))
    assert (found.written, found.fresh) == (0, 1023 * 3_000_000)


def test_a_session_below_the_minimum_reads_nothing_until_it_has_outgrown_it() -> None:
    found = priced(endpoint(cache=NEVER_LOST), asked(500, remaining=4, growth=200, output=0))
    fresh, written = 700 + 900, 1100  # the first prompt that reaches 1,024 tokens finds nothing and is written whole
    assert found.rest == fresh * 3_000_000 + written * 3_750_000 + 1100 * 300_000 + 200 * 3_750_000


def test_a_prompt_of_just_the_minimum_is_written() -> None:
    found = priced(endpoint(cache=NEVER_LOST), asked(24, remaining=3, growth=500, output=0))
    assert found.rest == 524 * 3_000_000 + 1024 * 3_750_000 + 1024 * 300_000 + 500 * 3_750_000


@pytest.mark.parametrize("kind", ["none", "unknown"])
def test_an_endpoint_that_does_not_cache_takes_every_token_fresh(kind: str) -> None:
    found = priced(endpoint(cache=CachePhysics(kind, survival=((0, 1.0),))), asked(10_000, remaining=1), cached=5000)
    assert (found.cached, found.written, found.fresh) == (0, 0, 10_000 * 3_000_000)
    assert found.rest == 11_000 * 3_000_000 + 500 * 15_000_000


def test_a_cache_that_needs_marks_keeps_nothing_of_a_single_call_without_them() -> None:
    marked = endpoint(cache=replace(KEPT, kind="marked"))
    assert priced(marked, asked(10_000, marked=False), cached=5120).fresh == 10_000 * 3_000_000
    assert priced(marked, asked(10_000, marked=True), cached=5120).cached == 5120
    assert priced(marked, asked(10_000, remaining=1, marked=False), cached=5120).cached == 5120


def test_an_endpoint_without_a_price_has_no_lane() -> None:
    assert cost.lane(endpoint(rates=Unknown("not listed")), TABLES) == Unknown("not listed")


def test_lanes_are_grouped_by_how_they_count_and_cache() -> None:
    same, other, scaled = endpoint("p1/a"), endpoint("p0/b", cache=NEVER_LOST), endpoint("p0/c", scale=1.5)
    groups = cost.grouped(map(lane, (scaled, endpoint("p0/a"), other, same)))
    assert sorted(sorted(one.id for one in lanes) for lanes in groups.values()) == [["p0/a", "p1/a"], ["p0/b"], ["p0/c"]]


# Against a simulation that knows no shortcuts.


def simulated(one: Endpoint, request: Asked, cached: int, tables: Tables) -> float:
    """The expected work, call by call: this one, then each that follows, compacted when the next would not fit."""
    place, scale, cache = request.place, one.scale, one.cache
    prompt, output, growth = round(request.tokens * scale), round(place.output * scale), max(1, round(place.growth * scale))
    keeps = cache.kind == "automatic" or (cache.kind == "marked" and (request.marked or place.remaining > 0))
    survival = round(1000 * warmth.survival(cache, 10, 3600 if request.long else 300)) / 1000
    window = one.capability.context_window or float("inf")
    restart, summary = min(round(tables.restart * scale), window // 2), round(tables.summary * scale)
    window = min(window, round(place.ceiling * scale)) if place.ceiling > request.tokens else window

    def call(whole: int, found: float, answer: int) -> float:
        assert not isinstance(one.rates, Unknown)
        rate = rates_at(one.rates, whole)
        write = rate.write_1h if request.long else rate.write_5m
        kept = found if keeps else 0
        rest = write if keeps and whole >= cache.minimum else rate.fresh
        return (kept * rate.read + (whole - kept) * rest + answer * rate.output) / rate.per

    def found_of(context: float) -> float:
        return context * survival if context >= cache.minimum else 0

    work, context, rest = call(prompt, cached, output), prompt, 0.0
    for _ in range(place.remaining):
        if context + growth + output > window and restart + growth + output <= window:
            rest += call(context, found_of(context), summary)
            context = int(restart) + growth
            rest += call(context, 0, output)
        else:
            rest += call(context + growth, found_of(context), output)
            context += growth
    return work + rest * one.effort / 1000


@st.composite
def cases(draw: st.DrawFn) -> tuple[Endpoint, Asked, int, Tables]:
    """An endpoint, a request with a session before it, what is cached of it, and a compaction's sizes."""
    window = draw(st.sampled_from((None, 3_000, 9_000, 40_000, 200_000)))
    one = endpoint(
        rates=draw(tariffs()),
        scale=draw(st.sampled_from((1.0, 1.23, 1.64))),
        cache=draw(caches()),
        capability=Capability(context_window=window),
        effort=draw(st.sampled_from((1000, 333, 2750))),
    )
    tokens = draw(st.integers(1, 5_000) | st.integers(1, 180_000))
    place = Place("tool", 0, draw(st.integers(0, 150)), draw(st.integers(0, 12_000)), draw(st.integers(0, 3_000)))
    place = replace(place, ceiling=draw(st.sampled_from((0, 4_000, 60_000, 190_000))))
    request = Asked(tokens, place, draw(st.booleans()), draw(st.booleans()))
    prompt, keeps = round(tokens * one.scale), one.cache.kind in {"automatic", "marked"} and (request.marked or place.remaining > 0)
    cached = draw(st.integers(0, prompt)) if keeps and prompt >= one.cache.minimum else 0
    return one, request, cached, replace(TABLES, restart=draw(st.integers(0, 60_000)), summary=draw(st.integers(0, 3_000)))


@given(cases())
def test_staying_is_priced_as_a_simulation_call_by_call_finds_it(case: tuple[Endpoint, Asked, int, Tables]) -> None:
    one, request, cached, tables = case
    assert not isinstance(one.rates, Unknown)
    found, exact = priced(one, request, cached, tables), simulated(one, request, cached, tables)
    # Rounded are: each of four terms, what each stretch keeps (a token at the dearest price, as often as it comes), each tier's sum.
    token = max(one_rate.write_1h // one_rate.per for one_rate in one.rates)
    compactions = request.place.remaining if one.capability.context_window or request.place.ceiling else 0
    stretches = len(one.rates) * (2 + compactions)
    assert abs(found.work - exact) <= 8 + (2 + stretches) * (token + 1) * one.effort / 1000


@given(cases(), cases(), st.booleans())
def test_staying_or_switching_is_decided_as_brute_force_over_the_horizon_decides(
    warm: tuple[Endpoint, Asked, int, Tables],
    cold: tuple[Endpoint, Asked, int, Tables],
    two: bool,  # noqa: FBT001  # drawn
) -> None:
    here, request, cached, tables = warm
    there = replace(cold[0], id="p1/m1", scale=here.scale if two else cold[0].scale)
    stay, switch = simulated(here, request, cached, tables), simulated(there, request, 0, tables)
    assume(abs(stay - switch) > 0.01 * max(stay, switch))
    costs = cost.priced(cost.grouped([lane(here, tables), lane(there, tables)]), request, {here.id: cached})
    assert (costs[here.id].work < costs[there.id].work) == (stay < switch)


def test_a_cheaper_endpoint_is_worth_a_cold_start_only_when_enough_calls_are_left() -> None:
    here, there = endpoint("p0/m0", 3_000_000, cache=NEVER_LOST), endpoint("p1/m1", 2_000_000, cache=NEVER_LOST)
    lanes, worth = cost.grouped([lane(here), lane(there)]), []
    for remaining in range(60):
        costs = cost.priced(lanes, asked(100_000, remaining, growth=100, output=50), {here.id: 100_000 // 128 * 128})
        worth.append(costs[there.id].work < costs[here.id].work)
    switch = worth.index(True)
    assert 0 < switch < 60
    assert worth == [False] * switch + [True] * (60 - switch)


# The loop and what it leaves to `tiered`.


@given(cases())
@example((endpoint(rates=(rates(per=10**6),)), asked(50_000, 3), 0, TABLES))
def test_the_loop_and_the_tiered_case_agree_where_both_apply(case: tuple[Endpoint, Asked, int, Tables]) -> None:
    one, request, cached, tables = case
    assert not isinstance(one.rates, Unknown)
    single = replace(one, rates=one.rates[:1])
    row, found = lane(single, tables), priced(single, request, cached, tables)
    size = cost.load(single.scale, request.tokens, request.place)
    keeps = found.prompt - found.cached - found.written == 0
    marking = request.marked or request.place.remaining > 0
    caching = row.manner.caches == cost.ALWAYS or (row.manner.caches == cost.WHEN_MARKED and marking)
    hits = row.manner.hits_1h if request.long else row.manner.hits_5m
    taken = cost.path(row.shape, size, (row.manner.minimum, hits) if caching else cost.NOTHING_KEPT)
    assert cost.tiered(row, size, (found.cached, keeps and caching, request.long), taken) == found


def test_a_session_that_crosses_into_a_dearer_tier_pays_it_from_there_on() -> None:
    two = (rates(1_000_000), rates(2_000_000, above=12_500))
    found = priced(endpoint(rates=two, cache=NEVER_LOST), asked(10_000, remaining=4, output=0))
    below = (10_000 + 11_000) * 100_000 + 2 * 1000 * 1_250_000
    assert found.rest == below + (12_000 + 13_000) * 200_000 + 2 * 1000 * 2_500_000


def test_a_prompt_in_a_higher_tier_is_charged_there_with_all_its_tokens() -> None:
    two = (rates(1_000_000), rates(2_000_000, above=200_000))
    one = endpoint(rates=two, capability=Capability())
    assert priced(one, asked(200_000)).write == 200_000 * 1_250_000
    assert priced(one, asked(200_001)).write == 200_001 * 2_500_000


def test_an_empty_prompt_is_in_the_lowest_tier() -> None:
    two = endpoint(rates=(rates(1_000_000), rates(2_000_000, above=100)))
    assert priced(two, asked(0, output=600)).output == 600 * 5_000_000


# Windows and compaction.


def test_a_session_that_outgrows_the_window_is_summarised_and_begins_anew() -> None:
    tables = replace(TABLES, restart=2_000, summary=300)
    small = endpoint(cache=NEVER_LOST, capability=Capability(context_window=12_500))
    found = priced(small, asked(10_000, remaining=4, output=0), tables=tables)
    grown = (10_000 + 11_000) * 300_000 + 2 * 1000 * 3_750_000
    compacted = 12_000 * 300_000 + 300 * 15_000_000 + 3_000 * 3_750_000
    assert found.rest == grown + compacted + 3_000 * 300_000 + 1000 * 3_750_000


def test_a_larger_window_that_avoids_a_compaction_is_cheaper_by_what_that_costs() -> None:
    small, large = (endpoint(f"p0/{size}", capability=Capability(context_window=size)) for size in (128_000, 200_000))
    request = asked(120_000, remaining=12)
    assert priced(large, request).work < priced(small, request).work
    fits_both = asked(100_000, remaining=12)
    assert priced(large, fits_both).work == priced(small, fits_both).work


def test_a_long_horizon_shows_that_a_long_context_is_dear_to_carry() -> None:
    small, large = (endpoint(f"p0/{size}", capability=Capability(context_window=size)) for size in (128_000, 1_000_000))
    request = asked(120_000, remaining=300)
    assert priced(large, request).work > priced(small, request).work


def test_a_window_smaller_than_a_usual_restart_begins_anew_with_half_of_it() -> None:
    one = lane(endpoint(capability=Capability(context_window=32_000)))
    assert one.shape.restart == 16_000
    assert lane(endpoint()).shape.restart == TABLES.restart


def test_a_session_that_grows_too_fast_to_be_compacted_is_priced_as_if_it_went_on() -> None:
    tight, open_ended = (endpoint(capability=Capability(context_window=window)) for window in (10_000, None))
    request = asked(6_000, remaining=3, growth=9_000)
    assert priced(tight, request).rest == priced(open_ended, request).rest


def test_a_compacted_session_may_fill_its_window_to_the_last_token() -> None:
    tables = replace(TABLES, restart=2_000, summary=300)
    full = endpoint(cache=NEVER_LOST, capability=Capability(context_window=6_000))
    found = priced(full, asked(5_000, remaining=1, growth=3_500), tables=tables)
    assert found.rest == 5_000 * 300_000 + 300 * 15_000_000 + 5_500 * 3_750_000 + 500 * 15_000_000


def test_a_context_below_the_minimum_is_summarised_without_a_cache() -> None:
    tables = replace(TABLES, restart=500, summary=300)
    tiny = endpoint(cache=replace(NEVER_LOST, minimum=4096), capability=Capability(context_window=2_500))
    found = priced(tiny, asked(2_400, remaining=1, growth=400, output=0), tables=tables)
    assert found.rest == 2_400 * 3_000_000 + 300 * 15_000_000 + 900 * 3_000_000


def test_a_client_that_compacts_of_itself_does_so_whatever_the_window() -> None:
    small, large = (endpoint(f"p0/{size}", capability=Capability(context_window=size)) for size in (250_000, 1_000_000))
    request = asked(200_000, remaining=90)
    keeping = replace(request, place=replace(request.place, ceiling=240_000))
    assert priced(small, request).rest != priced(large, request).rest
    assert priced(small, keeping).rest == priced(large, keeping).rest
    assert priced(replace(large, capability=Capability()), keeping).rest == priced(large, keeping).rest


def test_a_client_whose_prompt_is_above_its_ceiling_does_not_keep_to_it() -> None:
    one, request = endpoint(capability=Capability(context_window=1_000_000)), asked(240_000, remaining=90)
    assert priced(one, replace(request, place=replace(request.place, ceiling=240_000))) == priced(one, request)


def test_unlimited_windows_never_compact() -> None:
    size = cost.load(1.0, 10**6, Place("tool", 0, 150, 10_000, 500))
    one = lane(endpoint(capability=Capability(), cache=NEVER_LOST))
    assert cost.path(one.shape, size, (1024, 1000)) == [*cost.flow(10**6, 150, 10_000, (1024, 1000)), 150 * 500]


# Laws.


@given(cases())
def test_a_cost_is_the_sum_of_its_parts_and_no_token_is_lost(case: tuple[Endpoint, Asked, int, Tables]) -> None:
    one, request, cached, tables = case
    found = priced(one, request, cached, tables)
    assert found.call == found.read + found.write + found.fresh + found.output
    assert found.work == found.call + found.rest
    assert found.prompt >= found.cached + found.written
    assert min(found.read, found.write, found.fresh, found.output, found.rest, found.cached, found.written) >= 0


@given(cases())
def test_a_warm_prefix_never_costs_more(case: tuple[Endpoint, Asked, int, Tables]) -> None:
    one, request, cached, tables = case
    assert priced(one, request, cached, tables).work <= priced(one, request, 0, tables).work + 1


@given(cases(), st.sampled_from(("fresh", "read", "write_5m", "write_1h", "output")), st.integers(0, 10**6))
def test_a_higher_price_never_makes_anything_cheaper(case: tuple[Endpoint, Asked, int, Tables], term: str, more: int) -> None:
    one, request, cached, tables = case
    assert not isinstance(one.rates, Unknown)
    dearer = replace(one, rates=tuple(replace(rate, **{term: getattr(rate, term) + more * rate.per}) for rate in one.rates))
    before, after = priced(one, request, cached, tables), priced(dearer, request, cached, tables)
    assert after.call >= before.call
    assert after.rest >= before.rest


@given(st.integers(0, 10_000), st.integers(0, 60), st.integers(1, 3_000), st.sampled_from((0, 1024, 4096, 2**62)), st.integers(0, 1000))
def test_every_token_of_a_run_is_read_written_or_taken_fresh(context: int, calls: int, growth: int, minimum: int, hits: int) -> None:
    kept, written, bare = cost.flow(context, calls, growth, (minimum, hits))
    assert kept + written + bare == sum(context + growth * (call + 1) for call in range(calls))
    assert min(kept, written, bare) >= 0


def test_a_cut_run_keeps_as_much_as_a_whole_one() -> None:
    for context, minimum, first in product((100, 900, 5000), (0, 1024), range(6)):
        whole = cost.flow(context, 5, 300, (minimum, 1000))
        parts = [cost.flow(context, first, 300, (minimum, 1000)), cost.flow(context + first * 300, 5 - first, 300, (minimum, 1000))]
        if first <= 5:
            assert tuple(map(sum, zip(*parts, strict=True))) == whole


def test_endpoints_of_different_scales_are_each_priced_at_their_own() -> None:
    ones = [endpoint(f"p0/{number}", scale=scale) for number, scale in enumerate((1.0, 1.64, 1.0, 1.23))]
    ones.append(endpoint("p1/0", cache=NEVER_LOST))
    for request in (asked(20_000, 30), asked(20_000, 300)):
        together = cost.priced(cost.grouped(map(lane, ones)), request, {})
        assert together == {one.id: priced(one, request) for one in ones}


def test_rates_of_a_tier_hold_above_its_edge() -> None:
    two: tuple[Rates, ...] = (rates(), rates(5_000_000, above=1000))
    assert lane(endpoint(rates=two)).edge == 1000
    assert lane(endpoint(rates=two, capability=Capability(context_window=500))).edge == 500


@pytest.mark.parametrize("long", [False, True])
@given(prompt=st.integers(0, 10**6), expected=st.integers(0, 10**6), read=st.integers(0, 10**6), written=st.integers(0, 10**6))
def test_what_is_used_is_split_as_the_cost_expects(prompt: int, expected: int, read: int, written: int, long: bool) -> None:  # noqa: FBT001  # a column
    read, written = min(read, expected), min(written, max(0, expected - read))
    one = Cost(expected, read, written, 0, 0, 0, 0, 0, 0, 0)
    found = cost.used(one, prompt, 7, long=long)
    assert (found.prompt, found.output) == (prompt, 7)
    assert (found.write_5m == 0) if long else (found.write_1h == 0)
    assert min(found.fresh, found.read, found.written) >= 0
    same = cost.used(one, expected, 7, long=long)
    assert (same.read, same.written) == (read, written)
