"""`tierwise cascade`: a coding agent tries a task with the cheapest model first; checks decide whether the next one has to.

tierwise cascade --verify 'pytest -q' -- claude -p 'fix the failing test' --allowedTools Bash,Edit
tierwise cascade --tasks tasks.jsonl --output results.jsonl -- claude -p '{prompt}'
tierwise cascade list | clean | resume [RUN]
"""

import argparse
import math
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from tierwise import assembly
from tierwise.cli import cascading, planning, runs, terminal
from tierwise.cli.cascading import Asked
from tierwise.cli.keys import dollars
from tierwise.core.budgets import BadBudget
from tierwise.core.money import shown
from tierwise.core.run import Run
from tierwise.runner import Broken, batch, journal, shelf
from tierwise.runner.journal import Job, Past
from tierwise.runner.planner import GOALS, Plan

NOT_VERIFIED: Final = 1
LATEST: Final = ""
UNITS: Final[Mapping[str, int]] = MappingProxyType({"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400})
LENGTH: Final = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)([smhd]?)")


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.usage = (
        "tierwise cascade [options] --verify CMD [--verify CMD] -- AGENT COMMAND...\n       tierwise cascade list | clean | resume [RUN]"
    )
    _task(parser)
    _models(parser)
    _limits(parser)
    _outcome(parser)
    parser.add_argument(
        "words", nargs="*", metavar="COMMAND", help="the agent's command line, after --; {prompt}, {model} and {url} in it are filled in"
    )
    parser.set_defaults(run=run)


def _task(parser: argparse.ArgumentParser) -> None:
    one = parser.add_argument_group("the task")
    one.add_argument(
        "--verify", metavar="CMD", action="append", default=[], help="a command that passes when the work is good (again for more)"
    )
    one.add_argument(
        "--protect", metavar="PATH", action="append", default=[], help="put this back as it was before verifying: tests, settings"
    )
    one.add_argument("--repository", metavar="FOLDER", default=".", help="the repository (default: here)")
    one.add_argument("--commit", metavar="REV", default="HEAD", help="what to start from (default: HEAD)")
    one.add_argument("--prompt", metavar="TEXT", default="", help="what stands for {prompt} in the agent's command")
    one.add_argument("--kind", metavar="KIND", default="", help="the kind of work it is planned for (default: debug, an issue to fix)")
    one.add_argument("--agent", metavar="NAME", default="", help="which agent the command starts, where its name does not say it")
    one.add_argument("--env", metavar="NAME", action="append", default=[], help="a variable of yours that checks may see")
    one.add_argument("--carry", action="store_true", help="tell the next stage what failed")
    one.add_argument("--tasks", metavar="FILE", help="many tasks, one JSON object a line: id, repository, commit, prompt, verify")


def _models(parser: argparse.ArgumentParser) -> None:
    one = parser.add_argument_group("the models")
    one.add_argument("--models", metavar="A,B,C", default="", help="these models, in this order (default: as planned from evidence)")
    one.add_argument("--policy", choices=tuple(GOALS), help="plan; match: least cost for the best model's quality; most: most for its cost")
    one.add_argument(
        "--beyond", metavar="POINTS", type=_points, default=0.0, help="with match: promise so many points more than the best single model"
    )
    one.add_argument("--attempts", metavar="N", type=_count, help="the most attempts of one model")
    one.add_argument("--stages", metavar="N", type=_count, default=5, help="the most attempts in all (default: 5)")
    one.add_argument(
        "--false-pass", metavar="SHARE", type=float, default=0.0, help="the share of bad work that the checks pass (default: 0)"
    )
    one.add_argument(
        "--false-fail", metavar="SHARE", type=float, default=0.0, help="the share of good work that the checks fail (default: 0)"
    )
    one.add_argument("--plan", action="store_true", help="print the plan and why, and do nothing")


def _limits(parser: argparse.ArgumentParser) -> None:
    one = parser.add_argument_group("the limits")
    one.add_argument("--budget", metavar="USD", help="the most that a run may cost; of a batch: each task")
    one.add_argument("--worth", metavar="USD", help="plan no stage that costs more than this for each further result, on average")
    one.add_argument("--time", metavar="LIMIT", type=_seconds, help="the most time that a run may take: 90s, 45m, 2h")
    one.add_argument("--agent-time", metavar="LIMIT", type=_seconds, default=3600.0, help="the same for one attempt (default: 1h)")
    one.add_argument("--check-time", metavar="LIMIT", type=_seconds, default=900.0, help="the same for one check (default: 15m)")
    one.add_argument(
        "--parallel",
        metavar="K",
        type=_count,
        default=1,
        help="attempts side by side, the first that passes ends the others; of a batch: tasks",
    )


def _outcome(parser: argparse.ArgumentParser) -> None:
    one = parser.add_argument_group("the outcome")
    one.add_argument(
        "--patch", metavar="FILE", default="", help="leave the result as a patch (of a batch: patches in this folder), not a branch"
    )
    one.add_argument("--output", metavar="FILE", help="the results of a batch (default: standard output)")
    one.add_argument("--keep-trees", action="store_true", help="leave the trees of failed attempts for looking at")
    one.add_argument(
        "--resume",
        metavar="RUN",
        nargs="?",
        const=LATEST,
        help="go on with a run that was interrupted (default: the latest), or with a batch",
    )
    one.add_argument("--all", action="store_true", help="clean: also runs that could go on")
    one.add_argument("--json", action="store_true", help="for a program")


def _count(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _points(text: str) -> float:
    """Points of a hundred as a share."""
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not -100 < found < 100:  # noqa: PLR2004  # as many as there are
        raise argparse.ArgumentTypeError(f"{text!r} is no number of points; write one between -100 and 100, such as 5.5")
    return found / 100


def _seconds(text: str) -> float:
    found = LENGTH.fullmatch(text.strip().lower())
    if found is None or not float(found[1]):
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time; write 90s, 45m or 2h")
    return float(found[1]) * UNITS[found[2]]


def run(asked: argparse.Namespace) -> int:
    """Do what is asked."""
    act = asked.words[0] if asked.words and not asked.verify and not asked.tasks else ""
    if act in ACTS:
        return ACTS[act](asked)
    if asked.resume is not None and not asked.tasks:
        return resumed(asked, asked.resume)
    if asked.plan:
        return _planned(asked, planning.plan(assembly.opened(_config(asked)), _wishes(asked)))
    if not asked.words:
        raise Broken("no agent: write its command line after --, as in tierwise cascade --verify 'make test' -- claude -p 'fix the tests'")
    if asked.tasks:
        return batched(asked)
    if asked.output:
        raise Broken("--output takes the results of a batch; it goes with --tasks")
    if not asked.verify:
        raise Broken("nothing to verify with: give --verify CMD, a command that passes when the work is good")
    return single(asked)


def single(asked: argparse.Namespace) -> int:
    """One task."""
    plan = planning.plan(assembly.opened(_config(asked)), _wishes(asked))
    job = cascading.job(asked, Asked(verify=tuple(asked.verify), prompt=asked.prompt), plan, _budget(asked))
    if job.repository.dirty:
        print(
            f"tierwise: {job.repository.shown} has uncommitted changes; the cascade works on {job.repository.commit[:12]} without them",
            file=sys.stderr,
        )
    print(f"tierwise: {planning.line(plan)}", file=sys.stderr)
    return _told(asked, cascading.driven(cascading.Start(_config(asked)), job))


def _wishes(asked: argparse.Namespace, kind: str = "") -> planning.Wishes:
    return planning.Wishes(
        models=tuple(one.strip() for one in asked.models.split(",") if one.strip()),
        goal=asked.policy or "match",
        kind=kind or asked.kind,
        attempts=asked.attempts,
        stages=asked.stages,
        budget=_budget(asked),
        worth=None if asked.worth is None else dollars(asked.worth),
        errs=(asked.false_pass, asked.false_fail),
        beyond=asked.beyond,
    )


def _budget(asked: argparse.Namespace) -> int | None:
    if asked.budget is None:
        return None
    found = dollars(asked.budget)
    if found <= 0:
        raise BadBudget(f"--budget: {asked.budget} pays for nothing")
    return found


def _config(asked: argparse.Namespace) -> Path | None:
    return Path(asked.config) if asked.config else None


def _planned(asked: argparse.Namespace, plan: Plan) -> int:
    """Print a plan."""
    if asked.json:
        terminal.show_json(planning.told(plan))
    else:
        terminal.show(*planning.shown(plan))
    return 0


def _told(asked: argparse.Namespace, done: cascading.Done) -> int:
    """Print what came of a run; the exit code."""
    if done.run is not None:
        spent = {one.number: runs.Cost(one.requests or 0, one.cost or 0, one.unpriced or (one.cost is None)) for one in done.run.stages}
        if asked.json:
            terminal.show_json(runs.told(done.run, spent))
        else:
            terminal.show(*runs.story(done.run, spent), *_next(done.run))
    return done.code


def _next(run: Run) -> list[str]:
    """What can be done now."""
    if run.branch:
        return [f"Look at it: git diff {run.commit[:12]} {run.branch}", f"Take it:    git merge {run.branch}"]
    if run.patch:
        return [f"Take it: git apply {run.patch}"]
    if run.status in {"stopped", "budget", "time", "broken"}:
        return [f"Go on: tierwise cascade resume {run.id}"]
    return []


def resumed(asked: argparse.Namespace, said: str) -> int:
    """Go on with a run."""
    past = shelf.found(said) if said else shelf.latest()
    if past.job is None:
        raise Broken(f"run {past.name} left no journal to go on from")
    job = cascading.again(past.job, asked, _budget(asked))
    return _told(asked, cascading.driven(cascading.Start(Path(job.config) if job.config else None), job, past))


def batched(asked: argparse.Namespace) -> int:
    """Many tasks."""
    tasks = batch.read(Path(asked.tasks))
    for one in tasks:
        if not (one.verify or asked.verify):
            raise Broken(f"{asked.tasks}: task {one.id!r} has no verify command; give it one, or --verify for all")
    house = assembly.opened(_config(asked))
    plans = {kind: planning.plan(house, _wishes(asked, kind)) for kind in {one.kind for one in tasks}}

    def job(task: batch.Task) -> Job:
        said = Asked(
            verify=batch.several(task.verify) or tuple(asked.verify),
            prompt=task.prompt or asked.prompt,
            task=task.id,
            kind=task.kind,
            protect=batch.several(task.protect),
            where=(task.repository or asked.repository, task.commit or asked.commit),
        )
        return cascading.job(asked, said, plans[task.kind], _budget(asked))

    return cascading.batch_driven(asked, cascading.Start(_config(asked)), tasks, job)


def listed(asked: argparse.Namespace) -> int:
    """Print the runs of this machine."""
    found = journal.listed()
    if asked.json:
        terminal.show_json([_row(one) for one in found])
        return 0
    rows = [tuple(str(value) for value in _cells(one)) for one in found]
    terminal.show(
        terminal.table(("run", "repository", "task", "status", "stages", ">cost", "result", "trees left"), rows), f"{len(found)} runs"
    )
    return 0


def _row(one: Past) -> dict[str, Any]:
    run = one.run
    return {
        "run": one.name,
        "status": _status(one),
        "running": one.running,
        "repository": run.repository if run else "",
        "task": run.task if run else "",
        "result": batch.result(run) if run else None,
        "folder": str(one.folder),
        "trees": list(shelf.trees(one)),
    }


def _cells(one: Past) -> tuple[object, ...]:
    row, run = _row(one), one.run
    said = row["result"] or {}
    cost = "-" if run is None else "unknown" if said["cost"] is None else shown(round(said["cost"] * 10**12), 4)
    left = said.get("branch") or said.get("patch") or "-"
    return (
        one.name,
        row["repository"] or "-",
        row["task"] or "-",
        row["status"],
        said.get("stages", "-"),
        cost,
        left,
        len(row["trees"]) or "-",
    )


def _status(one: Past) -> str:
    """How a run stands: one that nobody works on and that has no end was cut off."""
    if one.running:
        return "running"
    return "interrupted" if not one.over or one.run is None else one.run.status


def cleaned(asked: argparse.Namespace) -> int:
    """Remove what runs have left: all of those that are named or have ended, else the trees of those that were interrupted."""
    said = asked.words[1:]
    chosen = [shelf.found(one) for one in said] if said else [one for one in journal.listed() if not one.running]
    problems: list[str] = []
    for one in chosen:
        whole = bool(said) or asked.all or not shelf.open_ended(one)
        problems += shelf.cleaned(one, whole=whole)
        print(f"{one.name}: {'removed' if whole else 'its trees are removed; resume goes on, clean with its name removes it'}")
    for why in problems:
        print(f"tierwise: {why}", file=sys.stderr)
    if not chosen:
        print("Nothing to clean.")
    return NOT_VERIFIED if problems else 0


def _again(asked: argparse.Namespace) -> int:
    return resumed(asked, asked.words[1] if len(asked.words) > 1 else LATEST)


ACTS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = MappingProxyType({"list": listed, "clean": cleaned, "resume": _again})
