"""Cascades driven from the command line: what was asked as a job, the gateway opened, signals heard, and what came of it."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierwise import assembly, plugins
from tierwise.assembly import lodging
from tierwise.cli import files, progress
from tierwise.core.run import Run
from tierwise.runner import Broken, Lodging, agent, batch, cascade, git, journal, places, press, processes
from tierwise.runner.course import Crew, Eye
from tierwise.runner.git import Repository
from tierwise.runner.journal import Job, Past
from tierwise.runner.planner import Plan
from tierwise.runner.waiting import threaded

Found = TypeVar("Found")

NOT_VERIFIED: Final = 1
SIGNALLED: Final = 128
GATEWAYS: Final = ".gateway"
"""Where a gateway of a cascade's own says what goes wrong, among the runs."""


class Asked(Struct, frozen=True):
    """What is asked of one task. `where` is its repository and commit (empty: as the command line says)."""

    verify: tuple[str, ...]
    prompt: str = ""
    task: str = ""
    kind: str = ""
    protect: tuple[str, ...] = ()
    where: tuple[str, str] = ("", "")


class Start(Struct, frozen=True):
    """What a process that runs cascades opens: the settings, and how lodging is had."""

    config: Path | None
    opened: Callable[[Path | None, Path], Lodging] = lodging.opened


class Done(Struct, frozen=True):
    """What came of a run (None: it never began), and the exit code that says so."""

    run: Run | None
    code: int


class Stopped(Exception):
    """Somebody has stopped this; `number` is the signal."""

    def __init__(self, number: int) -> None:
        """A stop by a signal."""
        super().__init__(number)
        self.number = number


def job(asked: argparse.Namespace, task: Asked, plan: Plan, budget: int | None) -> Job:
    """The job of a task; Broken says what of it cannot be."""
    where = Path(task.where[0] or asked.repository).expanduser()
    repository = git.found(where, task.where[1] or asked.commit)
    command = tuple(_absolute(asked.words, repository))
    _agent(asked, command, task.prompt)
    found = Job(
        repository=repository,
        command=command,
        verify=task.verify,
        plan=plan,
        agent=asked.agent,
        prompt=task.prompt,
        task=task.task,
        kind=task.kind or asked.kind,
        protect=(*asked.protect, *task.protect),
        kept=tuple(asked.env),
        budget=budget,
        time=asked.time,
        agent_time=asked.agent_time,
        check_time=asked.check_time,
        parallel=1 if asked.tasks else asked.parallel,
        carry=asked.carry,
        patch=_patch(asked, task),
        hold=asked.keep_trees,
        config=_config(asked),
    )
    _protected(found)
    return found


def _config(asked: argparse.Namespace) -> str:
    """The file of settings, '' where there is none: a run that goes on elsewhere has the same."""
    found = Path(asked.config or assembly.FILE).absolute()
    return str(found) if asked.config or found.is_file() else ""


def _agent(asked: argparse.Namespace, command: Sequence[str], prompt: str) -> None:
    """Broken where the agent's command cannot be what was meant."""
    known = plugins.found(plugins.AGENTS)
    if asked.agent and asked.agent not in {one.name for one in known}:
        raise Broken(f"unknown agent {asked.agent!r}; known: {', '.join(one.name for one in known)}")
    if any(agent.PROMPT in word for word in command) and not prompt:
        raise Broken("the command has {prompt} in it; say with --prompt, or in the tasks, what that is")
    if prompt and agent.recognised(command, known).name and not any(agent.PROMPT in word for word in command):
        raise Broken(
            f"there is a prompt, and the command does not say where it goes; write {{prompt}} in it, as in {command[0]} ... '{{prompt}}'"
        )


def _absolute(words: Sequence[str], repository: Repository) -> Iterator[str]:
    """The agent's command line; a program given by a path that the commit does not have is the person's own."""
    first = Path(words[0]).expanduser()
    if "/" in words[0] and not first.is_absolute() and first.is_file() and not _has(repository, words[0]):
        first = (Path.cwd() / first).absolute()
        yield str(first)
    else:
        yield words[0]
    yield from words[1:]


def _has(repository: Repository, path: str) -> bool:
    """Whether the commit has a file."""
    name = os.path.normpath(f"{repository.prefix}{path}")
    try:
        git.run(("--git-dir", repository.folder, "cat-file", "-e", f"{repository.commit}:{name}"))
    except git.GitWrong:
        return False
    return True


def _patch(asked: argparse.Namespace, task: Asked) -> str:
    """The file that the result goes to; '' for a branch. Of a batch, --patch is a folder."""
    if not asked.patch:
        return ""
    if not asked.tasks:
        return str(files.writable(Path(asked.patch).resolve()))
    folder = Path(asked.patch).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    safe = "".join(one if one.isalnum() or one in "-_." else "_" for one in task.task)
    return str(folder / f"{safe}.patch")


def _protected(one: Job) -> None:
    """Broken where the commit has nothing of what is to be protected: a slip of the pen would protect nothing."""
    gone = press.absent(one.repository, one.protect)
    if gone:
        raise Broken(f"--protect {gone[0]}: {one.repository.commit[:12]} has no such file or folder")


