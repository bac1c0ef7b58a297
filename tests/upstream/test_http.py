"""The transport as its callers see it: what is sent, what comes back, what cannot be said, and what is never told."""

import asyncio
import gc
import logging
import traceback

import pytest

from tests.upstream.raw import HANG, LOOPS, OK, PATIENT, SOON, asking, fault, playing, post, run, whole
from tierwise.upstream.door import Broken, Sent
from tierwise.upstream.http import WAYS, Http

loops = pytest.mark.parametrize("loop", LOOPS)


@loops
def test_a_request_is_sent_as_it_is_given_and_its_answer_comes_back(loop: str) -> None:
    script = (b"HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nX-A: 1 \t\r\nx-a: 2\r\nContent-Length: 5\r\n\r\nhello",)

    async def scenario() -> None:
        async with asking() as http, playing(script) as server:
            reply = await http.ask(
                Sent("POST", f"{server.url}?q=1", {"content-type": "application/json", "x-id": "7"}, b'{"a":1}'), PATIENT
            )
            assert reply.status == 201
            assert reply.headers == {"content-type": "text/plain", "x-a": "1, 2", "content-length": "5"}
            assert await whole(reply) == b"hello"
            assert server.requests == [
                f"POST /v1/x?q=1 HTTP/1.1\r\nhost: 127.0.0.1:{server.port}\r\naccept-encoding: identity\r\n"
                'content-type: application/json\r\nx-id: 7\r\ncontent-length: 7\r\n\r\n{"a":1}'.encode()
            ]

    run(scenario(), loop)


@loops
@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 400_000])
def test_bodies_of_every_size_arrive(size: int, loop: str) -> None:
    body = bytes(at % 251 for at in range(size))

    async def scenario() -> None:
        async with asking() as http, playing(OK) as server:
            for _ in range(2):
                assert await whole(await http.ask(post(server, body), PATIENT)) == b"ok"
            assert [one.partition(b"\r\n\r\n")[2] == body for one in server.requests] == [True, True]

    run(scenario(), loop)


