"""What holds for the requests of every wire, read and rendered in another's: over all ordered pairs."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.wires.features import FEATURES
from tests.wires.talks import BODIES, Fields, Round, Step, Talk, essence, talks
from tests.wires.worlds import VOICE, answered
from tierwise import plugins
from tierwise.core.events import CALL, THOUGHT, Answer, Block, Open, Stop, folded
from tierwise.core.losses import LOSSES, hard
from tierwise.core.naming import flat
from tierwise.core.prompt import SERVER, Prompt, Thought
from tierwise.core.wire import Dialect, Malformed, Wire

WIRES: dict[str, Wire] = {wire.name: wire for wire in plugins.found(plugins.WIRES) if wire.talks}
PLAIN = Dialect("claude-sonnet-4-5", keep=False)
KEEPING = Dialect("claude-sonnet-4-5")
CONVERSATION = {"anthropic": "messages", "openai_chat": "messages", "openai_responses": "input"}

each_wire = pytest.mark.parametrize("wire", WIRES.values(), ids=list(WIRES))
each_pair = pytest.mark.parametrize(
    ("source", "target"), [(one, other) for one in WIRES.values() for other in WIRES.values()], ids=lambda wire: wire.name
)


def sent(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_every_wire_has_its_requests_and_features_here() -> None:
    assert set(WIRES) == set(BODIES) == set(FEATURES) == set(CONVERSATION)


@given(talks())
def test_one_conversation_says_the_same_in_every_wire(talk: Talk) -> None:
    said = [essence(WIRES[name].read(sent(body(talk)))) for name, body in BODIES.items()]
    assert said[0] == said[1] == said[2]
    assert [who for who, _ in said[0]["talk"]].count("call") == sum(len(one.steps) for one in talk.rounds)


@each_pair
@given(talks())
def test_a_request_rendered_in_another_wire_says_what_it_said(source: Wire, target: Wire, talk: Talk) -> None:
    prompt = source.read(sent(BODIES[source.name](talk)))
    assert target.losses(prompt) == ()
    body = target.render(prompt, PLAIN)
    assert essence(target.read(body)) == essence(prompt)
    asked = target.parse(body)
    assert (asked.wire, asked.model, asked.stream) == (target.name, PLAIN.model, talk.stream)
    assert asked.limit == (prompt.limit if target.name != "anthropic" or prompt.limit else asked.limit)


@each_pair
@given(talks())
def test_a_longer_conversation_begins_as_the_shorter_did(source: Wire, target: Wire, talk: Talk) -> None:
    """What stood in a prompt before stays as it was, so that the provider's cache holds from turn to turn."""
    whole = json.loads(target.render(source.read(sent(BODIES[source.name](talk))), PLAIN))
    for count, following in enumerate(talk.rounds):
        shorter = replace(talk, rounds=talk.rounds[:count], last=following.said)
        part = json.loads(target.render(source.read(sent(BODIES[source.name](shorter))), PLAIN))
        before = part[CONVERSATION[target.name]][:-1]
        assert whole[CONVERSATION[target.name]][: len(before)] == before
        assert [part.get(name) for name in ("tools", "system", "instructions")] == [
            whole.get(name) for name in ("tools", "system", "instructions")
        ]


@each_pair
@given(talks())
def test_a_request_is_rendered_the_same_every_time(source: Wire, target: Wire, talk: Talk) -> None:
    body = sent(BODIES[source.name](talk))
    once = target.render(source.read(body), KEEPING)
    assert once == target.render(source.read(body), KEEPING)
    again = target.render(target.read(once), KEEPING)
    assert essence(target.read(again)) == essence(target.read(once))


def plain() -> Talk:
    steps = (Step("call_1", "ls", {"path": "."}, "a"),)
    rounds = (Round("hi", picture=False, aside="", answer="ok", steps=steps),)
    return Talk("Be brief.", rounds, "go", ("ls",), "auto", schema=False, limit=100, stream=False)


FEATURED = [(name, feature) for name, features in FEATURES.items() for feature in features]


