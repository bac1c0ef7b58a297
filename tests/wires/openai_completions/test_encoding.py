"""Answers told as completions: the text and nothing else, in exactly this wire's shape."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from tests.wires.openai_completions.kit import VOICE, read, streamed
from tierwise.core.events import (
    Answer,
    Block,
    Close,
    Delta,
    Event,
    Failure,
    Opaque,
    Open,
    Ping,
    Seal,
    Spent,
    Start,
    Stop,
    folded,
    unfolded,
)
from tierwise.core.faults import Fault
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.openai_completions import WIRE
from tierwise.wires.openai_completions.encoding import Bare

QUIET = Voice("x1", 7, "codestral", usage=False)
USAGE = Usage(fresh=10, output=3)
OWN = "openai_completions"


def told(*events: Event, voice: Voice = QUIET) -> bytes:
    encoder = WIRE.encoder(voice)
    return b"".join(encoder.feed(event) for event in (Start(), *events))


def text_of(stream: bytes) -> str:
    lines = [json.loads(line[6:]) for line in stream.split(b"\n\n") if line.startswith(b"data: {")]
    return "".join(choice["text"] for line in lines for choice in line["choices"])


def test_a_stream_is_chunks_of_text_and_ends_with_done() -> None:
    head = '{"id":"cmpl-x1","object":"text_completion","created":7,"model":"codestral","choices":[{"index":0,"text":'
    expected = [head + '"a","logprobs":null,"finish_reason":null}]}', head + '"","logprobs":null,"finish_reason":"stop"}]}', "[DONE]"]
    said = told(Open(0, "text"), Delta(0, "a"), Close(0), Spent(USAGE), Stop("end")).decode()
    assert said == "".join(f"data: {line}\n\n" for line in expected)


def test_usage_comes_last_where_it_is_wanted_and_known() -> None:
    said = told(Open(0, "text"), Delta(0, "a"), Close(0), Spent(USAGE), Stop("end"), voice=VOICE)
    lines = [json.loads(line[6:]) for line in said.split(b"\n\n")[:-2]]
    assert [line["usage"] for line in lines[:-1]] == [None, None]
    assert (lines[-1]["choices"], lines[-1]["usage"]["total_tokens"]) == ([], 13)
    assert b"prompt_tokens" not in told(Stop("end"), voice=VOICE)


def test_only_text_is_told() -> None:
    events: list[Event] = [
        Open(0, "thought"),
        Delta(0, "so"),
        Seal(0, "anthropic", "s"),
        Close(0),
        Open(1, "text"),
        Delta(1, "a"),
        Opaque(1, "anthropic", Raw(b"{}")),
        Close(1),
        Open(2, "call", id="1", name="ls"),
        Delta(2, "{}"),
        Close(2),
        Stop("calls"),
    ]
    assert text_of(told(*events)) == "a"
    assert json.loads(WIRE.answer(folded([Start(), *events]), VOICE))["choices"][0]["text"] == "a"


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end", "stop"),
        ("sequence", "stop"),
        ("limit", "length"),
        ("context", "length"),
        ("filtered", "content_filter"),
        ("refusal", "content_filter"),
    ],
)
def test_reasons_to_end(reason: str, finish: str) -> None:
    assert f'"finish_reason":"{finish}"'.encode() in told(Stop(reason))
    assert json.loads(WIRE.answer(Answer(stop=Stop(reason)), VOICE))["choices"][0]["finish_reason"] == finish


def test_what_was_sent_is_heard_again_where_that_is_asked_for() -> None:
    voice = replace(QUIET, prompt=read("def f(", echo=True))
    assert text_of(told(Open(0, "text"), Delta(0, "x)"), Close(0), Stop("end"), voice=voice)) == "def f(x)"
    assert json.loads(WIRE.answer(Answer(blocks=(Block(Open(0, "text"), "x)"),)), voice))["choices"][0]["text"] == "def f(x)"


def test_log_probabilities_of_this_wire_are_told() -> None:
    own, odd = Opaque(0, OWN, Raw(b'{"logprobs":{"tokens":[]}}')), Opaque(0, OWN, Raw(b"[]"))
    assert b'"logprobs":{"tokens":[]}' in told(Open(0, "text"), own)
    assert told(Open(0, "text"), odd) == told()
    block = Block(Open(0, "text"), "a", opaque=(odd, own))
    assert json.loads(WIRE.answer(Answer(blocks=(block,)), VOICE))["choices"][0]["logprobs"] == {"tokens": []}


def test_a_failure_is_an_error_and_a_sign_of_life_a_comment() -> None:
    said = told(Ping(), Failure(Fault("idle_timeout")))
    assert said.startswith(b": keepalive\n\n")
    assert said.endswith(WIRE.error_frame(Fault("idle_timeout")))
    assert json.loads(WIRE.error(Fault("idle_timeout")))["error"]["code"] == "idle_timeout"
    assert json.loads(WIRE.answer(Answer(fault=Fault("idle_timeout")), VOICE))["error"]["code"] == "idle_timeout"


def test_a_whole_answer_has_the_documented_keys() -> None:
    answer = Answer("c9", "m", (Block(Open(0, "text"), "a"),), USAGE, Stop("end"))
    found = json.loads(WIRE.answer(answer, VOICE))
    assert found.pop("usage")["total_tokens"] == 13
    choice = {"index": 0, "text": "a", "logprobs": None, "finish_reason": "stop"}
    assert found == {"id": "c9", "object": "text_completion", "created": 7, "model": "codestral", "choices": [choice]}
    assert json.loads(WIRE.answer(Answer(), VOICE)) == {
        "id": "cmpl-x1",
        "object": "text_completion",
        "created": 7,
        "model": "codestral",
        "choices": [choice | {"text": ""}],
    }


@pytest.mark.parametrize(
    ("said", "bare"),
    [
        ("return x", "return x"),
        ("", ""),
        ("\n", "\n"),
        ("```python\nreturn x\n```", "return x"),
        ("```\nreturn x\n```\n", "return x"),
        ("```python\nreturn x", "return x"),
        ("```python\na\n\n\nb\n```", "a\n\n\nb"),
        ("```python\na = `b`\n```", "a = `b`"),
        ("```python\na\n``", "a\n``"),
        ("`x`", "`x`"),
        ("``", "``"),
        ("```x``` y", "```x``` y"),
        ("`\nx", "`\nx"),
        ("x\n```", "x\n```"),
    ],
)
def test_a_fence_around_the_whole_is_taken_off(said: str, bare: str) -> None:
    machine = Bare()
    assert machine.more(said) + machine.rest() == bare


@given(st.lists(st.sampled_from(["```", "`", "\n", "py", "x ", "  "]), max_size=8))
def test_how_a_text_is_cut_does_not_matter(pieces: list[str]) -> None:
    whole, cut = Bare(), Bare()
    assert "".join(map(cut.more, pieces)) + cut.rest() == whole.more("".join(pieces)) + whole.rest()


@given(st.text(st.characters(exclude_characters="`"), min_size=1), st.sampled_from(["end", "limit", "filtered"]), st.booleans())
def test_what_is_told_is_read_as_it_was(text: str, reason: str, usage: bool) -> None:  # noqa: FBT001  # drawn
    answer = Answer("c1", "m", (Block(Open(0, "text"), text),), USAGE if usage else None, Stop(reason))
    encoder: Any = WIRE.encoder(replace(VOICE, model="m"))
    assert folded(streamed(b"".join(encoder.feed(event) for event in unfolded(answer)))) == answer
    assert folded(WIRE.whole(WIRE.answer(answer, replace(VOICE, model="m")))) == answer
