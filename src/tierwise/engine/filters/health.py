"""Endpoints that failed a moment ago and should not be tried yet."""

from collections.abc import Mapping
from typing import Final

from tierwise.core.catalog import Catalog
from tierwise.core.decision import Conditions, Features, Policy
from tierwise.engine.parts import Filter


def _prepare(catalog: Catalog, _policy: Policy) -> dict[str, int]:
    return {endpoint.id: index for index, endpoint in enumerate(catalog.endpoints)}


def _objections(places: Mapping[str, int], _features: Features, conditions: Conditions) -> Mapping[int, str]:
    return {
        places[name]: f"{outage.because}; next try in {(outage.until - conditions.now + 999) // 1000} s"
        for name, outage in conditions.down.items()
        if name in places and outage.until > conditions.now
    }


FILTER: Final = Filter("health", _prepare, _objections)
