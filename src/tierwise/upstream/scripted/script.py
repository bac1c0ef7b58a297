"""A script: what a provider says and how it goes wrong, as a value.

A script is played by `playing` within the process, and by `tierwise.testing` over a real socket. Both keep to the same patience: what comes
later than the caller waits for is a fault there, as it is with a real provider.
"""

import asyncio
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from tierwise.core.faults import Fault
from tierwise.upstream.door import Broken, Patience, Reply, Sent

END: Final = "end"
HANG: Final = "hang"
RESET: Final = "reset"
CLOSE: Final = "close"
LOST: Final = frozenset({RESET, CLOSE})
RAW: Final = 0
"""The status of a script whose pieces are not HTTP."""

JSON: Final = MappingProxyType({"content-type": "application/json"})
EVENTS: Final = MappingProxyType({"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"})


class Piece(Struct, frozen=True):
    """Bytes of a body, and the seconds that pass before they come."""

    data: bytes
    delay: float = 0.0


class Script(Struct, frozen=True):
    """An answer: status, headers (lower-case names), pieces of the body, and how it ends.

    `wait` is how long the head takes. 'end' ends well, 'hang' leaves the connection open and silent, 'reset' tears it down, and 'close'
    closes it before the end was announced. With the status RAW (0) the pieces are what is sent, without any HTTP.
    """

    status: int = 200
    headers: Mapping[str, str] = {}
    pieces: tuple[Piece, ...] = ()
    end: str = END
    wait: float = 0.0


def whole(body: bytes, status: int = 200, headers: Mapping[str, str] = JSON) -> Script:
    """A script that says a body at once."""
    return Script(status, dict(headers), (Piece(body),))


def streamed(frames: Sequence[bytes], pace: float = 0.0, headers: Mapping[str, str] = EVENTS) -> Script:
    """A script that says frames one by one, `pace` seconds between them."""
    return Script(200, dict(headers), tuple(Piece(frame, pace if index else 0.0) for index, frame in enumerate(frames)))


class Played(Struct):
    """The answer that a script gives."""

    script: Script
    patience: Patience
    at: int = 0
    closed: bool = False

    @property
    def status(self) -> int:
        """The script's status."""
        return self.script.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The script's headers."""
        return self.script.headers

    async def chunk(self) -> bytes:
        """The next piece, b'' at the end; Broken where the script tears the connection down or is silent for too long."""
        if self.closed:
            return b""
        if self.at < len(self.script.pieces):
            piece = self.script.pieces[self.at]
            await waited(piece.delay, self.patience.idle, "idle_timeout")
            self.at += 1
            return piece.data or await self.chunk()
        return await self._ended()

    async def _ended(self) -> bytes:
        if self.script.end == HANG:
            await waited(float("inf"), self.patience.idle, "idle_timeout")
        if self.script.end in LOST:
            raise Broken(Fault("dropped"))
        return b""

    def close(self) -> None:
        """Give the answer up."""
        self.closed = True


async def waited(seconds: float, patience: float, fault: str) -> None:
    """Wait, but no longer than the caller does: then it is a fault."""
    if seconds > patience:
        await asyncio.sleep(patience)
        raise Broken(Fault(fault))
    if seconds > 0:
        await asyncio.sleep(seconds)


async def played(script: Script, patience: Patience) -> Reply:
    """The answer of a script, once its head is there."""
    await waited(script.wait, patience.first_byte, "first_byte_timeout")
    if script.status == RAW:
        raise Broken(Fault("not_http" if script.pieces else "dropped"))
    return Played(script, patience)


class Playing(Struct):
    """A transport that plays scripts in turn, the last one again and again, and keeps what it was asked."""

    scripts: tuple[Script, ...]
    asked: list[Sent] = []

    async def ask(self, sent: Sent, patience: Patience) -> Reply:
        """The answer of the next script."""
        script = self.scripts[min(len(self.asked), len(self.scripts) - 1)]
        self.asked.append(sent)
        return await played(script, patience)

    async def close(self) -> None:
        """There is nothing to close."""


def playing(*scripts: Script) -> Playing:
    """A transport that plays these scripts whatever it is asked."""
    return Playing(scripts)
