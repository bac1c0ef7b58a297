"""Laws of the shipped data files: every row has its date and source, names are unique, and what is derived can be derived again."""

import csv
import importlib.util
import re
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest

from tierwise import plugins
from tierwise.catalog import book, build, compiled, sheets
from tierwise.catalog.build import Sources
from tierwise.core.efforts import plain, split
from tierwise.core.money import Unknown
from tierwise.core.provider import physics_of
from tierwise.core.tasks import KINDS

ARTICLE = {
    "claude-opus-4-7": 0.876,
    "minimax-m2.5": 0.802,
    "deepseek-v4-flash": 0.79,
    "gpt-5.2": 0.8,
    "gemini-3.1-pro-preview": 0.806,
    "deepseek-v4-pro": 0.806,
    "kimi-k2.6": 0.802,
}
"""SWE-bench Verified scores of the models the article names."""

MINIMUMS = {
    "claude-opus-5": 512,
    "claude-fable-5": 512,
    "claude-opus-4-8": 1024,
    "claude-sonnet-5": 1024,
    "claude-sonnet-4-6": 1024,
    "claude-sonnet-4-5": 1024,
    "claude-opus-4-7": 2048,
    "claude-opus-4-6": 4096,
    "claude-opus-4-5": 4096,
    "claude-haiku-4-5": 4096,
    "gpt-5.2": 1024,
    "gpt-5.5": 1024,
}
"""Published least cacheable prefixes, in tokens."""

CARDS = sheets.capabilities()
EVIDENCE = sheets.evidence()
DATED = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")
SHEETS = sorted(path.name for path in files("tierwise.catalog").joinpath("data").iterdir() if path.name.endswith(".csv"))


@pytest.fixture(scope="module")
def sources() -> Sources:
    """All shipped data, and nothing of an operator's."""
    return Sources(
        book=compiled.book(),
        cards=CARDS,
        families=sheets.families(),
        efforts=sheets.efforts(),
        evidence=EVIDENCE,
        tables=sheets.tables(),
        providers={one.name: one for one in plugins.found(plugins.PROVIDERS)},
        names=build.names(CARDS, {}),
    )


@pytest.mark.parametrize("name", SHEETS)
def test_every_row_of_a_file_has_a_source_and_the_width_of_its_header(name: str) -> None:
    found = list(csv.reader(files("tierwise.catalog").joinpath("data", name).read_text().splitlines()))
    assert len(found) > 1
    assert {len(row) for row in found} == {len(found[0])}
    assert all(row["source"].strip() for row in sheets.rows(name))


def test_every_capability_and_every_measurement_is_dated() -> None:
    assert all(DATED.fullmatch(card.as_of) for card in CARDS.values())
    assert all(DATED.fullmatch(card.released) for card in CARDS.values() if card.released)
    assert all(sheets.day(row.date).year >= 2024 for row in EVIDENCE)


def test_there_are_sixty_models_and_no_name_stands_for_two() -> None:
    assert len(CARDS) == len(list(sheets.rows("capabilities.csv"))) >= 60
    names = [name for card in CARDS.values() for name in {one.lower() for one in (card.model, *card.aliases)}]
    assert len(names) == len(set(names))


def test_capabilities_are_plausible() -> None:
    for card in CARDS.values():
        can = card.capability
        assert can.context_window is not None
        assert 100_000 <= can.context_window <= 2_100_000
        assert can.max_output is None or 4096 <= can.max_output <= can.context_window
        assert card.tier in {"flash", "mid", "premium"}
        assert card.family in sheets.families()
        assert can.reasoning in {None, "none", "optional", "always"}
        assert not can.efforts or can.reasoning in {"optional", "always"}
        assert card.cache in {"marked", "automatic", "none", "unknown"}


@pytest.mark.parametrize(("model", "minimum"), MINIMUMS.items())
def test_the_least_cacheable_prefix_is_the_published_one(sources: Sources, model: str, minimum: int) -> None:
    row = next(row for row in sheets.rows("capabilities.csv") if row["model"] == model)
    physics = physics_of(sources.providers[CARDS[model].provider], model)
    assert (int(row["cache_minimum"]), physics.minimum) == (minimum, minimum)


def test_capabilities_and_cache_physics_agree_on_the_least_prefix_where_both_say_one(sources: Sources) -> None:
    rows = [row for row in sheets.rows("capabilities.csv") if row["cache_minimum"] and row["provider"] in {"anthropic", "openai"}]
    said = {row["model"]: physics_of(sources.providers[row["provider"]], row["model"]).minimum for row in rows}
    assert said == {row["model"]: int(row["cache_minimum"]) for row in rows}


def test_scores_are_shares_of_some_tasks() -> None:
    for row in EVIDENCE:
        assert row.score is not None
        assert 0 <= row.score <= 1
        assert row.n is not None
        assert row.n > 0
        assert row.cost is None or row.cost > 0
        assert row.harness


