"""Where an answer goes: an ASGI response that is begun once, and kept open by comments while there is nothing to say."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from msgspec import Struct

from tierwise.core.faults import Fault, status_of
from tierwise.core.sse import COMMENT
from tierwise.core.wire import Wire

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Header = tuple[bytes, bytes]

JSON: Final = (b"content-type", b"application/json")
EVENTS: Final = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))


class Outlet(Protocol):
    """Where an answer goes, whatever it is told by; see Sink. What is answered is `kept` where that is a list.

    `last` is called once, with all that is kept, before the last piece goes out.
    """

    status: int
    closed: bool
    timer: asyncio.TimerHandle | None
    ticking: "asyncio.Task[None] | None"
    kept: list[bytes] | None
    last: Callable[[], None] | None

    async def begin(self, status: int, headers: Iterable[Header]) -> None:
        """Begin, unless that has happened."""

    async def write(self, piece: bytes) -> None:
        """A piece of the answer."""

    async def end(self, piece: bytes = b"") -> None:
        """The last piece."""

    async def whole(self, status: int, body: bytes, headers: Iterable[Header]) -> None:
        """A whole answer."""

    async def refuse(self, fault: Fault, wire: Wire, headers: Iterable[Header]) -> None:
        """The protocol's own error, where nothing has begun."""

    async def kept_open(self, seconds: float, headers: Callable[[], Iterable[Header]]) -> None:
        """Keep the client waiting until this is cancelled."""


class Sink(Struct):
    """A response. `status` is 0 until it has begun; what is sent is `kept` where that is a list."""

    send: Send
    status: int = 0
    closed: bool = False
    kept: list[bytes] | None = None
    timer: asyncio.TimerHandle | None = None
    ticking: "asyncio.Task[None] | None" = None
    last: Callable[[], None] | None = None

    async def begin(self, status: int, headers: Iterable[Header]) -> None:
        """Send the head, unless it went out with a comment before."""
        if self.status == 0:
            self.status = status
            await self.send({"type": "http.response.start", "status": status, "headers": list(headers)})

    async def write(self, piece: bytes) -> None:
        """Send a piece of the body."""
        if self.kept is not None:
            self.kept.append(piece)
        await self.send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self, piece: bytes = b"") -> None:
        """Send the last piece."""
        self.closed = True
        if self.kept is not None:
            self.kept.append(piece)
        try:
            ending(self)
        finally:
            await self.send({"type": "http.response.body", "body": piece, "more_body": False})

    async def whole(self, status: int, body: bytes, headers: Iterable[Header]) -> None:
        """Send a whole response."""
        await self.begin(status, [*headers, (b"content-length", str(len(body)).encode())])
        await self.end(body)

    async def refuse(self, fault: Fault, wire: Wire, headers: Iterable[Header]) -> None:
        """Send the protocol's own error."""
        await self.whole(status_of(fault), wire.error(fault), headers)

    async def kept_open(self, seconds: float, headers: Callable[[], Iterable[Header]]) -> None:
        """Begin the response and send a comment every so often, until it is cancelled."""
        await self.begin(200, headers())
        while True:
            await self.write(COMMENT)
            await asyncio.sleep(seconds)


def ending(outlet: Outlet) -> None:
    """Do what is to be done before the last piece goes out, once."""
    last, outlet.last = outlet.last, None
    if last is not None:
        last()


def named(headers: Mapping[str, str]) -> list[Header]:
    """Headers as ASGI has them."""
    return [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers.items()]
