"""Plans by policy, for the prices of the moment."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tests.gateway.within import Sold, demo, gateway
from tierwise.core.money import Unknown
from tierwise.gateway.plans import KEPT, Plans
from tierwise.upstream.scripted import Scripted

FINE = Scripted(pace=0)


def instant(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def plans() -> Plans:
    return demo().plans


def test_a_plan_is_made_once_for_a_policy_while_prices_hold(plans: Plans) -> None:
    policy = demo().everybody.wanted.policy
    now = instant("2026-11-24")
    first = plans.at(now, policy)
    assert plans.at(now + 1000, policy) is first
    assert plans.at(now, replace(policy, floor=0.5)) is not first
    assert plans.at(now, policy) is first


def test_every_instant_has_a_plan_whose_prices_hold_then(plans: Plans) -> None:
    policy = demo().everybody.wanted.policy
    for day in ("2025-06-01", "2026-02-01", "2026-06-15", "2026-09-01", "2026-11-24", "2030-01-01", "2026-02-01"):
        for hour in range(0, 24, 5):
            at = instant(f"{day}T{hour:02}:00:00")
            catalog = plans.at(at, policy).plan.catalog
            assert catalog.since <= at < catalog.until


def test_prices_that_changed_are_in_the_plan(plans: Plans) -> None:
    policy = demo().everybody.wanted.policy
    rates = {
        day: {one.id: one.rates for one in plans.at(instant(day), policy).plan.catalog.endpoints} for day in ("2026-01-15", "2026-11-24")
    }
    assert rates["2026-01-15"].keys() == rates["2026-11-24"].keys()
    assert rates["2026-01-15"] != rates["2026-11-24"]


def test_an_hour_at_which_nothing_changes_keeps_what_was_worked_out(plans: Plans) -> None:
    policy = demo().everybody.wanted.policy
    first = plans.at(instant("2026-11-24"), policy)
    until = first.plan.catalog.until
    second = plans.at(until, policy)
    assert second.plan.catalog.since <= until < second.plan.catalog.until
    if second.prices == first.prices:
        assert second.reference is first.reference
        assert second.plan.table is first.plan.table


def test_the_reference_is_priced_even_where_it_is_not_sold() -> None:
    made = gateway(Sold("one/alpha", FINE))
    ready = made.plans.at(instant("2026-11-24"), made.everybody.wanted.policy)
    assert ready.reference.endpoint.model == "claude-opus-4-8"
    assert not isinstance(ready.reference.endpoint.rates, Unknown)
    assert ready.reference.groups
    assert [one.id for one in ready.plan.catalog.endpoints] == ["one/alpha"]


def test_only_so_many_plans_are_kept_and_the_latest_are() -> None:
    made = gateway(Sold("one/alpha", FINE))
    policy, now = made.everybody.wanted.policy, instant("2026-11-24")
    for number in range(KEPT + 10):
        made.plans.at(now, replace(policy, floor=number / 1000))
    assert len(made.plans.ready) == KEPT
    last = made.plans.at(now, replace(policy, floor=(KEPT + 9) / 1000))
    assert made.plans.at(now, replace(policy, floor=(KEPT + 9) / 1000)) is last


def test_plans_over_other_catalogs_are_made_beside_and_then_taken(plans: Plans) -> None:
    policy, now = demo().everybody.wanted.policy, instant("2026-11-24")
    before, other = plans.at(now, policy), replace(policy, floor=0.4)
    plans.at(now, other)
    fresh = plans.renewed(lambda at, pin: replace(plans.at_instant(at, pin), evidence=()), now)
    assert plans.at(now, policy) is before
    assert fresh.ready.keys() == plans.ready.keys()
    plans.take(fresh)
    assert plans.at(now, policy).plan.catalog.evidence == ()
    assert plans.at(now, other).plan.policy == other
