"""What is served where, and how every mistake a client can make is told: in its protocol's own shape, and never as our error."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.drill import PATHS, Answered, text
from tests.gateway.within import VERSION, Sold, called, demo, gateway, last, posted, request, run, switch
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Scripted

WIRES = tuple(PATHS)
FINE = Scripted(pace=0)


@pytest.fixture(scope="module")
def made() -> Gateway:
    return gateway(
        Sold("one/alpha", FINE, tuple(WIRES)), Sold("two/beta", FINE, tuple(WIRES), price=2, more={"tools": True, "context_window": 9000})
    )


def words_of(wire: str, answer: Answered) -> str:
    """What an error says, which has to have its wire's shape."""
    body = answer.json
    error = body["error"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.body))
    if wire == "anthropic":
        assert body["type"] == "error"
        assert isinstance(error["type"], str)
    else:
        assert {"message", "type", "param", "code"} <= set(error)
        assert isinstance(error["type"], str)
    assert isinstance(error["message"], str)
    assert error["message"].strip()
    return str(error["message"])


# Paths


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("prefix", ["", "/v1", "/v1/", "/openai", "/openai/v1", "/proxy/team-a/v1", "/v1/v1", "/anthropic", "//"])
def test_conversations_are_served_under_any_base_url(made: Gateway, wire: str, prefix: str) -> None:
    path = prefix.rstrip("/") + PATHS[wire].removeprefix("/v1")
    answer = run(called(made, "POST", path, request(wire), VERSION if wire == "anthropic" else {}))
    assert text(wire, answer, stream=False)


@pytest.mark.parametrize("wire", WIRES)
def test_a_slash_at_the_end_and_a_query_change_nothing(made: Gateway, wire: str) -> None:
    for path in (PATHS[wire] + "/", PATHS[wire] + "?beta=true", PATHS[wire] + "/?api-version=1&x=%20"):
        assert run(called(made, "POST", path, request(wire))).status == 200


@pytest.mark.parametrize("path", ["/", "", "/v1", "/v1/", "/api/hello", "/v1/models", "/models", "/healthz", "/readyz"])
def test_clients_that_only_look_whether_somebody_is_there_find_somebody(made: Gateway, path: str) -> None:
    answer = run(called(made, "HEAD", path))
    assert (answer.status, answer.body) == (200, b"")


def test_a_person_who_opens_it_is_told_what_this_is(made: Gateway) -> None:
    answer = run(called(made, "GET", "/"))
    assert answer.status == 200
    assert "tierwise" in answer.body.decode()


def test_it_says_that_it_lives_and_that_it_is_ready(made: Gateway) -> None:
    assert run(called(made, "GET", "/healthz")).json == {"status": "ok"}
    ready = run(called(made, "GET", "/readyz"))
    assert ready.json == {"status": "ok", "endpoints": 2, "resting": []}


def test_it_is_ready_while_everything_rests() -> None:
    one = gateway(Sold("one/alpha", Scripted(pace=0)))
    run(posted(one, "openai_chat", request("openai_chat", words="[[fail: 401]]")))
    ready = run(called(one, "GET", "/readyz"))
    assert (ready.status, ready.json["resting"]) == (200, ["one/alpha"])


