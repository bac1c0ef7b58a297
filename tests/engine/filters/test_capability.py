from itertools import product

import pytest
from msgspec.structs import replace

from tests.engine.worlds import NEEDS, NOW, catalog, endpoint, features
from tierwise.core.catalog import Capability, Catalog
from tierwise.core.decision import Conditions, Needs, Policy
from tierwise.engine.filters.capability import FILTER

ALL = Capability(tools=True, images=True, json_schema=True, reasoning="optional")


def objections(world: Catalog, *needs: str) -> dict[int, str]:
    """What the filter says to a request with some needs."""
    return dict(FILTER.objections(FILTER.prepare(world, Policy()), features(needs=Needs(needs)), Conditions(NOW)))


@pytest.mark.parametrize(
    ("need", "lack", "because"),
    [
        ("tools", False, "cannot call tools"),
        ("images", False, "cannot read images"),
        ("json_schema", False, "cannot hold its output to a JSON schema"),
        ("reasoning", "none", "does not reason"),
    ],
)
def test_what_a_model_is_known_not_to_do_is_held_against_it_where_it_is_needed(need: str, lack: object, because: str) -> None:
    lacking = catalog(endpoint("p0/m0", capability=ALL), endpoint("p0/m1", capability=replace(ALL, **{need: lack})))
    assert objections(lacking, need) == {1: because}
    assert objections(lacking, *(other for other in NEEDS if other != need)) == {}


def test_what_nobody_has_said_is_not_held_against_a_model() -> None:
    assert objections(catalog(endpoint(capability=Capability())), *NEEDS) == {}


@pytest.mark.parametrize("needs", list(product(NEEDS, NEEDS)))
def test_of_several_lacks_the_first_need_is_named(needs: tuple[str, str]) -> None:
    nothing = catalog(endpoint(capability=Capability(tools=False, images=False, json_schema=False, reasoning="none")))
    assert objections(nothing, *needs) == objections(nothing, needs[0])


def test_a_need_no_model_can_lack_rules_nobody_out() -> None:
    assert objections(catalog(endpoint(capability=Capability(tools=False))), "full_context") == {}
