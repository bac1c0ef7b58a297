"""A store in memory: for tests and for gateways that keep nothing. It is a SQLite database without a file; the latest entries stay."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from tierwise.core.entry import Record
from tierwise.ledger import Laid, Store, StoreKind
from tierwise.ledger.pooling import Single
from tierwise.ledger.relational import Relational
from tierwise.ledger.stores.sqlite import File

KEPT: Final = 100_000
"""Entries kept; each has some four kilobytes."""
SHED: Final = "DELETE FROM {} WHERE seq <= (SELECT max(seq) FROM entries) - ?"
TOLD: Final = "DELETE FROM outcomes WHERE rowid <= (SELECT max(rowid) FROM outcomes) - ?"
"""Outcomes have no number of their own but the one that SQLite gives every row."""


class Latest(Relational):
    """A store of which only the latest entries stay, in the order in which they came."""

    kept: int = KEPT

    def add(self, records: Sequence[Record | Laid]) -> int:
        """Keep records and settle their budgets; how many were new. As many of the oldest go as are too many."""
        count = super().add(records)
        for table in ("bodies", "receipts", "entries"):
            self.door.write(lambda session, table=table: session.ask(SHED.format(table), (self.kept,)))  # type: ignore[misc]
        self.door.write(lambda session: session.ask(TOLD, (self.kept,)))
        return count


def opened(_address: str) -> Store:
    """An empty store."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    return Latest(File("memory:", Single(connection)))


STORE: Final = StoreKind("memory", ("memory",), opened)
