"""What a call costs every endpoint of a plan, in columns: one array operation in place of a loop over endpoints.

The same arithmetic as a single charge, on the lowest tier's prices; endpoints whose prompt is in a higher tier, or whose prices are
finer than a pico-dollar a token, are then charged one by one.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tierwise.core.catalog import CachePhysics, Endpoint, Rates, rates_at
from tierwise.core.money import Unknown
from tierwise.engine.cost import CACHES

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

BEYOND = 2**62
"""Above every prompt and every minimum."""


class Tariff(NamedTuple):
    """What decides the price of a call: prices by size, and the shortest prompt that is written to a cache."""

    rates: tuple[Rates, ...]
    minimum: int


class Columns(NamedTuple):
    """A plan's endpoints as columns, in the catalog's order.

    `caches` are the distinct cache physics and `cache` which of them each has; `odd` are the places that are always charged one by one;
    `known` says whose price is known, the others' columns hold zeros.
    """

    tariffs: tuple[Tariff, ...]
    caches: tuple[CachePhysics, ...]
    cache: Ints
    scale: NDArray[np.float64]
    step: Ints
    least: Ints
    edge: Ints
    fresh: Ints
    read: Ints
    write_5m: Ints
    write_1h: Ints
    output: Ints
    minimum: Ints
    effort: Ints
    odd: frozenset[int]
    known: Flags


class Charges(NamedTuple):
    """A call on every endpoint: pico-dollars by tokens, by measured work, by measured work with nothing cached; prompt and cached tokens.

    All are zero where the price is not `known`.
    """

    tokens: Ints
    dollars: Ints
    cold: Ints
    prompt: Ints
    cached: Ints
    known: Flags


FREE = Tariff((Rates(0, 0, 0, 0, 0, 0),), BEYOND)
"""What fills the columns of an endpoint whose price is not known."""


def tariff(endpoint: Endpoint) -> Tariff | Unknown:
    """An endpoint's tariff, or why it has none."""
    if isinstance(endpoint.rates, Unknown):
        return endpoint.rates
    return Tariff(endpoint.rates, endpoint.cache.minimum if endpoint.cache.kind in CACHES else BEYOND)


def columns(endpoints: Sequence[Endpoint]) -> Columns:
    """The columns of some endpoints."""
    told = [tariff(one) for one in endpoints]
    tariffs = tuple(FREE if isinstance(one, Unknown) else one for one in told)
    caches = [one.cache for one in endpoints]
    distinct = tuple(dict.fromkeys(caches))
    names = ("fresh", "read", "write_5m", "write_1h", "output")
    return Columns(
        tariffs=tariffs,
        caches=distinct,
        cache=_whole(distinct.index(one) for one in caches),
        scale=np.array([one.scale for one in endpoints]),
        step=_whole(one.step for one in caches),
        least=_whole(one.minimum for one in caches),
        edge=_whole(one.rates[1].above if len(one.rates) > 1 else BEYOND for one in tariffs),
        minimum=_whole(one.minimum for one in tariffs),
        effort=_whole(one.effort for one in endpoints),
        odd=frozenset(index for index, one in enumerate(tariffs) if one.rates[0].per != 1),
        known=np.array([isinstance(one, Tariff) for one in told]),
        **{name: _whole(getattr(one.rates[0], name) for one in tariffs) for name in names},
    )


def moved(table: Columns, efforts: Iterable[int]) -> Columns:
    """The columns with other efforts, one for each endpoint."""
    return table._replace(effort=_whole(efforts))


def _whole(numbers: Iterable[int]) -> Ints:
    return np.array(list(numbers), dtype=np.int64)


def sized(table: Columns, tokens: int, output: int, expected: Sequence[float]) -> tuple[Ints, Ints, Ints]:
    """Prompt, cached and output tokens as each endpoint counts them, of neutral tokens; `expected` is one size per distinct cache."""
    whole = (np.array(expected)[table.cache] * table.scale).astype(np.int64) // table.step * table.step
    cached = np.where(whole >= table.least, whole, 0)
    return np.rint(tokens * table.scale).astype(np.int64), cached, np.rint(output * table.scale).astype(np.int64)


def charges(table: Columns, prompt: Ints, cached: Ints, output: Ints, told: tuple[bool, int]) -> Charges:
    """A call of some prompt, cached and output tokens (one of each per endpoint); `told` is (one-hour lifetime, effort of who did it)."""
    long, effort = told
    prompt, cached = prompt * table.known, np.minimum(cached, prompt) * table.known
    write = np.where(prompt >= table.minimum, table.write_1h if long else table.write_5m, table.fresh)
    answers = output * table.output
    tokens = cached * table.read + (prompt - cached) * write + answers
    cold = prompt * write + answers
    for place in {*table.odd, *np.flatnonzero(prompt > table.edge).tolist()}:
        sizes = int(prompt[place]), int(cached[place]), int(output[place])
        tokens[place], cold[place] = one_by_one(table.tariffs[place], *sizes, long=long)
    return Charges(tokens, _worked(tokens, table.effort, effort), _worked(cold, table.effort, effort), prompt, cached, table.known)


def _worked(amount: Ints, effort: Ints, base: int) -> Ints:
    """Amounts times effort over that of who did the work, rounded down; whole and rest apart, so that no product outgrows its column."""
    whole, rest = np.divmod(amount, base)
    return whole * effort + rest * effort // base


def one_by_one(one: Tariff, prompt: int, cached: int, output: int, *, long: bool) -> tuple[int, int]:
    """What a call costs at one tariff, at the prices of its size, with its cache and with nothing cached."""
    rate = rates_at(one.rates, prompt)
    write = rate.fresh if prompt < one.minimum else rate.write_1h if long else rate.write_5m
    tokens = (cached * rate.read + (prompt - cached) * write + output * rate.output) // rate.per
    return tokens, (prompt * write + output * rate.output) // rate.per
