"""One connection to a provider: requests go out one after the other, each answer is read as it comes.

Theory of operation. A connection waits in its pool or has one request under way, whose answer is an `Incoming`. Bytes that come are fed to
the answer's parser, which only changes the answer. What follows is decided once all that came is eaten: only then is it known whether
something stood behind the answer. A connection goes back to its pool if the answer came to its end, both sides want to go on, nothing
came that was not asked for, and the request was written in full; else it is closed.

Time. One timer a connection looks after all that can take too long. Every step moves the moment at which patience ends; the timer is
set anew only when that moment comes earlier than the timer, and otherwise looks again when it fires.
"""

import asyncio
import ssl
from collections.abc import Mapping
from math import inf
from typing import Final, Protocol, cast

from httptools import HttpParserError

from tierwise.core.faults import Fault
from tierwise.upstream.door import Broken, Patience
from tierwise.upstream.incoming import LONGEST, Incoming

HIGH: Final = 256 << 10
"""Unread bytes of a body above which no more are taken from the connection."""

JOINED: Final = 64 << 10
"""Bodies up to this size are copied behind the head and written as one."""

GRAIN: Final = 0.001
"""Seconds by which the loop's clock may be behind."""


class Keeper(Protocol):
    """Who keeps connections."""

    def put(self, connection: "Connection", headers: Mapping[str, str]) -> bool:
        """Take a connection back after an answer with these headers; False when it is not wanted."""

    def gone(self, connection: "Connection") -> None:
        """Hear that a connection is no more."""

    def mistrust(self) -> None:
        """Hear that a kept connection had been closed by the other side."""


class Connection(asyncio.Protocol):
    """A connection; `used` counts the answers that came on it in full."""

    __slots__ = ("_answer", "_armed", "_due", "_keeper", "_paused", "_timer", "_transport", "loop", "used")

    _transport: asyncio.Transport

    def __init__(self, keeper: Keeper, loop: asyncio.AbstractEventLoop) -> None:
        """Begin a connection that is not open yet; the loop opens it."""
        self.loop = loop
        self.used = 0
        self._keeper = keeper
        self._answer: Incoming | None = None
        self._paused = False
        self._due = self._armed = inf
        self._timer: asyncio.TimerHandle | None = None

    # What is asked of it

    def is_open(self) -> bool:
        """Whether a request can be sent."""
        return not self._transport.is_closing()

    def send(self, head: bytes, body: bytes, patience: Patience, *, bodiless: bool) -> Incoming:
        """Write a request; its answer is on the way. Broken when the connection was closed before it was used at all."""
        if self._transport.is_closing():
            raise Broken(Fault("dropped", "not a byte of an answer came"))
        self._answer = answer = Incoming(self, patience, bodiless=bodiless)
        self.expect(patience.first_byte)
        if len(body) <= JOINED:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        return answer

    def expect(self, seconds: float) -> None:
        """Be patient for so long from now."""
        self._due = due = self.loop.time() + seconds
        if due < self._armed:
            self._arm(due)

    def flow(self) -> None:
        """Take bytes again after a pause."""
        if self._paused and self.is_open():
            self._paused = False
            self._transport.resume_reading()

    def fail(self, fault: Fault) -> None:
        """End what is under way with a fault, and the connection with it."""
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.settle(fault)
        self._transport.abort()

    # What the loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hear of the open connection."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read what came, then see what follows from it."""
        answer = self._answer
        if answer is None:
            self._transport.abort()
            return
        answer.dry += len(data)
        try:
            answer.feed(data)
        except HttpParserError as error:
            self._stop(answer, error)
            return
        if answer.ended:
            self._complete(answer)
        elif answer.pieces:
            answer.wake()
            self._slow(answer)
        else:
            self._linger(answer, len(data))

    def eof_received(self) -> None:
        """Hear that the other side will send no more."""
        self._end(None)
        self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Hear that the connection is no more."""
        self._end(error)
        self._transport.abort()  # TLS transports complain of not being closed otherwise
        if self._timer is not None:
            self._timer.cancel()
        self._keeper.gone(self)

    # What follows

    def _complete(self, answer: Incoming) -> None:
        """Let an answer that came in full go, and keep the connection or close it."""
        self._answer = None
        self.used += 1
        answer.settle(None)
        self.flow()
        sent = not self._transport.get_write_buffer_size()
        if not (answer.keep and sent and self.is_open() and self._keeper.put(self, answer.headers)):
            self._transport.abort()

    def _stop(self, answer: Incoming, error: HttpParserError) -> None:
        """Close for what cannot be read; an answer that came in full before it is good."""
        if answer.ended:
            answer.keep = False
            self._complete(answer)
            return
        cause = error.__context__
        self.fail(cause.fault if isinstance(cause, Broken) else Fault("not_http", str(error)))

    def _slow(self, answer: Incoming) -> None:
        if answer.size > HIGH and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def _linger(self, answer: Incoming, came: int) -> None:
        """Put an end to heads, trailers and chunk extensions that have none; a head that began is waited for like pieces."""
        if answer.dry > LONGEST:
            self.fail(Fault("too_long", "a head, trailer or chunk extension without an end"))
        elif not answer.status and answer.dry == came:
            self.expect(answer.patience.idle)

    def _end(self, error: Exception | None) -> None:
        """See what the end of the connection means for the answer under way."""
        answer = self._answer
        if answer is None:
            return
        if answer.status and answer.open and error is None:
            self._complete(answer)
            return
        stale = self.used and not (answer.status or answer.dry or answer.interim)
        if stale:
            self._keeper.mistrust()
        self.fail(_cut(answer, error, stale=bool(stale)))

    # Time

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed = due
        self._timer = self.loop.call_at(due, self._look)

    def _look(self) -> None:
        """See whether patience is at its end. Only who waits is impatient: an answer may lie unread."""
        self._timer, self._armed = None, inf
        answer = self._answer
        if self.loop.time() < self._due - GRAIN:
            self._arm(self._due)
        elif answer is not None and answer.waiter is None:
            self.expect(answer.patience.idle)
        elif answer is not None and (answer.status or answer.dry):
            self.fail(Fault("idle_timeout"))
        else:
            self.fail(Fault("first_byte_timeout"))


def _cut(answer: Incoming, error: Exception | None, *, stale: bool) -> Fault:
    """What an end of the connection is that came before the answer's."""
    if stale:
        return Fault("stale")
    if isinstance(error, ssl.SSLError):
        return Fault("tls", error.reason or "")
    return Fault("dropped", "" if answer.status or answer.dry else "not a byte of an answer came")
