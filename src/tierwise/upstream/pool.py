"""The connections to one origin: who is free, how many there may be, and who waits for one.

The one used last is taken first: it is the least likely to have been closed by the other side, and those not needed for a while expire.
A connection that proves to have been closed meanwhile casts doubt on all that wait, so these are closed too.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from tierwise.core.faults import Fault
from tierwise.upstream.connecting import connected
from tierwise.upstream.connection import Connection
from tierwise.upstream.door import Broken
from tierwise.upstream.heads import Origin

HINT: Final = re.compile(r"timeout=(\d{1,9})")
SHARE: Final = 0.8
"""How much of the time a server says it keeps connections we rely on."""


class Limits(Struct, frozen=True, gc=False):
    """Connections to one origin: how many at once (0 for any number), how many are kept while nobody needs them, for how many seconds."""

    connections: int = 0
    idle: int = 256
    keep: float = 60.0


class Pool:
    """The connections to one origin; `context` is for TLS, None where it is not spoken."""

    def __init__(self, origin: Origin, limits: Limits, context: ssl.SSLContext | None) -> None:
        """Begin with no connection."""
        self.origin = origin
        self.limits = limits
        self._context = context
        self._open: set[Connection] = set()
        self._idle: dict[Connection, None] = {}
        self._opening = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._closed: asyncio.Future[None] | None = None

    def kept(self) -> Connection | None:
        """A connection that is free now, unless others wait for one."""
        return None if self._queue else self._taken()

    async def connection(self) -> Connection:
        """A connection: a kept one, or a new one as soon as there may be one more."""
        if self._queue:
            await self._turn()
        while (kept := self._taken()) is None and self._full():
            await self._turn()
        return kept or await self._new()

    def put(self, connection: Connection, headers: Mapping[str, str]) -> bool:
        """Take a connection back after an answer with these headers; False when it is not wanted."""
        if self._closed is not None or len(self._idle) >= self.limits.idle:
            return False
        hint = HINT.search(headers["keep-alive"]) if "keep-alive" in headers else None
        connection.expect(min(self.limits.keep, SHARE * int(hint[1])) if hint else self.limits.keep)
        self._idle[connection] = None
        self._call()
        return True

    def gone(self, connection: Connection) -> None:
        """Hear that a connection is no more."""
        self._idle.pop(connection, None)
        self._open.discard(connection)
        self._call()
        if self._closed is not None and not self._open and not self._closed.done():
            self._closed.set_result(None)

    def mistrust(self) -> None:
        """Close all that wait."""
        while self._idle:
            self._idle.popitem()[0].fail(Fault("stale"))

    async def close(self) -> None:
        """Close everything, and return when it is closed."""
        self._closed = closed = asyncio.get_running_loop().create_future()
        for connection in list(self._open):
            connection.fail(Fault("draining"))
        while self._queue:
            self._call()
        if self._open:
            await closed

    def _taken(self) -> Connection | None:
        while self._idle:
            connection, _ = self._idle.popitem()
            if connection.is_open():
                return connection
        return None

    async def _new(self) -> Connection:
        """A new connection. It is counted from here on: a loop may give one up while it opens it without telling it of its end."""
        connection = None
        self._opening += 1
        try:
            self._refuse(None)
            connection = await connected(self.origin, self._made, self._context)
            self._refuse(connection)
        finally:
            self._opening -= 1
            if connection is not None and connection.is_open():
                self._open.add(connection)
            else:
                self._call()
        return connection

    def _refuse(self, connection: Connection | None) -> None:
        """Open nothing after the end, and close what was being opened."""
        if self._closed is None:
            return
        if connection is not None:
            connection.fail(Fault("draining"))
        raise Broken(Fault("draining"))

    def _made(self) -> Connection:
        return Connection(self, asyncio.get_running_loop())

    def _full(self) -> bool:
        return 0 < self.limits.connections <= len(self._open) + self._opening

    async def _turn(self) -> None:
        """Wait for a connection that is free, or may be opened."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._call()
            raise

    def _call(self) -> None:
        """Let the next who waits look again."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
