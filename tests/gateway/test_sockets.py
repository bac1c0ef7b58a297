"""Responses over a WebSocket, as Codex speaks it: messages in, messages out."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import Struct, field

from tests.gateway.test_relaying import STREAMS
from tests.gateway.within import Kept, Sold, broken, gateway, kinds, last, run, scope, settled, stream, switch
from tierwise.config.settings import KeySettings
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.routes import app
from tierwise.upstream.door import Patience, Reply, Sent
from tierwise.upstream.scripted import Script, Scripted, playing

FINE = Scripted(pace=0, strict=False)
WIRES = ("openai_chat", "openai_responses", "anthropic")


class Line(Struct):
    """A client's end of a socket."""

    coming: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)
    heard: list[dict[str, Any]] = []

    async def send(self, message: dict[str, Any]) -> None:
        self.heard.append(message)
        await asyncio.sleep(0)

    def say(self, message: Any) -> None:
        self.coming.put_nowait({"type": "websocket.receive", "text": message if isinstance(message, str) else json.dumps(message)})

    def leave(self) -> None:
        self.coming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    @property
    def told(self) -> list[dict[str, Any]]:
        """The messages so far."""
        return [json.loads(one["text"]) for one in self.heard if one["type"] == "websocket.send"]

    async def until(self, *kinds: str, count: int = 1) -> dict[str, Any]:
        """The message of one of these kinds, when so many of them are there."""
        await settled(lambda: sum(one["type"] in kinds for one in self.told) >= count)
        return [one for one in self.told if one["type"] in kinds][count - 1]


@asynccontextmanager
async def opened(made: Gateway, headers: dict[str, str] | None = None) -> AsyncIterator[Line]:
    """A socket that is open until the end of the block."""
    line = Line()
    line.coming.put_nowait({"type": "websocket.connect"})
    task = asyncio.ensure_future(
        app(made)({**scope("GET", "/v1/responses", headers or {}), "type": "websocket"}, line.coming.get, line.send)
    )
    try:
        await settled(lambda: line.heard)
        assert line.heard[0]["type"] == "websocket.accept"
        yield line
        line.leave()
        await asyncio.wait_for(task, 20)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def create(words: str = "hello there", model: str = "auto", **more: Any) -> dict[str, Any]:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
    return {"type": "response.create", "model": model, "input": [item], "store": False, **more}


DONE = "response.completed"


def text(response: dict[str, Any]) -> str:
    return "".join(part["text"] for item in response["output"] for part in item.get("content", ()))


@pytest.mark.parametrize("upstream", WIRES)
def test_a_message_is_answered_with_the_events_of_the_stream(upstream: str) -> None:
    made = gateway(Sold("one/alpha", FINE, (upstream,)))

    async def scene() -> None:
        async with opened(made) as line:
            line.say(create())
            done = await line.until(DONE)
            assert "hello there" in text(done["response"])
            assert line.told[0]["type"] == "response.created"
            numbers = [one["sequence_number"] for one in line.told]
            assert numbers == sorted(set(numbers))

    run(scene())
    entry = last(made)
    assert (entry.fault, entry.committed, entry.asker.stream, entry.asker.wire) == (None, True, True, "openai_responses")
    assert entry.usage is not None


@pytest.mark.parametrize("upstream", WIRES)
def test_the_next_message_goes_on_from_a_response_with_new_items_only(upstream: str) -> None:
    made = gateway(Sold("one/alpha", FINE, (upstream,)))

    async def scene() -> None:
        async with opened(made) as line:
            line.say(create("first words"))
            before = await line.until(DONE)
            line.say(create("second words", previous_response_id=before["response"]["id"]))
            await line.until(DONE, count=2)

    run(scene())
    body = switch(made).bodies("one")[-1].decode()
    assert "first words" in body
    assert body.index("first words") < body.index("second words")
    assert b"previous_response_id" not in body.encode()


def test_a_prewarm_asks_nobody_and_can_be_gone_on_from() -> None:
    made = gateway(Sold("one/alpha", FINE, ("openai_responses",)))

    async def scene() -> None:
        async with opened(made) as line:
            line.say(create("first words", generate=False))
            warmed = await line.until(DONE)
            assert switch(made).asked == []
            line.say({**create("second words", previous_response_id=warmed["response"]["id"])})
            await line.until(DONE, count=2)

    run(scene())
    assert b"first words" in switch(made).bodies("one")[0]
    assert len(made.ledger.recent(9)) == 1


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "{",
        "[]",
        "7",
        {"type": "no.such.thing"},
        {"type": "response.create"},
        {"type": "response.create", "model": "auto", "input": 7},
        {"type": "response.create", "model": 7, "input": "x"},
        {"type": "response.create", "model": "auto", "input": "x", "previous_response_id": "resp_nobody"},
        {"type": "response.create", "model": "nobody-knows", "input": "x"},
        {"type": "response.create", "input": "x", "generate": False},
        "[" * 100_000,
    ],
)
def test_a_message_that_cannot_be_followed_is_told_and_the_socket_goes_on(message: Any) -> None:
    made = gateway(Sold("one/alpha", FINE, ("openai_responses",)))

    async def scene() -> None:
        async with opened(made) as line:
            line.say(message)
            wrong = await line.until("error")
            assert 400 <= wrong["status"] < 500
            assert wrong["error"]["message"]
            line.say(create())
            await line.until(DONE)

    run(scene())


