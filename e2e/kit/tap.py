"""A tap on a connection: bytes pass through unchanged, and each call is noted. It proves what went over the wire, whoever says so.

Theory of operation. A tap listens on a port of its own and opens a connection to its target for each that it takes. What passes is fed to
an HTTP parser per direction as well; a response belongs to the request that came last, since none of the clients here pipelines. After an
upgrade only bytes pass.
"""

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import httptools
from msgspec import Struct

CHUNK = 1 << 16


class Call(Struct):
    """One exchange: times in seconds, the digest of the request's body, and 0 for a status that never came."""

    method: str
    path: str
    started: float
    headers: dict[str, str]
    status: int = 0
    body: bytes = b""
    reply: dict[str, str] = {}
    answered: bytes = b""
    ended: float = 0.0

    @property
    def digest(self) -> str:
        """The digest of what was asked."""
        return hashlib.sha256(self.path.encode() + b"\0" + self.body).hexdigest()


class Listener:
    """Notes the calls of one connection."""

    def __init__(self, calls: list[Call]) -> None:
        """A listener that adds to a list of calls."""
        self.calls = calls
        self.call: Call | None = None
        self.upgraded = False
        self.asking: Any = httptools.HttpRequestParser(Asking(self))
        self.answering: Any = None

    def asked(self, piece: bytes) -> None:
        """Bytes of the client."""
        if not self.upgraded:
            with suppress(httptools.HttpParserError, httptools.HttpParserUpgrade):
                self.asking.feed_data(piece)

    def answered(self, piece: bytes) -> None:
        """Bytes of the server."""
        if self.call is None or self.upgraded:
            return
        self.call.ended = time.monotonic()
        try:
            self.answering.feed_data(piece)
        except httptools.HttpParserUpgrade:
            self.upgraded = True
        except httptools.HttpParserError:
            self.call.status = self.call.status or -1


class Asking:
    """The parser's callbacks for requests."""

    def __init__(self, listener: Listener) -> None:
        """Callbacks that tell a listener."""
        self.listener = listener
        self.url = b""
        self.headers: dict[str, str] = {}

    def on_message_begin(self) -> None:
        """A request begins."""
        self.url, self.headers = b"", {}

    def on_url(self, piece: bytes) -> None:
        """A piece of its target."""
        self.url += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is there: a call."""
        listener = self.listener
        method = listener.asking.get_method().decode()
        listener.call = Call(method, self.url.decode("latin-1"), time.monotonic(), self.headers)
        listener.calls.append(listener.call)
        listener.answering = httptools.HttpResponseParser(Answering(listener))

    def on_body(self, piece: bytes) -> None:
        """A piece of its body."""
        if self.listener.call is not None:
            self.listener.call.body += piece


class Answering:
    """The parser's callbacks for responses."""

    def __init__(self, listener: Listener) -> None:
        """Callbacks that tell a listener."""
        self.listener = listener
        self.call = listener.call

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        if self.call is not None:
            self.call.reply = {**self.call.reply, name.decode("latin-1").lower(): value.decode("latin-1")}

    def on_headers_complete(self) -> None:
        """The head is there."""
        if self.call is not None:
            self.call.status = self.listener.answering.get_status_code()
            self.listener.upgraded = self.call.status == 101  # noqa: PLR2004  # Switching Protocols

    def on_body(self, piece: bytes) -> None:
        """A piece of its body."""
        if self.call is not None:
            self.call.answered += piece


class Tap(Struct):
    """A running tap: its own port, and the calls so far."""

    port: int
    calls: list[Call]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def tapped(target: int) -> Iterator[Tap]:
    """A tap in front of a port on this machine, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    calls: list[Call] = []
    server = asyncio.run_coroutine_threadsafe(_served(target, calls), loop).result()
    try:
        yield Tap(server.sockets[0].getsockname()[1], calls)
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _served(target: int, calls: list[Call]) -> asyncio.Server:
    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _relayed(reader, writer, target, Listener(calls))

    return await asyncio.start_server(taken, "127.0.0.1", 0)


async def _closed(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # transports close in the loop's next turn


async def _relayed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: int, listener: Listener) -> None:
    with suppress(OSError), closing(writer.transport):
        back, forth = await asyncio.open_connection("127.0.0.1", target)
        with closing(forth.transport):
            await asyncio.gather(_passed(reader, forth, listener.asked), _passed(back, writer, listener.answered))


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Callable[[bytes], None]) -> None:
    """Pass bytes on until they end, then say so on the other side."""
    with suppress(OSError):
        while piece := await reader.read(CHUNK):
            heard(piece)
            writer.write(piece)
            await writer.drain()
    writer.close()
