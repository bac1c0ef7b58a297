"""Waiting that is not cut short: work that has begun is finished before a cancellation goes on."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Found = TypeVar("Found")


async def undisturbed(work: Coroutine[Any, Any, Found]) -> Found:
    """What some work finds. Whoever cancels this waits until it is done."""
    task = asyncio.ensure_future(work)
    stopped: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            stopped = error
    if stopped is not None:
        task.exception()  # looked at, so that nobody warns of it
        raise stopped
    return task.result()


async def threaded(act: Callable[..., Found], *given: Any) -> Found:
    """What a function finds that blocks, in a thread."""
    return await undisturbed(asyncio.to_thread(act, *given))
