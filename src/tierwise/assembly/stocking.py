"""What can be served: the providers that can be reached with the keys that are there, and the endpoints that makes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise import assembly
from tierwise.catalog import build
from tierwise.catalog.build import Entry, UnknownModel
from tierwise.config.reader import BadSettings
from tierwise.config.settings import ProviderSettings
from tierwise.core.efforts import plain, split
from tierwise.core.provider import Auth, Provider, addresses
from tierwise.core.wire import Wire
from tierwise.gateway.sites import AGENT, Site, Way
from tierwise.upstream.door import Upstream

DEMO: Final = "demo"
ANY: Final = "compatible"


class Reached(Struct, frozen=True):
    """A provider that can be asked: its own row, the base URL of each wire, the headers of each wire with the key, and the transport."""

    provider: Provider
    bases: Mapping[str, str]
    headers: Mapping[str, Mapping[str, str]]
    transport: Upstream


class Transports(Struct, frozen=True):
    """What requests go out by: to real providers, and to the demo."""

    real: Upstream
    demo: Upstream


class Stock(Struct, frozen=True):
    """What can be served: endpoints by id, and whether it is the demo that plays them.

    `usual` are those to choose from. Others come in when somebody names them: whatever a provider that can be reached is known to sell.
    """

    reached: Mapping[str, Reached]
    sites: dict[str, Site]
    usual: frozenset[str]
    demo: bool


def stocked(house: assembly.House, env: Mapping[str, str], transports: Transports) -> Stock:
    """The providers that can be reached and the endpoints they make; the demo where there are none."""
    reached = {name: one for name in _sellers(house) if (one := _reached(house, name, env, transports.real)) is not None}
    sites = {name: site for name in _names(house, reached) if (site := _site(house, name, reached)) is not None}
    if sites:
        return Stock(reached, sites, frozenset(sites), demo=False)
    player = _played(house, transports.demo)
    played = {name: site_at(house, build.entry(house.sources, name), player) for name in assembly.candidates(house)}
    return Stock({DEMO: player}, played, frozenset(played), demo=True)


def fetched(house: assembly.House, stock: Stock, name: str) -> str:
    """What a model's name stands for, put in stock wherever it can be had: an endpoint, where the name says which, else a model.

    UnknownModel names the nearest where it stands for nothing.
    """
    try:
        found = build.resolved(house.sources, name)
    except UnknownModel:
        own = {site.endpoint.model.lower(): site.endpoint for site in stock.sites.values()}
        if name.lower() in own:
            return own[name.lower()].model
        model, effort = split(name.lower())
        if not effort or model not in own:
            raise
        return fetched(house, stock, f"{own[model].id}@{effort}").partition("/")[2]
    entry = build.entry(house.sources, found)
    model = entry.bare.model
    if stock.demo:
        stock.sites.setdefault(found, site_at(house, entry, stock.reached[DEMO]))
    for one in {found, *_everywhere(house, model, stock.reached)} - stock.sites.keys():
        site = None if stock.demo else _site(house, one, stock.reached)
        if site is not None and site.endpoint.model == model:
            stock.sites[one] = site
    return found if "/" in name and found in stock.sites else model


def _everywhere(house: assembly.House, model: str, sellers: Iterable[str]) -> Iterator[str]:
    """A model at each seller, as far as the name stands for one there: an operator's own does so only where they say."""
    for seller in sellers:
        try:
            yield build.resolved(house.sources, model, seller)
        except UnknownModel:
            continue


def _sellers(house: assembly.House) -> list[str]:
    """Providers by name: those with a row of their own, and those that the settings name."""
    said = house.settings
    own = (one.partition("/")[0] for one in house.sources.offers)
    return sorted({*house.sources.providers, *said.providers, *own} - {DEMO, ANY})


def _reached(house: assembly.House, name: str, env: Mapping[str, str], transport: Upstream) -> Reached | None:
    """A provider with its key; None where it cannot be asked."""
    said = house.settings.providers.get(name, ProviderSettings())
    own = house.sources.providers.get(name)
    provider = own if own is not None else house.sources.providers[ANY]
    url = said.url or next((env[one] for one in provider.base_env if env.get(one)), "")
    key = _key(said, provider if own is not None else replace(provider, env=()), env)
    bases = addresses(provider, url) if url else provider.bases
    named = name in house.settings.providers or any(one.startswith(f"{name}/") for one in house.sources.offers)
    if not bases or (not key and not (provider.keyless and named)):
        return None
    headers = {wire: _headers(provider, said, wire, key) for wire in bases}
    return Reached(replace(provider, name=name), bases, headers, transport)


