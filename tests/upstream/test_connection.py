"""A connection's life: patience, cancellation, flow, early answers, and what a closed one means."""

import asyncio
import gc
import zlib
from collections.abc import Coroutine
from typing import Any

import pytest

from tests.upstream.raw import (
    BRIEF,
    CHUNKED,
    CLOSE,
    HANG,
    LOOPS,
    OK,
    PATIENT,
    RESET,
    SOON,
    UNREAD,
    Script,
    asking,
    fault,
    forgotten,
    playing,
    post,
    run,
    until,
    whole,
)
from tierwise.upstream.connection import HIGH
from tierwise.upstream.door import Patience, Reply
from tierwise.upstream.http import Http

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"
MEGABYTE = 1 << 20

loops = pytest.mark.parametrize("loop", LOOPS)


async def read(http: Http, script: Script, patience: Patience) -> bytes:
    """The body of an answer."""
    async with playing(script) as server:
        reply = await http.ask(post(server), patience)
        try:
            return await whole(reply)
        finally:
            await until(lambda: not server.open)


# Patience


@loops
@pytest.mark.parametrize(
    ("script", "kind"),
    [
        pytest.param((HANG,), "first_byte_timeout", id="not a byte"),
        pytest.param((b"HTTP/1.1 103 Early Hints\r\n\r\n", HANG), "first_byte_timeout", id="only hints"),
        pytest.param((b"HTTP/1.1 2", HANG), "idle_timeout", id="half a head"),
        pytest.param((HEAD, HANG), "idle_timeout", id="a head"),
        pytest.param((HEAD + b"abc", HANG), "idle_timeout", id="half a body"),
        pytest.param((CHUNKED + b"3;x=", *[b"y", 0.01] * 6, HANG), "idle_timeout", id="a chunk extension that drips"),
        pytest.param((b"HTTP/1.1 200 OK\r\nx: ", *[b"y", 0.01] * 6, HANG), "idle_timeout", id="a head that drips"),
    ],
)
def test_patience_ends_and_the_connection_with_it(script: Script, kind: str, loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http:
            assert await fault(read(http, script, SOON if kind == "first_byte_timeout" else BRIEF)) == kind

    run(scenario(), loop)


@loops
def test_each_piece_renews_the_patience(loop: str) -> None:
    """All in all it takes longer than the patience lasts."""
    patience = Patience(connect=5, first_byte=0.1, idle=0.1)
    pieces: Script = tuple(step for _ in range(5) for step in (b"1\r\na\r\n", 0.03))
    script: Script = (0.06, b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.06, CHUNKED, *pieces, b"0\r\n\r\n", HANG)

    async def scenario() -> None:
        async with asking() as http, playing(script) as server:
            assert await whole(await http.ask(post(server), patience)) == b"a" * 5

    run(scenario(), loop)


@loops
def test_the_time_a_reader_takes_is_not_the_servers(loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http, playing((HEAD + b"abc", 0.12, b"defghi")) as server:
            reply = await http.ask(post(server), Patience(connect=5, first_byte=5, idle=0.08))
            assert await reply.chunk() == b"abc"
            await asyncio.sleep(0.09)
            assert await whole(reply) == b"defghi"

    run(scenario(), loop)


def test_what_came_before_a_fault_is_read_first() -> None:
    async def scenario() -> None:
        async with asking() as http, playing((HEAD + b"abc", CLOSE)) as server:
            reply = await http.ask(post(server), PATIENT)
            await until(lambda: not server.open)
            assert await reply.chunk() == b"abc"
            for _ in range(2):
                assert await fault(reply.chunk()) == "dropped"
            reply.close()

    run(scenario())


def test_patience_without_end_is_possible() -> None:
    async def scenario() -> None:
        async with asking() as http, playing(OK) as server:
            endless = Patience(connect=5, first_byte=float("inf"), idle=float("inf"))
            assert await whole(await http.ask(post(server), endless)) == b"ok"

    run(scenario())


# Nothing is held back


@loops
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_pieces_are_passed_on_as_they_come(packed: bool, loop: str) -> None:  # noqa: FBT001  # a column of the table
    squeeze = zlib.compressobj(wbits=31)
    pack = (lambda text: squeeze.compress(text) + squeeze.flush(zlib.Z_SYNC_FLUSH)) if packed else (lambda text: text)
    frames = [b"data: %d\n\n" % number for number in range(5)]
    chunks = [b"%x\r\n%b\r\n" % (len(text), text) for text in map(pack, frames)]
    head = CHUNKED[:-2] + (b"content-encoding: gzip\r\n" if packed else b"") + b"\r\n"
    heard = asyncio.Event

    async def scenario() -> list[bytes]:
        """The server waits for what it sent to be read before it sends more."""
        read, turns = [], [heard() for _ in frames]

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n{}")
            writer.write(head)
            for chunk, turn in zip(chunks, turns, strict=True):
                writer.write(chunk)
                await turn.wait()
            writer.close()

        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with asking() as http, playing(OK) as named:
            named.port = port
            reply = await http.ask(post(named), PATIENT)
            for turn in turns:
                read.append(await reply.chunk())
                turn.set()
            assert await fault(reply.chunk()) == "dropped"
        listening.close()
        return read

    assert run(scenario(), loop) == frames


@loops
def test_pieces_that_wait_are_read_as_one(loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http, playing((CHUNKED + b"1\r\na\r\n", 0.002, b"1\r\nb\r\n1\r\nc\r\n0\r\n\r\n")) as server:
            reply = await http.ask(post(server), PATIENT)
            await asyncio.sleep(0.02)
            assert [await reply.chunk(), await reply.chunk(), await reply.chunk()] == [b"abc", b"", b""]

    run(scenario(), loop)


# Flow


@loops
def test_a_slow_reader_slows_the_server_down(loop: str) -> None:
    body = bytes(32 * MEGABYTE)
    script: Script = (b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body), body)

    async def scenario() -> None:
        async with asking() as http, playing(script, OK) as server:
            reply: Any = await http.ask(post(server), PATIENT)
            await asyncio.sleep(0.03)
            assert HIGH < reply.size < 2 * HIGH + MEGABYTE
            assert len(await whole(reply)) == len(body)
            assert await whole(await http.ask(post(server), PATIENT)) == b"ok"
            assert server.connections == 1

    run(scenario(), loop)


@loops
def test_an_answer_that_came_to_its_end_unread_leaves_its_connection(loop: str) -> None:
    body = bytes(2 * HIGH)

    async def scenario() -> None:
        async with asking() as http, playing((b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body), body), OK) as server:
            unread = await http.ask(post(server), PATIENT)
            await unread.chunk()
            await asyncio.sleep(0.01)
            unread.close()
            assert await whole(await http.ask(post(server), PATIENT)) == b"ok"

    run(scenario(), loop)


@loops
def test_a_large_request_arrives_whole(loop: str) -> None:
    async def scenario() -> None:
        body = bytes(range(256)) * 40_000
        async with asking() as http, playing(OK) as server:
            assert await whole(await http.ask(post(server, body), PATIENT)) == b"ok"
            assert server.requests[0].endswith(b"content-length: 10240000\r\n\r\n" + body)

    run(scenario(), loop)


@loops
@pytest.mark.parametrize("end", [HANG, CLOSE], ids=["and waits", "and closes"])
def test_an_answer_that_comes_before_the_request_is_read_is_heard(end: Any, loop: str) -> None:
    text = b"HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 4\r\n\r\nmuch"

    async def scenario() -> None:
        async with asking() as http, playing((UNREAD, text, end), OK) as server:
            reply = await http.ask(post(server, bytes(8 * MEGABYTE)), PATIENT)
            assert (reply.status, await whole(reply)) == (413, b"much")
            await until(lambda: not server.open)

    run(scenario(), loop)


@loops
def test_a_request_not_sent_in_full_ends_the_connection(loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http, playing((UNREAD, *OK, HANG), OK) as server:
            assert await whole(await http.ask(post(server, bytes(64 * MEGABYTE)), PATIENT)) == b"ok"
            assert await whole(await http.ask(post(server), PATIENT)) == b"ok"
            assert server.connections == 2

    run(scenario(), loop)


# Giving up


@loops
@pytest.mark.parametrize("script", [(HANG,), (HEAD, HANG), (HEAD + b"abc", HANG)], ids=["before the head", "after it", "within the body"])
def test_cancelling_the_reader_closes_the_connection_at_once(script: Script, loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http, playing(script) as server:

            async def reading() -> bytes:
                return await whole(await http.ask(post(server), PATIENT))

            task = asyncio.create_task(reading())
            await until(lambda: bool(server.requests))
            await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: not server.open)

    run(scenario(), loop)


@loops
def test_closing_an_answer_closes_the_connection_at_once(loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http, playing((HEAD + b"abc", HANG)) as server:
            reply = await http.ask(post(server), PATIENT)
            reply.close()
            reply.close()
            await until(lambda: not server.open)
            assert await fault(whole(reply)) == "hung_up"

    run(scenario(), loop)


def test_closing_an_answer_that_was_read_keeps_the_connection() -> None:
    async def scenario() -> None:
        async with asking() as http, playing(OK) as server:
            for _ in range(3):
                reply = await http.ask(post(server), PATIENT)
                await whole(reply)
                reply.close()
            assert server.connections == 1

    run(scenario())


# Kept connections that are none


@loops
@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_a_kept_connection_that_dies_unasked_is_not_used(end: Any, loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http, playing((*OK, end), OK) as server:
            assert await whole(await http.ask(post(server), PATIENT)) == b"ok"
            await forgotten(http)
            assert await whole(await http.ask(post(server), PATIENT)) == b"ok"
            assert server.connections == 2

    run(scenario(), loop)


@loops
@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_a_kept_connection_that_dies_without_a_byte_was_stale(end: Any, loop: str) -> None:
    """Two are kept; one that proves stale takes the other along, so that the next try is on a new one."""

    async def scenario() -> None:
        async with asking() as http, playing(OK, OK, (end,), OK) as server:
            await asyncio.gather(*[ok(http, server) for _ in range(2)])
            assert await fault(http.ask(post(server), PATIENT)) == "stale"
            await ok(http, server)
            assert server.connections == 3

    async def ok(http: Http, server: Any) -> None:
        reply = await http.ask(post(server), PATIENT)
        await asyncio.sleep(0.005)
        assert await whole(reply) == b"ok"

    run(scenario(), loop)


@pytest.mark.parametrize("text", [b"H", b"HTTP/1.1 103 Early Hints\r\n\r\n", HEAD], ids=["a letter", "hints", "a head"])
def test_a_kept_connection_that_dies_with_a_byte_was_not(text: bytes) -> None:
    async def scenario() -> None:
        async with asking() as http, playing(OK, (text, CLOSE)) as server:
            await whole(await http.ask(post(server), PATIENT))
            assert await fault(answered(http.ask(post(server), PATIENT))) == "dropped"

    run(scenario())


@pytest.mark.parametrize("text", [b"x", b"\r\n", OK[0]], ids=["a letter", "an empty line", "an answer to nothing"])
def test_a_kept_connection_on_which_something_comes_unasked_is_not_used(text: bytes) -> None:
    async def scenario() -> None:
        async with asking() as http, playing((*OK, 0.005, text, HANG), OK) as server:
            await whole(await http.ask(post(server), PATIENT))
            await forgotten(http)
            assert await whole(await http.ask(post(server), PATIENT)) == b"ok"
            assert server.connections == 2

    run(scenario())


async def answered(asked: Coroutine[Any, Any, Reply]) -> bytes:
    return await whole(await asked)


# Leaks


@loops
def test_nothing_is_left_of_a_connection(loop: str) -> None:
    """Even before the collector looks: nothing of a connection is left knowing itself."""
    kinds = {"Connection", "Incoming", "HttpResponseParser"}

    async def scenario() -> list[str]:
        ends = []
        async with asking() as http:
            for script in (OK, (OK[0] + b"x",), (HEAD, CLOSE), (b"x", HANG), (HANG,)):
                async with playing(script) as server:
                    ends.append(await fault(answered(http.ask(post(server), SOON if script == (HANG,) else PATIENT))))
        return ends

    gc.collect()
    gc.disable()
    try:
        assert run(scenario(), loop) == ["", "", "dropped", "not_http", "first_byte_timeout"]
        assert [type(one).__name__ for one in gc.get_objects() if type(one).__name__ in kinds] == []
    finally:
        gc.enable()
