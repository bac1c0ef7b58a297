"""What providers' own streams are understood as, with the liberties that servers take, and what clients of every wire then hear."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wires.grammars import ANSWERS, STREAMS
from tests.wires.natives import NATIVES, Wanted
from tests.wires.worlds import VOICE, answered, feedings, heard, left, told_in
from tierwise import plugins
from tierwise.core.events import CALL, TEXT, THOUGHT, Answer, folded
from tierwise.core.wire import Wire

WIRES: tuple[Wire, ...] = tuple(wire for wire in plugins.found(plugins.WIRES) if wire.talks)

each_wire = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
each_pair = pytest.mark.parametrize(("source", "target"), [(one, other) for one in WIRES for other in WIRES], ids=lambda wire: wire.name)


def holds(answer: Answer) -> Wanted:
    """What an answer says, in the words of the generator."""
    texts = {kind: "".join(block.text for block in answer.blocks if block.open.kind == kind) for kind in (THOUGHT, TEXT)}
    calls = [(block.open.name, json.dumps(json.loads(block.text or "{}"))) for block in answer.blocks if block.open.kind == CALL]
    return Wanted(texts[THOUGHT], texts[TEXT], tuple(calls), answer.usage is not None)


@each_wire
@given(st.data())
def test_a_providers_stream_says_what_it_was_written_to_say(wire: Wire, data: st.DataObject) -> None:
    native = data.draw(NATIVES[wire.name]())
    answer = answered(wire, native.stream)
    assert answer.fault is None
    assert holds(answer) == native.wanted
    assert answer.stop is not None
    assert answer.stop.reason == ("calls" if native.wanted.calls else "end")
    if answer.usage is not None:
        assert (answer.usage.prompt, answer.usage.output) == (9, 4)
    ids = [block.open.id for block in answer.blocks if block.open.kind == CALL]
    assert len(set(ids)) == len(ids)


@each_wire
@given(st.data())
def test_however_a_providers_stream_comes_the_same_is_heard(wire: Wire, data: st.DataObject) -> None:
    stream = data.draw(NATIVES[wire.name]()).stream
    ways = [heard(wire, pieces) for pieces in feedings(stream).values()]
    assert folded(ways[0]) == folded(ways[1]) == folded(ways[2])


@each_pair
@given(st.data())
def test_what_a_provider_says_in_one_wire_is_heard_by_a_client_of_another(source: Wire, target: Wire, data: st.DataObject) -> None:
    native = data.draw(NATIVES[source.name]())
    events = heard(source, [native.stream])
    stream, body = told_in(target, events), target.answer(folded(events), VOICE)
    STREAMS[target.name](stream)
    ANSWERS[target.name](body)
    for answer in (answered(target, stream), folded(target.whole(body))):
        assert left(target.name, answer) == left(target.name, folded(events))
        assert holds(answer).words == native.wanted.words
        assert holds(answer).calls == native.wanted.calls
