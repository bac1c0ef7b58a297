"""Putting a catalog together: prices at an instant, capabilities, cache physics, evidence, and the operator's own word over all."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace

from tierwise.catalog import book as prices
from tierwise.catalog.book import Listing, PriceBook
from tierwise.catalog.sheets import Card, Family, priced_as
from tierwise.core import codec, efforts
from tierwise.core.catalog import Capability, Catalog, Endpoint, Evidence, Rates, Tables
from tierwise.core.money import Unknown
from tierwise.core.provider import Provider, physics_of

UNMEASURED = "*"
FOREVER = 2**53

VERSION: Final = re.compile(r".*[0-9/].*|latest|default|")
"""What stands after an `@` and is a model's version, as some providers write it, and no effort."""


class Offer(Struct, frozen=True):
    """What an operator says of an endpoint; None where nothing is said."""

    model: str | None = None
    vendor: str | None = None
    tier: str | None = None
    region: str | None = None
    keeps_prompts: bool | None = None
    wires: tuple[str, ...] | None = None
    capability: Capability = Capability()
    rates: tuple[Rates, ...] | None = None


class Terms(Struct, frozen=True):
    """What an operator has agreed with a provider."""

    region: str | None = None
    keeps_prompts: bool | None = None


class Sources(Struct, frozen=True):
    """Everything a catalog is put together from."""

    book: PriceBook
    cards: dict[str, Card]
    families: dict[str, Family]
    efforts: dict[str, int]
    evidence: tuple[Evidence, ...]
    tables: Tables
    providers: dict[str, Provider]
    names: dict[str, str]
    offers: dict[str, Offer] = {}
    terms: dict[str, Terms] = {}
    version: str = ""


class UnknownModel(ValueError):
    """A name that stands for no model; the message names the nearest ones."""


def names(cards: Mapping[str, Card], aliases: Mapping[str, str], ids: Iterable[str] = ()) -> dict[str, str]:
    """Every known name, in lower case, and the model or the operator's endpoint it stands for; the operator's aliases first."""
    shipped = {name.lower(): card.model for card in cards.values() for name in (*card.aliases, card.model)}
    found = shipped | {one.lower(): one for one in ids} | {alias.lower(): target for alias, target in aliases.items()}
    return {name: _followed(found, name) for name in found}


def _followed(found: Mapping[str, str], name: str) -> str:
    """What a name stands for in the end, over aliases of aliases."""
    seen: set[str] = set()
    while (key := name.lower()) in found and key not in seen:
        seen.add(key)
        name = found[key]
    return name


def resolved(sources: Sources, name: str, provider: str = "") -> str:
    """The endpoint id (provider/model) a name stands for, as a log or a person writes it.

    An operator's alias or endpoint, a known model at its default provider, a provider and a model with a slash between, or whatever the
    price data takes the name for; any of them at an effort (`@low`) that the model is known to take. UnknownModel otherwise.
    """
    key = sources.names.get(name.lower(), name)
    if key in sources.offers:
        return key
    if key in sources.cards:
        return own(sources, spelt(sources, f"{provider or sources.cards[key].provider}/{key}"))
    if efforts.AT in key and (asked := _at_effort(sources, key, provider)):
        return asked
    listed = spelt(sources, key)
    seller, _, rest = listed.partition("/")
    if rest and _listing(sources, seller, rest) is not None:
        return own(sources, listed)
    found = prices.find(sources.book, key, provider or None) or prices.find(sources.book, key)
    if found is None:
        raise UnknownModel(f"unknown model {name!r}{_nearest(sources, name)}")
    return own(sources, spelt(sources, f"{found.seller.id}/{found.model.id}"))


def _at_effort(sources: Sources, name: str, provider: str) -> str:
    """The id of a model at the effort its name asks for, '' where it asks for none; UnknownModel where the model takes no such effort."""
    rest, _, word = name.rpartition(efforts.AT)
    if not rest or VERSION.fullmatch(word.lower()):
        return ""
    try:
        found = resolved(sources, rest, provider)
    except UnknownModel:
        if word.lower() in efforts.LEVELS:
            raise
        return ""
    known = entry(sources, found).bare
    if known.reasoning:
        raise UnknownModel(f"unknown effort {word!r} of {rest!r}: that is {found}, which names an effort already")
    if word.lower() not in known.capability.efforts:
        raise UnknownModel(f"unknown effort {word!r} of {rest}{_known_efforts(known)}")
    return f"{found}{efforts.AT}{word.lower()}"


