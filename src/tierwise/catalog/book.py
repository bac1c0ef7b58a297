"""The price book: every published price, dated, as exact decimals, and the price of a call at an instant.

Theory of operation. A seller lists models; a model has cards of prices. A card holds from a date on, or between two times
of every day (UTC), or always; the last one that holds is the one that applies, else the first. A price may rise
for prompts above a size, and then does so for all of the call's tokens. Some requests (batch, priority, fast) have prices of
their own that replace the card's, price by price.

A price covers a unit of usage and everything under it that has no price of its own: with no price for cache reads they are
input, with one for cache writes of any lifetime it holds for both unless the one-hour write has its own. So each unit is
charged for what is left of it when the more specific priced units are taken out.

Prices are kept as mantissa and exponent, sums are exact, and only the final amount is rounded (half to even) to a pico-dollar.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Final

from msgspec import Struct

from tierwise.core.catalog import Rates
from tierwise.core.money import PER_DOLLAR, Amount, Unknown
from tierwise.core.usage import Usage

DAY = 86_400


class Clause(Struct, frozen=True, array_like=True, omit_defaults=True):
    """A test of a name: 'equals', 'starts', 'ends', 'contains' or 'regex' against `text`, or 'and'/'or' of `parts`."""

    op: str
    text: str = ""
    parts: tuple["Clause", ...] = ()


class Unit(Struct, frozen=True, array_like=True):
    """A unit of usage: prices are for `per` of it; it lies under every unit whose dimensions it has."""

    per: int
    dimensions: dict[str, str]


class Rate(Struct, frozen=True, array_like=True, omit_defaults=True):
    """The price of a unit, `mantissa * 10**exponent` dollars; `tiers` are (above, mantissa, exponent) by size of the prompt."""

    unit: str
    mantissa: int
    exponent: int
    tiers: tuple[tuple[int, int, int], ...] = ()


class Card(Struct, frozen=True, array_like=True, omit_defaults=True):
    """Prices that hold from a day on (`since`, days since 1970), or within a daily window (seconds, UTC), or always."""

    rates: tuple[Rate, ...]
    since: int | None = None
    window: tuple[int, int] | None = None


class Variant(Struct, frozen=True, array_like=True):
    """Prices that replace a card's for requests of a kind (`when`, for example processing = batch)."""

    when: dict[str, str]
    card: Card


class Model(Struct, frozen=True, array_like=True, omit_defaults=True):
    """A model as a seller lists it."""

    id: str
    match: Clause
    cards: tuple[Card, ...] = ()
    variants: tuple[Variant, ...] = ()
    context_window: int | None = None


class Seller(Struct, frozen=True, array_like=True, omit_defaults=True):
    """Who sells models; `fallbacks` are sellers whose prices hold where it lists none."""

    id: str
    title: str
    models: tuple[Model, ...]
    named: Clause | None = None
    owns: Clause | None = None
    fallbacks: tuple[str, ...] = ()


class PriceBook(Struct, frozen=True, array_like=True):
    """All sellers, the units they price by, and the version of the data."""

    version: str
    units: dict[str, Unit]
    sellers: tuple[Seller, ...]


class Listing(Struct, frozen=True):
    """A model found in the book, with who sells it."""

    seller: Seller
    model: Model


def matches(clause: Clause, name: str) -> bool:
    """Whether a lower-case name passes a clause."""
    return TESTS[clause.op](name, clause)


TESTS: Final[Mapping[str, Callable[[str, Clause], bool]]] = {
    "equals": lambda name, clause: name == clause.text,
    "starts": lambda name, clause: name.startswith(clause.text),
    "ends": lambda name, clause: name.endswith(clause.text),
    "contains": lambda name, clause: clause.text in name,
    "regex": lambda name, clause: re.search(clause.text, name) is not None,
    "or": lambda name, clause: any(matches(part, name) for part in clause.parts),
    "and": lambda name, clause: all(matches(part, name) for part in clause.parts),
}


def find(book: PriceBook, name: str, seller: str | None = None) -> Listing | None:
    """The model a name stands for, at a named seller or at the one whose models are called so."""
    name = name.lower()
    who = _seller(book, name, seller)
    if who is None:
        return None
    for spelling in dict.fromkeys((name, dashed(name))):
        model = _model(book, who, spelling)
        if model is not None:
            return Listing(who, model)
    return None


