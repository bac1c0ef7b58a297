"""A verified cascade: stages in the order of the plan until one passes its checks, or none may follow.

    planned stages --> may it begin? budget, time --no--> "budget", "time"
                            |
                           yes: one, or as many side by side as was asked
                            v
                     tree, agent, checks (attempt) --passed--> branch or patch; the others are cancelled: "verified"
                            |
                          failed --> the next ones; none left: "exhausted"

Whatever ends it is written down with what was spent: an error ("broken"), an interrupt ("stopped"). After a kill the journal says how far
it had come; `carried_on` counts what was interrupted as stopped, and begins that stage anew.
"""

import asyncio
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from tierwise.core.run import Result, Run, Stage, Status
from tierwise.runner import Broken, delivery, journal, places, planner, processes
from tierwise.runner.attempt import mark, tried
from tierwise.runner.course import Course, Crew, now, spent
from tierwise.runner.journal import Job, Past
from tierwise.runner.planner import Leg
from tierwise.runner.waiting import threaded, undisturbed

DONE: Final[frozenset[Result]] = frozenset({"verified", "refuted", "unchanged", "crashed", "late"})
"""Results of stages that are not tried again when a run goes on."""


def named(at: int) -> str:
    """A new id for a run that begins at a time: ids sort by time."""
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


async def carried_out(job: Job, crew: Crew) -> Run:
    """A new run from its beginning to its end."""
    at = now()
    run = Run(
        id=named(at),
        at=at,
        repository=job.repository.shown,
        commit=job.repository.commit,
        command=job.command,
        checks=job.verify,
        task=job.task,
        kind=job.kind,
        budget=job.budget,
        expected=job.plan.cost,
    )
    opened = journal.opened(places.run_of(run.id))
    try:
        _first(opened, job)
        return await _run(_course(job, crew, opened, run))
    finally:
        opened.close()


def _first(opened: journal.Journal, job: Job) -> None:
    """Write down what was asked; a run of which not even that can be kept never was."""
    try:
        opened.put(job)
    except Broken:
        places.removed(opened.folder)
        raise


async def carried_on(past: Past, job: Job, crew: Crew) -> Run:
    """A run that was interrupted, to its end; Broken where it has ended or goes on elsewhere. `job` may allow it more than before."""
    if past.run is None:
        raise Broken(f"run {past.name} left no journal to go on from")
    if past.run.status in {"verified", "exhausted"}:
        raise Broken(f"run {past.name} has ended: {past.run.status}")
    opened = journal.opened(past.folder)
    try:
        opened.put(job)
        course = _course(job, crew, opened, replace(past.run, status="running", ended=0, note="", budget=job.budget))
        course.told(course.run)
        await threaded(_settled, course)
        return course.run if course.run.status != "running" else await _run(course)
    finally:
        opened.close()


def _course(job: Job, crew: Crew, opened: journal.Journal, run: Run) -> Course:
    return Course(job, crew, opened, run, None if job.time is None else time.monotonic() + job.time)


def _settled(course: Course) -> None:
    """Bring a run that was cut off to order: what it left is ended and removed, what it cost is read, what it delivered is acknowledged."""
    delivered = delivery.there(course.job.repository, course.run.id)
    for stage in course.run.stages:
        if stage.result == "running":
            processes.end_strays(mark(course.run.id, stage.number))
            places.removed(places.stage_of(course.folder, stage.number))
            course.put(_stopped(course, stage, "verified" if delivered else "stopped"))
    if delivered:
        course.run = replace(course.run, branch=delivery.branch(course.run.id))
        course.ended("verified")


def _stopped(course: Course, stage: Stage, result: Result) -> Stage:
    """A stage that was cut off, with what it cost."""
    ended = replace(stage, result=result, ended=now(), note="cut off")
    try:
        spending = course.crew.lodging.ended(course.run, stage)
    except Broken as error:
        return replace(ended, cost=None, note=f"cut off; its cost is not known: {error}")
    return replace(ended, cost=spending.cost, requests=spending.requests, unpriced=spending.unpriced)


async def _run(course: Course) -> Run:
    try:
        course.told(course.run)
        await threaded(course.crew.lodging.begin, course.run, dict.fromkeys(one.model for one in course.job.plan.legs))
        status, note = await _stages(course)
    except asyncio.CancelledError:
        course.ended("verified" if course.delivered else "stopped")
        raise
    except (Broken, OSError) as error:
        return course.ended("broken", str(error))
    else:
        return course.ended(status, note)
    finally:
        await undisturbed(_left(course))


async def _left(course: Course) -> None:
    """Let the gateway know that the run is over; one that is away has its keys run out."""
    with suppress(Broken):
        await threaded(course.crew.lodging.end, course.run)


async def _stages(course: Course) -> tuple[Status, str]:
    """How a run ends: its stages tried, as many at a time as was asked."""
    legs = course.job.plan.legs
    done = {(one.model, one.attempt) for one in course.run.stages if one.result in DONE}
    left = [place for place, leg in enumerate(legs) if (leg.model, leg.attempt) not in done]
    while left:
        if course.left() == 0:
            return "time", f"the limit of {course.job.time:g} s came first"
        places_now, why = _allowed(course, left[: course.job.parallel])
        if not places_now:
            return "budget", why
        if await _together(course, [legs[place] for place in places_now]):
            return "verified", ""
        left = left[len(places_now) :]
    return ("time", "") if course.left() == 0 else ("exhausted", "")


def _allowed(course: Course, wanted: Sequence[int]) -> tuple[list[int], str]:
    """Those stages of the plan that may begin now, as if each before them cost what is expected; and why the next may not."""
    plan, paid = course.job.plan, spent(course.run)
    found: list[int] = []
    for place in wanted:
        why = planner.refusal(plan, place + 1, paid, course.job.budget)
        if why:
            return found, why
        found.append(place)
        paid = None if paid is None else paid + (plan.legs[place].cost or 0)
    return found, ""


async def _together(course: Course, legs: Sequence[Leg]) -> bool:
    """Try some stages side by side; whether one was verified. The first that is ends the others."""
    first = max((one.number for one in course.run.stages), default=0) + 1
    tasks = [asyncio.ensure_future(tried(course, leg, number)) for number, leg in enumerate(legs, first)]
    try:
        for task in asyncio.as_completed(tasks):
            if (await task).result == "verified":
                return True
        return False
    finally:
        for task in tasks:
            task.cancel()
        await undisturbed(_gone(tasks))


async def _gone(tasks: Sequence["asyncio.Future[Stage]"]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