def _key(said: ProviderSettings, provider: Provider, env: Mapping[str, str]) -> str:
    """The key to send to a provider: the settings' own, else that of the variable they name, else of the usual ones."""
    if said.key is not None:
        return said.key
    if said.key_env is not None:
        if not env.get(said.key_env):
            raise BadSettings(f"providers.{provider.name}.key_env: the environment has no {said.key_env}")
        return env[said.key_env].strip()
    return next((env[one].strip() for one in provider.env if env.get(one)), "")


def _headers(provider: Provider, said: ProviderSettings, wire: str, key: str) -> dict[str, str]:
    """The headers of every request to a provider on a wire."""
    auth = provider.auth.get(wire, Auth())
    sent = {auth.header: f"{auth.prefix}{key}"} if key else {}
    more = {name.lower(): value for name, value in (*provider.headers.items(), *said.headers.items())}
    return {"content-type": "application/json", "user-agent": AGENT, **sent, **more}


def _names(house: assembly.House, reached: Mapping[str, Reached]) -> list[str]:
    """Endpoints to choose from: the settings' own, else every measured model at every provider that sells it and can be reached.

    A provider that sells none of these is not left out: its other models are there, with nothing known of how good they are.
    """
    said = house.settings
    if said.models or said.endpoints:
        return assembly.candidates(house)
    sellers = [seller for seller in reached if seller in house.sources.providers]
    measured = [name.partition("/")[2] for name in assembly.candidates(house)]
    found = {one for seller in sellers for one in _sold_by(house, seller, measured) or _sold_by(house, seller, house.sources.cards)}
    return sorted(found)


def _sold_by(house: assembly.House, seller: str, models: Iterable[str]) -> list[str]:
    """Those of some models that a provider sells, as its endpoints."""
    names = (build.resolved(house.sources, model, seller) for model in models)
    return [name for name in names if name.startswith(f"{seller}/") and build.entry(house.sources, name).listing is not None]


def _site(house: assembly.House, name: str, reached: Mapping[str, Reached]) -> Site | None:
    """An endpoint at a provider that can be reached and sells it."""
    one = reached.get(name.partition("/")[0])
    entry = build.entry(house.sources, name)
    listed = entry.listing is not None and (one is None or not one.provider.sells or entry.bare.model.startswith(one.provider.sells))
    sold = listed or not house.sources.offers.keys().isdisjoint({name, plain(name)})
    made = site_at(house, entry, one) if one is not None and sold else None
    return made if made is None or made.ways or not entry.bare.reasoning else None


def site_at(house: assembly.House, entry: Entry, one: Reached) -> Site:
    """An endpoint as a provider is asked for it; for one with an effort on the wires that can ask for it."""
    offers = (house.sources.offers.get(name) for name in dict.fromkeys((entry.bare.id, plain(entry.bare.id))))
    spoken = next((offer.wires for offer in offers if offer is not None and offer.wires is not None), one.provider.wires)
    wires = {wire.name: wire for wire in house.wires if not entry.bare.reasoning or wire.asks is not None}
    ways = {
        name: Way(joined(one.bases[name], wires[name].path), {**wires[name].headers, **one.headers[name]})
        for name in spoken
        if name in one.bases and name in wires
    }
    return Site(entry.bare, one.provider, _called(house, entry, one.provider), ways, one.transport, _others(one, house.wires))


def _others(one: Reached, spoken: Iterable[Wire]) -> dict[str, Way]:
    """Ways to count tokens, by the wire's path for it."""
    wires = {wire.name: wire for wire in spoken}
    counted = {name: wires[name].counting for name in one.bases} if one.provider.counts else {}
    return {
        path: Way(joined(one.bases[name], path), {**wires[name].headers, **one.headers[name]}) for name, path in counted.items() if path
    }


def joined(base: str, path: str) -> str:
    """An address under a base URL; '/v1' is not said twice."""
    bare = base.rstrip("/")
    return bare + (path.removeprefix("/v1") if bare.endswith("/v1") else path)


def _called(house: assembly.House, entry: Entry, provider: Provider) -> str:
    """What a provider calls a model: the settings' word, the provider's own name for it, the listed one where that names its maker."""
    name = plain(entry.bare.id) if entry.bare.reasoning else entry.bare.id
    ids = {entry.bare.id, name}
    said = next((one.called for one in house.settings.endpoints if one.called and build.spelt(house.sources, one.id) in ids), None)
    listed, own = entry.listing.model.id if entry.listing is not None else "", name.partition("/")[2]
    usual = listed if "/" in listed else own
    return said or (provider.called(usual) if provider.called is not None else usual)


def _played(house: assembly.House, transport: Upstream) -> Reached:
    """The demo upstream as a provider that sells everything."""
    provider = house.sources.providers[DEMO]
    headers = {wire: {"content-type": "application/json", "user-agent": AGENT, **provider.headers} for wire in provider.bases}
    return Reached(provider, provider.bases, headers, transport)
