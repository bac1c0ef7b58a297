"""New connections: what goes wrong is told apart; addresses race; proxies are asked; certificates are checked."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.upstream.raw import (
    AT_ONCE,
    CLOSE,
    HANG,
    LOOPS,
    OK,
    PATIENT,
    PEM,
    Script,
    Server,
    asking,
    certified,
    playing,
    post,
    run,
    trusting,
    until,
    whole,
)
from tierwise.upstream import connecting
from tierwise.upstream.connecting import by_turns
from tierwise.upstream.door import Broken, Patience, Sent
from tierwise.upstream.http import Http

loops = pytest.mark.parametrize("loop", LOOPS)
V4, V6 = socket.AF_INET, socket.AF_INET6


async def asked(http: Http, server: Server, patience: Patience = PATIENT) -> bytes:
    return await whole(await http.ask(post(server), patience))


async def broken(http: Http, sent: Sent, patience: Patience = PATIENT) -> Broken:
    with pytest.raises(Broken) as raised:
        await http.ask(sent, patience)
    return raised.value


# Faults


@loops
def test_nobody_there_is_refused(loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http:
            error = await broken(http, Sent("GET", "http://127.0.0.1:1/", {}))
            assert (error.fault.kind, str(error)) == ("refused", "127.0.0.1:1: Connection refused")

    run(scenario(), loop)


@loops
@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example"])
def test_a_name_that_cannot_be_found_is_told(host: str, loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http:
            error = await broken(http, Sent("GET", f"http://{host}/", {}))
            assert (error.fault.kind, str(error)) == ("dns", host)

    run(scenario(), loop)


@contextlib.asynccontextmanager
async def deaf() -> AsyncIterator[int]:
    """A port on which connections are neither taken nor refused: its queue is full."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            filling = stack.enter_context(socket.socket())
            filling.settimeout(0)
            filling.connect_ex(listening.getsockname())
        await asyncio.sleep(0.005)
        yield listening.getsockname()[1]


@loops
def test_nobody_answering_is_a_timeout(loop: str) -> None:
    async def scenario() -> None:
        async with asking() as http, deaf() as port:
            error = await broken(http, Sent("GET", f"http://127.0.0.1:{port}/", {}), AT_ONCE)
            assert (error.fault.kind, str(error)) == ("connect_timeout", f"127.0.0.1:{port}")

    run(scenario(), loop)


@loops
def test_a_connection_that_is_closed_at_once_is_dropped(loop: str) -> None:
    async def scenario() -> None:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with asking() as http:
            for _ in range(5):
                assert (await broken(http, Sent("GET", f"http://127.0.0.1:{port}/", {}))).fault.kind == "dropped"
        listening.close()

    run(scenario(), loop)


# Addresses


def test_families_take_turns() -> None:
    def addresses(*families: int) -> list[connecting.Address]:
        return [(family, 1, 6, (str(at),)) for at, family in enumerate(families)]

    found = by_turns(addresses(V6, V6, V6, V4))
    assert [(one[0], one[3]) for one in found] == [(V6, ("0",)), (V4, ("3",)), (V6, ("1",)), (V6, ("2",))]
    assert [one[0] for one in by_turns(addresses(V4, V4, V6))] == [V4, V6, V4]
    assert by_turns([]) == []


class Named(asyncio.SelectorEventLoop):
    """A loop that finds these ports on this machine for any name."""

    ports: tuple[int, ...] = ()

    async def getaddrinfo(self, *_: Any, **__: Any) -> Any:
        return [(V4, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in self.ports]


def test_an_address_that_refuses_is_passed_over_at_once() -> None:
    async def scenario() -> None:
        async with asking() as http, playing(OK) as server:
            named.ports = (1, 1, server.port)
            async with asyncio.timeout(0.2):
                assert await asked(http, server) == b"ok"

    named = Named()
    with asyncio.Runner(loop_factory=lambda: named) as runner:
        runner.run(scenario())


def test_an_address_that_leads_nowhere_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "STAGGER", 0.01)

    async def scenario() -> None:
        async with asking() as http, deaf() as nowhere, playing(OK) as server:
            named.ports = (nowhere, server.port)
            assert await asked(http, server) == b"ok"
            named.ports = (nowhere, 1)
            assert (await broken(http, Sent("GET", "http://x/", {}), AT_ONCE)).fault.kind == "connect_timeout"

    named = Named()
    with asyncio.Runner(loop_factory=lambda: named) as runner:
        runner.run(scenario())


