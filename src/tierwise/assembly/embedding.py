"""Where embeddings can be had, and what they cost there."""

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from msgspec import Struct

from tierwise.assembly.stocking import Stock, joined
from tierwise.catalog import book
from tierwise.catalog.build import Sources
from tierwise.core.catalog import rates_at
from tierwise.core.money import Amount, Unknown
from tierwise.core.provider import Provider
from tierwise.core.usage import Usage
from tierwise.gateway.sites import Elsewhere, Way
from tierwise.upstream.door import Upstream

EMBEDDINGS: Final = "/embeddings"
WIRE: Final = "openai_chat"


def embedding(sources: Sources, stock: Stock) -> "Embedding":
    """Where embeddings can be had."""
    found = []
    for name, one in stock.reached.items():
        path = one.provider.routes.get(EMBEDDINGS)
        base = one.bases.get(WIRE) or next(iter(one.bases.values()))
        if path is not None:
            headers = one.headers.get(WIRE) or next(iter(one.headers.values()))
            found.append((name, Reached(one.provider, Way(joined(base, path), headers), one.transport)))
    return Embedding(tuple(found), sources)


class Reached(NamedTuple):
    """A provider that serves embeddings."""

    provider: Provider
    way: Way
    transport: Upstream


class Embedding(Struct, frozen=True):
    """Providers that serve embeddings, by name, and where prices stand."""

    providers: tuple[tuple[str, Reached], ...]
    sources: Sources

    def __call__(self, model: str) -> Sequence[Elsewhere]:
        """Where to ask for embeddings by a model: at the provider its name begins with, else at every one."""
        seller, _, rest = model.partition("/")
        named = [self._at(name, one, rest) for name, one in self.providers if rest and name == seller]
        return named or [self._at(name, one, model) for name, one in self.providers]

    def _at(self, name: str, one: Reached, model: str) -> Elsewhere:
        return Elsewhere(one.provider, model, one.way, one.transport, partial(self._priced, name, model))

    def _priced(self, seller: str, model: str, usage: Usage, at: int) -> Amount:
        """What tokens cost: by the operator's own word, else as the price data lists them."""
        offer = self.sources.offers.get(f"{seller}/{model}")
        if offer is not None and offer.rates:
            rate = rates_at(offer.rates, usage.prompt)
            return usage.fresh * rate.fresh // rate.per
        listing = book.find(self.sources.book, model, seller)
        return Unknown(f"no price of {seller}/{model} is known") if listing is None else book.price(self.sources.book, listing, usage, at)
