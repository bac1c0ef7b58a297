"""A run while it goes on: what was asked, who takes part, how it stands. A change is written down before anything follows from it."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core import run as core
from tierwise.core.run import Run, Stage, Status
from tierwise.runner import Broken, Lodging
from tierwise.runner.agent import Agent
from tierwise.runner.journal import Job, Journal
from tierwise.runner.processes import Watch


class Eye(Protocol):
    """Whoever watches a run."""

    def changed(self, run: Run) -> None:
        """Something of it has changed."""

    def heard(self, run: Run, stage: Stage, text: str) -> None:
        """A stage's command has printed something; this is the end of it."""


class Crew(Struct, frozen=True):
    """Who takes part: the gateway, the agents that are known, the guard, whoever watches, the person's environment."""

    lodging: Lodging
    agents: Sequence[Agent]
    watch: Watch
    eye: Eye
    env: Mapping[str, str]


class Course(Struct, eq=False):
    """A run under way. `winner` is the number of the stage whose work is delivered (0: none), `until` when the time is up (None: never)."""

    job: Job
    crew: Crew
    journal: Journal
    run: Run
    until: float | None = None
    winner: int = 0

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.journal.folder

    @property
    def delivered(self) -> bool:
        """Whether verified work has been delivered."""
        return bool(self.run.branch or self.run.patch)

    def stage(self, number: int) -> Stage:
        """A stage as it stands."""
        return next(one for one in self.run.stages if one.number == number)

    def put(self, stage: Stage) -> Stage:
        """Take a stage as it now stands into the run."""
        others = [one for one in self.run.stages if one.number != stage.number]
        self.told(replace(self.run, stages=tuple(sorted((*others, stage), key=lambda one: one.number))))
        return stage

    def told(self, run: Run) -> None:
        """Write the run down: in its journal, in the ledger, to whoever watches. Also where the disk takes no more."""
        self.run = self.crew.lodging.record(run)
        self.crew.eye.changed(self.run)
        self.journal.put(self.run)

    def ended(self, status: Status, note: str = "") -> Run:
        """Write down how it ended."""
        try:
            self.told(replace(self.run, status=status, ended=now(), note=note or self.run.note))
        except Broken as error:
            self.run = replace(self.run, note=f"{self.run.note or note}; {error}".lstrip("; "))
            self.crew.eye.changed(self.run)
        return self.run

    def left(self) -> float | None:
        """The seconds that are left of the run's time, None for no limit."""
        return None if self.until is None else max(0.0, self.until - time.monotonic())

    def limit(self, most: float) -> float:
        """The seconds that something may take that may take `most`."""
        left = self.left()
        return most if left is None else min(most, left)


def now() -> int:
    """The time, in milliseconds."""
    return time.time_ns() // 1_000_000


def spent(run: Run) -> int | None:
    """What a run has cost so far, None where nobody knows."""
    return core.spent(run.stages)
