"""A ledger that hands each record to its store at once: for a store in this process's own memory, which takes no time."""

from collections.abc import Sequence

from msgspec import Struct

from tierwise.core.entry import Entry, Record
from tierwise.ledger import Store, StoreAway, StoreRefuses, StoreWrong
from tierwise.ledger.loud import Say, to_stderr
from tierwise.ledger.memory import Memory


class Direct(Struct):
    """The latest entries, and the store behind them."""

    latest: Memory
    store: Store
    say: Say = to_stderr

    def record(self, record: Record) -> None:
        """Keep a record. One that the store does not take is said."""
        self.latest.record(record)
        try:
            self.store.add([record])
        except (StoreAway, StoreWrong, StoreRefuses) as error:
            self.say(f"record {record.id} CANNOT BE KEPT: {error}")

    def find(self, name: str) -> Entry | None:
        """The entry of a request's id among the latest."""
        return self.latest.find(name)

    def recent(self, count: int) -> Sequence[Entry]:
        """The latest entries, the latest first."""
        return self.latest.recent(count)

    async def close(self) -> None:
        """Nothing is left to write."""
