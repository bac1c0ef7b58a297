"""OpenAI's exports: what each column and key means, and what is wrong with one, place by place."""

import json
from pathlib import Path
from typing import Any

import pytest

from tierwise.lab.export import BadExport, Line
from tierwise.lab.exports.openai import EXPORT

PATH = Path("usage.json")
DAY = 20_728
START = DAY * 86_400


def page(*results: dict[str, Any], **more: Any) -> str:
    bucket = {"object": "bucket", "start_time": START, "end_time": START + 86_400, "results": list(results)} | more
    return json.dumps({"object": "page", "data": [bucket], "has_more": False}, indent=1)


def read(text: str) -> list[Line]:
    return list(EXPORT.lines(PATH, text))


def test_cached_tokens_are_part_of_the_input() -> None:
    (line,) = read(page({"input_tokens": 90, "input_cached_tokens": 40, "output_tokens": 7, "num_model_requests": 2, "model": "gpt-5.5"}))
    assert line == Line(DAY, "gpt-5.5", 0, 2, {"prompt": 90, "read": 40, "uncached": 50, "output": 7})


def test_written_tokens_are_part_of_the_input_where_they_are_told() -> None:
    (line,) = read(page({"input_tokens": 90, "input_cached_tokens": 40, "input_cache_write_tokens": 30, "output_tokens": 7, "model": "m"}))
    assert line.tokens == {"prompt": 90, "read": 40, "write": 30, "fresh": 20, "uncached": 50, "output": 7}


@pytest.mark.parametrize(
    ("item", "model", "term", "what"),
    [
        ("gpt-5.6, input", "gpt-5.6", "uncached", ""),
        ("gpt-5.6, cached input", "gpt-5.6", "read", ""),
        ("gpt-5.6, cache writes", "gpt-5.6", "write", ""),
        ("gpt-5.6, output", "gpt-5.6", "output", ""),
        ("gpt-image-2-2026-04-21 text, input", "gpt-image-2-2026-04-21", "uncached", ""),
        ("whisper", "", "", "whisper"),
        ("web search tool calls, high", "", "", "web search tool calls, high"),
        (None, "", "", ""),
    ],
)
def test_a_line_item_names_a_model_and_a_kind_of_token(item: str | None, model: str, term: str, what: str) -> None:
    (line,) = read(page({"amount": {"value": 0.06, "currency": "usd"}, "line_item": item}))
    assert (line.model, line.term, line.what, line.cost) == (model, term, what, 60_000_000_000)


@pytest.mark.parametrize(
    ("said", "remark"), [({"batch": True}, "batch"), ({"service_tier": "flex"}, "flex"), ({"service_tier": "default"}, "")]
)
def test_what_is_charged_at_other_prices_is_remarked(said: dict[str, Any], remark: str) -> None:
    (line,) = read(page({"input_tokens": 1, "output_tokens": 1, "model": "m"} | said))
    assert line.remark == remark


def test_amounts_are_exact_to_the_pico_dollar() -> None:
    text = page({"amount": {"value": 0.1, "currency": "usd"}, "line_item": "m, output"}).replace("0.1", "0.895874000000000001")
    assert read(text)[0].cost == 895_874_000_000


def test_pages_may_stand_in_a_list_or_one_after_the_other() -> None:
    one = page({"input_tokens": 1, "output_tokens": 1, "model": "a"})
    assert len(read(f"[{one},{one}]")) == len(read(f"{one}\n{one}")) == 2


def test_the_dashboard_s_usage_leaves_days_without_any_empty() -> None:
    text = (
        "start_time,end_time,start_time_iso,model,num_model_requests,input_tokens,output_tokens,input_cached_tokens,batch\n"
        f"{START},{START + 86400},2026-10-02T00:00:00+00:00,gpt-5.5,3,90,7,40,true\n"
        f"{START + 86400},{START + 172800},2026-10-03T00:00:00+00:00,,,,,,\n"
    )
    assert read(text) == [Line(DAY, "gpt-5.5", 2, 3, {"prompt": 90, "read": 40, "uncached": 50, "output": 7}, remark="batch")]


def test_the_dashboard_s_costs_are_read_by_tabs_too() -> None:
    text = f"start_time\tamount_value\tamount_currency\tline_item\n{START}\t0.06\tusd\tgpt-5.5, output\n{START}\t\t\t\n"
    assert read(text) == [Line(DAY, "gpt-5.5", 2, cost=60_000_000_000, term="output")]


def test_a_page_of_several_says_so() -> None:
    assert "one page of several" in EXPORT.incomplete(page().replace("false", "true"))
    assert not EXPORT.incomplete(page())


def placed(text: str, needle: str) -> str:
    """Where a piece of text begins, as an error names it."""
    before = text[: text.index(needle)]
    return f"{PATH}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: "


@pytest.mark.parametrize(
    ("text", "needle", "said"),
    [
        (page({"input_tokens": "many"}), '"many"', "data.0.results.0.input_tokens: expected `int | null`, got `str`"),
        (page({"input_tokens": -1}), "-1", "data.0.results.0.input_tokens: expected `int` >= 0"),
        (page({"amount": {"value": 1, "currency": "eur"}}), '"eur"', "costs are in eur, and only US dollars are read"),
        (page(end_time=START + 8 * 86_400), str(START + 8 * 86_400), "the bucket is longer than a day; export with bucket_width 1d"),
        (page(results=3), "3\n", "data.0.results: expected `array`, got `int`"),
        (page() + page(results=3), "3\n", "1.data.0.results: expected `array`, got `int`"),
        (page().replace("]", "!", 1), "!", "not JSON: Expecting value"),
    ],
)
def test_what_is_wrong_with_json_is_said_with_line_and_column(text: str, needle: str, said: str) -> None:
    with pytest.raises(BadExport) as wrong:
        read(text)
    assert str(wrong.value).startswith(placed(text, needle) + said), str(wrong.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"bucket": {"start_time": NaN}}', "usage.json: not JSON: NaN is no number"),
        ("start_time,amount_value,line_item\n1790899200,0.x,m\n", "usage.json:2: column 2 (amount_value): '0.x' is no amount of dollars"),
        ("start_time,amount_value,line_item\nsoon,0.1,m\n", "usage.json:2: column 1 (start_time): 'soon' is no date"),
        ("start_time,amount_value,line_item\n1790899200,0.1\n", "usage.json:2: column 3: the row has 2 of 3 columns"),
        (
            "start_time,amount_value,amount_currency,line_item\n1790899200,0.1,eur,m\n",
            "usage.json:2: column 3 (amount_currency): 'eur' is a currency that is not read; only US dollars are",
        ),
        (
            "start_time,model,input_tokens,output_tokens\n1790899200,m,1.5,1\n",
            "usage.json:2: column 3 (input_tokens): '1.5' is no whole number of tokens or requests",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_line_and_column(text: str, said: str) -> None:
    with pytest.raises(BadExport) as wrong:
        read(text)
    assert str(wrong.value).startswith(said), str(wrong.value)
