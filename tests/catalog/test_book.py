"""The book on small made-up price lists; test_prices_agree.py holds it against the real ones."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tierwise.catalog import book
from tierwise.catalog.book import Card, Clause, Listing, Model, PriceBook, Rate, Seller, Unit, Variant
from tierwise.core.catalog import Rates
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage

TOKENS = {"family": "tokens"}
UNITS = {
    "input_tokens": Unit(10**6, TOKENS | {"direction": "input"}),
    "output_tokens": Unit(10**6, TOKENS | {"direction": "output"}),
    "output_reasoning_tokens": Unit(10**6, TOKENS | {"direction": "output", "token_type": "reasoning"}),
    "cache_read_tokens": Unit(10**6, TOKENS | {"direction": "input", "token_type": "cache_read"}),
    "cache_write_tokens": Unit(10**6, TOKENS | {"direction": "input", "token_type": "cache_write"}),
    "cache_write_1h_tokens": Unit(10**6, TOKENS | {"direction": "input", "token_type": "cache_write", "cache_ttl": "1h"}),
    "web_searches": Unit(1000, {"family": "tool_calls"}),
    "requests": Unit(1000, {"family": "requests"}),
}
IN, OUT = Rate("input_tokens", 3, 0), Rate("output_tokens", 15, 0)
DAY, HOUR = 86_400_000, 3_600_000


def model(*cards: Card, variants: tuple[Variant, ...] = ()) -> Model:
    return Model("m", Clause("equals", "m"), cards, variants)


def listing(*rates: Rate, variants: tuple[Variant, ...] = ()) -> Listing:
    one = model(Card(rates), variants=variants)
    return Listing(Seller("s", "S", (one,)), one)


BOOK = PriceBook("test prices 1", UNITS, ())


@pytest.mark.parametrize(
    ("clause", "passes", "fails"),
    [
        (Clause("equals", "gpt"), "gpt", "gpt-5"),
        (Clause("starts", "gpt"), "gpt-5", "my-gpt"),
        (Clause("ends", "gpt"), "my-gpt", "gpt-5"),
        (Clause("contains", "gpt"), "my-gpt-5", "claude"),
        (Clause("regex", r"gpt-\d$"), "my-gpt-5", "gpt-x"),
        (Clause("or", parts=(Clause("equals", "a"), Clause("equals", "b"))), "b", "c"),
        (Clause("and", parts=(Clause("starts", "a"), Clause("ends", "b"))), "ab", "a"),
    ],
)
def test_a_clause_passes_what_it_says(clause: Clause, passes: str, fails: str) -> None:
    assert book.matches(clause, passes)
    assert not book.matches(clause, fails)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("gpt-5.2-20251211", "gpt-5.2-2025-12-11"),
        ("gpt-5.2-20251211-high", "gpt-5.2-2025-12-11-high"),
        ("gpt-20251211:free", "gpt-2025-12-11:free"),
        ("gpt-20250231", "gpt-20250231"),
        ("gpt-202512111", "gpt-202512111"),
        ("gpt20251211", "gpt20251211"),
    ],
)
def test_compact_dates_are_written_with_dashes_where_they_are_dates(name: str, written: str) -> None:
    assert book.dashed(name) == written


def test_the_last_card_that_holds_applies_and_the_first_where_none_does() -> None:
    late, evening = Card((IN,), since=20_000), Card((OUT,), window=(18 * 3600, 20 * 3600))
    assert book.holding([late, evening], 19 * HOUR) is evening
    assert book.holding([late, evening], 20 * HOUR) is late
    assert book.holding([evening, late], 20_000 * DAY - 1) is evening
    assert book.holding([evening, late], 20_000 * DAY) is late


def test_a_window_may_go_over_midnight() -> None:
    night = Card((IN,), window=(22 * 3600, 2 * 3600))
    assert [hour for hour in range(24) if book.holds(night, hour * HOUR)] == [0, 1, 22, 23]


def test_edges_are_the_next_changes_on_both_sides() -> None:
    found = model(Card((IN,)), Card((IN,), since=100), Card((IN,), window=(3600, 7200)))
    assert book.edges(found, 50 * DAY) == (49 * DAY + 2 * HOUR, 50 * DAY + HOUR)
    assert book.edges(found, 99 * DAY + 20 * HOUR) == (99 * DAY + 2 * HOUR, 100 * DAY)
    assert book.edges(model(Card((IN,))), 50 * DAY) == (0, 2**53)


def test_what_has_no_price_of_its_own_costs_what_the_wider_unit_costs() -> None:
    usage = Usage(fresh=1, read=2, write_5m=4, write_1h=8, output=16)
    assert book.price(BOOK, listing(IN, OUT), usage, 0) == (15 * 3 + 16 * 15) * 10**6
    write = Rate("cache_write_tokens", 5, 0)
    assert book.price(BOOK, listing(IN, OUT, write), usage, 0) == (3 * 3 + 12 * 5 + 16 * 15) * 10**6
    long = Rate("cache_write_1h_tokens", 6, 0)
    assert book.price(BOOK, listing(IN, OUT, write, long), usage, 0) == (3 * 3 + 4 * 5 + 8 * 6 + 16 * 15) * 10**6


def test_amounts_finer_than_a_pico_dollar_are_rounded_once_and_half_to_even() -> None:
    fine = listing(Rate("input_tokens", 5, -7))
    assert [book.price(BOOK, fine, Usage(fresh=count), 0) for count in (1, 2, 3, 5)] == [0, 1, 2, 2]


def test_searches_and_requests_are_charged_by_the_thousand() -> None:
    found = listing(IN, OUT, Rate("web_searches", 10, 0), Rate("requests", 5, 0))
    assert book.price(BOOK, found, Usage(searches=3), 0) == 3 * 10**10 + 5 * 10**9


@pytest.mark.parametrize("usage", [Usage(output=1), Usage(searches=1), Usage(reasoning=1)])
def test_what_nobody_prices_makes_the_call_unknown(usage: Usage) -> None:
    found = book.price(BOOK, listing(IN), usage, 0)
    assert isinstance(found, Unknown)
    assert "test prices 1 lists no price for" in found.because
    assert "s/m" in found.because


def test_a_model_without_prices_is_unknown_even_where_nothing_was_used() -> None:
    bare = model()
    assert book.rates(bare, 0) == ()
    assert isinstance(book.price(BOOK, Listing(Seller("s", "S", (bare,)), bare), Usage(), 0), Unknown)
    assert isinstance(book.price(BOOK, listing(), Usage(), 0), Unknown)


def test_variants_replace_the_prices_they_name_and_the_first_that_holds_wins() -> None:
    def half(mantissa: int, since: int | None = None) -> Variant:
        return Variant({"processing": "batch"}, Card((Rate("input_tokens", mantissa, 0),), since=since))

    found = listing(IN, OUT, variants=(half(1, since=20_000), half(2)))
    cost = [book.price(BOOK, found, Usage(fresh=1, output=1), at, {"processing": "batch"}) for at in (0, 20_000 * DAY)]
    assert cost == [17 * 10**6, 16 * 10**6]
    assert book.price(BOOK, found, Usage(fresh=1), 0, {"processing": "other"}) == 3 * 10**6
    assert book.price(BOOK, found, Usage(fresh=1), 0) == 3 * 10**6


def test_token_rates_have_a_row_for_each_size_at_a_common_scale() -> None:
    tiered = Rate("input_tokens", 3, 0, ((200, 6, 0),))
    found = book.token_rates(BOOK, listing(tiered, OUT, Rate("cache_read_tokens", 35, -8)), 0)
    assert found == (
        Rates(above=0, fresh=3 * 10**8, read=35, write_5m=3 * 10**8, write_1h=3 * 10**8, output=15 * 10**8, per=100),
        Rates(above=200, fresh=6 * 10**8, read=35, write_5m=6 * 10**8, write_1h=6 * 10**8, output=15 * 10**8, per=100),
    )


def test_token_rates_are_unknown_where_tokens_are_not_all_there_is_to_pay() -> None:
    assert book.token_rates(BOOK, listing(IN), 0) == Unknown("test prices 1 lists no token prices for s/m")
    fee = book.token_rates(BOOK, listing(IN, OUT, Rate("requests", 5, 0)), 0)
    assert fee == Unknown("s/m charges for each request beside its tokens")


def sellers() -> PriceBook:
    owned = Model("owned", Clause("equals", "owned"))
    lent = Model("lent", Clause("starts", "lent"))
    dated = Model("dated", Clause("equals", "dated-2025-12-11"))
    maker = Seller("maker", "Maker", (lent, dated), named=Clause("contains", "mak"), owns=Clause("starts", "lent"))
    cloud = Seller("cloud", "Cloud", (owned,), fallbacks=("gone", "maker"))
    return PriceBook("1", UNITS, (cloud, maker))


@pytest.mark.parametrize(
    ("name", "seller", "found"),
    [
        ("owned", "cloud", ("cloud", "owned")),
        ("OWNED", " Cloud ", ("cloud", "owned")),
        ("lent-2", "cloud", ("cloud", "lent")),
        ("lent-2", None, ("maker", "lent")),
        ("dated-20251211", "the-makers", ("maker", "dated")),
        ("dated-20251211", "cloud", ("cloud", "dated")),
        ("owned", None, None),
        ("owned", "maker", None),
        ("owned", "nobody", None),
    ],
)
def test_names_are_found_at_a_seller_or_at_one_it_borrows_from(name: str, seller: str | None, found: tuple[str, str] | None) -> None:
    one = book.find(sellers(), name, seller)
    assert (one and (one.seller.id, one.model.id)) == found


def test_an_instant_without_a_zone_is_in_utc() -> None:
    there = datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    naive = datetime(1970, 1, 2, tzinfo=UTC).replace(tzinfo=None)
    assert (book.instant(there), book.instant(naive)) == (0, DAY)
