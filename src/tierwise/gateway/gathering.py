"""A body read to its end, with a bound on how long it may be."""

from collections.abc import Callable
from typing import Final

from tierwise.core.faults import Fault
from tierwise.upstream.door import Broken, Reply

LONGEST: Final = 64 << 20
"""Bytes that an answer may have."""


NEVER: Final = float("inf")


def _still() -> float:
    """A clock that stands still, for those who wait as long as it takes."""
    return 0.0


async def gathered(reply: Reply, most: int = LONGEST, *, ends: float = NEVER, ticks: Callable[[], float] = _still) -> bytes:
    """The body; the reply is closed whatever happens. Broken where it is cut short, too long, or not complete at `ends`."""
    try:
        pieces, size = [], 0
        while piece := await reply.chunk():
            pieces.append(piece)
            size += len(piece)
            if ticks() > ends:
                raise Broken(Fault("too_slow", f"{size:,} bytes so far"))
            if size > most:
                raise Broken(Fault("too_long", f"the answer has more than {most >> 20} MB"))
    finally:
        reply.close()
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
