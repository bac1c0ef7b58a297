import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.money import Unknown
from tierwise.lab import plural
from tierwise.lab.page import words
from tierwise.lab.page.words import MINUS, NONE, UNKNOWN
from tierwise.lab.rows import Row

DOLLAR = 10**12
YEAR_10000 = 2_932_897


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (1_234_560_000_000_000, "$1,234.56"),
        (12_300_000_000, "$0.0123"),
        (DOLLAR // 10, "$0.10"),
        (-3 * DOLLAR, f"{MINUS}$3.00"),
        (0, "$0.00"),
        (1, "<$0.0001"),
        (Unknown("no price"), UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_money_is_written_so_that_it_can_be_read(amount: int | Unknown | None, written: str) -> None:
    assert words.money(amount) == written


@given(st.integers(DOLLAR // 10**4, 10**18))
def test_money_is_written_to_half_of_its_last_place(amount: int) -> None:
    written = words.money(amount)
    places = len(written.partition(".")[2])
    assert abs(float(written.replace("$", "").replace(",", "")) - amount / DOLLAR) <= 0.5001 * 10**-places


@pytest.mark.parametrize(("amount", "written"), [(0, "$0"), (1, "<$0.0001"), (7_137_221_100_000, "$7.1372"), (10**8, "$0.0001")])
def test_a_term_is_written_with_four_places(amount: int, written: str) -> None:
    assert words.fine(amount) == written


def test_nothing_at_all_is_unknown_where_prices_are() -> None:
    assert words.part(0, 0.2) == UNKNOWN
    assert words.part(0, 0.0) == "$0.00"
    assert words.part(DOLLAR, 0.2) == "$1.00"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (words.share(0.2047), "20.5%"),
        (words.share(-0.066), f"{MINUS}6.6%"),
        (words.share(-0.0001), "0.0%"),
        (words.share(0.0), "0%"),
        (words.share(None), UNKNOWN),
        (words.share(1.0, 0), "100%"),
        (words.between(-0.1, 0.25), f"{MINUS}10.0% to 25.0%"),
        (words.between(None, 0.25), UNKNOWN),
        (words.points(0.033), "+3.3"),
        (words.points(-0.066), f"{MINUS}6.6"),
        (words.points(0.0), "0.0"),
        (words.size(-0.066), "6.6"),
        (words.change(200, 100), f"{MINUS}50%"),
        (words.change(100, 107), "+7%"),
        (words.change(0, 107), NONE),
        (words.level(0.1), "10"),
        (words.level(0.025), "2.5"),
        (plural.count(1, "call"), "1 call"),
        (plural.count(1332, "call"), "1,332 calls"),
        (plural.count(2, "child", "children"), "2 children"),
        (words.day(0), "1 January 1970"),
        (words.day(20_472), "19 January 2026"),
        (words.day(YEAR_10000), "day 2,932,897"),
        (words.day(10**30), f"day {10**30:,}"),
        (words.period(0, 0), "1 January 1970"),
        (words.period(0, 31), "1 January 1970 to 1 February 1970"),
        (words.bare("openrouter/qwen/qwen3"), "qwen3"),
        (words.tiers({"premium": 0.86, "own": 0.0, "mid": 0.14}), "mid 14%, premium 86%, own 0%"),
        (words.tiers({}), NONE),
    ],
)
def test_shares_points_counts_and_days_are_written_in_one_way(written: str, said: str) -> None:
    assert written == said


@given(st.floats(-10, 10))
def test_a_hyphen_is_never_a_minus_sign_and_zero_has_none(value: float) -> None:
    for written in (words.share(value), words.points(value)):
        assert "-" not in written
        assert not re.fullmatch(rf"[+{MINUS}]0[.0]*%?", written)


def test_names_are_short_where_they_are_still_told_apart() -> None:
    assert words.bares(["a/x", "b/y", "b/x", "a/x"]) == {"a/x": "a/x", "b/y": "y", "b/x": "b/x"}


@pytest.mark.parametrize(
    ("kind", "title"), [("actual", "as it was"), ("reference", "a/x, the reference"), ("policy", "the policy"), ("alone", "a/x")]
)
def test_a_row_is_called_by_what_it_is(kind: str, title: str) -> None:
    assert words.titled(Row("a/x", kind, 0, 0, 0)) == title
