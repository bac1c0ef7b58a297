"""What logged calls really cost, and which endpoints their models are: looked up once per model and span of prices."""

from msgspec import Struct

from tierwise.catalog import book
from tierwise.catalog.build import Entry, Sources, UnknownModel, entry, priced, resolved
from tierwise.core.catalog import Endpoint, rates_at
from tierwise.core.entry import charged
from tierwise.core.money import Amount, Unknown
from tierwise.lab.call import Call


class Found(Struct):
    """A model that a log names: where it is listed, and what it is now, until its prices change."""

    entry: Entry
    now: Endpoint
    since: int
    until: int


class Logged(Struct):
    """Look-ups of the models a log names."""

    sources: Sources
    found: dict[tuple[str, str], Found | None] = {}

    def endpoint(self, model: str, provider: str, at: int) -> Endpoint | None:
        """The endpoint a logged model is, as it was at an instant; None where the name stands for none."""
        key = (model, provider)
        known = self.found[key] if key in self.found else self._look_up(model, provider, at)
        if known is not None and not known.since <= at < known.until:
            known.now, (known.since, known.until) = priced(self.sources, known.entry, at)
        return None if known is None else known.now

    def _look_up(self, model: str, provider: str, at: int) -> Found | None:
        try:
            one = entry(self.sources, resolved(self.sources, model, provider))
        except UnknownModel:
            self.found[model, provider] = None
            return None
        now, span = priced(self.sources, one, at)
        self.found[model, provider] = Found(one, now, *span)
        return self.found[model, provider]

    def price(self, call: Call) -> Amount:
        """What a call cost, in pico-dollars, at the prices of its moment."""
        usage, endpoint = call.usage, self.endpoint(call.model, call.provider, call.at)
        if isinstance(usage, Unknown):
            return usage
        if endpoint is None:
            return Unknown(f"unknown model {call.model}")
        if isinstance(endpoint.rates, Unknown):
            return endpoint.rates
        rate = rates_at(endpoint.rates, usage.prompt)
        one = self.found[call.model, call.provider]
        listing = None if one is None or one.entry.said is not None else one.entry.listing
        if listing is not None and (rate.per != 1 or usage.searches or usage.reasoning):
            return book.price(self.sources.book, listing, usage, call.at)
        return charged(endpoint, usage)