@pytest.mark.parametrize(("name", "feature"), FEATURED)
def test_what_is_lost_of_a_request_is_named_and_nothing_else_is(name: str, feature: str) -> None:
    one = FEATURES[name][feature]
    body = sent(one.change(BODIES[name](plain())))
    prompt = WIRES[name].read(body)
    assert set(prompt.uses) <= set(LOSSES)
    assert {target: WIRES[target].losses(prompt) for target in WIRES} == {
        target: (one.lost[target],) if target in one.lost else () for target in WIRES
    }
    assert WIRES[name].parse(body).losses in ({}, {target: (loss,) for target, loss in one.lost.items()})


@pytest.mark.parametrize(("name", "feature"), FEATURED)
@each_wire
def test_what_is_not_lost_is_carried(wire: Wire, name: str, feature: str) -> None:
    one = FEATURES[name][feature]
    prompt = WIRES[name].read(sent(one.change(BODIES[name](plain()))))
    body = wire.render(prompt, PLAIN)
    wire.parse(body)
    found = wire.read(body)
    if not hard(wire.losses(prompt)):
        unsaid = {"system", "format"} if "json mode" in wire.losses(prompt) else set()
        before, after = comparable(prompt), comparable(found)
        assert {key: after[key] for key in after.keys() - unsaid} == {key: before[key] for key in before.keys() - unsaid}


def comparable(prompt: Prompt) -> Fields:
    """What must be equal: tools that providers run, and how free text is described, apart; pictures are told apart from words."""
    said = essence(prompt)
    tools = sorted(flat(one.namespace, one.name) for one in prompt.tools if one.kind != SERVER)
    talk = sorted(said["talk"], key=lambda one: one[0] == "media")
    return said | {"tools": tools, "talk": talk, "stop": prompt.knobs.stop}


@each_wire
@given(st.data())
def test_a_request_with_anything_in_any_place_is_read_in_full_or_malformed(wire: Wire, data: st.DataObject) -> None:
    features = list(FEATURES[wire.name].values())
    value = data.draw(st.sampled_from(features)).change(BODIES[wire.name](plain()))
    path = data.draw(st.sampled_from(_paths(value)))
    new = data.draw(st.sampled_from([None, 0, -1, 0.5, "", "x", True, [], {}, [None], ["x"], {"type": "x"}, {"type": "text", "text": "x"}]))
    body = sent(_changed(value, path, new))
    try:
        prompt = wire.read(body)
    except Malformed:
        return
    for target in WIRES.values():
        assert set(target.losses(prompt)) <= set(LOSSES)
        json.loads(target.render(prompt, PLAIN))


@each_wire
@given(st.binary(max_size=60))
def test_bytes_are_a_prompt_or_malformed(wire: Wire, body: bytes) -> None:
    with pytest.raises(Malformed):
        wire.read(body)


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
@given(talks())
def test_a_body_without_reasoning_stays_as_it_is_when_that_is_taken_out(wire: Wire, talk: Talk) -> None:
    body = sent(BODIES[wire.name](talk))
    assert json.loads(wire.stripped(body)) == json.loads(body)


@each_wire
@pytest.mark.parametrize("feature", ["signed thinking", "redacted thinking", "reasoning", "sealed reasoning", "open reasoning"])
def test_reasoning_is_taken_out_and_the_rest_stays(wire: Wire, feature: str) -> None:
    if feature not in FEATURES[wire.name]:
        pytest.skip("not on this wire")
    body = wire.stripped(sent(FEATURES[wire.name][feature].change(BODIES[wire.name](plain()))))
    prompt = wire.read(body)
    assert not any(isinstance(piece, Thought) for turn in prompt.turns for piece in turn.pieces)
    assert essence(prompt) == essence(wire.read(sent(BODIES[wire.name](plain()))))
    assert wire.stripped(body) == body


def echoed(wire: str, answer: bytes) -> bytes:
    """A request in which a client sends an answer back."""
    said = json.loads(answer)
    if wire == "anthropic":
        turns = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": said["content"]}, {"role": "user", "content": "go"}]
        return sent({"model": "m", "max_tokens": 9, "messages": turns})
    user = {"type": "message", "role": "user", "content": "hi"}
    return sent({"model": "m", "input": [user, *said["output"], user]})


