"""A gateway put together: which providers can be reached with the keys that are there, which endpoints that makes, and all it runs with.

With no key in the environment and none in the settings, every endpoint is played by the built-in demo upstream, at the real models' prices.
"""

import random
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise import assembly
from tierwise.assembly import embedding, manning, showing
from tierwise.assembly.keeping import NOWHERE, Keeping
from tierwise.assembly.manning import Crew
from tierwise.assembly.stocking import Stock, Transports, fetched, stocked
from tierwise.catalog import build
from tierwise.catalog.build import Entry
from tierwise.config.checks import AGREEMENT
from tierwise.config.reader import BadSettings, nearest
from tierwise.core import codec
from tierwise.core.catalog import Catalog, Evidence
from tierwise.core.decision import Policy, Task
from tierwise.core.efforts import plain, split
from tierwise.core.entry import Attempt
from tierwise.core.money import PER_DOLLAR
from tierwise.core.request import Request
from tierwise.core.wire import Wire
from tierwise.gateway import classifying, items, learning, metrics, observing
from tierwise.gateway.admin import archive
from tierwise.gateway.asking import ROUTED, SHOWN, Asking, Lookup, Wanted
from tierwise.gateway.exploring import Exploring, Purse
from tierwise.gateway.gateway import Clock, Gateway, Listed, to_stderr
from tierwise.gateway.knowing import Knowing
from tierwise.gateway.learning import Learning
from tierwise.gateway.plans import Plans
from tierwise.gateway.remembering import remembering
from tierwise.gateway.rests import Rests
from tierwise.gateway.sites import Site
from tierwise.ledger import Store
from tierwise.recovery.cascade import Plan as Cascade
from tierwise.recovery.health import Health
from tierwise.recovery.pacing import Pace
from tierwise.state import memory as state
from tierwise.upstream.door import Patience

MILLIS: Final = 1_000_000
SINCE: Final = "2026-01-01"
"""The day shown for what has none."""

__all__ = ["Stock", "Transports", "gateway", "stocked"]


def gateway(house: assembly.House, stock: Stock, env: Mapping[str, str], transports: Transports, kept: Keeping = NOWHERE) -> Gateway:
    """A gateway over what is in stock, whose records go where `kept` says. BadSettings names what it cannot run with."""
    policy, time_of = assembly.policy(house), clock()
    usual = Wanted(policy, codec.encoded(policy))
    plain = next(one for one in house.clients if not one.agents and one.knows is None)
    waits = house.settings.timeouts
    secrets_known = manning.secrets_of(house, stock, env, kept)
    told = observing.telling(stock.sites, {wire.name: wire for wire in house.wires}, secrets_known)
    seen = manning.observed(env, kept, told, time_of.now)
    wires = {wire.name: seen.veil.wire(wire) for wire in house.wires}
    lookup = _lookup(house, stock)
    front = manning.desk_of(house, env, kept, Crew(usual, lookup, transports.real, time_of.now), seen)
    ledger = manning.ledger(house, secrets_known, kept, seen)
    made = Gateway(
        settings=house.settings,
        wires=wires,
        clients=house.clients,
        knowing=Knowing(tuple(one for one in house.clients if one is not plain), plain),
        sites=stock.sites,
        foreign=_foreign(wires, stock),
        plans=_plans(house, stock, policy),
        asking=Asking(lookup),
        state=state.opened(),
        ledger=ledger,
        health=Health(_sold(stock.sites)),
        pace=Pace(),
        metrics=metrics.opened(),
        clock=time_of,
        patience=Patience(waits.connect, waits.first_byte, waits.idle),
        transports=(transports.real, transports.demo),
        listed=_listed(house, stock),
        embedding=embedding.embedding(house.sources, stock),
        desk=front,
        archive=archive.opened(kept.archive),
        items=items.opened(inherits=house.settings.subagents == "inherit"),
        views=showing.views(house, kept.address),
        crashed=to_stderr if seen.lines is None else seen.crashed,
    )

    async def watching() -> None:
        """Watch from the start on: lines, telemetry, and who begins to rest."""
        seen.start()
        await Rests(made.health.down, time_of.now, seen).run()

    made.beside = (watching,)
    if kept.archive is not None and house.settings.learning:
        made.learning = own = _learning(house, stock, made, kept.archive)
        made.views = showing.views(house, kept.address, lambda: own.rows)
        made.beside = (watching, own.run)
    made.sorts = _sorts(made, lookup)
    made.cascade = _cascade(made, lookup, stock)
    made.exploring = _exploring(made, lookup, stock)
    manning.watch(made, seen, ledger.ledger)
    return made


