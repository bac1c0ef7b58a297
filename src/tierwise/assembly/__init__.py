"""Where everything meets: settings and shipped data in, a house out."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise import __version__, plugins
from tierwise.catalog import build, sheets, store, weights
from tierwise.catalog.book import sold_by
from tierwise.catalog.build import Offer, Shelf, Sources, Terms, UnknownModel
from tierwise.config.plain import Path as Place
from tierwise.config.plain import Where
from tierwise.config.reader import BadSettings, nearest, read, read_with_lines
from tierwise.config.settings import EndpointSettings, EvidenceSettings, Prices, Settings
from tierwise.core.catalog import OWN, Capability, Evidence, Rates
from tierwise.core.client import Client
from tierwise.core.decision import Policy
from tierwise.core.efforts import AT
from tierwise.core.money import pico
from tierwise.core.wire import Wire
from tierwise.engine.parts import Filter, Parts, Signal
from tierwise.engine.signals import task
from tierwise.gateway.asking import ROUTED
from tierwise.lab.call import Importer

FILE = "tierwise.yaml"
MILLION: Final = 10**6
NO_LINES: Final = Where()


class House(Struct, frozen=True):
    """Everything put together: what can be chosen from, how, and what reads and says it."""

    settings: Settings
    sources: Sources
    parts: Parts
    wires: tuple[Wire, ...]
    clients: tuple[Client, ...]
    importers: tuple[Importer, ...]


class UnknownPolicy(ValueError):
    """A name that stands for no way to choose; the message names the nearest one."""


class BadFloor(ValueError):
    """A floor that is no share of one."""


def settings(path: Path | None) -> Settings:
    """The settings of a file; without one, of tierwise.yaml here, or the defaults. BadSettings says what is wrong."""
    return located(path)[0]


def located(path: Path | None) -> tuple[Settings, Where]:
    """The settings of a file as `settings` reads them, and where each of them stands."""
    chosen = path or Path(FILE)
    try:
        text = chosen.read_text(encoding="utf-8")
    except FileNotFoundError:
        if path is None:
            return Settings(), Where()
        raise BadSettings(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{chosen}: cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8 text'}") from None
    said, where = read_with_lines(text, str(chosen))
    return _with_evidence(said, chosen, where), where


def _with_evidence(said: Settings, path: Path, where: Where) -> Settings:
    """Settings with the rows of the evidence files they name; BadSettings for one that cannot be read or that says anything else."""
    rows = list(said.evidence)
    for index, name in enumerate(said.evidence_files):
        try:
            text = (path.parent / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problem = f"{path.parent / name} cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8 text'}"
            raise where.wrong(("evidence_files", index), problem) from None
        found = read(text, str(path.parent / name))
        if found != Settings(evidence=found.evidence):
            raise where.wrong(("evidence_files", index), f"{path.parent / name} may hold nothing but evidence")
        rows += found.evidence
    return replace(said, evidence=tuple(rows))


def opened(path: Path | None, until: str = "9999-12-31") -> House:
    """The house of a settings file; BadSettings names the file, the line and the key of what it cannot be built with."""
    said, where = located(path)
    return house(said, until, where)


def house(said: Settings, until: str = "9999-12-31", where: Where = NO_LINES) -> House:
    """The house of some settings; evidence dated after `until` is left out. BadSettings names a key whose value stands for nothing."""
    built = House(
        settings=said,
        sources=_sources(said, until),
        parts=Parts(
            _signals(plugins.found(plugins.SIGNALS), said.reading),
            _in_order(plugins.found(plugins.FILTERS)),
            {one.name: one for one in plugins.found(plugins.POLICIES)},
        ),
        wires=plugins.found(plugins.WIRES),
        clients=plugins.found(plugins.CLIENTS),
        importers=_specific_first(plugins.found(plugins.IMPORTERS)),
    )
    mistake = next(_mistakes(built), None)
    if mistake is not None:
        raise where.wrong(*mistake)
    return built


ORDER = ("operator", "capability", "window", "fidelity", "health", "budget")
"""Which objection is named when an endpoint has several: what the operator said, what never changes, what may pass."""


def _signals(found: Iterable[Signal], reading: str) -> tuple[Signal, ...]:
    """The signals in the order they are read, the shipped one for the kind of work with the shipped weights where that is wanted."""
    learnt = reading == "learned"
    return tuple(
        sorted((task.learned(weights.learned()) if learnt and one is task.SIGNAL else one for one in found), key=lambda one: one.rank)
    )


def _in_order(filters: Sequence[Filter]) -> tuple[Filter, ...]:
    names = list(ORDER)
    return tuple(sorted(filters, key=lambda one: names.index(one.name) if one.name in names else len(names)))


def _specific_first(importers: Iterable[Importer]) -> tuple[Importer, ...]:
    """Importers of one format before the plain table, which would claim much."""
    return tuple(sorted(importers, key=lambda one: (one.name == "table", one.name)))


def _sources(said: Settings, until: str) -> Sources:
    """What a catalog is put together from; the operator's endpoints, prices and evidence under the names the shipped data has for them."""
    cards = sheets.capabilities()
    bare = Sources(
        book=store.opened(),
        cards=cards,
        families=sheets.families(),
        efforts=sheets.efforts(),
        evidence=sheets.evidence(until),
        tables=sheets.tables(),
        providers={one.name: one for one in plugins.found(plugins.PROVIDERS)},
        names=build.names(cards, said.aliases),
        version=__version__,
    )
    offers = _offers(bare, said)
    named = replace(bare, offers=offers, names=build.names(cards, said.aliases, offers))
    own = tuple(_evidence(named, row) for row in said.evidence if row.date <= until)
    terms = {_provider(named, name): Terms(one.region, one.keeps_prompts) for name, one in said.providers.items()}
    return replace(named, evidence=(*bare.evidence, *own), terms=terms)


