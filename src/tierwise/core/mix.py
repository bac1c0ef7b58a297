"""What an agent's work is made of, in tokens: the standard mix by which list prices of models are compared."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from tierwise.core.catalog import Rates


class Mix(Struct, frozen=True):
    """Tokens of a standard mix of agent calls."""

    fresh: int
    read: int
    written: int
    output: int


STANDARD: Final = Mix(fresh=214, read=959_345, written=33_682, output=6_759)
"""A million tokens in the shares of the 17,254 logged Claude Code calls (sessions_claude_code_calls.parquet)."""


def at_list(tokens: Mix, rates: Sequence[Rates]) -> int:
    """What the mix costs at some prices (their lowest tier)."""
    rate = rates[0]
    parts = (tokens.fresh * rate.fresh, tokens.read * rate.read, tokens.written * rate.write_5m, tokens.output * rate.output)
    return sum(parts) // rate.per
