"""Where records are until they are on the disk: two files in the machine's memory, which outlast the process.

Theory of operation. A disk that is busy syncing keeps even a plain write waiting, now and then for a second; the event loop cannot wait
for it, and a process that is killed meanwhile would take its latest records with it. So each record is first copied to a file in memory,
which takes a microsecond or two. When one file is long enough, the other one is begun anew, as soon as all that is in it is on the disk.
The writer takes what a dead process left there for records like any others: most of them it has already. Where the system has no such
place, there is no front.

The files are mapped, and their memory is taken in advance, since to touch what cannot be had would end the process. A frame's head comes
last, and behind each frame there is an end: so whatever a kill interrupts, what is whole is read, and what is older is not.
"""

import os
import stat
from contextlib import suppress
from hashlib import sha256
from mmap import mmap
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.ledger import framing, segments
from tierwise.ledger.segments import Segment

MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a folder of our own in it, which nobody else may read
TURN: Final = 1 << 20
"""Bytes after which the other file is begun."""

STEP: Final = 2 << 20
MOST: Final = 8 << 20
"""Bytes of a file: at first, more at a time, and at most, while the disk takes nothing."""

OURS: Final = 0o700
NUMBERS: Final = (99_999_998, 99_999_999)
"""What the files are numbered with: no file of the spool itself has such a number."""

END: Final = bytes(len(framing.MAGIC))


class Sheet(Struct, eq=False):
    """One of the files: its length so far, the memory taken for it, and the number of the last record in it."""

    descriptor: int
    path: Path
    view: mmap
    size: int = 0
    room: int = 0
    last: int = 0

    def grown(self, size: int) -> bool:
        """Whether there is memory for so many bytes."""
        while self.room < min(size, MOST):
            if not _taken(self.descriptor, self.room + STEP):
                return False
            self.room += STEP
        return size <= self.room

    def close(self, *, safe: bool) -> None:
        """Let go of the file, and remove it if everything in it is `safe` elsewhere."""
        if safe:
            self.path.unlink(missing_ok=True)
        self.view.close()
        os.close(self.descriptor)


class Front(Struct, eq=False):
    """Two files, of which one is written to."""

    now: Sheet
    other: Sheet

    def put(self, head: bytes, payload: bytes, last: int, done: int) -> bool:
        """Put a frame at the end of `now`, of the record with a number, when so many records are on the disk; whether there was room."""
        if self.now.size >= TURN and self.other.last <= done:
            self.now, self.other = self.other, self.now
            self.now.size = 0
        sheet = self.now
        start = sheet.size
        body, end = start + len(head), start + len(head) + len(payload)
        if end + len(END) > sheet.room and not sheet.grown(end + len(END)):
            return False
        view = sheet.view
        view[body:end] = payload
        view[end : end + len(END)] = END
        view[start:body] = head
        sheet.size, sheet.last = end, last
        return True

    def close(self, *, safe: bool) -> None:
        """Let go of the files. They are removed if everything in them is `safe` elsewhere; else the writer finds them."""
        for one in (self.now, self.other):
            one.close(safe=safe)
        tidy(self.now.path.parent)


def place(folder: Path) -> Path:
    """Where the front of a spool's folder is, if it has one."""
    return MEMORY / f"tierwise-{sha256(str(folder.resolve()).encode()).hexdigest()[:16]}"


def listed(where: Path) -> list[Segment]:
    """The files of all processes there; none where there is nothing, or the folder is somebody else's."""
    try:
        return segments.listed(where) if _ours(where) else []
    except FileNotFoundError:
        return []


def _ours(where: Path) -> bool:
    """Whether a folder is ours alone: anybody could have made one of that name."""
    seen = where.lstat()
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid() and not seen.st_mode & 0o077


def tidy(where: Path) -> None:
    """Remove the folder if nothing is in it."""
    with suppress(OSError):
        where.rmdir()


def _taken(descriptor: int, size: int) -> bool:
    """Take memory for a file of so many bytes; whether there is that much."""
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError:
        return False
    return True


def opened(folder: Path, holder: str) -> Front | None:
    """A process's front, None where there can be none."""
    if not hasattr(os, "posix_fallocate"):
        return None
    where, sheets = place(folder), list[Sheet]()
    try:
        where.mkdir(mode=OURS, exist_ok=True)
        if not _ours(where):
            return None
        for number in NUMBERS:
            sheets.append(_sheet(where, holder, number))
    except OSError:
        for one in sheets:
            one.close(safe=True)
        return None
    return Front(*sheets)


def _sheet(where: Path, holder: str, number: int) -> Sheet:
    """A new file. It is as long as it may get; where nothing was put yet there is no memory either."""
    descriptor = segments.created(where, holder, number)
    try:
        os.ftruncate(descriptor, MOST)
        return Sheet(descriptor, where / segments.name(holder, number), mmap(descriptor, MOST))
    except OSError:
        (where / segments.name(holder, number)).unlink()
        os.close(descriptor)
        raise
