"""Both sides of a day and a model, and the cause that is named first when they differ."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.usage import Usage
from tierwise.lab.causes import explained
from tierwise.lab.export import Line
from tierwise.lab.reconciling import CENT, DAY, Reconciled, Used, cells, reconciled

RATES = {"fresh": 5_000_000, "read": 500_000, "write_5m": 6_250_000, "write_1h": 10_000_000, "output": 25_000_000}
"""Pico-dollars of a token."""

USED = Usage(fresh=1000, read=100_000, write_5m=4000, write_1h=0, output=2000)


def price(model: str, kind: str, _day: int) -> int | None:
    plain = {"prompt": "fresh", "uncached": "fresh", "write": "write_5m"}.get(kind, kind)
    return RATES[plain] if model == "opus" else None


def cost(usage: Usage) -> int:
    return sum(getattr(usage, kind) * rate for kind, rate in RATES.items())


def named(name: str, _day: int) -> str | None:
    return name if name in {"opus", "haiku"} else None


def used(count: int = 3, day: int = 10, **said: Any) -> list[Used]:
    terms = {kind: getattr(USED, kind) * rate for kind, rate in RATES.items()}
    usual: dict[str, Any] = {"at": day * DAY, "model": "opus", "usage": USED, "cost": cost(USED), "terms": terms, "prices": "list 1"}
    return [Used(**(usual | said)) for _ in range(count)]


def line(count: int = 3, day: int = 10, **said: Any) -> Line:
    """What a provider says of so many of them."""
    tokens = {kind: count * getattr(USED, kind) for kind in RATES}
    usual: dict[str, Any] = {"day": day, "model": "opus", "requests": count, "tokens": tokens, "cost": count * cost(USED)}
    return Line(**(usual | said))


def compared(ours: Sequence[Used], theirs: Sequence[Line]) -> Reconciled:
    return reconciled(cells(ours, theirs, named), price, lambda apart: explained(apart, price, lambda _: "opus"))


def causes(ours: Sequence[Used], *theirs: Line) -> list[str]:
    return [cause for one in compared(ours, theirs).differences for cause in one.causes]


def test_what_is_the_same_on_both_sides_agrees() -> None:
    found = compared(used(), [line()])
    assert (found.cells, found.agreeing, found.differences, found.gap, found.rest) == (1, 1, (), 0, 0)
    assert (found.ours, found.theirs) == (3 * cost(USED), 3 * cost(USED))


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (used(2), line(3), "1 request in the export and not in the ledger"),
        (used(3), line(2), "1 request in the ledger and not in the export"),
        ([], line(2), "2 requests in the export and not in the ledger"),
        (used(2), line(3, requests=None), "about 1 request, by their tokens, in the export and not in the ledger"),
        (used(3), line(2, requests=None), "about 1 request, by their tokens, in the ledger and not in the export"),
        ([], line(2, requests=None), "requests in the export and not in the ledger"),
        (used(), line(tokens=line().tokens | {"output": 6010}), "as many requests, counted otherwise there: output tokens +10"),
        (
            used(),
            line(tokens=line().tokens | {"read": 299_000, "fresh": 4000}),
            "the same prompt tokens, of which 1,000 tokens fewer count as cached there",
        ),
        (
            used(),
            line(tokens=line().tokens | {"write_5m": 11_000, "write_1h": 1000}),
            "the same prompt tokens, written to the cache for another lifetime there",
        ),
        (used(), line(cost=3 * cost(USED) + CENT), "the same tokens cost 2.56% more there: another version of the prices than list 1"),
        (used(), line(cost=3 * cost(USED) // 2), "half the price: charged as a batch"),
        (used(), line(cost=3 * cost(USED) + 300_000 * 4_500_000), "cached tokens are charged as input there"),
        (used(), line(cost=3 * cost(USED) - 12_000 * 1_250_000), "cache writes are charged as input there"),
        (used(), line(cost=3 * cost(USED) + 12_000 * 3_750_000), "five-minute cache writes are charged as one-hour ones there"),
        (used(), line(remark="batch", cost=3 * cost(USED) // 3), "some of it is charged at the prices of batch requests"),
        (used(), line(tokens={}, requests=None, cost=cost(USED)), "the export has costs and no tokens"),
        (used(cost=None, terms={}), line(), "the ledger has no price for this model"),
        (used(), line(model="gpt-x"), "no model is known by the name 'gpt-x'"),
        (used(), line(model="", what="web search", cost=CENT, tokens={}, requests=None), "charged for web search"),
    ],
)
def test_the_likely_cause_is_named(ours: list[Used], theirs: Line, said: str) -> None:
    found = causes(ours, theirs)
    assert any(one.startswith(said) for one in found), found


def test_a_kind_of_token_that_is_charged_otherwise_is_told_with_both_prices() -> None:
    terms = [
        line(tokens={}, requests=None, cost=3 * getattr(USED, kind) * rate, term=kind) for kind, rate in RATES.items() if kind != "output"
    ]
    output = line(tokens={}, requests=None, cost=3 * 2000 * 30_000_000, term="output")
    assert causes(used(), line(cost=None), *terms, output) == [
        "output tokens are charged $0.03 more there ($30 for a million there, $25 here, by list 1)"
    ]


def test_uncached_tokens_are_compared_with_all_that_was_not_read() -> None:
    fresh = 3 * (1000 * RATES["fresh"] + 4000 * RATES["write_5m"])
    told = [("uncached", fresh), ("read", 300_000 * RATES["read"]), ("output", 6000 * RATES["output"])]
    agreeing = [line(tokens={}, requests=None, cost=amount, term=term) for term, amount in told]
    assert causes(used(), *agreeing) == []
    dearer = line(tokens={}, requests=None, cost=6000 * RATES["output"] + CENT, term="output")
    assert causes(used(), *agreeing[:2], dearer)[0].startswith("output tokens are charged $0.01 more there")


def test_what_failed_here_may_have_been_charged_there() -> None:
    failed = used(1, usage=None, cost=None, terms={}, failed=True)
    silent = used(1, usage=None, cost=None, terms={})
    found = causes([*used(2), *failed], line(3))
    assert "1 attempt that failed here may have been charged there" in found
    assert "1 request here has unknown usage, which counts for nothing" in causes([*used(2), *silent], line(3))


def test_a_day_that_is_cut_elsewhere_is_told_on_both_days() -> None:
    found = causes([*used(3, 10), *used(3, 11)], line(2, 10), line(4, 11))
    assert sum("another time zone than UTC" in one for one in found) == 2
    assert found[0].startswith("the same amount is a day later in the export")


def test_lines_of_all_models_are_compared_with_all_models() -> None:
    ours = [*used(2), *used(1, model="haiku")]
    assert causes(ours, line(3, model="", tokens={}, requests=None)) == []
    found = compared(ours, [line(3, model="", tokens={}, requests=None, cost=3 * cost(USED) + CENT)])
    assert [(one.cell.model, one.gap.cost) for one in found.differences] == [("", CENT)]


def test_a_model_the_export_does_not_have_is_told() -> None:
    found = compared([*used(), *used(2, model="haiku")], [line()])
    assert [(one.cell.model, one.gap.requests) for one in found.differences] == [("haiku", -2)]
    assert found.differences[0].causes[0].startswith("2 requests not in the export")


def test_days_outside_of_the_export_are_left_alone() -> None:
    assert causes([*used(1, 9), *used(3, 10), *used(1, 11)], line()) == []


def test_tokens_without_a_cost_are_priced_as_the_ledger_does() -> None:
    found = compared(used(), [line(cost=None, tokens=line().tokens | {"output": 6400})])
    assert (found.theirs, found.gap, found.differences[0].gap.priced) == (None, 400 * RATES["output"], True)


@given(st.lists(st.integers(-2 * CENT, 2 * CENT), min_size=1, max_size=8))
def test_every_cent_is_in_a_row_or_in_a_rest_below_half_of_one(apart: list[int]) -> None:
    ours = [one for day in range(len(apart)) for one in used(1, day)]
    found = compared(ours, [line(1, day, cost=cost(USED) + off) for day, off in enumerate(apart)])
    assert found.gap == sum(apart) == sum(one.gap.cost for one in found.differences) + found.rest
    assert abs(found.rest) < CENT / 2
    assert all(one.causes for one in found.differences)
    assert {day for day, off in enumerate(apart) if abs(off) >= CENT / 2} <= {one.cell.day for one in found.differences}
