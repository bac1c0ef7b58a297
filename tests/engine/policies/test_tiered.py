import pytest
from msgspec.structs import replace

from tests.engine.worlds import features, priced, setting
from tierwise.core.decision import Policy, Task
from tierwise.core.money import Unknown
from tierwise.core.tasks import KINDS, TIER_OF
from tierwise.engine.policies.tiered import POLICY

TIERS = {"m0": "flash", "m1": "mid", "m2": "premium", "m3": "a tier nobody named"}
WORLD = [
    priced("p0/m0", 1),
    priced("p0/m1", 4),
    priced("p0/m2", 9),
    priced("p0/m3", 0),
    priced("p1/m0", 2),
    priced("p1/m1", 3),
    priced("p1/m2", 8),
    priced("p2/m1", Unknown("not listed")),
]


def ranked(kind: str, policy: Policy = Policy("tiered")) -> list[str]:  # noqa: B008  # a frozen value
    asked = replace(features(), task=Task(kind, 2, 1.0, "caller"))
    return [one.endpoint for one in POLICY.ranked(WORLD, asked, setting(policy, **TIERS))[0]]


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        ("completion", "p0/m0 p1/m0 p1/m1 p0/m1 p1/m2 p0/m2 p0/m3"),
        ("debug", "p1/m1 p0/m1 p1/m2 p0/m2 p0/m0 p1/m0 p0/m3"),
        ("security", "p1/m2 p0/m2 p1/m1 p0/m1 p0/m0 p1/m0 p0/m3"),
        ("unknown", "p1/m2 p0/m2 p1/m1 p0/m1 p0/m0 p1/m0 p0/m3"),
        ("poetry", "p1/m2 p0/m2 p1/m1 p0/m1 p0/m0 p1/m0 p0/m3"),
    ],
)
def test_the_kind_names_the_tier_and_the_cheapest_there_comes_first(kind: str, order: str) -> None:
    assert ranked(kind) == order.split()


def test_a_policy_may_send_a_kind_to_another_tier() -> None:
    assert ranked("debug", Policy("tiered", tiers={"debug": "premium"}))[0] == "p1/m2"
    assert ranked("test", Policy("tiered", tiers={"debug": "premium"}))[0] == "p1/m1"


@pytest.mark.parametrize("kind", KINDS)
def test_the_reason_names_the_kind_and_its_tier(kind: str) -> None:
    asked = replace(features(), task=Task(kind, 2, 1.0, "caller"))
    because = POLICY.ranked(WORLD, asked, setting(Policy("tiered"), **TIERS))[1]
    assert because == f"{kind} work goes to the {TIER_OF[kind]} tier; the cheapest there first"