def test_only_one_of_several_connections_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "STAGGER", 0)

    async def scenario() -> None:
        async with asking() as http, playing(OK) as server:
            named.ports = (server.port,) * 5
            assert await asked(http, server) == b"ok"
            await until(lambda: server.open <= 1)

    named = Named()
    with asyncio.Runner(loop_factory=lambda: named) as runner:
        runner.run(scenario())


def test_a_name_without_addresses_is_refused() -> None:
    async def scenario() -> None:
        async with asking() as http:
            assert (await broken(http, Sent("GET", "http://x/", {}))).fault.kind == "refused"

    with asyncio.Runner(loop_factory=Named) as runner:
        runner.run(scenario())


# TLS


@loops
def test_a_certificate_that_is_trusted_will_do(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))

    async def scenario() -> None:
        async with asking() as http, playing(OK, tls=certified()) as server:
            assert [await asked(http, server) for _ in range(3)] == [b"ok"] * 3
            assert server.connections == 1
            assert server.protocols == ["http/1.1"]

    run(scenario(), loop)


@loops
@pytest.mark.parametrize(
    ("host", "trusted", "says"),
    [("localhost", False, "self-signed certificate"), ("127.0.0.1", True, "IP address mismatch")],
)
def test_a_certificate_that_is_not_right_is_told(host: str, trusted: bool, says: str, loop: str) -> None:  # noqa: FBT001  # a column of the table
    async def scenario() -> None:
        async with asking(context=trusting() if trusted else None) as http, playing(OK, tls=certified()) as server:
            error = await broken(http, Sent("GET", f"https://{host}:{server.port}/", {}))
            assert error.fault.kind == "tls"
            assert says in str(error)
            assert server.requests == []

    run(scenario(), loop)


@loops
def test_a_server_that_does_not_speak_tls_is_told(loop: str) -> None:
    async def scenario() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with asking() as http:
            assert (await broken(http, Sent("GET", f"https://127.0.0.1:{port}/", {}))).fault.kind == "tls"
        listening.close()

    run(scenario(), loop)


@loops
def test_a_handshake_that_is_broken_off_is_told(loop: str) -> None:
    async def scenario() -> None:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with asking() as http:
            assert (await broken(http, Sent("GET", f"https://127.0.0.1:{port}/", {}))).fault.kind == "tls"
        listening.close()

    run(scenario(), loop)


@loops
def test_a_handshake_that_never_ends_is_a_timeout(loop: str) -> None:
    async def scenario() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            ended.set()

        ended = asyncio.Event()
        listening = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        async with asking() as http:
            assert (await broken(http, Sent("GET", f"https://127.0.0.1:{port}/", {}), AT_ONCE)).fault.kind == "connect_timeout"
            await asyncio.wait_for(ended.wait(), 20)
        listening.close()

    run(scenario(), loop)


@loops
def test_a_server_that_wants_our_certificate_is_a_tls_fault(loop: str) -> None:
    """With TLS 1.3 it says so only after our side takes the handshake for done."""
    demanding = certified()
    demanding.verify_mode = ssl.CERT_REQUIRED

    def refuse(listening: socket.socket) -> None:
        """Refuse, then read on: a reset for what was not read would overtake the alert."""
        opened, _ = listening.accept()
        with opened.dup() as kept:
            with pytest.raises(ssl.SSLError):
                demanding.wrap_socket(opened, server_side=True)
            kept.shutdown(socket.SHUT_WR)
            while kept.recv(65536):
                pass

    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            refusing = asyncio.get_running_loop().run_in_executor(None, refuse, listening)
            async with asking(context=trusting()) as http:
                sent = Sent("GET", f"https://localhost:{listening.getsockname()[1]}/", {})
                assert (await broken(http, sent)).fault.kind == "tls"
            await refusing

    run(scenario(), loop)


@loops
@pytest.mark.parametrize("end", [HANG, CLOSE])
def test_large_bodies_pass_through_tls(end: Any, loop: str) -> None:
    body = bytes(range(256)) * 8000
    script: Script = (b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body), body, end)

    async def scenario() -> None:
        async with asking(context=trusting()) as http, playing(script, tls=certified()) as server:
            assert await whole(await http.ask(post(server, body), PATIENT)) == body
            assert server.requests[0].endswith(body)

    run(scenario(), loop)


# Proxies


TUNNEL = b"HTTP/1.1 200 Connection established\r\nvia: x\r\n\r\n"


