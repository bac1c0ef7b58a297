import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.engine.worlds import PARTS, catalog, catalogs, endpoint, evidence, policies, rates
from tierwise.core.catalog import OWN, Catalog, Evidence
from tierwise.core.decision import Policy
from tierwise.core.money import Unknown
from tierwise.engine import plan as planning
from tierwise.engine.plan import effort, plan

WORLD = catalog(
    endpoint("p0/m0"),
    endpoint("p0/m1"),
    endpoint("p1/m0", rates=Unknown("not listed")),
    evidence=(evidence("m0", 0.80), evidence("m1", 0.76)),
)


def test_an_unknown_policy_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(ValueError, match="unknown policy 'dearest'; known: cheapest, paced, pinned, tiered, value"):
        plan(WORLD, Policy("dearest"), PARTS)


def test_endpoints_without_a_price_are_kept_apart() -> None:
    found = plan(WORLD, Policy(), PARTS)
    assert list(found.lanes) == ["p0/m0", "p0/m1"]
    assert found.unpriced == {"p1/m0": Unknown("not listed")}
    assert list(found.endpoints) == ["p0/m0", "p0/m1", "p1/m0"]


@pytest.mark.parametrize(("floor", "clears"), [(0.0, False), (0.05, False), (0.5, True)])
def test_an_endpoint_clears_a_floor_its_bound_meets(floor: float, clears: bool) -> None:  # noqa: FBT001  # a column of the table
    row = plan(WORLD, Policy(reference="m0", floor=floor), PARTS).table["debug", 2]
    assert [one for _, one in row] == [True, clears, True]


def test_a_bound_on_the_floor_itself_clears_it() -> None:
    bound = plan(WORLD, Policy(reference="m0"), PARTS).table["debug", 2][1][0].bound
    assert bound is not None
    assert plan(WORLD, Policy(reference="m0", floor=-bound), PARTS).table["debug", 2][1][1]


def test_an_unknown_bound_clears_no_floor() -> None:
    row = plan(replace(WORLD, evidence=()), Policy(reference="m0", floor=1.0), PARTS).table["debug", 2]
    assert [one for _, one in row] == [True, False, True]


def test_standings_are_taken_over_from_an_earlier_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    first = plan(WORLD, Policy(reference="m0"), PARTS)
    monkeypatch.delattr(planning, "standings")
    later = replace(WORLD, since=WORLD.until, until=WORLD.until + 1)
    assert plan(later, Policy(reference="m0"), PARTS, before=first).table is first.table


@given(catalogs(), policies())
def test_every_lane_is_in_one_group(world: Catalog, policy: Policy) -> None:
    found = plan(world, policy, PARTS)
    grouped = [lane.id for lanes in found.groups.values() for lane in lanes]
    assert sorted(grouped) == sorted(found.lanes)
    assert {*found.lanes, *found.unpriced} == {one.id for one in world.endpoints}
    assert len(found.prepared) == len(PARTS.filters)


@given(catalogs(), policies())
def test_a_plan_for_equal_prices_serves_another_span(world: Catalog, policy: Policy) -> None:
    later = replace(world, since=world.until, until=world.until + 1)
    known = plan(world, policy, PARTS)
    assert planning.prices(later) == planning.prices(world)
    assert planning.spanning(known, later) == replace(known, catalog=later)


def test_other_prices_are_told_from_these() -> None:
    cheaper = [replace(one, rates=(rates(1),)) for one in WORLD.endpoints]
    assert planning.prices(replace(WORLD, endpoints=tuple(cheaper))) != planning.prices(WORLD)


COSTS = tuple(
    Evidence(model, OWN, None, "2026-11-01", "ours", cost=cost, kind="debug", deviation=cost // 4, items=100)
    for model, cost in (("m0", 10**12), ("m1", 4 * 10**12))
)


def test_where_own_costs_move_efforts_a_kind_of_work_has_lanes_of_its_own() -> None:
    found = plan(replace(WORLD, evidence=(*WORLD.evidence, *COSTS)), Policy(), PARTS)
    own = {lane.id: lane for lanes in found.moved["debug"].values() for lane in lanes}
    assert own.keys() == found.lanes.keys()
    for name, lane in own.items():
        assert lane.effort == lane.moved == found.efforts["debug"][name] == effort(found, found.endpoints[name], "debug")
        assert lane._replace(effort=1000, moved=None) == found.lanes[name]
    assert own["p0/m1"].effort > 1000 > own["p0/m0"].effort
    assert effort(found, found.endpoints["p0/m1"], "no kind of work") == 1000


@given(catalogs(), policies())
def test_without_own_costs_no_effort_moves(world: Catalog, policy: Policy) -> None:
    found = plan(world, policy, PARTS)
    assert (found.efforts, found.moved) == ({}, {})
    assert all(lane.moved is None for lane in found.lanes.values())


def test_prices_that_change_are_compared_with_own_costs_anew() -> None:
    world = replace(WORLD, evidence=(*WORLD.evidence, *COSTS))
    first = plan(world, Policy(), PARTS)
    dearer = replace(
        world, endpoints=tuple(replace(one, rates=(rates(12_000_000),)) if one.id == "p0/m1" else one for one in world.endpoints)
    )
    assert plan(dearer, Policy(), PARTS, before=first).efforts != first.efforts
