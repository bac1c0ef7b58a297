"""What the request cannot do without: what its wire stated, and the whole of its context where calls lie behind it.

Of the labelled prompts that cannot be understood without what came before, 131 of 134 have calls behind them, and of those that can,
52 of 114 are a session's first.
"""

from collections.abc import Mapping
from typing import Any, Final

from tierwise.core.catalog import Tables
from tierwise.core.decision import Needs
from tierwise.core.request import Request
from tierwise.engine.parts import FULL_CONTEXT, Signal


def _read(request: Request, _tables: Tables, _facts: Mapping[str, Any]) -> Needs:
    goes_on = request.calls > 0 and request.turn != "side"
    return Needs((*request.needs, FULL_CONTEXT) if goes_on else request.needs, request.limit, request.losses)


SIGNAL: Final = Signal("needs", 2, _read)
