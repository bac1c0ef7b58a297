"""Where the prompt may be cached: a chain of digests over tools, system text and each message.

Text that a client changes on every call (named in the client's file) is left out of the chain.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from tierwise.core.catalog import Tables
from tierwise.core.decision import Prefix
from tierwise.core.request import Mark, Request
from tierwise.engine.parts import Signal

DIGITS: Final = 8
VOLATILE: Final = "volatile"


def _read(request: Request, _tables: Tables, _facts: Mapping[str, Any]) -> Prefix:
    marked = request.cache_marks > 0
    if request.known is not None:
        return Prefix(request.known.marks, request.known.anchor, request.cache_ttl, marked)
    chain, size, anchor = b"", 0, 0
    marks = []
    for segment in request.segments:
        size += len(segment.raw)
        if segment.kind != VOLATILE:
            chain = hashlib.sha256(chain + bytes(segment.raw)).digest()
            marks.append(Mark(chain[:DIGITS].hex(), size))
            anchor += segment.kind != "message"
    return Prefix(tuple(marks), anchor, request.cache_ttl, marked)


SIGNAL: Final = Signal("prefix", 1, _read)
