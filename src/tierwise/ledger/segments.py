"""The spool's folder: numbered files, each written by one process at a time, and who has which.

    HOLDER-00000001.spool           frames (framing.py); its writer holds a lock on it until it goes on to the next
    HOLDER-00000001.at-N.damaged    bytes that could not be read
    HOLDER-00000001.at-N.refused    a frame whose record the store does not take
    positions.json                  how much of each file is in the store
    writer.lock                     locked by the process that moves what is here into the store

Theory of operation. A lock ends with its process, however that ends. So a file whose lock is free has its last byte: its process went on
to the next file, or is dead. A file gets its name only after its lock, so that nobody finds it without. Only the process that holds
writer.lock removes files or puts others in their place.
"""

import errno
import os
import re
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

if sys.platform != "win32":
    import fcntl

SUFFIX: Final = ".spool"
NEW: Final = ".new"
NAME: Final = re.compile(r"([A-Za-z0-9_.-]+)-([0-9]{8,})\.spool(?![\s\S])")
POSITIONS: Final = "positions.json"
LOCK: Final = "writer.lock"
PRIVATE: Final = 0o600
PART: Final = 8 << 20


class Segment(Struct, frozen=True):
    """A file of a process: its number, and its size when it was looked at."""

    path: Path
    holder: str
    number: int
    size: int = 0


def seed(holder: str) -> int:
    """What a holder's checksums begin with."""
    return zlib.crc32(holder.encode())


def listed(folder: Path) -> list[Segment]:
    """Every file of frames, those of each process in their order."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            match = NAME.match(entry.name)
            if match is not None:
                found.append(Segment(Path(entry.path), match[1], int(match[2]), _size(entry)))
    return sorted(found, key=lambda one: (one.holder, one.number))


def _size(entry: "os.DirEntry[str]") -> int:
    """A file's size; none where it has just been removed."""
    try:
        return entry.stat().st_size
    except FileNotFoundError:
        return 0


def name(holder: str, number: int) -> str:
    """The name of a file."""
    return f"{holder}-{number:08}{SUFFIX}"


def created(folder: Path, holder: str, number: int) -> int:
    """A new file, locked before anybody sees it; its descriptor."""
    path = folder / name(holder, number)
    early = path.with_suffix(NEW)
    found = os.open(early, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND, PRIVATE)
    try:
        lock(found)
        early.rename(path)
        sync_folder(folder)
    except OSError:
        os.close(found)
        early.unlink(missing_ok=True)
        raise
    return found


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlast a power cut."""
    found = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(found)
    finally:
        os.close(found)


def lock(descriptor: int) -> None:
    """Lock a file; BlockingIOError where another process has it."""
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def opened(path: Path) -> Iterator[tuple[int, bool]]:
    """A file to read, and whether it has its last byte. Where it has, it stays locked meanwhile."""
    found = _readable(path)
    try:
        try:
            lock(found)
        except BlockingIOError:
            yield found, False
        else:
            yield found, True
    finally:
        os.close(found)


def _readable(path: Path) -> int:
    """A file opened so that it can be locked: some shared disks lock only what may be written to, read-only ones cannot be."""
    try:
        return os.open(path, os.O_RDWR)
    except OSError as error:
        if error.errno not in (errno.EROFS, errno.EACCES):
            raise
        return os.open(path, os.O_RDONLY)


def replace(path: Path, text: bytes) -> None:
    """Put a file in the place of what is there, whole or not at all."""
    early = path.with_name(f"{path.name}{NEW}")
    found = os.open(early, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, PRIVATE)
    try:
        with os.fdopen(found, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        early.replace(path)
    except OSError:
        early.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def positions(folder: Path) -> Mapping[str, int]:
    """How much of each file is in the store, as the writer last said."""
    try:
        return msgspec.json.decode((folder / POSITIONS).read_bytes(), type=dict[str, int])
    except (OSError, msgspec.DecodeError):
        return {}


def tell_positions(folder: Path, said: Mapping[str, int]) -> None:
    """Say how much of each file is in the store. Gauges read it, and nothing else depends on it, so that it need not outlast a crash."""
    early = folder / f"{POSITIONS}{NEW}"
    early.write_bytes(msgspec.json.encode(said))
    early.replace(folder / POSITIONS)


def read(descriptor: int, start: int) -> bytes:
    """A file from a place on."""
    parts = []
    while part := os.pread(descriptor, PART, start):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


@contextmanager
def only_one(folder: Path) -> Iterator[bool]:
    """Whether nobody else moves what is in a folder; nobody will, meanwhile."""
    found = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, PRIVATE)
    try:
        try:
            lock(found)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(found)
