"""A process that records as a busy gateway does, and says what it has recorded and when: something to kill.

    python -m benchmarks.kit.recorder FOLDER

For each record it writes a line to standard output: its id, and the nanoseconds of the system's monotonic clock when it was recorded.
"""

import asyncio
import os
import sys
import time
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from tierwise.core.entry import Asker, Bodies, Drawn, Entry, Latency
from tierwise.ledger import journal, redaction
from tierwise.ledger.spool import Limits

COST: Final = 7
BUDGET: Final = Drawn("all", 0)
WORK: Final = msgspec.json.encode([{f"name {at}": list(range(20))} for at in range(1200)])
"""What a request takes besides: some 0.5 ms of the interpreter's time."""

LONG: Final = "x" * 7000
BODIED: Final = 8
"""One record in so many has bodies."""


def entry(name: str, bodies: Bodies | None) -> Entry:
    """A record of the size that a receipt gives it."""
    return Entry(name, 1, Asker("key", LONG, "", "", ""), None, (), Latency(), 200, cost=COST, drawn=(BUDGET,), reserved=0, bodies=bodies)


async def recording(folder: Path) -> None:
    """Record until killed."""
    ledger = journal.opened(folder, redaction.rules(), Limits())
    for at in count():
        msgspec.json.decode(WORK)
        name = f"{os.getpid()}-{at}"
        ledger.record(entry(name, None if at % BODIED else Bodies(b'{"a": "b"}', b"{}")))
        os.write(1, f"{name} {time.monotonic_ns()}\n".encode())
        await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(recording(Path(sys.argv[1])))
