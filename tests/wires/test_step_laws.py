"""What holds for the steps of every wire: the same conversation has the same, found at its end, and no request makes them fail."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.wires.talks import BODIES, Talk, talks
from tierwise import plugins
from tierwise.core.signs import Step
from tierwise.core.wire import Dialect, Malformed, Wire

WIRES: dict[str, Wire] = {wire.name: wire for wire in plugins.found(plugins.WIRES)}
PLAIN = Dialect("claude-sonnet-4-5", keep=False)

each_wire = pytest.mark.parametrize("wire", [one for one in WIRES.values() if one.talks], ids=lambda wire: wire.name)


def sent(value: Any) -> bytes:
    return json.dumps(value).encode()


def essence(steps: tuple[Step, ...]) -> list[tuple[str, Any, str | None]]:
    return [(one.tool, json.loads(one.said), one.result) for one in steps]


@given(talks())
def test_one_conversation_has_the_same_steps_on_every_wire(talk: Talk) -> None:
    found = [essence(WIRES[name].steps(WIRES[name].parse(sent(body(talk))))) for name, body in BODIES.items()]
    assert found[0] == found[1] == found[2]


@each_wire
@given(talks())
def test_the_steps_are_those_of_the_latest_answer(wire: Wire, talk: Talk) -> None:
    latest = talk.rounds[-1].steps if talk.rounds else ()
    found = wire.steps(wire.parse(sent(BODIES[wire.name](talk))))
    assert essence(found) == [(one.name, one.input, one.output) for one in latest]


@each_wire
@given(talks())
def test_a_request_that_changed_wires_has_the_same_steps(wire: Wire, talk: Talk) -> None:
    source = WIRES["openai_chat"]
    body = sent(BODIES["openai_chat"](talk))
    there = wire.parse(wire.render(source.read(body), PLAIN))
    assert essence(wire.steps(there)) == essence(source.steps(source.parse(body)))


@each_wire
@given(talks(), st.data())
def test_whatever_a_wire_reads_has_steps(wire: Wire, talk: Talk, data: st.DataObject) -> None:
    """Values anywhere in a request are put in the place of others; where it still can be parsed, looking for steps raises nothing."""
    body: Any = BODIES[wire.name](talk)
    for _ in range(data.draw(st.integers(1, 4))):
        body = _disturbed(body, data)
    try:
        request = wire.parse(sent(body))
    except Malformed:
        return
    assert all(isinstance(one, Step) for one in wire.steps(request, 3))


def _disturbed(value: Any, data: st.DataObject) -> Any:
    """A value with something in it put in the place of something else."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 9)):
        key = data.draw(st.sampled_from(sorted(value))) if isinstance(value, dict) else data.draw(st.integers(0, len(value) - 1))
        inner = _disturbed(value[key], data)
        return {**value, key: inner} if isinstance(value, dict) else [*value[:key], inner, *value[key + 1 :]]
    return data.draw(st.sampled_from([None, 7, "x", [], {}, True, [{}], [7], {"type": "text"}, {"type": "tool_result"}]))


@each_wire
@given(talks())
def test_what_is_no_part_of_the_conversations_end_is_not_decoded(wire: Wire, talk: Talk) -> None:
    """A request whose earlier messages are no JSON at all has the same steps as with them whole."""
    request = wire.parse(sent(BODIES[wire.name](talk)))
    whole = wire.steps(request)
    last = max(
        (place for place, one in enumerate(request.segments) if one.role in {"assistant", "reasoning"} or "call" in one.role), default=0
    )
    first = next((place for place in range(last, -1, -1) if request.segments[place].role == "user" and place < last), 0)
    torn = tuple(replace(one, raw=type(one.raw)(b"}torn{")) if place < first else one for place, one in enumerate(request.segments))
    assert wire.steps(replace(request, segments=torn)) == whole


def test_a_wire_without_tools_has_no_steps() -> None:
    wire = WIRES["openai_completions"]
    assert wire.steps(wire.parse(b'{"model": "m", "prompt": "tool_use"}')) == ()
    assert wire.steps(wire.parse(b'{"model": "m", "prompt": "x"}'), turns=3) == ()
