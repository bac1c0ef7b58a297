"""Two hundred kills at random points under load, of processes that record and of the writer: nothing may be lost or doubled."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.kit.bench import AT_LEAST, Bar, Benchmark, Take
from benchmarks.kit.killing import drill
from tierwise import plugins
from tierwise.ledger import addresses

KILLS: Final = 200


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@contextmanager
def run() -> Iterator[Take]:
    """A folder and a SQLite file that last for the whole drill."""
    with tempfile.TemporaryDirectory(prefix="tierwise-kills-") as where:
        address = str(Path(where) / "ledger.db")
        store = addresses.opened(address, plugins.found(plugins.STORES))

        def take() -> Mapping[str, float]:
            toll = drill(KILLS, Path(where) / "spool", address, store, _say)
            return {
                "kills": toll.kills,
                "kills of the writer besides": toll.writers,
                "records older than 50 ms when their process was killed": toll.recorded,
                "lost": toll.lost,
                "doubled": toll.doubled,
                "pico-dollars counted wrong": toll.miscounted,
            }

        yield take
        store.close()


BENCHMARK: Final = Benchmark(
    "kill -9 under load",
    {
        "kills": Bar("", KILLS, AT_LEAST),
        "kills of the writer besides": Bar(""),
        "records older than 50 ms when their process was killed": Bar(""),
        "lost": Bar("", 0),
        "doubled": Bar("", 0),
        "pico-dollars counted wrong": Bar("", 0),
    },
    run,
    rounds=1,
    on_request=True,
)
