"""Laws over every format of an export: whatever a file holds, there are lines, or one error that names the file and the place."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise import plugins
from tierwise.lab.export import BadExport, Export

EXPORTS: tuple[Export, ...] = plugins.found(plugins.EXPORTS)
EVERY = pytest.mark.parametrize("export", EXPORTS, ids=[one.name for one in EXPORTS])
PATH = Path("usage.txt")
PLACED = re.compile(r"usage\.txt(:[0-9]+|: not JSON)")

SAMPLES = {
    "openai": (
        (
            '{"data": [{"object": "bucket", "start_time": 1790899200, "end_time": 1790985600, "results": [{"input_tokens": 90, '
            '"input_cached_tokens": 40, "output_tokens": 7, "num_model_requests": 2, "model": "gpt-5.5"}, {"amount": {"value": 0.06, '
            '"currency": "usd"}, "line_item": "gpt-5.5, output"}]}], "has_more": false}'
        ),
        "start_time,model,num_model_requests,input_tokens,output_tokens,input_cached_tokens\n1790899200,gpt-5.5,2,90,7,40\n",
        'start_time,amount_value,amount_currency,line_item\n1790899200,0.06,usd,"gpt-5.5, cached input"\n',
    ),
    "anthropic": (
        (
            '{"data": [{"starting_at": "2026-10-02T00:00:00Z", "ending_at": "2026-10-03T00:00:00Z", "results": '
            '[{"uncached_input_tokens": 3, '
            '"cache_creation": {"ephemeral_1h_input_tokens": 5, "ephemeral_5m_input_tokens": 6}, "cache_read_input_tokens": 9, '
            '"output_tokens": 4, "model": "claude-opus-4-8"}, {"amount": "123.45", "currency": "USD", "model": "claude-opus-4-8"}]}]}'
        ),
        (
            "usage_date_utc,model_version,api_key,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
            "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens\n2026-10-02,claude-opus-4-8,k,standard,3,6,5,9,4\n"
        ),
        "usage_date_utc,model,token_type,cost_usd,cost_type\n2026-10-02,Claude Opus 4.8,input_cache_read,1.25,token\n",
    ),
    "openrouter": (
        (
            '{"data": [{"date": "2026-10-02", "model": "openai/gpt-5.5", "model_permaslug": "openai/gpt-5.5-20260423", "usage": 0.015, '
            '"byok_usage_inference": 0.01, "requests": 5, "prompt_tokens": 50, "completion_tokens": 125, "reasoning_tokens": 25}]}'
        ),
        (
            "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_cached,model_permaslug\n"
            "gen-1,2026-10-02 03:46:57.713,0.0123,10389,137,1000,openai/gpt-5.5\n"
        ),
    ),
}


@EVERY
def test_every_format_claims_its_own_samples_and_no_other_s(export: Export) -> None:
    for name, samples in SAMPLES.items():
        assert [export.claims(text) for text in samples] == [name == export.name] * len(samples)


@EVERY
def test_every_format_reads_its_samples_to_whole_lines(export: Export) -> None:
    for text in SAMPLES[export.name]:
        found = list(export.lines(PATH, text))
        assert found
        assert all(one.day == 20_728 for one in found)
        assert all(one.model and (one.tokens or one.cost is not None) for one in found)


@EVERY
@given(
    choice=st.integers(0, 2), place=st.integers(0, 600), what=st.sampled_from(["", "x", "-1", "9e99", '"', "{", ",", "\n", "\x00", "NaN"])
)
def test_a_damaged_export_is_read_or_refused_with_its_place(export: Export, choice: int, place: int, what: str) -> None:
    text = SAMPLES[export.name][choice % len(SAMPLES[export.name])]
    damaged = text[: place % len(text)] + what + text[place % len(text) + 1 :]
    days, said = read(export, damaged)
    assert all(day > 0 for day in days)
    assert not said or PLACED.match(said), said
    assert "\n" not in said


def read(export: Export, text: str) -> tuple[list[int], str]:
    """The days of a text's lines, and what is wrong with it."""
    try:
        return [one.day for one in export.lines(PATH, text)], ""
    except BadExport as error:
        return [], str(error)


@EVERY
def test_a_format_has_a_title_and_a_provider_that_is_known(export: Export) -> None:
    assert export.title
    assert export.provider in {one.name for one in plugins.found(plugins.PROVIDERS)}
