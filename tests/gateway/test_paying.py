"""Money on a request's way through the gateway: what fits is served, what does not is refused in the client's own words, all is counted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from tests.gateway.drill import PATHS, Answered
from tests.gateway.fickle import Fickle, fickle, standing
from tests.gateway.test_trying import practised
from tests.gateway.within import (
    Kept,
    Sold,
    broken,
    called,
    calling,
    gateway,
    hung_up,
    kinds,
    last,
    posted,
    request,
    run,
    settled,
    stream,
    switch,
    whole_answer,
)
from tierwise.config.settings import KeySettings, Prices
from tierwise.core.budgets import Budget
from tierwise.core.decision import Rejected
from tierwise.core.entry import Entry
from tierwise.core.money import pico
from tierwise.gateway import desk
from tierwise.gateway.gateway import Gateway
from tierwise.ledger import Purse
from tierwise.upstream.scripted import Script, Scripted, playing, whole

WIRES = tuple(PATHS)
FINE = Scripted(pace=0)
MINE = {"x-api-key": "tw-mine"}
CENT = 10**10
LATE = whole_answer("openai_chat")
KEYS = (KeySettings(name="ann", key="tw-mine", team="core", tags=("night",)),)
CHEAP, DEAR = Sold("one/alpha", FINE, price=10.0), Sold("two/beta", FINE, price=1000.0, more={"tier": "premium"})


@asynccontextmanager
async def budgeted(made: Gateway, *budgets: Budget, store: Fickle | None = None) -> AsyncIterator[Fickle]:
    """A gateway that runs on a store and has these budgets."""
    kept, before = store or fickle(), made.desk
    means = desk.Means(made.clock.now, made.everybody, standing, "one", kept, before.keyring.settled, budgets)
    made.desk = desk.opened(means)
    await made.desk.look()
    try:
        yield kept
    finally:
        await made.desk.close()


def entries(made: Gateway) -> list[Entry]:
    return list(made.ledger.recent(1000))


async def purse(made: Gateway, store: Fickle, name: str) -> Purse:
    """What a budget has used once everything is written and given back."""
    await asyncio.to_thread(store.real.add, entries(made))
    wallet = made.desk.purses.open[name]
    await made.desk.purses.left_alone()
    found: Purse = store.real.purses([wallet.drawn])[0]
    return found


def cost(entry: Entry) -> int:
    assert isinstance(entry.cost, int)
    return entry.cost


async def asked(made: Gateway, wire: str = "openai_chat", headers: dict[str, str] | None = None, **more: Any) -> Answered:
    return await posted(made, wire, request(wire, **{"max_tokens": 100, **more} if wire != "openai_responses" else more), headers or MINE)


def test_five_hundred_at_once_never_spend_more_than_is_left() -> None:
    """Each may cost 0.3 cents and costs less; a fifth of a cent each would be a dollar, and there are five cents for the team."""

    async def drill() -> None:
        made = gateway(Sold("one/alpha", Scripted(pace=0.0), price=10.0), keys=KEYS)
        team, day = Budget("team", 5 * CENT, "month", "team", "core"), Budget("night", 4 * CENT, "day", "tag", "night")
        async with budgeted(made, team, day) as store:
            made.desk.purses.clerk.patience = 60.0  # a busy machine is no store that is away
            answers = await asyncio.gather(*(asked(made) for _ in range(500)))
            statuses = [one.status for one in answers]
            assert set(statuses) == {200, 402}
            spent = sum(cost(one) for one in entries(made) if one.status == 200)
            found = {name: await purse(made, store, name) for name in ("team", "night")}
            assert {one.spent for one in found.values()} == {spent}
            assert {one.held for one in found.values()} == {0}
            assert 3 * CENT <= spent <= 4 * CENT

    run(drill())


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("streams", [True, False])
def test_a_refusal_is_the_protocols_own_and_says_which_budget_and_when_it_renews(wire: str, streams: bool) -> None:  # noqa: FBT001  # a column
    async def drill() -> None:
        made = gateway(Sold("one/alpha", FINE, (wire,), price=10.0), keys=KEYS)
        async with budgeted(made, Budget("team", pico("0.000001"), "month", "team", "core")):
            answer = await asked(made, wire, stream=streams)
            assert answer.status == 402
            message = answer.json["error"]["message"]
            assert "budget team of team core has too little of its $0.00 a month left; it renews at " in message
            assert answer.json["error"]["type"] == {"anthropic": "billing_error"}.get(wire, "insufficient_quota")
            assert int(answer.headers["retry-after"]) > 0
            assert switch(made).asked == []
            assert (last(made).status, last(made).fault and last(made).fault.kind) == (402, "budget")  # type: ignore[union-attr]  # looked at

    run(drill())


def test_what_is_too_dear_for_what_is_left_is_ruled_out_and_something_cheaper_serves() -> None:
    async def drill() -> None:
        made = gateway(DEAR, CHEAP, keys=KEYS)
        async with budgeted(made, Budget("all", 2 * CENT)):
            answer = await asked(made, model="beta")
            assert (answer.status, answer.headers["x-tierwise-model"]) == (200, "alpha")
            decision = last(made).decision
            assert decision is not None
            (refused,) = [one for one in decision.receipt.verdicts if isinstance(one, Rejected)]
            assert (refused.endpoint, refused.by) == ("two/beta", "budget")
            assert decision.receipt.conditions.budget == 2 * CENT

    run(drill())


@pytest.mark.parametrize(
    ("model", "more", "served"), [("auto", {}, "alpha"), ("beta", {}, "alpha"), ("beta", {"x-tierwise-route": "off"}, "beta")]
)
def test_near_its_limit_a_budget_sends_requests_to_the_cheapest_tier(model: str, more: dict[str, str], served: str) -> None:
    async def drill() -> None:
        made = gateway(DEAR, CHEAP, keys=KEYS, policy="tiered")
        async with budgeted(made, Budget("all", 10**15, degrade=0.5)):
            made.desk.purses.funds(made.everybody.payer, made.clock.now())
            made.desk.purses.open["all"].spent = 10**15 // 2
            answer = await asked(made, model=model, headers={**MINE, "x-tierwise-task": "security", **more})
            assert answer.headers["x-tierwise-model"] == served
            decision = last(made).decision
            assert decision is not None
            assert decision.receipt.conditions.near == "all"

    run(drill())


def test_a_fallback_is_paid_for_and_one_that_is_too_dear_is_not_made() -> None:
    async def drill() -> None:
        bad = playing(broken(500))
        for left, tried in ((100 * CENT, [("one", "server_error"), ("two", None)]), (20 * CENT, [("one", "server_error")])):
            made = gateway(Sold("one/alpha", bad, price=10.0), DEAR, keys=KEYS)
            async with budgeted(made, Budget("all", left)) as store:
                answer = await asked(made)
                assert kinds(made)[: len(tried)] == tried
                assert answer.status == (200 if len(tried) > 1 else 502)
                assert {name for name, _ in kinds(made)} == {name for name, _ in tried}
                assert (await purse(made, store, "all")).spent == (cost(last(made)) if answer.status == 200 else 0)

    run(drill())


def test_an_answer_that_does_not_say_what_it_used_counts_as_its_worst_case() -> None:
    async def drill() -> None:
        said = b'{"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"hi"}}]}'
        silent = Kept([stream(b"data: " + said + b"\n\n", end="hang")])
        made = gateway(Sold("one/alpha", silent, price=10.0), keys=KEYS)
        async with budgeted(made, Budget("all", 100 * CENT)) as store:
            async with calling(made, "openai_chat", request("openai_chat", stream=True, max_tokens=100), MINE) as (client, task):
                await settled(lambda: len(client.sent) > 1)
                aside = made.desk.purses.open["all"].aside
                await hung_up(client, task)
            entry = last(made)
            assert entry.counted == entry.reserved == aside > 0
            assert await purse(made, store, "all") == Purse("all", entry.drawn[0].began, aside, 0)

    run(drill())


def test_a_second_try_beside_the_first_counts_too_and_one_that_is_too_dear_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierwise.recovery.pacing.SOONEST", 10)

    async def drill() -> None:
        slow = Kept([Script(wait=30)])
        made = gateway(Sold("one/alpha", slow, price=10.0), Sold("two/beta", FINE, price=20.0), keys=KEYS, hedge=True)
        practised(made, "one/alpha")
        async with budgeted(made, Budget("all", 100 * CENT)) as store:
            assert (await asked(made)).status == 200
            assert kinds(made) == [("one", "hung_up"), ("two", None)]
            entry = last(made)
            assert entry.counted == cost(entry) == sum(one.cost for one in entry.attempts if isinstance(one.cost, int))
            assert (await purse(made, store, "all")).spent == entry.counted
        late = replace(LATE, wait=0.05)
        poor = gateway(Sold("one/alpha", Kept([late]), price=10.0), DEAR, keys=KEYS, hedge=True)
        practised(poor, "one/alpha")
        async with budgeted(poor, Budget("all", 20 * CENT)):
            answer = await asked(poor)
            assert (answer.status, answer.headers["x-tierwise-model"]) == (200, "alpha")
            assert poor.desk.purses.open["all"].aside == 0
            assert len(switch(poor).asked) == 1

    run(drill())


def test_what_was_never_sent_costs_nothing_and_sets_all_free() -> None:
    async def drill() -> None:
        made = gateway(Sold("one/alpha", playing(broken(400)), price=10.0), keys=KEYS)
        async with budgeted(made, Budget("all", 100 * CENT)) as store:
            assert (await asked(made)).status == 400
            assert last(made).counted == 0
            assert (await purse(made, store, "all")).spent == 0
            await posted(made, "openai_chat", b"{", MINE)
            assert made.desk.purses.open["all"].aside == 0

    run(drill())


def test_with_the_store_away_requests_are_served_within_the_stated_bound_and_then_refused() -> None:
    async def drill() -> None:
        store = fickle()
        store.away = True
        made = gateway(CHEAP, keys=KEYS)
        async with budgeted(made, Budget("all", 10 * CENT), store=store):
            answers = [await asked(made) for _ in range(40)]
            statuses = [one.status for one in answers]
            assert statuses[0] == 200
            assert statuses[-1] == 503
            assert "a budget cannot be checked now: the store is away" in answers[-1].json["error"]["message"]
            assert sum(cost(one) for one in entries(made) if one.status == 200) <= CENT

    run(drill())


def test_a_key_may_use_the_models_and_policies_it_names() -> None:
    async def drill() -> None:
        made = gateway(CHEAP, DEAR, keys=(KeySettings(name="ann", key="tw-mine", models=("alpha",), policies=("cheapest", "pinned")),))
        pinned = await asked(made, model="beta")
        assert (pinned.status, "this key may use alpha, not beta" in pinned.json["error"]["message"]) == (403, True)
        assert (await asked(made, model="alpha")).status == 200
        told = await asked(made, headers={**MINE, "x-tierwise-policy": "value"})
        assert told.status == 403
        assert "this key may use the policies cheapest, pinned, not value" in told.json["error"]["message"]
        assert (await asked(made)).status == 200
        one = gateway(CHEAP, DEAR, keys=(KeySettings(name="ann", key="tw-mine", models=("one/alpha",)),))
        assert [(await asked(one, model=name)).status for name in ("alpha", "one/alpha", "beta")] == [200, 200, 403]

    run(drill())


def test_a_key_has_so_many_tokens_a_minute_and_hears_when_to_come_back() -> None:
    async def drill() -> None:
        made = gateway(CHEAP, keys=(KeySettings(name="ann", key="tw-mine", tokens=4000),))
        answers = [await asked(made, words="one two three " * 300) for _ in range(6)]
        statuses = [one.status for one in answers]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        assert "the key's rate limit is reached: key ann may have 4,000 tokens a minute" in answers[-1].json["error"]["message"]
        assert int(answers[-1].headers["retry-after-ms"]) > 0
        assert last(made).cost == 0

    run(drill())


def test_the_price_of_quality_reaches_the_decision_where_the_policy_is_paced() -> None:
    async def drill() -> None:
        made = gateway(CHEAP, DEAR, keys=KEYS, policy="paced")
        async with budgeted(made, Budget("all", 10**14)):
            assert (await asked(made)).status == 200
            decision = last(made).decision
            assert decision is not None
            assert decision.receipt.conditions.price is not None
        async with budgeted(made, Budget("all", 10**14, "total")):
            assert (await asked(made)).status == 200
            decision = last(made).decision
            assert decision is not None
            assert decision.receipt.conditions.price is None
            assert "no budget sets a price of quality" in decision.receipt.because

    run(drill())


def test_to_ask_what_would_be_decided_sets_nothing_aside() -> None:
    async def drill() -> None:
        made = gateway(CHEAP, keys=KEYS)
        async with budgeted(made, Budget("all", 10 * CENT)) as store:
            assert (await called(made, "POST", "/v1/route", request("openai_chat"), MINE)).status == 200
            assert "hold" not in store.asked

    run(drill())


def test_of_several_budgets_the_tightest_is_named() -> None:
    async def drill() -> None:
        made = gateway(CHEAP, keys=KEYS)
        async with budgeted(
            made, Budget("wide", 10**15), Budget("narrow", 10**6, "day", "tag", "night"), replace(Budget("other", 1), scope="key", of="bob")
        ):
            answer = await asked(made)
            assert answer.status == 402
            assert "budget narrow of tag night" in answer.json["error"]["message"]

    run(drill())


def test_embeddings_count_against_budgets_too() -> None:
    said = b'{"object": "list", "data": [], "model": "small", "usage": {"prompt_tokens": 7, "total_tokens": 7}}'

    async def drill() -> None:
        alpha = Sold("one/alpha", playing(whole(said, 200)))
        made = gateway(alpha, keys=KEYS, embeddings="one/small", prices={"one/small": Prices(input=2, output=0)})
        body = {"model": "one/small", "input": "a" * 98}
        async with budgeted(made, Budget("team", 250 * 10**6, "month", "team", "core")) as store:
            answers = [await called(made, "POST", "/v1/embeddings", body, MINE) for _ in range(6)]
            assert [one.status for one in answers] == [200, 200, 200, 200, 402, 402], "100 bytes are at most 100 tokens, and take 7"
            assert "budget team of team core" in answers[-1].json["error"]["message"]
            found = await purse(made, store, "team")
            assert (found.spent, found.held) == (4 * 14 * 10**6, 0)
        async with budgeted(made, Budget("team", 250 * 10**6, "month", "team", "core")):
            answer = await called(made, "POST", "/v1/embeddings", {**body, "model": "one/other"}, MINE)
            assert answer.status == 402
            assert "nobody knows what it would cost" in answer.json["error"]["message"]

    run(drill())
