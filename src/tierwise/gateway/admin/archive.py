"""The store as the console asks it: by a clerk of its own, whose patience is longer than a request's, and not twice within a moment.

So what people look at never stands in the way of budgets, and what many look at together is asked once. A store that was away is left in
peace for a moment: whoever looks meanwhile is told at once.
"""

import asyncio
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

from msgspec import Struct

from tierwise.gateway.clerk import Clerk
from tierwise.ledger import Store, StoreAway, StoreWrong

T = TypeVar("T")

PATIENCE: Final = 5.0
FRESH: Final = 2.0
"""Seconds for which an answer is given again, and for which a store that was away is not asked."""

KEPT: Final = 64
NONE: Final = "no store is set up"


class Away(Exception):
    """The store has no answer now; the message says why, in one line."""


class Archive(Struct):
    """What is asked of a store. Without one, everything is Away. `away` is why it was away the last time, `until` when to ask again."""

    clerk: Clerk
    kept: dict[Hashable, tuple[float, Any]] = {}
    away: str = ""
    until: float = 0.0

    async def ask(self, what: Callable[[Store], T]) -> T:
        """The store's answer; Away where it cannot say."""
        ticks = asyncio.get_running_loop().time
        if self.clerk.store is None:
            raise Away(NONE)
        if ticks() < self.until:
            raise Away(self.away)
        try:
            return await self.clerk.ask(what)
        except (StoreAway, StoreWrong) as error:
            self.away, self.until = str(error), ticks() + FRESH
            raise Away(self.away) from None

    def fresh(self, name: Hashable) -> Any:
        """What was answered to a question within the last moment; None where nothing was."""
        found = self.kept.get(name)
        return found[1] if found is not None and found[0] > asyncio.get_running_loop().time() else None

    def keep(self, name: Hashable, answer: T) -> T:
        """An answer, kept for whoever asks the same within a moment."""
        if len(self.kept) >= KEPT:
            self.kept.clear()
        self.kept[name] = (asyncio.get_running_loop().time() + FRESH, answer)
        return answer

    def forget(self) -> None:
        """Ask anew, since something was changed."""
        self.kept.clear()


def opened(store: Store | None, patience: float = PATIENCE) -> Archive:
    """An archive over a store, or over none."""
    return Archive(Clerk(store, patience))
