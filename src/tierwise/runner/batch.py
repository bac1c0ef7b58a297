"""Many tasks: read from a file of JSON lines, worked on side by side, each a run of its own, each with one line of results."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from tierwise.core.money import dollars
from tierwise.core.run import Run, asked, spent, winner
from tierwise.runner import Broken
from tierwise.runner.journal import Past
from tierwise.runner.waiting import undisturbed

ENDED: Final = frozenset({"verified", "exhausted"})
"""What a task's run can come to that stays so when the batch goes on."""
LONGEST: Final = 200


class Task(Struct, frozen=True, forbid_unknown_fields=True):
    """A task as its line says it; what is left out is as the command line has it. `repository` is a folder, `verify` one or several."""

    id: str
    repository: str = ""
    commit: str = ""
    prompt: str = ""
    verify: str | tuple[str, ...] = ()
    protect: str | tuple[str, ...] = ()
    kind: str = ""


def read(path: Path) -> tuple[Task, ...]:
    """The tasks of a file; Broken names the line that is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
    found = tuple(_task(line, f"{path}, line {number}") for number, line in enumerate(text.splitlines(), 1) if line.strip())
    if not found:
        raise Broken(f"{path}: no tasks in it")
    twice = next((one.id for place, one in enumerate(found) if one.id in {other.id for other in found[:place]}), None)
    if twice is not None:
        raise Broken(f"{path}: two tasks have the id {twice!r}")
    return found


def _task(line: str, where: str) -> Task:
    try:
        found = msgspec.json.decode(line, type=Task)
    except msgspec.ValidationError as error:
        raise Broken(f"{where}: {error}{_nearest(line)}") from None
    except msgspec.DecodeError as error:
        raise Broken(f"{where}: no JSON object: {error}") from None
    if not found.id or len(found.id) > LONGEST or not found.id.isprintable():
        raise Broken(f"{where}: an id has to have between 1 and {LONGEST} printable characters")
    return found


def _nearest(line: str) -> str:
    """The field that is nearest to one that a task does not have."""
    said = msgspec.json.decode(line)
    known = Task.__struct_fields__
    strange = [one for one in said if one not in known] if isinstance(said, dict) else []
    close = get_close_matches(strange[0], known, 1) if strange else []
    return f"; did you mean {close[0]!r}?" if close else ""


def several(said: str | Sequence[str]) -> tuple[str, ...]:
    """One or several, as several."""
    return (said,) if isinstance(said, str) else tuple(said)


def result(run: Run) -> dict[str, Any]:
    """What became of a task, for a line of results. `cost` is in dollars, null where it is not known."""
    won, cost = winner(run), spent(run.stages)
    return {
        "id": run.task,
        "status": run.status,
        "run": run.id,
        "branch": run.branch,
        "patch": run.patch,
        "model": won.model if won is not None else "",
        "stages": len(run.stages),
        "cost": None if cost is None else float(dollars(cost)),
        "requests": asked(run.stages),
        "seconds": round((run.ended - run.at) / 1000, 1) if run.ended else None,
        "note": run.note,
    }


def failed(task: Task, why: str) -> dict[str, Any]:
    """A line of results for a task that no run could be made of."""
    return {
        **dict.fromkeys(("run", "branch", "patch", "model"), ""),
        "id": task.id,
        "status": "broken",
        "stages": 0,
        "cost": 0.0,
        "requests": 0,
        "seconds": 0.0,
        "note": why,
    }


def known(path: Path) -> dict[str, Mapping[str, Any]]:
    """The results that a file has already, by the task's id, the last one of each; a line that was cut off is none."""
    found: dict[str, Mapping[str, Any]] = {}
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            said = msgspec.json.decode(line)
        except msgspec.DecodeError:
            continue
        if isinstance(said, dict) and isinstance(said.get("id"), str):
            found[said["id"]] = said
    return found


def earlier(pasts: Iterable[Past], like: Callable[[Past], bool]) -> Past | None:
    """The latest run on this machine of a task like one; None where there is none, or it is running elsewhere."""
    return next((one for one in pasts if one.run is not None and one.job is not None and not one.running and like(one)), None)


async def worked(tasks: Sequence[Task], parallel: int, work: Callable[[Task], Awaitable[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """The results of all tasks, in their order, so many at a time worked on. Whoever cancels this waits until all are put away."""
    gate = asyncio.Semaphore(parallel)

    async def one(task: Task) -> dict[str, Any]:
        async with gate:
            return await work(task)

    going = [asyncio.ensure_future(one(task)) for task in tasks]
    try:
        return iter(await asyncio.gather(*going))
    finally:
        for task in going:
            task.cancel()
        await undisturbed(_gone(going))


async def _gone(going: Sequence["asyncio.Future[dict[str, Any]]"]) -> None:
    await asyncio.gather(*going, return_exceptions=True)
