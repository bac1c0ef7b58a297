"""The horizon: how many calls still come, how fast the context grows over them and how long answers are, by client and calls so far.

Growth and answers are those of the calls to come, not of the call at hand: a decision multiplies them by the remaining calls. A session's
first calls add far more than its later ones, so the call at hand would stand badly for the rest.

A client may compact its sessions at a size of its own, whatever the window. The logs show that where no context is larger than the largest
that was compacted; where some are, the client goes by the window.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from pyarrow import parquet

STARTS: Final = (0, 1, 3, 6, 12, 25, 50, 100, 200)
SCALES: Final = {"claude_code": 1.23, "codex": 1.0}
SHOWN: Final = 1.7
"""Logged output counts of older Claude Code clients are low by this factor (data/README.md)."""

USUAL: Final = 1000
"""Growth where no context in the logs grew any more."""


class Ahead(Struct, frozen=True, gc=False):
    """A call and what came after it: calls, how many of them grew the context, by how much, and all output, the call's own included."""

    index: int
    remaining: int
    growths: int
    grown: int
    output: int


COMPACTED: Final = 0.5
"""The part of a context that at most is left after a compaction."""

LONG: Final = 60_000
"""Tokens of context below which a session that begins anew was not compacted but cleared."""

Row = tuple[str, int, int, int, int, int]


def fitted(claude: Path, codex: Path) -> list[Row]:
    """Rows (client, calls, remaining, growth, output, ceiling); those of any client are Claude Code's, by far the most."""
    found = _rows("claude_code", claude, ("context_tokens", "output_tokens_est"), SHOWN)
    other = _rows("codex", codex, ("input_tokens_total", "output_tokens"), 1.0)
    return [*(("", *row[1:]) for row in found), *found, *other]


def _rows(client: str, path: Path, columns: tuple[str, str], shown: float) -> list[Row]:
    size, output = columns
    table = parquet.read_table(path, columns=["session_id", "call_idx", size, output]).to_pylist()
    sessions: dict[str, list[tuple[int, int]]] = {}
    for row in sorted(table, key=lambda row: (row["session_id"], row["call_idx"])):
        sessions.setdefault(row["session_id"], []).append((row[size], row[output]))
    calls = [call for found in sessions.values() for call in ahead(found)]
    most = round(ceiling([[context for context, _ in found] for found in sessions.values()]) / SCALES[client])
    return [(*_row(client, start, calls, shown), most) for start in STARTS if any(call.index >= start for call in calls)]


def ceiling(sessions: Sequence[Sequence[int]]) -> int:
    """The context at which a client compacts of itself, of the contexts of its sessions; 0 where it goes by the window."""
    pairs = [pair for one in sessions for pair in pairwise(one)]
    compacted = max((before for before, after in pairs if before > LONG and after < COMPACTED * before), default=0)
    return compacted if compacted == max((context for one in sessions for context in one), default=0) else 0


def ahead(calls: Sequence[tuple[int, int]]) -> list[Ahead]:
    """What came after each call of a session of (context size, output)."""
    found: list[Ahead] = []
    growths = grown = output = 0
    for index in range(len(calls) - 1, -1, -1):
        output += calls[index][1]
        found.append(Ahead(index, len(calls) - index - 1, growths, grown, output))
        growth = calls[index][0] - calls[index - 1][0]
        growths, grown = growths + (growth > 0), grown + max(growth, 0)
    return found[::-1]


def _row(client: str, start: int, calls: Sequence[Ahead], shown: float) -> tuple[str, int, int, int, int]:
    """The row for calls from `start` on, before the next start: what is true of them on average."""
    end = min((one for one in STARTS if one > start), default=10**9)
    here = [call for call in calls if start <= call.index < end]
    growths, scale = sum(call.growths for call in here), SCALES[client]
    growth = sum(call.grown for call in here) / growths if growths else USUAL
    answers = sum(call.output for call in here) / sum(call.remaining + 1 for call in here)
    remaining = float(np.mean([call.remaining for call in here]))
    return client, start, round(remaining), round(growth / scale), round(answers * shown / scale)
