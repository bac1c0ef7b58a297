"""Work that is stopped at once when its client hangs up."""

import asyncio
from typing import Any

import pytest
from msgspec import Struct

from tests.gateway.within import run
from tierwise.gateway.watching import SOON, watched


class Line(Struct):
    """A client's end: what it still sends, and whether it has hung up."""

    gone: asyncio.Event
    messages: list[dict[str, Any]] = []
    looked: int = 0

    async def receive(self) -> dict[str, Any]:
        self.looked += 1
        if self.messages:
            return self.messages.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}


def test_work_that_ends_soon_is_not_even_watched() -> None:
    async def scene() -> int:
        line, done = Line(asyncio.Event()), []

        async def work() -> None:
            done.append(1)

        await watched(work(), line.receive)
        await asyncio.sleep(SOON * 2)
        assert done == [1]
        return line.looked

    assert run(scene()) == 0


def test_a_client_that_hangs_up_stops_the_work_which_cleans_up_first() -> None:
    async def scene() -> list[str]:
        line, told = Line(asyncio.Event(), [{"type": "http.request", "body": b""}]), []

        async def work() -> None:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                told.append("cancelled")
                raise
            finally:
                told.append("cleaned")

        async def leave() -> None:
            await asyncio.sleep(SOON * 1.5)
            line.gone.set()

        leaving = asyncio.ensure_future(leave())
        await watched(work(), line.receive)
        told.append("returned")
        await leaving
        await asyncio.sleep(0)
        return told

    assert run(scene()) == ["cancelled", "cleaned", "returned"]


def test_work_that_ends_while_it_is_watched_leaves_nothing_running() -> None:
    async def scene() -> None:
        line = Line(asyncio.Event())
        before = asyncio.all_tasks()
        await watched(asyncio.sleep(SOON * 2), line.receive)
        assert line.looked == 1
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == before

    run(scene())


def test_an_error_of_the_work_is_the_callers() -> None:
    async def scene() -> None:
        async def work() -> None:
            await asyncio.sleep(SOON * 1.5)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await watched(work(), Line(asyncio.Event()).receive)

    run(scene())


def test_a_cancellation_by_somebody_else_goes_on() -> None:
    async def scene() -> None:
        line = Line(asyncio.Event())
        task = asyncio.ensure_future(watched(asyncio.sleep(30), line.receive))
        await asyncio.sleep(SOON * 1.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(scene())


def test_a_client_that_is_gone_before_anybody_looks_is_noticed() -> None:
    async def scene() -> float:
        line = Line(asyncio.Event())
        line.gone.set()
        began = asyncio.get_running_loop().time()
        await watched(asyncio.sleep(30), line.receive)
        return asyncio.get_running_loop().time() - began

    assert run(scene()) < 1
