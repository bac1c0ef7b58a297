"""`tierwise physics`: the cache simulation against what a log was really charged, and where it fails."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import to_builtins

from tierwise import assembly
from tierwise.cli import terminal
from tierwise.lab import physics, sessions
from tierwise.lab.logged import Logged
from tierwise.lab.physics import Compared, Pair, Verdict

WORST: Final = 10
BARS: Final = (
    ("input-side cost, all sessions", "cost", 0.02, "{:+.1%}"),
    ("cache-read tokens, all sessions", "read", 0.02, "{:+.1%}"),
    ("cost of the median session", "median", 0.06, "{:.1%}"),
    ("cost of nine sessions in ten", "ninth", 0.20, "{:.1%}"),
)


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", type=Path, help="logs, or folders of them")
    parser.add_argument("--json", action="store_true", help="for a program")
    parser.set_defaults(run=run)


class NothingToCompare(ValueError):
    """No session of the logs was charged for."""


def run(asked: argparse.Namespace) -> int:
    """Print the comparison."""
    built = assembly.opened(Path(asked.config) if asked.config else None)
    reading = sessions.Reading()
    found = list(sessions.read(sessions.found(asked.paths, built.importers), reading))
    logged, heads = Logged(built.sources), physics.heads(map(physics.span, found))
    rows = [row for one in found if (row := physics.compared(one, logged.endpoint, heads)) is not None]
    if not any(row.logged for row in rows):
        raise NothingToCompare(f"{asked.paths[0]}: no call with a known model, price and usage, so there is nothing to compare")
    verdict = physics.verdict(rows)
    if asked.json:
        terminal.show_json({"verdict": to_builtins(verdict), "sessions": to_builtins(rows), "skipped": reading.skipped})
        return 0
    _print(verdict, rows, reading)
    return 0


def _print(verdict: Verdict, rows: Sequence[Compared], reading: sessions.Reading) -> None:
    measured = [
        (name, form.format(getattr(verdict, field)), f"{bar:.0%}", _mark(getattr(verdict, field), bar)) for name, field, bar, form in BARS
    ]
    terminal.show(
        f"{verdict.calls:,} calls in {verdict.sessions:,} sessions, replayed on their own models without their logged cache fields",
        terminal.table(("predicted against logged", ">off by", ">bar", ""), measured),
        terminal.table(
            ("by place of the call", ">calls", ">logged $", ">predicted $", ">off by", ">read"), map(_place, verdict.places.items())
        ),
        terminal.table(("where it fails most: session", ">calls", ">logged $", ">predicted $", ">off by", ">read"), map(_row, worst(rows))),
    )
    if reading.skipped:
        terminal.show(f"{reading.skipped:,} lines or files skipped, the first: {reading.first[0].place}: {reading.first[0].what}")


def _mark(value: float, bar: float) -> str:
    return "" if abs(value) <= bar else "over"


def worst(rows: Sequence[Compared]) -> list[Compared]:
    """The sessions whose predicted cost is off by the most dollars."""
    return sorted(rows, key=lambda row: -abs(row.predicted - row.logged))[:WORST]


def _row(row: Compared) -> tuple[str, ...]:
    return (f"{row.session} {row.thread}".strip(), *_pair(row))


def _place(named: tuple[str, Pair]) -> tuple[str, ...]:
    return (named[0], *_pair(named[1]))


def _pair(row: Compared | Pair) -> tuple[str, ...]:
    off = f"{row.predicted / row.logged - 1:+.1%}" if row.logged else "-"
    read = f"{row.read_predicted / row.read - 1:+.1%}" if row.read else "-"
    return (f"{row.calls:,}", terminal.money(row.logged, 4), terminal.money(row.predicted, 4), off, read)
