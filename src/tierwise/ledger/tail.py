"""The end of a spool: the file that a process is writing to, and those before it that are not on the disk for certain yet."""

import errno
import os
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.ledger import framing, segments

_sync_file: Final = getattr(os, "fdatasync", os.fsync)
"""Some systems have only the slower one."""


class Tail(Struct):
    """Where frames are appended. `size` is the length of all that is whole, `left` the earlier files, still open until they are synced."""

    folder: Path
    holder: str
    most: int
    number: int = 0
    descriptor: int = -1
    size: int = 0
    left: list[int] = []

    def append(self, text: bytes | memoryview) -> tuple[int, OSError | None]:
        """Append frames; how many bytes of those that are whole are in the file now, and what kept the others out."""
        try:
            if self.descriptor < 0 or self.size >= self.most:
                self.leave()
                self.descriptor = segments.created(self.folder, self.holder, self.number + 1)
                self.number += 1
        except OSError as broken:
            return 0, broken
        done, error = written(self.descriptor, text)
        whole = done if error is None else framing.whole(text, done)
        self.size += whole
        if whole < done:
            self._cut()
        return whole, error

    def _cut(self) -> None:
        """Take a frame that is not whole off the end; where that cannot be, this file has its last byte."""
        try:
            os.ftruncate(self.descriptor, self.size)
        except OSError:
            self.leave()

    def leave(self) -> None:
        """Go on to a new file with the next frame."""
        if self.descriptor >= 0:
            self.left.append(self.descriptor)
        self.descriptor, self.size = -1, 0

    def sync(self) -> OSError | None:
        """Have the disk keep everything; what went wrong. The files that were left are let go of, whatever it was."""
        trouble = None
        for one in (*self.left, *([self.descriptor] if self.descriptor >= 0 else ())):
            try:
                _sync_file(one)
            except OSError as error:
                trouble = error
        while self.left:
            os.close(self.left.pop())
        return trouble


def written(descriptor: int, text: bytes | memoryview) -> tuple[int, OSError | None]:
    """How many bytes of a text could be written, and what kept the others out."""
    done, view = 0, memoryview(text)
    try:
        while done < len(text):
            count = os.write(descriptor, view[done:])
            if not count:
                return done, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            done += count
    except OSError as error:
        return done, error.with_traceback(None)  # it is kept for a while, and must not keep the text with it
    return done, None
