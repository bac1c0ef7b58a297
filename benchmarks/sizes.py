"""How far the estimated size of a prompt is from its exact count, and whether the error it states for itself holds."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from statistics import median, quantiles
from typing import Final

from msgspec import Raw

from benchmarks.kit.bench import Bar, Benchmark, Take
from benchmarks.kit.requests import body
from benchmarks.kit.texts import KINDS, text
from tierwise import assembly
from tierwise.config.settings import Settings
from tierwise.core.catalog import Tables
from tierwise.core.request import Request, Segment
from tierwise.engine.signals import size

TEXTS: Final = 96
LEAST, MOST = 12_000, 400_000
PERCENT: Final = 100
STATED: Final = 5
"""An error stated at 95 % may be too small for so many in a hundred."""


def prompts() -> list[bytes]:
    """Texts of one kind each, and whole requests of an agent, in turn: JSON as the signal meets it, half of the texts in ASCII."""
    dice, kinds = Random(3), list(KINDS)  # noqa: S311  # not for secrets
    lengths = [dice.randint(LEAST, MOST) for _ in range(TEXTS)]
    return [
        body("anthropic", length, index)
        if index % 2
        else json.dumps(text(kinds[index // 2 % len(kinds)], length, dice), ensure_ascii=index % 4 == 0).encode()
        for index, length in enumerate(lengths)
    ]


def errors(raw: bytes, tables: Tables) -> tuple[float, float]:
    """How far the estimate is off, and how far it says it may be; both as shares."""
    estimate = size.SIGNAL.read(Request("", "", segments=(Segment("message", "user", Raw(raw)),)), tables, {})
    return abs(estimate.tokens / size.exact([size.text(raw)]) - 1), estimate.error


@contextmanager
def run() -> Iterator[Take]:
    """Code, prose, JSON, logs, Chinese, and all of them together."""
    tables, found = assembly.house(Settings()).sources.tables, prompts()

    def take() -> Mapping[str, float]:
        rows = [errors(one, tables) for one in found]
        off = [PERCENT * error for error, _ in rows]
        beyond = PERCENT * sum(error > stated for error, stated in rows) / len(rows)
        return {"error, median": median(off), "error, 95th percentile": quantiles(off, n=20)[-1], "beyond the stated error": beyond}

    yield take


BENCHMARK: Final = Benchmark(
    "size of a prompt",
    {"error, median": Bar("%"), "error, 95th percentile": Bar("%"), "beyond the stated error": Bar("%", STATED)},
    run,
    rounds=1,
)
