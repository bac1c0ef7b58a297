"""Who asks the store on behalf of requests: one thread, one question after another, and no more patience than a request has.

A store blocks, and may be away or hang. What it does not answer in time counts as away; what it answers later still counts, so an answer
is handed over by the thread's own callback and never lost.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

from msgspec import Struct

from tierwise.ledger import Store, StoreAway, StoreWrong

T = TypeVar("T")

PATIENCE: Final = 1.5
"""Seconds after which a question to the store counts as not answered."""
WAITING: Final = 256
"""Questions that may wait: a store that hangs must not make the gateway keep all that are asked."""


def _nothing() -> None:
    """Do nothing."""


class Clerk(Struct):
    """One thread in front of a store. Without a store there is nobody to ask."""

    store: Store | None = None
    patience: float = PATIENCE
    thread: ThreadPoolExecutor | None = None
    waiting: int = 0

    async def ask(self, what: Callable[[Store], T], then: Callable[[T], None] | None = None, over: Callable[[], None] = _nothing) -> T:
        """The store's answer; StoreAway where it does not come in time.

        `then` gets the answer whenever it comes, also after that; `over` is called when nothing more will come. Both in the event loop.
        """
        if self.store is None or self.waiting >= WAITING:
            over()
            raise StoreAway("no store is set up" if self.store is None else "the store is slow: too much waits for it")
        if self.thread is None:
            self.thread = ThreadPoolExecutor(1, "tierwise-store")
        self.waiting += 1
        asked = asyncio.get_running_loop().run_in_executor(self.thread, what, self.store)

        def answered(done: "asyncio.Future[T]") -> None:
            self.waiting -= 1
            if not done.cancelled() and done.exception() is None and then is not None:
                then(done.result())
            over()

        asked.add_done_callback(answered)
        try:
            async with asyncio.timeout(self.patience):  # wait_for of Python 3.11 may swallow that its task is cancelled
                return await asyncio.shield(asked)
        except TimeoutError:
            raise StoreAway(f"the store did not answer within {self.patience:g} s") from None

    async def close(self) -> None:
        """Let go of the store, as far as it answers, and of the thread."""
        if self.store is None:
            return
        with suppress(StoreAway, StoreWrong):
            await self.ask(lambda store: store.close())
        self.leave()

    def leave(self) -> None:
        """Let go of the thread; the store stays, for others."""
        if self.thread is not None:
            self.thread.shutdown(wait=False, cancel_futures=True)
            self.thread = None
