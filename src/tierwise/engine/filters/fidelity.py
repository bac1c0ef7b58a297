"""Endpoints that speak only wires which would lose what changes the answer, unless the policy accepts losses.

What is left out elsewhere without changing it (cache marks, foreign signed thinking) is named in the receipt and held against nobody.
"""

from collections.abc import Mapping
from typing import Final

from tierwise.core.catalog import Catalog
from tierwise.core.decision import Conditions, Features, Policy
from tierwise.core.losses import hard
from tierwise.engine.parts import Filter


def _prepare(catalog: Catalog, policy: Policy) -> tuple[tuple[str, ...], ...]:
    return () if policy.lossy else tuple(endpoint.wires for endpoint in catalog.endpoints)


def _objections(wires: tuple[tuple[str, ...], ...], features: Features, _conditions: Conditions) -> Mapping[int, str]:
    losses = {wire: serious for wire, found in features.needs.losses.items() if (serious := hard(found))}
    if not losses:
        return {}
    return {
        index: f"{spoken[0]} would lose {', '.join(losses[spoken[0]])}"
        for index, spoken in enumerate(wires)
        if spoken and all(losses.get(wire) for wire in spoken)
    }


FILTER: Final = Filter("fidelity", _prepare, _objections)
