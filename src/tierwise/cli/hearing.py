"""What the ledger says of models, for commands that show it: what is learnt of their work, and what that cost."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tierwise import assembly, plugins
from tierwise.catalog import build
from tierwise.cli import dates, stores
from tierwise.core.catalog import Evidence
from tierwise.core.told import Paid
from tierwise.engine.learning import DAY, DONE, HALF_LIFE, SESSION, Learnt, evidence, learnt, since
from tierwise.lab.importers import ledger
from tierwise.ledger import Store, StoreWrong, addresses


class Heard(Struct, frozen=True):
    """What a ledger says: what is learnt of models, what their work cost, and why there is nothing ('' where somebody could be asked).

    `day` is when it was asked (days since 1970-01-01).
    """

    found: tuple[Learnt, ...] = ()
    paid: tuple[Paid, ...] = ()
    missing: str = ""
    day: int = 0

    def rows(self) -> tuple[Evidence, ...]:
        """The evidence that makes."""
        return evidence(self.found, dates.shown, self.paid, self.day)


def heard(built: assembly.House, said: str | None, now: int) -> Heard:
    """What the ledger says; nothing where there is none and none was asked for, or where the settings do not learn from it."""
    if not built.settings.learning and said is None:
        return Heard(missing="learning is off in the settings; --store ADDRESS reads a ledger all the same")
    try:
        with stores.opened(built, said) as store:
            return read(store, now, built.settings.half_life)
    except StoreWrong as error:
        if said is not None or stores.settled(built):
            raise
        return Heard(missing=str(error))


def read(store: Store, now: int, half_life: float = HALF_LIFE) -> Heard:
    """What a store says now, or what it said at a moment as far as it knows."""
    first, day = since(now, half_life), now // DAY
    return Heard(learnt(store.told(first, SESSION, now + 1), day, half_life), tuple(store.paid(first, now - DONE)), day=day)


def is_ledger(said: str) -> bool:
    """Whether a path or an address is a ledger's."""
    kinds = plugins.found(plugins.STORES)
    if addresses.scheme(said):
        return addresses.scheme(said) in {name for kind in kinds for name in kind.schemes}
    path = Path(said)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return ledger.claims(path, file.read(len(ledger.MAGIC)))


def sources(built: assembly.House, told: Heard) -> build.Sources:
    """What a catalog is put together from, with what was heard."""
    return assembly.taught(built.sources, told.rows())


def besides(built: assembly.House, told: Heard) -> Iterator[str]:
    """Endpoints of the models that something is known of here, as far as they are known; the same model may come twice."""
    for name in sorted({one.model for one in told.found} | {one.model for one in told.paid}):
        try:
            yield build.resolved(built.sources, name)
        except build.UnknownModel:
            continue
