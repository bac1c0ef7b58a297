"""Where the records of a gateway go: the store, the spool before it, and the process that moves what is spooled."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from tierwise import plugins
from tierwise.config.reader import BadSettings
from tierwise.config.settings import LedgerSettings, Settings
from tierwise.ledger import Ledger, Store, StoreAway, StoreKind, StoreWrong, addresses, journal, memory, redaction, supervising
from tierwise.ledger.direct import Direct
from tierwise.ledger.journal import SpoolWrong
from tierwise.ledger.loud import Say, to_stderr
from tierwise.ledger.redaction import Rules
from tierwise.ledger.spool import Limits
from tierwise.ledger.writer import Plan

MEMORY: Final = "memory"
SUFFIX: Final = ".spool"
DIGITS: Final = 12

Opened = Callable[[Say, Rules], Ledger]


class Keeping(Struct, frozen=True):
    """Where records go: the store as budgets ask it and as the console does, its address, what makes a ledger, and this process's name.

    Without a store, the latest records are kept in memory only. `log` is the form of the lines about requests,
    `plan` what has to be moved to the store.
    """

    store: Store | None = None
    archive: Store | None = None
    address: str = ""
    opened: Opened | None = None
    holder: str = ""
    log: str = "none"
    plan: Plan | None = None


NOWHERE: Final = Keeping()


def address(said: LedgerSettings, env: Mapping[str, str]) -> str:
    """The address of the store that the settings name."""
    if said.store_env is None:
        return said.store or str(addresses.default())
    if not env.get(said.store_env):
        raise BadSettings(f"ledger.store_env: the environment variable {said.store_env} is not set")
    return env[said.store_env]


def spool_of(said: LedgerSettings, where: str, kind: StoreKind) -> Path:
    """The folder in which records wait for a store: one of its own for each, since what waits there goes to that store."""
    if said.spool is not None:
        return Path(said.spool).expanduser()
    if kind.name == "sqlite":
        file = addresses.file(where)
        return file.with_name(file.name + SUFFIX)
    named = hashlib.sha256(addresses.shown(where).encode()).hexdigest()[:DIGITS]
    return addresses.default().with_name(named + SUFFIX)


def rules(said: LedgerSettings, secrets: Sequence[str] = ()) -> Rules:
    """What is blacked out of bodies; BadSettings for an expression that is none."""
    try:
        return redaction.rules([*said.redact, *secrets])
    except ValueError as error:
        raise BadSettings(f"ledger.redact: {error}") from None


def kept(settings: Settings, env: Mapping[str, str]) -> Keeping:
    """A place for the records of a gateway that is about to serve; BadSettings where it can never be one."""
    kinds, said = plugins.found(plugins.STORES), settings.ledger
    where, holder = address(said, env), journal.holder()
    rules(said)
    try:
        kind, store, archive = addresses.kind(where, kinds), addresses.opened(where, kinds), addresses.opened(where, kinds)
        _ready(store, where)
    except StoreWrong as error:
        raise BadSettings(f"ledger.store: {error}") from None
    if kind.name == MEMORY:
        return Keeping(store, store, where, lambda say, _rules: Direct(memory.opened(), store, say), holder, settings.log)
    plan = Plan(spool_of(said, where, kind), said.spool_size, said.keep_days or 0)

    def opened(say: Say, black: Rules) -> Ledger:
        try:
            return journal.opened(plan.folder, black, Limits(plan.size), holder, say)
        except SpoolWrong as error:
            raise BadSettings(str(error)) from None

    return Keeping(store, archive, where, opened, holder, settings.log, plan)


@contextmanager
def moved(one: Keeping) -> Iterator[None]:
    """Have what is spooled moved to the store meanwhile."""
    if one.plan is None:
        yield
        return
    writer = supervising.started(one.plan, one.address)
    try:
        yield
    finally:
        writer.close()


def _ready(store: Store, where: str) -> None:
    """Bring the schema up to date. A store that is away is no reason not to serve."""
    try:
        store.migrate()
    except StoreAway as error:
        to_stderr(f"the store {addresses.shown(where)} cannot be reached ({error}); records wait in the spool until it can")
