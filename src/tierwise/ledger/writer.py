"""The writer: a process of its own that moves what gateways have spooled into the store. tierwise serve starts it (supervising.py).

Theory of operation. A step moves what is there and says how long to wait for the next. A store that is away is tried again after a pause
that doubles up to eight seconds, for as long as it takes; one that is wrong (a newer schema, no permission) every half a minute, since
somebody may put it right. While it waits the spool grows, and when that is nearly full the bodies go first. One process at a time works on
a folder; others wait for its lock and take over when it dies.

It ends when it is told to, after one more step; and when the process that started it is gone and nothing is left to move. If the store
does not work then, it ends too: what lies in the spool is found at the next start.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise.core.entry import Entry, Record
from tierwise.ledger import Laid, Store, StoreAway, StoreWrong, front, segments
from tierwise.ledger.loud import Loud, Say
from tierwise.ledger.moving import Mover
from tierwise.ledger.rows import laid

POLL: Final = 0.1
"""Seconds between two looks at a spool in which nothing has come."""

FIRST, LONGEST = 0.25, 8.0
"""Seconds to wait for a store that is away: at first, and at most."""

SLOWLY: Final = 30.0
"""Seconds to wait for somebody to put right what is wrong."""

LINGER: Final = 10.0
"""Seconds for which a store that does not work is tried when the gateway is gone."""

WAIT: Final = 0.5
"""Seconds between two looks at a folder on which another writer works."""

HOUR: Final = 3600.0
DAY: Final = 86_400_000


class Plan(Struct, frozen=True):
    """What a writer works on: a folder, how large it may get (bytes), and for how many days the store keeps entries (0: for ever)."""

    folder: Path
    size: int = 1 << 30
    days: int = 0


class Writer(Struct, eq=False):
    """A writer between two steps. `failing` is since when the store has not worked (seconds, None: it does)."""

    plan: Plan
    opened: Callable[[], Store]
    loud: Loud
    mover: Mover
    ticks: Callable[[], float] = time.monotonic
    now: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    store: Store | None = None
    failing: float | None = None
    pause: float = FIRST
    kept_house: float = float("-inf")

    def step(self) -> float:
        """Move what is there; seconds until it is worth while to look again."""
        try:
            moved = self._moved()
        except StoreAway as error:
            self._failed(f"the store is away ({error}); what comes waits in {self.plan.folder}")
            pause, self.pause = self.pause, min(LONGEST, self.pause * 2)
            return pause
        except StoreWrong as error:
            self._let_go()
            self._failed(f"THE STORE CANNOT BE USED ({error}); what comes waits in {self.plan.folder}")
            return SLOWLY
        except OSError as error:
            self._failed(f"{self.plan.folder}: {error.strerror or error}")
            return LONGEST
        self._works()
        return 0.0 if moved else POLL

    def idle(self) -> bool:
        """Whether the store works and has everything."""
        return self.failing is None and not self.mover.left()

    def close(self) -> None:
        """Let go of the store."""
        self._let_go()

    def add(self, records: Sequence[Record | Laid]) -> int:
        """Put records into the store, which is opened where it is not."""
        return self._ready().add(records)

    def _moved(self) -> int:
        try:
            store = self._ready()
            self._keep_house(store)
            return self.mover.moved()
        finally:
            self._lighten()

    def _ready(self) -> Store:
        if self.store is None:
            store = self.opened()
            try:
                store.migrate()
            except (StoreAway, StoreWrong):
                store.close()
                raise
            self.store = store
        return self.store

    def _let_go(self) -> None:
        if self.store is not None:
            self.store.close()
            self.store = None

    def _keep_house(self, store: Store) -> None:
        """Once an hour, forget what is old."""
        if self.ticks() - self.kept_house < HOUR:
            return
        self.kept_house = self.ticks()
        self.mover.tidy()
        if self.plan.days:
            gone = store.prune(self.now() - self.plan.days * DAY)
            if gone:
                self.loud.say(f"{gone:,} entries older than {self.plan.days:,} days were forgotten (ledger.keep_days)")

    def _lighten(self) -> None:
        try:
            self.mover.lighten()
        except OSError as error:
            because = error.strerror or error
            self.loud.tell("room", self.ticks(), lambda: f"no room can be made in {self.plan.folder}: {because}")

    def told_of(self, error: OSError) -> None:
        """Say what is wrong with the folder."""
        self.loud.tell("folder", self.ticks(), lambda: f"{self.plan.folder} cannot be used: {error.strerror or error}")

    def _failed(self, line: str) -> None:
        now = self.ticks()
        if self.failing is None:
            self.failing = now
        self.loud.tell("store", now, lambda: line)

    def _works(self) -> None:
        if self.failing is not None:
            self.loud.over("store", f"the store works again after {self.ticks() - self.failing:.0f} s")
        self.failing, self.pause = None, FIRST


def ready(plan: Plan, opened: Callable[[], Store], say: Say) -> Writer:
    """A writer that has not done anything yet."""
    loud = Loud(say)

    def add(records: Sequence[Record | Laid]) -> int:
        return made.add(records)

    made = Writer(plan, opened, loud, Mover(plan.folder, add, loud, front.place(plan.folder), plan.size, ready_for_store))
    return made


def ready_for_store(record: Record, payload: bytes) -> Record | Laid:
    """A record made ready for a database, with the bytes it had in the spool."""
    return laid(record, payload) if isinstance(record, Entry) else record


class Life(Struct, eq=False):
    """How long a writer goes on: until it is told to end, or the process that started it is gone."""

    told: threading.Event
    orphaned: threading.Event

    def watch(self, descriptor: int) -> None:
        """Find out when the process at the other end of a pipe is gone."""

        def wait() -> None:
            while os.read(descriptor, 1):
                pass
            self.orphaned.set()

        threading.Thread(target=wait, name="ledger-parent", daemon=True).start()

    def ends(self, writer: Writer, before: tuple[bool, bool]) -> bool:
        """Whether a writer should end that has just taken a step; `before` says whether it was told to and orphaned when it began that."""
        told, orphaned = before
        failing = writer.failing is not None and writer.ticks() - writer.failing >= LINGER
        return told or (orphaned and (failing or writer.idle()))

    @property
    def now(self) -> tuple[bool, bool]:
        """Whether it was told to end, and whether it is orphaned."""
        return self.told.is_set(), self.orphaned.is_set()


def life() -> Life:
    """A life without end so far."""
    return Life(threading.Event(), threading.Event())


def work(writer: Writer, until: Life) -> None:
    """Move what comes until the writer's life is over."""
    while not until.told.is_set():
        try:
            if _worked(writer, until):
                return
        except OSError as error:
            writer.told_of(error)
        if until.orphaned.is_set():
            return
        until.told.wait(WAIT)


def _worked(writer: Writer, until: Life) -> bool:
    """Whether this writer had the folder to itself, and worked on it until the end of its life."""
    folder = writer.plan.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with segments.only_one(folder) as alone:
        if alone:
            _work_alone(writer, until)
        else:
            writer.loud.tell("lock", writer.ticks(), lambda: f"another writer moves what is in {folder}; this one waits for its turn")
        return alone


def _work_alone(writer: Writer, until: Life) -> None:
    try:
        while True:
            before = until.now
            pause = writer.step()
            if until.ends(writer, before):
                return
            until.told.wait(min(pause, LINGER if until.orphaned.is_set() else pause))
    finally:
        writer.close()
