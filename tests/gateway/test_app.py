"""The application as a server drives it: keys, limits, bodies in pieces, other kinds of connection."""

import asyncio
import gzip
import json
from typing import Any

import pytest

from tests.gateway.drill import PATHS, Answered, text
from tests.gateway.within import (
    VERSION,
    Client,
    Sold,
    called,
    calling,
    client,
    gateway,
    last,
    posted,
    request,
    run,
    scope,
    settled,
    switch,
)
from tierwise.config.settings import KeySettings, ServerSettings
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.routes import app
from tierwise.upstream.scripted import Script, Scripted, playing

WIRES = tuple(PATHS)
every_wire = pytest.mark.parametrize("wire", WIRES)
FINE = Scripted(pace=0)
MINE = "tw-secret-1"


def keyed(**more: Any) -> Gateway:
    """A gateway that only knows me."""
    return gateway(
        Sold("one/alpha", FINE, WIRES),
        Sold("two/beta", FINE, WIRES, 2),
        keys=(KeySettings(name="me", key=MINE, **more),),
        policy="cheapest",
    )


# Keys


@every_wire
@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {MINE}"},
        {"authorization": f"bearer  {MINE} "},
        {"x-api-key": MINE},
        {"api-key": MINE},
        {"authorization": "Basic eDp5", "x-api-key": MINE},
    ],
)
def test_a_key_may_be_sent_as_any_client_does(wire: str, headers: dict[str, str]) -> None:
    made = keyed()
    answer = run(posted(made, wire, request(wire), headers))
    assert text(wire, answer, stream=False)
    assert last(made).asker.key == "me"


@every_wire
@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({}, "missing"),
        ({"authorization": "Bearer "}, "missing"),
        ({"authorization": f"Bearer {MINE}x"}, "not known"),
        ({"x-api-key": MINE.upper()}, "not known"),
        ({"x-api-key": "ü"}, "not known"),
        ({"authorization": MINE}, "missing"),
    ],
)
def test_without_a_key_that_is_known_nothing_is_served(wire: str, headers: dict[str, str], says: str) -> None:
    made = keyed()
    answer = run(posted(made, wire, request(wire), headers))
    assert answer.status == 401
    assert says in answer.json["error"]["message"]
    assert MINE not in answer.body.decode()
    assert switch(made).asked == []
    if wire == "anthropic":
        assert answer.json["error"]["type"] == "authentication_error"


@pytest.mark.parametrize("path", ["/v1/models", "/v1/route", "/v1/embeddings", "/v1/messages/count_tokens", *PATHS.values()])
def test_everything_that_costs_or_tells_needs_the_key(path: str) -> None:
    method = "GET" if path == "/v1/models" else "POST"
    assert run(called(keyed(), method, path, b"{}")).status == 401


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/api/hello"])
def test_what_watches_the_gateway_needs_none(path: str) -> None:
    assert run(called(keyed(), "GET", path)).status == 200


def test_no_key_goes_on_to_a_provider() -> None:
    made = keyed()
    for wire in WIRES:
        run(
            posted(
                made, wire, request(wire), {"authorization": f"Bearer {MINE}", "x-api-key": MINE, "cookie": "a=b", "anthropic-beta": "b-1"}
            )
        )
    for sent in switch(made).asked:
        assert MINE not in json.dumps(dict(sent.headers))
        assert "cookie" not in sent.headers
    betas = [sent.headers.get("anthropic-beta") for sent in switch(made).asked]
    assert betas == [None, None, "b-1"]


def test_a_key_may_have_a_policy_a_floor_and_models_of_its_own() -> None:
    made = keyed(models=("two/beta",), policy="value", floor=0.3)
    answer = run(posted(made, "openai_chat", request("openai_chat"), {"x-api-key": MINE}))
    assert answer.headers["x-tierwise-model"] == "beta"
    entry = last(made)
    assert entry.decision is not None
    policy = entry.decision.receipt.policy
    assert (policy.name, policy.floor, policy.models) == ("value", 0.3, ("two/beta",))


