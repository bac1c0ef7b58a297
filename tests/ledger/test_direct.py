"""A ledger that hands each record to a store in its own memory."""

import asyncio
from typing import cast

from tests.ledger.samples import entry
from tierwise.core.entry import Outcome
from tierwise.ledger import Query, Store, StoreAway, memory
from tierwise.ledger.direct import Direct
from tierwise.ledger.stores import memory as stores


def test_a_record_is_found_at_once_and_in_the_store() -> None:
    store = stores.opened("memory:")
    ledger = Direct(memory.opened(), store)
    one = entry("tw-1")
    ledger.record(one)
    ledger.record(Outcome("o-1", 5, "tw-1", "", "success"))
    asyncio.run(ledger.close())
    assert ledger.find("tw-1") == one
    assert ledger.recent(5) == [one]
    assert [row.id for row in store.rows(Query())] == ["tw-1"]
    assert [told.id for told in store.outcomes("tw-1")] == ["o-1"]


def test_what_the_store_does_not_take_is_said() -> None:
    class Full:
        def add(self, _records: object) -> int:
            raise StoreAway("no room")

    told: list[str] = []
    ledger = Direct(memory.opened(), cast("Store", Full()), told.append)
    ledger.record(entry("tw-1"))
    assert told == ["record tw-1 CANNOT BE KEPT: no room"]
    assert ledger.find("tw-1") == entry("tw-1")
