"""Streams and whole answers as events: transcripts of what servers send, and laws over how they may cut it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tests.wires.openai_chat.kit import answered, blocks, calls, chunk, decoded, fed, part, sent, streamed
from tierwise.core.events import Close, Delta, Event, Failure, Opaque, Open, Ping, Spent, Start, Stop, folded
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame
from tierwise.core.usage import Usage
from tierwise.wires.openai_chat import WIRE

USAGE = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13, "prompt_tokens_details": {"cached_tokens": 4}}
SPENT = Spent(Usage(fresh=6, read=4, output=3))
TAIL = {"id": "c1", "model": "m", "choices": [], "usage": USAGE}
BEGUN, STOPPED = Start("c1", "m"), chunk(finish="stop")
TEXT = [Open(0, "text"), Delta(0, "Hi"), Close(0)]


def failure(*chunks: Any, done: bool = True) -> Fault:
    last = decoded(*chunks, done=done)[-1]
    assert isinstance(last, Failure)
    return last.fault


@pytest.mark.parametrize(
    ("chunks", "events"),
    [
        ([chunk({"role": "assistant", "content": ""}), chunk({"content": "Hi"}), STOPPED], [*TEXT, Stop("end")]),
        ([chunk({"content": "Hi"}), STOPPED, TAIL], [*TEXT, SPENT, Stop("end")]),
        ([chunk({"content": "Hi"}, "stop", usage=USAGE)], [*TEXT, SPENT, Stop("end")]),
        ([chunk({"content": "Hi"}, "stop", usage=USAGE), TAIL], [*TEXT, SPENT, Stop("end")]),
        ([chunk({"content": "Hi"}), chunk(finish="stop", usage=None), TAIL], [*TEXT, SPENT, Stop("end")]),
        ([chunk({"content": "Hi"}), TAIL], [Open(0, "text"), Delta(0, "Hi"), SPENT, Close(0), Stop("end")]),
        ([chunk({"content": "Hi"}), STOPPED, {"choices": [], "usage": {"prompt_tokens": 0}}], [*TEXT, Stop("end")]),
        ([chunk({"content": "Hi"}), STOPPED, STOPPED], [*TEXT, Stop("end")]),
        ([chunk({"content": "Hi"}), chunk({"content": None}, "stop")], [*TEXT, Stop("end")]),
        (
            [chunk({"content": "Hi"}), chunk({"content": ""}), chunk({"content": "!"}), STOPPED],
            [Open(0, "text"), Delta(0, "Hi"), Delta(0, "!"), Close(0), Stop("end")],
        ),
        ([chunk({"content": "Hi"}), {"choices": [{"index": 1, "delta": {"content": "other"}}]}, STOPPED], [*TEXT, Stop("end")]),
        ([chunk(finish="stop")], [Stop("end")]),
        (
            [chunk({"content": "Hi"}), chunk({"content": "!"}, "stop")],
            [Open(0, "text"), Delta(0, "Hi"), Delta(0, "!"), Close(0), Stop("end")],
        ),
        (
            [chunk({"reasoning_content": "so"}), chunk({"content": "Hi"}), STOPPED],
            [Open(0, "thought"), Delta(0, "so"), Close(0), Open(1, "text"), Delta(1, "Hi"), Close(1), Stop("end")],
        ),
        (
            [chunk({"reasoning": "so", "content": "Hi"}), STOPPED],
            [Open(0, "thought"), Delta(0, "so"), Close(0), Open(1, "text"), Delta(1, "Hi"), Close(1), Stop("end")],
        ),
        ([chunk({"refusal": "no"}), STOPPED], [Open(0, "refusal"), Delta(0, "no"), Close(0), Stop("refusal")]),
        (
            [
                chunk({"function_call": {"name": "ls", "arguments": "{"}}),
                chunk({"function_call": {"arguments": "}"}}),
                chunk(finish="function_call"),
            ],
            [Open(0, "call", id="call_NEW0", name="ls"), Delta(0, "{"), Delta(0, "}"), Close(0), Stop("calls")],
        ),
        (
            [{"choices": [{"index": 1, "delta": {"content": "other"}}]}, chunk({"content": "Hi"}), STOPPED],
            [*TEXT, Stop("end")],
        ),
        ([{"choices": [], "id": "", "prompt_filter_results": []}, chunk({"content": "Hi"}), STOPPED], [*TEXT, Stop("end")]),
        ([chunk({"content": "Hi"}), {"choices": [{"delta": {}, "finish_reason": "stop", "usage": USAGE}]}], [*TEXT, SPENT, Stop("end")]),
    ],
)
def test_what_servers_send_is_understood(chunks: list[Any], events: list[Event]) -> None:
    found = decoded(*chunks)
    assert found[0] == BEGUN
    assert [_plain(one) for one in found[1:]] == events


def _plain(event: Event) -> Event:
    """Made-up ids differ from stream to stream."""
    if isinstance(event, Open) and event.id.startswith("call_") and len(event.id) == 18:
        return Open(event.index, event.kind, id=f"call_NEW{event.id[-1]}", name=event.name)
    return event


@pytest.mark.parametrize(
    ("finish", "more", "stop"),
    [
        ("stop", {}, Stop("end")),
        ("eos", {}, Stop("end")),
        ("tool_calls", {}, Stop("end")),
        ("length", {}, Stop("limit")),
        ("max_tokens", {}, Stop("limit")),
        ("model_length", {}, Stop("context")),
        ("content_filter", {}, Stop("filtered")),
        ("stop", {"stop_reason": "END"}, Stop("sequence", "END")),
        ("stop", {"matched_stop": "END"}, Stop("sequence", "END")),
        ("stop", {"stop_reason": 128001, "matched_stop": None}, Stop("end")),
        ("length", {"stop_reason": "END"}, Stop("limit")),
    ],
)
def test_reasons_to_finish_are_told_apart(finish: str, more: dict[str, Any], stop: Stop) -> None:
    last = chunk(finish=finish)
    last["choices"][0] |= more
    assert answered(chunk({"content": "Hi"}), last).stop == stop


@pytest.mark.parametrize("finish", ["stop", "tool_calls", "function_call", "end_turn"])
def test_an_answer_with_calls_ends_for_them(finish: str) -> None:
    assert answered(calls(part(0, "a", "ls", "{}")), chunk(finish=finish)).stop == Stop("calls")


@pytest.mark.parametrize(
    ("chunks", "done", "fault"),
    [
        ([], False, Fault("empty")),
        ([], True, Fault("empty")),
        ([{"choices": []}], True, Fault("empty")),
        ([chunk({"content": "Hi"})], False, Fault("unfinished")),
        ([chunk({"content": "Hi"})], True, Fault("unfinished")),
        ([chunk({"content": "Hi"}), b"\xff"], True, Fault("bad_utf8", "at byte 0")),
        ([b'{"choices":[{"delta":{"content":"\xff"}}]}'], True, Fault("bad_utf8", "at byte 33")),
        ([b"<html>Bad gateway</html>"], True, Fault("not_json", "JSON is malformed: invalid character (byte 0)")),
        ([{"choices": "none"}], True, Fault("strange", "Expected `array | null`, got `str` - at `$.choices`")),
        ([b'{"x":' + b"[" * 100_000], True, Fault("strange", "nested too deeply")),
        ([{"error": {"message": "busy", "code": 429}}], True, Fault("stream_error", "busy", 429)),
        ([chunk({"content": "Hi"}), {"error": "busy", "choices": []}], True, Fault("stream_error", "busy")),
        ([{"object": "error", "message": "busy", "code": 503}], True, Fault("stream_error", "busy", 503)),
        ([{"choices": [{"delta": {}, "error": {"message": "busy"}}]}], True, Fault("stream_error", "busy")),
        ([chunk(finish="error")], True, Fault("stream_error", "finish_reason is 'error'")),
        ([chunk(finish="insufficient_system_resource")], True, Fault("stream_error", "finish_reason is 'insufficient_system_resource'")),
    ],
)
def test_what_goes_wrong_is_a_fault(chunks: list[Any], done: bool, fault: Fault) -> None:  # noqa: FBT001  # a column
    assert failure(*chunks, done=done) == fault


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b'{"message":"busy"}', Fault("stream_error", "busy")),
        (b'{"error":{"message":"busy"}}', Fault("stream_error", "busy")),
        (b"busy", Fault("stream_error", "busy")),
    ],
)
def test_an_error_event_is_a_fault_whatever_it_says(data: bytes, fault: Fault) -> None:
    assert fed([Frame("error", data)]) == [Failure(fault)]


def test_nothing_comes_after_the_end() -> None:
    found = fed([Frame("", sent(chunk({"content": "Hi"}, "stop"))), Frame("", b"[DONE]"), Frame("", sent(TAIL)), Frame("", b"[DONE]")])
    assert found == [BEGUN, *TEXT, Stop("end")]
    assert fed([Frame("", b'{"error":"x"}'), Frame("", sent(chunk({"content": "Hi"})))]) == [Failure(Fault("stream_error", "x"))]


def test_comments_and_empty_frames_are_signs_of_life() -> None:
    assert fed([Frame("", None), Frame("ping", b""), Frame("", sent(STOPPED))]) == [Ping(), Ping(), BEGUN, Stop("end")]


def test_a_stream_may_end_without_saying_done() -> None:
    assert decoded(chunk({"content": "Hi"}), STOPPED, done=False) == [BEGUN, *TEXT, Stop("end")]


def test_what_only_this_wire_knows_is_kept() -> None:
    tokens: Any = {"content": []}
    cited = [{"type": "url_citation"}]
    first = chunk({"content": "Hi"})
    first["choices"][0]["logprobs"] = tokens
    found = decoded(first, chunk({"annotations": cited}), chunk({"annotations": [], "audio": None}, "stop"))
    assert found[3:5] == [
        Opaque(0, "openai_chat", Raw(b'{"logprobs":{"content": []}}')),
        Opaque(0, "openai_chat", Raw(b'{"annotations":[{"type": "url_citation"}]}')),
    ]


def test_reasoning_that_cannot_be_read_is_kept_as_it_is() -> None:
    sealed = [{"type": "reasoning.encrypted", "data": "x"}]
    found = decoded(chunk({"reasoning_details": sealed}), chunk({"reasoning_details": []}), STOPPED)
    raw = Raw(b'{"reasoning_details":[{"type": "reasoning.encrypted", "data": "x"}]}')
    assert found[1:] == [Open(0, "opaque", wire="openai_chat", raw=raw), Close(0), Stop("end")]


def test_usage_is_told_anew_only_when_it_has_changed() -> None:
    found = decoded(
        chunk({"content": "H"}, usage=USAGE),
        chunk({"content": "i"}, usage=USAGE),
        STOPPED,
        TAIL | {"usage": USAGE | {"completion_tokens": 5}},
    )
    assert [one for one in found if isinstance(one, Spent)] == [SPENT, Spent(Usage(fresh=6, read=4, output=5))]


# Whole answers


def whole(message: Any, finish: str | None = "stop", **more: Any) -> list[Event]:
    return list(
        WIRE.whole(sent({"id": "c1", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": finish}], **more}))
    )


def test_a_whole_answer_is_the_events_of_a_stream() -> None:
    assert whole({"role": "assistant", "content": "Hi", "refusal": None}, usage=USAGE) == [BEGUN, *TEXT, SPENT, Stop("end")]
    assert whole({"content": "Hi"}, None) == [BEGUN, *TEXT, Stop("end")]
    assert whole({"content": None}, "length") == [BEGUN, Stop("limit")]


def test_each_call_of_a_whole_answer_is_its_own() -> None:
    made = [
        part(None, "a", "ls", "{}"),
        part(0, "b", "rm", ""),
        part(0, "a", "ls", "{}"),
        {"function": {"name": "x", "arguments": {"y": 1}}},
    ]
    found = folded(whole({"reasoning_content": "so", "content": "Hi", "tool_calls": made}, "tool_calls"))
    assert [(kind, name, text) for kind, _, name, text in blocks(found)] == [
        ("thought", "", "so"),
        ("text", "", "Hi"),
        ("call", "ls", "{}"),
        ("call", "rm", "{}"),
        ("call", "ls", "{}"),
        ("call", "x", '{"y":1}'),
    ]
    assert found.stop == Stop("calls")


def test_the_first_of_several_choices_counts() -> None:
    choices = [{"index": 1, "message": {"content": "Hi"}, "finish_reason": "stop"}, {"index": 0, "message": {"content": "Ho"}}]
    assert list(WIRE.whole(sent({"id": "c1", "model": "m", "choices": choices}))) == [BEGUN, *TEXT, Stop("end")]
    assert list(WIRE.whole(sent({"id": "c1", "model": "m", "choices": [{}]}))) == [BEGUN, Stop("end")]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", Fault("empty")),
        (b" \n", Fault("empty")),
        (b"{}", Fault("strange", "no choices")),
        (b'{"choices":[]}', Fault("empty", "no choices")),
        (b"<html>", Fault("not_json", "JSON is malformed: invalid character (byte 0)")),
        (b'{"id":"\xff"}', Fault("bad_utf8", "at byte 7")),
        (b'{"choices":[5]}', Fault("strange", "Expected `object`, got `int` - at `$.choices[0]`")),
        (b'{"x":' + b"[" * 100_000, Fault("strange", "nested too deeply")),
        (b'{"error":{"message":"busy","code":"c"}}', Fault("stream_error", "busy", code="c")),
        (b'{"object":"error","message":"busy"}', Fault("stream_error", "busy")),
    ],
)
def test_a_whole_answer_that_is_none_is_a_fault(body: bytes, fault: Fault) -> None:
    assert list(WIRE.whole(body)) == [Failure(fault)]


# Laws

Cut = tuple[int, list[str]]
names = st.text("abc_", min_size=1, max_size=6)
inputs = st.dictionaries(st.text(max_size=3), st.text(max_size=6) | st.integers(), max_size=3).map(json.dumps)


@st.composite
def scattered(draw: st.DrawFn) -> tuple[list[tuple[str, str]], list[Any]]:
    """Calls, and chunks that bring their inputs in pieces, in any order between calls."""
    wanted = draw(st.lists(st.tuples(names, inputs), min_size=1, max_size=4))
    lanes = []
    for index, (name, text) in enumerate(wanted):
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=4)))
        pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        repeated = draw(st.booleans())
        lanes.append([calls(part(index, f"id{index}", name, ""))])
        lanes[-1] += [calls(part(index, f"id{index}" if repeated else None, name if repeated else None, one)) for one in pieces]
    order = draw(st.permutations([index for index, lane in enumerate(lanes) for _ in lane]))
    return wanted, [lanes[index].pop(0) for index in order]


@given(scattered(), st.text(max_size=3))
def test_interleaved_calls_come_out_whole(sent_: tuple[list[tuple[str, str]], list[Any]], before: str) -> None:
    wanted, chunks = sent_
    found = answered(chunk({"content": before}), *chunks, chunk(finish="tool_calls"))
    made = {one.open.id: (one.open.name, one.text) for one in found.blocks if one.open.kind == "call"}
    assert made == {f"id{index}": (name, text) for index, (name, text) in enumerate(wanted)}
    assert found.stop == Stop("calls")


@given(
    st.lists(
        st.tuples(st.sampled_from(["content", "reasoning_content", "refusal"]), st.text(min_size=1, max_size=4)), min_size=1, max_size=8
    )
)
def test_words_come_out_in_the_order_they_came(said: list[tuple[str, str]]) -> None:
    found = answered(*(chunk({field: text}) for field, text in said), STOPPED)
    kinds = {"content": "text", "reasoning_content": "thought", "refusal": "refusal"}
    assert "".join(one.text for one in found.blocks) == "".join(text for _, text in said)
    assert all(one.open.kind != two.open.kind for one, two in zip(found.blocks, found.blocks[1:], strict=False))
    assert {one.open.kind for one in found.blocks} == {kinds[field] for field, _ in said}


@given(st.binary(max_size=40))
def test_whatever_comes_is_events_in_order(data: bytes) -> None:
    fed([Frame("", data)])
    fed([Frame("error", data), Frame("", sent(STOPPED))])
    assert WIRE.whole(data)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda one: st.lists(one, max_size=2) | st.dictionaries(st.text(max_size=3), one, max_size=2),
    ),
    st.data(),
)
def test_whatever_stands_in_any_field_is_events_in_order(value: Any, data: st.DataObject) -> None:
    fields = [
        "content",
        "reasoning_content",
        "reasoning",
        "reasoning_details",
        "refusal",
        "tool_calls",
        "function_call",
        "annotations",
        "audio",
    ]
    delta = {data.draw(st.sampled_from(fields)): value}
    outer = {data.draw(st.sampled_from(["id", "model", "choices", "usage", "error", "object"])): value}
    decoded(chunk(delta), STOPPED | outer)
    assert WIRE.whole(sent(chunk(delta) | outer))


def test_recorded_answers_are_understood(shared: Path) -> None:
    found = sorted((shared / "captures").rglob("*chat-completions.resp.*"))
    assert len(found) > 35
    for path in found:
        raw = path.read_bytes()
        answer = folded(streamed(raw) if path.suffix == ".sse" else WIRE.whole(raw))
        if answer.fault is not None:
            assert answer.fault.message.startswith("mock failure"), path
        else:
            assert answer.stop in {Stop("end"), Stop("calls")}, path
            assert answer.blocks, path
