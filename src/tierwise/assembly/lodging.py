"""Where the stages of a cascade lodge: a gateway, a key for each of them, what it cost them, and the record of the run.

Theory of operation. Everything goes through the store that gateways keep. A stage's key is put there, pinned to the stage's model, with the
run and the stage among its tags; the gateway sees it within a moment. What a stage cost is the sum of the entries of its key, whose name is
the run's and the stage's: a stage that is begun again after a kill has the same name, and what it cost before is in the sum, once.

Entries are on their way for a moment. So the outcome of a stage is told to the gateway, which records it behind them: when the store has
the outcome, it has them too. Records of the run go through the spool, like a gateway's own: they outlast a kill of this process.

A gateway sets the worst case of each request aside, which for a large model is dollars. So a run's budget is kept by who runs it, from what
was spent; the gateway has a ceiling above it, one such request higher, for an agent that nobody watches any more.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from tierwise import assembly, plugins
from tierwise.assembly import House, keeping, neighbour
from tierwise.assembly.neighbour import Child
from tierwise.catalog import build
from tierwise.catalog.build import UnknownModel
from tierwise.core.budgets import BadBudget, Budget, checked
from tierwise.core.catalog import Endpoint
from tierwise.core.keys import VirtualKey, past
from tierwise.core.money import Unknown
from tierwise.core.run import KEY, TAG, Run, Stage
from tierwise.gateway.minting import KeyAsked, Minted, minted
from tierwise.ledger import Query, Store, StoreAway, StoreRefuses, StoreWrong, addresses, front, journal, segments
from tierwise.ledger.journal import Journal, SpoolWrong
from tierwise.ledger.spool import Limits
from tierwise.runner import Broken, Lodged, Spending

T = TypeVar("T")

OVER: Final = 86_400_000
"""Milliseconds after which a key of a cascade that is no longer good is forgotten."""
GOOD_FOR: Final = "7d"
"""How long a stage's key is good for where nobody ends it: longer than any stage takes."""
SETTLES: Final = 10.0
"""Seconds that the entries of a stage may take on their way to the store."""
AGAIN: Final = 0.05
QUIET: Final = 1.0
"""Seconds without anything new after which nothing more is expected, where the gateway could not be told."""
SLACK: Final = 60_000
"""Milliseconds before a run began from which on its entries are looked for: clocks differ."""
WINDOW, OUTPUT = 1_000_000, 128_000
"""Tokens that a request has at most, where a model has no limit that is known."""
FILE: Final = Path(assembly.FILE)
LOG: Final = "gateway.log"
CAME: Final[Mapping[str, str]] = MappingProxyType(
    {"verified": "tests_passed", "refuted": "tests_failed", "unchanged": "tests_failed", "crashed": "tests_failed"}
)
OTHER: Final = "rejected"
"""What is told of a stage: what its checks said, or that its work was not taken."""


def named(run: str, number: int) -> str:
    """The name of a stage's key."""
    return KEY.format(run, number)


def tag(run: str) -> str:
    """The tag that all requests of a run have."""
    return f"{TAG}{run}"