def _seller(book: PriceBook, name: str, seller: str | None) -> Seller | None:
    if seller is None:
        return next((one for one in book.sellers if one.owns is not None and matches(one.owns, name)), None)
    return sold_by(book, seller)


def sold_by(book: PriceBook, name: str) -> Seller | None:
    """The seller a provider's name stands for."""
    wanted = name.lower().strip()
    exact = next((one for one in book.sellers if one.id == wanted), None)
    return exact or next((one for one in book.sellers if one.named is not None and matches(one.named, wanted)), None)


def _model(book: PriceBook, who: Seller, name: str) -> Model | None:
    """The model a name matches, else the one the seller's own list calls so: a few do not match their own names."""
    matching = next((model for model in _offered(book, who) if matches(model.match, name)), None)
    return matching or next((model for model in who.models if model.id.lower() == name), None)


def _offered(book: PriceBook, who: Seller) -> Iterator[Model]:
    """The models of a seller, then those whose prices it borrows."""
    yield from who.models
    for lender in who.fallbacks:
        for one in book.sellers:
            if one.id == lender:
                yield from one.models


def dashed(name: str) -> str:
    """A name with its compact date (-20251211) written with dashes, as the price data spells some."""
    return re.sub(r"(?<=-)20[0-9]{6}(?=[-:]|$)", _with_dashes, name)


def _with_dashes(found: re.Match[str]) -> str:
    try:
        return date.fromisoformat(found[0]).isoformat()
    except ValueError:
        return found[0]


def holding(cards: Sequence[Card], at: int) -> Card:
    """The card that applies at an instant (milliseconds since the epoch): the last that holds, else the first."""
    return next((card for card in reversed(cards) if holds(card, at)), cards[0])


