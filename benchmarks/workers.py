"""What a second worker is worth: seconds on the wall, so trust it only on a machine with two idle cores."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.backtest import replayed
from benchmarks.kit.bench import Bar, Benchmark, Take

CALLS: Final = 100_000


@contextmanager
def run() -> Iterator[Take]:
    """One log, once with one worker and once with two."""
    with tempfile.TemporaryDirectory() as name:

        def take() -> Mapping[str, float]:
            one, two = replayed(Path(name), CALLS), replayed(Path(name), CALLS, workers=2)
            return {"one worker": one.wall, "two workers": two.wall, "speed-up": one.wall / two.wall, "more CPU": two.cpu / one.cpu}

        yield take


BENCHMARK: Final = Benchmark(
    "backtest with workers, 100,000 calls",
    {"one worker": Bar("s"), "two workers": Bar("s"), "speed-up": Bar("x"), "more CPU": Bar("x")},
    run,
    rounds=1,
)