@pytest.mark.parametrize(
    "path", ["/nothing", "/v1/nothing", "/v1/chat", "/v1/chat/completions/x", "/a/b/c/d/e", "/v1beta/x", "/\x00", "/ü", "/v2"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE", "BREW"])
def test_an_unknown_path_is_not_found(made: Gateway, path: str, method: str) -> None:
    answer = run(called(made, method, path, b"{}" if method == "POST" else b""))
    assert answer.status == 404
    assert "/v1/messages" in words_of("openai_chat", answer)
    anthropic = run(called(made, method, path, b"", VERSION))
    assert words_of("anthropic", anthropic)
    assert anthropic.json["error"]["type"] == "not_found_error"


def test_an_unknown_path_is_not_repeated_without_end(made: Gateway) -> None:
    assert len(run(called(made, "POST", "/" + "x" * 60_000)).body) < 2000
    assert len(run(called(made, "DELETE", "/v1/models/" + "x" * 60_000)).body) < 2000


def test_paths_that_clients_make_up_do_not_fill_the_memory(made: Gateway) -> None:
    from tierwise.gateway.routes import app  # noqa: PLC0415  # this test alone looks inside

    one = app(made)
    for number in range(3000):
        one.routed(f"/made/up/{number}")
    assert len(one.found) <= 1001


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_the_wrong_method_is_named(made: Gateway, wire: str, method: str) -> None:
    answer = run(called(made, method, PATHS[wire]))
    assert answer.status == 405
    assert "POST" in words_of(wire, answer)


def test_the_wrong_method_is_named_elsewhere_too(made: Gateway) -> None:
    assert run(called(made, "POST", "/v1/models", b"{}")).status == 405
    assert run(called(made, "DELETE", "/v1/models/auto")).status == 405
    assert run(called(made, "GET", "/v1/embeddings")).status == 405
    assert run(called(made, "GET", "/v1/messages/count_tokens", b"", VERSION)).json["type"] == "error"


# Bodies


ASKED = b'"messages": [{"role": "user", "content": "x"}], "input": "x", "max_tokens": 5'
BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "space": b"  ",
    "a word": b"hello",
    "a number": b"7",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"x"',
    "half": b'{"model": "auto", "messages": [',
    "two": b'{"model":"auto"}{"model":"auto"}',
    "more": b'{"model": "auto"} trailing',
    "not UTF-8": b'{"model": "auto", "messages": [{"role": "user", "content": "\xff\xfe"}], "input": "\xff", "max_tokens": 5}',
    "cut UTF-8": b'{"model": "auto", "messages": [{"role": "user", "content": "\xe2\x82"}], "input": "\xe2\x82", "max_tokens": 5}',
    "UTF-16": json.dumps({"model": "auto"}).encode("utf-16"),
    "NaN": b'{"model": "auto", "messages": NaN, "input": NaN}',
    "nested": b'{"model": "auto", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "nested input": b'{"model": "auto", "input": ' + b'[{"content":' * 50_000 + b"1" + b"}]" * 50_000 + b"}",
    "no model": b'{"messages": [{"role": "user", "content": "x"}], "input": "x", "max_tokens": 5}',
    "no messages": b'{"model": "auto", "max_tokens": 5}',
    "a model that is no text": b'{"model": 7, "messages": [{"role": "user", "content": "x"}], "input": "x"}',
    "a model that is null": b'{"model": null, "messages": [{"role": "user", "content": "x"}], "input": "x"}',
    "messages that are no list": b'{"model": "auto", "messages": "x", "input": 7}',
    "messages that are texts": b'{"model": "auto", "messages": ["x"], "input": ["x"]}',
    "no role": b'{"model": "auto", "messages": [{"content": "x"}], "input": [{"type": 7}]}',
    "a role that is none": b'{"model": "auto", "messages": [{"role": 7, "content": "x"}], "input": [{"role": 7, "content": "x"}]}',
    "stream that is no yes or no": b'{"model": "auto", %b, "stream": "yes"}' % ASKED,
    "tools that are no list": b'{"model": "auto", %b, "tools": 5}' % ASKED,
}


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_body_is_a_bad_request_that_says_why(made: Gateway, wire: str, name: str) -> None:
    answer = run(posted(made, wire, BROKEN[name]))
    assert answer.status == 400, answer.body
    assert len(words_of(wire, answer)) > 20


@pytest.mark.parametrize("wire", WIRES)
def test_no_messages_at_all_are_a_bad_request(made: Gateway, wire: str) -> None:
    empty: dict[str, Any] = {"input": []} if wire == "openai_responses" else {"messages": []}
    answer = run(posted(made, wire, {**request(wire), **empty}))
    assert answer.status == 400, answer.body
    assert words_of(wire, answer)


@pytest.mark.parametrize("wire", WIRES)
def test_half_a_surrogate_pair_does_no_harm(made: Gateway, wire: str) -> None:
    body = json.dumps(request(wire, words="cut \ud83d here")).encode()
    assert text(wire, run(posted(made, wire, body)), stream=False)


@pytest.mark.parametrize("wire", WIRES)
def test_an_unknown_model_is_not_found_and_the_nearest_one_named(made: Gateway, wire: str) -> None:
    answer = run(posted(made, wire, request(wire, "one/alpah")))
    assert answer.status == 404
    assert "one/alpha" in words_of(wire, answer)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("stream", [True, False])
def test_what_is_wrong_is_told_the_same_way_to_those_who_want_a_stream(made: Gateway, wire: str, *, stream: bool) -> None:
    answer = run(posted(made, wire, request(wire, "no-such-model", stream=stream)))
    assert answer.status == 404
    assert words_of(wire, answer)


@pytest.mark.parametrize("wire", WIRES)
def test_unknown_fields_go_on_to_where_the_same_is_spoken(made: Gateway, wire: str) -> None:
    answer = run(posted(made, wire, request(wire, "one/alpha", x_unknown={"a": [1]}, metadata={"user_id": "u"})))
    assert answer.status in {200, 400}, answer.body
    assert b'"x_unknown": {"a": [1]}' in switch(made).asked[-1].body


@pytest.mark.parametrize("wire", WIRES)
def test_a_prompt_that_fits_nowhere_is_the_clients_error(wire: str) -> None:
    one = gateway(Sold("one/alpha", FINE, tuple(WIRES), more={"context_window": 1000}))
    answer = run(posted(one, wire, request(wire, words="word " * 5000)))
    assert answer.status == 400
    assert "1000" in words_of(wire, answer).replace(",", "")


@pytest.mark.parametrize("wire", WIRES)
def test_what_no_endpoint_can_do_is_the_clients_error(wire: str) -> None:
    one = gateway(Sold("one/alpha", FINE, tuple(WIRES), more={"images": False}))
    answer = run(posted(one, wire, PICTURED[wire]))
    assert answer.status == 400
    assert words_of(wire, answer)


PICTURE = "data:image/png;base64,iVBORw0KGgo="
PICTURED: dict[str, Any] = {
    "openai_chat": {"model": "auto", "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PICTURE}}]}]},
    "openai_responses": {"model": "auto", "input": [{"role": "user", "content": [{"type": "input_image", "image_url": PICTURE}]}]},
    "anthropic": {
        "model": "auto",
        "max_tokens": 5,
        "messages": [
            {
                "role": "user",
                "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}],
            }
        ],
    },
}


# Whatever else may come


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    "model messages input system instructions tools tool_choice stream max_tokens max_output_tokens temperature stop metadata thinking "
    "reasoning response_format text n store include previous_response_id output_config cache_control stream_options "
    "parallel_tool_calls".split()
)
ROLES = st.sampled_from(["user", "assistant", "system", "tool", "developer", ""])
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "input_text", "image", "image_url", "tool_use", "tool_result", "thinking", "x"])},
    optional={"text": JSON, "source": JSON, "content": JSON, "id": JSON, "input": JSON, "image_url": JSON, "tool_use_id": JSON},
)
MESSAGE = st.fixed_dictionaries(
    {"role": ROLES, "content": st.text(max_size=5) | JSON | st.lists(BLOCK, max_size=2)},
    optional={"tool_calls": JSON, "type": JSON, "call_id": JSON, "name": JSON},
)
BODY = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["auto", "one/alpha", "x"]),
        "messages": st.lists(MESSAGE, max_size=3),
        "input": st.text(max_size=5) | st.lists(MESSAGE | BLOCK, max_size=3),
        "max_tokens": st.integers(0, 9),
        "stream": st.booleans(),
    }
).flatmap(lambda body: st.dictionaries(FIELDS, JSON, max_size=2).map(lambda more: {**body, **more}))
ENDINGS = ("[DONE]", "message_stop", "response.completed", "response.incomplete", "response.failed", "error")


