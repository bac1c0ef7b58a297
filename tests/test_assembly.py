"""Settings and shipped data to a house: names are resolved once, and what stands for nothing is refused with its place."""

import os
from pathlib import Path

import pytest

from tierwise import assembly
from tierwise.assembly import House, UnknownPolicy
from tierwise.catalog import book, build, compiled, sheets, store
from tierwise.catalog.build import UnknownModel
from tierwise.config.reader import BadSettings, read
from tierwise.config.settings import Settings
from tierwise.core.catalog import Capability, Endpoint, Rates
from tierwise.core.money import Unknown

BOOK = compiled.book()
NOW = book.instant(sheets.day("2026-11-24"))
OWN = "{input: 1, output: 2}"
MEASURED = "score: 0.5, n: 9, date: 2026-01-01, source: us"


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The book from memory, and an empty folder to be in."""
    monkeypatch.setattr(store, "opened", lambda: BOOK)
    monkeypatch.chdir(tmp_path)


def built(text: str, until: str = "9999-12-31") -> House:
    return assembly.house(read(text), until)


def problem(text: str) -> str:
    Path("team.yaml").write_text(text)
    with pytest.raises(BadSettings) as caught:
        assembly.opened(Path("team.yaml"))
    return str(caught.value)


def endpoint(text: str, name: str) -> Endpoint:
    return assembly.shelf(built(text), [name]).at(NOW).endpoints[0]


def ruled_out(text: str, names: list[str]) -> set[str]:
    """The endpoints the operator's rules reject."""
    one = built(text)
    catalog = assembly.shelf(one, names).at(NOW)
    operator = next(rule for rule in one.parts.filters if rule.name == "operator")
    return {catalog.endpoints[index].id for index in operator.prepare(catalog, assembly.policy(one))}


def test_without_a_file_the_defaults_hold_and_a_file_here_is_read() -> None:
    assert assembly.settings(None) == Settings()
    Path("tierwise.yaml").write_text("policy: tiered")
    assert assembly.settings(None).policy == assembly.opened(None).settings.policy == "tiered"


def test_a_named_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(BadSettings, match=r"^none\.yaml: no such file$"):
        assembly.settings(Path("none.yaml"))


@pytest.mark.parametrize("content", [b"policy: \xff", "policy: tiered".encode("utf-16")])
def test_a_file_that_is_not_text_is_an_error(content: bytes) -> None:
    Path("team.yaml").write_bytes(content)
    with pytest.raises(BadSettings, match=r"^team\.yaml: cannot be read: not UTF-8 text$"):
        assembly.settings(Path("team.yaml"))


def test_a_folder_is_no_file() -> None:
    Path("team.yaml").mkdir()
    with pytest.raises(BadSettings, match=r"^team\.yaml: cannot be read: Is a directory$"):
        assembly.settings(Path("team.yaml"))


