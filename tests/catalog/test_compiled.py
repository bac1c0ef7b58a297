"""What becomes of genai-prices' own types; test_prices_agree.py holds the whole against its calculator."""

from datetime import UTC, date, time, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from genai_prices import types

from tierwise.catalog import compiled
from tierwise.catalog.book import Card, Clause, PriceBook, Rate

KEYS = {"input_mtok": "input_tokens", "output_mtok": "output_tokens"}


def test_the_book_outlives_its_file() -> None:
    book = compiled.book()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(book), type=PriceBook) == book


def test_the_book_says_which_data_it_holds() -> None:
    assert compiled.book().version.startswith("genai-prices ")


def test_prices_keep_every_digit() -> None:
    prices = types.ModelPrice(input_mtok=Decimal("0.0375"), output_mtok=Decimal("1E+1"))
    assert compiled._card(prices, None, KEYS) == Card((Rate("input_tokens", 375, -4), Rate("output_tokens", 1, 1)))


def test_tiers_and_conditions_are_kept() -> None:
    tiered = types.TieredPrices(base=Decimal(1), tiers=[types.Tier(200_000, Decimal("2.5"))])
    rate = Rate("input_tokens", 1, 0, ((200_000, 25, -1),))
    since = types.StartDateConstraint(date(1970, 1, 11))
    assert compiled._card(types.ModelPrice(input_mtok=tiered), since, KEYS) == Card((rate,), since=10)
    eastern = timezone(timedelta(hours=8))
    window = types.TimeOfDateConstraint(time(4, tzinfo=eastern), time(0, 30))
    assert compiled._card(types.ModelPrice(input_mtok=tiered), window, KEYS) == Card((rate,), window=(20 * 3600, 1800))
    assert compiled._second(time(1, 2, 3, tzinfo=UTC)) == 3723


def test_a_price_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        compiled._rate("input_tokens", Decimal("NaN"))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (types.ClauseEquals("GPT"), Clause("equals", "gpt")),
        (types.ClauseStartsWith("GPT"), Clause("starts", "gpt")),
        (types.ClauseEndsWith("GPT"), Clause("ends", "gpt")),
        (types.ClauseContains("GPT"), Clause("contains", "gpt")),
        (types.ClauseRegex("^G"), Clause("regex", "^G")),
        (types.ClauseOr([types.ClauseEquals("a")]), Clause("or", parts=(Clause("equals", "a"),))),
        (types.ClauseAnd([types.ClauseEquals("a")]), Clause("and", parts=(Clause("equals", "a"),))),
    ],
)
def test_clauses_are_kept_in_lower_case_where_theirs_ignore_case(theirs: object, ours: Clause) -> None:
    assert compiled._clause(theirs) == ours