@pytest.mark.parametrize("wire", WIRES)
@settings(max_examples=50)
@given(body=BODY | st.dictionaries(FIELDS, JSON, max_size=4))
def test_whatever_comes_is_answered_in_the_protocols_own_way(made: Gateway, wire: str, body: dict[str, Any]) -> None:
    answer = run(posted(made, wire, body))
    assert answer.status != 500, f"{body} {answer.body!r}"
    if answer.status != 200:
        assert answer.status < 500, f"{body} {answer.body!r}"
        assert words_of(wire, answer)
    elif "event-stream" in answer.headers["content-type"]:
        assert any(ending in answer.frames[-1][0] + answer.frames[-1][1] for ending in ENDINGS)
    else:
        assert isinstance(answer.json, dict)


@settings(max_examples=60)
@given(body=st.binary(max_size=60), path=st.sampled_from([*PATHS.values(), "/v1/route", "/v1/embeddings", "/v1/messages/count_tokens"]))
def test_bytes_that_mean_nothing_are_a_bad_request(made: Gateway, body: bytes, path: str) -> None:
    answer = run(called(made, "POST", path, body))
    assert answer.status in {400, 404}, answer.body


@settings(max_examples=60)
@given(
    name=st.sampled_from(
        [
            "authorization",
            "content-type",
            "content-encoding",
            "user-agent",
            "x-tierwise-models",
            "x-tierwise-session",
            "x-claude-code-session-id",
        ]
    ),
    value=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=20),
)
def test_whatever_stands_in_a_header_is_no_error_of_ours(made: Gateway, name: str, value: str) -> None:
    nowhere = {503} if name == "x-tierwise-models" else set()  # a real model that nobody sells here
    assert run(posted(made, "openai_chat", request("openai_chat"), {name: value})).status in {200, 400, 404, 415} | nowhere


