"""A provider on loopback that plays scripts over a real socket.

Theory of operation. One asyncio server; each connection reads requests one after the other (length or chunked bodies), asks `answers` for
a script, and plays it: head, pieces with their delays, and the end that the script names. Bodies without a length are sent in chunks. A
script with the status RAW is written as it is. Whoever hangs up in the middle is noticed at once and written down, so that a test can see
whether its gateway cancels what nobody waits for any more.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from msgspec import Struct, field

from tierwise.upstream.door import Sent
from tierwise.upstream.scripted import Script, Scripted
from tierwise.upstream.scripted.script import HANG, LOST, RAW, RESET

HOST: Final = "127.0.0.1"
LONGEST_HEAD: Final = 1 << 20
STEP: Final = 0.005
"""How often a waiting answer looks whether somebody still listens, in seconds."""

HANDSHAKE: Final = b"\x16"
"""What a client begins with that wants TLS."""

NO_TLS: Final = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
NO_BODY: Final = frozenset({204, 304})
REASONS: Final = MappingProxyType({one.value: one.phrase for one in HTTPStatus})

Answers = Callable[[Sent], Script]
"""What is played to a request; its URL is the path as it came."""


class Gone(Exception):
    """The client hung up."""


class Served(Struct):
    """A server that runs: its address, every request it read, those whose client left before the answer ended, and how many connected."""

    answers: Answers
    port: int = 0
    scheme: str = "http"
    host: str = HOST
    asked: list[Sent] = field(default_factory=list)
    left: list[Sent] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def address(self) -> str:
        """Where it listens, without a path."""
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL that SDKs want."""
        return f"{self.address}/v1"


def in_turn(*scripts: Script) -> Answers:
    """Answers that play these scripts one after the other, the last one again and again."""
    left = list(scripts)
    return lambda _sent: left.pop(0) if len(left) > 1 else left[0]


@asynccontextmanager
async def serving(answers: Answers | Scripted | None = None, port: int = 0) -> AsyncIterator[Served]:
    """A server that plays scripts as long as the context lasts; by default the scripted provider's."""
    chosen = Scripted() if answers is None else answers
    served = Served(chosen.script if isinstance(chosen, Scripted) else chosen)
    server = await asyncio.start_server(lambda reader, writer: _connected(served, reader, writer), HOST, port, limit=LONGEST_HEAD)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        for task in list(served.open):
            task.cancel()
        await asyncio.gather(*served.open, return_exceptions=True)


def _connected(served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve a connection in a task that the server knows."""
    served.connections += 1
    task = asyncio.ensure_future(_conversation(served, reader, writer))
    served.open.add(task)
    task.add_done_callback(served.open.discard)


async def _conversation(served: Served, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of a connection until one side has enough."""
    sent: Sent | None = None
    try:
        while (sent := await _request(reader, writer)) is not None:
            served.asked.append(sent)
            if not await _play(served.answers(sent), sent, reader, writer):
                return
    except (Gone, ConnectionError):
        served.left += [sent] if sent is not None else []
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        return
    finally:
        writer.close()


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Sent | None:
    """The next request; None where there is none."""
    try:
        head = await reader.readexactly(1)
        if head == HANDSHAKE:
            writer.write(NO_TLS)
            return None
        head += await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    named = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in named}
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return Sent(method, path, headers, await _body(reader, headers))


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", 0)))
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return b"".join(parts)


async def _play(script: Script, sent: Sent, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Play a script to a request; whether the connection can be used further."""
    await _passed(script.wait, reader)
    chunked = script.status != RAW and "content-length" not in script.headers and not _short(script)
    if script.status != RAW:
        writer.write(_head(script, chunked=chunked))
    if sent.method != "HEAD" and script.status not in NO_BODY:
        await _pieces(script, reader, writer, chunked=chunked)
    await writer.drain()
    return await _ended(script, reader, writer)


def _short(script: Script) -> bool:
    """Whether a body is sent at once, so that its length is known."""
    return script.end not in {HANG, *LOST} and len(script.pieces) <= 1


def _head(script: Script, *, chunked: bool) -> bytes:
    reason = REASONS.get(script.status, "Unknown")
    lines = [f"HTTP/1.1 {script.status} {reason}", *(f"{name}: {value}" for name, value in script.headers.items())]
    if chunked:
        lines.append("transfer-encoding: chunked")
    elif "content-length" not in script.headers and script.status not in NO_BODY:
        lines.append(f"content-length: {sum(len(one.data) for one in script.pieces)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _pieces(script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, chunked: bool) -> None:
    for one in script.pieces:
        await _passed(one.delay, reader)
        if one.data:
            writer.write(b"%x\r\n%b\r\n" % (len(one.data), one.data) if chunked else one.data)
        await writer.drain()
    if chunked and script.end not in {HANG, *LOST}:
        writer.write(b"0\r\n\r\n")


async def _ended(script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """End as the script says; whether the connection can be used further."""
    if script.end == HANG:
        await _passed(float("inf"), reader)
    if script.end == RESET:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    return script.end not in LOST and script.status != RAW and script.headers.get("connection") != "close"


async def _passed(seconds: float, reader: asyncio.StreamReader) -> None:
    """Let time pass, and see at once when the client has gone."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while (left := until - loop.time()) > 0:
        if reader.at_eof():
            raise Gone
        await asyncio.sleep(min(left, STEP))
