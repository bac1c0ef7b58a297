"""Endpoints whose worst case (nothing cached, the longest the prompt may be, all the output allowed) is more than may still be spent."""

from collections.abc import Mapping
from typing import Final

from tierwise.core.catalog import Catalog, Endpoint
from tierwise.core.decision import Conditions, Features, Policy
from tierwise.core.money import Unknown, shown
from tierwise.engine.parts import Filter
from tierwise.engine.room import longest, most

LIMIT: Final = 32_000
"""Output tokens assumed where neither the client nor the model states a limit."""


def _prepare(catalog: Catalog, _policy: Policy) -> tuple[Endpoint, ...]:
    return catalog.endpoints


def worst(endpoint: Endpoint, features: Features) -> int | Unknown:
    """The most a request can cost on an endpoint, in pico-dollars, at the dearest tier its prompt may reach."""
    if isinstance(endpoint.rates, Unknown):
        return endpoint.rates
    prompt = longest(features, most(endpoint))
    limits = (features.needs.limit, endpoint.capability.max_output)
    output = min((limit for limit in limits if limit is not None), default=LIMIT)
    return max(
        -(-(prompt * max(rate.fresh, rate.read, rate.write_5m, rate.write_1h) + output * rate.output) // rate.per)
        for index, rate in enumerate(endpoint.rates)
        if index == 0 or prompt > rate.above
    )


def _objections(endpoints: tuple[Endpoint, ...], features: Features, conditions: Conditions) -> Mapping[int, str]:
    if conditions.budget is None:
        return {}
    found = {}
    for index, endpoint in enumerate(endpoints):
        dearest = worst(endpoint, features)
        if isinstance(dearest, Unknown):
            found[index] = "its price is unknown, so no budget can hold it"
        elif dearest > conditions.budget:
            found[index] = f"may cost {shown(dearest, 4)}, {shown(conditions.budget, 4)} is left"
    return found


FILTER: Final = Filter("budget", _prepare, _objections)
