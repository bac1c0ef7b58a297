"""A run on the disk: what was asked once, then the run again whenever something of it has changed, one JSON object a line, each synced.

So a run that was killed can be read up to its last line and go on from there. A line that was cut off is not read. Whoever works on a run
holds a lock on its journal; the lock ends with the process, however that ends.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tierwise.core.run import Run
from tierwise.runner import Broken, places
from tierwise.runner.git import Repository
from tierwise.runner.planner import Plan

BUSY: Final = frozenset({errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK})
TRIES: Final = 5
PAUSE: Final = 0.02
"""How often a lock is tried for, and the seconds between: whoever lists runs looks at it for a moment."""


class Job(Struct, frozen=True, tag="job"):
    """All that was asked of a run, so that it can go on later.

    `agent` names the kind of agent ('' for the one recognised), `prompt` and `carry` say what the agent is told, `protect` what is put back
    before a check, `kept` which variables of the person's environment a check sees besides. Times are in seconds (None: no limit). `patch`
    is the file that the result goes to ('' for a branch), `hold` leaves the trees of failed stages there. `config` is the file of settings.
    """

    repository: Repository
    command: tuple[str, ...]
    verify: tuple[str, ...]
    plan: Plan
    agent: str = ""
    prompt: str = ""
    task: str = ""
    kind: str = ""
    protect: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    budget: int | None = None
    time: float | None = None
    agent_time: float = 3600.0
    check_time: float = 900.0
    parallel: int = 1
    carry: bool = False
    patch: str = ""
    hold: bool = False
    policy: str = ""
    config: str = ""


Line = Job | Run
_LINE: Final = msgspec.json.Decoder(Line)
_ENCODER: Final = msgspec.json.Encoder()


class Journal(Struct, eq=False):
    """The journal of a run that this process works on."""

    folder: Path
    descriptor: int

    def put(self, line: Line) -> None:
        """Add a line, and wait until it is on the disk; Broken where there is no room."""
        data = _ENCODER.encode(line) + b"\n"
        try:
            size = os.fstat(self.descriptor).st_size
            if os.write(self.descriptor, data) != len(data):
                os.ftruncate(self.descriptor, size)
                raise Broken(f"{self.folder}: the disk is full")
            os.fsync(self.descriptor)
        except OSError as error:
            raise Broken(f"{self.folder}: its journal cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Let go of it."""
        os.close(self.descriptor)


class Past(Struct, frozen=True):
    """A run as it was found on the disk; `running` says whether a process works on it."""

    folder: Path
    job: Job | None
    run: Run | None
    running: bool

    @property
    def name(self) -> str:
        """Its id."""
        return self.folder.name

    @property
    def over(self) -> bool:
        """Whether it has come to an end."""
        return self.run is not None and self.run.status != "running"


def opened(folder: Path) -> Journal:
    """The journal of a run, to go on with; Broken where another process works on it."""
    places.folder(folder)
    descriptor = os.open(folder / places.JOURNAL, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    for _ in range(TRIES):
        if _locked(descriptor, fcntl.LOCK_EX):
            _whole(descriptor)
            return Journal(folder, descriptor)
        time.sleep(PAUSE)
    os.close(descriptor)
    raise Broken(f"run {folder.name} is running")


def _whole(descriptor: int) -> None:
    """End a last line that was cut off, so that the next one is read."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        os.write(descriptor, b"\n")


def _locked(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in BUSY:
            return False
        raise
    return True


def read(folder: Path) -> Past:
    """A run as its folder has it."""
    job: Job | None = None
    run: Run | None = None
    for line in _lines(folder / places.JOURNAL):
        if isinstance(line, Job):
            job = line
        else:
            run = line
    return Past(folder, job, run, _running(folder / places.JOURNAL))


def _lines(path: Path) -> Iterator[Line]:
    """The whole lines of a journal; what cannot be read is left out."""
    try:
        data = path.read_bytes()
    except OSError:
        return
    for line in data.split(b"\n"):
        try:
            yield _LINE.decode(line)
        except msgspec.DecodeError:
            continue


def _running(path: Path) -> bool:
    """Whether a process holds the lock of a journal."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def listed() -> list[Past]:
    """All runs on this machine, the latest first."""
    try:
        found = [read(one) for one in places.root().iterdir() if one.is_dir() and not one.name.startswith(".")]
    except FileNotFoundError:
        return []
    return sorted(found, key=lambda one: (one.run.at if one.run is not None else 0, one.name), reverse=True)
