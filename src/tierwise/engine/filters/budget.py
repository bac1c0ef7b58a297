"""Endpoints whose worst case (nothing cached, the longest the prompt may be, all the output allowed) is more than may still be spent."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from tierwise.core.catalog import Catalog, Endpoint, Rates
from tierwise.core.decision import Conditions, Features, Policy
from tierwise.core.money import Unknown, shown
from tierwise.engine.parts import Filter
from tierwise.engine.room import longest, most

UNKNOWN: Final = "its price is unknown, so no budget can hold it"
LIMIT: Final = 32_000
"""Output tokens assumed where neither the client nor the model states a limit."""


class Prepared(Struct, frozen=True):
    """The endpoints, those whose price nobody knows with the objection to them, and what no request on any of the others exceeds.

    `prompt` and `output` are the dearest tokens there are, in whole pico-dollars, `scale` the most a neutral token comes to, `longest` the
    longest answer where the client states no limit.
    """

    endpoints: tuple[Endpoint, ...]
    unknown: dict[int, str]
    prompt: int
    output: int
    scale: float
    longest: int


def _prepare(catalog: Catalog, _policy: Policy) -> Prepared:
    priced = [one for one in catalog.endpoints if not isinstance(one.rates, Unknown)]
    rates = [rate for one in priced if not isinstance(one.rates, Unknown) for rate in one.rates]
    return Prepared(
        endpoints=catalog.endpoints,
        unknown={index: UNKNOWN for index, one in enumerate(catalog.endpoints) if isinstance(one.rates, Unknown)},
        prompt=max((-(-_dearest(rate) // rate.per) for rate in rates), default=0),
        output=max((-(-rate.output // rate.per) for rate in rates), default=0),
        scale=max(map(most, priced), default=0.0),
        longest=max((one.capability.max_output or LIMIT for one in priced), default=0),
    )


def _dearest(rate: Rates) -> int:
    """The most that a prompt token may cost, for `per` of them."""
    return max(rate.fresh, rate.read, rate.write_5m, rate.write_1h)


def worst(endpoint: Endpoint, features: Features) -> int | Unknown:
    """The most a request can cost on an endpoint, in pico-dollars, at the dearest tier its prompt may reach."""
    if isinstance(endpoint.rates, Unknown):
        return endpoint.rates
    prompt = longest(features, most(endpoint))
    limits = (features.needs.limit, endpoint.capability.max_output)
    output = min((limit for limit in limits if limit is not None), default=LIMIT)
    return max(
        -(-(prompt * _dearest(rate) + output * rate.output) // rate.per)
        for index, rate in enumerate(endpoint.rates)
        if index == 0 or prompt > rate.above
    )


def _objections(prepared: Prepared, features: Features, conditions: Conditions) -> Mapping[int, str]:
    if conditions.budget is None:
        return {}
    output = prepared.longest if features.needs.limit is None else features.needs.limit
    if longest(features, prepared.scale) * prepared.prompt + output * prepared.output <= conditions.budget:
        return prepared.unknown
    found = dict(prepared.unknown)
    for index, endpoint in enumerate(prepared.endpoints):
        dearest = worst(endpoint, features)
        if not isinstance(dearest, Unknown) and dearest > conditions.budget:
            found[index] = f"may cost {shown(dearest, 4)}, {shown(conditions.budget, 4)} is left"
    return found


FILTER: Final = Filter("budget", _prepare, _objections)
