"""What is written down of a verified cascade: the run, its stages, the checks of each, and what they cost.

`None` stands for what nobody knows: a cost that could not be read, the exit code of a process that did not end by itself.
Times are milliseconds since 1970, 0 for not yet; money is in pico-dollars.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

TAG: Final = "cascade:"
"""How the tag of a run's requests begins; the run's id follows."""

KEY: Final = "cascade-{}-{}"
"""The name of the key that a stage asks with, of the run's id and the stage's number: an attempt that is begun again has the same."""

Status = Literal["running", "verified", "exhausted", "budget", "time", "stopped", "broken"]
"""How a run stands."""

Result = Literal["running", "verified", "refuted", "unchanged", "crashed", "late", "cancelled", "stopped", "broken"]
"""How a stage stands."""

STATUSES: Final[Mapping[Status, str]] = MappingProxyType(
    {
        "running": "still at work",
        "verified": "a stage passed every check",
        "exhausted": "every stage was tried and none passed",
        "budget": "the budget did not allow another stage",
        "time": "the time limit came first",
        "stopped": "somebody stopped it",
        "broken": "it could not be carried out",
    }
)
"""What each status of a run says."""

RESULTS: Final[Mapping[Result, str]] = MappingProxyType(
    {
        "running": "still at work",
        "verified": "passed every check",
        "refuted": "a check failed",
        "unchanged": "the agent changed nothing",
        "crashed": "the agent failed, and so did the check",
        "late": "the agent took longer than it may",
        "cancelled": "another attempt was verified first",
        "stopped": "somebody stopped it",
        "broken": "it could not be carried out",
    }
)
"""What each result of a stage says."""


class Check(Struct, frozen=True, gc=False):
    """One verify command as it ran in a stage's worktree.

    `code` is its exit code (None: it did not end by itself, and `note` says why). `restored` are the protected paths that the agent had
    changed and that were put back before it ran. `tail` is the end of what it printed.
    """

    command: str
    code: int | None
    seconds: float
    passed: bool
    restored: tuple[str, ...] = ()
    tail: str = ""
    note: str = ""


class Stage(Struct, frozen=True, gc=False):
    """One attempt of one model: `number` counts from 1 in the order of the run, `attempt` from 1 for this model.

    `key` is the id of the virtual key that it asked with. `code` is the agent's exit code (None: it did not end by itself). `requests` of
    the gateway cost `cost` in all; `unpriced` of them have no known cost and are not in it. `note` says in a line what went wrong.
    """

    number: int
    model: str
    attempt: int = 1
    key: str = ""
    began: int = 0
    ended: int = 0
    code: int | None = None
    result: Result = "running"
    cost: int | None = None
    requests: int | None = None
    unpriced: int = 0
    checks: tuple[Check, ...] = ()
    note: str = ""


class Run(Struct, frozen=True, gc=False, tag="run"):
    """One verified cascade over one task.

    `task` is the id of the task in a batch ('' for a run of its own), `command` the agent's command line as given, `checks` the verify
    commands, `kind` the kind of work it was planned for, `budget` the most it may cost (None: no limit). What came of it is on `branch`,
    or in the file `patch`; both are '' where nothing was verified. `expected` is what the planner expected it to cost. A run is written
    down again and again while it goes on; `told` is when this was: of two records of a run the later one holds.
    """

    id: str
    at: int
    repository: str
    commit: str
    command: tuple[str, ...]
    checks: tuple[str, ...]
    ended: int = 0
    task: str = ""
    kind: str = ""
    status: Status = "running"
    stages: tuple[Stage, ...] = ()
    budget: int | None = None
    expected: int | None = None
    branch: str = ""
    patch: str = ""
    note: str = ""
    told: int = 0


def spent(stages: Iterable[Stage]) -> int | None:
    """What some stages cost together, in pico-dollars; None where the cost of one is not known, or of one of its requests."""
    found = 0
    for one in stages:
        if one.cost is None or one.unpriced:
            return None
        found += one.cost
    return found


def known(stages: Iterable[Stage]) -> int:
    """The part of their cost that is known: what a budget has to count at the least."""
    return sum(one.cost or 0 for one in stages)


def asked(stages: Iterable[Stage]) -> int | None:
    """How many requests some stages made together; None where one's are not known."""
    counts = [one.requests for one in stages]
    return None if None in counts else sum(one or 0 for one in counts)


def winner(run: Run) -> Stage | None:
    """The stage whose work was verified, if one was."""
    return next((one for one in run.stages if one.result == "verified"), None)
