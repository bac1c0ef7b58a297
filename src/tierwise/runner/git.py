"""git as the runner uses it: without the person's hooks, without questions, and without writing anything that was not asked for."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.runner import Broken

LIMIT: Final = 900.0
"""Seconds that one command may take: large repositories take long, and no command may hang for ever."""
QUIET: Final = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"),
    *("-c", "advice.addEmbeddedRepo=false", "-c", "protocol.file.allow=always", "-c", "core.quotePath=false"),
)
FULL: Final = ("No space left on device", "Disk quota exceeded", "File too large", "unable to write file")
"""How git says that a disk is full."""


class GitWrong(Broken):
    """A command of git's that failed; the message is the first line of what it said."""


class Repository(Struct, frozen=True):
    """A repository: `shown` is its folder, `folder` its git folder, `prefix` the folder within it that somebody stands in ('' or 'a/b/').

    `objects` is the name of its hash. `commit` is what runs start from.
    """

    shown: str
    folder: str
    prefix: str
    commit: str
    objects: str = "sha1"
    dirty: bool = False


def clean(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for git: nothing of git's own in it, and no questions."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", **(more or {})}


def run(words: Sequence[str], env: Mapping[str, str] | None = None, where: Path | None = None, given: bytes = b"") -> bytes:
    """What a command of git's prints; GitWrong where it fails."""
    argv = ["git", *QUIET, *words]
    try:
        done = subprocess.run(argv, cwd=where, env=clean(env), input=given, capture_output=True, timeout=LIMIT, check=False)  # noqa: S603  # git, as found on the person's own path
    except OSError as error:
        raise GitWrong("git is not installed" if error.filename == "git" else f"{error.filename}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise GitWrong(f"git {_verb(words)}: took longer than {LIMIT:.0f} s") from None
    if done.returncode:
        raise GitWrong(f"git {_verb(words)}: {_said(done.stderr)}")
    return done.stdout


def _verb(words: Sequence[str]) -> str:
    """The command's own name among its options."""
    aside = {"-C", "-c", "--git-dir", "--work-tree"}
    return next((one for place, one in enumerate(words) if not one.startswith("-") and (not place or words[place - 1] not in aside)), "")


def _said(stderr: bytes) -> str:
    lines = [one.strip() for one in stderr.decode(errors="replace").splitlines() if one.strip()]
    chosen = next((one for one in lines if any(word in one for word in FULL)), None)
    chosen = chosen or next((one for one in lines if one.startswith(("fatal:", "error:"))), None) or (lines[0] if lines else "failed")
    return chosen.removeprefix("fatal: ").removeprefix("error: ")


def full(error: BaseException) -> bool:
    """Whether an error of git's means that a disk is full."""
    return any(word in str(error) for word in FULL)


def found(where: Path, commit: str = "HEAD") -> Repository:
    """The repository of a folder, at a commit; Broken says why there is none to start from."""
    if not where.is_dir():
        raise Broken(f"{where}: no such folder")
    said = ("-C", str(where), "rev-parse", "--path-format=absolute", "--git-common-dir", "--is-bare-repository", "--show-object-format")
    try:
        folder, bare, objects = run(said).decode().splitlines()[:3]
    except GitWrong as error:
        if "not a git repository" in str(error):
            raise Broken(
                f"{where}: not in a git repository; a cascade works on commits, so go to one or name it with --repository"
            ) from None
        raise
    top, prefix = folder, ""
    if bare != "true":
        top, prefix = run(("-C", str(where), "rev-parse", "--show-toplevel", "--show-prefix")).decode().split("\n")[:2]
    full_commit = _commit(where, commit)
    return Repository(top, folder, prefix, full_commit, objects, bare != "true" and _dirty(where))


def _commit(where: Path, said: str) -> str:
    """The whole name of a commit; Broken where it is none."""
    try:
        return run(("-C", str(where), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{said}^{{commit}}")).decode().strip()
    except GitWrong:
        if said == "HEAD":
            raise Broken(f"{where}: the repository has no commits yet; a cascade starts from one") from None
        raise Broken(f"{where}: no commit {said!r}") from None


def _dirty(where: Path) -> bool:
    """Whether the person's tree has changes that no commit has."""
    return bool(run(("-C", str(where), "--no-optional-locks", "status", "--porcelain", "--untracked-files=normal", "-z")).strip(b"\0"))
