"""Anthropic's exports: what each column and key means, and what is wrong with one, place by place."""

import json
from pathlib import Path
from typing import Any

import pytest

from tierwise.lab.export import BadExport, Line
from tierwise.lab.exports.anthropic import EXPORT

PATH = Path("report.json")
DAY = 20_728


def page(*results: dict[str, Any], **more: Any) -> str:
    bucket = {"starting_at": "2026-10-02T00:00:00Z", "ending_at": "2026-10-03T00:00:00Z", "results": list(results)} | more
    return json.dumps({"data": [bucket], "has_more": False, "next_page": None}, indent=1)


def read(text: str) -> list[Line]:
    return list(EXPORT.lines(PATH, text))


def test_usage_is_told_by_kind_of_token() -> None:
    written = {"ephemeral_1h_input_tokens": 5, "ephemeral_5m_input_tokens": 6}
    said = {"uncached_input_tokens": 3, "cache_creation": written, "cache_read_input_tokens": 9, "output_tokens": 4, "model": "m"}
    assert read(page(said)) == [Line(DAY, "m", tokens={"fresh": 3, "read": 9, "write_5m": 6, "write_1h": 5, "output": 4})]


def test_an_amount_is_in_cents() -> None:
    (line,) = read(page({"amount": "123.78912", "currency": "USD", "model": "m", "cost_type": "tokens", "token_type": "output_tokens"}))
    assert (line.cost, line.term) == (1_237_891_200_000, "output")


def test_what_is_not_for_tokens_is_a_charge_by_itself() -> None:
    (line,) = read(page({"amount": "50", "currency": "USD", "cost_type": "web_search", "description": "Web Search Usage"}))
    assert (line.model, line.what, line.cost) == ("", "Web Search Usage", 500_000_000_000)


@pytest.mark.parametrize(("tier", "remark"), [("standard", ""), ("batch", "batch"), (None, "")])
def test_what_is_charged_at_other_prices_is_remarked(tier: str | None, remark: str) -> None:
    assert read(page({"output_tokens": 4, "model": "m", "service_tier": tier}))[0].remark == remark


def test_the_console_s_costs_are_in_dollars_by_the_models_titles() -> None:
    text = (
        "usage_date_utc,model,workspace,usage_type,token_type,cost_usd,cost_type\n"
        "2026-10-02,Claude Haiku 4.5,Default,message,input_cache_write_1h,0.05,token\n"
        "2026-10-02,,Default,,,0.30,web_search\n"
        "2026-10-02,Claude Haiku 4.5,Default,batch,output,0.02,token\n"
    )
    assert read(text) == [
        Line(DAY, "Claude Haiku 4.5", 2, cost=50_000_000_000, term="write_1h"),
        Line(DAY, "", 3, cost=300_000_000_000, what="web_search"),
        Line(DAY, "Claude Haiku 4.5", 4, cost=20_000_000_000, term="output", remark="batch"),
    ]


def placed(text: str, needle: str) -> str:
    """Where a piece of text begins, as an error names it."""
    before = text[: text.index(needle)]
    return f"{PATH}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: "


@pytest.mark.parametrize(
    ("text", "needle", "said"),
    [
        (page({"output_tokens": "x"}), '"x"', "data.0.results.0.output_tokens: expected `int`, got `str`"),
        (
            page({"cache_creation": {"ephemeral_5m_input_tokens": [7]}}),
            "[\n       7",
            "data.0.results.0.cache_creation.ephemeral_5m_input_tokens: expected `int`, got `array`",
        ),
        (page(starting_at="today"), '"today"', "starting_at: 'today' is no time"),
        (page({"amount": "1", "currency": "EUR"}), '"EUR"', "costs are in EUR, and only US dollars are read"),
        (page({"amount": "a lot"}), '"a lot"', "data.0.results.0.amount: "),
    ],
)
def test_what_is_wrong_with_json_is_said_with_line_and_column(text: str, needle: str, said: str) -> None:
    with pytest.raises(BadExport) as wrong:
        read(text)
    assert str(wrong.value).startswith(placed(text, needle) + said), str(wrong.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "usage_date_utc,model,cost_usd\n2026-13-02,m,1\n",
            "report.json:2: column 1 (usage_date_utc): '2026-13-02' is no date",
        ),
        ('usage_date_utc,model,cost_usd\n2026-10-02,"m,1\n', "report.json:2: not a row: unexpected end of data"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_line_and_column(text: str, said: str) -> None:
    with pytest.raises(BadExport) as wrong:
        read(text)
    assert str(wrong.value).startswith(said), str(wrong.value)
