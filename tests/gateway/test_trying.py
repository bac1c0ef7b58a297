"""Tries down the chain: a second beside the first, limits, and nothing left behind whatever happens."""

import asyncio
import random
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.gateway.drill import PATHS, Answered, text
from tests.gateway.within import (
    Kept,
    Sold,
    broken,
    calling,
    gateway,
    hung_up,
    kinds,
    last,
    posted,
    request,
    run,
    settled,
    switch,
    whole_answer,
)
from tierwise.config.settings import ServerSettings, Timeouts
from tierwise.core.money import Unknown
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.door import Patience, Reply, Sent
from tierwise.upstream.scripted import Script, Scripted, playing

WIRES = tuple(PATHS)
every_wire = pytest.mark.parametrize("wire", WIRES)
FINE = Scripted(pace=0)


def practised(made: Gateway, endpoint: str, ms: int = 5) -> None:
    """An endpoint that has served so often that it is known when it is late."""
    for _ in range(30):
        trial = made.health.force(endpoint, endpoint.partition("/")[0], made.clock.now())
        made.health.succeed(trial, made.clock.now(), ms)


@every_wire
@pytest.mark.parametrize("streams", [True, False])
def test_where_the_first_is_late_a_second_is_asked_and_both_are_written_down(
    wire: str, monkeypatch: pytest.MonkeyPatch, *, streams: bool
) -> None:
    monkeypatch.setattr("tierwise.recovery.pacing.SOONEST", 10)
    slow = Kept([Script(wait=30)])
    made = gateway(Sold("one/alpha", slow, (wire,)), Sold("two/beta", FINE, (wire,), 2), hedge=True)
    practised(made, "one/alpha")
    answer = run(posted(made, wire, request(wire, stream=streams)))
    assert text(wire, answer, stream=streams)
    assert kinds(made) == [("one", "hung_up"), ("two", None)]
    first, second = last(made).attempts
    assert (first.hedge, second.hedge) == (False, True)
    assert not isinstance(first.cost, Unknown)
    assert not isinstance(second.cost, Unknown)
    assert first.cost > 0
    assert last(made).cost == first.cost + second.cost
    assert made.pace.loads == {}


def test_a_first_that_is_late_and_still_wins_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierwise.recovery.pacing.SOONEST", 10)
    slow, slower = Kept([replace(whole_answer("openai_chat"), wait=0.05)]), Kept([Script(wait=30)])
    made = gateway(Sold("one/alpha", slow), Sold("two/beta", slower, price=2), hedge=True)
    practised(made, "one/alpha")
    assert run(posted(made, "openai_chat", request("openai_chat"))).headers["x-tierwise-provider"] == "one"
    assert kinds(made) == [("two", "hung_up"), ("one", None)]
    assert made.pace.loads == {}


def test_where_both_fail_the_next_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierwise.recovery.pacing.SOONEST", 10)
    late = playing(replace(broken(500), wait=0.04))
    made = gateway(Sold("one/alpha", late), Sold("two/beta", late, price=2), Sold("three/gamma", FINE, price=3), hedge=True)
    practised(made, "one/alpha")
    assert run(posted(made, "openai_chat", request("openai_chat"))).status == 200
    assert kinds(made)[-1] == ("three", None)
    assert made.pace.loads == {}


def test_two_that_answer_at_once_leave_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierwise.recovery.pacing.SOONEST", 10)
    gate = asyncio.Event()

    class Gated(Struct):
        script: Script
        replies: list[Reply]

        async def ask(self, sent: Sent, patience: Patience) -> Reply:
            await gate.wait()
            self.replies.append(await playing(self.script).ask(sent, patience))
            return self.replies[-1]

        async def close(self) -> None:
            """There is nothing to close."""

    replies: list[Any] = []
    both = Gated(whole_answer("openai_chat"), replies)
    made = gateway(Sold("one/alpha", both), Sold("two/beta", both, price=2), hedge=True)
    practised(made, "one/alpha")

    async def scene() -> Answered:
        waiting = asyncio.ensure_future(posted(made, "openai_chat", request("openai_chat")))
        await settled(lambda: len(switch(made).asked) == 2)
        gate.set()
        return await waiting

    assert run(scene()).status == 200
    assert all(one.closed for one in replies)
    assert made.pace.loads == {}
    assert len(last(made).attempts) == 2


