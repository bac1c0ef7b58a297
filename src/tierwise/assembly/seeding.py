"""The demo's ledger, put together: the sample log's sessions, the real catalog as the demo upstream sells it, a store to fill."""

from collections.abc import Iterator, Sequence
from functools import partial
from importlib.resources import as_file, files
from typing import Final

from msgspec.structs import replace

from tierwise import assembly
from tierwise.assembly import serving
from tierwise.assembly.serving import Catalogs, Transports
from tierwise.catalog import build
from tierwise.core.budgets import Payer, applying, began
from tierwise.core.catalog import Catalog
from tierwise.core.decision import Policy
from tierwise.core.entry import Drawn, Entry, Outcome
from tierwise.lab import sessions
from tierwise.lab.logged import Logged
from tierwise.lab.seeding import Run, Scene, cast, entries
from tierwise.lab.seeding.cast import Person
from tierwise.lab.seeding.weeks import DAY, DAYS, runs
from tierwise.lab.sessions import Reading, Session
from tierwise.lab.tariffs import Plans
from tierwise.ledger import Store
from tierwise.upstream.scripted import Scripted

BATCH: Final = 500
HOUR: Final = 3_600_000
JUDGED: Final = 7
"""One session in so many has an outcome."""

TOLD: Final = ("accepted", "tests_passed", "edited", "tests_failed", "success", "reverted")


def seed(store: Store, house: assembly.House, now: int) -> int:
    """Fill a store with four weeks of the demo that end now (milliseconds); how many entries that makes."""
    store.migrate()
    for key in cast.keys(now - DAYS * DAY):
        store.put_key(key)
    for budget in cast.BUDGETS:
        store.put_budget(budget)
    kept, batch = 0, list[Entry | Outcome]()
    for record in records(house, now):
        kept += isinstance(record, Entry)
        batch.append(record)
        if len(batch) >= BATCH:
            store.add(batch)
            batch = []
    store.add(batch)
    return kept


def records(house: assembly.House, now: int) -> Iterator[Entry | Outcome]:
    """Everything that is written down in the demo, session by session."""
    placed = scene(house, now)
    for index, run in enumerate(runs(sample(house), now)):
        found = list(entries(run, placed))
        yield from found
        if found and index % JUDGED == 0:
            yield _outcome(run, found[-1], index // JUDGED)


def _outcome(run: Run, last: Entry, index: int) -> Outcome:
    name = f"out-{last.id.removeprefix('tw-')}"
    return Outcome(name, last.at + 1000, last.id, "", TOLD[index % len(TOLD)], None, "", "feedback", run.person.name)


def sample(house: assembly.House) -> Sequence[Session]:
    """The sessions of the sample log."""
    with as_file(files("tierwise.lab.seeding").joinpath("sessions.jsonl.gz")) as path:
        return tuple(sessions.read(sessions.found([path], house.importers), Reading(), now=2**52))


def scene(house: assembly.House, now: int) -> Scene:
    """What the demo serves with: every endpoint of the house, played by the demo upstream."""
    player = Scripted()
    stock = serving.stocked(house, {}, Transports(player, player))
    policy = assembly.policy(house)
    catalogs = Catalogs(house, stock, policy.reference)
    by_person = {person.name: _plans(house, catalogs, _policy(house, policy, person)) for person in cast.PEOPLE}
    begins = now - round(cast.INCIDENT[0] * HOUR)
    reference = build.shelf(house.sources, [build.resolved(house.sources, policy.reference)])
    return Scene(
        plans=lambda person: by_person[person.name],
        quick=_plans(house, catalogs, replace(policy, name="tiered")),
        reference=reference.at,
        logged=Logged(house.sources),
        drawn=drawn,
        troubled=_busiest(stock.usual, house),
        incident=(begins, begins + round(cast.INCIDENT[1] * HOUR)),
    )


def _busiest(names: frozenset[str], house: assembly.House) -> str:
    """The provider of the reference where it is among the endpoints, else the first."""
    found = build.resolved(house.sources, house.settings.reference)
    return (found if found in names else min(names)).partition("/")[0]


def _policy(house: assembly.House, usual: Policy, person: Person) -> Policy:
    if person.asks != "auto":
        return replace(usual, name="pinned", pin=build.resolved(house.sources, person.asks))
    return replace(usual, name=person.policy) if person.policy else usual


def _plans(house: assembly.House, catalogs: Catalogs, policy: Policy) -> Plans:
    return Plans(partial(_catalog, catalogs, policy.pin), policy, house.parts)


def _catalog(catalogs: Catalogs, pin: str, instant: int) -> Catalog:
    return catalogs(instant, pin)


def drawn(person: Person, at: int) -> tuple[Drawn, ...]:
    """The budgets that a person's request counts against."""
    payer = Payer(person.name, f"demo-{person.name}", person.team, person.project, person.tags)
    return tuple(Drawn(one.name, began(one.period, at)) for one in applying(cast.BUDGETS, payer))
