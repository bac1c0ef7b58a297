"""Everything the gateway holds while it runs, put together once by the assembly."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from tierwise.config.settings import Settings
from tierwise.core.client import Client
from tierwise.core.decision import Outage
from tierwise.core.faults import Fault
from tierwise.core.wire import Wire
from tierwise.gateway.asking import Asking, Refused, Wanted
from tierwise.gateway.knowing import Knowing
from tierwise.gateway.metrics import Metrics
from tierwise.gateway.plans import Plans
from tierwise.gateway.sites import Elsewhere, Site
from tierwise.ledger import Ledger
from tierwise.recovery.health import Health
from tierwise.recovery.pacing import Pace
from tierwise.state import State
from tierwise.upstream.door import Patience, Upstream


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


class Key(Struct, frozen=True):
    """What a client's key stands for."""

    name: str
    wanted: Wanted
    concurrency: int | None = None


class Listed(Struct, frozen=True):
    """A model that can be named: its window and longest answer (tokens, None where unknown), and what it can do."""

    id: str
    title: str
    released: int = 0
    window: int | None = None
    output: int | None = None
    images: bool = False
    reasoning: bool = False


class Gateway(Struct):
    """The parts of a running gateway.

    `foreign` are, for each wire a client may speak, the other wires that some endpoint has to be asked on. `keys` are what clients' keys
    stand for, by digest of the key; without any, all are `everybody`. `listed` are the models a client may name, `embedding` says where
    embeddings by a model can be had.
    """

    settings: Settings
    wires: Mapping[str, Wire]
    clients: Sequence[Client]
    knowing: Knowing
    sites: Mapping[str, Site]
    foreign: Mapping[str, tuple[Wire, ...]]
    plans: Plans
    asking: Asking
    keys: Mapping[bytes, Key]
    everybody: Key
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
    running: dict[str, int] = {}

    def down(self, tokens: int, now: int) -> dict[str, Outage]:
        """Endpoints that a request of so many tokens should not be sent to now: they rest, or their rate limit is nearly used up."""
        return self.pace.full(tokens, now) | self.health.down(now)

    def enter(self, key: Key) -> None:
        """Count a request of a key; Refused where it has as many under way as it may."""
        if key.concurrency is None:
            return
        running = self.running.get(key.name, 0)
        if running >= key.concurrency:
            raise Refused(Fault("concurrency", f"{key.concurrency} at once", after=1000))
        self.running[key.name] = running + 1

    def leave(self, key: Key) -> None:
        """That request is over."""
        if key.concurrency is not None:
            self.running[key.name] -= 1