def test_a_client_that_hangs_up_ends_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierwise.recovery.pacing.SOONEST", 10)
    slow, slower = Kept([Script(wait=30)]), Kept([Script(wait=30)])
    made = gateway(Sold("one/alpha", slow), Sold("two/beta", slower, price=2), hedge=True)
    practised(made, "one/alpha")

    async def scene() -> None:
        async with calling(made, "openai_chat", request("openai_chat")) as (client, task):
            await settled(lambda: slower.waiting)
            await hung_up(client, task)

    run(scene())
    assert sorted(kinds(made)) == [("one", "hung_up"), ("two", "hung_up")]
    assert made.pace.loads == {}


def test_without_the_setting_or_enough_answers_nobody_is_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierwise.recovery.pacing.SOONEST", 1)
    for hedge, known in ((False, True), (True, False)):
        late = playing(replace(whole_answer("openai_chat"), wait=0.03))
        made = gateway(Sold("one/alpha", late), Sold("two/beta", FINE, price=2), hedge=hedge)
        if known:
            practised(made, "one/alpha")
        run(posted(made, "openai_chat", request("openai_chat")))
        assert kinds(made) == [("one", None)]


def test_an_endpoint_whose_limit_is_nearly_used_up_is_spared() -> None:
    """Told by its provider's own headers, which only providers with a row of their own have."""
    limited = {"x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "60s"}
    script = whole_answer("openai_chat")
    first = playing(replace(script, headers={**script.headers, **limited}))
    made = gateway(Sold("openai/alpha", first), Sold("two/beta", FINE, price=2), env={"OPENAI_API_KEY": "k"})
    for expected in ("openai", "two"):
        assert run(posted(made, "openai_chat", request("openai_chat"))).headers["x-tierwise-provider"] == expected


@pytest.mark.parametrize("hedge", [True, False])
def test_whatever_clients_and_providers_do_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch, *, hedge: bool) -> None:
    monkeypatch.setattr("tierwise.recovery.pacing.SOONEST", 5)
    chance = random.Random(7)  # noqa: S311  # a script, no secret
    words = ("[[long: 10]]", "[[cut]]", "[[break]]", "[[fail: 500]]", "[[fail: 429]]", "[[hang]]", "[[wait: 20]]", "[[slow: 5]]")
    made = gateway(
        Sold("one/alpha", Scripted(pace=0.001), WIRES),
        Sold("two/beta", Scripted(pace=0.001), ("openai_chat",), 2),
        hedge=hedge,
        timeouts=Timeouts(first_content=0.1, idle=0.1, total=0.5),
        server=ServerSettings(keepalive=0.03),
    )
    practised(made, "one/alpha")

    async def one(number: int) -> None:
        wire = WIRES[number % 3]
        body = request(wire, stream=chance.random() < 0.7, words=f"{chance.choice(words)} {number}")
        async with calling(made, wire, body) as (client, task):
            if chance.random() < 0.4:
                await asyncio.sleep(chance.random() * 0.06)
                client.gone.set()
            await asyncio.wait_for(task, 20)
            if not client.gone.is_set():
                assert client.answered.status in {200, 429, 502, 504}

    async def scene() -> None:
        before = asyncio.all_tasks()
        await asyncio.gather(*(one(number) for number in range(150)))
        await settled(lambda: asyncio.all_tasks() == before)

    run(scene())
    assert len(made.ledger.recent(1000)) == 150
    assert made.pace.loads == {}
    assert made.desk.limits.running == {}
    kinds = {entry.fault.kind for entry in made.ledger.recent(1000) if entry.fault}
    assert "internal" not in kinds
    assert "hung_up" in kinds


def test_a_client_that_hangs_up_while_the_second_is_being_stopped_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierwise.recovery.pacing.SOONEST", 10)

    class Lingering(Struct):
        """A transport that takes its time to stop."""

        stopping: bool = False

        async def ask(self, _sent: Sent, _patience: Patience) -> Reply:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                self.stopping = True
                await asyncio.sleep(0.05)
                raise
            raise AssertionError

        async def close(self) -> None:
            """There is nothing to close."""

    first, second = Kept([replace(whole_answer("openai_chat"), wait=0.05)]), Lingering()
    made = gateway(Sold("one/alpha", first), Sold("two/beta", second, price=2), hedge=True)
    practised(made, "one/alpha")

    async def scene() -> None:
        async with calling(made, "openai_chat", request("openai_chat")) as (client, task):
            await settled(lambda: second.stopping)
            await hung_up(client, task)

    run(scene())
    assert first.replies[0].closed
    assert sorted(kinds(made)) == [("one", "hung_up"), ("two", "hung_up")]
    assert made.pace.loads == {}
