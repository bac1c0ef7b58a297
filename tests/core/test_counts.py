"""Token counts as providers state them: each token once."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.counts import Counts, counted, stated, usage_of
from tierwise.core.usage import Usage

few = st.integers(0, 10**6)


def used(**said: object) -> Usage:
    return usage_of(msgspec.convert(said, Counts))


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        ({}, Usage()),
        ({"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}, Usage(fresh=10, output=3)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 4}}, Usage(fresh=6, read=4)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 5}}, Usage(fresh=1, read=4, write_5m=5)),
        ({"prompt_tokens": 10, "prompt_tokens_details": None, "prompt_cache_hit_tokens": 4}, Usage(fresh=6, read=4)),
        ({"prompt_tokens": 10, "cached_tokens": 4}, Usage(fresh=6, read=4)),
        ({"prompt_tokens": 10, "prompt_cache_hit_tokens": 4, "prompt_tokens_details": {"cached_tokens": 4}}, Usage(fresh=6, read=4)),
        ({"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 400}}, Usage(fresh=10, read=400)),
        ({"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 4}}, Usage(output=9, reasoning=4)),
        (
            {"prompt_tokens": 5, "completion_tokens": 9, "total_tokens": 14, "completion_tokens_details": {"reasoning_tokens": 4}},
            Usage(fresh=5, output=9, reasoning=4),
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 9, "total_tokens": 18, "completion_tokens_details": {"reasoning_tokens": 4}},
            Usage(fresh=5, output=13, reasoning=4),
        ),
        ({"completion_tokens": 3, "reasoning_tokens": 4}, Usage(output=7, reasoning=4)),
        ({"completion_tokens_details": None}, Usage()),
    ],
)
def test_each_token_is_counted_once(said: dict[str, object], usage: Usage) -> None:
    assert used(**said) == usage


@given(st.builds(Usage, fresh=few, read=few, write_5m=few, output=few, reasoning=st.just(0)), st.data())
def test_what_is_stated_is_read_as_it_was(usage: Usage, data: st.DataObject) -> None:
    whole = msgspec.structs.replace(usage, reasoning=data.draw(st.integers(0, usage.output)))
    assert usage_of(msgspec.json.decode(stated(whole), type=Counts)) == whole


def test_a_usage_is_stated_with_every_detail_that_strict_clients_read() -> None:
    assert json.loads(stated(Usage(fresh=1, read=2, write_5m=3, write_1h=4, output=6, reasoning=5))) == {
        "prompt_tokens": 10,
        "completion_tokens": 6,
        "total_tokens": 16,
        "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 7, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 5,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


@pytest.mark.parametrize("wrong", [{"prompt_tokens": -1}, {"prompt_tokens": "many"}, {"prompt_tokens_details": [1]}])
def test_what_is_no_count_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        used(**wrong)


@pytest.mark.parametrize(
    ("asked", "options"),
    [
        ({"stream": True}, {"include_usage": True}),
        ({"stream": True, "stream_options": None}, {"include_usage": True}),
        ({"stream": True, "stream_options": {"include_usage": False}}, {"include_usage": True}),
        ({"stream": True, "stream_options": {"include_obfuscation": False}}, {"include_obfuscation": False, "include_usage": True}),
    ],
)
def test_a_stream_is_asked_for_its_usage(asked: dict[str, Any], options: dict[str, Any]) -> None:
    raw = json.dumps({"model": "m", "messages": []} | asked).encode()
    found = counted(raw)
    assert json.loads(found) == json.loads(raw) | {"stream_options": options}
    assert found[:30] == raw[:30] or "stream_options" in asked


@pytest.mark.parametrize("asked", [{}, {"stream": False}, {"stream": True, "stream_options": {"include_usage": True}}])
def test_what_has_it_or_is_no_stream_keeps_its_bytes(asked: dict[str, Any]) -> None:
    raw = json.dumps({"model": "m", "messages": []} | asked, separators=(",", ":")).encode()
    assert counted(raw) == raw


def test_usage_is_asked_for_after_everything_else() -> None:
    raw = json.dumps({"model": "m", "stream": True}).encode() + b" \n"
    assert counted(raw) == raw.rstrip()[:-1] + b',"stream_options":{"include_usage":true}}'