def test_bytes_are_read_as_text_is() -> None:
    made = gateway(Sold("one/alpha", FINE, ("openai_responses",)))

    async def scene() -> None:
        async with opened(made) as line:
            line.coming.put_nowait({"type": "websocket.receive", "bytes": b"\xff\xfe", "text": None})
            assert (await line.until("error"))["status"] == 400
            line.coming.put_nowait({"type": "websocket.receive", "bytes": json.dumps(create()).encode()})
            await line.until(DONE)

    run(scene())


def test_a_second_message_while_an_answer_is_under_way_is_refused() -> None:
    slow = Kept([stream(*STREAMS["openai_responses"][:5], end="hang")])
    made = gateway(Sold("one/alpha", slow, ("openai_responses",)))

    async def scene() -> None:
        async with opened(made) as line:
            line.say(create())
            await line.until("response.output_text.delta")
            line.say(create())
            wrong = await line.until("error")
            assert "not complete" in wrong["error"]["message"]

    run(scene())
    assert len(slow.replies) == 1


def test_what_fails_before_the_first_content_is_invisible_here_too() -> None:
    made = gateway(Sold("one/alpha", playing(broken(500)), ("openai_responses",)), Sold("two/beta", FINE, ("openai_responses",), 2))

    async def scene() -> None:
        async with opened(made) as line:
            line.say(create())
            await line.until(DONE)
            assert not any(one["type"] == "error" for one in line.told)

    run(scene())
    assert kinds(made) == [("one", "server_error"), ("two", None)]


@pytest.mark.parametrize("upstream", WIRES)
def test_where_nobody_can_serve_the_client_hears_why_and_may_ask_again(upstream: str) -> None:
    script = broken(429)
    made = gateway(Sold("one/alpha", playing(script, script, script), (upstream,)))

    async def scene() -> None:
        async with opened(made) as line:
            for count in (1, 2):
                line.say(create())
                wrong = await line.until("error", count=count)
                assert wrong["status"] == 429

    run(scene())


@pytest.mark.parametrize("upstream", WIRES)
def test_an_answer_that_breaks_ends_with_an_error_and_the_socket_goes_on(upstream: str) -> None:
    frames = STREAMS[upstream][: next(at for at, one in enumerate(STREAMS[upstream]) if b"Hel" in one) + 1]
    kept = Kept([stream(*frames, end="reset"), stream(*STREAMS[upstream])])
    made = gateway(Sold("one/alpha", kept, (upstream,)))

    async def scene() -> None:
        async with opened(made) as line:
            line.say(create())
            await line.until("error", "response.failed")
            line.say(create())
            await line.until(DONE)

    run(scene())


def test_a_client_that_leaves_ends_the_answer_at_once() -> None:
    slow = Kept([stream(*STREAMS["openai_responses"][:5], end="hang")])
    made = gateway(Sold("one/alpha", slow, ("openai_responses",)))

    async def scene() -> None:
        async with opened(made) as line:
            line.say(create())
            await line.until("response.output_text.delta")

    run(scene())
    assert slow.replies[0].closed
    entry = last(made)
    assert entry.fault is not None
    assert entry.fault.kind == "hung_up"
    assert made.pace.loads == {}


def test_an_error_of_our_own_is_told_and_the_socket_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    class Wrong(Struct):
        asked: int = 0

        async def ask(self, sent: Sent, patience: Patience) -> Reply:
            self.asked += 1
            if self.asked == 1:
                raise ZeroDivisionError
            return await FINE.ask(sent, patience)

        async def close(self) -> None:
            """There is nothing to close."""

    made = gateway(Sold("one/alpha", Wrong(), ("openai_responses",)))

    async def scene() -> None:
        async with opened(made) as line:
            line.say(create())
            assert (await line.until("error"))["status"] == 500
            line.say(create())
            await line.until(DONE)

    run(scene())
    gc.collect()
    assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)


def test_a_keys_limit_of_requests_at_once_holds_over_sockets_too() -> None:
    made = gateway(
        Sold("one/alpha", playing(Script(wait=30)), ("openai_responses",)), keys=(KeySettings(name="me", key="k", concurrency=1),)
    )

    async def scene() -> None:
        async with opened(made, {"x-api-key": "k"}) as first, opened(made, {"x-api-key": "k"}) as second:
            first.say(create())
            await settled(lambda: switch(made).asked)
            second.say(create())
            assert (await second.until("error"))["status"] == 429
        assert made.desk.limits.running.get("me") is None

    run(scene())
