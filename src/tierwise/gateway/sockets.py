"""A wire over a WebSocket: messages in become requests as over HTTP, the frames of their answers become messages out.

One answer is under way at a time; meanwhile messages are still heard, so that a second request is refused and not kept waiting, and a
client that goes away stops what runs for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import Struct, field

from tierwise.core.events import folded
from tierwise.core.faults import Fault
from tierwise.core.sse import Frames
from tierwise.core.wire import Ask, Socket, Voice, Wire
from tierwise.gateway.asking import Refused
from tierwise.gateway.compacting import Kept, Short, for_summary, shortened, triggered
from tierwise.gateway.deciding import Asked, asked_with
from tierwise.gateway.exchange import served
from tierwise.gateway.gateway import Gateway, Key
from tierwise.gateway.sink import Header, Receive, Send, ending


class Wired(Struct):
    """Where an answer goes that is told by messages; see sink.Sink."""

    send: Send
    socket: Socket
    frames: Frames = field(default_factory=Frames)
    status: int = 0
    closed: bool = False
    timer: asyncio.TimerHandle | None = None
    ticking: "asyncio.Task[None] | None" = None
    kept: list[bytes] | None = None
    last: Callable[[], None] | None = None

    async def begin(self, status: int, headers: Iterable[Header]) -> None:
        """There is no head; the status is noted."""
        del headers
        self.status = self.status or status

    async def write(self, piece: bytes) -> None:
        """Tell the frames in a piece."""
        self._keep(piece)
        await self._tell(piece)

    def _keep(self, piece: bytes) -> None:
        if self.kept is not None:
            self.kept.append(piece)

    async def _tell(self, piece: bytes) -> None:
        for frame in self.frames.feed(piece)[1]:
            message = self.socket.told(frame)
            if message is not None:
                await self.send({"type": "websocket.send", "text": message})

    async def end(self, piece: bytes = b"") -> None:
        """Tell the last frames."""
        self.closed = True
        self._keep(piece)
        try:
            ending(self)
        finally:
            await self._tell(piece)

    async def whole(self, status: int, body: bytes, headers: Iterable[Header]) -> None:
        """A whole answer, which nobody asks for here, as its one frame."""
        await self.begin(status, headers)
        await self.end(b"data: %b\n\n" % body)

    async def refuse(self, fault: Fault, wire: Wire, headers: Iterable[Header]) -> None:
        """Tell of an answer that did not begin."""
        del wire, headers
        self.closed = True
        try:
            ending(self)
        finally:
            await self.send({"type": "websocket.send", "text": self.socket.failed(fault)})

    async def kept_open(self, seconds: float, headers: Callable[[], Iterable[Header]]) -> None:
        """Nothing: a socket stays open by itself."""


INTERNAL: Final = Fault("internal")


class Line(Struct):
    """One socket: who is at the other end, and what runs for them."""

    gateway: Gateway
    wire: Wire
    key: Key
    headers: Mapping[str, str]
    send: Send
    socket: Socket
    running: "asyncio.Task[None] | None" = None
    gone: bool = False

    async def heard(self, message: Mapping[str, Any]) -> None:
        """Follow one message."""
        clock = self.gateway.clock
        said = message.get("text")
        found = self.socket.heard(message.get("bytes") or b"" if said is None else said, Voice(clock.name(), clock.now() // 1000, ""))
        if isinstance(found, Ask):
            self.running = asyncio.get_running_loop().create_task(self._answered(found.body))
            return
        for text in found.messages:
            await self.send({"type": "websocket.send", "text": text})

    async def _answered(self, body: bytes) -> None:
        try:
            self.gateway.desk.limits.enter(self.key, self.gateway.clock.now())
        except Refused as error:
            await self.send({"type": "websocket.send", "text": self.socket.failed(error.fault)})
            return
        asked, out = asked_with(self.key, self.wire, body, self.headers), Wired(self.send, self.socket)
        try:
            await self._served(asked, out)
        except Refused as error:
            await out.refuse(error.fault, self.wire, ())
        finally:
            self.gateway.desk.limits.leave(self.key)
            self.socket.ended()
            if not out.closed and not self.gone:
                await out.refuse(INTERNAL, self.wire, ())

    async def _served(self, asked: Asked, out: Wired) -> None:
        """Serve a request; one for a summary is answered with what a model writes."""
        how = self.wire.compaction
        if how is None or not triggered(how, asked.body):
            await served(self.gateway, asked, out)
            return
        kept = Kept(self.send)
        await served(self.gateway, for_summary(asked, how), kept)
        await shortened(self.gateway, Short(self.wire, how, folded(self.wire.whole(kept.body)), kept, streams=True), out)


def conversing(wire: Wire, opened: Callable[[], Socket]) -> Callable[..., Awaitable[None]]:
    """What serves a wire's WebSockets."""

    async def serve(gateway: Gateway, key: Key, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        line = Line(gateway, wire, key, headers, send, opened())
        try:
            while (message := await receive())["type"] == "websocket.receive":
                await line.heard(message)
        finally:
            line.gone = True
            if line.running is not None:
                line.running.cancel()
                await asyncio.wait((line.running,))

    return serve