def _known_efforts(model: Endpoint) -> str:
    """The end of an error about an effort: those that a model takes."""
    said = ", ".join(model.capability.efforts)
    return f"; known: {said}" if said else ", of which no effort is known; state those of an endpoint of your own as endpoints: efforts"


def spelt(sources: Sources, name: str) -> str:
    """An id (provider/model) as the shipped data spells it; one at a provider that the price data does not know stays as it is."""
    provider, _, rest = name.partition("/")
    seller = prices.sold_by(sources.book, provider)
    if seller is None:
        return name
    bare, effort = efforts.split(rest)
    model = sources.names.get(bare.lower(), bare)
    return f"{seller.id}/{model}{efforts.AT * bool(effort)}{effort}" if model in sources.cards else f"{seller.id}/{rest}"


def own(sources: Sources, name: str) -> str:
    """The operator's own endpoint of an id, whatever its case; the id itself where there is none."""
    found = sources.names.get(name.lower(), name)
    return found if found in sources.offers else name


def model_of(sources: Sources, name: str) -> str:
    """The model a name stands for; UnknownModel where it stands for none."""
    return entry(sources, resolved(sources, name)).bare.model


def _nearest(sources: Sources, name: str) -> str:
    known = {*sources.names, *sources.offers}
    close = difflib.get_close_matches(name.lower(), known, 3, 0.5)
    return f"; did you mean {' or '.join(close)}?" if close else "; tierwise models lists the known ones"


def _listing(sources: Sources, provider: str, model: str) -> Listing | None:
    """A model in a seller's price list, under any of its names."""
    card = sources.cards.get(model)
    tried = priced_as(card) if card is not None else (model,)
    return next((found for name in tried if (found := prices.find(sources.book, name, provider)) is not None), None)


class Entry(Struct, frozen=True):
    """An endpoint looked up: where its prices are listed, and everything about it but the prices."""

    bare: Endpoint
    listing: Listing | None
    said: tuple[Rates, ...] | None


def entry(sources: Sources, name: str) -> Entry:
    """An endpoint looked up by its id, the operator's word over the shipped data."""
    rest, effort = efforts.split(name)
    if effort and effort in (bare := entry(sources, rest)).bare.capability.efforts:
        return _asked(sources, bare, effort)
    offer = sources.offers.get(name, Offer())
    provider, _, rest = name.partition("/")
    model = offer.model or rest
    card = sources.cards.get(sources.names.get(model.lower(), model))
    model = card.model if card is not None else model
    listing = _listing(sources, provider, model)
    found = replace(_described(sources, name, card, listing), model=model)
    return Entry(_said(found, offer), listing, offer.rates)


def _asked(sources: Sources, bare: Entry, effort: str) -> Entry:
    """A model that is asked for an effort: in all the model itself, but for what was measured of it or said of it."""
    model = f"{bare.bare.model}{efforts.AT}{effort}"
    name = f"{bare.bare.id}{efforts.AT}{effort}"
    known = model in sources.efforts
    worked = sources.efforts[model] if known else usual_effort(sources.efforts, bare.bare.vendor)
    one = replace(bare.bare, id=name, model=model, reasoning=effort, effort=worked, effort_known=known and bare.bare.effort_known)
    offer = sources.offers.get(name, Offer())
    return Entry(_said(one, offer), bare.listing, bare.said if offer.rates is None else offer.rates)


def _said(one: Endpoint, offer: Offer) -> Endpoint:
    """An endpoint with what the operator says of it."""
    said = {key: value for key in SAID if (value := getattr(offer, key)) is not None}
    return replace(one, capability=_over(one.capability, offer.capability), **said)


def priced(sources: Sources, one: Entry, at: int) -> tuple[Endpoint, tuple[int, int]]:
    """An endpoint as it is at an instant, and the span (milliseconds) within which its prices do not change."""
    if one.said is not None:
        return replace(one.bare, rates=one.said), (0, FOREVER)
    if one.listing is None:
        return replace(one.bare, rates=Unknown(f"{sources.book.version} does not list {one.bare.id}")), (0, FOREVER)
    rates = prices.token_rates(sources.book, one.listing, at)
    return replace(one.bare, rates=_uncached(rates, one.bare)), prices.edges(one.listing.model, at)


