"""Frames: how records lie in a file, so that what was cut off or spoilt is told from what is whole.

    frame = MAGIC (4 bytes) | length of the payload (4) | CRC-32 of seed, length and payload (4) | payload

Theory of operation. A file only grows at its end, so a process that dies leaves at most one frame that is not whole, the last. Disks and
people do worse. Where a frame does not fit its checksum, the next place is sought where one does, and what lies between is a `Damage`
with its place and reason: nothing is skipped in silence, and nothing behind it is lost. The checksum begins with a seed from the file's
name, which no client knows: a prompt that looks like a frame is not taken for one.
"""

import struct
import zlib
from typing import Final

from msgspec import Struct

MAGIC: Final = b"\xf7tw\n"
"""No UTF-8 text has it."""

HEAD: Final = struct.Struct("<4sII")
LENGTH: Final = struct.Struct("<I")
LONGEST: Final = (1 << 32) - 1
AT_ONCE: Final = 5 << 10
"""Bytes up to which zlib keeps the interpreter's lock: to give it up would be cheap, to get it back from a busy event loop takes 5 ms."""


class Frame(Struct, frozen=True, gc=False):
    """Where a whole frame lies."""

    start: int
    end: int

    def payload(self, text: bytes) -> bytes:
        """What is in it."""
        return text[self.start + HEAD.size : self.end]


class Damage(Struct, frozen=True, gc=False):
    """Where no frame can be read, and why."""

    start: int
    end: int
    because: str


class Scan(Struct, frozen=True):
    """What lies in a file, in its order; `end` is how far that goes, `because` why the rest (if any) cannot be read yet."""

    pieces: tuple[Frame | Damage, ...]
    end: int
    because: str = ""


def head(payload: bytes, seed: int) -> bytes:
    """What stands before a payload; ValueError where it is longer than a frame can be."""
    size = len(payload)
    if size > LONGEST:
        raise ValueError(f"{size:,} bytes are more than a frame holds")
    return HEAD.pack(MAGIC, size, checksum(payload, zlib.crc32(LENGTH.pack(size), seed)))


def checksum(payload: bytes, begun: int) -> int:
    """A CRC-32 that goes on from another, without giving up the interpreter's lock."""
    if len(payload) <= AT_ONCE:
        return zlib.crc32(payload, begun)
    view = memoryview(payload)
    for at in range(0, len(payload), AT_ONCE):
        begun = zlib.crc32(view[at : at + AT_ONCE], begun)
    return begun


def scanned(text: bytes, seed: int, start: int = 0, *, closed: bool = False) -> Scan:
    """The frames of a file from a place on. What is not whole at its end may become so, unless the file is `closed`: then it is damage."""
    pieces: list[Frame | Damage] = []
    at, because = start, ""
    while at < len(text):
        end, because = _read(text, at, seed)
        if end:
            pieces.append(Frame(at, end))
            at = end
            continue
        found = _sought(text, at + 1, seed)
        if not found and not closed:
            break
        pieces.append(Damage(at, found or len(text), because))
        at = found or len(text)
    return Scan(tuple(pieces), at, because if at < len(text) else "")


def whole(text: bytes | memoryview, end: int) -> int:
    """Where the last of the frames ends that lie one after the other in a text, before a place in it."""
    at = 0
    while at + HEAD.size <= end:
        following = at + HEAD.size + int(HEAD.unpack_from(text, at)[1])
        if following > end:
            break
        at = following
    return at


def leading(text: bytes, seed: int) -> tuple[Frame, ...]:
    """The frames that a file begins with; what comes behind the first place where there is none means nothing."""
    found: list[Frame] = []
    at = 0
    while (end := _read(text, at, seed)[0]) > 0:
        found.append(Frame(at, end))
        at = end
    return tuple(found)


def _read(text: bytes, at: int, seed: int) -> tuple[int, str]:
    """Where the frame at a place ends, or 0 and why there is none."""
    there = len(text) - at
    if there < HEAD.size:
        return 0, f"cut off after {there} bytes, within a frame's head"
    magic, size, checksum = HEAD.unpack_from(text, at)
    if magic != MAGIC:
        return 0, "no frame begins here"
    if size > there - HEAD.size:
        return 0, f"cut off: {there - HEAD.size:,} of {size:,} bytes are there"
    body = memoryview(text)[at + HEAD.size : at + HEAD.size + size]
    if zlib.crc32(body, zlib.crc32(LENGTH.pack(size), seed)) != checksum:
        return 0, "the checksum does not match"
    return at + HEAD.size + size, ""


def _sought(text: bytes, start: int, seed: int) -> int:
    """Where the next whole frame begins, 0 where none does."""
    at = text.find(MAGIC, start)
    while at >= 0:
        if _read(text, at, seed)[0]:
            return at
        at = text.find(MAGIC, at + 1)
    return 0
