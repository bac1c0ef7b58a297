"""Endpoints that failed a moment ago and should not be tried yet."""

from collections.abc import Mapping, Sequence
from typing import Final

from tierwise.core.catalog import Catalog
from tierwise.core.decision import Conditions, Features, Policy
from tierwise.core.efforts import plain
from tierwise.engine.parts import Filter


def _prepare(catalog: Catalog, _policy: Policy) -> dict[str, list[int]]:
    """The places of each endpoint; one that rests does so at every effort."""
    places: dict[str, list[int]] = {}
    for index, endpoint in enumerate(catalog.endpoints):
        for name in {endpoint.id, plain(endpoint.id)}:
            places.setdefault(name, []).append(index)
    return places


def _objections(places: Mapping[str, Sequence[int]], _features: Features, conditions: Conditions) -> Mapping[int, str]:
    return {
        place: f"{outage.because}; next try in {(outage.until - conditions.now + 999) // 1000} s"
        for name, outage in conditions.down.items()
        if outage.until > conditions.now
        for place in places.get(name, ())
    }


FILTER: Final = Filter("health", _prepare, _objections)