def _learning(house: assembly.House, stock: Stock, made: Gateway, store: Store) -> Learning:
    """What learns from the outcomes in a store."""
    usual = Catalogs(house, stock, made.everybody.wanted.policy.reference)

    def taught(rows: tuple[Evidence, ...]) -> Catalogs:
        return replace(usual, learnt=rows, shelves={})

    return learning.opened(store, made.plans, taught, house.settings.half_life, lambda: made.clock.now())  # noqa: PLW0108  # a test gives it another clock


def _sorts(made: Gateway, lookup: Lookup) -> Callable[[Request, Task], Coroutine[Any, Any, tuple[Task, Attempt | None]]] | None:
    """What asks the settings' classifier for the kind of work of a request; None where none is set."""
    said = made.settings.classifier
    if said is None:
        return None
    try:
        name = lookup.endpoint(said.endpoint)
    except ValueError as error:
        raise BadSettings(f"classifier.endpoint: {error}") from None
    site = next((one for one in made.sites.values() if name in {one.endpoint.id, one.endpoint.model}), None)
    if site is None:
        raise BadSettings(f"classifier.endpoint: {said.endpoint} cannot be reached; set its provider's key")
    wire, budget = made.wires[next(iter(site.ways))], round(said.budget * PER_DOLLAR)
    priced = classifying.priced(made.plans, site.endpoint.id)
    one = classifying.classifier(classifying.Asking(site, wire, priced, said.below, said.timeout, budget, made.clock))

    async def sorts(request: Request, task: Task) -> tuple[Task, Attempt | None]:
        verdict = await classifying.classified(one, request, task)
        return verdict.task, verdict.attempt

    return sorts


def _cascade(made: Gateway, lookup: Lookup, stock: Stock) -> Cascade | None:
    """Who a cascade asks, as the settings say; None where they say nothing."""
    said = made.settings.cascade
    if said is None:
        return None
    names = [("strong", said.strong), *((f"cheap[{place}]", one) for place, one in enumerate(said.cheap))]
    strong, *cheap = (_chosen_among(made, lookup, stock, f"cascade.{key}", name) for key, name in names)
    if len({_model(made, one) for one in (strong, *cheap)}) < len(names):
        raise BadSettings("cascade: strong and cheap have to be different models; one that is asked twice agrees with itself")
    return Cascade(tuple(cheap), strong, "" if said.check == AGREEMENT else said.check)


def _exploring(made: Gateway, lookup: Lookup, stock: Stock) -> Exploring | None:
    """What is tried on requests, as the settings say; None where nothing is."""
    said = made.settings.explore
    if said is None or said.mode == "off":
        return None
    models = [_chosen_among(made, lookup, stock, f"explore.models[{place}]", name) for place, name in enumerate(said.models)]
    judge = "" if said.judge is None else _chosen_among(made, lookup, stock, "explore.judge", said.judge)
    purse = Purse(round(said.budget * PER_DOLLAR))
    return Exploring(said.mode, said.share, frozenset(said.tasks), purse, tuple(models), judge, said.check or "")


def _model(made: Gateway, name: str) -> str:
    """The model that an endpoint or a model's name stands for."""
    return made.sites[name].endpoint.model if name in made.sites else name


def _chosen_among(made: Gateway, lookup: Lookup, stock: Stock, key: str, name: str) -> str:
    """What a name in the settings stands for, if it is among the endpoints to choose from."""
    try:
        found = lookup.endpoint(name)
    except ValueError as error:
        raise BadSettings(f"{key}: {error}") from None
    if not any(found in {one, made.sites[one].endpoint.model} for one in stock.usual):
        raise BadSettings(f"{key}: {name} is not among the models to choose from; add it to models, and set its provider's key")
    return found


def clock() -> Clock:
    """The real time, chance and names."""
    return Clock(
        now=lambda: time.time_ns() // MILLIS,
        ticks=time.perf_counter,
        chance=random.random,
        name=named(secrets.token_hex(4)).__next__,
        secret=lambda: secrets.token_hex(8),
    )


