"""Streams and whole answers as events: transcripts, what servers get wrong, and the grammar over whatever comes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise.core.events import Close, Delta, Event, Failure, Grammar, Opaque, Open, Ping, Seal, Spent, Start, Stop, folded
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame, Frames
from tierwise.core.usage import Usage
from tierwise.wires.anthropic.decoding import Decoder, whole

START = {"type": "message_start", "message": {"id": "msg_1", "model": "m", "usage": {"input_tokens": 5, "output_tokens": 1}}}
PING = {"type": "ping"}
STOP = {"type": "message_stop"}
BEGUN = [Start("msg_1", "m"), Spent(Usage(5, output=1))]


def block(index: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **more}}


def delta(index: int, kind: str, **more: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def text(index: int, said: str) -> dict[str, Any]:
    return delta(index, "text_delta", text=said)


def close(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def ended(reason: str | None = "end_turn", **more: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None} | more, "usage": {"output_tokens": 9}}


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


def heard(*frames: Any) -> list[Event]:
    """The events of frames, without those of a usual end."""
    decoder = Decoder()
    events = [event for one in frames for event in decoder.feed(Frame("", one if isinstance(one, bytes) else json.dumps(one).encode()))]
    return [*events, *decoder.end()]


def test_a_text_is_heard() -> None:
    assert heard(START, PING, block(0, "text", text=""), text(0, "Hi"), text(0, ""), close(0), ended(), STOP) == [
        *BEGUN,
        Ping(),
        Open(0, "text"),
        Delta(0, "Hi"),
        Close(0),
        Spent(Usage(5, output=9)),
        Stop("end"),
    ]


@pytest.mark.parametrize(
    ("frames", "events"),
    [
        (
            [
                block(0, "thinking", thinking="", signature=""),
                delta(0, "thinking_delta", thinking="hm"),
                delta(0, "signature_delta", signature="s"),
                close(0),
            ],
            [Open(0, "thought"), Delta(0, "hm"), Seal(0, "anthropic", "s"), Close(0)],
        ),
        ([block(0, "thinking"), delta(0, "signature_delta", signature=""), close(0)], [Open(0, "thought"), Close(0)]),
        (
            [
                block(0, "tool_use", id="a", name="ls", input={}),
                delta(0, "input_json_delta", partial_json='{"x'),
                delta(0, "input_json_delta", partial_json='":1}'),
                close(0),
            ],
            [Open(0, "call", "a", "ls"), Delta(0, '{"x'), Delta(0, '":1}'), Close(0)],
        ),
        (
            [block(0, "tool_use", id="a", name="ls", input={}), delta(0, "input_json_delta", partial_json=""), close(0)],
            [Open(0, "call", "a", "ls"), Close(0)],
        ),
        ([block(0, "tool_use", id="a", name="ls", input={"x": 1}), close(0)], [Open(0, "call", "a", "ls"), Delta(0, '{"x": 1}'), Close(0)]),
        (
            [block(0, "tool_use", name="ls", input={"x": 1}), delta(0, "input_json_delta", partial_json="{}"), close(0)],
            [Open(0, "call", "", "ls"), Delta(0, "{}"), Close(0)],
        ),
        (
            [block(0, "text", text="a", citations=[{"x": 1}]), close(0)],
            [Open(0, "text"), Delta(0, "a"), Opaque(0, "anthropic", Raw(b'{"type":"citations_delta","citation":{"x": 1}}')), Close(0)],
        ),
        (
            [block(0, "thinking", thinking="b", signature="s"), close(0)],
            [Open(0, "thought"), Delta(0, "b"), Seal(0, "anthropic", "s"), Close(0)],
        ),
        (
            [block(0, "text"), delta(0, "citations_delta", citation={"x": 1}), close(0)],
            [Open(0, "text"), Opaque(0, "anthropic", raw({"type": "citations_delta", "citation": {"x": 1}})), Close(0)],
        ),
        (
            [block(0, "server_tool_use", id="s"), delta(0, "input_json_delta", partial_json="{}"), close(0)],
            [
                Open(0, "opaque", wire="anthropic", raw=raw({"type": "server_tool_use", "id": "s"})),
                Opaque(0, "anthropic", raw({"type": "input_json_delta", "partial_json": "{}"})),
                Close(0),
            ],
        ),
        ([{"type": "new_event", "x": 1}], []),
        ([close(3), delta(3, "input_json_delta", partial_json="{}")], []),
    ],
)
def test_a_block_is_heard(frames: list[Any], events: list[Event]) -> None:
    assert heard(START, *frames, STOP)[2:-1] == events


@pytest.mark.parametrize(
    ("frames", "events"),
    [
        ([text(0, "Hi"), STOP], [Start(), Open(0, "text"), Delta(0, "Hi"), Close(0), Stop("end")]),
        ([block(0, "text"), STOP], [Start(), Open(0, "text"), Close(0), Stop("end")]),
        ([ended(), STOP], [Start(), Spent(Usage(output=9)), Stop("end")]),
        ([STOP], [Start(), Stop("end")]),
        ([START, delta(0, "thinking_delta", thinking="hm"), STOP], [*BEGUN, Open(0, "thought"), Delta(0, "hm"), Close(0), Stop("end")]),
        ([START, START, STOP], [*BEGUN, Spent(Usage(5, output=1)), Stop("end")]),
        (
            [START, block(0, "text"), close(0), close(0), text(0, "x"), STOP],
            [*BEGUN, Open(0, "text"), Close(0), Open(1, "text"), Delta(1, "x"), Close(1), Stop("end")],
        ),
        ([START, block(0, "text"), block(0, "text"), STOP], [*BEGUN, Open(0, "text"), Close(0), Open(1, "text"), Close(1), Stop("end")]),
        ([START, {"type": "message_delta"}, STOP], [*BEGUN, Stop("end")]),
        ([START, STOP, text(0, "late"), b"nonsense"], [*BEGUN, Stop("end")]),
        ([START, b"[DONE]", b"", STOP], [*BEGUN, Stop("end")]),
        (
            [START, {"type": "content_block_start", "content_block": {"type": "text"}}, STOP],
            [*BEGUN, Open(0, "text"), Close(0), Stop("end")],
        ),
    ],
)
def test_what_a_server_leaves_out_is_filled_in(frames: list[Any], events: list[Event]) -> None:
    assert heard(*frames) == events


def test_a_block_that_opens_within_another_waits_for_its_end() -> None:
    frames = [
        block(5, "text"),
        block(6, "tool_use", name="ls", input={"x": 1}),
        block(7, "text"),
        text(7, "c"),
        text(5, "a"),
        close(6),
        close(5),
        text(7, "d"),
        close(7),
    ]
    assert heard(START, *frames, STOP)[2:] == [
        Open(0, "text"),
        Delta(0, "a"),
        Close(0),
        Open(1, "call", "", "ls"),
        Delta(1, '{"x": 1}'),
        Close(1),
        Open(2, "text"),
        Delta(2, "c"),
        Delta(2, "d"),
        Close(2),
        Stop("calls"),
    ]


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("end_turn", "end"),
        ("tool_use", "calls"),
        ("max_tokens", "limit"),
        ("pause_turn", "pause"),
        ("compaction", "pause"),
        ("refusal", "refusal"),
        ("model_context_window_exceeded", "context"),
        ("whatever", "end"),
        (None, "end"),
    ],
)
def test_an_end_has_a_reason(reason: str | None, stop: str) -> None:
    assert heard(START, ended(reason), STOP)[-1] == Stop(stop)


def test_a_stop_sequence_and_a_refusal_are_told() -> None:
    assert heard(START, ended("stop_sequence", stop_sequence="END"), STOP)[-1] == Stop("sequence", "END")
    refused = ended("refusal", stop_details={"type": "refusal", "category": "bio", "explanation": "no"})
    assert heard(START, refused, STOP)[-4:] == [Open(0, "refusal"), Delta(0, "no"), Close(0), Stop("refusal")]
    assert heard(START, block(0, "text"), close(0), refused, STOP)[-2:] == [Spent(Usage(5, output=9)), Stop("refusal")]


@pytest.mark.parametrize(
    ("frames", "fault"),
    [
        ([], Fault("empty")),
        ([PING], Fault("empty")),
        ([START], Fault("unfinished")),
        ([START, block(0, "text"), ended()], Fault("unfinished")),
        (
            [START, {"type": "error", "error": {"type": "overloaded_error", "message": "full"}}],
            Fault("overloaded", "full", code="overloaded_error"),
        ),
        ([START, {"type": "error", "error": {"type": "api_error", "message": "oh"}}, STOP], Fault("stream_error", "oh", code="api_error")),
        ([START, {"type": "error"}], Fault("stream_error", '{"type": "error"}')),
        ([{"error": {"code": 500, "message": "loading"}}], Fault("stream_error", "loading", code="500")),
        ([{"error": None}], Fault("strange", '{"error": null}')),
        ([START, b"<html>"], Fault("not_json", "<html>")),
        ([START, b'{"type":"content_bl'], Fault("not_json", '{"type":"content_bl')),
        ([START, b"[1]"], Fault("not_json", "[1]")),
        (
            [START, b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\xff"}}'],
            Fault("bad_utf8", "at byte 77 of an event"),
        ),
        (
            [START, b'{"type":"content_block_start","index":0,"content_block":{"type":"new","x":"\xff"}}'],
            Fault("bad_utf8", "at byte 75 of an event"),
        ),
        (
            [START, block(0, "text"), b'{"type":"content_block_delta","delta":{"type":"new","x":"\xff"}}'],
            Fault("bad_utf8", "at byte 57 of an event"),
        ),
        ([START, b'{"type":"content_block_delta","index":"0"}'], Fault("strange", '{"type":"content_block_delta","index":"0"}')),
        (
            [START, b'{"type":"content_block_start","content_block":7}'],
            Fault("strange", '{"type":"content_block_start","content_block":7}'),
        ),
    ],
)
def test_what_a_server_gets_wrong_is_a_fault(frames: list[Any], fault: Fault) -> None:
    assert heard(*frames)[-1] == Failure(fault)


def test_an_error_that_is_no_json_is_told_by_its_event() -> None:
    assert Decoder().feed(Frame("error", b"upstream went away")) == (Failure(Fault("stream_error", "upstream went away")),)


def test_a_comment_is_a_sign_of_life() -> None:
    assert Decoder().feed(Frame("", None)) == (Ping(),)


def test_half_a_character_is_read_as_the_sign_for_one() -> None:
    frames = [START, rb'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\ud83d"}}', STOP]
    assert folded(heard(*frames)).blocks[0].text == "\ufffd"


ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "Hi", "citations": None},
        {"type": "tool_use", "id": "a", "name": "ls", "input": {"x": [1]}},
        {"type": "tool_use", "id": "b", "name": "ls", "input": {}},
        {"type": "web_search_tool_result", "content": []},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 5, "output_tokens": 9},
}


def test_a_whole_answer_is_heard() -> None:
    assert whole(json.dumps(ANSWER).encode()) == [
        Start("msg_1", "m"),
        Open(0, "thought"),
        Delta(0, "hm"),
        Seal(0, "anthropic", "s"),
        Close(0),
        Open(1, "text"),
        Delta(1, "Hi"),
        Close(1),
        Open(2, "call", "a", "ls"),
        Delta(2, '{"x": [1]}'),
        Close(2),
        Open(3, "call", "b", "ls"),
        Close(3),
        Open(4, "opaque", wire="anthropic", raw=raw({"type": "web_search_tool_result", "content": []})),
        Close(4),
        Spent(Usage(5, output=9)),
        Stop("calls"),
    ]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b" ", Fault("empty")),
        (b"<html>", Fault("not_json", "<html>")),
        (b'{"content":"\xff"}', Fault("bad_utf8", "at byte 12 of an event")),
        (b'{"content":[{"type":"new","x":"\xff"}]}', Fault("bad_utf8", "at byte 31 of an event")),
        (b'{"content":[7]}', Fault("strange", '{"content":[7]}')),
        (b'{"type":"message"}', Fault("strange", '{"type":"message"}')),
        (b'{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}', Fault("rate_limit", "slow", code="rate_limit_error")),
        (b'{"content":[],"error":"no"}', Fault("stream_error", "no")),
        (b"[" * 100_000, Fault("not_json", "[" * 2000)),
    ],
)
def test_a_body_that_is_no_answer_is_a_fault(body: bytes, fault: Fault) -> None:
    assert whole(body) == (Failure(fault),)


def test_an_answer_that_speaks_of_errors_is_none() -> None:
    said = [{"type": "text", "text": '"error"'}]
    assert folded(whole(json.dumps({"content": said, "error": None}).encode())).blocks[0].text == '"error"'


FRAMES = st.sampled_from(
    [
        START,
        PING,
        STOP,
        ended(),
        {"type": "message_delta"},
        {"type": "new"},
        *(
            frame
            for index in range(3)
            for frame in (
                block(index, "text"),
                block(index, "tool_use", input={"x": 1}),
                block(index, "new"),
                text(index, "x"),
                close(index),
            )
        ),
        delta(0, "thinking_delta", thinking="x"),
        delta(1, "input_json_delta", partial_json="{"),
        delta(1, "signature_delta", signature="s"),
    ]
)


@given(st.lists(FRAMES, max_size=25))
def test_whatever_a_server_sends_the_events_are_in_their_grammar(frames: Sequence[Any]) -> None:
    grammar = Grammar()
    assert [wrong for event in heard(*frames) if (wrong := grammar.objection(event))] == []
    assert grammar.phase in {"stopped", "over"}


@given(st.binary(max_size=60) | st.from_regex(rb'\{"type":"[a-z_]{1,20}"[^\n]{0,40}\}', fullmatch=True))
def test_whatever_bytes_come_nothing_is_raised(data: bytes) -> None:
    decoder = Decoder()
    assert len([*decoder.feed(Frame("", data)), *decoder.end()]) >= 1
    assert len(whole(data)) >= 1


def test_every_recorded_answer_is_heard_to_its_end(shared: Path) -> None:
    said = sorted((shared / "captures").rglob("*v1-messages.resp.sse"))
    assert len(said) > 20
    for path in said:
        _, frames = Frames().feed(path.read_bytes())
        decoder, grammar = Decoder(), Grammar()
        events = [event for one in frames for event in decoder.feed(one)]
        assert [grammar.objection(event) for event in events] == [""] * len(events), path
        assert isinstance(events[-1], Stop), path
        assert decoder.end() == (), path
        answer = folded(events)
        assert answer.usage, path
        assert answer.usage.fresh > 0, path
        assert any(one.text for one in answer.blocks), path
