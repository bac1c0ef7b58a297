"""Money as whole pico-dollars, and the value that stands for a price nobody knows.

One dollar is 10**12 pico-dollars. The cheapest published token price (fractions of a cent for a
million tokens) is still thousands of pico-dollars for one token, so sums are exact integers and no
float ever holds money.

An unknown price is an `Unknown`, never zero: it cannot be added to a number by accident, and a
`Total` carries how many unknown amounts it met beside the sum of the known ones.
"""

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Final, Self

from msgspec import Struct

PER_DOLLAR: Final = 10**12
DIGITS: Final = 60
"""Digits that an amount may have: far more than there is money, few enough that no exponent makes it slow."""


class Unknown(Struct, frozen=True, tag="unknown"):
    """A value that is not known, with the reason in a few words."""

    because: str


Amount = int | Unknown
"""Pico-dollars, or the reason why nobody knows them."""


def pico(dollars: Decimal | int | str) -> int:
    """Whole pico-dollars of a dollar amount; ValueError if it is finer than one or not a number."""
    exact = Context(prec=DIGITS, Emax=DIGITS, Emin=-DIGITS, traps=[Inexact, InvalidOperation, Overflow])
    try:
        scaled = exact.multiply(Decimal(dollars), Decimal(PER_DOLLAR))
    except ArithmeticError:
        raise ValueError(f"{dollars!r} is not a dollar amount") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise ValueError(f"{dollars!r} is not a whole number of pico-dollars")
    return int(scaled)


def dollars(amount: int) -> Decimal:
    """The exact dollar value of an amount in pico-dollars."""
    return Decimal(f"{amount}e-12")


class Total(Struct, frozen=True):
    """A sum that keeps known and unknown amounts apart: `known` pico-dollars, `unknown` amounts."""

    known: int = 0
    unknown: int = 0

    def plus(self, amount: Amount) -> Self:
        """This total with one more amount."""
        if isinstance(amount, Unknown):
            return type(self)(self.known, self.unknown + 1)
        return type(self)(self.known + amount, self.unknown)


def total(amounts: Iterable[Amount]) -> Total:
    """The sum of amounts, the unknown ones counted and not added."""
    result = Total()
    for amount in amounts:
        result = result.plus(amount)
    return result


def shown(amount: Amount, places: int = 2) -> str:
    """An amount for people: '$1.25', '-$0.03' or 'unknown'."""
    if isinstance(amount, Unknown):
        return "unknown"
    text = f"{dollars(abs(amount)):,.{places}f}"
    sign = "-" if amount < 0 and text.strip("0.,") else ""
    return f"{sign}${text}"