def test_a_keys_models_hold_whatever_a_request_names() -> None:
    made = keyed(models=("two/beta",))
    answer = run(posted(made, "openai_chat", request("openai_chat", "one/alpha"), {"x-api-key": MINE}))
    assert answer.headers.get("x-tierwise-model") in {None, "beta"}
    for names, status in (("one/alpha", 403), ("alpha", 403), ("", 200), ("beta", 200), ("two/beta,one/alpha", 200)):
        answer = run(posted(made, "openai_chat", request("openai_chat"), {"x-api-key": MINE, "x-tierwise-models": names}))
        assert answer.status == status
        assert answer.headers.get("x-tierwise-model") in {None, "beta"}
    assert switch(made).bodies("one") == []


def test_a_key_for_a_model_is_one_for_each_of_its_endpoints() -> None:
    made = keyed(models=("beta",))
    answer = run(posted(made, "openai_chat", request("openai_chat"), {"x-api-key": MINE, "x-tierwise-models": "two/beta"}))
    assert answer.headers["x-tierwise-model"] == "beta"


# How many at once


def test_a_key_has_so_many_requests_at_once_and_no_more() -> None:
    made = gateway(
        Sold("one/alpha", playing(Script(wait=30))),
        keys=(KeySettings(name="me", key=MINE, concurrency=2), KeySettings(name="other", key="tw-2")),
    )
    mine = {"x-api-key": MINE}

    async def scene() -> None:
        async with calling(made, "openai_chat", request("openai_chat"), mine) as (first, task):
            async with calling(made, "openai_chat", request("openai_chat"), mine):
                await settled(lambda: made.desk.limits.running.get("me") == 2)
                refused = await posted(made, "openai_chat", request("openai_chat"), mine)
                assert refused.status == 429
                assert "2" in refused.json["error"]["message"]
                assert int(refused.headers["retry-after"]) >= 1
                async with calling(made, "openai_chat", request("openai_chat"), {"x-api-key": "tw-2"}):
                    await settled(lambda: len(switch(made).asked) == 3)
            first.gone.set()
            await task
            assert made.desk.limits.running.get("me") is None
            async with calling(made, "openai_chat", request("openai_chat"), mine):
                await settled(lambda: made.desk.limits.running.get("me") == 1)

    run(scene())
    assert made.desk.limits.running.get("me") is None


def test_a_refused_request_gives_its_place_back() -> None:
    made = gateway(Sold("one/alpha", FINE), keys=(KeySettings(name="me", key=MINE, concurrency=1),))
    for body in (b"{", request("openai_chat", "nobody"), request("openai_chat")):
        run(posted(made, "openai_chat", body, {"x-api-key": MINE}))
        assert made.desk.limits.running.get("me") is None


# Bodies


def sent_in(made: Gateway, pieces: list[bytes], headers: dict[str, str] | None = None, wire: str = "openai_chat") -> Answered:
    """The answer to a body in pieces."""
    one = client(*pieces)
    run(app(made)(scope("POST", PATHS[wire], headers or {}), one.receive, one.send))
    return one.answered


def test_a_body_may_come_in_any_pieces() -> None:
    made = gateway(Sold("one/alpha", FINE))
    body = json.dumps(request("openai_chat", words="ü💥" * 50), ensure_ascii=False).encode()
    for size in (1, 7, 64, len(body)):
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        assert sent_in(made, [*pieces, b""]).status == 200
        assert b"\xf0\x9f\x92\xa5" in switch(made).asked[-1].body


LIMIT = 4000
LARGE = json.dumps(request("openai_chat", words="x" * LIMIT)).encode()