@pytest.mark.skipif(os.name == "nt", reason="a lone byte is a name there too")
def test_a_byte_order_mark_is_no_part_of_the_settings() -> None:
    Path("team.yaml").write_bytes(b"\xef\xbb\xbfpolicy: tiered")
    assert assembly.settings(Path("team.yaml")).policy == "tiered"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy: cheapst", "1: policy: unknown policy 'cheapst'; did you mean 'cheapest'?"),
        ("reference: claude-opus-4.99", "1: reference: unknown model 'claude-opus-4.99'; did you mean claude-opus-4.8"),
        ("models:\n- gpt-5.2\n- gtp-5.5\n", "3: models[1]: unknown model 'gtp-5.5'; did you mean gpt-5.5"),
        ("deny: [openai, gtp-5.2]", "1: deny[1]: unknown model 'gtp-5.2'; did you mean gpt-5.2"),
        ("vendors: [antropic]", "1: vendors[0]: unknown vendor 'antropic'; did you mean 'anthropic'?"),
        ("aliases:\n  fast: deepseek-v4-flsh\n", "2: aliases.fast: unknown model 'deepseek-v4-flsh'; did you mean deepseek-v4-flash"),
        ("aliases: {a: zzzzzz}", "1: aliases.a: unknown model 'zzzzzz'; tierwise models lists the known ones"),
        ("providers: {antropic: {}}", "1: providers.antropic: unknown provider 'antropic'; did you mean 'anthropic'?"),
        ("endpoints: [{id: opnai/m}]", "1: endpoints[0].id: unknown provider 'opnai' and no prices; did you mean 'openai'?"),
        ("endpoints: [{id: zzzzzz/m}]", "1: endpoints[0].id: unknown provider 'zzzzzz' and no prices"),
        ("endpoints:\n- id: anthropic/claude-opus-4.8\n- id: anthropic/claude-opus-4-8", "3: endpoints[1].id: is endpoints[0] again"),
        (f"prices:\n  openai/gtp-9: {OWN}", "2: prices.openai/gtp-9: unknown model 'openai/gtp-9'; did you mean"),
        (
            f"evidence:\n- {{model: gtp-5.2, benchmark: aider-polyglot, {MEASURED}}}",
            "2: evidence[0].model: unknown",
        ),
        (
            f"evidence:\n- {{model: gpt-5.2, benchmark: swe-bench-verifed, {MEASURED}}}",
            "2: evidence[0].benchmark: unknown benchmark 'swe-bench-verifed'; did you mean 'swe-bench-verified'?",
        ),
    ],
)
def test_what_stands_for_nothing_is_refused_with_file_line_key_and_the_nearest(text: str, said: str) -> None:
    assert problem(text).startswith(f"team.yaml:{said}")
    assert len(problem(text).splitlines()) == 1


def test_a_house_of_bare_settings_names_the_key_without_a_line() -> None:
    with pytest.raises(BadSettings, match=r"^tierwise\.yaml: policy: unknown policy"):
        assembly.house(Settings(policy="x"))


def test_a_house_holds_every_variant_in_the_order_they_are_asked() -> None:
    one = built("")
    assert [rule.name for rule in one.parts.filters] == list(assembly.ORDER)
    assert [signal.rank for signal in one.parts.signals] == sorted(signal.rank for signal in one.parts.signals)
    assert one.importers[-1].name == "table"
    assert {wire.name for wire in one.wires} == {"anthropic", "openai_chat", "openai_completions", "openai_responses"}
    assert {"claude_code", "codex"} <= {client.name for client in one.clients}
    assert set(one.parts.choosers) == {"cascade", "cheapest", "paced", "tiered", "value", "pinned"}


def test_filters_nobody_ranked_come_last() -> None:
    rules = assembly._in_order([*built("").parts.filters[::-1], built("").parts.filters[0]])
    assert [rule.name for rule in rules][:2] == ["operator", "operator"]
    stranger = type(rules[0])("stranger", rules[0].prepare, rules[0].objections)
    assert assembly._in_order([stranger, *rules])[-1].name == "stranger"


def test_by_default_the_candidates_are_all_that_are_measured() -> None:
    one = built("")
    assert assembly.candidates(one) == sorted(build.measured(one.sources))
    assert "anthropic/claude-opus-4-8" in assembly.candidates(one)


def test_an_operators_models_and_endpoints_are_the_candidates() -> None:
    text = f"models: [GPT-5.2, fast]\naliases: {{fast: deepseek-v4-flash}}\nendpoints: [{{id: vllm/Tuned, prices: {OWN}}}]"
    assert assembly.candidates(built(text)) == ["deepseek/deepseek-v4-flash", "openai/gpt-5.2", "vllm/Tuned"]


def test_a_shelf_takes_any_name_and_knows_the_reference_too() -> None:
    one = assembly.shelf(built("reference: gpt-5.5"), ["Claude-Opus-4.8", "openrouter/qwen/qwen3.6-plus"]).at(NOW)
    assert [endpoint.id for endpoint in one.endpoints] == ["anthropic/claude-opus-4-8", "openrouter/qwen3.6-plus"]
    assert {row.model for row in one.evidence} == {"claude-opus-4-8", "gpt-5.5", "qwen3.6-plus"}
    with pytest.raises(UnknownModel, match="unknown model 'nothing'"):
        assembly.shelf(built(""), ["nothing"])


