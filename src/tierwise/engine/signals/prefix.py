"""Where the prompt may be cached: a chain of digests over tools, system text and each message.

Text that a client changes on every call (named in the client's file) is left out of the chain.
"""

import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from msgspec import Raw

from tierwise.core.catalog import Tables
from tierwise.core.decision import Prefix
from tierwise.core.request import Mark, Request
from tierwise.engine.parts import Signal

DIGITS: Final = 8
LONG: Final = 512
"""Bytes from which on a slice goes into the chain by its length, checksum and ends.

A long prompt would cost three times as much otherwise, and two slices that are alike in all of these and differ all the same would only
make an estimate wrong.
"""

ENDS: Final = 64
FURTHER: Final = 128
"""Bytes of the ends of a long message, which goes into the chain without a checksum.

What was said is not said otherwise later; dates and the like change within the head. So most of a long prompt need not be read.
"""

VOLATILE: Final = "volatile"
MESSAGE: Final = "message"


def _read(request: Request, _tables: Tables, _facts: Mapping[str, Any]) -> Prefix:
    marked = request.cache_marks > 0
    if request.known is not None:
        return Prefix(request.known.marks, request.known.anchor, request.cache_ttl, marked)
    chain, size, anchor = b"", 0, 0
    marks = []
    for segment in request.segments:
        size += len(segment.raw)
        if segment.kind != VOLATILE:
            message = segment.kind == MESSAGE
            chain = sha256(chain + (_spoken if message else _said)(segment.raw)).digest()
            marks.append(Mark(chain[:DIGITS].hex(), size))
            anchor += not message
    return Prefix(tuple(marks), anchor, request.cache_ttl, marked)


def _said(raw: Raw) -> bytes:
    """What of a slice goes into the chain."""
    if len(raw) < LONG:
        return bytes(raw)
    seen = memoryview(raw)
    return b"%d %d %b %b" % (len(raw), zlib.crc32(raw), bytes(seen[:ENDS]), bytes(seen[-ENDS:]))


def _spoken(raw: Raw) -> bytes:
    """What of a message goes into the chain."""
    size = len(raw)
    if size < LONG:
        return bytes(raw)
    seen = memoryview(raw)
    return b"%d %b%b" % (size, bytes(seen[:FURTHER]), bytes(seen[-FURTHER:]))


SIGNAL: Final = Signal("prefix", 1, _read)
