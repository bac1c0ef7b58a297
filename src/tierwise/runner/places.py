"""Where runs keep what they need on this machine, and how it is removed, whatever an agent has done to it."""

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

import platformdirs

FOLDER: Final = "cascades"
OURS: Final = 0o700
TREE: Final = "tree"
JOURNAL: Final = "journal.jsonl"
VARIABLE: Final = "TIERWISE_CASCADES"
TRIES: Final = 3


def root() -> Path:
    """The folder of all runs: outside every repository."""
    said = os.environ.get(VARIABLE)
    return Path(said).absolute() if said else platformdirs.user_data_path("tierwise", appauthor=False) / FOLDER


def run_of(name: str) -> Path:
    """The folder of a run."""
    return root() / name


def stage_of(run: Path, number: int) -> Path:
    """The folder of a stage."""
    return run / f"stage-{number}"


def folder(path: Path) -> Path:
    """A folder that nobody else may look into, made where it is not there."""
    path.mkdir(mode=OURS, parents=True, exist_ok=True)
    return path


def removed(path: Path) -> str:
    """Remove a file or a folder with all that is in it, never following a link; why it could not be, '' where it is gone."""
    for _ in range(TRIES):
        try:
            _removed(path)
        except OSError as error:
            why = f"{path} could not be removed: {error.strerror}"
            _opened(path)
        else:
            return ""
    return why


def _removed(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _opened(path: Path) -> None:
    """Let us into every folder under a path again: agents and their tools leave some that nobody may write to."""
    for one in (path, *(Path(at) / name for at, names, _ in os.walk(path) for name in names)):
        if not one.is_symlink():
            with suppress(OSError):
                one.chmod(stat.S_IRWXU)