def _evidence(sources: Sources, row: EvidenceSettings) -> Evidence:
    cost, deviation = (None if amount is None else pico(f"{amount:.12f}") for amount in (row.cost, row.cost_deviation))
    return Evidence(
        model=_model(sources, row.model) or row.model,
        benchmark=row.benchmark,
        score=row.score,
        date=row.date,
        source=row.source,
        n=row.n,
        cost=cost,
        kind=row.kind or "",
        deviation=deviation,
        items=row.items,
    )


def _provider(sources: Sources, name: str) -> str:
    """The id of the provider a name stands for; the name itself where none is known by it."""
    own = {provider.lower(): provider for provider in (*sources.providers, *(one.partition("/")[0] for one in sources.offers))}
    if name.lower() in own:
        return own[name.lower()]
    seller = sold_by(sources.book, name)
    return seller.id if seller is not None else name


def _model(sources: Sources, name: str) -> str:
    """The model a name stands for, '' for none."""
    try:
        return build.model_of(sources, name)
    except UnknownModel:
        return ""


def _offers(sources: Sources, said: Settings) -> dict[str, Offer]:
    offers = {build.spelt(sources, one.id): _offer(one) for one in said.endpoints}
    for name, prices in said.prices.items():
        key = build.spelt(sources, name)
        offers[key] = replace(offers.get(key, Offer()), rates=_rates(prices))
    return offers


def _offer(one: EndpointSettings) -> Offer:
    can = Capability(one.context_window, one.max_output, one.tools, one.images, one.json_schema, one.reasoning, one.efforts)
    rates = None if one.prices is None else _rates(one.prices)
    return Offer(one.model, one.vendor, one.tier, one.region, one.keeps_prompts, one.wires, can, rates)


