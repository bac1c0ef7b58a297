import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

import pytest

from tierwise.testing import Piece, Script, Served, in_turn, serving, streamed, whole

GET = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}).encode()
POST = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)

Act = Callable[[Served, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


def connected(act: Act, *scripts: Script) -> tuple[Served, bytes]:
    """What an act with one connection to a server brings."""

    async def run() -> tuple[Served, bytes]:
        async with serving(in_turn(*scripts) if scripts else None) as served:
            reader, writer = await asyncio.open_connection(served.host, served.port)
            try:
                return served, await act(served, reader, writer)
            finally:
                writer.close()

    return asyncio.run(asyncio.wait_for(run(), 30))


def asking(request: bytes, until: bytes | None) -> Act:
    """An act that sends a request and reads up to some bytes, or all there is."""

    async def act(_served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(request)
        return await (reader.read() if until is None else reader.readuntil(until))

    return act


def test_a_body_that_is_whole_has_a_length_and_the_connection_goes_on() -> None:
    async def twice(_served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(GET)
        first = await reader.readuntil(b"{}")
        writer.write(GET)
        return first + await reader.readuntil(b"{}")

    served, answer = connected(twice, whole(b"{}"))
    assert answer.count(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}") == 2
    assert (served.connections, [one.url for one in served.asked], served.left) == (1, ["/v1/models"] * 2, [])


def test_a_stream_comes_in_chunks() -> None:
    _, answer = connected(asking(POST, b"0\r\n\r\n"), streamed([b"data: a\n\n", b"data: b\n\n"]))
    assert b"transfer-encoding: chunked" in answer
    assert answer.endswith(b"9\r\ndata: a\n\n\r\n9\r\ndata: b\n\n\r\n0\r\n\r\n")


def test_the_scripted_provider_is_what_is_served_by_itself() -> None:
    served, answer = connected(asking(POST, b"0\r\n\r\n"))
    assert b"data: [DONE]" in answer
    assert served.asked[0].body == BODY
    assert served.asked[0].headers["host"] == "x"
    assert served.url == f"http://127.0.0.1:{served.port}/v1"


def test_bodies_in_chunks_are_read_and_waiting_clients_told_to_go_on() -> None:
    head = b"POST /x HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n"
    served, answer = connected(asking(head + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", b"{}"), whole(b"{}"))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert served.asked[0].body == b"abcde"


def test_no_body_is_sent_where_none_may_be() -> None:
    _, answer = connected(asking(b"HEAD / HTTP/1.1\r\n\r\n" + GET, b"\r\n\r\nx"), whole(b"x"))
    assert answer.count(b"content-length: 1\r\n\r\nHTTP") == 1
    _, answer = connected(asking(GET, b"\r\n\r\n"), Script(204))
    assert b"content-length" not in answer


@pytest.mark.parametrize(
    ("script", "last"),
    [
        (Script(200, {}, (Piece(b"half"),), "close"), b"4\r\nhalf\r\n"),
        (Script(200, {"content-length": "9"}, (Piece(b"half"),), "close"), b"\r\n\r\nhalf"),
        (Script(0, {}, (Piece(b"SSH-2.0\r\n"),)), b"SSH-2.0\r\n"),
        (Script(200, {"connection": "close"}, (Piece(b"all"),)), b"\r\n\r\nall"),
        (Script(299, {}, (Piece(b"odd"),), "close"), b"odd\r\n"),
    ],
)
def test_a_connection_is_closed_where_the_script_says_so(script: Script, last: bytes) -> None:
    _, answer = connected(asking(GET, None), script)
    assert answer.endswith(last)


def test_a_reset_is_one() -> None:
    with pytest.raises(ConnectionResetError):
        connected(asking(GET, None), Script(200, {}, (Piece(b"half"),), "reset"))


def leaving(*scripts: Script) -> Served:
    """A server whose client leaves after the first bytes, or before there are any."""

    async def act(served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(GET)
        if not scripts[0].wait:
            await reader.readexactly(1)
        writer.close()
        for _ in range(500):
            await asyncio.sleep(0 if served.left else 0.002)
        return b""

    return connected(act, *scripts)[0]


@pytest.mark.parametrize(
    "script",
    [
        Script(200, {}, (Piece(b"a"),), "hang"),
        Script(wait=60),
        streamed([b"a", b"b"], pace=60),
        streamed([b"a" * 100_000] * 100, pace=0.001),
    ],
)
def test_a_client_that_leaves_is_noticed_at_once(script: Script) -> None:
    assert [one.url for one in leaving(script).left] == ["/v1/models"]


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET", b"nonsense\r\n\r\n", b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n", b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc"],
)
def test_what_is_no_request_ends_the_connection(sent: bytes) -> None:
    async def act(_served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(sent)
        writer.write_eof()
        return await reader.read()

    served, answer = connected(act, whole(b"{}"))
    assert (served.asked, answer) == ([], b"")


def test_it_runs_as_a_program() -> None:
    async def run() -> tuple[bytes, bytes]:
        arguments = ("-m", "tierwise.testing", "--port", "0", "--pace", "0", "--model", "m")
        program = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        assert program.stdout is not None
        said = await program.stdout.readline()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(said.rpartition(b":")[2].removesuffix(b"/v1\n")))
        writer.write(GET)
        answer = await reader.readuntil(b"}]}")
        writer.close()
        program.terminate()
        await program.wait()
        return said, answer

    said, answer = asyncio.run(asyncio.wait_for(run(), 30))
    assert said.startswith(b"the scripted provider listens on http://127.0.0.1:")
    assert b'"id":"m"' in answer
