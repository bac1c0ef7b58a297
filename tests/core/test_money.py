"""Money: exact, and never a zero where nobody knows."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.money import Amount, Total, Unknown, dollars, pico, shown, total

amounts = st.one_of(st.integers(-(10**30), 10**30), st.builds(Unknown, st.sampled_from(["no price", "no usage"])))


@given(st.integers(-(10**40), 10**40))
def test_an_amount_survives_the_way_to_dollars_and_back(amount: int) -> None:
    assert pico(dollars(amount)) == amount
    assert Fraction(dollars(amount)) == Fraction(amount, 10**12)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_pico_dollars_are_exact_or_refused(amount: Decimal) -> None:
    try:
        found = pico(amount)
    except ValueError:
        exact = Fraction(amount) * 10**12
        assert exact.denominator > 1 or abs(exact) >= 10**60
    else:
        assert found == Fraction(amount) * 10**12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25.00", 25 * 10**12),
        ("0.28", 28 * 10**10),
        ("0.000000000001", 1),
        ("1E-12", 1),
        ("-0.03", -3 * 10**10),
        ("123456789012345678.123456789012", 123456789012345678123456789012),
        (5, 5 * 10**12),
        (Decimal("1.20"), 12 * 10**11),
    ],
)
def test_amounts_are_read_as_they_are_written(text: Decimal | int | str, expected: int) -> None:
    assert pico(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "free",
        "$1",
        "1,000",
        "nan",
        "-nan",
        "sNaN",
        "inf",
        "0.0000000000001",
        "1e-999999",
        "1e999999",
        "123456789012345678.1234567890123",
    ],
)
def test_what_is_no_whole_amount_is_refused_and_named(text: str) -> None:
    with pytest.raises(ValueError, match="is not a") as refused:
        pico(text)
    assert repr(text) in str(refused.value)


@given(st.lists(amounts))
def test_a_total_adds_the_known_and_counts_the_unknown(listed: list[Amount]) -> None:
    known = [one for one in listed if isinstance(one, int)]
    assert total(listed) == Total(sum(known), len(listed) - len(known))


@given(st.lists(amounts), amounts)
def test_one_more_amount_changes_one_side_of_a_total(listed: list[Amount], more: Amount) -> None:
    before, after = total(listed), total([*listed, more])
    assert before.plus(more) == after
    assert (after.known == before.known) or (after.unknown == before.unknown)


@pytest.mark.parametrize(
    ("amount", "places", "text"),
    [
        (0, 2, "$0.00"),
        (1_250_000_000_000, 2, "$1.25"),
        (-30_000_000_000, 2, "-$0.03"),
        (-1, 2, "$0.00"),
        (-1, 12, "-$0.000000000001"),
        (2_472 * 10**12, 0, "$2,472"),
        (-(10**24), 2, "-$1,000,000,000,000.00"),
        (-(10**40) - 1, 12, "-$10,000,000,000,000,000,000,000,000,000.000000000001"),
        (Unknown("no price"), 2, "unknown"),
    ],
)
def test_amounts_are_shown_to_people(amount: Amount, places: int, text: str) -> None:
    assert shown(amount, places) == text


def test_an_unknown_amount_cannot_be_added_by_accident() -> None:
    with pytest.raises(TypeError):
        sum([1, Unknown("no price")])  # type: ignore[list-item]  # the point: it is no number
