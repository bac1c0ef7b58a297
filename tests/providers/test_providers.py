"""What holds for every provider that is found: rows with a source, curves that only fall, wires that exist, addresses that are safe."""

from datetime import date
from itertools import combinations, pairwise
from urllib.parse import urlsplit

import pytest
from genai_prices import data
from hypothesis import given
from hypothesis import strategies as st

from tierwise import plugins
from tierwise.core.catalog import CachePhysics
from tierwise.core.faults import FAULTS
from tierwise.core.provider import CacheRow, Limit, Provider, addresses, physics_of

PROVIDERS: tuple[Provider, ...] = plugins.found(plugins.PROVIDERS)
BY_NAME = {provider.name: provider for provider in PROVIDERS}
ROWS = [(provider, row) for provider in PROVIDERS for row in provider.caches]
CURVES = [(row.physics, curve) for _, row in ROWS for curve in (row.physics.survival, row.physics.survival_1h) if curve]

LIMITS = [(provider, limit) for provider in PROVIDERS for limit in provider.limits]
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
QUIRKS = frozenset(
    "max_tokens no_developer_role no_json_schema no_response_format merge_system no_strict text_content echo_reasoning no_namespaces "
    "no_custom_tools own_harness_line tool_names thought_signatures fixed_sampling no_reasoning custom_tools cache_control file_urls "
    "three_efforts thinking_field reasoning_field top_k no_max no_xhigh no_sampling no_summaries no_cache_key no_developer".split()
)
"""The names that providers and wires have agreed on."""

REFUSED = frozenset(
    "store stream_options parallel_tool_calls metadata prompt_cache_key verbosity service_tier safety_identifier seed user logit_bias "
    "logprobs top_logprobs presence_penalty frequency_penalty".split()
)
"""Fields that a chat server may refuse: `no_` before one of them is a quirk."""

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
    """All but those that stand for servers of the operator's own, which nobody lists and which need no key."""
    assert (provider.name in {one.id for one in data.providers}) != provider.keyless
    assert provider.title.strip()


@each_provider
def test_every_wire_has_a_base_of_its_own_or_from_the_operator(provider: Provider) -> None:
    assert set(provider.wires) <= set(provider.bases) | set(provider.moved)
    assert provider.bases or provider.base_env or provider.keyless
    given = addresses(provider, "https://proxy.test/v1")
    assert provider.wires[0] in given
    assert all(base.startswith("https://proxy.test") for base in given.values())


@each_provider
def test_a_base_is_an_address_without_an_end_that_would_be_doubled(provider: Provider) -> None:
    for wire, base in provider.bases.items():
        address = urlsplit(base)
        nowhere = (address.hostname or "").endswith(".invalid")
        assert address.scheme == "https" or address.hostname in LOOPBACK or nowhere
        assert address.hostname
        assert "?" not in base
        assert "#" not in base
        assert address.username is None
        assert not base.endswith("/")
        assert not (wire == "anthropic" and base.endswith("/v1")), "the wire's own path begins with /v1"


@each_provider
def test_a_key_has_a_variable_unless_none_is_needed(provider: Provider) -> None:
    assert bool(provider.env) != provider.keyless
    assert all(name == name.upper() and name.endswith("_KEY") for name in provider.env)
    assert all(name.endswith(("_URL", "_ENDPOINT")) for name in provider.base_env)


def test_no_key_is_taken_by_two_providers() -> None:
    """A key must go to nobody but the provider it was made for; nor may a base be read from what points clients at this gateway."""
    names = [name for provider in PROVIDERS for name in provider.env]
    assert len(set(names)) == len(names)
    assert not {"OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_BASE_URL"} & {name for one in PROVIDERS for name in one.base_env}


@each_provider
def test_a_key_is_sent_in_a_header_with_a_lower_case_name(provider: Provider) -> None:
    assert set(provider.auth) <= set(provider.bases) | set(provider.moved)
    assert all(name == name.lower() and " " not in name for name in (*provider.headers, *(one.header for one in provider.auth.values())))
    assert "authorization" not in provider.headers


@each_provider
def test_every_fault_row_names_a_known_fault_and_can_hold(provider: Provider) -> None:
    for row in provider.faults:
        assert row.kind in FAULTS
        assert row.status or row.codes or row.words
        assert all(word == word.lower() and word.strip() for word in (*row.words, *row.codes))


@each_provider
def test_no_fault_row_hides_a_later_one(provider: Provider) -> None:
    def covers(early: object, late: object) -> bool:
        return not early or early == late

    rows = provider.faults
    hidden = [
        (one, other)
        for one, other in combinations(rows, 2)
        if covers(one.status, other.status) and covers(one.codes, other.codes) and covers(one.words, other.words)
    ]
    assert hidden == []


@pytest.mark.parametrize(("provider", "limit"), LIMITS, ids=[f"{provider.name}/{limit.counts}" for provider, limit in LIMITS])
def test_a_limit_names_three_headers_and_how_its_end_is_written(provider: Provider, limit: Limit) -> None:
    names = (limit.size, limit.remaining, limit.reset)
    assert limit.counts in {"requests", "tokens"}, provider.name
    assert limit.form in {"seconds", "duration", "rfc3339", "epoch", "epoch_ms"}
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and name.isascii() and " " not in name for name in names)


@each_provider
def test_quirks_have_names_that_the_wires_know(provider: Provider) -> None:
    assert provider.quirks <= QUIRKS | {f"no_{field}" for field in REFUSED}


def test_only_the_harness_s_own_vendor_reads_its_line() -> None:
    assert [one.name for one in PROVIDERS if "own_harness_line" in one.quirks] == ["anthropic"]


@each_provider
def test_other_routes_are_paths(provider: Provider) -> None:
    assert set(provider.routes) <= {"/embeddings", "/completions"}
    assert all(path.startswith("/") and not path.endswith("/") for path in provider.routes.values())
    spoken = "openai_completions" in (set(provider.bases) | set(provider.moved))
    assert ("/completions" in provider.routes) == spoken


@each_provider
def test_a_provider_says_when_and_where_it_was_read(provider: Provider) -> None:
    assert date(2025, 1, 1) < date.fromisoformat(provider.as_of) < date(2030, 1, 1)
    assert provider.source.startswith("https://")
    assert " " not in provider.source


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
