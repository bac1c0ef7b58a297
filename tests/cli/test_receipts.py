"""Receipts as they are printed: what own costs did to an effort is said beside the endpoint."""

import pytest

from tests.engine.worlds import NOW, PARTS, catalog, endpoint, evidence, features
from tierwise.cli import receipts
from tierwise.core.catalog import OWN, Evidence
from tierwise.core.decision import Conditions, Decision, Policy
from tierwise.engine.decide import choose
from tierwise.engine.plan import plan


def decided(*costs: Evidence) -> Decision:
    world = catalog(endpoint("p0/m0", 1_000_000), endpoint("p1/m1", 2_000_000), evidence=(evidence("m0", 0.8), evidence("m1", 0.8), *costs))
    return choose(plan(world, Policy(reference="m1", floor=0.5), PARTS), features(), Conditions(NOW))


def billed(model: str, cost: int) -> Evidence:
    return Evidence(model, OWN, None, "2026-11-01", "ours", cost=cost, kind="debug", deviation=cost // 4, items=100)


def test_an_effort_that_own_costs_moved_is_said_beside_the_endpoint(capsys: pytest.CaptureFixture[str]) -> None:
    receipts.show(decided(billed("m0", 4 * 10**12), billed("m1", 10**12)))
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith(" p")}
    assert "chosen; effort 0." in lines["p1/m1"]
    assert "by own costs" in lines["p0/m0"]


def test_without_own_costs_nothing_is_said_of_efforts(capsys: pytest.CaptureFixture[str]) -> None:
    receipts.show(decided())
    assert "effort" not in capsys.readouterr().out