@settings(max_examples=60)
@given(path=st.text(max_size=20).map(lambda rest: f"/{rest}"), method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]))
def test_whatever_stands_in_a_path_is_no_error_of_ours(made: Gateway, path: str, method: str) -> None:
    assert run(called(made, method, path.replace("?", ""), b"{}")).status in {200, 400, 404, 405}


# Encodings


ENCODED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    " gzip ": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_bodies_may_be_compressed(made: Gateway, encoding: str) -> None:
    body = ENCODED[encoding](json.dumps(request("openai_chat")).encode())
    assert run(posted(made, "openai_chat", body, {"content-encoding": encoding})).status == 200


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("encoding", "body"), [("gzip", b"no gzip"), ("deflate", b"x"), ("br", b"x"), ("zstd", b"x"), ("gzip, gzip", b"x"), ("gzip", b"")]
)
def test_what_cannot_be_decompressed_is_a_bad_request(made: Gateway, wire: str, encoding: str, body: bytes) -> None:
    answer = run(posted(made, wire, body, {"content-encoding": encoding}))
    assert answer.status == (400 if encoding in ENCODED else 415)
    assert "server" not in json.dumps(answer.json["error"].get("code")) + answer.json["error"]["type"]
    assert words_of(wire, answer)


def test_a_compressed_body_that_was_cut_is_a_bad_request(made: Gateway) -> None:
    body = gzip.compress(json.dumps(request("openai_chat", words="x" * 5000)).encode())
    answer = run(posted(made, "openai_chat", body[: len(body) // 2], {"content-encoding": "gzip"}))
    assert answer.status == 400


# Deciding without sending


def decision(made: Gateway, body: Any, headers: dict[str, str] | None = None) -> Answered:
    return run(called(made, "POST", "/v1/route", body, headers or {}))


@pytest.mark.parametrize("wire", WIRES)
def test_a_decision_can_be_had_without_sending_anything(wire: str) -> None:
    one = gateway(Sold("one/alpha", FINE, tuple(WIRES)), Sold("two/beta", FINE, price=2))
    told = decision(one, request(wire)).json
    assert (told["model"], told["endpoint"], told["chain"]) == ("alpha", "one/alpha", ["one/alpha", "two/beta"])
    assert {verdict["endpoint"] for verdict in told["decision"]["receipt"]["verdicts"]} == {"one/alpha", "two/beta"}
    assert told["because"]
    assert switch(one).asked == []
    assert one.ledger.recent(1) == []


def test_a_decision_follows_the_headers_and_the_named_wire(made: Gateway) -> None:
    assert decision(made, request("openai_chat"), {"x-tierwise-models": "two/beta"}).json["chain"] == ["two/beta"]
    assert decision(made, request("anthropic"), {"x-tierwise-wire": "openai_chat"}).status == 200
    assert decision(made, request("openai_responses"), {"x-tierwise-wire": "openai_chat"}).status == 400


def test_why_nothing_would_serve_is_told(made: Gateway) -> None:
    told = decision(made, request("openai_chat", words="word " * 300_000), {"x-tierwise-models": "two/beta"}).json
    assert (told["model"], told["chain"]) == (None, [])
    assert "9,000" in told["remedy"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"model": "auto"}', b"\xff", b'{"model":"auto","messages":[' + b"[" * 100_000])
def test_a_decision_about_nothing_is_a_bad_request(made: Gateway, body: bytes) -> None:
    answer = decision(made, body)
    assert answer.status == 400
    assert words_of("openai_chat", answer)


# Response headers


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_says_who_gave_it_and_what_it_cost(made: Gateway, wire: str, *, stream: bool) -> None:
    answer = run(posted(made, wire, request(wire, stream=stream)))
    told = answer.headers
    assert (told["x-tierwise-model"], told["x-tierwise-provider"], told["x-tierwise-attempts"]) == ("alpha", "one", "1")
    assert told["x-tierwise-id"] == last(made).id
    assert 0 < float(told["x-tierwise-cost"]) < 1
    assert float(told["x-tierwise-saving"]) > 0
    assert float(told["x-tierwise-overhead-ms"]) >= 0
    assert "x-tierwise-losses" not in told


def test_an_error_has_an_id_to_look_it_up_by(made: Gateway) -> None:
    answer = run(posted(made, "openai_chat", request("openai_chat", "no-such-model")))
    assert answer.headers["x-tierwise-id"] == last(made).id


def test_the_demo_answers_on_every_wire() -> None:
    one = demo()
    for wire in WIRES:
        for stream in (True, False):
            answer = run(posted(one, wire, request(wire, stream=stream)))
            assert text(wire, answer, stream=stream)
            assert answer.headers["x-tierwise-provider"] == "demo"
