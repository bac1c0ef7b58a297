"""Run benchmarks in one interleaved run, print their figures, and end with 1 if one misses its bar."""

import argparse
import os
import pkgutil
import platform
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks.kit.bench import Benchmark, Figure, figures

HERE: Final = Path(__file__).parent
SPEED: Final = HERE.parent / "docs/reference/speed.md"


def found() -> dict[str, Benchmark]:
    """Every benchmark of this folder by the name of its file."""
    files = sorted(one.name for one in pkgutil.iter_modules([str(HERE)]) if not one.ispkg and not one.name.startswith("_"))
    return {name: import_module(f"benchmarks.{name}").BENCHMARK for name in files}


def chosen(known: Mapping[str, Benchmark], names: Sequence[str]) -> list[Benchmark]:
    """The benchmarks that are named, or all that do not have to be."""
    return [known[name] for name in names] or [one for one in known.values() if not one.on_request]


def taken(benchmarks: Sequence[Benchmark]) -> list[Figure]:
    """Every figure, taken in rounds in which each benchmark has its turn."""
    with ExitStack() as stack:
        takes = [stack.enter_context(one.run()) for one in benchmarks]
        values: list[list[Mapping[str, float]]] = [[] for _ in benchmarks]
        for place in range(max(one.rounds for one in benchmarks)):
            for one, take, here in zip(benchmarks, takes, values, strict=True):
                if place < one.rounds:
                    here.append(take())
        return [figure for one, here in zip(benchmarks, values, strict=True) for figure in figures(one, here)]


def table(rows: Sequence[Figure]) -> str:
    """The figures as a table that is read alike as text and as Markdown."""
    cells = [("what", "measure", "figure", "bar", "")]
    cells += [(row.benchmark, row.measure, shown(row.value, row.bar.unit), bar(row), verdict(row)) for row in rows]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def shown(value: float, unit: str) -> str:
    """A figure with three digits, or whole."""
    digits = 0 if value == int(value) else max(0, 3 - len(str(int(abs(value)))))
    return f"{value:,.{digits}f} {unit}".rstrip()


def bar(row: Figure) -> str:
    """What the figure must reach."""
    return "" if row.bar.limit is None else f"{row.bar.kind} {row.bar.limit:g} {row.bar.unit}".rstrip()


def verdict(row: Figure) -> str:
    """Whether it does."""
    return "" if row.bar.limit is None else "ok" if row.ok else "MISSED"


def machine() -> str:
    """What the figures were taken on."""
    model = next((line.split(":")[1].strip() for line in cpu_lines() if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def cpu_lines() -> list[str]:
    """What the system says of its processors."""
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def page(rows: Sequence[Figure]) -> str:
    """The reference page."""
    return (
        "# Speed\n\n"
        "Written by `python -m benchmarks --write`. CPU time (user and system), medians of one interleaved run on one core; memory is the "
        "most a process held. All inputs are made by seeded code.\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.\n\n{table(rows)}\n"
    )


def main() -> int:
    """Measure and show."""
    known = found()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(known)}")
    parser.add_argument("--write", action="store_true", help=f"write {SPEED.name} too")
    asked = parser.parse_args()
    for name in asked.names:
        if name not in known:
            parser.error(f"unknown benchmark {name!r}; known are {', '.join(known)}")
    rows = taken(chosen(known, asked.names))
    print(table(rows))
    if asked.write:
        SPEED.parent.mkdir(parents=True, exist_ok=True)
        SPEED.write_text(page(rows), encoding="utf-8")
    return int(not all(row.ok for row in rows))


if __name__ == "__main__":
    sys.exit(main())
