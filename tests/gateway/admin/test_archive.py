import asyncio
import threading
from typing import Any

import pytest

from tests.gateway.fickle import fickle
from tests.gateway.within import run
from tierwise.gateway.admin import archive
from tierwise.gateway.admin.archive import Away
from tierwise.ledger import Query, Store


def rows(store: Store) -> Any:
    return store.rows(Query())


def test_without_a_store_everything_is_away() -> None:
    with pytest.raises(Away, match="no store is set up"):
        run(archive.opened(None).ask(rows))


def test_a_store_that_is_away_is_left_in_peace_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FRESH", 0.05)
    store = fickle()

    async def drill() -> None:
        one = archive.opened(store)
        store.away = True
        for _ in range(3):
            with pytest.raises(Away, match="the store is away"):
                await one.ask(rows)
        assert store.asked == ["rows"]
        store.away = False
        await asyncio.sleep(0.06)
        assert await one.ask(rows) == []
        await one.clerk.close()

    run(drill())


def test_a_store_that_hangs_counts_as_away_and_stops_nobody() -> None:
    store = fickle()
    store.hang = threading.Event()

    async def drill() -> None:
        one = archive.opened(store, patience=0.02)
        with pytest.raises(Away, match="did not answer within"):
            await one.ask(rows)
        store.hang.set()
        await one.clerk.close()

    run(drill())


def test_an_answer_is_given_again_for_a_moment_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FRESH", 0.03)
    monkeypatch.setattr(archive, "KEPT", 3)

    async def drill() -> None:
        one = archive.opened(None)
        assert one.fresh("what") is None
        assert one.keep("what", 5) == 5
        assert one.fresh("what") == 5
        await asyncio.sleep(0.04)
        assert one.fresh("what") is None
        for name in range(50):
            one.keep(name, name)
            assert len(one.kept) <= 3

    run(drill())