def again(one: Job, asked: argparse.Namespace, budget: int | None) -> Job:
    """A job that goes on, with the limits that were given now."""
    return replace(one, budget=one.budget if budget is None else budget, time=one.time if asked.time is None else asked.time)


@contextmanager
def _crew(start: Start, *, many: bool) -> Iterator[Crew]:
    """Who takes part, for as long as this lasts."""
    root = places.folder(places.root())
    with progress.shown_on(sys.stderr, many=many) as eye:
        lodge = start.opened(start.config, root / GATEWAYS)
        watch = processes.watching()
        try:
            yield Crew(lodge, plugins.found(plugins.AGENTS), watch, eye, dict(os.environ))
        finally:
            watch.close()
            lodge.close()


def _heard(work: Awaitable[Found]) -> Found:
    """What some work finds, in an event loop of its own; Stopped where a signal ended it, when all is put away."""

    async def main() -> Found:
        loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
        told: list[int] = []

        def stop(number: int) -> None:
            if not told:
                print("tierwise: stopping; what was begun is put away", file=sys.stderr, flush=True)
                task.cancel()
            told.append(number)

        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(one) is not signal.SIG_IGN:
                loop.add_signal_handler(one, stop, one)
        try:
            return await task
        except asyncio.CancelledError:
            raise Stopped(told[0] if told else signal.SIGINT) from None

    return asyncio.run(main())


def driven(start: Start, one: Job, past: Past | None = None) -> Done:
    """A run from its beginning, or from where it was, to its end."""
    last: list[Run] = []
    with _crew(start, many=False) as crew:
        watched = replace(crew, eye=Last(crew.eye, last))
        work = cascade.carried_out(one, watched) if past is None else cascade.carried_on(past, one, watched)
        try:
            done = _heard(work)
        except Stopped as error:
            return Done(last[-1] if last else None, SIGNALLED + error.number)
    return Done(done, 0 if done.status == "verified" else NOT_VERIFIED)


class Last(Struct, frozen=True):
    """Whoever watches, and the run as it stood last."""

    eye: Eye
    kept: list[Run]

    def changed(self, run: Run) -> None:
        """Keep it."""
        self.kept[:] = [run]
        self.eye.changed(run)

    def heard(self, run: Run, stage: Any, text: str) -> None:
        """Pass it on."""
        self.eye.heard(run, stage, text)


def batch_driven(asked: argparse.Namespace, start: Start, tasks: Sequence[batch.Task], made: Callable[[batch.Task], Job]) -> int:
    """Many tasks; results as JSON lines as they come. Tasks that have one already are not run again when a batch goes on."""
    output = Path(asked.output) if asked.output else None
    if output is not None:
        files.writable(output)
    have = batch.known(output) if output is not None else {}
    if have and asked.resume is None:
        raise Broken(f"{output}: there are results in it; give --resume to go on with them, or name another file")
    left = [one for one in tasks if have.get(one.id, {}).get("status") not in batch.ENDED]
    with _crew(start, many=True) as crew:
        try:
            found = list(_heard(_all(asked, crew, left, made)))
        except Stopped as error:
            return SIGNALLED + error.number
    good = {name for name, one in have.items() if one.get("status") == "verified"} | {
        one["id"] for one in found if one["status"] == "verified"
    }
    print(f"{len(good & {one.id for one in tasks})} of {len(tasks)} tasks verified", file=sys.stderr)
    return 0 if good >= {one.id for one in tasks} else NOT_VERIFIED


async def _all(
    asked: argparse.Namespace, crew: Crew, tasks: Sequence[batch.Task], made: Callable[[batch.Task], Job]
) -> Sequence[dict[str, Any]]:
    pasts = journal.listed() if asked.resume is not None else []

    async def work(task: batch.Task) -> dict[str, Any]:
        try:
            found = batch.result(await _one(await threaded(made, task), crew, pasts))
        except (ValueError, OSError) as error:
            found = batch.failed(task, " ".join(str(error).split()))
        _put(asked.output, found)
        return found

    return list(await batch.worked(tasks, asked.parallel, work))


async def _one(one: Job, crew: Crew, pasts: Sequence[Past]) -> Run:
    """A task's run: the one it had, if that can go on, else a new one."""
    past = batch.earlier(pasts, lambda past: past.job is not None and _same(past.job, one))
    if past is None or past.run is None:
        return await cascade.carried_out(one, crew)
    return (
        past.run
        if past.run.status in batch.ENDED
        else await cascade.carried_on(past, replace(past.job or one, budget=one.budget, time=one.time), crew)
    )


def _same(one: Job, other: Job) -> bool:
    """Whether two jobs are the same task."""
    names = ("task", "command", "verify", "prompt")
    same = all(getattr(one, name) == getattr(other, name) for name in names)
    return same and (one.repository.folder, one.repository.commit) == (other.repository.folder, other.repository.commit)


def _put(output: str | None, found: dict[str, Any]) -> None:
    """Add a line of results."""
    line = msgspec.json.encode(found).decode()
    if output is None:
        print(line, flush=True)
        return
    with Path(output).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
