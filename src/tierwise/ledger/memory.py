"""Entries kept in memory, the latest few: enough to look at while the gateway runs, bounded whatever happens.

They are kept as bytes. An entry is some hundred objects, and a thousand entries that are alive make every object that a request makes and
lets go of lie somewhere else in memory: requests would take a tenth longer.
"""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import islice
from typing import Final

from msgspec import Struct

from tierwise.core.entry import Entry, Record
from tierwise.ledger.records import bare, decoded, encoded

KEPT: Final = 1000
"""Entries kept: each holds its receipt, some ten kilobytes."""


class Memory(Struct):
    """The latest entries by id, the latest last, without what was asked and answered."""

    entries: OrderedDict[str, bytes]
    kept: int = KEPT

    def record(self, record: Record) -> None:
        """Keep an entry. What is told of a request afterwards is not kept here."""
        if isinstance(record, Entry):
            self.keep(record.id, encoded(bare(record)))

    def keep(self, name: str, payload: bytes) -> None:
        """Keep the bytes of an entry; the oldest one goes."""
        self.entries[name] = payload
        if len(self.entries) > self.kept:
            self.entries.popitem(last=False)

    def find(self, name: str) -> Entry | None:
        """The entry of a request's id."""
        payload = self.entries.get(name)
        return None if payload is None else _entry(payload)

    def recent(self, count: int) -> Sequence[Entry]:
        """The latest entries, the latest first."""
        return list(map(_entry, islice(reversed(self.entries.values()), count)))

    async def close(self) -> None:
        """Nothing is left to write."""


def _entry(payload: bytes) -> Entry:
    found = decoded(payload)
    if not isinstance(found, Entry):
        raise TypeError("only entries are kept")
    return found


def opened(kept: int = KEPT) -> Memory:
    """An empty memory."""
    return Memory(OrderedDict(), kept)
