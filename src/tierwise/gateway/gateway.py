"""Everything the gateway holds while it runs, put together once by the assembly."""

import asyncio
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from tierwise.config.settings import Settings
from tierwise.core.client import Client
from tierwise.core.decision import Outage, Task
from tierwise.core.entry import Attempt
from tierwise.core.request import Request
from tierwise.core.wire import Wire
from tierwise.gateway import desk as front
from tierwise.gateway.admin.archive import Archive
from tierwise.gateway.admin.archive import opened as archived
from tierwise.gateway.admin.views import Views
from tierwise.gateway.asking import Asking
from tierwise.gateway.desk import Desk
from tierwise.gateway.exploring import Exploring
from tierwise.gateway.items import Items
from tierwise.gateway.items import opened as idle
from tierwise.gateway.keys import Key
from tierwise.gateway.knowing import Knowing
from tierwise.gateway.latest import Latest
from tierwise.gateway.latest import opened as forgotten
from tierwise.gateway.learning import Learning
from tierwise.gateway.metrics import Metrics
from tierwise.gateway.plans import Plans
from tierwise.gateway.sites import Elsewhere, Site
from tierwise.gateway.trials import Trials
from tierwise.ledger import Ledger
from tierwise.recovery.cascade import Plan as Cascade
from tierwise.recovery.health import Health
from tierwise.recovery.pacing import Pace
from tierwise.state import State
from tierwise.upstream.door import Patience, Upstream

__all__ = ["Clock", "Gateway", "Key", "Listed"]


class Clock(Struct, frozen=True):
    """What is new every time.

    `now` is in milliseconds since the epoch, `ticks` in seconds of a clock that only goes forward, `chance` a number in [0, 1).
    `name` gives a request an id that no other has, `secret` what no client can guess.
    """

    now: Callable[[], int]
    ticks: Callable[[], float]
    chance: Callable[[], float]
    name: Callable[[], str]
    secret: Callable[[], str]


class Listed(Struct, frozen=True):
    """A model that can be named: its window and longest answer (tokens, None where unknown), what it can do, and the effort in its name."""

    id: str
    title: str
    released: int = 0
    window: int | None = None
    output: int | None = None
    images: bool = False
    reasoning: bool = False
    effort: str = ""


def to_stderr(error: BaseException) -> None:
    """Write down where an error happened."""
    traceback.print_exception(error, file=sys.stderr)


class Gateway(Struct):
    """The parts of a running gateway.

    `foreign` are, for each wire a client may speak, the other wires that some endpoint has to be asked on. `listed` are
    the models a client may name, `embedding` says where embeddings by a model can be had. `desk` has keys, limits and budgets, `archive` is
    the store as the console asks it, `views` what it shows of rooms that the gateway does not see, `trials` its backtests, `latest` each
    session's latest request, `items` the work under way. `sorts` asks a model for the kind of work, `learning` reads what was told of
    models, `cascade` is who a cascade asks, `exploring` what is tried on requests. `crashed` is told of what nobody has foreseen, `beside`
    is what runs beside the requests, as `tasks`; `closing` says that the server is about to end.
    """

    settings: Settings
    wires: Mapping[str, Wire]
    clients: Sequence[Client]
    knowing: Knowing
    sites: Mapping[str, Site]
    foreign: Mapping[str, tuple[Wire, ...]]
    plans: Plans
    asking: Asking
    state: State
    ledger: Ledger
    health: Health
    pace: Pace
    metrics: Metrics
    clock: Clock
    patience: Patience
    transports: Sequence[Upstream]
    listed: Callable[[], Sequence[Listed]]
    embedding: Callable[[str], Sequence[Elsewhere]]
    desk: Desk = field(default_factory=front.empty)
    archive: Archive = field(default_factory=lambda: archived(None))
    views: Views = Views()
    trials: Trials = field(default_factory=Trials)
    latest: Latest = field(default_factory=forgotten)
    items: Items = field(default_factory=idle)
    cascade: Cascade | None = None
    sorts: Callable[[Request, Task], Coroutine[Any, Any, tuple[Task, Attempt | None]]] | None = None
    learning: Learning | None = None
    exploring: Exploring | None = None
    crashed: Callable[[BaseException], None] = to_stderr
    beside: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    tasks: "list[asyncio.Task[None]]" = []
    closing: bool = False

    def __repr__(self) -> str:
        """Nothing of what it holds: keys are in it, and it is long."""
        return f"Gateway({len(self.sites)} endpoints)"

    @property
    def everybody(self) -> Key:
        """What is served where nobody needs a key."""
        return self.desk.keyring.everybody

    def down(self, tokens: int, now: int) -> dict[str, Outage]:
        """Endpoints that a request of so many tokens should not be sent to now: they rest, or their rate limit is nearly used up."""
        return self.pace.full(tokens, now) | self.health.down(now)

    async def begin(self) -> None:
        """Begin what runs beside the requests."""
        await self.desk.tick()
        self.desk.start()
        self.tasks.extend(asyncio.ensure_future(one()) for one in self.beside)

    async def end(self) -> None:
        """End it, and write down whatever is not written yet."""
        self.closing = True
        for one in self.tasks:
            one.cancel()
        beside = () if self.exploring is None else self.exploring.stop()
        await asyncio.gather(*self.tasks, *beside, self.trials.close(), return_exceptions=True)
        await asyncio.gather(*(one.close() for one in self.transports))
        await self.desk.close()
        await self.archive.clerk.close()
        await self.ledger.close()
