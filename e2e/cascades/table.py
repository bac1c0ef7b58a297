"""What came of the cascades, as a table that is read alike as text and as Markdown."""

from collections.abc import Sequence
from typing import Final

from e2e.cascades.running import Outcome
from e2e.kit.table import lined

HEAD: Final = ("agent", "version", "stages, in order", "ends green", "cost", "s")


def table(outcomes: Sequence[Outcome]) -> str:
    """The table."""
    return lined([HEAD, *map(_cells, outcomes)])


def _cells(one: Outcome) -> tuple[str, ...]:
    client = one.case.agent.client
    return (client.name, client.version, one.stages, "ok" if one.ok else "FAILED", one.cost, f"{one.seconds:.0f}")
