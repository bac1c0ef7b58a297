"""Learning while serving: what was told of models, and what work cost, is read from the store now and then and moves what is expected.

    outcomes, costs in the store --a thread, each minute--> engine.learning --> evidence --> plans, made anew in that thread --> taken over

Nothing of it is on the way of a request. Plans are made anew only where evidence has changed: when something was told, and once a day,
since what is old counts less, and when work came to cost visibly more or less. Until then, and while the store is away, the last ones stay.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from tierwise.core.catalog import Catalog, Evidence
from tierwise.engine.learning import DAY, DONE, SESSION, Learnt, evidence, learnt, since
from tierwise.gateway.clerk import Clerk
from tierwise.gateway.plans import Plans
from tierwise.ledger import Store, StoreAway, StoreWrong

EVERY: Final = 60.0
"""Seconds between two looks."""

REST: Final = 30
"""Times as long as a look took until the next, at least: however much was told, looking takes no more than a thirtieth of a thread."""

PATIENCE: Final = 60.0
"""Seconds after which a look counts as not answered."""

Catalogs = Callable[[int, str], Catalog]


class Look(Struct, frozen=True):
    """What a look found: what is learnt, the evidence that makes, and the plans for it (None where they need not change)."""

    found: tuple[Learnt, ...]
    rows: tuple[Evidence, ...]
    plans: Plans | None


class Learning(Struct):
    """What is learnt so far.

    `taught` gives the catalogs with some evidence besides; `found` and `rows` are what is learnt now, `at` is when that was looked at
    (milliseconds; 0: not yet), `away` why the last look had no answer ('' where it had).
    """

    clerk: Clerk
    plans: Plans
    taught: Callable[[tuple[Evidence, ...]], Catalogs]
    now: Callable[[], int]
    half_life: float
    found: tuple[Learnt, ...] = ()
    rows: tuple[Evidence, ...] = ()
    at: int = 0
    away: str = ""

    async def run(self) -> None:
        """Look each minute, until cancelled."""
        ticks = asyncio.get_running_loop().time
        try:
            while True:
                began = ticks()
                await self.look()
                await asyncio.sleep(max(EVERY, REST * (ticks() - began)))
        finally:
            self.clerk.leave()

    async def look(self) -> None:
        """Look once; whatever the store does, requests go on as before."""
        now = self.now()
        try:
            await self.clerk.ask(lambda store: self._looked(store, now), lambda one: self._take(one, now))
        except (StoreAway, StoreWrong) as error:
            self.away = str(error)

    def _looked(self, store: Store, now: int) -> Look:
        """What there is to learn now; runs in a thread, and changes nothing."""
        first, today = since(now, self.half_life), now // DAY
        found = learnt(store.told(first, SESSION), today, self.half_life)
        rows = evidence(found, dated, store.paid(first, now - DONE), today)
        return Look(found, rows, None if rows == self.rows else self.plans.renewed(self.taught(rows), now))

    def _take(self, one: Look, now: int) -> None:
        """Go on with what was found."""
        self.found, self.rows, self.at, self.away = one.found, one.rows, now, ""
        if one.plans is not None:
            self.plans.take(one.plans)


def dated(day: int) -> str:
    """A day (since 1970-01-01) as a date."""
    return datetime.fromtimestamp(day * DAY // 1000, UTC).date().isoformat()


def opened(
    store: Store, plans: Plans, taught: Callable[[tuple[Evidence, ...]], Catalogs], half_life: float, now: Callable[[], int]
) -> Learning:
    """Learning from a store; a half-life is in days, `now` in milliseconds."""
    return Learning(Clerk(store, PATIENCE), plans, taught, now, half_life)
