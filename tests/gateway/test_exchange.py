"""One request's life as its client sees it, and what is written down of it."""

import json
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.gateway.drill import PATHS, text
from tests.gateway.test_relaying import ENDS, STREAMS, datas, text_of
from tests.gateway.within import (
    VERSION,
    Kept,
    Sold,
    broken,
    called,
    calling,
    client,
    demo,
    gateway,
    hung_up,
    kinds,
    last,
    posted,
    request,
    run,
    scope,
    settled,
    stream,
    switch,
    whole_answer,
)
from tierwise.config.settings import Prices, ServerSettings, Timeouts
from tierwise.core.money import Unknown
from tierwise.gateway.routes import app
from tierwise.upstream.door import Patience, Reply, Sent
from tierwise.upstream.scripted import Piece, Script, Scripted, playing, whole

WIRES = tuple(PATHS)
every_wire = pytest.mark.parametrize("wire", WIRES)
FINE = Scripted(pace=0)
BEGUN = {wire: next(at for at, frame in enumerate(STREAMS[wire]) if b"Hel" in frame) + 1 for wire in WIRES}


def error_of(wire: str, frames: list[tuple[str, str]]) -> dict[str, Any]:
    """The error with which a stream ends."""
    event, data = [one for one in frames if one[1] != "[DONE]"][-1]
    told: dict[str, Any] = json.loads(data)
    if wire == "anthropic":
        assert (event, told["type"]) == ("error", "error")
        return dict(told["error"])
    if wire == "openai_responses":
        assert event == told["type"]
        assert event in {"error", "response.failed"}
        return dict(told["response"]["error"] if event == "response.failed" else told)
    return dict(told["error"])


# A good answer


@every_wire
@pytest.mark.parametrize("streams", [True, False])
def test_a_good_answer_is_written_down(wire: str, *, streams: bool) -> None:
    made = gateway(Sold("one/alpha", FINE, (wire,)), Sold("two/beta", FINE, (wire,), 2))
    answer = run(posted(made, wire, request(wire, stream=streams), {"x-tierwise-session": "s-1"}))
    entry = last(made)
    assert text(wire, answer, stream=streams)
    assert (entry.id, entry.status, entry.committed, entry.fault) == (answer.headers["x-tierwise-id"], 200, True, None)
    assert (entry.asker.wire, entry.asker.model, entry.asker.session, entry.asker.stream) == (wire, "auto", "s-1", streams)
    assert entry.usage is not None
    assert not isinstance(entry.cost, Unknown)
    assert entry.cost == entry.usage.prompt * 1_000_000 + entry.usage.output * 2_000_000
    assert entry.attempts[0].usage == entry.usage
    assert entry.attempts[0].cost == entry.cost
    assert entry.decision is not None
    assert entry.decision.chain == ("one/alpha", "two/beta")
    assert not isinstance(entry.baseline, Unknown)
    assert entry.latency.first_content is not None
    assert 0 <= entry.latency.decide <= entry.latency.first_content <= entry.latency.total
    assert made.metrics.cells
    assert made.health.down(made.clock.now()) == {}


@every_wire
def test_a_refused_request_is_written_down_too(wire: str) -> None:
    made = gateway(Sold("one/alpha", FINE, (wire,)))
    run(posted(made, wire, request(wire, "nobody-knows-it")))
    entry = last(made)
    assert entry.fault is not None
    assert (entry.fault.kind, entry.status, entry.committed, entry.attempts) == ("unknown_model", 404, False, ())
    run(posted(made, wire, b"{"))
    entry = last(made)
    assert entry.fault is not None
    assert (entry.fault.kind, entry.asker.wire, entry.asker.bytes) == ("malformed", wire, 1)


