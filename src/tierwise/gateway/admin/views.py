"""What the console shows of rooms that the gateway does not see. The assembly fills it in; what is left out is not shown."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from tierwise.core.catalog import Rates
from tierwise.core.money import Unknown
from tierwise.ledger import Group


class Dot(Struct, frozen=True, gc=False):
    """A model in the picture of the frontier: score (0 to 1) with its interval, pico-dollars for a million output tokens and per task."""

    endpoint: str
    model: str
    vendor: str
    tier: str
    score: float
    low: float | None
    high: float | None
    price: int | None
    cost: int | None
    by_price: bool
    by_cost: bool


class Span(Struct, frozen=True, gc=False):
    """Prices of an endpoint from one instant to another (milliseconds, the end excluded)."""

    since: int
    until: int
    rates: tuple[Rates, ...] | Unknown


class Trial(Struct, frozen=True):
    """A backtest to run: the log, or '' for the ledger from `since` on; the folder it may write in; and what is asked of it."""

    log: Path | None
    folder: Path
    since: int = 0
    asked: Mapping[str, str] = {}


class Views(Struct, frozen=True):
    """Callables, each None where there is nothing to call.

    `interval` gives the 95 % interval of the share saved, over sessions (None for too few); `frontier` the models' points at an instant
    for a kind of work ('' for the published score); `prices` an endpoint's prices from one instant to another; `backtest` the command
    of a trial.
    """

    interval: Callable[[Sequence[Group]], tuple[float, float] | None] | None = None
    frontier: Callable[[int, str], Sequence[Dot]] | None = None
    prices: Callable[[str, int, int], Sequence[Span]] | None = None
    backtest: Callable[[Trial], Sequence[str]] | None = None
