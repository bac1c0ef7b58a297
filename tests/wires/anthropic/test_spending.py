"""Tokens, each counted once."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.usage import Usage
from tierwise.wires.anthropic.spending import Counts, merged, stated, usage_of

COUNT = st.integers(0, 10**7)
USAGES = st.builds(Usage, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT, COUNT)


def counts(**given: Any) -> Counts:
    return msgspec.convert(given, Counts)


@given(USAGES)
def test_what_is_stated_is_understood_again(usage: Usage) -> None:
    assert usage_of(msgspec.json.decode(stated(usage), type=Counts)) == usage


def test_what_nobody_knows_is_stated_as_nothing() -> None:
    said = json.loads(stated(None))
    assert said == {
        "input_tokens": 0,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 0,
    }


@pytest.mark.parametrize(
    ("given_counts", "usage"),
    [
        ({}, Usage()),
        ({"input_tokens": 5, "output_tokens": 7}, Usage(5, output=7)),
        ({"input_tokens": 5, "cache_read_input_tokens": 20, "cache_creation_input_tokens": 30}, Usage(5, 20, 30)),
        ({"cache_creation_input_tokens": 30, "cache_creation": {"ephemeral_1h_input_tokens": 10}}, Usage(0, 0, 20, 10)),
        ({"cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}}, Usage(0, 0, 3, 4)),
        ({"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 6}}, Usage(output=9, reasoning=6)),
        ({"server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1}}, Usage(searches=2)),
        (
            {
                "input_tokens": 5,
                "iterations": [{"type": "compaction", "input_tokens": 100, "output_tokens": 8}, {"type": "message", "input_tokens": 5}],
            },
            Usage(105, output=8),
        ),
    ],
)
def test_counts_mean_a_usage(given_counts: dict[str, Any], usage: Usage) -> None:
    assert usage_of(counts(**given_counts)) == usage


def test_a_later_frame_replaces_what_it_names_and_nothing_else() -> None:
    before = counts(input_tokens=5, cache_read_input_tokens=20, output_tokens=1)
    assert merged(before, counts(output_tokens=9)) == counts(input_tokens=5, cache_read_input_tokens=20, output_tokens=9)
    assert merged(before, counts(input_tokens=0)) == counts(input_tokens=0, cache_read_input_tokens=20, output_tokens=1)
