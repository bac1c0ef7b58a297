"""The price law: over every listed model, on both sides of every boundary, the book says what genai-prices says."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from genai_prices import types
from genai_prices.data import providers
from genai_prices.data_snapshot import DataSnapshot
from genai_prices.data_units import unit_data
from genai_prices.units import UnitRegistry
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.catalog import book, compiled
from tierwise.catalog.book import Listing, Model, PriceBook
from tierwise.core.catalog import Rates, rates_at
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage

TICK = timedelta(milliseconds=1)
DAY = date(2026, 11, 24)
BOOK = compiled.book()
REGISTRY = UnitRegistry(unit_data)
PAIRS = [(theirs, ours) for theirs, ours in zip(providers, BOOK.sellers, strict=True)]
LISTED = [
    (provider, model, Listing(seller, mine))
    for provider, seller in PAIRS
    for model, mine in zip(provider.models, seller.models, strict=True)
]


def cards(model: types.ModelInfo) -> list[types.ConditionalPrice]:
    """All prices of a model, the variants' too, each with its condition."""
    listed = model.prices if isinstance(model.prices, list) else [types.ConditionalPrice(prices=model.prices)]
    return listed + [types.ConditionalPrice(one.constraint, prices=one.prices) for one in model.price_variants or ()]


def bounds(constraint: Any) -> Iterator[datetime]:
    """The instants at which a condition may change."""
    if isinstance(constraint, types.StartDateConstraint):
        yield datetime.combine(constraint.start_date, time(), tzinfo=UTC)
    elif constraint is not None:
        yield from (datetime.combine(DAY, one).astimezone(UTC) for one in (constraint.start_time, constraint.end_time))


def instants(model: types.ModelInfo) -> set[datetime]:
    """Today, long ago, and both sides of each boundary."""
    edges = {edge for card in cards(model) for edge in bounds(card.constraint)}
    return {datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 11, 24, 12, tzinfo=UTC), *edges, *(edge - TICK for edge in edges)}


def sizes(model: types.ModelInfo) -> set[int]:
    """Prompts of nothing, of some, and of both sides of each step of the prices."""
    priced = [price for card in cards(model) for price in vars(card.prices).values() if isinstance(price, types.TieredPrices)]
    starts = {tier.start for price in priced for tier in price.tiers}
    return {0, 10_007, *starts, *(start + 1 for start in starts)}


def contexts(model: types.ModelInfo) -> list[dict[str, str] | None]:
    """The usual request, and one of each kind that has prices of its own."""
    return [None, *(dict(kind) for kind in {tuple(variant.when.items()) for variant in model.price_variants or ()})]


def usages(size: int) -> Iterator[Usage]:
    """A call of so many prompt tokens without a cache, and one with all kinds of tokens in amounts that leave odd digits."""
    read, short, long = size * 3 // 5, size // 7, size // 11
    yield Usage(fresh=size, output=13)
    yield Usage(fresh=size - read - short - long, read=read, write_5m=short, write_1h=long, output=1237, reasoning=101)


def as_theirs(usage: Usage) -> dict[str, int]:
    """A usage in genai-prices' own words."""
    return {
        "input_tokens": usage.prompt,
        "cache_read_tokens": usage.read,
        "cache_write_tokens": usage.written,
        "cache_write_5m_tokens": usage.write_5m,
        "cache_write_1h_tokens": usage.write_1h,
        "output_tokens": usage.output,
        "output_reasoning_tokens": usage.reasoning,
        "web_searches": usage.searches,
    }


def covered(prices: types.ModelPrice, used: Mapping[str, int]) -> bool:
    """Whether each unit used has a price, its own or one of a wider unit; genai-prices charges nothing for one that has none."""
    priced = {unit for unit, one in REGISTRY.units.items() if getattr(prices, one.price_key) is not None}
    return bool(priced) and all(priced & {unit, *REGISTRY.ancestor_usage_keys(unit)} for unit, count in used.items() if count)


def expected(one: tuple[types.Provider, types.ModelInfo], usage: Usage, at: datetime, context: dict[str, str] | None) -> int | None:
    """genai-prices' own answer in pico-dollars, None where it has none."""
    provider, model = one
    try:
        found = model.calc_price(types.Usage(**as_theirs(usage)), provider, genai_request_timestamp=at, price_context=context)
    except (ValueError, IndexError):
        return None
    if not covered(found.model_price, as_theirs(usage)):
        return None
    return int((found.total_price * Decimal(10**12)).to_integral_value())


@pytest.mark.parametrize("seller", [provider.id for provider in providers])
def test_every_price_of_a_seller_is_what_genai_prices_says(seller: str) -> None:
    for provider, model, listing in LISTED:
        if provider.id != seller:
            continue
        for size, at, context in product(sizes(model), instants(model), contexts(model)):
            for usage in usages(size):
                ours = book.price(BOOK, listing, usage, book.instant(at), context)
                theirs = expected((provider, model), usage, at, context)
                assert (None if isinstance(ours, Unknown) else ours) == theirs, (model.id, usage, at, context)


tokens = st.integers(0, 2_000_000)
whole_usages = st.builds(Usage, tokens, tokens, tokens, tokens, tokens, st.integers(0, 100_000), st.integers(0, 50))


@settings(max_examples=300)
@given(st.sampled_from(LISTED), whole_usages, st.integers(1_672_531_200, 1_830_297_600))
def test_any_usage_at_any_time_costs_what_genai_prices_says(
    one: tuple[types.Provider, types.ModelInfo, Listing], usage: Usage, second: int
) -> None:
    provider, model, listing = one
    at = datetime.fromtimestamp(second, UTC)
    context = contexts(model)[-1]
    ours = book.price(BOOK, listing, usage, book.instant(at), context)
    assert (None if isinstance(ours, Unknown) else ours) == expected((provider, model), usage, at, context)


