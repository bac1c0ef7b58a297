"""What holds for the answers of every wire, told, heard and changed into another's: over all ordered pairs."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wires.grammars import ANSWERS, STREAMS
from tests.wires.grammars import FAULTS as ERRORS
from tests.wires.worlds import CANNOT, VOICE, answered, feedings, heard, left, tellings, told_in
from tierwise import plugins
from tierwise.core.events import CONTENT, Answer, Event, Failure, Ping, Stop, folded, unfolded
from tierwise.core.faults import FAULTS, Fault
from tierwise.core.sse import Frame
from tierwise.core.wire import Wire

WIRES: tuple[Wire, ...] = tuple(wire for wire in plugins.found(plugins.WIRES) if wire.talks)

each_wire = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
each_pair = pytest.mark.parametrize(("source", "target"), [(one, other) for one in WIRES for other in WIRES], ids=lambda wire: wire.name)


def test_every_wire_has_its_grammar_and_its_table_here() -> None:
    assert {wire.name for wire in WIRES} == set(STREAMS) == set(ANSWERS) == set(ERRORS) == set(CANNOT)


@each_pair
@given(st.data())
def test_an_answer_of_one_wire_told_in_another_keeps_its_grammar_and_all_it_can_say(
    source: Wire, target: Wire, data: st.DataObject
) -> None:
    events = data.draw(tellings(source.name))
    stream = told_in(target, events)
    STREAMS[target.name](stream)
    before, after = folded(events), answered(target, stream)
    assert after.fault is None
    assert left(target.name, after) == left(target.name, before)


@each_pair
@given(st.data())
def test_a_stream_of_one_wire_heard_and_told_in_another_says_what_it_said(source: Wire, target: Wire, data: st.DataObject) -> None:
    events = heard(source, [told_in(source, data.draw(tellings(source.name)))])
    stream = told_in(target, events)
    STREAMS[target.name](stream)
    assert left(target.name, answered(target, stream)) == left(target.name, folded(events))


@each_pair
@given(st.data())
def test_a_whole_answer_of_one_wire_told_in_another_keeps_all_it_can_say(source: Wire, target: Wire, data: st.DataObject) -> None:
    answer = folded(data.draw(tellings(source.name)))
    body = target.answer(answer, VOICE)
    ANSWERS[target.name](body)
    assert left(target.name, folded(target.whole(body))) == left(target.name, answer)


@each_wire
@given(st.data())
def test_an_answer_is_the_same_whole_and_as_a_stream(wire: Wire, data: st.DataObject) -> None:
    events = data.draw(tellings(wire.name))
    streamed, whole = answered(wire, told_in(wire, events)), folded(wire.whole(wire.answer(folded(events), VOICE)))
    assert left(wire.name, streamed) == left(wire.name, whole)
    assert (streamed.model, whole.model) == (VOICE.model, VOICE.model)
    assert streamed.id == whole.id


@each_wire
@given(st.data())
def test_however_a_stream_comes_the_same_is_heard(wire: Wire, data: st.DataObject) -> None:
    stream = told_in(wire, data.draw(tellings(wire.name)))
    ways = [heard(wire, pieces) for pieces in feedings(stream).values()]
    assert ways[0] == ways[1] == ways[2]


@each_wire
@given(st.data())
def test_content_is_told_at_once(wire: Wire, data: st.DataObject) -> None:
    """Words reach the client with the event that brings them: nothing is held back until the end."""
    encoder = wire.encoder(VOICE)
    kind, form = "", ""
    for event in data.draw(tellings(wire.name)):
        kind, form = getattr(event, "kind", kind), getattr(event, "form", form)
        said = encoder.feed(event)
        if type(event).__name__ == "Delta" and (form != "custom" or wire.name != "anthropic"):
            assert said, event


@each_pair
@given(st.data())
def test_a_stream_that_breaks_off_is_a_failure_after_what_came(source: Wire, target: Wire, data: st.DataObject) -> None:
    events = data.draw(tellings(source.name))
    place = data.draw(st.integers(1, len(events) - 1))
    stream = told_in(source, events[:place])
    cut_off = heard(source, [stream])
    assert isinstance(cut_off[-1], Failure)
    assert not any(isinstance(event, Stop) for event in cut_off)
    STREAMS[target.name](told_in(target, cut_off))


@each_wire
@given(st.data())
def test_any_frames_are_events_in_their_grammar_and_nothing_is_raised(wire: Wire, data: st.DataObject) -> None:
    kinds = st.sampled_from(["", "error", "message_start", "content_block_delta", "response.created", "response.output_text.delta"])
    some = data.draw(st.lists(st.builds(Frame, kinds, st.none() | st.binary(max_size=30)), max_size=4))
    decoder = wire.decoder()
    for frame in some:
        decoder.feed(frame)
    decoder.end()


@each_wire
@given(st.data())
def test_a_frame_with_anything_in_any_place_is_understood_or_a_failure(wire: Wire, data: st.DataObject) -> None:
    """The events stay in their grammar whatever a provider writes where a value should be."""
    lines = told_in(wire, data.draw(tellings(wire.name))).split(b"\n\n")
    at = data.draw(st.integers(0, len(lines) - 2))
    head, _, payload = lines[at].rpartition(b"data: ")
    if payload.startswith(b"{"):
        value = json.loads(payload)
        path = data.draw(st.sampled_from(_paths(value)))
        new = data.draw(st.sampled_from([None, 0, -1, 1e300, "", "x", True, [], {}, [None], {"type": "x"}, "\ufffd"]))
        lines[at] = head + b"data: " + json.dumps(_changed(value, path, new)).encode()
    heard(wire, [b"\n\n".join(lines)])


@each_wire
@given(st.data())
def test_frames_in_any_order_are_events_in_their_grammar(wire: Wire, data: st.DataObject) -> None:
    frames = told_in(wire, data.draw(tellings(wire.name))).split(b"\n\n")[:-1]
    mixed = data.draw(st.lists(st.sampled_from(frames), max_size=8))
    heard(wire, [b"".join(one + b"\n\n" for one in mixed)])


@each_wire
@given(st.data())
def test_any_body_is_an_answer_or_a_failure(wire: Wire, data: st.DataObject) -> None:
    body = wire.answer(folded(data.draw(tellings(wire.name))), VOICE)
    value = json.loads(body)
    path = data.draw(st.sampled_from(_paths(value)))
    new = data.draw(st.sampled_from([None, 0, -1, "", "x", True, [], {}, [None], {"type": "x"}]))
    for one in (
        json.dumps(_changed(value, path, new)).encode(),
        body[: data.draw(st.integers(0, len(body)))],
        data.draw(st.binary(max_size=30)),
    ):
        events = wire.whole(one)
        assert isinstance(events[-1], Failure | Stop)
        folded(events)


def _paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, one in inner for path in _paths(one, (*at, key)))]


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _changed(copy[path[0]], path[1:], new)
    return copy


@each_wire
@pytest.mark.parametrize("kind", FAULTS)
def test_every_fault_is_an_error_of_the_wire_in_a_body_and_in_a_stream(wire: Wire, kind: str) -> None:
    fault = Fault(kind, "because", after=2_000)
    body = wire.error(fault)
    ERRORS[wire.name](body)
    assert "because" in json.loads(body)["error"]["message"]
    assert isinstance(wire.whole(body)[-1], Failure)
    for stream in (wire.error_frame(fault), told_in(wire, [Failure(fault)])):
        found = heard(wire, [stream])
        assert isinstance(found[-1], Failure)
        assert "because" in found[-1].fault.message


@each_wire
@given(st.data())
def test_an_error_after_content_is_the_last_thing_a_client_hears(wire: Wire, data: st.DataObject) -> None:
    events = data.draw(tellings(wire.name))
    place = data.draw(st.integers(1, len(events) - 1))
    fault = Fault(data.draw(st.sampled_from(sorted(FAULTS))))
    said = told_in(wire, [*events[:place], Failure(fault)])
    STREAMS[wire.name](said)
    assert isinstance(heard(wire, [said])[-1], Failure)


@each_wire
def test_a_failed_answer_is_an_error_body(wire: Wire) -> None:
    body = wire.answer(Answer(fault=Fault("overloaded", "later")), VOICE)
    assert isinstance(wire.whole(body)[-1], Failure)


@each_wire
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"<html></html>", b'{"error":"x"}', b'{"error":{"message":"x"}}', b"\xff"])
def test_what_is_no_answer_is_a_failure(wire: Wire, body: bytes) -> None:
    assert isinstance(wire.whole(body)[-1], Failure)


@each_wire
def test_pings_before_an_answer_are_no_part_of_it(wire: Wire) -> None:
    pings: list[Event] = [Ping(), Ping()]
    stream = told_in(wire, [*pings, *unfolded(Answer(stop=Stop("end")))])
    assert not any(isinstance(event, CONTENT) for event in heard(wire, [stream]))
    assert answered(wire, stream).stop == Stop("end")
