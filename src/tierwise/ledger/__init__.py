"""Records of what was served: entries in, questions out. A store is a variant behind `Ledger`; the first one is memory."""

from collections.abc import Sequence
from typing import Protocol

from tierwise.core.entry import Entry


class Ledger(Protocol):
    """Where entries go. `record` never waits and never fails: a request must not suffer from its own record."""

    def record(self, entry: Entry) -> None:
        """Keep an entry."""

    def find(self, name: str) -> Entry | None:
        """The entry of a request's id, None where it is not (or no longer) there."""

    def recent(self, count: int) -> Sequence[Entry]:
        """The latest entries, the latest first."""

    async def close(self) -> None:
        """Write down whatever is not written yet."""
