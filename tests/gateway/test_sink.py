"""An answer on its way out: begun once, ended once, kept open by comments meanwhile."""

import asyncio
from collections.abc import Iterable
from typing import Any

from tests.gateway.within import run, settled
from tierwise.gateway.sink import EVENTS, JSON, Header, Sink


class Out:
    """What a server was told to send."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def __call__(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


def test_a_whole_answer_says_how_long_it_is() -> None:
    out = Out()
    run(Sink(out).whole(418, b"short", [JSON]))
    start, body = out.sent
    assert (start["status"], dict(start["headers"])) == (418, {b"content-type": b"application/json", b"content-length": b"5"})
    assert (body["body"], body["more_body"]) == (b"short", False)


def test_an_answer_begins_once() -> None:
    out, sink = Out(), None
    sink = Sink(out)

    async def scene() -> None:
        await sink.begin(200, EVENTS)
        await sink.write(b"a")
        await sink.begin(500, [JSON])
        await sink.end(b"b")

    run(scene())
    assert [one.get("status") for one in out.sent] == [200, None, None]
    assert [one.get("body") for one in out.sent] == [None, b"a", b"b"]
    assert (sink.status, sink.closed) == (200, True)


def test_an_answer_that_is_waited_for_begins_with_comments_until_it_is_there() -> None:
    out = Out()
    sink = Sink(out)

    def told() -> Iterable[Header]:
        return [*EVENTS, (b"x-so-far", b"1")]

    async def scene() -> None:
        ticking = asyncio.ensure_future(sink.kept_open(0.005, told))
        await settled(lambda: len(out.sent) > 3)
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        await sink.begin(200, [JSON])
        await sink.end(b"data: x\n\n")

    run(scene())
    assert dict(out.sent[0]["headers"])[b"x-so-far"] == b"1"
    assert all(one["body"].startswith(b":") and one["body"].endswith(b"\n\n") for one in out.sent[1:-1])
    assert out.sent[-1]["body"] == b"data: x\n\n"
    assert [one["type"] for one in out.sent].count("http.response.start") == 1