@every_wire
@pytest.mark.parametrize("pieces", [1, 3, 50])
@pytest.mark.parametrize("said", [True, False])
def test_a_body_larger_than_the_limit_is_refused(wire: str, pieces: int, *, said: bool) -> None:
    made = gateway(Sold("one/alpha", FINE, WIRES), server=ServerSettings(body=LIMIT))
    size = -(-len(LARGE) // pieces)
    headers = {"content-length": str(len(LARGE))} if said else {}
    answer = sent_in(made, [LARGE[at : at + size] for at in range(0, len(LARGE), size)], headers, wire)
    assert answer.status == 413
    assert "4,000" in answer.json["error"]["message"]
    assert switch(made).asked == []


def test_a_body_of_just_the_limit_is_taken() -> None:
    body = json.dumps(request("openai_chat")).encode()
    made = gateway(Sold("one/alpha", FINE), server=ServerSettings(body=len(body)))
    assert sent_in(made, [body], {"content-length": str(len(body))}).status == 200


@pytest.mark.parametrize("layers", [1, 1000])
def test_a_bomb_is_not_unpacked(layers: int) -> None:
    made = gateway(Sold("one/alpha", FINE), server=ServerSettings(body=1 << 20))
    bomb = gzip.compress(b" " * (1 << 20) * 8) * layers
    answer = sent_in(made, [bomb], {"content-encoding": "gzip"})
    assert answer.status == 413


def test_a_client_that_leaves_within_its_body_is_let_go() -> None:
    made = gateway(Sold("one/alpha", FINE))
    one = Client([{"type": "http.request", "body": b'{"model', "more_body": True}], asyncio.Event())
    one.gone.set()
    run(app(made)(scope("POST", PATHS["openai_chat"], {}), one.receive, one.send))
    assert switch(made).asked == []


# Other kinds of connection


def socketed(made: Gateway, path: str, headers: dict[str, str], *, extended: bool) -> list[dict[str, Any]]:
    """What a WebSocket that is asked for hears."""
    one = {**scope("GET", path, headers), "type": "websocket"}
    if extended:
        one["extensions"] = {"websocket.http.response": {}}
    heard: list[dict[str, Any]] = []
    coming: list[dict[str, Any]] = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        heard.append(message)

    run(app(made)(one, receive, send))
    return heard


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/chat/completions", "/nothing", "/v1/models"])
def test_a_socket_where_there_is_none_is_refused(path: str) -> None:
    heard = socketed(keyed(), path, {"x-api-key": MINE}, extended=False)
    assert [one["type"] for one in heard] == ["websocket.close"]


@pytest.mark.parametrize("extended", [True, False])
def test_a_socket_without_a_key_is_refused(*, extended: bool) -> None:
    heard = socketed(keyed(), "/v1/responses", {}, extended=extended)
    assert heard[0]["type"] == ("websocket.http.response.start" if extended else "websocket.close")
    if extended:
        assert heard[0]["status"] == 401
        assert json.loads(heard[1]["body"])["error"]["message"]


def test_a_socket_with_a_key_is_opened_and_may_be_closed_at_once() -> None:
    heard = socketed(keyed(), "/v1/responses", {"authorization": f"Bearer {MINE}"}, extended=True)
    assert heard[0]["type"] == "websocket.accept"


def test_the_end_of_the_server_closes_what_is_open() -> None:
    closed: list[str] = []

    class Closing(Scripted):
        async def close(self) -> None:
            closed.append("transport")

    made = gateway(Sold("one/alpha", Closing()))
    coming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    heard: list[str] = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        heard.append(message["type"])

    run(app(made)({"type": "lifespan"}, receive, send))
    assert heard == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert closed == ["transport"]


def test_errors_of_our_own_are_told_in_the_clients_shape(capfd: pytest.CaptureFixture[str]) -> None:
    made = gateway(Sold("one/alpha", FINE))
    made.metrics = None  # type: ignore[assignment]  # whatever it is that is wrong
    for headers in (None, VERSION):
        answer = run(called(made, "GET", "/metrics", b"", headers or {}))
        assert answer.status == 500
        assert answer.json["error"]["message"]
    assert "Traceback" in capfd.readouterr().err