@loops
@pytest.mark.parametrize("method", ["HEAD", "head"])
def test_an_answer_to_head_has_no_body_whatever_it_says(method: str, loop: str) -> None:
    script = (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\ncontent-encoding: br\r\n\r\n",)

    async def scenario() -> None:
        async with asking() as http, playing(script) as server:
            reply = await http.ask(post(server, b"", method), PATIENT)
            assert (reply.status, reply.headers["content-length"], await whole(reply)) == (200, "9", b"")

    if method == "HEAD":
        run(scenario(), loop)
    else:  # methods are told apart by case
        with pytest.raises(Broken):
            run(scenario(), loop)


def test_the_headers_of_an_undone_body_do_not_speak_of_it() -> None:
    script = (b"HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\ncontent-length: 2\r\n\r\nok",)

    async def scenario() -> None:
        async with asking() as http, playing(script) as server:
            assert (await http.ask(post(server), PATIENT)).headers == {}

    run(scenario())


@pytest.mark.parametrize(
    "sent",
    [
        Sent("POST", "nowhere", {}),
        Sent("POST", "http://127.0.0.1:1/\r\nx: y", {}),
        Sent("PO ST", "http://127.0.0.1:1/", {}),
        Sent("POST", "http://127.0.0.1:1/", {"a\r\nb": "c"}),
        Sent("POST", "http://127.0.0.1:1/", {"a": "b\r\nc: d"}),
        Sent("POST", "http://127.0.0.1:1/", {"a": "\u2026"}),
    ],
)
def test_what_cannot_be_said_in_http_is_not_sent(sent: Sent) -> None:
    async def scenario() -> None:
        async with asking() as http:
            for _ in range(2):
                with pytest.raises(ValueError, match=r"URL|method|header"):
                    await http.ask(sent, PATIENT)

    run(scenario())


def test_redirects_are_not_followed() -> None:
    async def scenario() -> None:
        async with playing(OK) as other, asking() as http:
            script = (b"HTTP/1.1 307 Moved\r\nlocation: %b\r\ncontent-length: 0\r\n\r\n" % other.url.encode(),)
            async with playing(script) as server:
                reply = await http.ask(post(server), PATIENT)
                assert (reply.status, reply.headers["location"], other.requests) == (307, other.url, [])

    run(scenario())


def test_where_urls_lead_is_not_remembered_for_ever() -> None:
    async def scenario() -> None:
        async with asking() as http, playing(OK) as server:
            for at in range(WAYS + 5):
                await whole(await http.ask(Sent("GET", f"{server.url}?{at}", {}), PATIENT))
            assert len(http._ways) <= WAYS
            assert server.connections == 1

    run(scenario())


@loops
def test_many_at_once_each_get_their_own_answer(loop: str) -> None:
    async def scenario() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            """Say the body back, a letter at a time."""
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = await reader.readexactly(int(head.rpartition(b"content-length: ")[2]))
                writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                for at in range(len(body)):
                    writer.write(b"1\r\n%b\r\n" % body[at : at + 1])
                    await asyncio.sleep(0)
                writer.write(b"0\r\n\r\n")

        async def quiet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            except asyncio.IncompleteReadError:
                writer.close()

        listening = await asyncio.start_server(quiet, "127.0.0.1", 0, backlog=1024)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        async with asking() as http:

            async def said(text: bytes) -> bytes:
                return await whole(await http.ask(Sent("POST", url, {}, text), PATIENT))

            for _ in range(2):
                texts = [b"number %d" % at for at in range(200)]
                assert await asyncio.gather(*map(said, texts)) == texts
        listening.close()
        await asyncio.sleep(0.005)

    run(scenario(), loop)


@loops
def test_cancelled_at_any_moment_nothing_is_left(loop: str) -> None:
    """Each request is cancelled one turn of the loop later than the last."""
    script = (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"2\r\nok\r\n", b"0\r\n\r\n")

    async def scenario() -> None:
        async with asking() as http, playing(script) as server:

            async def asked() -> bytes:
                reply = await http.ask(post(server), PATIENT)
                try:
                    return await whole(reply)
                finally:
                    reply.close()

            for turns in range(40):
                task = asyncio.create_task(asked())
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
                assert task.cancelled() or task.result() == b"ok"
            assert await asked() == b"ok"
            await http.close()
            for _ in range(200):
                await asyncio.sleep(0)
            assert server.open == 0
        gc.collect()

    run(scenario(), loop)


def test_what_is_secret_is_in_no_message(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    async def scenario() -> None:
        for script in (
            (b"secret\r\n\r\n",),
            (b"HTTP/1.1 200 OK\r\nset-cookie : secret\r\n\r\n",),
            (HANG,),
            (b"HTTP/1.1 200 secret\r\nco",),
        ):
            async with asking() as http, playing(script) as server:
                sent = Sent("POST", f"{server.url}?key=secret", {"authorization": "Bearer secret"}, b"secret")
                try:
                    await http.ask(sent, SOON)
                except Broken as broken:
                    told.append("".join(traceback.format_exception(broken)) + repr(broken.fault))
                told.extend(map(repr, (http, *http._ways.values(), *http._pools)))

    run(scenario())
    assert len(told) == 16
    assert "secret" not in "".join(told) + caplog.text


def test_a_transport_that_was_never_used_closes() -> None:
    run(Http(proxies={}).close())


def test_a_fault_names_its_kind_where_there_is_no_more_to_say() -> None:
    async def scenario() -> None:
        async with asking() as http, playing((HANG,)) as server:
            with pytest.raises(Broken, match=r"^first_byte_timeout$"):
                await http.ask(post(server), SOON)
            assert await fault(http.ask(post(server), SOON)) == "first_byte_timeout"

    run(scenario())
