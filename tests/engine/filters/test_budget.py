import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.worlds import NOW, TABLES, catalog, catalogs, endpoint, features, rates
from tierwise.core.catalog import Capability, Catalog
from tierwise.core.decision import Conditions, Needs, Place, Policy, Size
from tierwise.core.money import Unknown, pico
from tierwise.engine import cost
from tierwise.engine.filters.budget import FILTER, worst


def objections(world: Catalog, budget: int | None, limit: int | None = 1000) -> dict[int, str]:
    """What the filter says to a prompt of 10,000 tokens with so much left to spend."""
    return dict(FILTER.objections(FILTER.prepare(world, Policy()), features(needs=Needs(limit=limit)), Conditions(NOW, budget=budget)))


def test_without_a_budget_nothing_is_refused() -> None:
    assert objections(catalog(endpoint(), endpoint("p0/m1", rates=Unknown("not listed"))), None) == {}


def test_the_worst_case_is_a_long_lived_write_of_the_whole_prompt_and_all_the_output_allowed() -> None:
    most = 10_000 * 6_000_000 + 1000 * 15_000_000
    assert worst(endpoint(), features(needs=Needs(limit=1000))) == most
    assert objections(catalog(endpoint()), most) == {}
    assert objections(catalog(endpoint()), most - 1) == {0: "may cost $0.0750, $0.0750 is left"}


def test_what_fits_stays_where_something_dearer_does_not() -> None:
    dear, cheap = endpoint(rates=(rates(3_000_000),)), endpoint("p0/m1", rates=(rates(3_000),))
    assert list(objections(catalog(dear, cheap), pico("0.01"))) == [0]


def test_an_endpoint_without_a_price_is_held_by_no_budget() -> None:
    refused = objections(catalog(endpoint(), endpoint("p0/m1", rates=Unknown("not listed"))), pico(100))
    assert refused == {1: "its price is unknown, so no budget can hold it"}


@pytest.mark.parametrize(
    ("client", "model", "output"), [(1000, None, 1000), (None, 8000, 8000), (1000, 8000, 1000), (9000, 8000, 8000), (None, None, 32_000)]
)
def test_the_output_is_what_the_client_and_the_model_allow(client: int | None, model: int | None, output: int) -> None:
    one = endpoint(capability=Capability(max_output=model), rates=(rates(0, per=1),))
    paid = endpoint(capability=Capability(max_output=model), rates=(rates(1_000_000),))
    asked = features(0, needs=Needs(limit=client))
    assert worst(one, asked) == 0
    assert worst(paid, asked) == output * 5_000_000


def test_the_errors_of_the_count_and_of_the_scale_are_paid_for() -> None:
    asked = features(size=Size(1000, 1000, 0.1), needs=Needs(limit=0))
    assert worst(endpoint(scale=2.0, scale_error=0.5, fresh=1_000_000), asked) == 3300 * 2_000_000


def test_a_prompt_that_may_reach_a_dearer_tier_is_charged_there() -> None:
    two = endpoint(rates=(rates(1_000_000), rates(2_000_000, above=10_000)))
    exact, unsure = features(10_000, needs=Needs(limit=0)), features(size=Size(10_000, 10_000, 0.001), needs=Needs(limit=0))
    assert worst(two, exact) == 10_000 * 2_000_000
    assert worst(two, unsure) == 10_010 * 4_000_000


def test_a_fraction_of_a_pico_dollar_is_a_whole_one() -> None:
    asked = features(1, needs=Needs(limit=0))
    assert worst(endpoint(rates=(rates(500_001, per=10**6),)), asked) == 2


@given(catalogs(), st.integers(0, 200_000), st.integers(0, 2000), st.booleans())
def test_a_call_never_costs_more_than_its_worst_case(world: Catalog, tokens: int, output: int, long: bool) -> None:  # noqa: FBT001  # drawn
    asked = features(tokens, needs=Needs(limit=max(output, 1)))
    lanes = [lane for lane in (cost.lane(one, TABLES) for one in world.endpoints) if isinstance(lane, cost.Lane)]
    request = cost.Asked(tokens, Place("tool", 0, 0, 0, 0), marked=True, long=long)
    costs = cost.priced(cost.grouped(lanes), request, {})
    for one in world.endpoints:
        dearest = worst(one, asked)
        assert isinstance(dearest, Unknown) or costs[one.id].call <= dearest
