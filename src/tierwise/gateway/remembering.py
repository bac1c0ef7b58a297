"""A signal that remembers what it read.

Within a turn the person's words come again with every call of the model, so what they ask for is read once.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.catalog import Tables
from tierwise.core.request import Hints, Request
from tierwise.engine.parts import Parts, Signal

NAME = "task"
MOST = 4096


class Remembered(Struct):
    """What a signal read of words before."""

    signal: Signal
    known: dict[tuple[str, str, str, Hints], Any] = {}

    def read(self, request: Request, tables: Tables, facts: Mapping[str, Any]) -> Any:
        """The signal's fact about a request."""
        key = (request.words, request.previous, request.turn, request.hints)
        if key not in self.known:
            if len(self.known) >= MOST:
                self.known.clear()
            self.known[key] = self.signal.read(request, tables, facts)
        return self.known[key]


def remembering(parts: Parts) -> Parts:
    """Variants whose reading of the person's words is remembered."""
    signals = (replace(one, read=Remembered(one).read) if one.name == NAME else one for one in parts.signals)
    return replace(parts, signals=tuple(signals))
