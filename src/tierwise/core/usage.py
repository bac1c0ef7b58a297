"""Tokens of one call, each counted once.

`prompt` tokens are `fresh + read + write_5m + write_1h`; providers that report a total with a cached
part inside it are taken apart by the importer or wire that reads them. Reasoning tokens are part of
`output` and named beside it only for information.
"""

from msgspec import Struct


class Usage(Struct, frozen=True, gc=False, tag="usage"):
    """Token counts of one call (all whole, none negative)."""

    fresh: int = 0
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    output: int = 0
    reasoning: int = 0
    searches: int = 0

    @property
    def prompt(self) -> int:
        """All input tokens, cached or not."""
        return self.fresh + self.read + self.write_5m + self.write_1h

    @property
    def written(self) -> int:
        """Tokens written to a cache, of either lifetime."""
        return self.write_5m + self.write_1h


def added(left: Usage, right: Usage) -> Usage:
    """Two usages, field by field."""
    return Usage(
        left.fresh + right.fresh,
        left.read + right.read,
        left.write_5m + right.write_5m,
        left.write_1h + right.write_1h,
        left.output + right.output,
        left.reasoning + right.reasoning,
        left.searches + right.searches,
    )
