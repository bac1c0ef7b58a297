"""A made-up log of coding sessions, as the plain table in JSON lines.

Sessions look like Claude Code's: a context that grows call by call and is compacted when it is long, nearly all of it read from the
cache, short gaps within a person's turn and long ones between turns. The spreads are those of the logged sessions in the project's
shared data (sessions_claude_code_calls.parquet): medians and standard deviations of logarithms. Hundreds of sessions run at a time,
so that a table in the order of time has their calls mixed.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

import msgspec
from msgspec import Struct

START: Final = datetime(2026, 8, 3, 7, tzinfo=UTC).timestamp()
AT_ONCE: Final = 250
"""Sessions that run side by side."""

APART: Final = 12.0
"""Seconds between the beginnings of two sessions of one batch."""

TURN: Final = 11.4
"""Calls in a turn, on average."""

FULL, COMPACTED, HOUR = 165_000, 45_000, 3600
LONGEST: Final = 800

MODELS: Final = ("claude-opus-4-8",) * 7 + ("claude-sonnet-4-6",) * 2 + ("claude-haiku-4-5",)
TOOLS: Final = ("Read", "Read", "Read", "Edit", "Edit", "Bash", "Bash", "Grep", "Glob", "Write", "Read,Read", "Edit,Edit,Bash")
ASKS: Final = (
    "add a test for {} that fails without the fix",
    "why does {} return the old value after a restart?",
    "refactor {} into smaller functions, keep its signature",
    "review the change to {} and list what could break",
    "write the docs for {}",
    "fix the crash in {} when the input is empty",
    "implement {} as in the plan, then run the tests",
    "rename {} everywhere",
    "check {} for injection and missing permission checks",
    "plan how {} could be split, do not change anything yet",
    "make the pipeline build {} only when it changed",
    "commit {} and open a pull request",
    "go on",
)
PARTS: Final = (
    "the order service|the importer|invoice.py|the login form|the cache layer|the retry loop|the CSV reader|the report page".split("|")
)


class Spread(Struct, frozen=True):
    """A quantity whose logarithm is normal."""

    median: float
    sigma: float

    def drawn(self, dice: Random) -> float:
        """One value of it."""
        return self.median * math.exp(self.sigma * dice.gauss(0, 1))


LENGTH: Final = Spread(38, 1.08)
FIRST: Final = Spread(41_000, 0.2)
GROWTH: Final = Spread(600, 1.06)
OUTPUT: Final = Spread(187, 1.14)
WITHIN: Final = Spread(5.4, 1.0)
BETWEEN: Final = Spread(138, 1.56)


class Row(Struct):
    """A call in the plain table."""

    session: str
    at: float
    gap_s: float
    model: str
    client: str
    version: str
    workspace: str
    fresh: int
    read: int
    write_1h: int
    output: int
    tools: str
    words: str


def session(name: str, start: float, dice: Random) -> Iterator[Row]:
    """The calls of one session."""
    at, context, cached = start, round(FIRST.drawn(dice)), 25_000
    model, workspace = dice.choice(MODELS), f"team-{dice.randrange(40)}"
    calls, opens = min(LONGEST, max(1, round(LENGTH.drawn(dice)))), True
    for index in range(calls):
        gap = 0.0 if not index else (BETWEEN if opens else WITHIN).drawn(dice)
        at += gap + 3
        read = min(cached, context) if gap < HOUR else 0
        output, last = round(OUTPUT.drawn(dice)) + 1, dice.random() < 1 / TURN
        words = dice.choice(ASKS).format(dice.choice(PARTS)) if opens else ""
        tools = "" if last else dice.choice(TOOLS)
        yield Row(
            name, round(at, 3), round(gap, 3), model, "claude_code", "2.1.205", workspace, 2, read, context - read, output, tools, words
        )
        cached = context
        context += output + round(GROWTH.drawn(dice))
        if context > FULL:
            context, cached = COMPACTED, 25_000
        opens = last


def rows(calls: int, seed: int) -> Iterator[Row]:
    """So many calls, in batches of sessions that run at the same time."""
    dice, left, names = Random(seed), calls, count()  # noqa: S311  # not for secrets
    while left > 0:
        batch: list[Row] = []
        for _ in range(AT_ONCE):
            number = next(names)
            batch += session(f"s{number:07}", START + number * APART, dice)
        batch.sort(key=lambda row: row.at)
        yield from batch[:left]
        left -= len(batch)


def write(path: Path, calls: int, seed: int = 1) -> None:
    """A log of so many calls."""
    encode = msgspec.json.Encoder().encode
    with path.open("wb", buffering=1 << 20) as file:
        for row in rows(calls, seed):
            file.write(encode(row) + b"\n")
