"""The fault drill: every way in which a provider goes wrong, on every wire, streamed and not, against real servers on loopback.

With a healthy second endpoint the client gets its answer, whatever the first one did. Without one it gets its own protocol's error with
the status of the fault. After the first content the stream ends with a well-formed error event, and the record says so.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator, Sequence
from itertools import product
from typing import Any

import pytest

from tests.gateway.drill import (
    BAD,
    PATHS,
    PIECES,
    TIMEOUTS,
    WORDS,
    Answered,
    asked,
    entry,
    gateway,
    house,
    request,
    text,
)
from tierwise.assembly import House
from tierwise.config.settings import Timeouts
from tierwise.core.faults import FAULTS
from tierwise.gateway.gateway import Gateway
from tierwise.testing import CASES, Case, Script, Scripted, Served, in_turn, misbehaving, serving
from tierwise.testing.misbehave import LATE
from tierwise.upstream.door import Sent
from tierwise.upstream.scripted.script import RAW, RESET

WIRES = tuple(PATHS)
NEXT = dict(zip(WIRES, (*WIRES[1:], WIRES[0]), strict=True))
HEALED = frozenset({"mislabelled", "crossed", "no_start", "signature"})
"""Cases of which a gateway may make a good answer without anybody else."""

TOLD = frozenset({"filtered_answer"})
"""Cases that the wires can tell as what they are, without an error."""

LIKE = {
    "empty": {"not_json"},
    "disorder": {"unfinished", "strange"},
    "garbled": {"not_json", "dropped"},
    "mislabelled": {"not_json"},
    "strange": {"empty"},
    "half_json": {"strange"},
    "closed_within_stream": {"unfinished"},
    "stream_error": {"stream_error"},
    "bad_utf8": {"strange"},
}
"""Kinds that a case may as well be taken for: several things are wrong at once, or the wires differ in what they notice first."""

Built = Callable[..., House]


@pytest.fixture(scope="module")
def built() -> Built:
    """Houses by the wires of their endpoints, all built before anybody waits for anything."""
    pairs = [(one, two) for one, two in product(WIRES, WIRES) if one != two]
    known = {wires: house(*wires) for wires in (*((one,) for one in WIRES), *pairs)}
    return lambda *wires: known[wires]


def ways(case: Case) -> Iterator[tuple[str, bool, str, str]]:
    """The client's wire, whether it streams, the wires of the endpoint that fails and of the one that serves: at least one is another."""
    for wire, stream in product(WIRES, (True, False)):
        if case.only != ("whole" if stream else "stream"):
            yield wire, stream, wire, NEXT[wire]
            yield wire, stream, NEXT[wire], wire


WAITED_FOR = frozenset({"connect_timeout", "idle_body", "first_byte_timeout", "first_content_timeout", "idle_timeout", "too_slow", "proxy"})
"""Cases in which nothing happens: the wait is short. All others have time, however busy the machine is."""

PATIENT = Timeouts(20, 20, 20, 20, 60)
HEAVY = frozenset({"too_long"})
"""Cases that keep the machine busy: they are drilled one way after the other."""


def patience(name: str) -> Timeouts:
    """How long a case is waited for."""
    return TIMEOUTS if any(name.startswith(one) for one in WAITED_FOR) else PATIENT


