"""What holds for every wire that is found, whatever the bytes."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise import plugins
from tierwise.core.request import Request
from tierwise.core.wire import Malformed, Wire

WIRES: tuple[Wire, ...] = tuple(wire for wire in plugins.found(plugins.WIRES) if wire.talks)

TOOL = {"name": "ls", "description": "List files", "input_schema": {"type": "object"}}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
SAMPLES: dict[str, dict[str, Any]] = {
    "anthropic": {
        "model": "claude-opus-4-8",
        "max_tokens": 1000,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "tools": [TOOL],
        "metadata": {"user_id": '{"session_id":"s"}'},
        "output_config": {"effort": "high", "format": {"type": "json_schema"}},
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "List the files"}, IMAGE]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "ls", "input": {"at": "."}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": [{"type": "text", "text": "a"}, IMAGE]}]},
        ],
    },
    "openai_chat": {
        "model": "gpt-5",
        "max_completion_tokens": 1000,
        "reasoning_effort": "high",
        "prompt_cache_key": "s",
        "response_format": {"type": "json_schema", "json_schema": {"name": "x"}},
        "tools": [{"type": "function", "function": {"name": "ls"}}],
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "List"}, {"type": "image_url", "image_url": {"url": "data:,"}}]},
            {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "ls", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "1", "content": "a"},
        ],
    },
    "openai_responses": {
        "model": "gpt-5",
        "max_output_tokens": 1000,
        "instructions": "Be brief.",
        "prompt_cache_key": "s",
        "reasoning": {"effort": "high"},
        "text": {"format": {"type": "json_schema", "name": "x", "schema": {}}},
        "tools": [{"type": "function", "name": "ls"}],
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "List"}, {"type": "input_image", "image_url": "data:,"}]},
            {"type": "function_call", "call_id": "1", "name": "ls", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "1", "output": "a"},
        ],
    },
}
CONVERSATION = {"anthropic": "messages", "openai_chat": "messages", "openai_responses": "input"}

each_wire = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["user", "text", "tool_result"]),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6
)


def sent(value: Any, **layout: Any) -> bytes:
    return json.dumps(value, **layout).encode()


def outcome(wire: Wire, body: bytes) -> Request | None:
    """A request, or None where the wire says properly that it is none."""
    try:
        return wire.parse(body)
    except Malformed as refused:
        said = str(refused)
    assert said.startswith(f"{wire.name} request")
    assert said.partition(": ")[2]
    return None


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of everything in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, one in inner for path in paths(one, (*at, key)))]


def changed(value: Any, path: Sequence[Any], new: Any) -> Any:
    """The value with another one at a place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


def test_every_wire_has_a_sample_here() -> None:
    assert {wire.name for wire in WIRES} == set(SAMPLES) == set(CONVERSATION)


def test_no_two_wires_are_served_at_one_path() -> None:
    served = [path for wire in WIRES for path in wire.paths]
    assert len(set(served)) == len(served)
    assert all(path.startswith("/") and not path.endswith("/") for path in served)


@each_wire
def test_a_sample_is_read_in_full(wire: Wire) -> None:
    found = wire.parse(sent(SAMPLES[wire.name]))
    assert found.wire == wire.name
    assert found.needs == ("tools", "images", "json_schema", "reasoning")
    assert (found.limit, found.effort, found.session, found.turn, found.calls) == (1000, "high", "s", "tool", 1)
    assert len(found.said) == 1
    assert found.said[0][0].startswith("List")
    assert [one.kind for one in found.segments] == ["tools", "system", "message", "message", "message"]


@each_wire
@given(st.binary(max_size=60))
def test_bytes_are_a_request_or_malformed(wire: Wire, body: bytes) -> None:
    outcome(wire, body)


@each_wire
@given(values)
def test_json_that_is_no_request_is_malformed(wire: Wire, value: Any) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("model"), str):
        assert outcome(wire, sent(value)) is None


@each_wire
@given(st.data(), values)
def test_a_request_with_anything_in_any_place_is_a_request_or_malformed(wire: Wire, data: st.DataObject, value: Any) -> None:
    path = data.draw(st.sampled_from(paths(SAMPLES[wire.name])))
    outcome(wire, sent(changed(SAMPLES[wire.name], path, value)))


@each_wire
@given(st.data())
def test_half_a_request_is_malformed(wire: Wire, data: st.DataObject) -> None:
    body = sent(SAMPLES[wire.name])
    assert outcome(wire, body[: data.draw(st.integers(0, len(body) - 1))]) is None


