import pytest

from tests.engine.worlds import NOW, catalog, endpoint, features
from tierwise.core.decision import Conditions, Policy
from tierwise.engine.filters.operator import FILTER

WORLD = catalog(
    endpoint("p0/m0", vendor="v0", region="us", keeps_prompts=False),
    endpoint("p0/m1", vendor="v1", region="eu", keeps_prompts=True),
    endpoint("p1/m0", vendor="v0", region=None, keeps_prompts=None),
)


def objections(policy: Policy) -> dict[int, str]:
    """What the filter says under a policy."""
    return dict(FILTER.objections(FILTER.prepare(WORLD, policy), features(), Conditions(NOW)))


NO_MODEL = "not among the allowed models"
KEEPS = "not known to keep no prompts"


@pytest.mark.parametrize(
    ("policy", "refused"),
    [
        (Policy(), {}),
        (Policy(deny=("m0",)), {0: "m0 is denied", 2: "m0 is denied"}),
        (Policy(deny=("p0/m0",)), {0: "p0/m0 is denied"}),
        (Policy(deny=("p0",)), {0: "p0 is denied", 1: "p0 is denied"}),
        (Policy(deny=("v1",)), {1: "v1 is denied"}),
        (Policy(deny=("nobody",)), {}),
        (Policy(models=("m0",)), {1: NO_MODEL}),
        (Policy(models=("p0/m0", "m1")), {2: NO_MODEL}),
        (Policy(vendors=("v0",)), {1: "vendor v1 is not allowed"}),
        (Policy(regions=("us",)), {1: "region eu is not allowed", 2: "region unknown is not allowed"}),
        (Policy(no_retention=True), {1: KEEPS, 2: KEEPS}),
    ],
)
def test_each_rule_rules_out_what_breaks_it(policy: Policy, refused: dict[int, str]) -> None:
    assert objections(policy) == refused


def test_of_several_broken_rules_a_denial_is_named_first() -> None:
    strict = Policy(deny=("v1",), models=("m9",), vendors=("v9",), regions=("cn",), no_retention=True)
    assert objections(strict) == {0: NO_MODEL, 1: "v1 is denied", 2: NO_MODEL}


EFFORTS = catalog(endpoint("p0/m0", model="m0"), endpoint("p0/m0@low", model="m0@low"), endpoint("p1/m0@high", model="m0@high"))


@pytest.mark.parametrize(
    ("policy", "refused"),
    [
        (Policy(deny=("m0",)), {0, 1, 2}),
        (Policy(deny=("p0/m0",)), {0, 1}),
        (Policy(deny=("m0@low",)), {1}),
        (Policy(models=("m0",)), {1, 2}),
        (Policy(models=("m0@high", "p0/m0@low")), {0}),
    ],
)
def test_a_model_is_denied_at_every_effort_and_allowed_at_those_that_are_named(policy: Policy, refused: set[int]) -> None:
    assert set(FILTER.objections(FILTER.prepare(EFFORTS, policy), features(), Conditions(NOW))) == refused