@pytest.mark.parametrize(
    ("name", "model"),
    [("", "gpt-5.2"), ("big", "claude-opus-4-8"), ("Claude-Opus-4.8", "claude-opus-4-8"), ("vllm/tuned", "deepseek-v4-flash")],
)
def test_the_reference_is_a_models_name_whatever_it_is_called(name: str, model: str) -> None:
    aliases = "aliases: {big: bigger, bigger: claude-opus-4.8}"
    text = f"reference: GPT-5.2\n{aliases}\nendpoints: [{{id: vllm/Tuned, model: DeepSeek-V4-Flash, prices: {OWN}}}]"
    one = built(text)
    assert assembly.reference_model(one, name) == assembly.policy(one, reference=name).reference == model


def test_an_unknown_reference_or_policy_names_the_nearest() -> None:
    with pytest.raises(UnknownModel, match="'opus-4-8x'; did you mean"):
        assembly.reference_model(built(""), "opus-4-8x")
    with pytest.raises(UnknownPolicy, match="'cheap'; did you mean 'cheapest'"):
        assembly.policy(built(""), "cheap")


def test_a_policy_is_the_settings_with_the_callers_word_over_them() -> None:
    one = built("policy: tiered\nfloor: 0.05\nno_retention: true\nlossy: true\ntiers: {docs: premium}")
    said, over = assembly.policy(one), assembly.policy(one, "value", "gpt-5.2", 0.0)
    assert (said.name, said.reference, said.floor, said.models) == ("tiered", "claude-opus-4-8", 0.05, ())
    assert (said.no_retention, said.lossy, said.tiers) == (True, True, {"docs": "premium"})
    assert (over.name, over.reference, over.floor) == ("value", "gpt-5.2", 0.0)


SOLD = ["claude-opus-4-8", "openrouter/claude-opus-4-8", "gpt-5.2", "azure/gpt-5.2", "deepseek-v4-flash"]


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("deny: [Claude-Opus-4.8]", {"anthropic/claude-opus-4-8", "openrouter/claude-opus-4-8"}),
        ("deny: [big]\naliases: {big: claude-opus-4.8}", {"anthropic/claude-opus-4-8", "openrouter/claude-opus-4-8"}),
        ("deny: [anthropic/claude-opus-4.8]", {"anthropic/claude-opus-4-8"}),
        ("deny: [OpenRouter/anthropic/claude-opus-4.8]", {"openrouter/claude-opus-4-8"}),
        ("deny: [OpenAI]", {"openai/gpt-5.2", "azure/gpt-5.2"}),
        ("deny: [azure]", {"azure/gpt-5.2"}),
        ("vendors: [OpenAI, DeepSeek]", {"anthropic/claude-opus-4-8", "openrouter/claude-opus-4-8"}),
        ("regions: [US]", {"openrouter/claude-opus-4-8", "azure/gpt-5.2", "deepseek/deepseek-v4-flash"}),
        (
            "regions: [EU, cn]\nproviders: {Azure: {region: eu}}",
            {"anthropic/claude-opus-4-8", "openrouter/claude-opus-4-8", "openai/gpt-5.2"},
        ),
        (
            "regions: [mars]",
            {"anthropic/claude-opus-4-8", "openrouter/claude-opus-4-8", "openai/gpt-5.2", "azure/gpt-5.2", "deepseek/deepseek-v4-flash"},
        ),
    ],
)
def test_what_the_operator_rules_out_is_out_by_any_of_its_names(text: str, out: set[str]) -> None:
    assert ruled_out(text, SOLD) == out


def test_without_retention_only_those_that_say_so_are_left() -> None:
    text = "no_retention: true\nproviders: {azure: {keeps_prompts: false}}"
    assert "azure/gpt-5.2" not in ruled_out(text, SOLD)
    assert "openrouter/claude-opus-4-8" in ruled_out(text, SOLD)