@every_wire
@pytest.mark.parametrize("upstream", WIRES)
def test_an_answer_that_comes_whole_where_a_stream_was_asked_for_is_told_as_one(wire: str, upstream: str) -> None:
    plain = Scripted(pace=0)

    class Whole(Struct):
        async def ask(self, sent: Sent, patience: Patience) -> Reply:
            return await plain.ask(
                replace(
                    sent,
                    body=sent.body.replace(b'"stream": true', b'"stream":false')
                    .replace(b'"stream":true', b'"stream":false')
                    .replace(b',"stream_options":{"include_usage":true}', b""),
                ),
                patience,
            )

        async def close(self) -> None:
            """There is nothing to close."""

    made = gateway(Sold("one/alpha", Whole(), (upstream,)))
    answer = run(posted(made, wire, request(wire, stream=True)))
    assert text(wire, answer, stream=True)
    assert last(made).usage is not None


@every_wire
@pytest.mark.parametrize("upstream", WIRES)
def test_a_stream_where_none_was_asked_for_is_gathered(wire: str, upstream: str) -> None:
    made = gateway(Sold("one/alpha", playing(stream(*STREAMS[upstream])), (upstream,)))
    answer = run(posted(made, wire, request(wire)))
    assert text(wire, answer, stream=False) == "Hello ü 💥"
    assert answer.headers["content-type"] == "application/json"
    assert last(made).usage is not None


# Faults that nobody sees


@every_wire
@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (broken(500), "server_error"),
        (broken(529), "overloaded"),
        (broken(429), "rate_limit"),
        (broken(401), "auth"),
        (Script(0, {}, (), "reset"), "dropped"),
        (whole(b"<html>no</html>", 200, {"content-type": "text/html"}), "not_json"),
    ],
)
def test_what_goes_wrong_before_the_first_content_is_invisible(wire: str, script: Script, kind: str, *, streams: bool) -> None:
    made = gateway(Sold("one/alpha", playing(script), (wire,)), Sold("two/beta", FINE, (wire,), 2))
    answer = run(posted(made, wire, request(wire, stream=streams)))
    assert text(wire, answer, stream=streams)
    assert kinds(made) == [("one", kind), ("two", None)]
    assert answer.headers["x-tierwise-attempts"] == "2"
    assert answer.headers["x-tierwise-provider"] == "two"
    assert last(made).fault is None


def test_the_next_request_does_not_try_what_has_just_failed() -> None:
    made = gateway(Sold("one/alpha", playing(broken(401))), Sold("two/beta", FINE, price=2))
    for expected in ([("one", "auth"), ("two", None)], [("two", None)]):
        run(posted(made, "openai_chat", request("openai_chat")))
        assert kinds(made) == expected


@every_wire
def test_where_everything_rests_it_is_tried_all_the_same(wire: str) -> None:
    made = gateway(Sold("one/alpha", playing(broken(401), whole_answer(wire)), (wire,)))
    assert run(posted(made, wire, request(wire))).status == 502
    assert made.health.down(made.clock.now())
    assert run(posted(made, wire, request(wire))).status == 200
    assert kinds(made) == [("one", None)]
    assert made.health.down(made.clock.now()) == {}


@every_wire
def test_where_nobody_can_serve_the_client_hears_why(wire: str) -> None:
    made = gateway(Sold("one/alpha", playing(broken(500)), (wire,)), Sold("two/beta", playing(broken(429)), (wire,), 2))
    answer = run(posted(made, wire, request(wire, stream=True)))
    assert answer.status == 429
    assert "message" in answer.json["error"]
    assert {kind for _, kind in kinds(made)} == {"server_error", "rate_limit"}


def test_an_internal_error_is_told_and_written_down_and_leaves_nothing_under_way(capfd: pytest.CaptureFixture[str]) -> None:
    class Wrong(Struct):
        async def ask(self, _sent: Sent, _patience: Patience) -> Reply:
            raise ZeroDivisionError

        async def close(self) -> None:
            """There is nothing to close."""

    made = gateway(Sold("one/alpha", Wrong()))
    answer = run(posted(made, "openai_chat", request("openai_chat")))
    assert answer.status == 500
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert "ZeroDivision" not in answer.body.decode()
    assert len(made.ledger.recent(5)) == 1
    assert made.pace.loads == {}
    entry = last(made)
    assert entry.fault is not None
    assert entry.fault.kind == "internal"


# After the first content


