"""What the gateway pays for a record, and how fast the writer moves what is spooled into each store, from end to end.

Entries are those of benchmarks/storing.py, each with the receipt of the whole catalogue. CPU is that of the whole process, the spool's
thread and its syncs included, at some 1,000 records a second, less what the same loop takes that keeps the latest entries in memory only.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from benchmarks.kit.bench import AT_LEAST, Bar, Benchmark, Take
from benchmarks.kit.clock import Failed, spent
from benchmarks.storing import made, numbered
from tests.ledger.server import running
from tierwise.core.entry import Entry
from tierwise.ledger import Ledger, framing, journal, memory, records, redaction, segments
from tierwise.ledger.spool import SYNC, Limits
from tierwise.ledger.supervising import ADDRESS, MODULE

BURST: Final = 100
MANY: Final = 3000
MOVED: Final = 12_000
MICRO: Final = 1e6


async def _recorded(ledger: Ledger, entries: Sequence[Entry]) -> float:
    """Seconds of CPU that the recording of entries takes, one in each turn of the event loop, until they are on the disk."""
    cpu = time.process_time()
    for start in range(0, len(entries), BURST):
        for one in entries[start : start + BURST]:
            ledger.record(one)
            await asyncio.sleep(0)
        await asyncio.sleep(SYNC * 2)
    return time.process_time() - cpu


def recording(like: Sequence[Entry], numbers: Iterator[int], folder: Path) -> float:
    """Microseconds of CPU for a record."""
    alone = asyncio.run(_recorded(memory.opened(), numbered(like, numbers, MANY)))
    ledger = journal.opened(folder, redaction.rules(), Limits())
    full = asyncio.run(_recorded(ledger, numbered(like, numbers, MANY)))
    asyncio.run(ledger.close())
    return (full - alone) / MANY * MICRO


def spooled(folder: Path, entries: Sequence[Entry], like: int = 1000) -> None:
    """Files as a dead process leaves them."""
    folder.mkdir()
    seed = segments.seed("dead")
    for number, start in enumerate(range(0, len(entries), like), 1):
        payloads = [records.encoded(one) for one in entries[start : start + like]]
        text = b"".join(framing.head(one, seed) + one for one in payloads)
        (folder / segments.name("dead", number)).write_bytes(text)


def moving(folder: Path, address: str) -> float:
    """Seconds that a writer takes from its start until a spool is empty and it ends."""
    command, known = [sys.executable, "-m", MODULE, "--spool", str(folder)], {**os.environ, ADDRESS: address}
    began = time.perf_counter()
    told = subprocess.run(command, env=known, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603  # our own program
    if told.returncode or segments.listed(folder):
        raise Failed(told.stderr.strip()[-400:])
    return time.perf_counter() - began


def starting(folder: Path) -> float:
    """Seconds of CPU that a writer takes to start, look into an empty spool and end."""
    (folder / "none").mkdir(parents=True, exist_ok=True)
    return spent([sys.executable, "-m", MODULE, "--spool", str(folder / "none"), "--help"], folder).cpu


@contextmanager
def run() -> Iterator[Take]:
    """A folder for spools, and both stores."""
    like, numbers = made(), count()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tierwise-bench-")))
        server = stack.enter_context(running(quick=False))
        stores = {"SQLite": str(folder / "ledger.db"), "Postgres": stack.enter_context(server.database())}

        def moved(name: str, place: int) -> float:
            spool = folder / f"{name}-{place}"
            spooled(spool, numbered(like, numbers, MOVED))
            return MOVED / moving(spool, stores[name])

        def take() -> Mapping[str, float]:
            place = next(numbers)
            return {
                "CPU of the gateway for a record": recording(like, numbers, folder / f"spool-{place}"),
                "from the spool into SQLite": moved("SQLite", place),
                "from the spool into Postgres": moved("Postgres", place),
                "starting the writer": starting(folder),
            }

        yield take


BENCHMARK: Final = Benchmark(
    "recording",
    {
        "CPU of the gateway for a record": Bar("us", 40),
        "from the spool into SQLite": Bar("entries/s", 3000, AT_LEAST),
        "from the spool into Postgres": Bar("entries/s", 5000, AT_LEAST),
        "starting the writer": Bar("s", 0.4),
    },
    run,
    rounds=3,
)
