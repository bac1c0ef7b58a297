"""What becomes of work that has passed: a branch in the person's repository, or a patch."""

import os
import tempfile
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from tierwise.core.run import Run, Stage
from tierwise.runner import Broken, git, press
from tierwise.runner.git import Repository
from tierwise.runner.journal import Job
from tierwise.runner.press import Press

BRANCH: Final = "tierwise/cascade/"
LINE: Final = 68


def branch(run: str) -> str:
    """The branch that a run's result is left on."""
    return BRANCH + run


def deliver(job: Job, run: Run, stage: Stage, pressed: Press, state: str) -> Run:
    """Leave a state of the tree where it was asked for; the run with the place of it. Broken where it could not be."""
    if job.patch:
        _written(Path(job.patch), press.difference(pressed, state))
        return replace(run, patch=job.patch)
    press.committed(pressed, state, message(job, run, stage))
    try:
        press.delivered(pressed, job.repository, branch(run.id))
    except git.GitWrong as error:
        rescued = Path(pressed.folder).parents[1] / "result.patch"
        _written(rescued, press.difference(pressed, state))
        raise Broken(f"the branch {branch(run.id)} could not be made ({error}); what passed is in {rescued}") from None
    return replace(run, branch=branch(run.id))


def there(repository: Repository, run: str) -> bool:
    """Whether a run's branch is in the person's repository: it is made only of work that has passed."""
    try:
        git.run(("--git-dir", repository.folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch(run)}"))
    except git.GitWrong:
        return False
    return True


def message(job: Job, run: Run, stage: Stage) -> str:
    """What the commit says."""
    first = " ".join((job.task or job.prompt or "verified work").split())
    lines = [f"Cascade: {first if len(first) <= LINE else first[: LINE - 3] + '...'}", ""]
    lines += [f"Made by {stage.model}, attempt {stage.attempt}, stage {stage.number} of run {run.id}.", "Passed:"]
    return "\n".join((*lines, *(f"  {one}" for one in job.verify), ""))


def _written(path: Path, content: bytes) -> None:
    """Write a file in one step."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