def _rates(prices: Prices) -> tuple[Rates, ...]:
    """Prices for a million tokens as pico-dollars for so many tokens."""
    fresh = _million(prices.input)
    write = fresh if prices.cache_write is None else _million(prices.cache_write)
    return (
        Rates(
            above=0,
            fresh=fresh,
            read=fresh if prices.cache_read is None else _million(prices.cache_read),
            write_5m=write,
            write_1h=write if prices.cache_write_1h is None else _million(prices.cache_write_1h),
            output=_million(prices.output),
            per=MILLION,
        ),
    )


def _million(dollars: float) -> int:
    """Pico-dollars; exact, since settings hold no number whose shortest form is not the one that was written."""
    return pico(repr(dollars))


Mistakes = Iterator[tuple[Place, str]]


def _mistakes(built: House) -> Mistakes:
    """Values in settings that stand for nothing: where, and what is the matter."""
    said, sources = built.settings, built.sources
    yield from _unlisted([(("policy",), said.policy)], "policy", built.parts.choosers)
    yield from _unlisted(_items("vendors", said.vendors), "vendor", _vendors(sources))
    yield from _unlisted([(("providers", name), _provider(sources, name)) for name in said.providers], "provider", _providers(sources))
    yield from _unlisted(
        [(("evidence", index, "benchmark"), row.benchmark) for index, row in enumerate(said.evidence)],
        "benchmark",
        [*(one.name for one in sources.tables.benchmarks), OWN],
    )
    yield from _unsold(built)
    yield from _nameless(built)


def _items(key: str, values: Iterable[str]) -> list[tuple[Place, str]]:
    return [((key, index), value) for index, value in enumerate(values)]


def _unlisted(found: Iterable[tuple[Place, str]], what: str, valid: Iterable[str]) -> Mistakes:
    known = {one.lower() for one in valid}
    yield from ((path, f"unknown {what} {name!r}{nearest(name, known)}") for path, name in found if name.lower() not in known)


def _vendors(sources: Sources) -> set[str]:
    return {card.vendor for card in sources.cards.values()} | {one.vendor for one in sources.offers.values() if one.vendor is not None}


def _providers(sources: Sources) -> set[str]:
    sellers = {one.id for one in sources.book.sellers}
    return sellers | set(sources.providers) | {name.partition("/")[0] for name in sources.offers}


def _unsold(built: House) -> Mistakes:
    """Endpoints of a provider nobody knows without a price of their own, and those that are another endpoint by another name."""
    sources = built.sources
    sellers = {one.id for one in sources.book.sellers} | set(sources.providers)
    seen: dict[str, int] = {}
    for index, one in enumerate(built.settings.endpoints):
        name = build.spelt(sources, one.id)
        provider = name.partition("/")[0]
        if provider not in sellers and sources.offers[name].rates is None:
            yield ("endpoints", index, "id"), f"unknown provider {provider!r} and no prices{nearest(provider, sellers)}"
        if seen.setdefault(name, index) != index:
            yield ("endpoints", index, "id"), f"is endpoints[{seen[name]}] again"


def _nameless(built: House) -> Mistakes:
    """Names of models that stand for none."""
    said, sources = built.settings, built.sources
    named = [
        (("reference",), said.reference),
        *_items("models", said.models),
        *((("aliases", name), to) for name, to in said.aliases.items() if to.lower() not in ROUTED),
    ]
    for path, name in named:
        yield from _unknown(built, path, name)
    used = {build.spelt(sources, one.id) for one in said.endpoints} | {sources.names.get(name.lower(), name) for _, name in named}
    used |= {build.spelt(sources, said.embeddings)} if said.embeddings else set()
    for name in said.prices:
        if build.spelt(sources, name) not in used:
            yield from _unpriced(built, name)
    offered = [(one.model or name.partition("/")[2], one.capability.efforts) for name, one in sources.offers.items()]
    invented = {model for model, _ in offered} | {f"{model}{AT}{effort}" for model, takes in offered for effort in takes}
    for index, row in enumerate(said.evidence):
        if row.model not in invented:
            yield from _unknown(built, ("evidence", index, "model"), row.model)
    for index, name in enumerate(said.deny):
        if name.lower() not in _parties(sources):
            yield from _unknown(built, ("deny", index), name)


