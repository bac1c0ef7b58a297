"""The trace that a request belongs to, as W3C Trace Context has it in the traceparent header."""

import re
from typing import Final

from msgspec import Struct

HEADER: Final = "traceparent"
SAMPLED: Final = 1
FORM: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?![\s\S])")
LATER: Final = re.compile(r"((?!ff|00)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})-[\x21-\x7e]*(?![\s\S])")
"""Versions after 00 may have more behind; it is left out."""


class Parent(Struct, frozen=True, gc=False):
    """The span that asked: its trace, its own id, and whether the trace is recorded."""

    trace: int
    span: int
    sampled: bool


def traceparent(text: str) -> str:
    """What a header says of the trace, '' where that is not as it has to be: then the request begins a trace of its own."""
    said = text.strip()
    if FORM.match(said):
        return said
    later = LATER.match(said)
    return later[1] if later else ""


def parent(text: str) -> Parent | None:
    """The span that a traceparent names."""
    said = traceparent(text)
    if not said:
        return None
    _, trace, span, flags = said.split("-")
    return Parent(int(trace, 16), int(span, 16), bool(int(flags, 16) & SAMPLED))