class Lodge(Struct, eq=False):
    """Lodging for one process that runs cascades. Its methods block, may be called from any thread, and raise Broken only.

    `folder` is where a gateway of its own says what goes wrong, `own` that gateway, where one had to be started, `found` the address of the
    one that was there. `told` is when the last record was written down, `secrets` are those of the keys under way, by key.
    """

    store: Store
    journal: Journal
    house: House
    config: Path | None
    folder: Path
    found: str = ""
    own: Child | None = None
    told: int = 0
    secrets: dict[str, str] = field(default_factory=dict)
    gate: threading.RLock = field(default_factory=threading.RLock)
    now: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    @property
    def address(self) -> str:
        """The gateway's address, '' before there is one."""
        return self.own.base if self.own is not None else self.found

    # The gateway

    def ready(self, run: str) -> str:
        """The address of the gateway, which is found or started where there is none yet, or where it is gone."""
        with self.gate:
            if self.address and neighbour.here(self.address):
                return self.address
            self._let_go()
            base = neighbour.settled(self.house.settings.server)
            if neighbour.here(base) and self._shared(base, run):
                self.found = base
            else:
                self.own = self._started()
            return self.address

    def _shared(self, base: str, run: str) -> bool:
        """Whether the gateway there keeps this ledger: it is shown a key that is good for nothing else."""
        new = minted(KeyAsked(f"cascade-{run}", pin="none", expires="1m"), self.now())
        self._asked(lambda store: store.put_key(new.key))
        try:
            return neighbour.shares(base, new.secret)
        finally:
            self._asked(lambda store: store.drop_key(new.key.id))

    def _started(self) -> Child:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return neighbour.started(self.config, self.folder / LOG)
        except OSError as error:
            raise Broken(f"no gateway: {error}") from None

    # Keys

    def begin(self, run: Run, models: Iterable[str]) -> None:
        """Have the gateway refuse what goes far beyond a run's budget, and forget keys of cascades that are long over."""
        if run.budget is not None:
            ceiling = self._ceiling(run.id, run.budget + self._dearest(models))
            self._asked(lambda store: store.put_budget(ceiling))
        self._asked(lambda store: _swept(store, self.now() - OVER))

    def _ceiling(self, run: str, limit: int) -> Budget:
        try:
            return checked(Budget(tag(run), limit, "total", "tag", tag(run), alerts=()))
        except BadBudget as error:
            raise Broken(str(error)) from None

    def _dearest(self, models: Iterable[str]) -> int:
        """The most that one request to any of some models may cost, as far as their prices are known."""
        sources = self.house.sources
        try:
            names = [build.resolved(sources, one) for one in models]
        except UnknownModel as error:
            raise Broken(str(error)) from None
        return max((_worst(one) for one in build.shelf(sources, names).at(self.now()).endpoints), default=0)

    def key(self, run: Run, stage: Stage) -> Lodged:
        """A key of its own for a stage that is about to begin, which gets the stage's model whatever it asks for."""
        base = self.ready(run.id)
        new = self._minted(run, stage)
        self._asked(lambda store: _put(store, new, self.now()))
        trouble = _trouble(base, new, stage.model)
        if trouble:
            self._revoke(new.key.id)
            raise Broken(f"stage {stage.number}: {trouble}")
        self.secrets[new.key.id] = new.secret
        return Lodged(base, new.secret, new.key.id)

    def _minted(self, run: Run, stage: Stage) -> Minted:
        tags = (tag(run.id), f"stage:{stage.number}")
        said = KeyAsked(named(run.id, stage.number), tags=tags, expires=GOOD_FOR, models=(stage.model,), pin=stage.model)
        return minted(said, self.now())

    def _revoke(self, key: str) -> None:
        self.secrets.pop(key, None)
        self._asked(lambda store: _ended(store, lambda one: one.id == key, self.now()))

    # Costs

    def spent(self, run: Run, stage: Stage) -> Spending:
        """What a stage has cost as far as the store has it."""
        query = Query(since=max(0, run.at - SLACK), fields={"key": named(run.id, stage.number)})
        try:
            found = self.store.grouped("", query)
        except (StoreAway, StoreWrong):
            return Spending()
        return Spending(found[0].cost, found[0].requests, found[0].unpriced) if found else Spending(0, 0)

    def ended(self, run: Run, stage: Stage) -> Spending:
        """End a stage's key once all that was asked with it is in the store; what it cost."""
        if stage.key:
            self._wait(run, stage)
            self._revoke(stage.key)
        return self.spent(run, stage)

    def _wait(self, run: Run, stage: Stage) -> None:
        """Wait for the entries of a stage; where nobody can be told of it, until whatever was spooled is moved and nothing more comes."""
        session, name = self._tell(run, stage)
        if not name:
            self.ready(run.id)  # its writer moves what a gateway that died has left
        ends, before = time.monotonic() + SETTLES, Spending()
        while time.monotonic() < ends:
            there = self._arrived(session, name) if name else moved(self.journal.spool.tail.folder)
            now = self.spent(run, stage)
            if there and (name or now == before):
                return
            before = now if there else Spending()
            time.sleep(AGAIN if name else QUIET)

    def _tell(self, run: Run, stage: Stage) -> tuple[str, str]:
        """Tell the gateway what came of a stage; the session it is told of, and its id ('' where nobody took it)."""
        session, secret = f"{tag(run.id)}:{stage.number}", self.secrets.get(stage.key, "")
        said = {"session": session, "outcome": CAME.get(stage.result, OTHER), "note": f"stage {stage.number} of cascade {run.id}"}
        answer = neighbour.asked(self.address, "/v1/feedback", secret, said) if secret and self.address else neighbour.Answer(0)
        return session, str(answer.said().get("id", ""))

    def _arrived(self, session: str, name: str) -> bool:
        """Whether what was told of a session is in the store."""
        try:
            return any(one.id == name for one in self.store.outcomes(session=session))
        except (StoreAway, StoreWrong):
            return False

    # Records

    def record(self, run: Run) -> Run:
        """Write a run down as it is now; the run with the time of that. It outlasts this process from then on."""
        with self.gate:
            self.told = max(self.told + 1, run.told + 1, self.now())
            told = replace(run, told=self.told)
            self.journal.record(told)
            return told

    def end(self, run: Run) -> None:
        """End the keys of a run, and take its ceiling away."""
        mine = tag(run.id)
        self._asked(lambda store: _ended(store, lambda one: mine in one.tags, self.now()))
        self._asked(lambda store: store.drop_budget(mine))

    def close(self) -> None:
        """Write down what is not yet, and let go of the gateway and the store."""
        self.journal.spool.close()
        with self.gate:
            self._let_go()
        self.store.close()

    def _let_go(self) -> None:
        own, self.own, self.found = self.own, None, ""
        if own is not None:
            own.close()

    def _asked(self, what: Callable[[Store], T]) -> T:
        """What the store answers; Broken where it does not."""
        try:
            return what(self.store)
        except (StoreAway, StoreWrong, StoreRefuses) as error:
            raise Broken(f"the ledger: {error}") from None


