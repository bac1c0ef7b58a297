"""The frontier and the article's table."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise import assembly
from tierwise.catalog import book
from tierwise.config.settings import Settings
from tierwise.core.catalog import Catalog
from tierwise.core.money import PER_DOLLAR, Amount, Unknown
from tierwise.core.tasks import KINDS
from tierwise.lab import frontier
from tierwise.lab.frontier import Claim, Point, Unanswerable, claims

JUNE = "2026-06-15"


@pytest.fixture(scope="module")
def june() -> Catalog:
    built = assembly.house(Settings(), JUNE)
    models = sorted({row.model for row in built.sources.evidence})
    return assembly.shelf(built, models).at(book.instant(datetime(2026, 6, 15, 12, tzinfo=UTC)))


def point(model: str, score: float, price: Amount, cost: Amount) -> Point:
    return Point(model, f"p/{model}", "v", "mid", score, None, None, price, cost, frontier.value_of(score, price))


def test_the_article_s_three_rows_come_out_to_the_digit(june: Catalog) -> None:
    found = frontier.article(june, claims())
    rows = [(line.tier, line.named, f"{100 * line.point.score:.1f}", f"{line.point.value:.1f}") for line in found.lines]
    assert rows == [
        ("premium", "Claude Opus 4.7", "87.6", "3.5"),
        ("mid", "MiniMax M2.5", "80.2", "66.8"),
        ("flash", "DeepSeek V4 Flash", "79.0", "282.1"),
    ]
    assert f"{found.ratio:.0f}x" == "89x"
    assert found.monthly == 2472 * PER_DOLLAR


def test_the_article_s_other_prices_are_noted_where_the_catalog_has_others(june: Catalog) -> None:
    notes = frontier.article(june, claims()).notes
    assert [note.split(":")[0] for note in notes] == ["GPT-5.2", "Gemini 3.1 Pro", "DeepSeek V4 Pro"]
    assert all(name in note for name, note in zip(("$14.00", "$12.00", "$0.87"), notes, strict=True))


def test_a_table_that_needs_an_unknown_score_is_refused(june: Catalog) -> None:
    claim = Claim("nobody", "Nobody 1", "mid", 0.5, None)
    with pytest.raises(Unanswerable, match="Nobody 1"):
        frontier.article(june, [claim])
    assert "no score of it is known" in frontier.article(june, [*claims(), replace(claim, tier="")]).notes[-1]


def test_a_claimed_score_that_differs_is_noted(june: Catalog) -> None:
    wrong = replace(claims()[0], score=0.5)
    assert "the article says 50.0 %, the catalog 87.6 %" in frontier.article(june, [wrong]).notes[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_work_has_estimates_with_an_interval(june: Catalog, kind: str) -> None:
    found = frontier.points(june, kind)
    assert len(found) > 30
    assert all(one.low is not None and one.high is not None and one.low <= one.score <= one.high for one in found)


def test_points_are_ranked_by_value_and_only_the_scored_are_there(june: Catalog) -> None:
    found = frontier.points(june)
    values = [one.value for one in found]
    assert values == sorted(values, key=lambda value: -(value or 0.0))
    assert all(one.sources for one in found)


def test_an_unknown_price_has_no_value_and_is_on_no_frontier() -> None:
    assert frontier.value_of(0.9, Unknown("?")) is None
    assert frontier.value_of(0.9, 0) is None
    assert frontier.edge([point("a", 0.9, Unknown("?"), 1)], lambda one: one.price) == set()
    assert frontier.output_price(Unknown("?")) == Unknown("?")


amounts = st.one_of(st.integers(0, 5), st.just(Unknown("?")))
pairs: Any = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.3, 0.4]), amounts), max_size=8)


@given(pairs)
def test_a_model_is_on_the_edge_when_no_other_beats_it(drawn: list[tuple[float, Amount]]) -> None:
    found = [point(str(index), score, amount, amount) for index, (score, amount) in enumerate(drawn)]
    kept = frontier.edge(found, lambda one: one.cost)
    for one in found:
        beaten = any(
            isinstance(other.cost, int)
            and isinstance(one.cost, int)
            and (other.cost <= one.cost and other.score >= one.score)
            and (other.cost < one.cost or other.score > one.score)
            for other in found
        )
        if one.model in kept:
            assert not beaten
        elif isinstance(one.cost, int):
            assert beaten or any((other.cost, other.score) == (one.cost, one.score) and other.model in kept for other in found)