def _uncached(rates: tuple[Rates, ...] | Unknown, bare: Endpoint) -> tuple[Rates, ...] | Unknown:
    """Prices by which no token of a prompt that an automatic cache does not have costs less than input does.

    Some lists give what is charged for storing it as the write price, beside the input price and not in its place.
    """
    if isinstance(rates, Unknown) or bare.cache.kind != "automatic":
        return rates
    return tuple(replace(one, write_5m=max(one.write_5m, one.fresh), write_1h=max(one.write_1h, one.fresh)) for one in rates)


def endpoint(sources: Sources, name: str, at: int) -> tuple[Endpoint, tuple[int, int]]:
    """An endpoint by its id at an instant, and the span within which its prices do not change."""
    return priced(sources, entry(sources, name), at)


SAID = ("vendor", "tier", "region", "keeps_prompts", "wires")


def _over(base: Capability, said: Capability) -> Capability:
    """A capability with what the operator says of it."""
    return replace(base, **{key: value for key, value in asdict(said).items() if value not in {None, ()}})


def _described(sources: Sources, name: str, card: Card | None, listing: Listing | None) -> Endpoint:
    """An endpoint without its prices: what the shipped data, or the price list alone, know of it."""
    provider = name.partition("/")[0]
    seller = sources.providers.get(provider)
    terms = sources.terms.get(provider, Terms())
    family = sources.families[card.family if card else "other"]
    window = listing.model.context_window if listing else None
    known = card is not None and card.model in sources.efforts
    return Endpoint(
        id=name,
        model=card.model if card else name.partition("/")[2],
        provider=provider,
        vendor=card.vendor if card else "unknown",
        tier=card.tier if card else "premium",
        family=family.name,
        scale=family.scale,
        scale_error=family.error,
        rates=Unknown("not priced yet"),
        capability=card.capability if card else Capability(context_window=window),
        cache=physics_of(seller or sources.providers.get("compatible"), card.model if card else ""),
        region=terms.region or (seller.region if seller else None),
        keeps_prompts=terms.keeps_prompts if terms.keeps_prompts is not None else seller.keeps_prompts if seller else None,
        wires=seller.wires if seller else ("openai_chat",),
        effort=_effort(sources, card),
        effort_known=known,
    )


def _effort(sources: Sources, card: Card | None) -> int:
    """A model's measured effort, else the mean of its vendor's models, else of all."""
    if card is not None and card.model in sources.efforts:
        return sources.efforts[card.model]
    return usual_effort(sources.efforts, "" if card is None else card.vendor)


def usual_effort(known: Mapping[str, int], vendor: str) -> int:
    """The mean effort of a vendor's measured models, of all where none was."""
    return known.get(f"{UNMEASURED}{vendor}", known[UNMEASURED])


class Shelf(Struct, frozen=True):
    """Endpoints looked up once, to be priced at many instants."""

    sources: Sources
    entries: tuple[Entry, ...]
    evidence: tuple[Evidence, ...]

    def at(self, instant: int) -> Catalog:
        """The catalog at an instant (milliseconds), in order of ids. Its digest names its content, not its span."""
        found = [priced(self.sources, one, instant) for one in self.entries]
        versions = {"prices": self.sources.book.version, "tierwise": self.sources.version}
        bare = Catalog(0, 0, tuple(one for one, _ in found), self.evidence, self.sources.tables, versions)
        since = max((span[0] for _, span in found), default=0)
        until = min((span[1] for _, span in found), default=FOREVER)
        return replace(bare, since=since, until=until, digest=codec.digest(bare))


def shelf(sources: Sources, ids: Iterable[str], beside: Iterable[str] = ()) -> Shelf:
    """Some endpoints, by id, with the evidence on their models and on those they are measured against."""
    entries = tuple(entry(sources, name) for name in sorted(set(ids)))
    models = {one.bare.model for one in entries} | set(beside)
    models |= {efforts.plain(model) for model in models}
    return Shelf(sources, entries, tuple(row for row in sources.evidence if row.model in models))


def measured(sources: Sources) -> Sequence[str]:
    """The ids of all models whose quality and cost are both measured, at their default providers."""
    return [own(sources, f"{sources.cards[model].provider}/{model}") for model in sources.efforts if model in sources.cards]
