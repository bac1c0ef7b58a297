"""Entries kept in memory, the latest few: enough to look at while the gateway runs, bounded whatever happens."""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import islice
from typing import Final

from msgspec import Struct

from tierwise.core.entry import Entry

KEPT: Final = 1000
"""Entries kept: each holds its receipt, some twenty kilobytes."""


class Memory(Struct):
    """The latest entries by id, the latest last."""

    entries: OrderedDict[str, Entry]
    kept: int = KEPT

    def record(self, entry: Entry) -> None:
        """Keep an entry; the oldest one goes."""
        self.entries[entry.id] = entry
        if len(self.entries) > self.kept:
            self.entries.popitem(last=False)

    def find(self, name: str) -> Entry | None:
        """The entry of a request's id."""
        return self.entries.get(name)

    def recent(self, count: int) -> Sequence[Entry]:
        """The latest entries, the latest first."""
        return list(islice(reversed(self.entries.values()), count))

    async def close(self) -> None:
        """Nothing is left to write."""


def opened(kept: int = KEPT) -> Memory:
    """An empty memory."""
    return Memory(OrderedDict(), kept)
