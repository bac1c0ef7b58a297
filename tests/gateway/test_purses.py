"""Budgets in a process: what is set aside and what is left, several budgets at once, a store that is away, periods and leases that end."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from msgspec.structs import replace

from tests.gateway.fickle import ANN, CENT, NOW, Fickle, Time, ended, fickle, hanging, purses
from tierwise.core.budgets import NOBODY, Budget, Payer
from tierwise.core.entry import Drawn
from tierwise.core.faults import Fault
from tierwise.core.money import Unknown
from tierwise.gateway.purses import AWAY, DRY, IDLE, LEASE, Purses, Reservation, Settled
from tierwise.ledger import Purse

DAILY = Budget("daily", 100 * CENT, "day", "team", "core")
MONTHLY = Budget("monthly", 50 * CENT, "month")
TOTAL = Budget("total", 100 * CENT, "total")
DAY = 86_400_000


def run(body: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(body, 60))


async def reserved(one: Purses, amount: int, payer: Payer = ANN) -> Reservation:
    got = await one.reserve(payer, amount, one.clock())
    assert isinstance(got, Reservation), got
    return got


async def refused(one: Purses, amount: int, payer: Payer = ANN) -> Fault:
    got = await one.reserve(payer, amount, one.clock())
    assert isinstance(got, Fault), got
    return got


def held(store: Fickle, budget: Budget, began: int) -> int:
    return int(store.real.purses([Drawn(budget.name, began)])[0].held)


def test_without_a_budget_nothing_is_set_aside_or_asked() -> None:
    async def drill() -> None:
        store = fickle()
        one = purses(store, Time(), DAILY)
        got = await reserved(one, 10**15, NOBODY)
        assert one.settle(got, 5) == Settled()
        assert one.funds(NOBODY, NOW).left is None
        assert one.price(NOBODY, NOW) is None
        assert store.asked == []
        await ended(one)

    run(drill())


def test_what_is_not_needed_of_the_worst_case_is_free_for_the_next_without_asking_the_store() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        one = purses(store, time, TOTAL)
        for _ in range(50):
            got = await reserved(one, CENT)
            told = one.settle(got, CENT // 100)
            assert told == Settled((Drawn("total", 0),), CENT // 100, CENT // 100, "one")
        assert store.asked.count("hold") == 1
        assert one.funds(ANN, NOW).left == 100 * CENT - 50 * CENT // 100
        await ended(one)

    run(drill())


def test_a_request_is_settled_once_and_only_its_real_cost_is_gone() -> None:
    async def drill() -> None:
        one = purses(fickle(), Time(), TOTAL)
        got = await reserved(one, 60 * CENT)
        assert (await refused(one, 60 * CENT)).kind == "budget"
        assert one.settle(got, 10 * CENT).counted == 10 * CENT
        assert one.settle(got, 10 * CENT) == Settled()
        assert one.funds(ANN, NOW).left == 90 * CENT
        await reserved(one, 50 * CENT)
        await ended(one)

    run(drill())


@pytest.mark.parametrize(
    ("cost", "known", "counted", "set_free"),
    [
        (Unknown("no usage"), 0, 20 * CENT, 20 * CENT),
        (Unknown("no usage"), 30 * CENT, 30 * CENT, 20 * CENT),
        (35 * CENT, 35 * CENT, 35 * CENT, 20 * CENT),
        (0, 0, 0, 0),
    ],
)
def test_unknown_costs_count_as_what_was_set_aside_and_overruns_in_full(cost: Any, known: int, counted: int, set_free: int) -> None:
    async def drill() -> None:
        one = purses(fickle(), Time(), TOTAL)
        told = one.settle(await reserved(one, 20 * CENT), cost, known)
        assert (told.counted, told.reserved) == (counted, set_free)
        assert one.funds(ANN, NOW).left == 100 * CENT - counted
        await ended(one)

    run(drill())


def test_several_budgets_are_drawn_on_together_or_not_at_all() -> None:
    async def drill() -> None:
        one = purses(fickle(), Time(), DAILY, MONTHLY)
        fault = await refused(one, 60 * CENT)
        assert fault.message == "budget monthly has too little of its $0.50 a month left; it renews at 2026-12-01 00:00 UTC"
        assert fault.after == 29 * DAY + DAY // 2
        assert {wallet.aside for wallet in one.open.values()} == {0}
        got = await reserved(one, 40 * CENT)
        assert {wallet.aside for wallet in one.open.values()} == {40 * CENT}
        assert {drawn.budget for drawn in one.settle(got, CENT).drawn} == {"daily", "monthly"}
        await ended(one)

    run(drill())


def test_a_budget_near_its_limit_says_so_by_what_was_spent() -> None:
    async def drill() -> None:
        one = purses(fickle(), Time(), replace(TOTAL, degrade=0.5))
        first = await reserved(one, 60 * CENT)
        assert one.funds(ANN, NOW).near == ""
        one.settle(first, 50 * CENT)
        assert one.funds(ANN, NOW).near == "total"
        await ended(one)

    run(drill())


def test_more_is_set_aside_for_another_try_and_what_is_enough_already_is_not() -> None:
    async def drill() -> None:
        one = purses(fickle(), Time(), TOTAL)
        got = await reserved(one, 10 * CENT)
        assert await one.cover(got, 5 * CENT, NOW) is None
        assert got.amount == 10 * CENT
        assert await one.cover(got, 30 * CENT, NOW) is None
        assert got.amount == 30 * CENT
        fault = await one.cover(got, 200 * CENT, NOW)
        assert fault is not None
        assert fault.kind == "budget"
        assert got.amount == 30 * CENT
        unpriced = await one.cover(got, Unknown("no price"), NOW)
        assert unpriced is not None
        assert "nobody knows what it would cost" in unpriced.message
        await ended(one)

    run(drill())


def test_who_asks_too_often_of_an_empty_budget_does_not_ask_the_store_each_time() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        one = purses(store, time, TOTAL)
        one.settle(await reserved(one, 100 * CENT), 100 * CENT)
        for _ in range(20):
            await refused(one, CENT)
        asked = store.asked.count("hold")
        assert asked <= 2
        time.now += DRY + 1
        await refused(one, CENT)
        assert store.asked.count("hold") == asked + 1
        await ended(one)

    run(drill())


# Away


def test_with_the_store_away_what_is_held_is_used_first_and_then_a_stated_share() -> None:
    """20 cents are held, 10 of the 100 may go beyond: the outage costs 30 at most, and not one cent more."""

    async def drill() -> None:
        store = fickle()
        one = purses(store, Time(), TOTAL)
        one.settle(await reserved(one, 20 * CENT), 0)
        store.away = True
        within = [await reserved(one, 5 * CENT) for _ in range(4)]
        assert [each.beyond for each in within] == [0] * 4
        beyond = [await reserved(one, 5 * CENT) for _ in range(2)]
        assert [each.beyond for each in beyond] == [5 * CENT] * 2
        fault = await refused(one, CENT)
        assert (fault.kind, fault.after) == ("uncounted", AWAY)
        assert "budget total" in fault.message
        assert one.settle(beyond[0], 3 * CENT) == Settled((Drawn("total", 0),), 3 * CENT, 0, "one")
        await reserved(one, 2 * CENT)
        assert (await refused(one, CENT)).kind == "uncounted"
        await ended(one)

    run(drill())


def test_with_the_store_away_nothing_goes_beyond_what_was_left_when_it_was_last_seen() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        store.real.hold("another", Drawn("total", 0), 97 * CENT, 100 * CENT)
        one = purses(store, time, TOTAL)
        await one.tended(NOW)
        store.away = True
        assert one.funds(ANN, NOW).left == 3 * CENT
        await reserved(one, 2 * CENT)
        assert (await refused(one, 2 * CENT)).kind == "uncounted"
        assert one.funds(ANN, NOW).left == CENT
        await ended(one)

    run(drill())


def test_a_process_that_never_saw_the_store_has_the_stated_share_and_none_at_all_where_that_is_nothing() -> None:
    async def drill() -> None:
        store = fickle()
        store.away = True
        one, none = purses(store, Time(), TOTAL), purses(store, Time(), TOTAL, extra=0.0)
        await reserved(one, 10 * CENT)
        assert (await refused(one, 1)).kind == "uncounted"
        assert (await refused(none, 1)).kind == "uncounted"
        await ended(one, none)

    run(drill())


def test_a_request_whose_store_goes_away_midway_may_still_fall_back() -> None:
    async def drill() -> None:
        store = fickle()
        one = purses(store, Time(), TOTAL)
        got = await reserved(one, 2 * CENT)
        store.away = True
        assert await one.cover(got, 8 * CENT, NOW) is None
        assert (got.held, got.beyond) == (2 * CENT, 6 * CENT)
        assert one.settle(got, 5 * CENT).reserved == 2 * CENT
        assert one.open["total"].beyond == 3 * CENT
        await ended(one)

    run(drill())


def test_a_store_that_hangs_counts_as_away_and_what_it_gives_late_is_not_lost() -> None:
    async def drill() -> None:
        store = fickle()
        free = hanging(store)
        one = purses(store, Time(), TOTAL, patience=0.05)
        got = await reserved(one, 5 * CENT)
        assert got.beyond == 5 * CENT
        free.set()
        await asyncio.sleep(0.05)
        assert one.until > NOW
        await ended(one)

    run(drill())


def test_when_the_store_is_back_it_is_asked_again() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        one = purses(store, time, TOTAL)
        store.away = True
        assert (await reserved(one, CENT)).beyond == CENT
        store.away = False
        assert (await reserved(one, CENT)).beyond == CENT
        time.now += AWAY
        assert (await reserved(one, CENT)).beyond == 0
        await ended(one)

    run(drill())


# Time


def test_a_request_under_way_at_midnight_is_settled_in_the_day_in_which_it_began() -> None:
    async def drill() -> None:
        time, store = Time(NOW + DAY // 2 - 1), fickle()
        one = purses(store, time, DAILY)
        before = await reserved(one, 90 * CENT)
        assert (await refused(one, 20 * CENT)).kind == "budget"
        time.now += 1
        after = await reserved(one, 90 * CENT)
        today, tomorrow = NOW - DAY // 2, NOW + DAY // 2
        assert one.settle(before, CENT).drawn == (Drawn("daily", today),)
        assert one.settle(after, CENT).drawn == (Drawn("daily", tomorrow),)
        time.now += IDLE + 1
        await one.tended(time.now)
        assert held(store, DAILY, today) == CENT
        assert one.past == []
        await ended(one)

    run(drill())


def test_what_is_free_and_not_needed_goes_back_to_the_store() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        one = purses(store, time, TOTAL)
        one.settle(await reserved(one, 60 * CENT), CENT)
        assert held(store, TOTAL, 0) == 60 * CENT
        await one.tended(time.now)
        assert held(store, TOTAL, 0) == 60 * CENT
        await one.tended(time.now)
        assert held(store, TOTAL, 0) == CENT + 2 * CENT
        time.now += IDLE + 1
        await one.tended(time.now)
        assert held(store, TOTAL, 0) == CENT
        await ended(one)

    run(drill())


def test_what_could_not_be_given_back_is_given_back_later_and_once() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        one = purses(store, time, TOTAL)
        one.settle(await reserved(one, 60 * CENT), 0)
        time.now += IDLE + 1
        store.away = True
        await one.tended(time.now)
        time.now += AWAY
        store.away = False
        await one.tended(time.now)
        assert held(store, TOTAL, 0) == 0
        assert one.open["total"].owed == 0
        assert one.funds(ANN, time.now).left == 100 * CENT
        await ended(one)

    run(drill())


def test_a_process_whose_lease_has_run_out_does_not_spend_what_may_be_somebody_elses() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        one = purses(store, time, TOTAL)
        one.settle(await reserved(one, 40 * CENT), 0)
        store.away = True
        time.now += LEASE + 1
        got = await reserved(one, 8 * CENT)
        assert (got.held, got.beyond) == (0, 8 * CENT)
        store.away = False
        time.now += AWAY
        await one.tended(time.now)
        assert one.open["total"].free == 0
        assert held(store, TOTAL, 0) == 0
        await ended(one)

    run(drill())


def test_what_others_spent_is_seen_and_what_was_spent_here_is_not_forgotten_meanwhile() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        one = purses(store, time, TOTAL)
        one.settle(await reserved(one, 10 * CENT), 10 * CENT)
        await one.tended(time.now)
        assert one.open["total"].spent == 10 * CENT
        store.real.hold("another", Drawn("total", 0), 30 * CENT, 100 * CENT)
        await one.tended(time.now)
        assert one.funds(ANN, NOW).left == 60 * CENT
        await ended(one)

    run(drill())


def test_a_budget_that_changes_keeps_what_was_used_and_one_that_goes_gives_back() -> None:
    async def drill() -> None:
        time, store = Time(), fickle()
        one = purses(store, time, TOTAL)
        one.settle(await reserved(one, 100 * CENT), 100 * CENT)
        await refused(one, CENT)
        one.take([replace(TOTAL, limit=200 * CENT)])
        other = await reserved(one, 50 * CENT)
        one.take([])
        assert await reserved(one, 10**15) is not None
        one.settle(other, 0)
        await one.tended(time.now)
        assert store.real.purses([Drawn("total", 0)])[0] == Purse("total", 0, 0, 100 * CENT)
        await ended(one)

    run(drill())


def test_the_price_of_quality_is_that_of_the_scarcest_budget_and_goes_on_in_the_next_period() -> None:
    async def drill() -> None:
        time = Time()
        one = purses(fickle(), time, DAILY, MONTHLY, replace(TOTAL, name="whole"))
        first = one.price(ANN, time.now)
        assert first is not None
        time.now += DAY // 4
        one.settle(await reserved(one, 50 * CENT), 50 * CENT)
        low = one.price(ANN, time.now)
        assert low is not None
        assert low < first
        course = one.open["daily"].course
        assert course is not None
        time.now += DAY // 2
        one.price(ANN, time.now)
        after = one.open["daily"].course
        assert after is not None
        assert (after.since, after.spent) == (-1.0, 0.0)
        await ended(one)

    run(drill())


def test_at_the_end_all_that_is_free_goes_back() -> None:
    async def drill() -> None:
        store = fickle()
        one = purses(store, Time(), TOTAL)
        one.settle(await reserved(one, 60 * CENT), CENT)
        await one.left_alone()
        assert held(store, TOTAL, 0) == CENT
        await ended(one)

    run(drill())