async def together(name: str, drills: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run the drills of a case, all at once where that is no strain."""
    at_once = asyncio.Semaphore(1 if name in HEAVY else len(drills))

    async def run(one: Coroutine[Any, Any, None]) -> None:
        async with at_once:
            await one

    await asyncio.gather(*map(run, drills))


def served(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(body(), 30))


# With a healthy second endpoint


@pytest.mark.parametrize("name", CASES)
def test_the_client_gets_its_answer_while_another_endpoint_can_give_it(name: str, built: Built) -> None:
    async def drill() -> None:
        async with misbehaving(name) as bad, serving(Scripted(pace=0)) as good:
            await together(name, [one(bad, good, way) for way in ways(CASES[name])])

    async def one(bad: Served, good: Served, way: tuple[str, bool, str, str]) -> None:
        wire, stream, failing, other = way
        async with gateway(built(failing, other), bad.url, good.url, timeouts=patience(name)) as made:
            answer = await asked(made, wire, request(wire, stream=stream))
            told = f"{way}: {answer.status} {[(one.endpoint, one.fault) for one in entry(made, answer).attempts]}"
            assert WORDS in text(wire, answer, stream=stream), told
            recorded(name, made, answer, told)

    served(drill)


def recorded(name: str, made: Gateway, answer: Answered, told: str) -> None:
    """The record says what went wrong and who served; the client hears only of the latter."""
    attempts = entry(made, answer).attempts
    kinds = {one.fault.kind for one in attempts if one.fault is not None and one.endpoint == BAD}
    healed = attempts[-1].endpoint == BAD
    assert attempts[0].endpoint == BAD
    assert attempts[-1].fault is None
    assert healed is False or name in HEALED, told
    assert kinds <= {CASES[name].kind, *LIKE.get(name, ())}, told
    assert healed or kinds, told
    assert answer.headers["x-tierwise-provider"] == attempts[-1].endpoint.partition("/")[0]
    assert int(answer.headers["x-tierwise-attempts"]) == len(attempts)


# Without one


@pytest.mark.parametrize("name", [name for name in CASES if name not in HEALED | TOLD])
def test_the_client_hears_of_it_in_its_own_protocol_where_nobody_else_can_serve(name: str, built: Built) -> None:
    async def drill() -> None:
        async with misbehaving(name) as bad:
            await together(name, [one(bad, way) for way in ways(CASES[name])])

    async def one(bad: Served, way: tuple[str, bool, str, str]) -> None:
        wire, stream, failing, _ = way
        async with gateway(built(failing), bad.url, timeouts=patience(name)) as made:
            answer = await asked(made, wire, request(wire, stream=stream))
            fault = entry(made, answer).fault
            assert fault is not None, f"{way}: {answer.body!r}"
            assert fault.kind in {CASES[name].kind, *LIKE.get(name, ())}, f"{way}: {fault}"
            assert answer.status == FAULTS[fault.kind].status, f"{way}: {answer.status}"
            assert in_words(wire, answer.json).strip(), f"{way}: {answer.body!r}"

    served(drill)


def in_words(wire: str, body: Any) -> str:
    """What an error says, which has to be in the wire's own shape."""
    error = body["error"]
    if wire == "anthropic":
        assert body["type"] == "error"
        assert set(error) >= {"type", "message"}
    else:
        assert set(error) >= {"message", "type", "param", "code"}
    return str(error["message"])


def test_how_long_to_wait_is_passed_on(built: Built) -> None:
    async def drill() -> None:
        async with misbehaving("rate_limit_wait") as bad, gateway(built("anthropic"), bad.url) as made:
            answer = await asked(made, "anthropic", request("anthropic", stream=True))
            assert answer.status == 429
            assert 25 <= int(answer.headers["retry-after"]) <= 30

    served(drill)


# After the first content


@pytest.mark.parametrize("name", LATE)
def test_a_stream_that_fails_late_ends_with_an_error_event(name: str, built: Built) -> None:
    async def drill() -> None:
        async with misbehaving(name, LATE) as bad, serving(Scripted(pace=0)) as good:
            await asyncio.gather(*(one(bad, good, way) for way in ways(Case("", only="stream"))))
            assert good.asked == []

    async def one(bad: Served, good: Served, way: tuple[str, bool, str, str]) -> None:
        wire, _, failing, other = way
        async with gateway(built(failing, other), bad.url, good.url) as made:
            answer = await asked(made, wire, request(wire, stream=True))
            written = entry(made, answer)
            assert answer.status == 200
            assert said(wire, answer).startswith("Hello"), answer.body
            assert failed(wire, answer), answer.body
            assert written.committed
            assert written.fault is not None
            assert written.fault.kind in {LATE[name].kind, *LIKE.get(name, ())}, f"{way}: {written.fault}"

    served(drill)


def said(wire: str, answer: Answered) -> str:
    """The text that came before the error."""
    frames = [(event, json.loads(data)) for event, data in answer.frames if data != "[DONE]"]
    return "".join(PIECES[wire](one) for _, one in frames if "error" not in one and one.get("type") != "error")


def failed(wire: str, answer: Answered) -> bool:
    """Whether a stream ends with its wire's error event."""
    ends = [one for one in answer.frames if one[1] != "[DONE]"]
    event, last = ends[-1][0], json.loads(ends[-1][1])
    if wire == "openai_chat":
        return bool(last["error"]["message"])
    if wire == "anthropic":
        return event == "error" and last["type"] == "error" and bool(last["error"]["message"])
    return event in {"error", "response.failed"} and last["type"] == event and isinstance(last["sequence_number"], int)


# What needs more than a provider


def test_a_connection_that_was_kept_and_closed_is_opened_anew_at_the_same_endpoint(built: Built) -> None:
    good = Scripted(pace=0)

    def once_more(sent: Sent) -> Script:
        return good.script(sent) if len(provider[0].asked) != 2 else Script(RAW, {}, (), RESET)

    provider: list[Served] = []

    async def drill() -> None:
        async with (
            serving(once_more) as bad,
            serving(good) as other,
            gateway(built("openai_chat", "anthropic"), bad.url, other.url) as made,
        ):
            provider.append(bad)
            for _ in range(2):
                answer = await asked(made, "openai_chat", request("openai_chat", stream=False))
                assert WORDS in text("openai_chat", answer, stream=False)
            assert [one.fault and one.fault.kind for one in entry(made, answer).attempts] == ["stale", None]
            assert (len(bad.asked), other.asked) == (3, [])

    served(drill)


@pytest.mark.parametrize("wire", WIRES)
def test_a_request_that_takes_too_long_in_all_is_ended(wire: str, built: Built) -> None:
    async def drill() -> None:
        short = Timeouts(1, 5, 5, 5, 0.15)
        async with (
            misbehaving("first_byte_timeout") as bad,
            serving(in_turn(Script(wait=9))) as slow,
            gateway(built(wire, NEXT[wire]), bad.url, slow.url, timeouts=short) as made,
        ):
            answer = await asked(made, wire, request(wire, stream=True))
            assert answer.status == FAULTS["deadline"].status
            assert in_words(wire, answer.json)
            fault = entry(made, answer).fault
            assert fault is not None
            assert fault.kind == "deadline"

    served(drill)


def test_a_signature_of_another_model_is_stripped_and_the_same_endpoint_asked_again(built: Built) -> None:
    foreign = {"type": "thinking", "thinking": "hm", "signature": "c29tZWJvZHkgZWxzZQ=="}
    turns = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": [foreign, {"type": "text", "text": "ho"}]},
        {"role": "user", "content": WORDS},
    ]

    async def drill() -> None:
        async with (
            serving(Scripted(pace=0)) as bad,
            serving(Scripted(pace=0)) as good,
            gateway(built("anthropic", "openai_chat"), bad.url, good.url) as made,
        ):
            answer = await asked(made, "anthropic", request("anthropic", stream=True, messages=turns))
            assert WORDS in text("anthropic", answer, stream=True)
            assert [one.fault and one.fault.kind for one in entry(made, answer).attempts] == ["signature", None]
            assert b"thinking" not in bad.asked[-1].body
            assert good.asked == []

    served(drill)


def test_a_client_that_hangs_up_ends_the_request_upstream(built: Built) -> None:
    async def drill() -> None:
        async with misbehaving("idle_timeout") as bad, gateway(built("openai_chat"), bad.url) as made:
            waiting = asyncio.ensure_future(asked(made, "openai_chat", request("openai_chat", stream=True)))
            for _ in range(200):
                await asyncio.sleep(0 if bad.asked else 0.002)
            waiting.cancel()
            for _ in range(200):
                await asyncio.sleep(0 if bad.left else 0.002)
            assert len(bad.left) == 1
            await asyncio.gather(waiting, return_exceptions=True)

    served(drill)


def test_the_drill_is_complete() -> None:
    """Every kind of fault that is a provider's is drilled here, but for a proxy's (the transport's tests have one) and a slow answer."""
    providers = set(list(FAULTS)[: list(FAULTS).index("malformed")])
    assert providers - {one.kind for one in CASES.values()} - {"stale", "deadline"} == {"proxy", "too_slow"}
