"""Checks: the commands that decide whether a stage's work is good, each in a clean environment and with a limit."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.core.run import Check
from tierwise.runner import guard, places, processes
from tierwise.runner.processes import Command, Ended, Output, Watch

SEEN: Final = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
"""What a check sees of the person's environment: no keys."""
TAIL: Final = 4000
"""Characters of what it printed that are written down."""


class Bench(Struct, frozen=True):
    """Where checks run: `where` in the tree, `folder` the stage's own, `mark` what their processes are known by."""

    where: Path
    folder: Path
    mark: str
    env: Mapping[str, str]
    limit: Callable[[], float]
    heard: Callable[[Output], None]


def environment(person: Mapping[str, str], kept: tuple[str, ...]) -> dict[str, str]:
    """The environment of a check: what every command needs, and what was asked for by name."""
    return {name: person[name] for name in (*SEEN, *kept) if name in person}


async def verified(commands: tuple[str, ...], bench: Bench, restored: tuple[str, ...], watch: Watch) -> tuple[Check, ...]:
    """The checks as they ran, in order, up to the first that failed."""
    found: list[Check] = []
    for number, command in enumerate(commands, 1):
        ended, limit = await _ran(command, bench, number, watch)
        found.append(_check(command, ended, limit, restored if number == 1 else ()))
        if not found[-1].passed:
            break
    return tuple(found)


async def _ran(command: str, bench: Bench, number: int, watch: Watch) -> tuple[Ended, float]:
    temporary = places.folder(bench.folder / "tmp")
    env = {**bench.env, "TMPDIR": str(temporary), "PWD": str(bench.where), guard.MARK: bench.mark}
    limit = bench.limit()
    asked = Command(tuple(processes.shell(command)), bench.where, env, bench.folder / f"check-{number}.log", limit)
    return await processes.ran(asked, watch, bench.heard), limit


def _check(command: str, ended: Ended, limit: float, restored: tuple[str, ...]) -> Check:
    note = f"took longer than {limit:.0f} s" if ended.late else ""
    return Check(command, ended.code, round(ended.seconds, 3), ended.code == 0, restored, ended.tail[-TAIL:].strip("\n"), note)
