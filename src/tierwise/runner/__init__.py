"""The runner: a coding agent in a worktree of its own, checks that decide, and the next model where they fail."""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from tierwise.core.run import Run, Stage


class Broken(ValueError):
    """A run that cannot be carried out; the message says why in a line."""


class Lodged(Struct, frozen=True):
    """Where a stage asks: the gateway's address without a path, the secret it shows there, and the public id of that key."""

    url: str
    secret: str
    key: str

    def __repr__(self) -> str:
        """It without the secret."""
        return f"Lodged({self.url!r}, {self.key!r})"


class Spending(Struct, frozen=True):
    """What the ledger has of a stage: `requests` that cost `cost`, of which `unpriced` have no known cost. None: nobody knows."""

    cost: int | None = None
    requests: int | None = None
    unpriced: int = 0


class Lodging(Protocol):
    """A gateway that stages ask at. Every method blocks, so it is called in a thread. It raises Broken only."""

    def begin(self, run: Run, models: Iterable[str]) -> None:
        """A run is about to begin, or to go on, that may use some models."""

    def key(self, run: Run, stage: Stage) -> Lodged:
        """A key of its own for a stage that is about to begin: pinned to its model, tagged with its run and number."""

    def spent(self, run: Run, stage: Stage) -> Spending:
        """What the stage has cost up to now. May be asked while it goes on."""

    def ended(self, run: Run, stage: Stage) -> Spending:
        """End the stage's key, wait until all it asked for is in the ledger, and say what that cost."""

    def record(self, run: Run) -> Run:
        """Write a run down in the ledger as it is now; the run with the time of that. It does not wait, and never fails."""

    def end(self, run: Run) -> None:
        """A run is over: whatever was put up for it goes."""

    def close(self) -> None:
        """Let go of everything, when all runs are over."""


__all__ = ["Broken", "Lodged", "Lodging", "Spending"]
