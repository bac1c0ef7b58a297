import pytest
from hypothesis import given

from tests.engine.worlds import NOW, TABLES, catalog, catalogs, endpoint, features, requests
from tierwise.core.catalog import Capability, Catalog
from tierwise.core.decision import Conditions, Needs, Policy, Prefix, Size
from tierwise.core.request import Request
from tierwise.engine import room
from tierwise.engine.filters.window import FILTER
from tierwise.engine.signals import size

NONE = Conditions(NOW)


def objections(world: Catalog, tokens: int, limit: int | None = None, error: float = 0.0) -> dict[int, str]:
    """What the filter says to a prompt of so many tokens."""
    asked = features(size=Size(tokens, tokens, error), needs=Needs(limit=limit), prefix=Prefix())
    return dict(FILTER.objections(FILTER.prepare(world, Policy()), asked, NONE))


def windows(*sizes: int | None) -> Catalog:
    """Endpoints with windows of some sizes."""
    return catalog(*(endpoint(f"p0/m{index}", capability=Capability(context_window=size)) for index, size in enumerate(sizes)))


def test_a_prompt_that_does_not_fit_with_the_reserve_is_refused_and_the_reason_counts() -> None:
    assert objections(windows(128_000, 200_000), 124_000) == {0: "needs 128,096 tokens, has 128,000"}


@pytest.mark.parametrize(
    ("tokens", "limit", "fits"), [(123_904, None, True), (123_905, None, False), (127_900, 100, True), (127_901, 100, False)]
)
def test_the_last_token_that_fits(tokens: int, limit: int | None, fits: bool) -> None:  # noqa: FBT001  # a column of the table
    assert (objections(windows(128_000), tokens, limit) == {}) == fits


def test_a_window_nobody_knows_is_not_held_against_an_endpoint() -> None:
    assert list(objections(windows(None, 8_000), 10**7)) == [1]


def test_the_stated_errors_of_the_count_and_of_the_scale_are_kept_free() -> None:
    unsure = catalog(endpoint(scale=1.1, scale_error=0.2))
    assert objections(unsure, 148_000) == {}
    assert list(objections(unsure, 148_500)) == [0]
    assert list(objections(unsure, 146_000, error=0.034)) == [0]


@given(catalogs(), requests())
def test_it_refuses_just_those_whose_window_is_less_than_what_is_needed(world: Catalog, request: Request) -> None:
    found = size.SIGNAL.read(request, TABLES, {})
    asked = features(size=found, needs=Needs(limit=request.limit))
    refused = FILTER.objections(FILTER.prepare(world, Policy()), asked, NONE)
    for index, one in enumerate(world.endpoints):
        window = one.capability.context_window
        assert (index in refused) == (window is not None and room.needed(asked, one) > window)
