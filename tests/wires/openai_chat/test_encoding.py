"""Answers told in this wire: the exact shape of every chunk, whole answers, and that the decoder reads both back."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import replace

from tests.wires.openai_chat.kit import VOICE, blocks, streamed
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
from tierwise.wires.openai_chat import WIRE

USAGE = Usage(fresh=6, read=4, output=3)
QUIET = Voice("x1", 7, "gpt-5", usage=False)
OWN = "openai_chat"


def told(*events: Event, voice: Voice = QUIET) -> bytes:
    encoder = WIRE.encoder(voice)
    return b"".join(encoder.feed(event) for event in (Start(), *events))


def chunks(*events: Event, voice: Voice = QUIET) -> list[Any]:
    """The chunks after the first."""
    lines = told(*events, voice=voice).split(b"\n\n")
    assert lines[-1] == b""
    assert all(line.startswith(b"data: ") for line in lines[:-1])
    return [json.loads(line[6:]) for line in lines[1:-1] if line != b"data: [DONE]"]


def deltas(*events: Event) -> list[Any]:
    return [one["choices"][0]["delta"] for one in chunks(*events)]


def test_a_stream_begins_with_its_role_and_ends_with_done() -> None:
    head = '{"id":"chatcmpl-x1","object":"chat.completion.chunk","created":7,"model":"gpt-5","choices":['
    rest = '"logprobs":null,"finish_reason":'
    expected = [
        head + '{"index":0,"delta":{"role":"assistant","content":"","refusal":null},' + rest + "null}]}",
        head + '{"index":0,"delta":{"content":"Hi"},' + rest + "null}]}",
        head + '{"index":0,"delta":{},' + rest + '"stop"}]}',
        "[DONE]",
    ]
    said = told(Open(0, "text"), Delta(0, "Hi"), Close(0), Spent(USAGE), Stop("end")).decode()
    assert said == "".join(f"data: {line}\n\n" for line in expected)


def test_usage_comes_last_where_it_is_wanted_and_known() -> None:
    found = chunks(Open(0, "text"), Delta(0, "Hi"), Close(0), Spent(USAGE), Stop("end"), voice=VOICE)
    assert [one["usage"] for one in found[:-1]] == [None, None]
    assert found[-1]["choices"] == []
    assert found[-1]["usage"]["total_tokens"] == 13
    assert found[-1]["usage"]["prompt_tokens_details"]["cached_tokens"] == 4
    assert [one["choices"] for one in chunks(Stop("end"), voice=VOICE)] != [[]]


def test_the_providers_id_is_kept() -> None:
    assert b'"id":"c9"' in WIRE.encoder(QUIET).feed(Start("c9", "m"))


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([Open(0, "thought"), Delta(0, "so"), Seal(0, "anthropic", "s"), Close(0)], [{"reasoning_content": "so"}]),
        ([Open(0, "refusal"), Delta(0, "no"), Close(0)], [{"refusal": "no"}]),
        (
            [Open(0, "call", id="a", name="ls"), Delta(0, '{"x"'), Delta(0, ":1}"), Close(0)],
            [
                {"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "ls", "arguments": ""}}]},
                {"tool_calls": [{"index": 0, "function": {"arguments": '{"x"'}}]},
                {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
            ],
        ),
        (
            [
                Open(0, "call", id="a", name="ls", namespace="fs"),
                Close(0),
                Open(1, "call", id="b", name="p", form="custom"),
                Delta(1, "x"),
                Close(1),
            ],
            [
                {"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "fs__ls", "arguments": ""}}]},
                {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]},
                {"tool_calls": [{"index": 1, "id": "b", "type": "custom", "custom": {"name": "p", "input": ""}}]},
                {"tool_calls": [{"index": 1, "custom": {"input": "x"}}]},
            ],
        ),
        (
            [Open(0, "call", id="b", name="p", form="custom"), Close(0)],
            [{"tool_calls": [{"index": 0, "id": "b", "type": "custom", "custom": {"name": "p", "input": ""}}]}],
        ),
        ([Open(0, "opaque", wire="anthropic", raw=Raw(b"{}")), Delta(0, "x"), Close(0)], []),
        ([Open(0, "opaque", wire=OWN, raw=Raw(b'{"audio":{"id":"a"}}')), Close(0)], [{"audio": {"id": "a"}}]),
        ([Open(0, "opaque", wire=OWN, raw=Raw(b"[1]")), Close(0)], []),
        (
            [Open(0, "text"), Opaque(0, OWN, Raw(b'{"annotations":[1]}')), Opaque(0, "anthropic", Raw(b"{}")), Close(0)],
            [{"annotations": [1]}],
        ),
        ([Open(0, "text"), Opaque(0, OWN, Raw(b'{"logprobs":{"content":[]}}')), Close(0)], [{}]),
    ],
)
def test_every_event_has_its_chunk(events: list[Event], said: list[Any]) -> None:
    assert deltas(*events) == said


def test_log_probabilities_stand_beside_the_delta() -> None:
    found = chunks(Open(0, "text"), Opaque(0, OWN, Raw(b'{"logprobs":{"content":[]}}')))
    assert found[0]["choices"][0]["logprobs"] == {"content": []}


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end", "stop"),
        ("calls", "tool_calls"),
        ("limit", "length"),
        ("sequence", "stop"),
        ("filtered", "content_filter"),
        ("refusal", "content_filter"),
        ("pause", "stop"),
        ("context", "length"),
    ],
)
def test_every_reason_to_end_has_its_finish(reason: str, finish: str) -> None:
    assert chunks(Stop(reason))[-1]["choices"][0]["finish_reason"] == finish
    assert json.loads(WIRE.answer(Answer(stop=Stop(reason)), VOICE))["choices"][0]["finish_reason"] == finish


def test_a_refusal_in_words_is_an_answer_that_finishes() -> None:
    refused: list[Event] = [Open(0, "refusal"), Delta(0, "no"), Close(0), Stop("refusal")]
    assert chunks(*refused)[-1]["choices"][0]["finish_reason"] == "stop"
    message = json.loads(WIRE.answer(folded([Start(), *refused]), VOICE))["choices"][0]
    assert (message["finish_reason"], message["message"]["refusal"], message["message"]["content"]) == ("stop", "no", None)


def test_a_failure_is_an_error_and_nothing_says_it_is_done() -> None:
    said = told(Open(0, "text"), Delta(0, "Hi"), Failure(Fault("idle_timeout")))
    last = said.rstrip().rpartition(b"data: ")[2]
    assert json.loads(last)["error"]["code"] == "idle_timeout"
    assert b"[DONE]" not in said
    assert WIRE.error_frame(Fault("idle_timeout")) == b"data: " + last + b"\n\n"


def test_a_sign_of_life_is_a_comment() -> None:
    assert told(Ping()).endswith(b"\n\n: keepalive\n\n")


def test_a_whole_answer_has_the_keys_that_strict_clients_want() -> None:
    answer = Answer("c9", "m", (Block(Open(0, "text"), "Hi"),), USAGE, Stop("end"))
    found = json.loads(WIRE.answer(answer, VOICE))
    usage = found.pop("usage")
    assert found == {
        "id": "c9",
        "object": "chat.completion",
        "created": 7,
        "model": "gpt-5",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi", "refusal": None, "annotations": []},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
    }
    assert usage["prompt_tokens"] == 10


def test_a_whole_answer_of_every_kind_of_block() -> None:
    answer = Answer(
        blocks=(
            Block(Open(0, "thought"), "so", "seal", "anthropic"),
            Block(Open(1, "call", id="a", name="ls", namespace="fs"), ""),
            Block(Open(2, "call", id="b", name="p", form="custom"), "x"),
            Block(Open(3, "opaque", wire=OWN, raw=Raw(b'{"audio":{"id":"a"}}'))),
            Block(Open(4, "opaque", wire="anthropic", raw=Raw(b'{"x":1}'))),
        ),
        stop=Stop("calls"),
    )
    choice = json.loads(WIRE.answer(answer, VOICE))["choices"][0]
    assert choice["message"] == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "annotations": [],
        "reasoning_content": "so",
        "tool_calls": [
            {"type": "function", "id": "a", "function": {"name": "fs__ls", "arguments": "{}"}},
            {"type": "custom", "id": "b", "custom": {"name": "p", "input": "x"}},
        ],
        "audio": {"id": "a"},
    }


def test_what_only_this_wire_knows_stands_in_its_place() -> None:
    own = (Opaque(0, OWN, Raw(b'{"logprobs":{"content":[1]}}')), Opaque(0, OWN, Raw(b'{"annotations":[2]}')))
    choice = json.loads(WIRE.answer(Answer(blocks=(Block(Open(0, "text"), "Hi", opaque=own),)), VOICE))["choices"][0]
    assert (choice["logprobs"], choice["message"]["annotations"]) == ({"content": [1]}, [2])


def test_an_answer_that_says_nothing_says_so() -> None:
    found = json.loads(WIRE.answer(Answer(), VOICE))
    assert (found["id"], found["choices"][0]["message"]["content"]) == ("chatcmpl-x1", "")
    assert "usage" not in found
    assert json.loads(WIRE.answer(Answer(fault=Fault("quota")), VOICE))["error"]["code"] == "insufficient_quota"


# Laws

few = st.integers(0, 1000)
texts = st.text(max_size=5)
objects = st.dictionaries(st.text(max_size=3), st.integers() | texts, max_size=2).map(json.dumps)
calls = st.builds(
    lambda id_, name, text: Block(Open(0, "call", id=id_, name=name), text),
    st.text("ab1", min_size=1),
    st.text("abc_", min_size=1, max_size=6),
    objects,
)
words = st.builds(lambda kind, text: Block(Open(0, kind), text), st.sampled_from(["text", "thought"]), st.text(min_size=1, max_size=5))


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Answers that this wire can say in full: no two blocks of words of one kind follow each other."""
    listed: list[Block] = []
    ids: set[str] = set()
    for block in draw(st.lists(words | calls, max_size=5)):
        if (listed and block.open.kind == listed[-1].open.kind != "call") or block.open.id in ids:
            continue
        ids |= {block.open.id} if block.open.id else set()
        listed.append(replace(block, open=replace(block.open, index=len(listed))))
    usage = draw(st.none() | st.builds(Usage, fresh=few, read=few, write_5m=few, output=few))
    called = any(block.open.kind == "call" for block in listed)
    stop = draw(st.sampled_from(["calls", "limit", "filtered"] if called else ["end", "limit", "filtered"]))
    return Answer("c1", "m", tuple(listed), usage if usage != Usage() else None, Stop(stop))


