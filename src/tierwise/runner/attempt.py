"""One stage: a fresh tree, the agent in it, the checks, and what is done with the outcome.

Theory of operation. The tree is made outside the person's repository. The agent works in it with a key of its own. Then everything that it
started is ended, protected paths are put back, the state of the tree is taken (this is what will be delivered), and the checks run. A stage
that passes is delivered before it is called verified. Whichever way it ends, its key ends, its cost is read, and its tree is removed.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.run import Check, Result, Stage, known
from tierwise.runner import Broken, Lodged, agent, carrying, checks, git, guard, places, press, processes, shadows
from tierwise.runner.agent import Agent, Site
from tierwise.runner.checks import Bench
from tierwise.runner.course import Course, now
from tierwise.runner.delivery import deliver
from tierwise.runner.planner import Leg
from tierwise.runner.press import Press, Taken
from tierwise.runner.processes import Command, Ended, Listener, Output
from tierwise.runner.waiting import threaded, undisturbed

EVERY: Final = 2.0
"""Seconds between two looks at what a stage has cost so far."""
LONG: Final = 30_000
"""Characters of a prompt above which it does not go into a variable: systems limit those."""
SHOWN: Final = 2000
"""Characters of output that whoever watches is given."""


class Room(Struct, frozen=True):
    """A stage's place: its folder, the press that reads its tree, the folder in the tree where commands run, and what is missing there."""

    folder: Path
    press: Press
    where: Path
    note: str = ""


async def tried(course: Course, leg: Leg, number: int) -> Stage:
    """A stage from its beginning to its end; Broken where it could not be carried out. Its end is written down whatever happens."""
    course.put(Stage(number, leg.model, leg.attempt, began=now()))
    try:
        result, note = await _worked(course, number)
    except asyncio.CancelledError:
        await undisturbed(_over(course, number, _cut(course, number), ""))
        raise
    except (Broken, OSError) as error:
        await undisturbed(_over(course, number, "broken", _why(error)))
        raise Broken(_why(error)) from None
    return await undisturbed(_over(course, number, result, note))


def _cut(course: Course, number: int) -> Result:
    """How a stage ends that was cancelled: what it has delivered stays delivered."""
    if course.delivered and course.winner == number:
        return "verified"
    return "cancelled" if course.winner else "stopped"


