"""Who has begun to rest and who serves again, told as it changes. Health itself is pure and tells nobody."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from tierwise.core.decision import Outage
from tierwise.core.notices import Notice, Teller

EVERY: Final = 1.0
"""Seconds between two looks."""
MS: Final = 1000


class Rests(Struct):
    """Those that rested at the last look, and who is told of changes."""

    down: Callable[[int], Mapping[str, Outage]]
    now: Callable[[], int]
    teller: Teller
    known: dict[str, Outage] = {}

    def look(self) -> None:
        """Tell what has changed since the last look; to be called in the event loop, where health changes."""
        now = self.now()
        found = dict(self.down(now))
        for name in sorted(found.keys() - self.known.keys()):
            until = round(max(found[name].until - now, 0) / MS, 1)
            self.teller.tell(Notice("endpoint_rests", f"{name}, since {found[name].because}", {"endpoint": name, "seconds": until}, now))
        for name in sorted(self.known.keys() - found.keys()):
            self.teller.tell(Notice("endpoint_serves", name, {"endpoint": name}, now))
        self.known = found

    async def run(self) -> None:
        """Look every second, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(EVERY)
