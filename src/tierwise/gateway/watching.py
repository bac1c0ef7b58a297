"""Work that is stopped at once when its client hangs up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from msgspec import Struct

from tierwise.gateway.sink import Receive

SOON: Final = 0.02
"""Seconds after which the client is watched: answers that are there sooner need no watch, which costs as much as parsing them."""


class Watch(Struct):
    """A look-out for a client that hangs up, for one task."""

    task: "asyncio.Task[Any]"
    receive: Receive
    looking: "asyncio.Task[None] | None" = None
    gone: bool = False

    def look(self) -> None:
        """Begin to look."""
        self.looking = self.task.get_loop().create_task(self._looked())

    async def _looked(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self.task.cancel()


async def watched(work: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Work that is cancelled when the client hangs up; it has cleaned up when this returns."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("only a task can be watched")
    watch = Watch(task, receive)
    timer = task.get_loop().call_later(SOON, watch.look)
    try:
        await work
    except asyncio.CancelledError:
        if not watch.gone:
            raise
        task.uncancel()
    finally:
        timer.cancel()
        looking, watch.looking = watch.looking, None  # a task that was cancelled keeps what it saw: no circle may stay
        if looking is not None:
            looking.cancel()