@given(answers())
def test_what_is_streamed_is_read_as_it_was_told(answer: Answer) -> None:
    encoder = WIRE.encoder(replace(VOICE, model="m"))
    assert folded(streamed(b"".join(encoder.feed(event) for event in unfolded(answer)))) == answer


@given(answers())
def test_what_is_told_whole_is_read_as_it_was_told(answer: Answer) -> None:
    found = folded(WIRE.whole(WIRE.answer(answer, replace(VOICE, model="m"))))
    assert replace(found, blocks=()) == replace(answer, blocks=())
    for kind in ("text", "thought", "call"):
        same = [(one.open.id, one.open.name, one.text) for one in answer.blocks if one.open.kind == kind]
        again = [(id_, name, text) for kind_, id_, name, text in blocks(found) if kind_ == kind]
        assert again == same if kind == "call" else "".join(one[2] for one in again) == "".join(one[2] for one in same)


@given(answers(), st.booleans())
def test_every_chunk_and_every_answer_has_the_documented_shape(answer: Answer, usage: bool) -> None:  # noqa: FBT001  # drawn
    """The keys that the published description of the API requires."""
    voice = replace(VOICE, usage=usage)
    encoder = WIRE.encoder(voice)
    stream = b"".join(encoder.feed(event) for event in unfolded(answer))
    for one in [json.loads(line[6:]) for line in stream.split(b"\n\n")[:-2]]:
        assert {"id", "object", "created", "model", "choices"} <= set(one)
        assert all({"index", "delta", "finish_reason", "logprobs"} <= set(choice) for choice in one["choices"])
    whole = json.loads(WIRE.answer(answer, voice))
    assert {"finish_reason", "index", "message", "logprobs"} <= set(whole["choices"][0])
    assert {"role", "content", "refusal"} <= set(whole["choices"][0]["message"])