@each_wire
@pytest.mark.parametrize(
    "bad",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"9" * 5_000,
        b"1e999",
        b"NaN",
    ],
    ids=[
        "open arrays",
        "deep arrays",
        "deep objects",
        "not utf-8",
        "surrogate",
        "long number",
        "large number",
        "no number",
    ],
)
@pytest.mark.parametrize("place", ["model", "CONVERSATION", "tools", "other"])
def test_hostile_values_are_malformed_wherever_they_stand(wire: Wire, bad: bytes, place: str) -> None:
    key = CONVERSATION[wire.name] if place == "CONVERSATION" else place
    body = sent(SAMPLES[wire.name] | {key: "HERE"}).replace(b'"HERE"', bad)
    unread = place == "other" and bad in {b"9" * 5_000, b"1e999"}  # numbers nobody wants to know
    assert (outcome(wire, body) is not None) == unread


@each_wire
@pytest.mark.parametrize("place", ["model", "other"])
def test_half_a_surrogate_pair_from_a_client_that_cuts_texts_anywhere_is_no_reason_to_refuse(wire: Wire, place: str) -> None:
    body = sent(SAMPLES[wire.name] | {place: "HERE"}).replace(b"HERE", b"x\\ud83d")
    found = wire.parse(body)
    assert found.model == ("x\ufffd" if place == "model" else SAMPLES[wire.name]["model"])
    assert wire.read(body).model == found.model


@each_wire
@pytest.mark.parametrize("empty", [[], None])
def test_a_conversation_of_nothing_is_malformed_where_the_wire_wants_one(wire: Wire, empty: Any) -> None:
    body = sent(SAMPLES[wire.name] | {CONVERSATION[wire.name]: empty})
    assert (outcome(wire, body) is None) == (wire.name != "openai_responses")


@each_wire
@pytest.mark.parametrize(
    ("key", "bad"), [("model", None), ("model", 7), ("model", ["gpt-5"]), ("max_", -1), ("max_", 1.5), ("max_", True), ("max_", "many")]
)
def test_a_value_of_a_wrong_type_is_named_by_its_key(wire: Wire, key: str, bad: Any) -> None:
    sample = SAMPLES[wire.name]
    name = next(one for one in sample if one.startswith(key))
    with pytest.raises(Malformed, match=rf"^{wire.name} request: Expected .*`\$\.{name}`$"):
        wire.parse(sent(sample | {name: bad}))


@each_wire
def test_a_missing_model_is_named(wire: Wire) -> None:
    with pytest.raises(Malformed, match=rf"^{wire.name} request: Object missing required field `model`$"):
        wire.parse(sent({key: value for key, value in SAMPLES[wire.name].items() if key != "model"}))


@each_wire
@given(st.dictionaries(st.text(min_size=1, max_size=5).map("x_{}".format), values, max_size=3))
def test_keys_nobody_knows_change_nothing(wire: Wire, more: dict[str, Any]) -> None:
    sample = SAMPLES[wire.name]
    assert wire.parse(sent(sample | more)) == wire.parse(sent(sample))


@each_wire
@pytest.mark.parametrize("layout", [{"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"sort_keys": True}])
def test_how_a_request_is_laid_out_changes_only_its_slices(wire: Wire, layout: dict[str, Any]) -> None:
    sample = SAMPLES[wire.name]
    one, other = wire.parse(sent(sample)), wire.parse(sent(sample, **layout))
    assert replace(one, segments=()) == replace(other, segments=())
    assert [json.loads(bytes(part.raw)) for part in one.segments] == [json.loads(bytes(part.raw)) for part in other.segments]


@each_wire
@given(st.integers(1, 12), st.integers(1, 12))
def test_a_longer_conversation_begins_with_the_slices_of_the_shorter(wire: Wire, shorter: int, longer: int) -> None:
    """A prompt cache can only reuse what is the same from the start."""
    key = CONVERSATION[wire.name]
    talk = [*SAMPLES[wire.name][key], {"role": "system", "content": "late"}] * 4
    head, whole = (wire.parse(sent(SAMPLES[wire.name] | {key: talk[:count]})).segments for count in sorted((shorter, longer)))
    assert whole[: len(head)] == head


@each_wire
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5), min_size=1, max_size=8))
def test_what_the_user_said_last_comes_first(wire: Wire, said: list[str]) -> None:
    talk = [turn for text in said for turn in ({"role": "user", "content": text}, {"role": "assistant", "content": "ok"})]
    found = wire.parse(sent(SAMPLES[wire.name] | {CONVERSATION[wire.name]: talk}))
    assert found.said == tuple((text,) for text in said[::-1][:4])
    assert found.turn == "person"
    assert found.calls == len(said)
