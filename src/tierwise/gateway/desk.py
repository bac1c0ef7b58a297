"""Keys and budgets as the store has them, looked at every second: what a front desk knows of those who come.

Each second, in a thread: has anything changed (`Store.changes`)? If so, all keys and budgets are read again, so that a key that was made,
changed or revoked is so in every process within two seconds. A client's key that is not known is looked for at once, so that a key can be
used as soon as it is made; however many are asked for, the store is asked for them ten times a second at most. Then purses are tended and
alerts given.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from msgspec import Struct

from tierwise.core.budgets import Budget, merged
from tierwise.core.decision import Policy
from tierwise.core.keys import VirtualKey
from tierwise.core.notices import Notice, Silent, Teller
from tierwise.gateway.alerts import Alerts
from tierwise.gateway.asking import Wanted
from tierwise.gateway.clerk import Clerk
from tierwise.gateway.keyring import Keyring
from tierwise.gateway.keys import Key
from tierwise.gateway.limits import Limits
from tierwise.gateway.purses import EXTRA, Purses
from tierwise.ledger import Store, StoreAway, StoreWrong
from tierwise.upstream.door import Upstream

EVERY: Final = 1.0
"""Seconds between two looks."""
UNFORESEEN: Final = (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What a store of a plugin's may raise beside what it should: to look goes on all the same, or no key could be revoked any more."""
AGAIN: Final = 100
"""Milliseconds before which the store is not looked at once more for a key that is not known."""


class Found(Struct, frozen=True):
    """What the store has, and the number of changes it had when that was read."""

    changes: int
    keys: Sequence[VirtualKey] | None = None
    budgets: Sequence[Budget] = ()


def read(store: Store, known: int) -> Found:
    """What a store has, where it has changed since a number of changes; what changes while it is read is read next time."""
    changes = store.changes()
    return Found(changes) if changes == known else Found(changes, store.keys(), store.budgets())


class Desk(Struct):
    """Keys, limits and budgets of a running gateway. `settled` are the budgets of tierwise.yaml; `clock` gives milliseconds."""

    clerk: Clerk
    keyring: Keyring
    purses: Purses
    limits: Limits
    alerts: Alerts
    clock: Callable[[], int]
    settled: tuple[Budget, ...] = ()
    teller: Teller = Silent()
    changes: int = -1
    looked: int = 0
    looking: "asyncio.Task[bool] | None" = None
    running: "tuple[asyncio.Task[None], ...]" = ()
    ended: bool = False

    async def key(self, secret: str) -> Key:
        """What a client's key stands for; Refused where it may not be used, or where nobody can say."""
        found = self.keyring.find(secret, self.clock())
        if found is not None:
            return found
        if self.keyring.unsure(secret):
            await self.look()
            found = self.keyring.find(secret, self.clock())
        if found is None:
            raise self.keyring.unknown(secret, self.clock())
        return found

    async def look(self) -> bool:
        """See whether keys or budgets have changed; whether the store could say. Several who ask at once are answered at once."""
        if self.looking is None or self.looking.done():
            if self.clock() - self.looked < AGAIN:
                return False
            self.looking = asyncio.ensure_future(self._looked())
        return await asyncio.shield(self.looking)

    async def changed(self) -> None:
        """See at once what this process has just changed."""
        self.looked = 0
        if self.looking is not None:
            await asyncio.wait([self.looking])
        await self.look()

    async def _looked(self) -> bool:
        if self.clerk.store is None:
            return False
        self.looked, known = self.clock(), self.changes
        with suppress(StoreAway, StoreWrong):
            await self.clerk.ask(lambda store: read(store, known), self._take)
            return True
        return False

    def _take(self, found: Found) -> None:
        self.changes, self.keyring.read = found.changes, self.clock()
        if found.keys is not None:
            self.keyring.take(found.keys)
            self.purses.take(merged(self.settled, found.budgets))

    async def tick(self) -> None:
        """What is to be done every second."""
        await self.look()
        await self.tend()

    async def tend(self) -> None:
        """Tend the purses, and give alerts."""
        await self.purses.tended(self.clock())
        await self.alerts.given(self.purses)

    def start(self) -> None:
        """Begin to do so; to be called in the event loop. To look never waits for purses, of which there may be many."""
        self.running = tuple(asyncio.ensure_future(self._always(one)) for one in (self.look, self.tend))

    async def _always(self, what: Callable[[], Awaitable[object]]) -> None:
        """Do something every second; what goes wrong once is told, and tried again."""
        while not self.ended:
            try:
                await what()
            except UNFORESEEN as error:
                self.teller.tell(Notice("other", f"keys and budgets: {type(error).__name__}: {error}"))
            await asyncio.sleep(EVERY)

    async def close(self) -> None:
        """Stop, and give back what is held."""
        self.ended = True  # a wait that ends just then may swallow that it was cancelled
        for one in self.running:
            one.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        await self.purses.left_alone()
        await self.clerk.close()


class Means(Struct, frozen=True):
    """What a desk works with: the store, what keys stand for, the budgets of tierwise.yaml, where alerts go, and the process's name.

    `keys` are those of tierwise.yaml by digest, `made` says what a key of the store stands for, `everybody` is served while there are none.
    `extra` is the share of a budget that may be spent beyond what is held while the store is away.
    """

    clock: Callable[[], int]
    everybody: Key
    made: Callable[[VirtualKey], Key]
    holder: str
    store: Store | None = None
    keys: Mapping[bytes, Key] = {}
    budgets: tuple[Budget, ...] = ()
    transport: Upstream | None = None
    teller: Teller = Silent()
    extra: float = EXTRA
    guarded: bool = False


def opened(means: Means) -> Desk:
    """A desk that has not looked yet."""
    clerk = Clerk(means.store)
    purses = Purses(clerk, means.holder, means.clock, means.extra)
    purses.take(means.budgets)
    return Desk(
        clerk=clerk,
        keyring=Keyring(means.keys, means.made, means.everybody, stored=means.store is not None, guarded=means.guarded),
        purses=purses,
        limits=Limits(),
        alerts=Alerts(means.transport, means.clock, means.teller),
        clock=means.clock,
        settled=means.budgets,
        teller=means.teller,
    )


def empty() -> Desk:
    """A desk without keys and budgets."""
    nobody = Key("", Wanted(Policy()))
    return opened(Means(lambda: 0, nobody, lambda _key: nobody, ""))