def test_own_prices_are_exact_and_what_is_left_out_costs_what_input_costs() -> None:
    one = endpoint("prices:\n  vllm/Tuned: {input: 0.1234567, output: 1e-7}\nmodels: [vllm/Tuned]", "VLLM/tuned")
    assert one.rates == (
        Rates(above=0, fresh=123456700000, read=123456700000, write_5m=123456700000, write_1h=123456700000, output=100000, per=10**6),
    )
    text = "prices:\n  openai/gpt-5.2: {input: 3, output: 4, cache_read: 1, cache_write: 5, cache_write_1h: 6}"
    full = endpoint(text, "gpt-5.2").rates
    assert full == (Rates(above=0, fresh=3 * 10**12, read=10**12, write_5m=5 * 10**12, write_1h=6 * 10**12, output=4 * 10**12, per=10**6),)
    short = endpoint("prices:\n  openai/gpt-5.2: {input: 3, output: 4, cache_write: 5}", "gpt-5.2").rates
    assert isinstance(short, tuple)
    assert short[0].write_1h == 5 * 10**12


def test_an_own_price_goes_with_the_endpoint_of_any_spelling() -> None:
    text = f"endpoints: [{{id: anthropic/Claude-Opus-4.8, region: eu}}]\nprices: {{anthropic/claude-opus-4-8: {OWN}}}"
    one = endpoint(text, "claude-opus-4.8")
    assert (one.id, one.model, one.region) == ("anthropic/claude-opus-4-8", "claude-opus-4-8", "eu")
    assert isinstance(one.rates, tuple)
    assert one.rates[0].per == 10**6


def test_an_own_endpoint_is_what_the_operator_says_over_what_is_known() -> None:
    text = (
        f"endpoints: [{{id: vllm/Tuned, model: deepseek-v4-flash, vendor: me, tier: mid, images: false, max_output: 5000, prices: {OWN}}}]"
    )
    one = endpoint(text, "vllm/Tuned")
    known = sheets.capabilities()["deepseek-v4-flash"].capability
    assert (one.model, one.vendor, one.tier, one.capability.images, one.capability.max_output) == (
        "deepseek-v4-flash",
        "me",
        "mid",
        False,
        5000,
    )
    assert one.capability.context_window == known.context_window
    bare = endpoint("endpoints: [{id: openai/some-new-one}]", "openai/some-new-one")
    assert (bare.model, bare.capability) == ("some-new-one", Capability())
    assert isinstance(bare.rates, Unknown)


def test_own_evidence_counts_under_the_models_own_name_up_to_its_day() -> None:
    row = "{{model: {}, benchmark: swe-bench-verified, score: 0.5, n: 9, date: 2026-03-01, source: us}}"
    text = f"endpoints: [{{id: vllm/Tuned, prices: {OWN}}}]\nevidence: [{row.format('Claude-Opus-4.8')}, {row.format('Tuned')}]"
    assert [one.model for one in built(text).sources.evidence if one.source == "us"] == ["claude-opus-4-8", "Tuned"]
    early = built(text, "2026-02-01").sources.evidence
    assert early
    assert max(one.date for one in early) <= "2026-02-01"


def test_a_price_for_what_is_among_the_models_needs_no_listing() -> None:
    text = f"prices: {{anthropic/claude-opus-99: {OWN}}}\nmodels: [anthropic/claude-opus-99]"
    assert assembly.candidates(built(text)) == ["anthropic/claude-opus-99"]


def test_terms_go_with_a_provider_of_ones_own_in_any_case() -> None:
    text = f"endpoints: [{{id: vLLM/Tuned, prices: {OWN}}}]\nproviders: {{vllm: {{region: eu}}, bedrock: {{region: us}}}}"
    one = built(text)
    assert assembly.shelf(one, ["vllm/tuned"]).at(NOW).endpoints[0].region == "eu"
    assert set(one.sources.terms) == {"vLLM", "aws"}