@every_wire
@pytest.mark.parametrize("upstream", WIRES)
def test_a_stream_that_breaks_ends_with_an_error_event_and_nobody_else_answers(wire: str, upstream: str) -> None:
    cut = Kept([stream(*STREAMS[upstream][: BEGUN[upstream]], end="reset")])
    made = gateway(Sold("one/alpha", cut, (upstream,)), Sold("two/beta", FINE, (wire,), 2))
    answer = run(posted(made, wire, request(wire, "one/alpha", stream=True)))
    assert answer.status == 200
    assert "Hel" in answer.body.decode()
    assert error_of(wire, answer.frames)["message"]
    entry = last(made)
    assert entry.fault is not None
    assert (entry.fault.kind, entry.committed) == ("dropped", True)
    assert kinds(made) == [("one", "dropped")]
    assert switch(made).bodies("two") == []
    assert cut.replies[0].closed


# A client that hangs up


@every_wire
@pytest.mark.parametrize("streams", [True, False])
def test_a_client_that_hangs_up_while_waiting_ends_it_at_once(wire: str, *, streams: bool) -> None:
    slow = Kept([Script(wait=30)])
    made = gateway(Sold("one/alpha", slow, (wire,)), Sold("two/beta", FINE, (wire,), 2))

    async def scene() -> None:
        async with calling(made, wire, request(wire, stream=streams)) as (client, task):
            await settled(lambda: slow.waiting)
            await hung_up(client, task)
            assert client.sent == []

    run(scene())
    entry = last(made)
    assert entry.fault is not None
    assert (entry.fault.kind, entry.committed, entry.usage) == ("hung_up", False, None)
    assert kinds(made) == [("one", "hung_up")]
    assert not isinstance(entry.cost, Unknown), "the prompt was sent and will be charged"
    assert entry.cost > 0
    assert made.pace.loads == {}
    assert made.health.down(made.clock.now()) == {}


@every_wire
@pytest.mark.parametrize("upstream", WIRES)
def test_a_client_that_hangs_up_within_a_stream_ends_it_and_what_was_used_is_known(wire: str, upstream: str) -> None:
    endless = Kept([stream(*STREAMS[upstream][: BEGUN[upstream]], end="hang")])
    made = gateway(Sold("one/alpha", endless, (upstream,)))

    async def scene() -> None:
        async with calling(made, wire, request(wire, stream=True)) as (client, task):
            await settled(lambda: b"Hel" in client.body)
            await hung_up(client, task)

    run(scene())
    assert endless.replies[0].closed
    entry = last(made)
    assert entry.fault is not None
    assert (entry.fault.kind, entry.committed, entry.status) == ("hung_up", True, 200)
    if upstream == "anthropic":
        assert entry.usage is not None
        assert (entry.usage.fresh, entry.usage.read) == (8, 4)
        assert entry.cost != 0
    assert made.pace.loads == {}
    assert made.health.down(made.clock.now()) == {}


def test_a_client_that_hangs_up_between_two_tries_ends_it() -> None:
    slow = Kept([Script(wait=30)])
    made = gateway(Sold("one/alpha", playing(broken(500))), Sold("two/beta", slow, price=2))

    async def scene() -> None:
        async with calling(made, "openai_chat", request("openai_chat")) as (client, task):
            await settled(lambda: slow.waiting)
            await hung_up(client, task)

    run(scene())
    assert kinds(made) == [("one", "server_error"), ("two", "hung_up")]


def test_a_client_that_leaves_when_it_has_everything_has_not_hung_up() -> None:
    lasting = Kept([stream(*STREAMS["anthropic"], end="hang")])
    made = gateway(Sold("one/alpha", lasting, ("anthropic",)))

    async def scene() -> None:
        async with calling(made, "anthropic", request("anthropic", stream=True)) as (client, task):
            await settled(lambda: b"message_stop" in client.body)
            await hung_up(client, task)

    run(scene())
    assert last(made).fault is None
    assert last(made).usage is not None


# Time


