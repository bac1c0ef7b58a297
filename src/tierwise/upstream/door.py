"""What every transport offers: one request out, its answer back in pieces, and whatever goes wrong on the way as a fault."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from tierwise.core.faults import Fault


class Patience(Struct, frozen=True, gc=False):
    """How long to wait, in seconds: for a connection (DNS and TLS with it), for the first byte of the answer, and between pieces of it."""

    connect: float = 5.0
    first_byte: float = 120.0
    idle: float = 60.0


class Sent(Struct, frozen=True, gc=False):
    """A request to a provider: an absolute URL, headers by lower-case names, and the body. The length is added by the transport."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    def __repr__(self) -> str:
        """What is sent where; the headers hold a key, and nobody may see it."""
        return f"Sent({self.method!r}, {self.url!r}, {len(self.headers)} headers, {len(self.body)} bytes)"


class Broken(Exception):
    """An exchange that did not come to its end; `fault` says what went wrong."""

    def __init__(self, fault: Fault) -> None:
        """An error that carries a fault."""
        super().__init__(fault.message or fault.kind)
        self.fault = fault


class Reply(Protocol):
    """An answer as it comes: status and headers (lower-case names) at once, the body in pieces."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by lower-case name."""

    async def chunk(self) -> bytes:
        """The next piece of the body, content encodings undone, b'' at its end. Broken when it does not come or is cut short."""

    def close(self) -> None:
        """Give the answer up: the connection is closed at once unless the answer was read to its end. May be called twice."""


class Upstream(Protocol):
    """A transport."""

    async def ask(self, sent: Sent, patience: Patience) -> Reply:
        """Send a request and wait for the answer's head. Broken when there is none."""

    async def close(self) -> None:
        """Close every connection that is kept."""