@pytest.mark.parametrize("seal", ["c2ln", "a" * 3_000, "x.y/z+="])
@pytest.mark.parametrize("text", ["", "hm", "two\n\nlines \u00e4"])
@pytest.mark.parametrize("client", ["anthropic", "openai_responses"])
@pytest.mark.parametrize("provider", ["anthropic", "openai_responses"])
def test_reasoning_comes_back_to_whose_it_is_through_clients_of_any_wire_that_has_a_place_for_it(
    provider: str, client: str, text: str, seal: str
) -> None:
    """The provider gets its own reasoning as it gave it, whatever the client speaks: an edited one would be refused."""
    item = "rs_7" if provider == "openai_responses" else ""
    blocks = (Block(Open(0, THOUGHT, item=item), text, seal, provider), Block(Open(1, CALL, "call_1", "ls"), "{}"))
    body = echoed(client, WIRES[client].answer(Answer(blocks=blocks, stop=Stop("calls")), VOICE))
    prompt = WIRES[client].read(body)
    assert thoughts(prompt) == [(text, provider, seal)]
    assert thoughts(WIRES[provider].read(WIRES[provider].render(prompt, PLAIN))) == [(text, provider, seal)]
    other = "anthropic" if provider != "anthropic" else "openai_responses"
    assert thoughts(WIRES[other].read(WIRES[other].render(prompt, PLAIN))) == []


def thoughts(prompt: Prompt) -> list[tuple[str, str, str]]:
    return [(one.text, one.wire, one.seal) for turn in prompt.turns for one in turn.pieces if isinstance(one, Thought)]


def requests_in(shared: Path) -> list[tuple[str, Wire, Fields]]:
    """The recorded requests with the wire they are of."""
    found = []
    for path in sorted(shared.glob("captures/*/*/*.req.json")):
        value = json.loads(path.read_bytes())
        wire = next((one for one in WIRES.values() if value.get("path", "").partition("?")[0] in one.paths), None)
        if wire is not None and isinstance(value["body"], dict):
            found.append((str(path.relative_to(shared / "captures")), wire, value["body"]))
    return found


def test_every_recorded_request_is_rendered_in_every_wire_and_back_with_nothing_lost_in_silence(shared: Path) -> None:
    requests = requests_in(shared)
    assert len(requests) > 100
    for name, wire, body in requests:
        prompt = wire.read(sent(body))
        asked = wire.parse(sent(body))
        assert set(prompt.uses) <= set(LOSSES), name
        assert (asked.model, asked.stream) == (prompt.model, prompt.stream), name
        for target in WIRES.values():
            rendered = target.render(prompt, PLAIN)
            target.parse(rendered)
            if not hard(target.losses(prompt)):
                assert recorded(target.read(rendered)) == recorded(prompt), f"{name} as {target.name}"


def recorded(prompt: Prompt) -> Fields:
    """What must be left of a recorded request; results of several texts are joined with other white space."""
    said = essence(prompt)
    said["talk"] = [(who, (text[0], "".join(text[1].split()), text[2]) if who == "result" else text) for who, text in said["talk"]]
    return said | {"tools": [tool[0] for tool, one in zip(said["tools"], prompt.tools, strict=True) if one.kind != SERVER]}


def test_every_recorded_answer_is_heard(shared: Path) -> None:
    """What the stand-in answered when the traffic was recorded: whole answers, streams, and errors."""
    heard_of = set()
    for name, wire, _ in requests_in(shared):
        for path in (shared / "captures").glob(name.replace(".req.json", ".resp.*")):
            body = path.read_bytes()
            answer = answered(wire, body) if path.suffix == ".sse" else folded(wire.whole(body))
            refused = path.suffix == ".json" and bool(json.loads(body).get("error"))
            assert (answer.fault is not None) == refused, name
            heard_of.add((wire.name, path.suffix, refused))
    assert len(heard_of) > 5