def test_every_measured_model_has_a_row_of_capabilities_and_every_benchmark_a_fit() -> None:
    benchmarks = {one.name: one for one in sheets.tables().benchmarks}
    for model, effort in {split(row.model) for row in EVIDENCE}:
        assert not effort or effort in CARDS[model].capability.efforts
    assert {plain(row.model) for row in EVIDENCE} <= set(CARDS)
    assert {row.benchmark for row in EVIDENCE} == set(benchmarks)
    assert all(set(one.kinds) <= set(KINDS) for one in benchmarks.values())
    measured = {row.model for row in EVIDENCE if row.cost}
    unmeasured = {"*", *(f"*{CARDS[plain(model)].vendor}" for model in measured)}
    assert set(sheets.efforts()) <= measured | unmeasured
    assert "*" in sheets.efforts()


def test_no_measurement_is_given_twice() -> None:
    keys = [(row.model, row.benchmark, row.date, row.harness) for row in EVIDENCE]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("model", "score"), ARTICLE.items())
def test_the_models_of_the_article_have_the_articles_score(model: str, score: float) -> None:
    found = [row.score for row in sheets.evidence("2026-06-15") if (row.model, row.benchmark) == (model, "swe-bench-verified")]
    assert found == [score]


def test_nine_major_models_lie_between_the_articles_scores_on_its_day(sources: Sources) -> None:
    """The article's nine: its seven, and those between whose scores it says the rest lie."""
    at = book.instant(sheets.day("2026-06-15"))
    found = {}
    for row in sheets.evidence("2026-06-15"):
        if row.benchmark == "swe-bench-verified" and row.score is not None and 0.788 <= row.score <= 0.876:
            one, _ = build.endpoint(sources, build.resolved(sources, row.model), at)
            assert not isinstance(one.rates, Unknown)
            found[row.model] = one.rates[0].output
    assert len(found) >= 9
    assert set(ARTICLE) < set(found)
    assert (min(found.values()), max(found.values())) == (280_000, 25_000_000)


def test_every_described_model_has_a_price_today(sources: Sources) -> None:
    at = book.instant(sheets.day("2026-11-24"))
    unknown = [
        card.model for card in CARDS.values() if isinstance(build.endpoint(sources, f"{card.provider}/{card.model}", at)[0].rates, Unknown)
    ]
    assert unknown == []


def test_every_alias_finds_its_model(sources: Sources) -> None:
    for card in CARDS.values():
        for name in (card.model, *card.aliases):
            assert build.model_of(sources, name) == card.model


def test_evidence_after_a_day_is_left_out() -> None:
    assert sheets.evidence("2023-01-01") == ()
    early = sheets.evidence("2026-01-01")
    assert 0 < len(early) < len(EVIDENCE)
    assert all(row.date <= "2026-01-01" for row in early)


def test_tables_are_in_the_order_decisions_read_them() -> None:
    tables = sheets.tables()
    assert [step.difficulty for step in tables.steps] == [1, 2, 3]
    calls = [(one.client, one.calls) for one in tables.outlooks]
    assert calls == sorted(calls)
    assert ("", 0) in calls


def test_a_day_is_noon_in_utc_and_nothing_but_a_day() -> None:
    assert sheets.day("2026-06-15").isoformat() == "2026-06-15T12:00:00+00:00"
    for text in ("20260615", "2026-6-15", "2026-06-15T10:00", "2026-W25-1", "2026-02-30", "", "soon"):
        with pytest.raises(ValueError, match=r"YYYY-MM-DD|out of range|must be in"):
            sheets.day(text)


def test_prices_are_looked_up_by_the_model_and_then_by_its_aliases() -> None:
    names = sheets.priced_as(CARDS["gpt-5.2"])
    assert names[0] == "gpt-5.2"
    assert set(names) == {"gpt-5.2", *CARDS["gpt-5.2"].aliases}


def derive() -> ModuleType:
    """The script that writes the derived files."""
    path = Path(__file__).parents[2] / "tools" / "derive.py"
    spec = importlib.util.spec_from_file_location("derive", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_derived_files_are_what_the_shared_data_gives(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    derive().main(shared / "data", tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(written) == {
        "benchmarks.csv",
        "effort.csv",
        "evidence-aider.csv",
        "evidence-openhands.csv",
        "outlooks.csv",
        "steps.csv",
        "together.csv",
    }
    assert written == {name: files("tierwise.catalog").joinpath("data", name).read_bytes() for name in written}


def test_a_model_that_was_measured_at_its_usual_effort_stands_for_that() -> None:
    aider = {row.model: row for row in EVIDENCE if row.benchmark == "aider-polyglot"}
    assert [aider[f"gpt-5@{effort}"].score for effort in ("low", "medium", "high")] == [0.813, 0.867, 0.88]
    usual, stated = aider["gpt-5"], aider["gpt-5@medium"]
    assert (usual.score, usual.cost, usual.n) == (stated.score, stated.cost, 225)
    efforts = sheets.efforts()
    assert efforts["gpt-5@low"] < efforts["gpt-5@medium"] == efforts["*openai"] < efforts["gpt-5@high"]
    low, medium = aider["gpt-5@low"].cost, usual.cost
    assert low is not None
    assert medium is not None
    assert efforts["gpt-5@low"] == round(efforts["*openai"] * low / medium)


def test_the_cost_of_an_effort_is_not_told_by_a_row_that_was_made_at_it() -> None:
    assert "o4-mini@high" in {row.model for row in EVIDENCE}
    assert "o4-mini@high" not in sheets.efforts()
