"""Telling what kind of work a request asks for, with the shipped weights: traits, rules and the learned sums together."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from random import Random
from typing import Final

from benchmarks.kit.bench import Bar, Benchmark, Take
from benchmarks.kit.clock import cpu_each
from benchmarks.kit.texts import prose, text
from tierwise.catalog import weights
from tierwise.catalog.sheets import tables
from tierwise.core.request import Request
from tierwise.engine.signals import task

MICRO: Final = 1_000_000
LONG: Final = 32_000
"""Characters of about 8,000 tokens."""

SHORT: Final = 400
MANY: Final = 40
"""Requests that are measured together."""


@contextmanager
def run() -> Iterator[Take]:
    """New requests in every round: one sentence after another, and long ones of prose, code and a log."""
    signal, known, seeds = task.learned(weights.learned()), tables(), count()

    def take() -> Mapping[str, float]:
        dice = Random(next(seeds))  # noqa: S311  # made-up texts
        short = [Request("openai_chat", "auto", words=prose(dice).strip(), previous=prose(dice).strip()) for _ in range(SHORT)]
        long = [Request("openai_chat", "auto", words=text(("prose", "code", "log")[place % 3], LONG, dice)) for place in range(MANY)]
        return {
            "a sentence": MICRO * cpu_each(lambda one: signal.read(one, known, {}), short),
            "8,000 tokens": MICRO * cpu_each(lambda one: signal.read(one, known, {}), long),
        }

    yield take


BENCHMARK: Final = Benchmark("kind of work", {"a sentence": Bar("us", 60), "8,000 tokens": Bar("us", 1500)}, run)
