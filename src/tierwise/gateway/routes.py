"""What is served where. Paths stand here without '/v1'; both ways are served. Those of conversations come from the wires."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from tierwise.core import codec
from tierwise.core.faults import Fault
from tierwise.core.wire import Wire
from tierwise.gateway import counting, exposition, feedback, listing, passing
from tierwise.gateway.admin.paths import paths
from tierwise.gateway.app import VERSION, App, Call, Route
from tierwise.gateway.asking import Refused
from tierwise.gateway.compacting import compacts, condense, triggered
from tierwise.gateway.deciding import asked_with, decided
from tierwise.gateway.exchange import served
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.sockets import conversing
from tierwise.gateway.watching import watched

GOOD: Final = 200
ANTHROPIC: Final = "anthropic"
CHAT: Final = "openai_chat"
COMPLETIONS: Final = "openai_completions"
TELLING: Final = (
    ("input", "openai_responses"),
    ("system", ANTHROPIC),
    ("max_tokens", ANTHROPIC),
    ("messages", CHAT),
    ("prompt", COMPLETIONS),
)
"""Keys by which the wire of a body without a path of its own is known, the most telling first."""


def conversation(wire: Wire) -> Callable[[Call], Awaitable[None]]:
    """What serves a wire's requests."""

    async def serve(call: Call) -> None:
        body = await call.body()
        if wire.compaction is not None and triggered(wire.compaction, body):
            await condense(call, wire, wire.compaction, body)
            return
        asked = asked_with(call.key, wire, body, call.headers)
        await watched(served(call.gateway, asked, call.sink), call.receive)

    return serve


async def nothing(call: Call) -> None:
    """That somebody is here."""
    await call.text("")


async def welcome(call: Call) -> None:
    """What this is, for a person who opens it."""
    await call.text("tierwise is running. Point a client's base URL here; see /healthz, /metrics and /v1/models.\n")


async def health(call: Call) -> None:
    """That the process lives."""
    await call.answer(GOOD, b'{"status":"ok"}')


async def ready(call: Call) -> None:
    """That requests are taken. A lost database makes no difference: requests are served without it."""
    gateway = call.gateway
    resting = gateway.down(0, gateway.clock.now())
    told = {"status": "ok", "endpoints": len(gateway.sites), "resting": sorted(resting)}
    await call.answer(GOOD, msgspec.json.encode(told))


async def metrics(call: Call) -> None:
    """Counters for Prometheus."""
    await call.sink.whole(GOOD, call.gateway.metrics.text().encode(), [exposition.CONTENT])


async def route(call: Call) -> None:
    """What would be decided of a request, which is not sent anywhere."""
    body = await call.body()
    gateway = call.gateway
    asked = asked_with(call.key, gateway.wires[_wire_of(body, call)], body, call.headers)
    found = decided(gateway, asked, gateway.clock.now())
    decision = found.decision
    told = {
        "model": gateway.sites[decision.chain[0]].endpoint.model if decision.chain else None,
        "endpoint": decision.chain[0] if decision.chain else None,
        "chain": decision.chain,
        "because": decision.receipt.because,
        "remedy": decision.remedy,
        "decision": msgspec.Raw(codec.encoded(decision)),
    }
    await call.answer(GOOD, msgspec.json.encode(told))


def _wire_of(body: bytes, call: Call) -> str:
    """The wire of a body: by x-tierwise-wire, else by the keys it has."""
    said = call.headers.get("x-tierwise-wire", "")
    if said in call.gateway.wires:
        return said
    try:
        keys = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Fault("malformed", f"route request: {error}")) from None
    found = next((wire for key, wire in TELLING if key in keys), None)
    if found is None:
        raise Refused(Fault("malformed", "route request: neither messages nor input in it"))
    return found


OWN: Final[Mapping[str, Route]] = MappingProxyType(
    {
        "": Route({"GET": welcome, "HEAD": nothing}, CHAT, open=True),
        "/": Route({"GET": welcome, "HEAD": nothing}, CHAT, open=True),
        "/api/hello": Route({"GET": nothing, "HEAD": nothing}, ANTHROPIC, open=True),
        "/healthz": Route({"GET": health, "HEAD": nothing}, CHAT, open=True),
        "/health": Route({"GET": health, "HEAD": nothing}, CHAT, open=True),
        "/readyz": Route({"GET": ready, "HEAD": nothing}, CHAT, open=True),
        "/metrics": Route({"GET": metrics}, CHAT, open=True),
        "/models": Route({"GET": listing.models, "HEAD": nothing}),
        "/models/": Route({"GET": listing.models, "HEAD": nothing}),
        "/route": Route({"POST": route}),
        "/embeddings": Route({"POST": passing.embeddings}, CHAT),
    }
)
"""What is served beside conversations."""


def shaped(headers: Mapping[str, str]) -> str:
    """The wire whose errors a client understands, where the path does not say."""
    return ANTHROPIC if "anthropic-version" in headers else CHAT


def app(gateway: Gateway) -> App:
    """The application of a gateway."""
    routes: dict[str, Route] = {}
    for wire in gateway.wires.values():
        socket = None if wire.socket is None else conversing(wire, wire.socket)
        route = Route({"POST": conversation(wire)}, wire.name, socket=socket)
        routes |= dict.fromkeys((path.removeprefix(VERSION) for path in wire.paths), route)
        if wire.counting:
            routes[wire.counting.removeprefix(VERSION)] = Route({"POST": counting.counted}, wire.name)
        if wire.compaction is not None:
            routes[wire.compaction.path] = Route({"POST": compacts(wire, wire.compaction)}, wire.name)
    return App(gateway, {**routes, **OWN, **feedback.OWN, **(paths() if gateway.settings.console else {})}, shaped)