def _why(error: Broken | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    return str(error)


async def _worked(course: Course, number: int) -> tuple[Result, str]:
    """How a stage ends, and why in a line."""
    room = await threaded(_room, course, number)
    lodged: Lodged = await threaded(course.crew.lodging.key, course.run, course.stage(number))
    course.put(replace(course.stage(number), key=lodged.key, note=room.note))
    ended = await _acted(course, number, _command(course, number, room, lodged))
    course.put(replace(course.stage(number), code=ended.code, note=_joined(course.stage(number).note, ended.note)))
    return await _judged(course, number, room, _Done(ended, _agent(course).litter))


class _Done(Struct, frozen=True):
    """What the agent did: how it ended, and what of its leavings is no work."""

    ended: Ended
    litter: tuple[str, ...]


def _room(course: Course, number: int) -> Room:
    """Make a stage's place."""
    job = course.job
    folder = places.stage_of(course.folder, number)
    places.removed(folder)
    places.folder(folder)
    shadow = shadows.made(job.repository, folder / "shadow.git")
    pressed = press.made(job.repository, shadow, folder / "press.git", folder / places.TREE)
    note = shadows.tree(job.repository, shadow, folder / places.TREE)
    return Room(folder, pressed, _within(folder / places.TREE, job.repository.prefix), note)


def _within(tree: Path, prefix: str) -> Path:
    """The folder of a tree in which the person stands in their own, or the tree where the commit has none."""
    where = tree / prefix
    return where if where.is_dir() and where.resolve().is_relative_to(tree.resolve()) else tree


def _agent(course: Course) -> Agent:
    """The agent of a run: the one it was told, else the one its command line starts."""
    job, known = course.job, course.crew.agents
    named = next((one for one in known if one.name == job.agent), None)
    return named or agent.recognised(job.command, known)


async def _acted(course: Course, number: int, command: Command) -> Ended:
    """The agent's work. It is ended when the budget is spent meanwhile."""
    began = time.monotonic()
    acting = asyncio.ensure_future(processes.ran(command, course.crew.watch, _listener(course, number)))
    paying = asyncio.ensure_future(_paid(course, number))
    try:
        await asyncio.wait((acting, paying), return_when=asyncio.FIRST_COMPLETED)
        if acting.done():
            ended = acting.result()
            return replace(ended, note=_joined(ended.note, f"took longer than {command.limit:.0f} s")) if ended.late else ended
        return Ended(None, time.monotonic() - began, "", late=True, note="ended: the budget is spent")
    finally:
        await undisturbed(_away(acting, paying))


async def _away(*going: "asyncio.Future[Any]") -> None:
    """Cancel what still goes on, and wait until it is gone."""
    for one in going:
        one.cancel()
    await asyncio.gather(*going, return_exceptions=True)


def _command(course: Course, number: int, room: Room, lodged: Lodged) -> Command:
    """The agent's command for a stage; its files are laid out."""
    job, stage, known = course.job, course.stage(number), _agent(course)
    text = carrying.carried(one for one in course.run.stages if one.number < number) if job.carry else ""
    home = places.folder(room.folder / "home")
    prompt = "\n\n".join(one for one in (job.prompt, text) if one)
    argv = agent.filled(job.command, {agent.PROMPT: prompt, agent.MODEL: stage.model, agent.URL: lodged.url})
    if text and known.told is not None and not any(agent.PROMPT in one for one in job.command):
        argv = known.told(argv, text)
    pointed = known.pointed(argv, Site(lodged.url, lodged.secret, stage.model, str(home)))
    for name, content in pointed.files.items():
        places.folder(Path(name).parent)
        Path(name).write_text(content, encoding="utf-8")
    env = {**_bare(course.crew.env, pointed.without), **pointed.env, **_own(course, stage, room), **_said(home, prompt, text)}
    return Command(pointed.argv, room.where, env, room.folder / "agent.log", course.limit(job.agent_time))


def _said(home: Path, prompt: str, carried: str) -> dict[str, str]:
    """Variables with what an agent is told, for those that take it from there; what is too long for one is in a file alone."""
    found = {"TIERWISE_PROMPT": prompt} if len(prompt) < LONG else {}
    for name, text in (("PROMPT_FILE", prompt), ("CARRY", carried)):
        if text:
            path = home / f"{name.lower()}.txt"
            path.write_text(text, encoding="utf-8")
            found[f"TIERWISE_{name}"] = str(path)
    return found


def _bare(env: Mapping[str, str], without: tuple[str, ...]) -> dict[str, str]:
    """A person's environment without what would lead an agent past the gateway, or to the person's own repository."""
    return {name: value for name, value in env.items() if name not in agent.FOREIGN and name not in without and not name.startswith("GIT_")}


def _own(course: Course, stage: Stage, room: Room) -> dict[str, str]:
    """Variables of every command of a stage."""
    return {
        "PWD": str(room.where),
        "GIT_CEILING_DIRECTORIES": str(room.folder),
        "TIERWISE_CASCADE": course.run.id,
        "TIERWISE_ATTEMPT": str(stage.attempt),
        "TIERWISE_MODEL": stage.model,
        guard.MARK: mark(course.run.id, stage.number),
    }


def mark(run: str, number: int) -> str:
    """What the processes of a stage are known by."""
    return f"{run}/{number}"


def _listener(course: Course, number: int) -> Listener:
    """What passes on to whoever watches what a command prints."""

    def heard(output: Output) -> None:
        course.crew.eye.heard(course.run, course.stage(number), processes.readable(output.tail[-SHOWN:]))

    return heard


async def _paid(course: Course, number: int) -> None:
    """Look at what a stage costs, again and again, until the budget of the run is spent."""
    budget = course.job.budget
    while budget is None or known(course.run.stages) < budget:
        await asyncio.sleep(EVERY)
        with suppress(Broken):
            spending = await threaded(course.crew.lodging.spent, course.run, course.stage(number))
            stage = course.stage(number)
            if (spending.cost, spending.requests) != (stage.cost, stage.requests):
                course.put(replace(stage, cost=spending.cost, requests=spending.requests, unpriced=spending.unpriced))


async def _judged(course: Course, number: int, room: Room, done: _Done) -> tuple[Result, str]:
    """How a stage ends whose agent has done its work."""
    failed: Result = "late" if done.ended.late else "crashed" if done.ended.code else "refuted"
    try:
        restored, state = await threaded(_taken, course, room, done)
    except git.GitWrong as error:
        if git.full(error):
            raise
        return failed, f"what the agent left cannot be read: {error}"
    said = f"not taken: {', '.join(state.left_out)}, repositories of their own" if state.left_out else ""
    if not await threaded(press.changed, room.press, state.name):
        return ("unchanged" if failed == "refuted" else failed), _joined(_put_back(restored), said)
    found = await checks.verified(course.job.verify, _bench(course, number, room), restored, course.crew.watch)
    course.put(replace(course.stage(number), checks=found))
    if not all(one.passed for one in found):
        return failed, _joined(_failure(found), said)
    return await _delivered(course, number, room, state, said)


def _taken(course: Course, room: Room, done: _Done) -> tuple[tuple[str, ...], Taken]:
    press.steady(room.press)
    restored = press.restored(room.press, course.job.protect, course.job.repository.prefix)
    return restored, press.taken(room.press, done.litter)


def _bench(course: Course, number: int, room: Room) -> Bench:
    env = checks.environment(course.crew.env, course.job.kept)
    env["GIT_CEILING_DIRECTORIES"] = str(room.folder)
    where = _within(room.press.tree, course.job.repository.prefix)
    return Bench(
        where, room.folder, mark(course.run.id, number), env, partial(course.limit, course.job.check_time), _listener(course, number)
    )


async def _delivered(course: Course, number: int, room: Room, state: Taken, said: str) -> tuple[Result, str]:
    """Deliver work that has passed, unless another stage's was first."""
    if course.winner:
        return "cancelled", "it passed too, after another attempt"
    course.winner = number
    await undisturbed(_handed_over(course, number, room, state))
    return "verified", said


async def _handed_over(course: Course, number: int, room: Room, state: Taken) -> None:
    course.told(await threaded(deliver, course.job, course.run, course.stage(number), room.press, state.name))


def _put_back(restored: tuple[str, ...]) -> str:
    return f"put back: {', '.join(restored)}" if restored else ""


def _failure(found: tuple[Check, ...]) -> str:
    last = found[-1]
    return f"{last.command}: {last.note or f'exit code {last.code}'}"


def _joined(*parts: str) -> str:
    return "; ".join(one for one in parts if one)


async def _over(course: Course, number: int, result: Result, note: str) -> Stage:
    """Write down how a stage ended: its key ended, its cost read, its tree removed."""
    stage = replace(course.stage(number), ended=now(), result=result)
    notes = [stage.note, note]
    try:
        spending = await threaded(course.crew.lodging.ended, course.run, stage)
        stage = replace(stage, cost=spending.cost, requests=spending.requests, unpriced=spending.unpriced)
    except Broken as error:
        stage = replace(stage, cost=None, requests=None)
        notes.append(f"its cost is not known: {error}")
    notes.append(await threaded(_cleared, course, stage))
    return course.put(replace(stage, note=_joined(*notes)))


def _cleared(course: Course, stage: Stage) -> str:
    """Remove what a stage does not need any more; what could not be removed, in a line."""
    folder = places.stage_of(course.folder, stage.number)
    held = {places.TREE, "shadow.git"} if course.job.hold and stage.result != "verified" else set[str]()
    found = [one for one in (folder.iterdir() if folder.is_dir() else ()) if one.suffix != ".log" and one.name not in held]
    return _joined(*(places.removed(one) for one in found))
