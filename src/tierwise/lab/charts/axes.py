"""An axis of a picture, worked out before it is drawn: which value lies where, and which values are named on it."""

import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

STEPS: Final = (1, 2, 5)
MONEY: Final = "format(datum.value, datum.value >= 1 || datum.value < 0.01 ? '$,~r' : '$.2f')"
"""How dollars are written on an axis, as a Vega expression."""

AT_MOST: Final = 7
"""Named values on an axis."""


class Axis(NamedTuple):
    """Values from `low` to `high` over so many pixels; on a log axis both are above zero."""

    low: float
    high: float
    pixels: float
    log: bool = False

    def at(self, value: float) -> float:
        """Pixels from the low end."""
        return self.pixels * (self._scaled(value) - self._scaled(self.low)) / (self._scaled(self.high) - self._scaled(self.low))

    def value(self, pixel: float) -> float:
        """The value so many pixels from the low end."""
        scaled = self._scaled(self.low) + pixel / self.pixels * (self._scaled(self.high) - self._scaled(self.low))
        return math.exp(scaled) if self.log else scaled

    def held(self, value: float) -> float:
        """A value, or the end of the axis it lies beyond."""
        return min(max(value, self.low), self.high)

    def scale(self) -> dict[str, Any]:
        """How a spec says it."""
        return {"type": "log" if self.log else "linear", "domain": [self.low, self.high], "nice": False, "zero": False}

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value


def around(values: Iterable[float], pixels: float, margin: float = 0.06) -> Axis:
    """An axis that has all values on it, with a margin at both ends."""
    found = list(values)
    low, high = min(found), max(found)
    room = margin * (high - low) or 0.01
    return Axis(low - room, high + room, pixels)


def around_log(values: Iterable[float], pixels: float, margin: float = 0.06) -> Axis:
    """A log axis that has all values on it, with a margin at both ends."""
    inside = around((math.log(value) for value in values), pixels, margin)
    return Axis(math.exp(inside.low), math.exp(inside.high), pixels, log=True)


def ticks(low: float, high: float) -> list[float]:
    """Round values between two, a few of them."""
    rough = (high - low) / (AT_MOST - 1)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next((unit * step for step in STEPS if unit * step >= rough), 10 * unit)
    return [float(f"{number * step:.12g}") for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Round values between two on a log axis: 1, 2, 5 of each power of ten, or powers alone where those are many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [float(f"{step}e{power}") for power in powers for step in STEPS]
    inside = [value for value in found if low <= value <= high]
    return inside if len(inside) <= AT_MOST + 2 else [value for value in inside if f"{value:e}".startswith("1.0000")]
