"""What the console finds: in the store, joined with what is so new that only this process knows it; without a store, in memory alone."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from contextlib import closing
from typing import Any, Final, TypeVar

from msgspec import Struct

from tierwise.core.entry import Entry
from tierwise.gateway.admin.archive import Away
from tierwise.gateway.gateway import Gateway
from tierwise.ledger import Query, Row, Store
from tierwise.ledger.rows import row_of
from tierwise.ledger.stores import memory

T = TypeVar("T")

REMEMBERED: Final = 1000
"""Entries that are looked through while the store is away."""

FRESH: Final = 100
"""Entries that may be on their way to the store."""


class Found(Struct, frozen=True):
    """An answer; where it is from memory alone, why, and how many requests that knows."""

    answer: Any
    away: str = ""
    remembered: int = 0


async def found(gateway: Gateway, name: Hashable, what: Callable[[Store], Any]) -> Found:
    """The store's answer to a question by its name, or the same question answered from the latest requests in memory."""
    kept: Found | None = gateway.archive.fresh(name)
    return gateway.archive.keep(name, await _found(gateway, what)) if kept is None else kept


async def _found(gateway: Gateway, what: Callable[[Store], Any]) -> Found:
    try:
        return Found(await gateway.archive.ask(what))
    except Away as error:
        recent = gateway.ledger.recent(REMEMBERED)
        return Found(await asyncio.to_thread(remembered, recent, what), str(error), len(recent))


def remembered(recent: Sequence[Entry], what: Callable[[Store], T]) -> T:
    """What a store would say that holds these entries only."""
    with closing(memory.opened("memory:")) as store:
        store.add(recent)
        return what(store)


def joined(stored: Sequence[Row], recent: Sequence[Entry], query: Query) -> list[Row]:
    """The first page of a query: what the store has, and what it does not have yet."""
    known = {one.id: one for one in stored}
    fresh = {one.id: one for one in map(row_of, recent) if fits(one, query)}
    return sorted((fresh | known).values(), key=lambda one: (one.at, one.id), reverse=True)[: query.limit]


def fits(row: Row, query: Query) -> bool:
    """Whether a row is among those that a query asks for."""
    return (
        query.since <= row.at < query.until
        and all(getattr(row, name) == value for name, value in query.fields.items())
        and (not query.tag or query.tag in row.tags)
        and query.faulty in {None, bool(row.fault)}
        and (not query.text or row.id.startswith(query.text) or row.session.startswith(query.text))
    )