def _unknown(built: House, path: Place, name: str) -> Mistakes:
    try:
        build.resolved(built.sources, name)
    except UnknownModel as error:
        yield path, str(error)


def _unpriced(built: House, name: str) -> Mistakes:
    """An own price for what is neither listed anywhere nor among the models to choose from."""
    shipped = replace(built.sources, offers={}, names=build.names(built.sources.cards, built.settings.aliases))
    for path, problem in _unknown(replace(built, sources=shipped), ("prices", name), name):
        yield path, f"{problem}; an endpoint of your own goes under endpoints"


def _parties(sources: Sources) -> dict[str, str]:
    """Providers and vendors by their names in lower case."""
    return {name.lower(): name for name in _providers(sources) | _vendors(sources)}


def taught(sources: Sources, learnt: Iterable[Evidence]) -> Sources:
    """What a catalog is put together from, with evidence besides."""
    rows = tuple(learnt)
    return replace(sources, evidence=(*sources.evidence, *rows)) if rows else sources


def shelf(built: House, names: Iterable[str]) -> Shelf:
    """Some models, by any of their names, to be priced at an instant; UnknownModel names one that is none."""
    ids = [build.resolved(built.sources, name) for name in names]
    return build.shelf(built.sources, ids, [reference_model(built)])


def candidates(built: House) -> list[str]:
    """The endpoints to choose from: the settings' models and endpoints, else all whose quality and cost are measured."""
    said = [*built.settings.models, *(one.id for one in built.settings.endpoints)]
    return sorted({build.resolved(built.sources, name) for name in said} or build.measured(built.sources))


def reference_model(built: House, name: str = "") -> str:
    """The model to compare with, by any of its names, else the settings' own; UnknownModel names the nearest ones."""
    return build.model_of(built.sources, name or built.settings.reference)


def policy(built: House, name: str = "", reference: str = "", floor: float | None = None) -> Policy:
    """The policy of a house's settings, with what the caller sets over them; all names as the catalog has them.

    `models` stays empty: `candidates` are chosen by it already.
    """
    said = built.settings
    if floor is not None and not 0 <= floor <= 1:
        raise BadFloor(f"floor {floor:g} is not between 0 and 1 (0.05 allows five points below the reference)")
    chosen = name or said.policy
    if chosen not in built.parts.choosers:
        raise UnknownPolicy(f"unknown policy {chosen!r}{nearest(chosen, built.parts.choosers)}")
    regions = {one.lower(): one for one in _regions(built.sources)}
    vendors = {one.lower(): one for one in _vendors(built.sources)}
    return Policy(
        name=chosen,
        reference=reference_model(built, reference),
        floor=said.floor if floor is None else floor,
        models=(),
        deny=tuple(_denied(built.sources, one) for one in said.deny),
        vendors=tuple(vendors[one.lower()] for one in said.vendors),
        regions=tuple(regions.get(one.lower(), one) for one in said.regions),
        no_retention=said.no_retention,
        lossy=said.lossy,
        tiers={str(kind): str(tier) for kind, tier in said.tiers.items()},
    )


def _regions(sources: Sources) -> set[str]:
    shipped, agreed = (one.region for one in sources.providers.values()), (one.region for one in sources.terms.values())
    return {one for one in (*shipped, *agreed, *(offer.region for offer in sources.offers.values())) if one is not None}


def _denied(sources: Sources, name: str) -> str:
    """What a denied name means: a provider or vendor, one endpoint where the name says which, else a model wherever it is sold."""
    party = _parties(sources).get(name.lower())
    if party is not None:
        return party
    one = build.entry(sources, build.resolved(sources, name)).bare
    return one.id if _provider(sources, name.partition("/")[0]) == one.provider else one.model
