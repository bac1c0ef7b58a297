"""Entries kept in memory: the latest, and only so many."""

import asyncio

from tierwise.core.entry import Asker, Entry, Latency
from tierwise.ledger import memory


def entry(name: str) -> Entry:
    return Entry(name, 1, Asker("", "plain", "", "openai_chat", "auto"), None, (), Latency(), 200)


def test_an_entry_is_found_by_its_id() -> None:
    kept = memory.opened()
    kept.record(entry("a"))
    assert kept.find("a") == entry("a")
    assert kept.find("b") is None


def test_the_latest_come_first() -> None:
    kept = memory.opened()
    for name in "abc":
        kept.record(entry(name))
    assert [one.id for one in kept.recent(2)] == ["c", "b"]


def test_only_so_many_are_kept() -> None:
    kept = memory.opened(2)
    for name in "abc":
        kept.record(entry(name))
    assert kept.find("a") is None
    assert [one.id for one in kept.recent(9)] == ["c", "b"]
    asyncio.run(kept.close())
