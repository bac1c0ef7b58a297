"""A conversation made short, where clients ask for that."""

import json
from typing import Any

import pytest

from tests.gateway.drill import Answered
from tests.gateway.within import Sold, broken, called, gateway, last, posted, run, switch
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Scripted, playing

FINE = Scripted(pace=0, strict=False)
PATH = "/v1/responses/compact"
WIRES = ("openai_chat", "openai_responses", "anthropic")
TALK = [
    {"role": "user", "content": "Fix the parser."},
    {"role": "assistant", "content": [{"type": "output_text", "text": "I fixed it."}]},
    {"role": "user", "content": "[[say: The parser was fixed.]] Now the tests."},
]
TRIGGER = {"type": "compaction_trigger"}


def compacted(made: Gateway, body: Any) -> Answered:
    return run(called(made, "POST", PATH, body))


@pytest.mark.parametrize("upstream", WIRES)
@pytest.mark.parametrize("path", [PATH, "/responses/compact", "/openai/v1/responses/compact"])
def test_a_conversation_is_compacted_by_whoever_serves(upstream: str, path: str) -> None:
    made = gateway(Sold("one/alpha", FINE, (upstream,)))
    answer = run(called(made, "POST", path, {"model": "auto", "input": TALK}))
    assert answer.status == 200, answer.body
    told = answer.json
    assert told["object"] == "response.compaction"
    assert told["output"][-1]["type"] == "compaction"
    assert told["usage"]["input_tokens"] > 0
    assert answer.headers["x-tierwise-id"] == last(made).id
    assert answer.headers["content-type"] == "application/json"
    assert last(made).fault is None


@pytest.mark.parametrize("upstream", WIRES)
def test_what_was_compacted_can_be_gone_on_from(upstream: str) -> None:
    made = gateway(Sold("one/alpha", FINE, (upstream,)))
    short = compacted(made, {"model": "auto", "input": TALK}).json["output"]
    answer = run(posted(made, "openai_responses", {"model": "auto", "input": [*short, {"role": "user", "content": "Go on."}]}))
    assert answer.status == 200, answer.body
    body = switch(made).bodies("one")[-1].decode()
    assert "Go on." in body
    assert "encrypted_content" not in body


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("upstream", WIRES)
def test_a_request_that_ends_with_the_trigger_is_answered_with_the_item(upstream: str, *, stream: bool) -> None:
    made = gateway(Sold("one/alpha", FINE, (upstream,)))
    answer = run(posted(made, "openai_responses", {"model": "auto", "input": [*TALK, TRIGGER], "stream": stream}))
    assert answer.status == 200, answer.body
    if stream:
        event, data = answer.frames[-1]
        assert event == "response.completed"
        response = json.loads(data)["response"]
    else:
        response = answer.json
    assert [item["type"] for item in response["output"]] == ["compaction"]
    assert b"compaction_trigger" not in switch(made).bodies("one")[-1]
    assert answer.headers["x-tierwise-model"] == "alpha"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        {"model": "auto", "input": 7},
        {"input": [TRIGGER]},
        {"model": 7, "input": [*TALK, TRIGGER]},
        {"model": "auto", "input": [7, TRIGGER]},
        {"model": "auto", "input": [TRIGGER], "stream": "yes"},
        {"model": "auto", "input": [TRIGGER]},
        b'{"model": "auto", "input": [{"type": "compaction_trigger"}, ' + b"[" * 50_000,
    ],
)
@pytest.mark.parametrize("path", [PATH, "/v1/responses"])
def test_a_broken_body_is_a_bad_request(body: Any, path: str) -> None:
    made = gateway(Sold("one/alpha", FINE, ("openai_responses",)))
    answer = run(called(made, "POST", path, body))
    assert answer.status in {200, 400}, answer.body
    if answer.status == 400:
        assert answer.json["error"]["message"]


def test_an_unknown_model_is_not_found() -> None:
    made = gateway(Sold("one/alpha", FINE, ("openai_responses",)))
    assert compacted(made, {"model": "nobody", "input": TALK}).status == 404


@pytest.mark.parametrize("stream", [True, False])
def test_where_nobody_can_serve_the_client_hears_why(*, stream: bool) -> None:
    made = gateway(Sold("one/alpha", playing(broken(429)), ("openai_responses",)))
    assert compacted(made, {"model": "auto", "input": TALK}).status == 429
    answer = run(posted(made, "openai_responses", {"model": "auto", "input": [*TALK, TRIGGER], "stream": stream}))
    assert answer.status == 429
    assert answer.json["error"]["message"]
    assert last(made).fault is not None