def named(own: str) -> Iterator[str]:
    """Names of requests, in their order, that no other process gives."""
    return (f"tw-{own}{time.time_ns() // MILLIS:011x}{number & 0xFFFF:04x}" for number in count())


def _foreign(wires: Mapping[str, Wire], stock: Stock) -> dict[str, tuple[Wire, ...]]:
    """For each wire the others that some endpoint has to be asked on, or may have to be when somebody names it."""
    spoken = [tuple(site.ways) for site in stock.sites.values()]
    spoken += [tuple(name for name in one.provider.wires if name in one.bases) for one in stock.reached.values()]
    firsts = {name: {some[0] for some in spoken if some and name not in some} for name in wires}
    return {name: tuple(wires[one] for one in sorted(others)) for name, others in firsts.items()}


def _sold(sites: Mapping[str, Site]) -> dict[str, tuple[str, ...]]:
    sold: dict[str, dict[str, None]] = {}
    for name, site in sites.items():
        sold.setdefault(site.endpoint.provider, {})[plain(name)] = None
    return {provider: tuple(names) for provider, names in sold.items()}


def _plans(house: assembly.House, stock: Stock, policy: Policy) -> Plans:
    """Plans over the endpoints in stock, and over those beside them that a policy pins."""
    reference = build.shelf(house.sources, [build.resolved(house.sources, house.settings.reference)])
    return Plans(Catalogs(house, stock, policy.reference), reference.at, remembering(house.parts), OrderedDict())


class Catalogs(Struct, frozen=True):
    """Catalogs of what is in stock. In them each endpoint has the wires it can really be asked on, and `learnt` is evidence besides."""

    house: assembly.House
    stock: Stock
    reference: str
    learnt: tuple[Evidence, ...] = ()
    shelves: dict[str, build.Shelf] = {}

    def __call__(self, instant: int, pin: str) -> Catalog:
        """The usual endpoints, and those of a model or an endpoint that is pinned, at their prices of an instant."""
        pinned = {name for name, site in list(self.stock.sites.items()) if pin in {name, site.endpoint.model}}
        names = sorted({*self.stock.usual, *pinned})
        key = "" if pinned <= self.stock.usual else pin
        if key not in self.shelves:
            shelf = build.shelf(assembly.taught(self.house.sources, self.learnt), names, [self.reference])
            self.shelves[key] = replace(shelf, entries=tuple(_spoken(one, self.stock.sites[one.bare.id]) for one in shelf.entries))
        return self.shelves[key].at(instant)


def _spoken(one: Entry, site: Site) -> Entry:
    return replace(one, bare=replace(one.bare, wires=tuple(site.ways)))


def _lookup(house: assembly.House, stock: Stock) -> Lookup:
    def endpoint(name: str) -> str:
        """What a name stands for, put in stock."""
        return fetched(house, stock, name)

    aliases = {name.lower(): to.lower() for name, to in house.settings.aliases.items() if to.lower() in ROUTED}
    return Lookup(endpoint, frozenset(house.parts.choosers), nearest, aliases)


def _listed(house: assembly.House, stock: Stock) -> "Listing":
    """The models that a client may name: the ways to choose first, with the largest window there is; then each model."""
    sites: dict[str, list[Site]] = {}
    for site in stock.sites.values():
        sites.setdefault(site.endpoint.model, []).append(site)
    everything = [site for some in sites.values() for site in some]
    routed = [_shown(house, name, everything) for name in SHOWN]
    return Listing((*routed, *(_shown(house, model, some) for model, some in sorted(sites.items()))))


class Listing(Struct, frozen=True):
    """Models in the order in which they are shown."""

    models: tuple[Listed, ...]

    def __call__(self) -> Sequence[Listed]:
        """The models."""
        return self.models


def _shown(house: assembly.House, name: str, sites: Sequence[Site]) -> Listed:
    able = [site.endpoint.capability for site in sites]
    card = house.sources.cards.get(plain(name))
    released = card.released if card is not None and card.released else SINCE
    return Listed(
        id=name,
        title=name,
        released=int(datetime.fromisoformat(released).replace(tzinfo=UTC).timestamp()),
        window=max((one.context_window for one in able if one.context_window), default=None),
        output=max((one.max_output for one in able if one.max_output), default=None),
        images=any(one.images for one in able),
        reasoning=any(one.reasoning not in {None, "none"} for one in able),
        effort=split(name)[1] if sites and all(site.endpoint.reasoning for site in sites) else "",
    )