def test_more_reasoning_than_output_is_unknown_as_it_is_an_error_there() -> None:
    provider, model, listing = next(one for one in LISTED if one[0].id == "perplexity" and one[1].id == "sonar-deep-research")
    usage, at = Usage(fresh=10, output=5, reasoning=6), datetime(2026, 11, 24, tzinfo=UTC)
    with pytest.raises(ValueError, match="cannot exceed"):
        model.calc_price(types.Usage(**as_theirs(usage)), provider, genai_request_timestamp=at)
    assert book.price(BOOK, listing, usage, book.instant(at)) == Unknown("the parts of output_tokens are more than the whole")


def test_a_borrowed_model_has_no_prices_for_special_requests() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    lent = [one for one in LISTED if one[0].id == "openai" and one[1].price_variants]
    borrower = next(one for one in PAIRS if one[0].id == "azure")
    for _, model, listing in lent:
        for context in contexts(model):
            ours = book.price(BOOK, replace(listing, seller=borrower[1]), Usage(fresh=1000), book.instant(at), context)
            assert ours == expected((borrower[0], model), Usage(fresh=1000), at, context)


def test_token_rates_agree_with_the_price_at_every_size_and_time() -> None:
    for _, model, listing in LISTED:
        for at, context in product(instants(model), contexts(model)):
            rates = book.token_rates(BOOK, listing, book.instant(at), context)
            if isinstance(rates, Unknown):
                continue
            for size in sizes(model):
                for usage in usages(size):
                    plain = replace(usage, reasoning=0)
                    assert cost(rates_at(rates, size), plain) == book.price(BOOK, listing, plain, book.instant(at), context), (
                        model.id,
                        plain,
                        at,
                    )


def cost(rates: Rates, usage: Usage) -> int:
    """What decisions take a call to cost."""
    parts = usage.fresh * rates.fresh + usage.read * rates.read + usage.write_5m * rates.write_5m + usage.write_1h * rates.write_1h
    return round(Decimal(parts + usage.output * rates.output) / rates.per)


def test_token_rates_are_unknown_only_where_tokens_have_no_price_or_are_not_all_there_is_to_pay() -> None:
    at = book.instant(datetime(2026, 11, 24, tzinfo=UTC))
    for _, _, listing in LISTED:
        units = {rate.unit for rate in book.rates(listing.model, at)}
        known = {"input_tokens", "output_tokens"} <= units and "requests" not in units
        assert isinstance(book.token_rates(BOOK, listing, at), tuple) == known


def test_prices_hold_within_their_edges_and_may_change_at_them() -> None:
    for _, model, listing in LISTED:
        for moment in instants(model):
            at = book.instant(moment)
            since, until = book.edges(listing.model, at)
            assert since <= at < until
            for context in contexts(model):
                inside = {book.rates(listing.model, one, context) for one in (since, (since + at) // 2, at, (at + until) // 2, until - 1)}
                assert len(inside) == 1
            for edge in {since, until} - {0, 2**53}:
                assert any(active(card.constraint, edge) != active(card.constraint, edge - 1) for card in cards(model))


def active(constraint: Any, at: int) -> bool:
    """Whether genai-prices takes a condition to hold."""
    return constraint is None or bool(constraint.active(datetime.fromtimestamp(at / 1000, UTC)))


def spellings() -> list[tuple[str, str | None]]:
    """Names as people and logs write them: every listed one, at its seller and alone, dated, in capitals, or misspelt."""
    ids = [(model.id, provider.id) for provider, model, _ in LISTED[::7]]
    dated = [(f"{name}-20251211", seller) for name, seller in ids[::9]] + [("gpt-5.2-20251211", None), ("gpt-5.2-20251399", None)]
    loud = [(name.upper(), seller.upper()) for name, seller in ids[::5]]
    lent = [("claude-sonnet-4-5", "aws"), ("gpt-4o", "azure"), ("gemini-2.5-pro", "vertex"), ("nothing", "azure"), ("x", "nobody")]
    return [*ids, *((name, None) for name, _ in ids), *dated, *loud, *lent, ("no-such-model", None), ("no-such-model", "openai")]


def test_names_are_found_where_genai_prices_finds_them() -> None:
    snapshot = DataSnapshot(providers=providers, from_auto_update=False)
    for name, seller in spellings():
        found = book.find(BOOK, name, seller)
        theirs = theirs_found(snapshot, name, seller)
        if theirs is not None:
            assert found is not None
            assert (found.seller.id, found.model.id) == theirs
        elif found is not None:
            assert found.model.id == name.lower(), "only a name the list itself has may be found where theirs is not"


def test_a_model_that_does_not_match_its_own_name_is_found_by_it() -> None:
    found = book.find(BOOK, "codestral", "mistral")
    assert found is not None
    assert (found.seller.id, found.model.id) == ("mistral", "codestral")


def theirs_found(snapshot: DataSnapshot, name: str, seller: str | None) -> tuple[str, str] | None:
    """Seller and model a name stands for in genai-prices."""
    try:
        provider, model = snapshot.find_provider_model(name, None, seller, None)
    except LookupError:
        return None
    return provider.id, model.id


def test_nothing_listed_is_left_out() -> None:
    assert sum(len(seller.models) for seller in BOOK.sellers) == sum(len(provider.models) for provider in providers) > 2000
    assert isinstance(BOOK, PriceBook)
    assert all(isinstance(model, Model) for seller in BOOK.sellers for model in seller.models)
