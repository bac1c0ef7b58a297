"""An answer as it comes: the parser puts the head and pieces of the body in, the reader takes them out.

The answer belongs to its connection until it is `over`; then the connection is kept for the next request or closed, and what came may
still be read. While a reader waits there is one future; nothing is made for pieces that are there already.

What the parser refuses is not HTTP: two lengths, a length and chunks, bare line ends, folded headers. We refuse other codings of the
transfer than chunks, switched protocols, statuses that are none, and heads without an end.
"""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

from httptools import HttpResponseParser

from tierwise.core.faults import Fault
from tierwise.upstream.door import Broken, Patience
from tierwise.upstream.encodings import Inflating, inflating

LONGEST: Final = 64 << 10
"""Bytes that may come without any of them being body: a head, trailers, chunk sizes with their extensions."""

INTERIM: Final = 32
"""Answers with status 1xx that may come before the one that counts."""

LAST: Final = 599
FINAL: Final = 200
SWITCHED: Final = 101
LEAST: Final = 100
BODILESS: Final = frozenset({204, 304})
VERSIONS: Final = frozenset({"1.0", "1.1"})
NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Carrier(Protocol):
    """The connection an answer comes on."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop it lives in."""

    def expect(self, seconds: float) -> None:
        """Be patient for so long from now."""

    def flow(self) -> None:
        """Take bytes again after a pause."""

    def fail(self, fault: Fault) -> None:
        """End what is under way with a fault, and the connection with it."""


class Incoming:
    """One answer; see door.Reply.

    status    0 until the head is there            dry      bytes that came since the last of the body
    ended     its message is complete              interim  answers that did not count
    over      it has left its connection           keep     the connection may go on after it
    bodiless  nothing comes behind the head        open     it ends when the connection does
    """

    __slots__ = (
        "_carrier",
        "_inflating",
        "_parser",
        "_raw",
        "bodiless",
        "dry",
        "ended",
        "fault",
        "feed",
        "headers",
        "interim",
        "keep",
        "open",
        "over",
        "patience",
        "pieces",
        "size",
        "status",
        "waiter",
    )

    def __init__(self, carrier: Carrier, patience: Patience, *, bodiless: bool) -> None:
        """Begin an answer of which nothing came yet."""
        self._carrier = carrier
        self.patience = patience
        self.bodiless = bodiless
        self.status = self.dry = self.interim = self.size = 0
        self.headers = NONE
        self.ended = self.over = self.keep = self.open = False
        self.pieces: list[bytes] = []
        self.fault: Fault | None = None
        self.waiter: asyncio.Future[None] | None = None
        self._inflating: Inflating | None = None
        self._raw: list[tuple[bytes, bytes]] = []
        self._parser = parser = HttpResponseParser(self)
        parser.set_dangerous_leniencies(lenient_spaces_after_chunk_size=True)  # RFC 9112, 7.1.1: they are to be read over
        self.feed = parser.feed_data

    # The reader's side

    async def head(self) -> None:
        """Return when the status and the headers are there; Broken when they do not come."""
        if not self.status and not self.over:
            await self._woken()
        if not self.status and self.fault is not None:
            raise Broken(self.fault)

    async def chunk(self) -> bytes:
        """All of the body that came and was not read yet, else the next piece; b'' at its end."""
        while not self.pieces and not self.over:
            self._carrier.expect(self.patience.idle)
            await self._woken()
        if self.pieces:
            return self._taken()
        if self.fault is not None:
            raise Broken(self.fault)
        return b""

    def close(self) -> None:
        """Give the rest of the answer up: unless it came to its end, the connection is closed at once."""
        if not self.over:
            self._carrier.fail(Fault("hung_up", "the answer was given up"))

    async def _woken(self) -> None:
        self.waiter = waiter = self._carrier.loop.create_future()
        try:
            await waiter
        except asyncio.CancelledError:
            self.close()
            raise

    def _taken(self) -> bytes:
        pieces = self.pieces
        piece = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        self.size = 0
        if not self.over:
            self._carrier.flow()
        return piece

    # The connection's side

    def wake(self) -> None:
        """Let the reader go on."""
        waiter, self.waiter = self.waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def settle(self, fault: Fault | None) -> None:
        """Leave the connection. The parser knows its answer, so both would only be found by the collector if they were left together."""
        self.fault = fault if fault is not None or self._inflating is None else self._inflating.end()
        self.over = True
        del self._parser, self.feed
        self.wake()

    # The parser's side

    def on_message_begin(self) -> None:
        """Stop at what stands behind the answer."""
        if self.ended:
            raise Broken(Fault("not_http", "more came than was asked for"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header, or a trailer, which nobody reads."""
        self._raw.append((name, value))

    def on_headers_complete(self) -> None:
        """Read the head; nothing happens for one that does not count."""
        status = self._parser.get_status_code()
        raw, self._raw = self._raw, []
        if self.dry > LONGEST:
            _measure(raw)
        self.dry = 0
        if status < FINAL or status > LAST:
            self._passed(status)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1").rstrip(" \t") for name, value in raw}
        self.headers = headers = headers if len(headers) == len(raw) else _joined(raw)
        self._frame(status, headers)
        self.status = status
        self.wake()
        if self.bodiless:
            self.ended = True
            raise Broken(Fault("not_http", "the parser would wait for a body"))  # heard by nobody: the answer is there

    def on_body(self, piece: bytes) -> None:
        """Put a piece of the body where the reader finds it."""
        self.dry = 0
        if self._inflating is not None:
            piece = self._inflating.feed(piece)
        if piece:
            self.pieces.append(piece)
            self.size += len(piece)

    def on_message_complete(self) -> None:
        """Note that the answer is complete, if it is the one that counts."""
        if self.status:
            self.ended = True
            self.keep = self._parser.should_keep_alive()

    def _passed(self, status: int) -> None:
        """Pass over an interim answer."""
        self.interim += 1
        if status == SWITCHED or not LEAST <= status < FINAL or self.interim > INTERIM:
            raise Broken(Fault("not_http", f"status {status} is no answer", status))
        self._carrier.expect(self.patience.first_byte)

    def _frame(self, status: int, headers: dict[str, str]) -> None:
        """Find out how the body ends and what is to be undone in it."""
        if self.bodiless or status in BODILESS:
            return
        if "transfer-encoding" in headers:
            _refuse_coding(headers["transfer-encoding"])
        elif "content-length" not in headers:
            self.open = True
        if not self._parser.should_keep_alive() and self._parser.get_http_version() not in VERSIONS:
            raise Broken(Fault("not_http", "a version of HTTP that was not asked for"))
        if "content-encoding" in headers:
            self._inflating = inflating(headers.pop("content-encoding"))
            headers.pop("content-length", None)


def _joined(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers of which some came more than once: their values in one, in order."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").rstrip(" \t")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _measure(raw: list[tuple[bytes, bytes]]) -> None:
    if sum(len(name) + len(value) + 4 for name, value in raw) > LONGEST:
        raise Broken(Fault("too_long", "the headers are longer than any should be"))


def _refuse_coding(coding: str) -> None:
    if coding.lower() != "chunked":
        raise Broken(Fault("not_http", "a transfer coding that was not asked for"))
