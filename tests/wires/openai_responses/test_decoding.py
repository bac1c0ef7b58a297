"""Streams and bodies: whole or in pieces, good or broken."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wires.openai_responses.kit import answer, completed, created, event, events, texts
from tierwise.core.events import Event, Failure, Grammar, Ping, Start, Stop, folded
from tierwise.core.sse import Frame, Frames
from tierwise.core.usage import Usage
from tierwise.wires.openai_responses import WIRE
from tierwise.wires.openai_responses.decoding import decoder, whole

Captured = Callable[[str], Any]
DELTA = event("output_text.delta", delta="hi")


def kind_of(*told: Any) -> str:
    fault = answer(*told).fault
    assert fault is not None
    return fault.kind


def test_recorded_streams_are_understood(shared: Path) -> None:
    recorded = sorted((shared / "captures").rglob("*v1-responses*.resp.sse"))
    assert len(recorded) > 10
    for path in recorded:
        stream = path.read_bytes()
        at = decoder()
        found: list[Event] = []
        for frame in Frames().feed(stream)[1]:
            found += at.feed(frame)
        assert at.end() == ()
        grammar = Grammar()
        assert not any(grammar.objection(one) for one in found), path
        told = folded(found)
        assert (told.stop is not None, told.usage is not None, len(told.blocks)) == (True, True, 1), path
        last = json.loads(Frames().feed(stream)[1][-1].data or b"")["response"]
        assert texts(folded(whole(json.dumps(last).encode()))) == texts(told), path


@pytest.mark.parametrize("name", ["websocket", "builtin-ws-gpt-5.5"])
def test_recorded_messages_of_a_socket_are_understood(shared: Path, name: str) -> None:
    for path in sorted((shared / "captures" / "codex" / name).glob("*_ws*.resp.json")):
        told = answer(*json.loads(path.read_text()))
        assert told.stop is not None


def test_a_stream_may_begin_without_its_beginning() -> None:
    assert events(DELTA, completed())[0] == Start()
    assert events(completed())[0] == Start("resp_1")


def test_comments_and_unknown_events_keep_the_connection_and_say_nothing() -> None:
    at = decoder()
    assert at.feed(Frame("", None)) == at.feed(Frame("", b"")) == (Ping(),)
    assert at.feed(Frame("", b'{"type":"keepalive"}')) == (Ping(),)
    assert at.feed(Frame("", b'{"type":"response.web_search_call.searching","item_id":"ws_1"}')) == (Ping(),)
    assert at.feed(Frame("", b'{"type":"codex.rate_limits","error":"none"}')) == (Ping(),)
    assert at.feed(Frame("", b"[DONE]")) == ()


def test_after_its_end_a_stream_says_nothing() -> None:
    at = decoder()
    at.feed(Frame("", json.dumps(completed()).encode()))
    assert at.feed(Frame("", json.dumps(DELTA).encode())) == at.feed(Frame("", None)) == at.end() == ()


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ([], "empty"),
        ([created()], "unfinished"),
        ([created(), DELTA], "unfinished"),
        ([created(), b"{"], "not_json"),
        ([created(), b"<html>"], "not_json"),
        ([created(), b"[" * 100_000], "strange"),
        ([created(), b'{"type":"response.output_text.delta","delta":"\xff"}'], "bad_utf8"),
        ([created(), b"[]"], "strange"),
        ([created(), event("output_text.delta", delta=7)], "strange"),
        ([created(), event("output_item.done", item={"type": 7})], "strange"),
        ([created(), event("output_item.done")], "strange"),
        ([created(), {"type": "error", "code": "rate_limit_exceeded", "message": "slow"}], "rate_limit"),
        ([created(), {"type": "error", "error": {"code": "context_length_exceeded", "message": "long"}}], "context"),
        ([created(), {"error": {"message": "oops", "type": "server_error"}}], "server_error"),
        ([created(), {"error": "oops"}], "stream_error"),
        ([created(), {"type": "response.failed", "response": {"error": {"code": "content_filter", "message": "no"}}}], "filtered"),
        ([{"type": "response.failed"}], "stream_error"),
    ],
)
def test_what_goes_wrong_is_a_fault_of_its_kind(told: list[Any], kind: str) -> None:
    assert kind_of(*told) == kind


def test_an_error_may_be_named_by_its_event_alone() -> None:
    (found,) = decoder().feed(Frame("error", b'{"message":"slow","code":429}'))
    assert isinstance(found, Failure)
    assert (found.fault.message, found.fault.code) == ("slow", "429")


def test_what_was_said_before_a_failure_is_kept() -> None:
    found = answer(created(), DELTA, {"type": "error", "message": "oops"})
    assert texts(found) == [("text", "hi")]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "not_json"),
        (b"<html>", "not_json"),
        (b'"\xff"', "bad_utf8"),
        (b"[" * 100_000, "strange"),
        (b'{"a":' * 100_000, "not_json"),
        (b"[]", "strange"),
        (b"{}", "strange"),
        (b'{"output":[7]}', "strange"),
        (b'{"output":null}', "strange"),
        (b'{"error":{"message":"slow","type":"rate_limit_error"}}', "rate_limit"),
        (b'{"status":"failed","output":[]}', "stream_error"),
        (b'{"status":"failed","error":{"code":"context_length_exceeded","message":"long"}}', "context"),
        (b'{"status":"cancelled","output":[]}', "stream_error"),
    ],
)
def test_a_body_that_is_no_answer_is_a_fault(body: bytes, kind: str) -> None:
    fault = folded(whole(body)).fault
    assert fault is not None
    assert fault.kind == kind


def test_a_whole_answer_is_its_events() -> None:
    output = [{"type": "message", "content": [{"type": "output_text", "text": "hi"}]}]
    found = folded(WIRE.whole(json.dumps({"id": "resp_1", "model": "m", "output": output, "usage": {"input_tokens": 1}}).encode()))
    assert (found.id, found.model, texts(found), found.usage, found.stop) == ("resp_1", "m", [("text", "hi")], Usage(fresh=1), Stop("end"))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["type", "id", "text", "content", "a"]), inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(st.tuples(st.sampled_from(["output_text.delta", "output_item.done", "completed", "created", "odd"]), values), max_size=4))
def test_whatever_comes_nothing_is_raised_and_the_grammar_is_kept(told: list[tuple[str, Any]]) -> None:
    frames = [{"type": f"response.{kind}", "delta": value, "item": value, "response": value, "output_index": 0} for kind, value in told]
    found = events(*frames)
    assert isinstance(found[-1], Failure | Stop)