@every_wire
def test_comments_come_while_the_answer_is_waited_for(wire: str) -> None:
    late = Script(200, {"content-type": "text/event-stream"}, tuple(Piece(one) for one in STREAMS[wire]), wait=0.15)
    made = gateway(Sold("one/alpha", playing(late), (wire,)), server=ServerSettings(keepalive=0.02))
    answer = run(posted(made, wire, request(wire, stream=True)))
    assert answer.body.startswith(b": keepalive\n\n")
    assert answer.body.count(b": keepalive") >= 3
    assert text(wire, answer, stream=True) == "Hello ü 💥"
    assert answer.headers["x-tierwise-id"] == last(made).id
    assert answer.headers["content-type"].startswith("text/event-stream")
    after = answer.body.partition(b"Hel")[2]
    assert b"keepalive" not in after


@every_wire
def test_an_answer_that_fails_after_comments_fails_in_the_stream(wire: str) -> None:
    late = replace(broken(500), wait=0.08)
    made = gateway(Sold("one/alpha", playing(late), (wire,)), server=ServerSettings(keepalive=0.02))
    answer = run(posted(made, wire, request(wire, stream=True)))
    assert answer.status == 200
    assert answer.body.startswith(b": keepalive\n\n")
    assert error_of(wire, answer.frames)["message"]
    entry = last(made)
    assert entry.fault is not None
    assert (entry.fault.kind, entry.committed) == ("server_error", False)


@every_wire
def test_an_answer_that_comes_in_one_piece_gets_no_comments(wire: str) -> None:
    script = replace(whole_answer(wire), wait=0.08)
    made = gateway(Sold("one/alpha", playing(script), (wire,)), server=ServerSettings(keepalive=0.02))
    answer = run(posted(made, wire, request(wire)))
    assert text(wire, answer, stream=False)


@every_wire
@pytest.mark.parametrize("streams", [True, False])
def test_the_deadline_ends_a_request_that_is_waited_for(wire: str, *, streams: bool) -> None:
    made = gateway(Sold("one/alpha", playing(Script(wait=30)), (wire,)), timeouts=Timeouts(total=0.05))
    answer = run(posted(made, wire, request(wire, stream=streams)))
    assert answer.status == 504
    entry = last(made)
    assert entry.fault is not None
    assert entry.fault.kind in {"deadline", "first_byte_timeout"}


@every_wire
def test_the_deadline_ends_a_stream_that_never_does(wire: str) -> None:
    drip = STREAMS[wire][BEGUN[wire] - 1]
    made = gateway(
        Sold("one/alpha", playing(stream(*STREAMS[wire][: BEGUN[wire]], *[drip] * 100, delay=0.01)), (wire,)), timeouts=Timeouts(total=0.15)
    )
    answer = run(posted(made, wire, request(wire, stream=True)))
    assert answer.status == 200
    assert error_of(wire, answer.frames)["message"]
    entry = last(made)
    assert entry.fault is not None
    assert (entry.fault.kind, entry.committed) == ("deadline", True)
    assert made.health.down(made.clock.now()) == {}


@every_wire
def test_a_stream_that_falls_silent_is_ended(wire: str) -> None:
    made = gateway(Sold("one/alpha", playing(stream(*STREAMS[wire][: BEGUN[wire]], end="hang")), (wire,)), timeouts=Timeouts(idle=0.05))
    answer = run(posted(made, wire, request(wire, stream=True)))
    assert error_of(wire, answer.frames)["message"]
    entry = last(made)
    assert entry.fault is not None
    assert entry.fault.kind == "idle_timeout"


def test_pings_do_not_stand_for_content() -> None:
    ping = STREAMS["anthropic"][1]
    pinging = stream(STREAMS["anthropic"][0], *[ping] * 100, delay=0.01)
    made = gateway(
        Sold("one/alpha", playing(pinging), ("anthropic",)),
        Sold("two/beta", FINE, ("anthropic",), 2),
        timeouts=Timeouts(first_content=0.05),
    )
    answer = run(posted(made, "anthropic", request("anthropic", stream=True)))
    assert text("anthropic", answer, stream=True)
    assert kinds(made) == [("one", "first_content_timeout"), ("two", None)]


