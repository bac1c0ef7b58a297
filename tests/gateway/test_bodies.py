"""What is sent to a provider for a client's request: on the same wire the client's own bytes."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.gateway.drill import PATHS
from tests.gateway.within import Sold, gateway, posted, request, run, switch
from tierwise.gateway.bodies import body_for, passes
from tierwise.gateway.deciding import Asked, decided
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Scripted

WIRES = tuple(PATHS)
FINE = Scripted(pace=0, strict=False)
BILLING = "x-anthropic-billing-header:"
LINE = re.compile(rb'x-anthropic-billing-header:[^"\\]*')
NOW = 1_790_000_000_000


class Capture(Struct, frozen=True):
    """A recorded request of a conversation: where it stands, its wire, headers and body, which is written as its client writes JSON."""

    name: str
    wire: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    bytes: bytes


def captures(shared: Path) -> Iterator[Capture]:
    """Every recorded request of a conversation over HTTP."""
    ends = {path.removeprefix("/v1"): wire for wire, path in PATHS.items()}
    for file in sorted((shared / "captures").rglob("*_POST_*.req.json")):
        told = json.loads(file.read_bytes())
        wire = next((wire for end, wire in ends.items() if told["path"].endswith(end)), None)
        if wire is not None and isinstance(told["body"], dict):
            headers = {name.lower(): value for name, value in dict(told["headers"]).items() if name.lower() != "content-encoding"}
            body = {**told["body"], "model": "auto"}
            yield Capture(
                str(file.relative_to(shared)), wire, headers, body, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            )


HOME = {"openai_chat": "openai/gpt-5.4", "openai_responses": "openai/gpt-5.4", "anthropic": "anthropic/claude-opus-4-8"}
"""An endpoint at the provider whose wire it is."""
EARLIER = "anthropic/claude-sonnet-4-5"
"""One that takes what newer ones refuse: a temperature, a budget for thinking."""


def home(one: Capture) -> str:
    """An endpoint that takes all that is said."""
    old = one.wire == "anthropic" and ("temperature" in one.body or (one.body.get("thinking") or {}).get("type") == "enabled")
    return EARLIER if old else HOME[one.wire]


@pytest.fixture(scope="module")
def made() -> Gateway:
    """The wires' own providers, and servers of one's own."""
    keys = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}
    own = (Sold("chat/model", FINE, ("openai_chat",)), Sold("messages/model", FINE, ("anthropic",)))
    return gateway(*own, env=keys, models=(*set(HOME.values()), EARLIER))


def sent(made: Gateway, one: Capture, endpoint: str, *, strip: bool = False) -> bytes:
    """What is sent to an endpoint for a capture."""
    asked = Asked(made.wires[one.wire], one.bytes, one.headers, made.everybody.wanted)
    found, site = decided(made, asked, NOW), made.sites[endpoint]
    return body_for(made, found, site, same=passes(made.wires[site.spoken(one.wire)], found, site), strip=strip)


def with_model(one: Capture, model: str) -> bytes:
    """A capture's bytes with another model's name, put together anew."""
    return json.dumps({**one.body, "model": model}, ensure_ascii=False, separators=(",", ":")).encode()


def usage_wanted(body: Mapping[str, Any]) -> bool:
    return not body.get("stream") or bool((body.get("stream_options") or {}).get("include_usage"))


def test_every_capture_reaches_its_own_wires_provider_byte_for_byte_but_for_the_model(made: Gateway, shared: Path) -> None:
    seen = 0
    for one in captures(shared):
        body, mine = sent(made, one, home(one)), with_model(one, made.sites[home(one)].model)
        if one.wire != "openai_chat" or usage_wanted(one.body):
            assert body == mine, f"{one.name}: {difference(body, mine)}"
        else:
            kept = {name: value for name, value in one.body.items() if name != "stream_options"}
            start = json.dumps({**kept, "model": made.sites[home(one)].model}, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
            assert body.startswith(start), f"{one.name}: {difference(body, start)}"
            assert json.loads(body)["stream_options"] == {**(one.body.get("stream_options") or {}), "include_usage": True}
        seen += 1
    assert seen > 50


def test_usage_is_left_to_the_client_where_the_operator_says_so(shared: Path) -> None:
    made = gateway(env={"OPENAI_API_KEY": "k"}, models=(HOME["openai_chat"],), usage="as_asked")
    for one in captures(shared):
        if one.wire == "openai_chat":
            assert sent(made, one, HOME[one.wire]) == with_model(one, made.sites[HOME[one.wire]].model), one.name


def test_the_billing_line_stays_the_same_between_calls_away_from_its_own_provider(made: Gateway, shared: Path) -> None:
    lines = set[str]()
    theirs = set[str]()
    for one in captures(shared):
        if BILLING.encode() in one.bytes:
            system = json.loads(sent(made, one, "messages/model"))["system"]
            lines.add(next(block["text"] for block in system if block["text"].startswith(BILLING)))
            own = json.loads(sent(made, one, HOME["anthropic"]))["system"]
            theirs.add(next(block["text"] for block in own if block["text"].startswith(BILLING)))
    assert len(lines) == 1
    assert len(theirs) > 1


def test_the_billing_line_is_not_said_on_another_wire_or_always_the_same(made: Gateway, shared: Path) -> None:
    heads = {line for one in captures(shared) if BILLING.encode() in one.bytes for line in LINE.findall(sent(made, one, "chat/model"))}
    assert len(heads) <= 1


def test_every_capture_has_a_body_for_every_endpoint(made: Gateway, shared: Path) -> None:
    for one in captures(shared):
        for endpoint in made.sites:
            for strip in (False, True):
                body = json.loads(sent(made, one, endpoint, strip=strip))
                assert body["model"] == made.sites[endpoint].model, one.name
                assert body.get("stream", False) == one.body.get("stream", False), one.name


def difference(one: bytes, other: bytes) -> str:
    """Where two bodies begin to differ."""
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"at {at}: {one[max(0, at - 60) : at + 60]!r} is not {other[max(0, at - 60) : at + 60]!r}"


# Small ones


LONG = 'long text \u00fc \U0001f4a5 \\"quoted\\" ' * 3000


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("words", ["short", LONG, "cut \ud83d here", "<tw-1:0>" * 4000])
def test_a_text_arrives_as_it_was_sent(wire: str, words: str) -> None:
    one = gateway(Sold("one/alpha", FINE, (wire,)))
    body = json.dumps(request(wire, words=words), ensure_ascii=True).encode()
    assert run(posted(one, wire, body)).status == 200
    told = json.loads(switch(one).bodies("one")[0])
    assert (told["input"] if wire == "openai_responses" else told["messages"][0]["content"]) == words.replace("\ud83d", "\ufffd")


@pytest.mark.parametrize(
    "body",
    [
        b'{"messages":[{"role":"user","content":"x"}],"model":"auto"}',
        b' { "model" :\n"auto" , "messages" : [ {"content":"x","role":"user"} ] } ',
    ],
)
def test_order_and_space_of_a_body_stay(body: bytes) -> None:
    one = gateway(Sold("one/alpha", FINE))
    run(posted(one, "openai_chat", body))
    assert switch(one).bodies("one") == [body.replace(b'"auto"', b'"alpha"')]


def test_a_model_that_is_named_twice_or_within_is_still_replaced() -> None:
    one = gateway(Sold("one/alpha", FINE))
    body = b'{"model":"x","metadata":{"model":"auto"},"mod\\u0065l":"auto","messages":[{"role":"user","content":"\\"model\\":\\"auto\\""}]}'
    run(posted(one, "openai_chat", body))
    told = json.loads(switch(one).bodies("one")[0])
    assert told["model"] == "alpha"
    assert told["metadata"] == {"model": "auto"}
    assert told["messages"][0]["content"] == '"model":"auto"'


@pytest.mark.parametrize("asked", [{}, {"stream_options": None}, {"stream_options": {}}, {"stream_options": {"include_usage": False}}])
def test_a_stream_is_asked_for_its_usage_at_the_end_of_the_body(asked: dict[str, Any]) -> None:
    one = gateway(Sold("one/alpha", FINE))
    run(posted(one, "openai_chat", request("openai_chat", stream=True, **asked)))
    body = switch(one).bodies("one")[0]
    assert json.loads(body)["stream_options"] == {"include_usage": True}
    assert body.index(b"stream_options") > body.index(b"messages")


def test_nothing_is_asked_of_an_answer_that_is_no_stream() -> None:
    one = gateway(Sold("one/alpha", FINE))
    run(posted(one, "openai_chat", request("openai_chat")))
    assert b"stream_options" not in switch(one).bodies("one")[0]
