"""A gateway asked within the process, as a server would ask it, before providers that play whatever a test wants: no sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tests.gateway.drill import PATHS, Answered
from tierwise import assembly
from tierwise.assembly import House, serving
from tierwise.assembly.keeping import NOWHERE, Keeping
from tierwise.config.settings import EndpointSettings, Prices, ProviderSettings, Settings
from tierwise.core.entry import Entry
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.routes import app
from tierwise.upstream.door import Patience, Reply, Sent, Upstream
from tierwise.upstream.scripted import Piece, Script, Scripted, playing, whole
from tierwise.upstream.scripted.script import EVENTS, Played

T = TypeVar("T")

VERSION = {"anthropic-version": "2023-06-01"}
WORDS = "hello there"


class Sold(Struct, frozen=True):
    """An endpoint (provider/model), what plays it, and what else is to be said of it."""

    id: str
    upstream: Upstream
    wires: tuple[Any, ...] = ("openai_chat",)
    price: float = 1.0
    more: Mapping[str, Any] = {}


class Switch(Struct):
    """A transport that asks the one that plays the host, and keeps what was asked of each."""

    players: Mapping[str, Upstream]
    asked: list[Sent] = []

    async def ask(self, sent: Sent, patience: Patience) -> Reply:
        self.asked.append(sent)
        return await self.players[(urlsplit(sent.url).hostname or "").partition(".")[0]].ask(sent, patience)

    async def close(self) -> None:
        for one in self.players.values():
            await one.close()

    def bodies(self, host: str) -> list[bytes]:
        return [one.body for one in self.asked if f"//{host}." in one.url]


def house(*sold: Sold, **said: Any) -> House:
    """A house that sells these."""
    endpoints = tuple(
        EndpointSettings(
            id=one.id, wires=one.wires, **{"prices": Prices(input=one.price, output=one.price * 2), "tier": "flash", **one.more}
        )
        for one in sold
    )
    providers = {one.id.partition("/")[0]: ProviderSettings(url=f"http://{one.id.partition('/')[0]}.test/v1") for one in sold}
    return built(msgspec.json.encode(Settings(**{"endpoints": endpoints, "providers": providers, **said})))


@lru_cache(maxsize=128)
def built(said: bytes) -> House:
    """A house, built once for all tests that want the same."""
    return assembly.house(msgspec.json.decode(said, type=Settings))


def gateway(*sold: Sold, env: Mapping[str, str] | None = None, kept: Keeping = NOWHERE, **said: Any) -> Gateway:
    """A gateway that sells these, without chance in its waits."""
    switch = Switch({one.id.partition("/")[0]: one.upstream for one in sold})
    transports = serving.Transports(switch, Scripted(pace=0))
    placed = house(*sold, **said)
    made = serving.gateway(placed, serving.stocked(placed, env or {}, transports), env or {}, transports, kept)
    made.clock = replace(made.clock, chance=lambda: 0.0)
    return made


def switch(made: Gateway) -> Switch:
    """What was asked of a gateway's providers."""
    found = made.transports[0]
    assert isinstance(found, Switch)
    return found


def demo(**said: Any) -> Gateway:
    """A gateway without any key: the demo plays every model."""
    transports = serving.Transports(Switch({}), Scripted(pace=0))
    placed = built(msgspec.json.encode(Settings(**said)))
    return serving.gateway(placed, serving.stocked(placed, {}, transports), {}, transports)


class Client(Struct):
    """One connection of a client: what it sends, what came back, and whether it has hung up."""

    left: list[dict[str, Any]]
    gone: asyncio.Event
    sent: list[dict[str, Any]] = []
    heard: Callable[[dict[str, Any]], None] | None = None

    async def receive(self) -> dict[str, Any]:
        if self.left:
            return self.left.pop(0)
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if self.heard is not None:
            self.heard(message)
        await asyncio.sleep(0)

    @property
    def body(self) -> bytes:
        return b"".join(one.get("body", b"") for one in self.sent)

    @property
    def answered(self) -> Answered:
        """The answer, which has to be one that a server can send."""
        kinds = [one["type"] for one in self.sent]
        assert kinds == ["http.response.start", *["http.response.body"] * (len(kinds) - 1)], kinds
        assert not self.sent[-1].get("more_body"), "the answer has no end"
        assert all(one.get("more_body") for one in self.sent[1:-1]), "something came after the end"
        found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self.sent[0]["headers"]}
        return Answered(self.sent[0]["status"], found, self.body)