@pytest.mark.parametrize("usage", [True, False])
def test_answers_fit_the_published_description(shared: Path, usage: bool) -> None:  # noqa: FBT001  # drawn
    jsonschema = pytest.importorskip("jsonschema")
    schemas = json.loads((shared / "specs" / "openai-openapi-subset.json").read_text())["components"]["schemas"]
    answer = Answer(
        "c1",
        "m",
        (Block(Open(0, "thought"), "so"), Block(Open(1, "text"), "Hi"), Block(Open(2, "call", id="a", name="ls"), "{}")),
        USAGE,
        Stop("calls"),
    )
    encoder = WIRE.encoder(replace(VOICE, usage=usage))
    stream = b"".join(encoder.feed(event) for event in unfolded(answer))
    lines = [json.loads(line[6:]) for line in stream.split(b"\n\n")[:-2]]
    _check(jsonschema, schemas, "CreateChatCompletionStreamResponse", lines)
    _check(jsonschema, schemas, "CreateChatCompletionResponse", [json.loads(WIRE.answer(answer, VOICE))])
    _check(jsonschema, schemas, "ErrorResponse", [json.loads(WIRE.error(Fault("malformed", "x")))])


def _check(jsonschema: Any, schemas: Any, name: str, values: Iterable[Any]) -> None:
    validator = jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": _nullable(schemas)}})
    for value in values:
        assert [error.message for error in validator.iter_errors(value)] == []


def _nullable(schema: Any) -> Any:
    """The older way to say that something may be null, said in the newer one."""
    if isinstance(schema, list):
        return [_nullable(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _nullable(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
