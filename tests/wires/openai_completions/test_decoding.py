"""Completions as events: streams, whole answers, and what goes wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tests.wires.openai_completions.kit import chunk, decoded, fed, sent
from tierwise.core.events import Close, Delta, Event, Failure, Opaque, Open, Ping, Spent, Start, Stop
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame
from tierwise.core.usage import Usage
from tierwise.wires.openai_completions import WIRE

USAGE = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}
SPENT = Spent(Usage(fresh=10, output=3))
BEGUN = Start("c1", "m")
TEXT = [Open(0, "text"), Delta(0, "a")]
STOPPED = chunk("", "stop")


@pytest.mark.parametrize(
    ("chunks", "events"),
    [
        ([chunk("a"), chunk("b"), STOPPED], [*TEXT, Delta(0, "b"), Close(0), Stop("end")]),
        ([chunk("a", "length")], [*TEXT, Close(0), Stop("limit")]),
        ([chunk("a", "content_filter")], [*TEXT, Close(0), Stop("filtered")]),
        ([chunk("a"), STOPPED, {"choices": [], "usage": USAGE}], [*TEXT, SPENT, Close(0), Stop("end")]),
        ([chunk("a", usage=USAGE), chunk("", usage=USAGE)], [SPENT, *TEXT, Close(0), Stop("end")]),
        ([STOPPED], [Stop("end")]),
        ([{"choices": []}, {"choices": [{"index": 1, "text": "x"}]}, chunk("a"), STOPPED], [*TEXT, Close(0), Stop("end")]),
        ([{"id": "c1", "model": "m", "choices": [{"delta": {"content": "a"}}]}, STOPPED], [*TEXT, Close(0), Stop("end")]),
    ],
)
def test_what_servers_send_is_understood(chunks: list[Any], events: list[Event]) -> None:
    assert decoded(*chunks) == [BEGUN, *events]


def test_log_probabilities_are_kept() -> None:
    first = chunk("a")
    first["choices"][0]["logprobs"] = {"tokens": ["a"]}
    assert decoded(first, STOPPED)[3] == Opaque(0, "openai_completions", Raw(b'{"logprobs":{"tokens": ["a"]}}'))
    first["choices"][0]["text"] = ""
    assert decoded(first, STOPPED)[1] == Open(0, "text")


@pytest.mark.parametrize(
    ("chunks", "done", "fault"),
    [
        ([], False, Fault("empty")),
        ([], True, Fault("empty")),
        ([chunk("a")], True, Fault("unfinished")),
        ([chunk("a")], False, Fault("unfinished")),
        ([b'{"choices":[{"text":"\xff"}]}'], True, Fault("bad_utf8", "at byte 21")),
        ([b"<html>"], True, Fault("not_json", "JSON is malformed: invalid character (byte 0)")),
        ([{"error": {"message": "busy", "code": 429}}], True, Fault("stream_error", "busy", 429)),
        ([{"object": "error", "message": "busy"}], True, Fault("stream_error", "busy")),
        ([chunk("a", "error")], True, Fault("stream_error", "finish_reason is 'error'")),
    ],
)
def test_what_goes_wrong_is_a_fault(chunks: list[Any], done: bool, fault: Fault) -> None:  # noqa: FBT001  # a column
    assert decoded(*chunks, done=done)[-1] == Failure(fault)


def test_an_error_event_is_a_fault_whatever_it_says() -> None:
    assert fed([Frame("error", b'{"message":"busy"}')]) == [Failure(Fault("stream_error", "busy"))]
    assert fed([Frame("error", b"busy")]) == [Failure(Fault("stream_error", "busy"))]


def test_comments_are_signs_of_life_and_nothing_comes_after_the_end() -> None:
    frames = [Frame("", None), Frame("", sent(chunk("a", "stop"))), Frame("", b"[DONE]"), Frame("", sent(chunk("b")))]
    assert fed(frames) == [Ping(), BEGUN, *TEXT, Close(0), Stop("end")]


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (chunk("a", "stop", usage=USAGE), [BEGUN, SPENT, *TEXT, Close(0), Stop("end")]),
        (chunk("a"), [BEGUN, *TEXT, Close(0), Stop("end")]),
        (
            {"id": "c1", "model": "m", "choices": [{"message": {"content": "a"}, "finish_reason": "length"}]},
            [BEGUN, *TEXT, Close(0), Stop("limit")],
        ),
        ({"error": "busy"}, [Failure(Fault("stream_error", "busy"))]),
        ({"choices": []}, [Failure(Fault("empty", "no choices"))]),
        ({}, [Failure(Fault("strange", "no choices"))]),
        (5, [Failure(Fault("strange", "Expected `object`, got `int`"))]),
    ],
)
def test_a_whole_answer_is_the_events_of_a_stream(body: Any, events: list[Event]) -> None:
    assert list(WIRE.whole(sent(body))) == events


def test_nothing_is_an_empty_answer() -> None:
    assert list(WIRE.whole(b" ")) == [Failure(Fault("empty"))]
    assert list(WIRE.whole(b"<html>")) == [Failure(Fault("not_json", "JSON is malformed: invalid character (byte 0)"))]


@given(st.binary(max_size=40))
def test_whatever_comes_is_events_in_order(data: bytes) -> None:
    fed([Frame("", data)])
    assert WIRE.whole(data)
