"""What holds for every provider that is found: rows with a source, curves that only fall, wires that exist."""

from datetime import date
from itertools import combinations, pairwise

import pytest
from genai_prices import data
from hypothesis import given
from hypothesis import strategies as st

from tierwise import plugins
from tierwise.core.catalog import CachePhysics
from tierwise.core.provider import CacheRow, Provider, physics_of

PROVIDERS: tuple[Provider, ...] = plugins.found(plugins.PROVIDERS)
BY_NAME = {provider.name: provider for provider in PROVIDERS}
ROWS = [(provider, row) for provider in PROVIDERS for row in provider.caches]
CURVES = [(row.physics, curve) for _, row in ROWS for curve in (row.physics.survival, row.physics.survival_1h) if curve]

each_provider = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
each_row = pytest.mark.parametrize(("provider", "row"), ROWS, ids=[f"{provider.name}/{row.models}" for provider, row in ROWS])
each_curve = pytest.mark.parametrize(("physics", "curve"), CURVES)


@each_provider
def test_a_provider_speaks_wires_that_exist(provider: Provider) -> None:
    assert provider.wires
    assert len(set(provider.wires)) == len(provider.wires)
    assert set(provider.wires) <= {wire.name for wire in plugins.found(plugins.WIRES)}


@each_provider
def test_a_provider_has_the_name_that_the_price_data_has_for_it(provider: Provider) -> None:
    """All but the one that stands for servers of the operator's own, which nobody lists."""
    assert (provider.name in {one.id for one in data.providers}) != (provider.name == "compatible")
    assert provider.title.strip()


@each_provider
def test_a_region_is_a_lower_case_code(provider: Provider) -> None:
    assert provider.region is None or (provider.region.islower() and len(provider.region) == 2)


@each_provider
def test_the_last_cache_row_holds_for_all_models(provider: Provider) -> None:
    assert [row.models for row in provider.caches].index("") == len(provider.caches) - 1


@each_provider
def test_every_cache_row_is_reached_by_the_models_it_names(provider: Provider) -> None:
    hidden = [(early, late) for early, late in combinations(provider.caches, 2) if late.models.startswith(early.models)]
    assert hidden == []
    assert all(physics_of(provider, row.models) == row.physics for row in provider.caches)


@each_provider
@given(model=st.text())
def test_every_model_has_a_known_cache(provider: Provider, model: str) -> None:
    assert physics_of(provider, model).kind != "unknown"


@each_row
def test_a_cache_row_says_when_and_where_it_was_read(provider: Provider, row: CacheRow) -> None:
    assert date(2025, 1, 1) < date.fromisoformat(row.physics.as_of) < date(2030, 1, 1), provider.name
    assert row.physics.source.startswith("https://")
    assert " " not in row.physics.source


@each_row
def test_a_cache_row_is_of_a_known_kind_with_whole_steps(provider: Provider, row: CacheRow) -> None:
    physics = row.physics
    assert physics.kind in {"marked", "automatic"}, provider.name
    assert physics.step >= 1
    assert physics.minimum >= 0
    assert physics.minimum % physics.step == 0
    assert physics.survival


@each_curve
def test_a_survival_curve_starts_near_one_and_ends_at_nothing(physics: CachePhysics, curve: tuple[tuple[int, float], ...]) -> None:
    assert curve[0][0] == 0, physics.source
    assert 0.8 <= curve[0][1] <= 1.0
    assert curve[-1][1] == 0.0


@each_curve
def test_a_survival_curve_goes_on_in_time_and_never_rises(physics: CachePhysics, curve: tuple[tuple[int, float], ...]) -> None:
    assert all(early[0] < late[0] and early[1] >= late[1] >= 0.0 for early, late in pairwise(curve)), physics.source


def test_the_longer_lifetime_outlasts_the_shorter() -> None:
    """Where it counts: after half an hour without use the one is gone and the other is not."""
    both = [row.physics for _, row in ROWS if row.physics.survival_1h]
    assert both
    for physics in both:
        assert max(odds for idle, odds in physics.survival if idle >= 1800) < 0.1
        assert min(odds for idle, odds in physics.survival_1h if idle <= 1800) > 0.9


@pytest.mark.parametrize(
    ("model", "minimum"),
    [
        ("claude-opus-5", 512),
        ("claude-fable-5", 512),
        ("claude-opus-4-8", 1024),
        ("claude-sonnet-5", 1024),
        ("claude-sonnet-4-5", 1024),
        ("claude-sonnet-4-6", 1024),
        ("claude-opus-4-7", 2048),
        ("claude-opus-4-6", 4096),
        ("claude-opus-4-5", 4096),
        ("claude-haiku-4-5", 4096),
    ],
)
def test_the_published_minimums_of_anthropics_models_hold(model: str, minimum: int) -> None:
    physics = physics_of(BY_NAME["anthropic"], model)
    assert (physics.kind, physics.minimum) == ("marked", minimum)


def test_openai_caches_in_steps_until_it_charges_for_writes() -> None:
    steps = {model: physics_of(BY_NAME["openai"], model).step for model in ("gpt-5.2", "gpt-5.5", "gpt-5.6-sol", "gpt-6.1-sol")}
    assert steps == {"gpt-5.2": 128, "gpt-5.5": 128, "gpt-5.6-sol": 1, "gpt-6.1-sol": 1}
