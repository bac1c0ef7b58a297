"""A server on loopback that plays raw bytes: what HTTP/1.1 allows, and what it does not.

It reads a request, then plays the next script (the last one over and over): bytes are sent in the given feeding, numbers are seconds to
wait, events are waited for, acts are what they say. Scripts that begin with UNREAD are played as soon as the head of the request is there.
"""

import asyncio
import contextlib
import enum
import re
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

import uvloop

from tierwise.upstream.door import Broken, Patience, Reply, Sent
from tierwise.upstream.http import Http

T = TypeVar("T")

PEM: Final = Path(__file__).with_name("localhost.pem")
LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Act(enum.Enum):
    """What a server does beside sending."""

    CLOSE = "close the connection"
    RESET = "close it with a reset"
    HANG = "say nothing more until the client closes"
    UNREAD = "answer before the body of the request is read"


CLOSE, RESET, HANG, UNREAD = Act.CLOSE, Act.RESET, Act.HANG, Act.UNREAD
Step = bytes | float | Act | asyncio.Event
Script = tuple[Step, ...]

LOOPS: Final = ("asyncio", "uvloop")
OK: Final = (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",)
CHUNKED: Final = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
SOON: Final = Patience(connect=5, first_byte=0.03, idle=0.03)
BRIEF: Final = Patience(connect=5, first_byte=5, idle=0.03)
AT_ONCE: Final = Patience(connect=0.03, first_byte=5, idle=5)
PATIENT: Final = Patience(connect=5, first_byte=5, idle=5)


class Server:
    """What was asked of a server so far."""

    def __init__(self, scripts: tuple[Script, ...], feeding: str, scheme: str) -> None:
        self.scripts = list(scripts)
        self.feeding = feeding
        self.scheme = scheme
        self.port = 0
        self.requests: list[bytes] = []
        self.connections = 0
        self.protocols: list[str] = []
        self.writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{'localhost' if self.scheme == 'https' else '127.0.0.1'}:{self.port}/v1/x"

    @property
    def open(self) -> int:
        return len(self.writers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        if (secured := writer.get_extra_info("ssl_object")) is not None:
            self.protocols.append(secured.selected_alpn_protocol())
        try:
            while await self.turn(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # the client has had enough
        finally:
            self.writers.discard(writer)
            writer.close()

    async def turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        length = LENGTH.search(head)
        body = await reader.readexactly(int(length[1]) if length and UNREAD not in script else 0)
        self.requests.append(head + body)
        for step in script:
            if isinstance(step, bytes):
                await self.send(writer, step)
            elif isinstance(step, Act):
                await self.act(reader, writer, step)
            elif isinstance(step, asyncio.Event):
                await step.wait()
            else:
                await asyncio.sleep(step)
        return not writer.is_closing()

    async def send(self, writer: asyncio.StreamWriter, text: bytes) -> None:
        pieces = [text[at : at + 1] for at in range(len(text))] if self.feeding == "bytes" else [text]
        for piece in pieces:
            if writer.is_closing():
                raise ConnectionResetError
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    async def act(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, act: Act) -> None:
        if act is HANG:
            await reader.read()
        elif act is CLOSE:
            writer.close()
        elif act is RESET:
            opened = writer.get_extra_info("socket")
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


@contextlib.asynccontextmanager
async def playing(*scripts: Script, feeding: str = "whole", tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server that plays these scripts, on a port of its own."""
    server = Server(scripts, feeding, "https" if tls else "http")
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls, limit=1 << 24, backlog=1024)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for writer in list(server.writers):
            writer.transport.abort()
        await until(lambda: not server.writers)


@contextlib.asynccontextmanager
async def asking(**settings: Any) -> AsyncIterator[Http]:
    """A transport that is closed in the end."""
    http = Http(**{"proxies": {}} | settings)
    try:
        yield http
    finally:
        await http.close()


def certified() -> ssl.SSLContext:
    """What a server for 'localhost' needs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


def trusting() -> ssl.SSLContext:
    """What a client needs that takes the certificate of the tests for good."""
    return ssl.create_default_context(cafile=str(PEM))


async def until(true: Callable[[], bool]) -> None:
    """Return when something has come true; it does soon or never."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110  # what is waited for are counts and sizes, which set no event
            await asyncio.sleep(0.001)


async def forgotten(http: Http) -> None:
    """Return when no connection is kept any more."""
    await until(lambda: not any(pool._idle for pool in http._pools.values()))


async def whole(reply: Reply) -> bytes:
    """All of a body."""
    body = b""
    while piece := await reply.chunk():
        body += piece
    return body


def post(server: Server, body: bytes = b"{}", method: str = "POST") -> Sent:
    return Sent(method, server.url, {}, body)


async def fault(answer: Coroutine[Any, Any, object]) -> str:
    """The kind of fault that something ends in."""
    try:
        await answer
    except Broken as broken:
        return broken.fault.kind
    return ""


def run(scenario: Coroutine[Any, Any, T], loop: str = "asyncio") -> T:
    """Play a scenario in a loop of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop if loop == "uvloop" else None) as runner:
        return runner.run(scenario)
