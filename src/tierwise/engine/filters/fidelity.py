"""Endpoints that speak only wires which cannot carry all of the request, unless the policy accepts losses."""

from collections.abc import Mapping
from typing import Final

from tierwise.core.catalog import Catalog
from tierwise.core.decision import Conditions, Features, Policy
from tierwise.engine.parts import Filter


def _prepare(catalog: Catalog, policy: Policy) -> tuple[tuple[str, ...], ...]:
    return () if policy.lossy else tuple(endpoint.wires for endpoint in catalog.endpoints)


def _objections(wires: tuple[tuple[str, ...], ...], features: Features, _conditions: Conditions) -> Mapping[int, str]:
    losses = features.needs.losses
    if not losses:
        return {}
    return {
        index: f"{spoken[0]} would lose {', '.join(losses[spoken[0]])}"
        for index, spoken in enumerate(wires)
        if spoken and all(losses.get(wire) for wire in spoken)
    }


FILTER: Final = Filter("fidelity", _prepare, _objections)