class Tunnels:
    """A toy proxy: it notes what it is asked, answers with its answer, and passes everything on after a good one."""

    def __init__(self, answer: bytes = TUNNEL) -> None:
        self.answer = answer
        self.heads: list[bytes] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        writer.write(self.answer)
        if self.answer == TUNNEL:
            there, out = await asyncio.open_connection("127.0.0.1", int(head.split()[1].rpartition(b":")[2]))
            await asyncio.gather(passed_on(reader, out), passed_on(there, writer))
        elif self.answer:
            await reader.read()
        writer.close()


async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def tunnelling(answer: bytes = TUNNEL) -> AsyncIterator[Tunnels]:
    proxy = Tunnels(answer)
    listening = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = listening.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listening.close()
        await asyncio.sleep(0.005)


@loops
def test_tls_goes_through_a_tunnel(loop: str) -> None:
    async def scenario() -> None:
        async with tunnelling() as proxy, playing(OK, tls=certified()) as server:
            async with asking(proxies={"https": f"http://me:pass@127.0.0.1:{proxy.port}"}, loopback=True, context=trusting()) as http:
                sent = Sent("POST", server.url, {"authorization": "Bearer key"}, b"{}")
                for _ in range(2):
                    assert await whole(await http.ask(sent, PATIENT)) == b"ok"
            head = proxy.heads[0].decode()
            assert head.startswith(f"CONNECT localhost:{server.port} HTTP/1.1\r\nhost: localhost:{server.port}\r\n")
            assert "proxy-authorization: Basic bWU6cGFzcw==\r\n" in head
            assert "Bearer key" not in head
            assert len(proxy.heads) == 1
            assert server.requests[0].startswith(b"POST /v1/x HTTP/1.1\r\n")
            assert b"proxy" not in server.requests[0]

    run(scenario(), loop)


@loops
@pytest.mark.parametrize(
    ("answer", "status", "says"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n", 407, "status 407"),
        (b"HTTP/1.0 403 Forbidden\r\ncontent-length: 0\r\n\r\n", 403, "status 403"),
        (b"HTTP/1.1 302 Found\nlocation: x\n\n", 302, "status 302"),
        (b"<html>\r\n\r\n", 0, "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 20_000, 0, "without an end"),
        (TUNNEL + b"SSH-2.0", 0, "more than"),
        (b"", 0, "broke the connection off"),
    ],
)
def test_a_proxy_that_refuses_is_told(answer: bytes, status: int, says: str, loop: str) -> None:
    async def scenario() -> None:
        async with tunnelling(answer) as proxy, asking(proxies={"all": f"127.0.0.1:{proxy.port}"}, loopback=True) as http:
            error = await broken(http, Sent("GET", "https://127.0.0.1:1/", {}))
            assert (error.fault.kind, error.fault.status) == ("proxy", status)
            assert says in str(error)

    run(scenario(), loop)


@loops
def test_plain_requests_are_forwarded_with_their_whole_url(loop: str) -> None:
    async def scenario() -> None:
        denied = (b"HTTP/1.1 407 No\r\ncontent-length: 2\r\n\r\nno",)
        async with playing(OK, denied) as server, asking(proxies={"http": f"http://me:pass@127.0.0.1:{server.port}"}) as http:
            sent = Sent("GET", "http://model.example/v1", {})
            assert await whole(await http.ask(sent, PATIENT)) == b"ok"
            assert server.requests[0].startswith(b"GET http://model.example/v1 HTTP/1.1\r\nhost: model.example\r\n")
            assert b"proxy-authorization: Basic bWU6cGFzcw==\r\n" in server.requests[0]
            assert (await broken(http, sent)).fault.kind == "proxy"

    run(scenario(), loop)


@loops
def test_a_proxy_that_is_not_there_is_told(loop: str) -> None:
    async def scenario() -> None:
        async with asking(proxies={"all": "127.0.0.1:1"}) as http:
            for scheme in ("http", "https"):
                error = await broken(http, Sent("GET", f"{scheme}://model.example/", {}))
                assert (error.fault.kind, str(error)) == ("proxy", "127.0.0.1:1: Connection refused")

    run(scenario(), loop)


def test_a_407_of_a_server_is_an_answer() -> None:
    async def scenario() -> None:
        async with playing((b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n",)) as server, asking() as http:
            assert (await http.ask(post(server), PATIENT)).status == 407

    run(scenario())


def test_proxies_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with playing(OK) as server:
            for name in ("http_proxy", "HTTP_PROXY"):
                for one in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "REQUEST_METHOD"):
                    monkeypatch.delenv(one, raising=False)
                monkeypatch.setenv(name, f"http://127.0.0.1:{server.port}")
                http = Http()
                assert await whole(await http.ask(Sent("GET", "http://model.example/", {}), PATIENT)) == b"ok"
                await http.close()

    run(scenario())
