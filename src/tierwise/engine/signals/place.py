"""Where in its session the request stands, and what is expected to follow it."""

from collections.abc import Mapping
from typing import Any, Final

from tierwise.core.catalog import Tables
from tierwise.core.decision import Place
from tierwise.core.request import Request
from tierwise.engine.horizon import NOTHING, outlook
from tierwise.engine.parts import Signal


def _read(request: Request, tables: Tables, _facts: Mapping[str, Any]) -> Place:
    calls = request.calls if request.hints.calls is None else request.hints.calls
    alone = request.turn == "side" or "tools" not in request.needs
    row = NOTHING if alone else outlook(tables.outlooks, request.client, calls)
    output = row.output if request.hints.output is None else request.hints.output
    allowed = output if request.limit is None else min(output, request.limit)
    return Place(request.turn, calls, row.remaining, row.growth, allowed, row.ceiling)


SIGNAL: Final = Signal("place", 3, _read)