def holds(card: Card, at: int) -> bool:
    """Whether a card's own condition is met at an instant."""
    day, second = divmod(at // 1000, DAY)
    if card.since is not None:
        return day >= card.since
    if card.window is None:
        return True
    start, end = card.window
    return second >= start or second < end if end < start else start <= second < end


def rates(model: Model, at: int, context: Mapping[str, str] | None = None) -> tuple[Rate, ...]:
    """The prices of a model at an instant for a kind of request, by unit; empty where none are listed."""
    if not model.cards:
        return ()
    found = {rate.unit: rate for rate in holding(model.cards, at).rates}
    replaced: dict[str, Rate] = {}
    for variant in model.variants if context else ():
        if holds(variant.card, at) and all((context or {}).get(key) == value for key, value in variant.when.items()):
            replaced = {rate.unit: rate for rate in variant.card.rates} | replaced
    return tuple((found | replaced).values())


def counts(usage: Usage) -> dict[str, int]:
    """Usage by the book's unit names."""
    return {
        "input_tokens": usage.prompt,
        "cache_read_tokens": usage.read,
        "cache_write_tokens": usage.written,
        "cache_write_5m_tokens": usage.write_5m,
        "cache_write_1h_tokens": usage.write_1h,
        "output_tokens": usage.output,
        "output_reasoning_tokens": usage.reasoning,
        "web_searches": usage.searches,
        "requests": 1,
    }


def charged(book: PriceBook, prices: Sequence[Rate], usage: Usage) -> dict[str, int]:
    """How much of each priced unit is charged at its own price."""
    have = counts(usage)
    left: dict[str, int] = {}
    for rate in sorted(prices, key=lambda one: -len(book.units[one.unit].dimensions)):
        under = (count for unit, count in left.items() if _lies_under(book, unit, rate.unit))
        left[rate.unit] = have.get(rate.unit, 0) - sum(under)
    return left


def _lies_under(book: PriceBook, unit: str, other: str) -> bool:
    return book.units[other].dimensions.items() <= book.units[unit].dimensions.items()


def price(book: PriceBook, listing: Listing, usage: Usage, at: int, context: Mapping[str, str] | None = None) -> Amount:
    """The price of a call in pico-dollars, or why it is not known."""
    prices = _asked(listing, at, context)
    missing = _uncovered(book, prices, usage) if prices else "anything"
    if missing:
        return Unknown(f"{book.version} lists no price for {missing} of {listing.seller.id}/{listing.model.id}")
    left = charged(book, prices, usage)
    odd = next((unit for unit, count in left.items() if count < 0), "")
    if odd:
        return Unknown(f"the parts of {odd} are more than the whole")
    amount = sum((_amount(book, rate, left[rate.unit], usage.prompt) for rate in prices), Fraction(0))
    return round(amount * PER_DOLLAR)


def _asked(listing: Listing, at: int, context: Mapping[str, str] | None) -> tuple[Rate, ...]:
    """The prices of a listing for a kind of request; a seller that borrows a model's prices borrows only the usual ones."""
    own = context and any(model is listing.model for model in listing.seller.models)
    return rates(listing.model, at, context if own else None)


def _uncovered(book: PriceBook, prices: Sequence[Rate], usage: Usage) -> str:
    """A unit that was used and that no price covers, neither its own nor one of a unit above it."""
    used = (unit for unit, count in counts(usage).items() if count and unit != "requests" and unit in book.units)
    return next((unit for unit in used if not any(_lies_under(book, unit, rate.unit) for rate in prices)), "")


def _amount(book: PriceBook, rate: Rate, count: int, prompt: int) -> Fraction:
    mantissa, exponent = at_size(rate, prompt)
    return Fraction(mantissa * count, book.units[rate.unit].per) * Fraction(10) ** exponent


def at_size(rate: Rate, prompt: int) -> tuple[int, int]:
    """Mantissa and exponent of a price for a prompt of so many tokens."""
    tier = next((tier for tier in reversed(rate.tiers) if prompt > tier[0]), None)
    return (rate.mantissa, rate.exponent) if tier is None else tier[1:]


FALLS_BACK: Final = {
    "fresh": ("input_tokens",),
    "read": ("cache_read_tokens", "input_tokens"),
    "write_5m": ("cache_write_5m_tokens", "cache_write_tokens", "input_tokens"),
    "write_1h": ("cache_write_1h_tokens", "cache_write_tokens", "input_tokens"),
    "output": ("output_tokens",),
}
"""Which units' prices a kind of token is charged at, the most specific first."""


def token_rates(book: PriceBook, listing: Listing, at: int, context: Mapping[str, str] | None = None) -> tuple[Rates, ...] | Unknown:
    """A model's prices of tokens at an instant, one row per size of prompt, as decisions use them.

    Unknown where tokens are not all there is to pay: a fee for each request has no place in these rows.
    """
    prices = {rate.unit: rate for rate in _asked(listing, at, context)}
    if not {"input_tokens", "output_tokens"} <= prices.keys():
        return Unknown(f"{book.version} lists no token prices for {listing.seller.id}/{listing.model.id}")
    if "requests" in prices:
        return Unknown(f"{listing.seller.id}/{listing.model.id} charges for each request beside its tokens")
    used = [prices[unit] for units in FALLS_BACK.values() for unit in units if unit in prices]
    sizes = sorted({0, *(tier[0] for rate in used for tier in rate.tiers)})
    return tuple(_row(prices, size) for size in sizes)


def _row(prices: Mapping[str, Rate], above: int) -> Rates:
    found = {field: at_size(next(prices[unit] for unit in units if unit in prices), above + 1) for field, units in FALLS_BACK.items()}
    finest = max(0, *(-(exponent + 6) for _, exponent in found.values()))
    whole = {field: mantissa * 10 ** (exponent + 6 + finest) for field, (mantissa, exponent) in found.items()}
    return Rates(above=above, per=10**finest, **whole)


def edges(model: Model, at: int) -> tuple[int, int]:
    """The span around an instant (milliseconds, end excluded) within which a model's prices do not change."""
    cards = [*model.cards, *(variant.card for variant in model.variants)]
    day = at // 1000 // DAY
    instants = [card.since * DAY for card in cards if card.since is not None]
    for offset in (-1, 0, 1):
        instants += [(day + offset) * DAY + second for card in cards if card.window for second in card.window]
    before = max((instant * 1000 for instant in instants if instant * 1000 <= at), default=0)
    after = min((instant * 1000 for instant in instants if instant * 1000 > at), default=2**53)
    return before, after


def instant(when: datetime) -> int:
    """Milliseconds since the epoch of a moment; without a zone it is UTC."""
    aware = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)
