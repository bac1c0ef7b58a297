"""A backtest of a made-up log against twenty endpoints, as the command does it, in a process of its own on one core."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.kit import logs
from benchmarks.kit.bench import Bar, Benchmark, Take
from benchmarks.kit.clock import Spent, spent, tierwise

CALLS: Final = 28_000
FEW, MANY = 30_000, 300_000
NEXT_TO_NONE: Final = 300
"""Calls of the log that shows what starting costs."""

MICRO: Final = 1_000_000

MODELS: Final = (
    "claude-fable-5,claude-haiku-4-5,claude-opus-4-6,claude-opus-4-7,claude-opus-4-8,claude-sonnet-4-6,deepseek-v3.2,deepseek-v4-pro,"
    "gemini-3-flash-preview,gemini-3.1-pro-preview,gemini-3.5-flash,glm-4.7,glm-5.1,gpt-5.2,gpt-5.4,gpt-5.5,kimi-k2.5,kimi-k2.6,minimax-m2.7,minimax-m3"
)


def replayed(folder: Path, calls: int, workers: int = 1) -> Spent:
    """What a backtest of so many calls takes."""
    path = folder / f"{calls}.jsonl"
    if not path.exists():
        logs.write(path, calls)
    command = ("backtest", str(path), "--reference", "claude-opus-4-8", "--models", MODELS, "--workers", str(workers), "--json")
    return spent(tierwise(*command), folder, cores=workers)


@contextmanager
def run() -> Iterator[Take]:
    """Three sizes of log; the smallest shows what starting costs, which is no time per call."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def take() -> Mapping[str, float]:
            asked, many = replayed(folder, CALLS), replayed(folder, MANY)
            few, start = replayed(folder, FEW), replayed(folder, NEXT_TO_NONE)
            each = {size: (took.cpu - start.cpu) / (size - NEXT_TO_NONE) for size, took in ((FEW, few), (MANY, many))}
            return {
                "28,000 calls": asked.cpu,
                "28,000 calls, memory": asked.peak,
                "starting": start.cpu,
                "a call of 30,000": MICRO * each[FEW],
                "a call of 300,000": MICRO * each[MANY],
                "one of 300,000 / one of 30,000": each[MANY] / each[FEW],
                "300,000 calls, memory": many.peak,
            }

        yield take


BENCHMARK: Final = Benchmark(
    "backtest, 20 endpoints",
    {
        "28,000 calls": Bar("s", 10),
        "28,000 calls, memory": Bar("MiB", 300),
        "starting": Bar("s"),
        "a call of 30,000": Bar("us"),
        "a call of 300,000": Bar("us"),
        "one of 300,000 / one of 30,000": Bar("x", 1.15),
        "300,000 calls, memory": Bar("MiB"),
    },
    run,
    rounds=1,
)