def client(*pieces: bytes) -> Client:
    """A client that sends a body in pieces."""
    last = len(pieces) - 1
    return Client([{"type": "http.request", "body": one, "more_body": at < last} for at, one in enumerate(pieces)], asyncio.Event())


Headers = Mapping[str, str] | Sequence[tuple[str, str]]


def scope(method: str, path: str, headers: Headers) -> dict[str, Any]:
    """A connection as a server describes it."""
    bare, _, query = path.partition("?")
    listed = headers.items() if isinstance(headers, Mapping) else headers
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": bare,
        "raw_path": bare.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"x"), *((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in listed)],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }


async def called(made: Gateway, method: str, path: str, body: Any = b"", headers: Headers = ()) -> Answered:
    """The answer to one request."""
    one = client(body if isinstance(body, bytes) else json.dumps(body).encode())
    await app(made)(scope(method, path, headers), one.receive, one.send)
    return one.answered


async def posted(made: Gateway, wire: str, body: Any, headers: Mapping[str, str] | None = None) -> Answered:
    """The answer to a conversation's request on a wire."""
    return await called(made, "POST", PATHS[wire], body, {**(VERSION if wire == "anthropic" else {}), **(headers or {})})


def request(wire: str, model: str = "auto", *, stream: bool = False, words: str = WORDS, **more: Any) -> dict[str, Any]:
    """A small request."""
    said: dict[str, Any] = {"input": words} if wire == "openai_responses" else {"messages": [{"role": "user", "content": words}]}
    limit = {"max_tokens": 500} if wire == "anthropic" else {}
    return {"model": model, "stream": stream, **said, **limit, **more}


def last(made: Gateway) -> Entry:
    """The latest record."""
    return made.ledger.recent(1)[0]


def run(body: Coroutine[Any, Any, T]) -> T:
    """Run to the end, within a few seconds."""

    async def bounded() -> T:
        return await asyncio.wait_for(body, 60)

    return asyncio.run(bounded())


async def settled(true: Callable[[], Any], seconds: float = 2.0) -> None:
    """Wait until something is true."""
    ends = asyncio.get_running_loop().time() + seconds
    while not true():
        assert asyncio.get_running_loop().time() < ends, "it never came true"
        await asyncio.sleep(0.001)


def stream(*frames: bytes, end: str = "end", delay: float = 0.0) -> Script:
    """A streamed answer of these frames, each so many seconds after the one before."""
    return Script(200, dict(EVENTS), tuple(Piece(one, delay) for one in frames), end)


@asynccontextmanager
async def calling(
    made: Gateway, wire: str, body: Any, headers: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[Client, asyncio.Future[None]]]:
    """A request under way: its client, and the task that serves it."""
    one = client(json.dumps(body).encode())
    said = {**(VERSION if wire == "anthropic" else {}), **(headers or {})}
    task = asyncio.ensure_future(app(made)(scope("POST", PATHS[wire], said), one.receive, one.send))
    try:
        yield one, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Kept(Struct):
    """A transport that plays scripts in turn and keeps its answers."""

    scripts: list[Script]
    replies: list[Played] = []
    waiting: int = 0

    async def ask(self, sent: Sent, patience: Patience) -> Reply:
        script = self.scripts[0] if len(self.scripts) == 1 else self.scripts.pop(0)
        self.waiting += 1
        reply = await playing(script).ask(sent, patience)
        self.waiting -= 1
        assert isinstance(reply, Played)
        self.replies.append(reply)
        return reply

    async def close(self) -> None:
        """There is nothing to close."""


def kinds(made: Gateway) -> list[tuple[str, str | None]]:
    """Where the latest request was tried, and how each try ended."""
    return [(one.endpoint.partition("/")[0], one.fault.kind if one.fault else None) for one in last(made).attempts]


def broken(status: int) -> Script:
    return whole(b'{"error": {"message": "no", "type": "server_error"}}', status)


def whole_answer(wire: str) -> Script:
    """A whole answer as the scripted provider gives it."""
    made = gateway(Sold("one/alpha", Scripted(pace=0), (wire,)))
    return whole(run(posted(made, wire, request(wire))).body)


async def hung_up(client: Client, task: "asyncio.Future[None]") -> None:
    client.gone.set()
    await asyncio.wait_for(task, 20)