def test_ends_are_known() -> None:
    """Each wire's stream ends as its own grammar wants, also when another wire's is told in it."""
    for upstream in WIRES:
        for wire in WIRES:
            made = gateway(Sold("one/alpha", playing(stream(*STREAMS[upstream])), (upstream,)))
            answer = run(posted(made, wire, request(wire, stream=True)))
            assert text_of(wire, answer.body) == "Hello ü 💥"
            assert ENDS[wire] in datas(answer.body)[-1]


# Usage that is asked for or not


@pytest.mark.parametrize("upstream", WIRES)
@pytest.mark.parametrize("wanted", [True, False])
def test_usage_is_known_to_us_and_told_to_those_who_ask(upstream: str, *, wanted: bool) -> None:
    made = gateway(Sold("one/alpha", FINE, (upstream,)))
    more: dict[str, Any] = {"stream_options": {"include_usage": True}} if wanted else {}
    answer = run(posted(made, "openai_chat", request("openai_chat", stream=True, **more)))
    told = [json.loads(data) for _, data in answer.frames if data != "[DONE]"]
    assert any(one.get("usage") for one in told) is wanted
    assert all(one["choices"] for one in told) is not wanted
    assert last(made).usage is not None


# Completion of text


@pytest.mark.parametrize("streams", [True, False])
def test_plain_completions_are_served_too(*, streams: bool) -> None:
    made = demo()
    for prompt in ("Say hello.", "def add(a, b):\n    "):
        answer = run(called(made, "POST", "/v1/completions", {"model": "auto", "prompt": prompt, "stream": streams, "max_tokens": 50}))
        assert answer.status == 200, answer.body
        if streams:
            assert answer.frames[-1][1] == "[DONE]"
            told = [json.loads(data) for _, data in answer.frames[:-1]]
        else:
            told = [answer.json]
        assert "".join(choice["text"] for one in told for choice in one["choices"])
        assert {one["object"] for one in told} == {"text_completion"}


def test_what_stands_after_the_cursor_is_not_lost_silently() -> None:
    body = {"model": "auto", "prompt": "def add(a, b):\n", "suffix": "\n    return c", "max_tokens": 50}
    made = gateway(Sold("one/alpha", FINE, ("anthropic",)))
    answer = run(called(made, "POST", "/v1/completions", body))
    assert (
        answer.status == 400
        or "fill in the middle" in answer.headers.get("x-tierwise-losses", "")
        or b"return c" in switch(made).asked[-1].body
    )


@pytest.mark.parametrize(("read", "written"), [(0, 0), (0, 9000), (4000, 500)])
def test_the_reference_saves_nothing_against_itself(read: int, written: int) -> None:
    used = {"input_tokens": 1000, "cache_read_input_tokens": read, "cache_creation_input_tokens": written, "output_tokens": 20}
    said = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "yes"}]}
    answer = whole(json.dumps({**said, "stop_reason": "end_turn", "usage": used}).encode())
    one = Sold("anthropic/claude-opus-4-8", playing(answer), ("anthropic",), more={"prices": Prices(input=5, output=25)})
    made = gateway(one, prices={"anthropic/claude-opus-4-8": Prices(input=5, output=25)})
    run(posted(made, "anthropic", request("anthropic", "claude-opus-4-8")))
    entry = last(made)
    assert entry.cost == entry.baseline, "where what is cached costs the same, the same tokens cost the same"


@every_wire
@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("upstream", [Scripted(pace=0.0), playing(whole(b"<html>", 500))], ids=["well", "failing"])
def test_whoever_has_the_last_byte_finds_the_record(wire: str, streams: bool, upstream: Any) -> None:  # noqa: FBT001  # a column
    made, seen = gateway(Sold("one/alpha", upstream, (wire,))), list[int]()

    async def ask() -> None:
        one = client(json.dumps(request(wire, stream=streams)).encode())

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                seen.append(len(made.ledger.recent(9)))
            await one.send(message)

        headers = VERSION if wire == "anthropic" else {}
        await app(made)(scope("POST", PATHS[wire], headers), one.receive, send)

    run(ask())
    assert seen == [1]
    assert len(made.ledger.recent(9)) == 1
