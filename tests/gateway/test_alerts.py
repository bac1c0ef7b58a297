"""Alerts: at each share once, by one process of several, in the log and by webhook, whatever the webhook does."""

import asyncio
import json
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tests.gateway.fickle import ANN, CENT, Fickle, Heard, Time, ended, fickle, purses
from tierwise.core.budgets import Budget
from tierwise.core.faults import Fault
from tierwise.gateway.alerts import Alerts
from tierwise.gateway.purses import Purses, Reservation
from tierwise.upstream.door import Broken, Patience, Reply, Sent
from tierwise.upstream.scripted import playing, whole

HOOK = "https://hooks.example/T0/secret-part"
TEAM = Budget("team", 100 * CENT, "month", "team", "core", webhook=HOOK)


class Hook(Struct):
    """A webhook that answers with these statuses in turn (the last for good; 0: not at all) and keeps what it was told."""

    statuses: list[int]
    told: list[dict[str, Any]] = []
    asked: list[Sent] = []

    async def ask(self, sent: Sent, patience: Patience) -> Reply:
        self.asked.append(sent)
        status = self.statuses[0] if len(self.statuses) == 1 else self.statuses.pop(0)
        if not status:
            raise Broken(Fault("refused"))
        self.told.append(json.loads(sent.body))
        return await playing(whole(b"", status)).ask(sent, patience)

    async def close(self) -> None:
        """There is nothing to close."""


async def spent(one: Purses, amount: int) -> None:
    got = await one.reserve(ANN, amount, one.clock())
    assert isinstance(got, Reservation)
    one.settle(got, amount)


def watching(store: Fickle, time: Time, hook: Hook | None, holder: str = "one", budget: Budget = TEAM) -> tuple[Purses, Alerts, Heard]:
    heard = Heard()
    return purses(store, time, budget, holder=holder), Alerts(hook, time, heard, 0.0), heard


async def given(alerts: Alerts, one: Purses) -> None:
    await one.tended(one.clock())
    await alerts.given(one)
    if alerts.posting:
        await asyncio.wait(alerts.posting)


def test_each_share_is_told_once_and_in_words() -> None:
    async def drill() -> None:
        hook = Hook([200])
        one, alerts, heard = watching(fickle(), Time(), hook)
        for amount in (10, 39, 1, 5, 26, 19):
            await given(alerts, one)
            await spent(one, amount * CENT)
        await given(alerts, one)
        await given(alerts, one)
        assert [each["share"] for each in hook.told] == [0.5, 0.8, 1.0]
        assert hook.told[0] == {
            "text": "budget team (team core): $0.50 of $1.00 is spent; 50% is reached; it renews at 2026-12-01 00:00 UTC",
            "budget": "team",
            "scope": "team",
            "of": "core",
            "period": "month",
            "share": 0.5,
            "refusing": False,
            "spent": 0.5,
            "limit": 1.0,
            "began": 1_793_491_200_000,
            "renews": 1_796_083_200_000,
            "at": 1_793_534_400_000,
        }
        assert heard.kinds == ["budget_alert"] * 3
        assert heard.notices[0].message == hook.told[0]["text"]
        assert hook.asked[0].headers == {"content-type": "application/json"}
        await ended(one)

    asyncio.run(drill())


def test_a_budget_that_lets_nothing_more_through_is_an_alarm_once() -> None:
    async def drill() -> None:
        hook = Hook([204])
        one, alerts, heard = watching(fickle(), Time(), hook, budget=replace(TEAM, alerts=(1.0,), scope="all", of="", period="total"))
        await spent(one, 97 * CENT)
        for _ in range(2):
            assert isinstance(await one.reserve(ANN, 5 * CENT, one.clock()), Fault)
            await given(alerts, one)
        assert heard.kinds == ["budget_spent"]
        assert [(each["refusing"], each["share"], each["renews"]) for each in hook.told] == [(True, 0.97, None)]
        assert hook.told[0]["text"] == "budget team (everything): $0.97 of $1.00 is spent; requests are refused"
        await ended(one)

    asyncio.run(drill())


def test_one_of_several_processes_tells() -> None:
    async def drill() -> None:
        time, hook = Time(), Hook([200])
        store = fickle(time)
        several = [watching(store, time, hook, holder) for holder in ("one", "two", "three")]
        for one, alerts, _ in several:
            await given(alerts, one)
        for one, _, _ in several:
            await spent(one, 20 * CENT)
            for wallet in one.open.values():
                wallet.spent = 60 * CENT
        for one, alerts, _ in several:
            await given(alerts, one)
        assert [each["share"] for each in hook.told] == [0.5]
        assert sum(len(heard.kinds) for _, _, heard in several) == 1
        for one, _, _ in several:
            if one.clerk.thread is not None:
                one.clerk.thread.shutdown()
        store.real.close()

    asyncio.run(drill())


def test_what_was_spent_before_a_process_began_was_told_by_another() -> None:
    async def drill() -> None:
        hook = Hook([200])
        one, alerts, _ = watching(fickle(), Time(), hook)
        await spent(one, 60 * CENT)
        await given(alerts, one)
        assert hook.told == []
        await spent(one, 25 * CENT)
        await given(alerts, one)
        assert [each["share"] for each in hook.told] == [0.8]
        await ended(one)

    asyncio.run(drill())


def test_in_the_next_period_each_share_is_told_again() -> None:
    async def drill() -> None:
        time, hook = Time(), Hook([200])
        one, alerts, _ = watching(fickle(), time, hook, budget=replace(TEAM, period="day"))
        for _ in range(2):
            await given(alerts, one)
            await spent(one, 55 * CENT)
            await given(alerts, one)
            time.now += 86_400_000
        assert [each["share"] for each in hook.told] == [0.5, 0.5]
        await ended(one)

    asyncio.run(drill())


def test_with_the_store_away_everybody_tells_rather_than_nobody() -> None:
    async def drill() -> None:
        store, time, hook = fickle(), Time(), Hook([200])
        one, alerts, _ = watching(store, time, hook)
        await given(alerts, one)
        await spent(one, 55 * CENT)
        store.away = True
        await given(alerts, one)
        assert [each["share"] for each in hook.told] == [0.5]
        await ended(one)

    asyncio.run(drill())


def test_a_webhook_that_fails_is_tried_again_and_its_address_is_told_to_nobody() -> None:
    async def drill() -> None:
        for statuses, posted, kinds in (([500, 0, 200], 2, ["budget_alert"]), ([503], 3, ["budget_alert", "webhook_failed"])):
            hook = Hook(list(statuses))
            one, alerts, heard = watching(fickle(), Time(), hook)
            await given(alerts, one)
            await spent(one, 55 * CENT)
            await given(alerts, one)
            assert len(hook.told) == posted
            assert len(hook.asked) == 3
            assert heard.kinds == kinds
            assert "secret-part" not in repr(heard.notices)
            await ended(one)
        assert heard.notices[1].message == "budget team: it answered 503"

    asyncio.run(drill())


def test_without_a_webhook_or_a_transport_the_log_hears_of_it() -> None:
    async def drill() -> None:
        hook = Hook([200])
        for budget, transport in ((replace(TEAM, webhook=""), hook), (TEAM, None)):
            one, alerts, heard = watching(fickle(), Time(), transport, budget=budget)
            await given(alerts, one)
            await spent(one, 55 * CENT)
            await given(alerts, one)
            assert heard.kinds == ["budget_alert"]
            await ended(one)
        assert hook.asked == []

    asyncio.run(drill())
