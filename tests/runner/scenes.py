"""Small repositories, scripted agents and a gateway of paper, for the tests of the runner."""

import asyncio
import hashlib
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.run import Run, Stage
from tierwise.runner import Broken, Lodged, Spending, cascade, git
from tierwise.runner.agent import Agent
from tierwise.runner.course import Crew
from tierwise.runner.journal import Job
from tierwise.runner.planner import Leg, Plan
from tierwise.runner.processes import Watch

FIXED = "sed -i s/minus/plus/ calc.txt"
CHECK = "grep -q plus calc.txt && test -f kept.txt"


def ran(where: Path, *words: str) -> str:
    """What git says in a folder."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(where), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main")
    argv = ["git", *who, *words]
    done = subprocess.run(argv, cwd=where, env=clean, capture_output=True, check=True, text=True)  # noqa: S603  # git and our own words
    return done.stdout.strip()


def repository(folder: Path) -> Path:
    """A repository with something wrong in it, one commit."""
    (folder / "tests").mkdir(parents=True)
    (folder / "calc.txt").write_text("a minus b\n")
    (folder / "kept.txt").write_text("kept\n")
    (folder / "tests" / "t.sh").write_text("grep -q plus calc.txt\n")
    ran(folder, "init", "-q")
    ran(folder, "add", "-A")
    ran(folder, "commit", "-q", "-m", "first")
    return folder


def digest(folder: Path, *, without: Sequence[str] = ()) -> str:
    """A digest of all there is under a folder: names, kinds, modes, contents."""
    found = hashlib.sha256()
    for at, names, files in os.walk(folder):
        names.sort()
        for name in sorted((*names, *files)):
            path = Path(at) / name
            short = path.relative_to(folder).as_posix()
            if any(short.startswith(one) for one in without):
                continue
            seen = path.lstat()
            content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
            found.update(f"{short} {seen.st_mode:o} {len(content)}\n".encode() + content)
    return found.hexdigest()


class Paper(Struct):
    """A lodging that answers nothing: what each stage costs is said beforehand."""

    costs: dict[int, int | None] = {}
    keys: list[str] = []
    over: list[int] = []
    wrong: str = ""
    models: tuple[str, ...] = ()
    runs: list[Run] = []
    ends: list[str] = []
    closed: bool = False

    def key(self, run: Run, stage: Stage) -> Lodged:
        """A key that opens nothing."""
        if self.wrong:
            raise Broken(self.wrong)
        self.keys.append(f"{run.id}:{stage.number}:{stage.model}")
        return Lodged("http://127.0.0.1:9", f"tw-secret-{stage.number}", f"k-{stage.number}")

    def begin(self, _run: Run, models: Iterable[str]) -> None:
        self.models = tuple(models)

    def record(self, run: Run) -> Run:
        self.runs.append(replace(run, told=run.told + 1))
        return self.runs[-1]

    def end(self, run: Run) -> None:
        self.ends.append(run.id)

    def spent(self, _run: Run, stage: Stage) -> Spending:
        return Spending(self.costs.get(stage.number, 1000), 1)

    def ended(self, run: Run, stage: Stage) -> Spending:
        self.over.append(stage.number)
        return self.spent(run, stage)

    def close(self) -> None:
        self.closed = True


class Diary(Struct):
    """Whoever watches and is told, in one: it remembers."""

    runs: list[Run] = []
    said: list[str] = []

    def changed(self, run: Run) -> None:
        self.runs.append(run)

    def heard(self, _run: Run, _stage: Stage, text: str) -> None:
        self.said.append(text)


def crew(lodging: Paper | None = None, diary: Diary | None = None, agents: Sequence[Agent] = (), **env: str) -> Crew:
    """A crew with a gateway of paper."""
    seen = diary or Diary()
    return Crew(lodging or Paper(), agents, Watch(), seen, {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env})


def plan(*models: str, cost: int | None = 1000) -> Plan:
    """A plan of some models, one attempt after the other."""
    return Plan(tuple(Leg(one, models[:place].count(one) + 1, cost=cost) for place, one in enumerate(models)))


def job(where: Path, script: str, *models: str, **more: Any) -> Job:
    """A job for an agent that is a line of shell."""
    given = Job(git.found(where), ("sh", "-c", script), (CHECK,), plan(*(models or ("small", "large"))), agent_time=20, check_time=20)
    return replace(given, **more)


def done(job: Job, of: Crew | None = None) -> Run:
    """A run from its beginning to its end."""
    return asyncio.run(cascade.carried_out(job, of or crew()))


def trees(folder: Path) -> list[Path]:
    """What is left of stages beside what they said."""
    return [one for one in folder.glob("*/stage-*/*") if one.suffix != ".log"]
