"""A cascade as it goes on, for whoever watches: a few lines that stay in place on a terminal, one line for each step anywhere else."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from msgspec import Struct, field
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from tierwise.core import run as core
from tierwise.core.money import Unknown, shown
from tierwise.core.run import RESULTS, Run, Stage

LINES: Final = 4
"""Lines of output that are shown of a stage."""
PLACES: Final = 4


class Plain(Struct, eq=False):
    """One line for each step; `many` puts the task before it."""

    out: TextIO
    many: bool = False
    seen: dict[tuple[str, int], str] = field(default_factory=dict)

    def changed(self, run: Run) -> None:
        """Say what is new: a stage began, or ended."""
        for one in run.stages:
            key = (run.id, one.number)
            if self.seen.get(key) != one.result:
                self.seen[key] = one.result
                print(f"{_of(run) if self.many else ''}{line(one)}", file=self.out, flush=True)

    def heard(self, run: Run, stage: Stage, text: str) -> None:
        """What commands print is in the run's folder."""


class Screen(Struct, eq=False):
    """What runs look like now: a line for each stage, and the last lines of those at work."""

    runs: dict[str, Run] = field(default_factory=dict)
    words: dict[tuple[str, int], str] = field(default_factory=dict)
    many: bool = False

    def changed(self, run: Run) -> None:
        """Remember how it stands; in a batch, what has ended makes room."""
        self.runs[run.id] = run
        if self.many and run.status != "running":
            del self.runs[run.id]

    def heard(self, run: Run, stage: Stage, text: str) -> None:
        """Remember what was said last."""
        self.words[run.id, stage.number] = text

    def __rich__(self) -> Group:
        """What to draw."""
        return Group(*(one for run in list(self.runs.values()) for one in self._drawn(run)))

    def _drawn(self, run: Run) -> Iterator[Text]:
        yield Text(f"{_of(run)}{headline(run)}", style="bold")
        for stage in run.stages:
            yield Text(line(stage), style="" if stage.result == "running" else "dim", overflow="ellipsis", no_wrap=True)
            if stage.result == "running":
                said = [one for one in self.words.get((run.id, stage.number), "").splitlines() if one.strip()][-LINES:]
                yield from (Text(f"    {one}", style="cyan", overflow="ellipsis", no_wrap=True) for one in said)


def _of(run: Run) -> str:
    return f"{run.task}: " if run.task else ""


def headline(run: Run) -> str:
    """A run in a line: how long it goes on, and what it has cost."""
    budget = f" of {shown(run.budget)}" if run.budget is not None else ""
    return f"cascade {run.id}: {_time((run.ended or _now()) - run.at)}, {_money(core.spent(_asked(run)))}{budget}"


def _asked(run: Run) -> list[Stage]:
    """The stages whose cost can be known by now: one that has just begun has not been asked about."""
    return [one for one in run.stages if _asked_of(one)]


def _asked_of(stage: Stage) -> bool:
    return stage.result != "running" or stage.cost is not None


def line(stage: Stage) -> str:
    """A stage in a line."""
    again = f" (attempt {stage.attempt})" if stage.attempt > 1 else ""
    if stage.result == "running" and not stage.key:
        return f"stage {stage.number}  {stage.model}{again}  begins"
    said = "at work" if stage.result == "running" else RESULTS[stage.result]
    took = _time((stage.ended or _now()) - stage.began)
    cost = f"  {_money(stage.cost if not stage.unpriced else None)}" if _asked_of(stage) else ""
    why = f": {' '.join(stage.note.split())}" if stage.note else ""
    return f"stage {stage.number}  {stage.model}{again}  {said}  {took}{cost}{why}"


def _money(amount: int | None) -> str:
    return shown(Unknown("cost") if amount is None else amount, PLACES)


def _time(milliseconds: int) -> str:
    seconds = max(0, milliseconds) // 1000
    return f"{seconds // 60}m{seconds % 60:02}s" if seconds >= 60 else f"{seconds}s"  # noqa: PLR2004  # of a minute


def _now() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def shown_on(out: TextIO, *, many: bool = False) -> Iterator[Plain | Screen]:
    """Somebody who watches: on a terminal what is drawn stays in place, elsewhere lines follow one another."""
    if not out.isatty():
        yield Plain(out, many)
        return
    screen = Screen(many=many)
    with Live(screen, console=Console(file=out), refresh_per_second=4, transient=True):
        yield screen
