"""What the operator has ruled out: vendors, regions, retention, models."""

from collections.abc import Mapping
from typing import Final

from tierwise.core.catalog import Catalog, Endpoint
from tierwise.core.decision import Conditions, Features, Policy
from tierwise.core.efforts import plain
from tierwise.engine.parts import Filter


def _because(endpoint: Endpoint, policy: Policy) -> str:
    names = (endpoint.id, endpoint.model, plain(endpoint.id), plain(endpoint.model), endpoint.provider, endpoint.vendor)
    denied = next((name for name in names if name in policy.deny), "")
    rules = (
        (bool(denied), f"{denied} is denied"),
        (bool(policy.models) and not {endpoint.id, endpoint.model} & set(policy.models), "not among the allowed models"),
        (bool(policy.vendors) and endpoint.vendor not in policy.vendors, f"vendor {endpoint.vendor} is not allowed"),
        (bool(policy.regions) and endpoint.region not in policy.regions, f"region {endpoint.region or 'unknown'} is not allowed"),
        (policy.no_retention and endpoint.keeps_prompts is not False, "not known to keep no prompts"),
    )
    return next((because for broken, because in rules if broken), "")


def _prepare(catalog: Catalog, policy: Policy) -> dict[int, str]:
    found = {index: _because(endpoint, policy) for index, endpoint in enumerate(catalog.endpoints)}
    return {index: because for index, because in found.items() if because}


def _objections(ruled_out: Mapping[int, str], _features: Features, _conditions: Conditions) -> Mapping[int, str]:
    return ruled_out


FILTER: Final = Filter("operator", _prepare, _objections)
