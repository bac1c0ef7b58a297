"""What the request needs and the model is known not to do. What nobody has said is not held against it."""

from collections.abc import Mapping
from typing import Final

from tierwise.core.catalog import Capability, Catalog
from tierwise.core.decision import Conditions, Features, Policy
from tierwise.engine.parts import Filter

TESTS: Final = (
    ("tools", lambda can: can.tools is False, "cannot call tools"),
    ("images", lambda can: can.images is False, "cannot read images"),
    ("json_schema", lambda can: can.json_schema is False, "cannot hold its output to a JSON schema"),
    ("reasoning", lambda can: can.reasoning == "none", "does not reason"),
)


def _lacking(can: Capability) -> dict[str, str]:
    return {need: because for need, fails, because in TESTS if fails(can)}


def _prepare(catalog: Catalog, _policy: Policy) -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for index, endpoint in enumerate(catalog.endpoints):
        for need, because in _lacking(endpoint.capability).items():
            found.setdefault(need, {})[index] = because
    return found


def _objections(lacking: Mapping[str, Mapping[int, str]], features: Features, _conditions: Conditions) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for need in features.needs.names:
        found = {**lacking.get(need, {}), **found}
    return found


FILTER: Final = Filter("capability", _prepare, _objections)
