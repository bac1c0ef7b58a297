"""The scripted provider and the gateway's wires read the same protocols independently of each other: here they have to agree."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.upstream.scripted.asking import CHAT, MESSAGES, RESPONSES, asked, raw
from tierwise import plugins
from tierwise.core.events import Answer, Event, Grammar, folded
from tierwise.core.sse import Frames
from tierwise.core.wire import Dialect, Wire
from tierwise.upstream.scripted import Script, Scripted

WIRES: dict[str, Wire] = {wire.name: wire for wire in plugins.found(plugins.WIRES)}
SPOKEN = {CHAT: "openai_chat", MESSAGES: "anthropic", RESPONSES: "openai_responses"}
STEERED = ("", "[[think: hm hm]]", "[[refuse: no]]", "[[filter]]", '[[tool: bash {"a":1}]] [[tool: bash {"b":2}]] [[say: x]]')
BESIDE = frozenset({"stream_options", "previous_response_id"})


def events(wire: Wire, script: Script) -> list[Event]:
    """What a wire understands of a stream, which has to come in an order that has a meaning."""
    decoder, frames, grammar = wire.decoder(), Frames(), Grammar()
    found = [event for piece in script.pieces for frame in frames.feed(piece.data)[1] for event in decoder.feed(frame)]
    assert [grammar.objection(event) for event in found] == [""] * len(found)
    assert list(decoder.end()) == []
    return found


def content(answer: Answer) -> Any:
    """What an answer is about, without its ids."""
    blocks = [(one.open.kind, one.open.name, one.open.namespace, one.open.form, one.text, bool(one.seal)) for one in answer.blocks]
    tokens = (answer.usage.prompt, answer.usage.output) if answer.usage is not None else None
    return blocks, answer.stop, answer.fault, tokens


@pytest.mark.parametrize("path", SPOKEN)
def test_streams_and_whole_answers_are_understood_and_say_the_same(path: str, shared: Path) -> None:
    wire = WIRES[SPOKEN[path]]
    provider = Scripted(pace=0, strict=False)
    recorded = [json.loads(file.read_text()) for file in sorted((shared / "captures").rglob("*POST_*.req.json"))]
    bodies = [one["body"] for one in recorded if one["path"].endswith(path.removeprefix("/v1"))]
    assert len(bodies) > 30
    for body, steered in product(bodies, STEERED):
        plain = {name: value for name, value in body.items() if name not in BESIDE}
        usage = {"stream_options": {"include_usage": True}} if path == CHAT else {}
        headers = {"x-scripted": steered}
        stream = folded(events(wire, asked(path, {**plain, "stream": True, **usage}, provider, headers)))
        whole = folded(wire.whole(raw(asked(path, {**plain, "stream": False}, provider, headers))))
        assert whole.fault is None
        assert content(stream) == content(whole)


@pytest.mark.parametrize(("path", "target"), [(one, other) for one, other in product(SPOKEN, SPOKEN) if one != other])
def test_what_a_wire_makes_of_another_wires_request_is_taken_by_the_strictest_judge(path: str, target: str, shared: Path) -> None:
    ours, theirs = WIRES[SPOKEN[path]], WIRES[SPOKEN[target]]
    recorded = [json.loads(file.read_text()) for file in sorted((shared / "captures").rglob("*POST_*.req.json"))]
    bodies = [one["body"] for one in recorded if one["path"].endswith(path.removeprefix("/v1"))]
    provider = Scripted(pace=0)
    for body in bodies:
        if "previous_response_id" not in body:
            prompt = ours.read(json.dumps(body).encode())
            script = asked(target, theirs.render(prompt, Dialect("some-model")), provider)
            assert script.status == 200, raw(script)
