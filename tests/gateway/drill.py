"""A gateway before real servers on loopback, asked as a client asks: what the fault drill is made of."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tierwise import assembly
from tierwise.assembly import House, serving
from tierwise.config.settings import EndpointSettings, Prices, ProviderSettings, Settings, Timeouts
from tierwise.core.entry import Entry
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.routes import app
from tierwise.upstream.http import Http
from tierwise.upstream.scripted import Scripted

PATHS = {"openai_chat": "/v1/chat/completions", "openai_responses": "/v1/responses", "anthropic": "/v1/messages"}
WORDS = "hello there"
TIMEOUTS = Timeouts(connect=0.7, first_byte=0.7, first_content=1.0, idle=0.7, total=20.0)

CONTEXT = ssl.create_default_context()
"""One for all: reading the system's certificates takes longer than these tests wait."""

BAD, GOOD = "bad/alpha", "good/beta"


def house(*wires: str) -> House:
    """A house with an endpoint for each wire, the first the cheapest; where they are is said later."""
    named = zip((BAD, GOOD), wires, strict=False)
    listed = tuple(endpoint(name, wire, price) for price, (name, wire) in enumerate(named, 1))
    providers = {one.id.partition("/")[0]: ProviderSettings(url="http://127.0.0.1:1/v1") for one in listed}
    return assembly.house(Settings(endpoints=listed, providers=providers, timeouts=TIMEOUTS))


def endpoint(name: str, wire: Any, price: float) -> EndpointSettings:
    return EndpointSettings(id=name, wires=(wire,), prices=Prices(input=price, output=price * 2), tier="flash")


@asynccontextmanager
async def gateway(built: House, *bases: str, timeouts: Timeouts = TIMEOUTS) -> AsyncIterator[Gateway]:
    """A gateway of a house whose endpoints are at some addresses, without chance in its waits."""
    providers = {name: ProviderSettings(url=base) for name, base in zip(built.settings.providers, bases, strict=True)}
    placed = replace(built, settings=replace(built.settings, providers=providers, timeouts=timeouts))
    transports = serving.Transports(Http(proxies={}, context=CONTEXT), Scripted(pace=0))
    made = serving.gateway(placed, serving.stocked(placed, {}, transports), {}, transports)
    made.clock = replace(made.clock, chance=lambda: 0.0)
    try:
        yield made
    finally:
        await asyncio.gather(transports.real.close(), transports.demo.close())


class Answered(Struct, frozen=True):
    """What a client got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def frames(self) -> list[tuple[str, str]]:
        """The events of a stream: name and data. Each has to be whole."""
        text = self.body.decode()
        assert text.endswith("\n\n"), text[-200:]
        found = []
        for frame in text[:-2].split("\n\n"):
            lines = dict(line.split(": ", 1) for line in frame.split("\n") if not line.startswith(":"))
            found += [(lines.get("event", ""), lines["data"])] if lines else []
        return found


def request(wire: str, *, stream: bool, model: str = BAD, **more: Any) -> dict[str, Any]:
    """A small request."""
    said: dict[str, Any] = {"input": WORDS} if wire == "openai_responses" else {"messages": [{"role": "user", "content": WORDS}]}
    limit = {"max_tokens": 500} if wire == "anthropic" else {}
    return {"model": model, "stream": stream, **said, **limit, **more}


async def asked(made: Gateway, wire: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answered:
    """What a client gets that asks for this."""
    version = {"anthropic-version": "2023-06-01"} if wire == "anthropic" else {}
    listed = {"host": "x", "content-type": "application/json", **version, **(headers or {})}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": PATHS[wire],
        "raw_path": PATHS[wire].encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in listed.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    left = [{"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return left.pop() if left else await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        await asyncio.sleep(0)

    await app(made)(scope, receive, send)
    start = next(one for one in sent if one["type"] == "http.response.start")
    found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    assert not sent[-1].get("more_body"), "the answer has no end"
    return Answered(start["status"], found, b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body"))


def entry(made: Gateway, answer: Answered) -> Entry:
    """What was written down of a request."""
    return next(one for one in made.ledger.recent(1000) if one.id == answer.headers["x-tierwise-id"])


ENDS = {"openai_chat": "[DONE]", "anthropic": '"message_stop"', "openai_responses": '"response.completed"'}


def text(wire: str, answer: Answered, *, stream: bool) -> str:
    """The text of a good answer, which has to be whole."""
    assert answer.status == 200, answer.body
    if not stream:
        return WHOLE[wire](answer.json)
    assert ENDS[wire] in answer.frames[-1][1], answer.body
    return "".join(PIECES[wire](json.loads(data)) for _, data in answer.frames if data != "[DONE]")


WHOLE: dict[str, Callable[[Any], str]] = {
    "openai_chat": lambda one: one["choices"][0]["message"]["content"],
    "anthropic": lambda one: "".join(block["text"] for block in one["content"] if block["type"] == "text"),
    "openai_responses": lambda one: "".join(part["text"] for item in one["output"] for part in item.get("content", ())),
}
PIECES: dict[str, Callable[[Any], str]] = {
    "openai_chat": lambda one: "".join(choice["delta"].get("content") or "" for choice in one["choices"]),
    "anthropic": lambda one: one.get("delta", {}).get("text", ""),
    "openai_responses": lambda one: one["delta"] if one["type"] == "response.output_text.delta" else "",
}
