"""Budgets under a race: whoever asks at once, on every store, all together never spend more than the limit and what was not foreseen."""

import asyncio
import time
from collections.abc import Sequence
from itertools import count
from random import Random
from typing import Any

import pytest

from tests.ledger.samples import entry
from tierwise.core.budgets import Budget, Payer
from tierwise.core.entry import Drawn, Entry
from tierwise.core.faults import Fault
from tierwise.core.money import Amount, Unknown
from tierwise.gateway.clerk import Clerk
from tierwise.gateway.purses import Purses, Reservation
from tierwise.ledger import Purse, Store

CENT = 10**10
ANN = Payer("ann", team="core", tags=("night",))
BUDGETS = (Budget("team", 100 * CENT, "total", "team", "core"), Budget("tag", 80 * CENT, "day", "tag", "night"))


def clock() -> int:
    return time.time_ns() // 1_000_000


def processes(store: Store, number: int, budgets: Sequence[Budget]) -> list[Purses]:
    """As many processes, each with a thread of its own in front of the store."""
    found = [Purses(Clerk(store, 10.0), f"gateway-{place}", clock) for place in range(number)]
    for one in found:
        one.take(budgets)
    return found


async def closed(several: Sequence[Purses]) -> None:
    for one in several:
        await one.left_alone()
        assert one.clerk.thread is not None
        one.clerk.thread.shutdown()


async def served(one: Purses, amount: int, cost: Amount, names: "count[int]", written: list[Entry]) -> Fault | None:
    """A request: set aside, a moment under way, settled, recorded."""
    got = await one.reserve(ANN, amount, clock())
    if not isinstance(got, Reservation):
        return got
    await asyncio.sleep(0.001)
    told = one.settle(got, cost)
    more: dict[str, Any] = {"drawn": told.drawn, "reserved": told.reserved, "counted": told.counted, "holder": told.holder}
    written.append(entry(f"{one.holder}-{next(names)}", cost=cost, **more))
    return None


async def wrote(store: Store, written: list[Entry]) -> None:
    """What the writer's process does."""
    batch, written[:] = list(written), []
    if batch:
        await asyncio.to_thread(store.add, batch)


def purse(store: Store, budget: Budget, purses: Purses) -> Purse:
    return store.purses([purses.open[budget.name].drawn])[0]


def test_five_hundred_at_once_never_spend_more_than_is_left(store: Store) -> None:
    """Three processes, two budgets of which the smaller is nearly spent; 500 requests of a worst case of 20 cents that cost 1 to 5."""

    async def race() -> None:
        dice, names, written = Random(7), count(), list[Entry]()  # noqa: S311  # not for secrets
        several = processes(store, 3, BUDGETS)
        first = await served(several[0], 60 * CENT, 60 * CENT, names, written)
        assert first is None
        costs = [dice.randint(1, 5) * CENT for _ in range(500)]
        asked = [asyncio.ensure_future(served(several[at % 3], 20 * CENT, cost, names, written)) for at, cost in enumerate(costs)]
        while not all(one.done() for one in asked):
            await wrote(store, written)
            for budget in BUDGETS:
                seen = purse(store, budget, several[0])
                assert seen.spent + seen.held <= budget.limit
            await asyncio.sleep(0.005)
        faults = [fault for fault in (one.result() for one in asked) if fault is not None]
        await wrote(store, written)
        await closed(several)
        found = {one.name: purse(store, one, several[0]) for one in BUDGETS}
        assert {one.held for one in found.values()} == {0}
        spent = 60 * CENT + sum(cost for cost, one in zip(costs, asked, strict=True) if one.result() is None)
        assert found["team"].spent == found["tag"].spent == spent <= 80 * CENT
        assert {fault.kind for fault in faults} == {"budget"}
        assert {fault.message.partition(" left; ")[0] for fault in faults} <= {
            "budget tag of tag night has too little of its $0.80 a day",
            "budget team of team core has too little of its $1.00 in all",
        }

    asyncio.run(race())


def test_what_answers_cost_beyond_their_worst_case_is_all_that_goes_beyond_the_limit(store: Store) -> None:
    """Unknown costs count as the worst case; costs beyond it count in full, once."""

    async def race() -> None:
        names, written = count(), list[Entry]()
        several = processes(store, 2, [BUDGETS[0]])
        costs: list[Amount] = [Unknown("no usage") if at % 3 else 12 * CENT for at in range(60)]
        faults = await asyncio.gather(*(served(several[at % 2], 10 * CENT, cost, names, written) for at, cost in enumerate(costs)))
        kept = [cost for cost, fault in zip(costs, faults, strict=True) if fault is None]
        beyond = sum(not isinstance(cost, Unknown) for cost in kept)
        await wrote(store, written)
        await closed(several)
        found = purse(store, BUDGETS[0], several[0])
        assert found.spent == sum(10 * CENT if isinstance(cost, Unknown) else cost for cost in kept)
        assert found.spent <= 100 * CENT + beyond * 2 * CENT
        assert found.held == 0
        assert len(kept) >= 8

    asyncio.run(race())


def test_what_a_process_that_died_held_comes_back(store: Store) -> None:
    async def drill() -> None:
        one, other = processes(store, 2, [BUDGETS[0]])
        dead = await one.reserve(ANN, 90 * CENT, clock())
        assert isinstance(dead, Reservation)
        assert isinstance(await other.reserve(ANN, 50 * CENT, clock()), Fault)
        await asyncio.to_thread(store.alive, one.holder, clock() - 1)
        await asyncio.sleep(0.3)
        assert isinstance(await other.reserve(ANN, 50 * CENT, clock()), Reservation)
        for each in (one, other):
            assert each.clerk.thread is not None
            each.clerk.thread.shutdown()

    asyncio.run(drill())


@pytest.mark.parametrize("late", [0, 1])
def test_an_entry_settles_its_budgets_once_however_often_it_comes(store: Store, late: int) -> None:
    async def drill() -> None:
        names, written = count(), list[Entry]()
        (one,) = processes(store, 1, [BUDGETS[0]])
        await served(one, 10 * CENT, 3 * CENT, names, written)
        await asyncio.to_thread(store.add, written)
        await asyncio.to_thread(store.add, [*written, *written] if late else written)
        await closed([one])
        assert purse(store, BUDGETS[0], one) == Purse("team", Drawn("team", 0).began, 3 * CENT, 0)

    asyncio.run(drill())
