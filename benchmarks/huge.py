"""Ten million calls in bounded memory, no slower by the call. Runs only when named: it takes half an hour and 5 GB of scratch space."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.backtest import replayed
from benchmarks.kit.bench import Bar, Benchmark, Take

CALLS: Final = 10_000_000


@contextmanager
def run() -> Iterator[Take]:
    """One log of 2.3 GB, deleted afterwards."""
    with tempfile.TemporaryDirectory() as name:

        def take() -> Mapping[str, float]:
            took = replayed(Path(name), CALLS)
            return {"ten million calls": took.cpu / 60, "calls a second": CALLS / took.cpu, "memory": took.peak}

        yield take


BENCHMARK: Final = Benchmark(
    "huge",
    {"ten million calls": Bar("min"), "calls a second": Bar("1/s"), "memory": Bar("MiB", 500)},
    run,
    rounds=1,
    on_request=True,
)
