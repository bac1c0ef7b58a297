"""A store in memory that goes away, comes back and hangs as a test wants, and a clock to go with it."""

import threading
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct, field

from tierwise.core.budgets import Budget, Payer
from tierwise.core.decision import Policy
from tierwise.core.keys import VirtualKey
from tierwise.core.notices import Notice
from tierwise.gateway.asking import Wanted
from tierwise.gateway.clerk import Clerk
from tierwise.gateway.keys import Key
from tierwise.gateway.purses import Purses
from tierwise.ledger import StoreAway
from tierwise.ledger.stores import memory

CENT: Final = 10**10
NOW: Final = 1_793_534_400_000
"""2026-11-01T12:00:00Z: half a day into a month."""
ANN: Final = Payer("ann", "k-1", "core", "x", ("night",))


class Time(Struct):
    """Milliseconds that pass when they are told to."""

    now: int = NOW

    def __call__(self) -> int:
        return self.now


class Fickle(Struct):
    """A store that answers as the one in memory does, unless it is away or hangs; `asked` are the names of what it was asked."""

    real: Any
    away: bool = False
    hang: Any = None
    asked: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.real, name)

        def called(*given: Any) -> Any:
            self.asked.append(name)
            if self.hang is not None and name != "close":
                assert self.hang.wait(5)
            if self.away and name != "close":
                raise StoreAway("the store is away")
            return method(*given)

        return called


class Heard(Struct):
    """A teller that keeps what it is told."""

    notices: list[Notice] = field(default_factory=list)

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)

    @property
    def kinds(self) -> list[str]:
        return [one.kind for one in self.notices]


def fickle(time: Time | None = None) -> Fickle:
    """An empty store, which goes by the clock given."""
    found: Any = memory.opened("")
    if time is not None:
        found.now = time
    return Fickle(found)


def hanging(store: Fickle) -> threading.Event:
    """Make a store hang until the event is set."""
    store.hang = threading.Event()
    found: threading.Event = store.hang
    return found


def purses(store: Any, time: Time, *budgets: Budget, patience: float = 5.0, holder: str = "one", extra: float = 0.1) -> Purses:
    """The purses of a process."""
    found = Purses(Clerk(store, patience), holder, time, extra)
    found.take(budgets)
    return found


async def ended(*several: Purses) -> None:
    """Let go of their threads."""
    for one in several:
        await one.clerk.close()


def key(name: str = "ann", **more: Any) -> Key:
    """What a key stands for."""
    return Key(name, Wanted(Policy()), payer=ANN, **more)


def standing(one: VirtualKey) -> Key:
    """What a key of the store stands for; one that names a policy of nobody's stands for nothing."""
    if one.policy == "nobody's":
        raise ValueError('unknown policy "nobody\'s"')
    return Key(one.name, Wanted(Policy()), id=one.id, role=one.role, payer=Payer(one.name, one.id, one.team, one.project, one.tags))
