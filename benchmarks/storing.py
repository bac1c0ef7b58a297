"""How many entries a second the stores take, in batches as the writer adds them, and how soon a hundred thousand are summed.

Entries are those that the demo gateway makes of requests on all wires: each has the receipt of the whole catalogue. Postgres runs beside
it on the same machine, on disks that are synced, as the file of SQLite is. Wall time counts, since it is what a writer has.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from benchmarks.kit.bench import AT_LEAST, Bar, Benchmark, Take
from tests.gateway import within
from tests.ledger.server import running
from tierwise import plugins
from tierwise.core.entry import Drawn, Entry
from tierwise.ledger import Query, Store, addresses

BATCH: Final = 500
BATCHES: Final = 12
WIRES: Final = ("openai_chat", "anthropic", "openai_responses")
MANY: Final = 100_000
MINUTE: Final = 60_000
WORDS: Final = "Write a function that adds two numbers, and a test for it. "


def made() -> Sequence[Entry]:
    """What the gateway records of a few requests."""
    gateway = within.demo()

    async def asked() -> None:
        for wire in WIRES:
            for stream in (False, True):
                await within.posted(gateway, wire, within.request(wire, stream=stream, words=WORDS * 20))

    within.run(asked())
    return gateway.ledger.recent(len(WIRES) * 2)


def numbered(like: Sequence[Entry], numbers: Iterator[int], many: int) -> list[Entry]:
    """So many entries, each new, in sessions of twenty, that count against two budgets."""
    drawn, begins = (Drawn("team", 0), Drawn("all", 0)), time.time_ns() // 1_000_000
    found = []
    for number in (next(numbers) for _ in range(many)):
        one = like[number % len(like)]
        asker = replace(one.asker, session=f"s{number // 20}", team=f"t{number % 5}", tags=("night",) if number % 3 else ())
        found.append(replace(one, id=f"tw-{number:023x}", at=begins + number, asker=asker, drawn=drawn, reserved=10**9, holder="here"))
    return found


def rate(store: Store, entries: Sequence[Entry]) -> float:
    """Entries a second."""
    began = time.perf_counter()
    for start in range(0, len(entries), BATCH):
        store.add(entries[start : start + BATCH])
    return len(entries) / (time.perf_counter() - began)


def summing(store: Store) -> float:
    """Milliseconds to sum everything by model."""
    began = time.perf_counter()
    store.grouped("model", Query())
    return (time.perf_counter() - began) * 1000


@contextmanager
def run() -> Iterator[Take]:
    """Both stores, in turn."""
    kinds, like, numbers = plugins.found(plugins.STORES), made(), count()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tierwise-bench-")))
        server = stack.enter_context(running(quick=False))
        sqlite = addresses.opened(str(folder / "ledger.db"), kinds)
        postgres = addresses.opened(stack.enter_context(server.database()), kinds)
        full = addresses.opened(str(folder / "full.db"), kinds)
        for one in (sqlite, postgres, full):
            stack.callback(one.close)
        rate(full, [replace(one, decision=None) for one in numbered(like, numbers, MANY)])

        def take() -> Mapping[str, float]:
            return {
                "SQLite": rate(sqlite, numbered(like, numbers, BATCH * BATCHES)),
                "Postgres": rate(postgres, numbered(like, numbers, BATCH * BATCHES)),
                "100,000 entries summed by model, SQLite": summing(full),
            }

        yield take


BENCHMARK: Final = Benchmark(
    "storing",
    {
        "SQLite": Bar("entries/s", 3000, AT_LEAST),
        "Postgres": Bar("entries/s", 5000, AT_LEAST),
        "100,000 entries summed by model, SQLite": Bar("ms", 1000),
    },
    run,
    rounds=5,
)
