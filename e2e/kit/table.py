"""The results as a table that is read alike as text and as Markdown."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from e2e.kit.client import PLAIN, TOOL, Client
from e2e.kit.trial import Trial

HEAD: Final = ("client", "version", "its wire", "the upstream's wire", "plain", "tool", "calls", "ms")
REAL: Final = " (real small model)"


class Row(Struct, frozen=True):
    """A client on a wire, served by an upstream of a wire, and what came of each scene."""

    client: Client
    wire: str
    upstream: str
    trials: tuple[Trial, ...]
    real: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        return not any(trial.wrong for trial in self.trials)


def table(rows: Sequence[Row]) -> str:
    """The table."""
    return lined([HEAD, *map(_cells, rows)])


def lined(cells: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a table, the first of them its head."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    by_scene = {trial.scene: ("ok" if not trial.wrong else "FAILED") for trial in row.trials}
    calls = " + ".join(str(trial.calls) for trial in row.trials)
    times = " + ".join(f"{1000 * trial.seconds:.0f}" for trial in row.trials)
    upstream = row.upstream + (REAL if row.real else "")
    return (row.client.name, row.client.version, row.wire, upstream, by_scene.get(PLAIN, "-"), by_scene.get(TOOL, "-"), calls, times)


def wrongs(rows: Sequence[Row]) -> list[str]:
    """What was wrong, a line each."""
    return [
        f"{row.client.name}, {row.wire} to {row.upstream}{REAL * row.real}, {trial.scene}: {' '.join(said.split())}"
        for row in rows
        for trial in row.trials
        for said in trial.wrong
    ]