def _trouble(base: str, new: Minted, model: str) -> str:
    """Why a gateway would not serve a stage its model; '' where it would."""
    if not neighbour.knows(base, new.secret):
        return f"the gateway at {base} does not take the stage's key"
    answer = neighbour.asked(base, "/v1/route", new.secret, {"model": "auto", "messages": [{"role": "user", "content": "?"}]})
    said = answer.said()
    if answer.status != neighbour.GOOD:
        return str(said.get("error", {}).get("message", "")) or f"the gateway at {base} answers {answer.status}"
    if said.get("model") is None:
        return f"{model} cannot be served here: {said.get('remedy') or said.get('because')}"
    return ""


def _worst(one: Endpoint) -> int:
    """The most a request to an endpoint can cost; nothing where its price is unknown, since no budget takes it then."""
    if isinstance(one.rates, Unknown):
        return 0
    window, output = one.capability.context_window or WINDOW, one.capability.max_output or OUTPUT
    dearest = (max(rate.fresh, rate.read, rate.write_5m, rate.write_1h) for rate in one.rates)
    return max(-(-(window * most + output * rate.output) // rate.per) for most, rate in zip(dearest, one.rates, strict=True))


def _put(store: Store, new: Minted, now: int) -> None:
    """Keep a stage's key in the place of those of its name: a stage that is begun again has a new one."""
    _ended(store, lambda one: one.name == new.key.name, now)
    store.put_key(new.key)


def _ended(store: Store, which: Callable[[VirtualKey], bool], now: int) -> None:
    for one in store.keys():  # noqa: SIM118  # a store is no dictionary
        if one.pin and not one.revoked and which(one):
            store.put_key(replace(one, revoked=now))


def _swept(store: Store, before: int) -> None:
    for one in store.keys():  # noqa: SIM118  # a store is no dictionary
        if one.pin and past(one, before):
            store.drop_key(one.id)


def moved(folder: Path) -> bool:
    """Whether all that lies in a spool is in the store, and what dead processes had in memory too."""
    where = segments.positions(folder)
    if any(one.size > where.get(one.path.name, 0) for one in segments.listed(folder)):
        return False
    return all(_alive(one.holder) for one in front.listed(front.place(folder)))


def _alive(holder: str) -> bool:
    """Whether the process that a file in memory belongs to lives: its number stands in its name (journal.holder)."""
    number = holder.split("-")[1:2]
    try:
        os.kill(int("".join(number)), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError, OverflowError):
        return True
    return True


def opened(config: Path | None, folder: Path) -> Lodge:
    """Lodging by the settings of a file, else of those here; Broken or BadSettings where there can be none."""
    chosen = config or (FILE if FILE.exists() else None)
    house = assembly.opened(config)
    said, kinds = house.settings.ledger, plugins.found(plugins.STORES)
    where = keeping.address(said, os.environ)
    try:
        kind, store = addresses.kind(where, kinds), addresses.opened(where, kinds)
        if kind.name == keeping.MEMORY:
            raise Broken(
                "ledger.store: memory is one process's own, and a cascade shares its ledger with a gateway; name a file or a database"
            )
        store.migrate()
        kept = journal.opened(keeping.spool_of(said, where, kind), keeping.rules(said), Limits(said.spool_size))
    except (StoreAway, StoreWrong, SpoolWrong) as error:
        raise Broken(str(error)) from None
    return Lodge(store, kept, house, None if chosen is None else chosen.absolute(), folder)
