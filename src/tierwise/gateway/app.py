"""The ASGI application: routes, keys and limits. It decides nothing.

A bare application, since a framework would cost more than everything else on the way. This is also the request boundary: whatever
nobody has foreseen becomes the protocol's own error here, and the record says so.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from tierwise.core.faults import Fault, status_of
from tierwise.core.wire import Wire
from tierwise.gateway import headers as head
from tierwise.gateway.asking import Refused
from tierwise.gateway.gateway import Gateway, Key
from tierwise.gateway.sink import JSON, Header, Receive, Send, Sink

Scope = Mapping[str, Any]

VERSION: Final = "/v1"
ADMIN: Final = "/admin/"
INFLATE: Final[Mapping[str, int]] = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Content encodings that are undone, and how zlib knows them."""

BEARER: Final = "bearer "
PLAIN: Final = (b"content-type", b"text/plain; charset=utf-8")


class Call(Struct):
    """A request as a route gets it. `tail` is what the path has after the route's, `wire` the one whose errors the client understands."""

    gateway: Gateway
    key: Key
    wire: Wire
    path: str
    tail: str
    query: str
    headers: dict[str, str]
    receive: Receive
    sink: Sink
    allowed: tuple[Header, ...] = ()

    async def body(self) -> bytes:
        """The request's whole body, encodings undone; Refused where it is larger than the gateway takes."""
        most = self.gateway.settings.server.body
        if int(self.headers.get("content-length") or 0) > most:
            raise Refused(_large(most))
        message = await self.receive()
        whole = bytes(message.get("body", b""))
        if len(whole) > most:
            raise Refused(_large(most))
        if message.get("more_body"):
            whole = await self._more(whole, most)
        encoding = self.headers.get("content-encoding", "")
        return _inflated(whole, encoding.strip().lower(), most) if encoding else whole

    async def _more(self, first: bytes, most: int) -> bytes:
        pieces, size = [first], len(first)
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise Refused(Fault("hung_up"))
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > most:
                raise Refused(_large(most))
            if not message.get("more_body"):
                return b"".join(pieces)

    async def answer(self, status: int, body: bytes) -> None:
        """A whole JSON answer."""
        await self.sink.whole(status, body, [JSON])

    async def text(self, body: str, status: int = 200) -> None:
        """A whole text answer."""
        await self.sink.whole(status, body.encode(), [PLAIN])

    async def refuse(self, fault: Fault) -> None:
        """The protocol's own error."""
        if not self.sink.closed and not self.sink.status:
            await self.sink.whole(status_of(fault), self.wire.error(fault), [JSON, *head.of_fault(fault), *self.allowed])

    async def cut_short(self) -> None:
        """End an answer that the server has no more time for."""
        if self.sink.status and not self.sink.closed:
            await self.sink.end(self.wire.error_frame(DRAINING))
        await self.refuse(DRAINING)


DRAINING: Final = Fault("draining")


def _headers(scope: Scope) -> dict[str, str]:
    """A connection's headers by name; servers give the names in lower case."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _large(most: int) -> Fault:
    return Fault("body_too_large", f"the body has more than {most:,} bytes (server.body in tierwise.yaml)")


def _inflated(whole: bytes, encoding: str, most: int) -> bytes:
    if encoding == "identity":
        return whole
    if encoding not in INFLATE:
        raise Refused(Fault("encoding", f"{encoding[:40]!r}; known: {', '.join(INFLATE)}, identity"))
    undo = zlib.decompressobj(INFLATE[encoding])
    try:
        found = undo.decompress(whole, most + 1)
    except zlib.error:
        raise Refused(Fault("malformed", f"the body is not {encoding}, though content-encoding says so")) from None
    if len(found) > most:
        raise Refused(_large(most))
    return found


class Route(Struct, frozen=True):
    """What is served at a path: by method, and the wire whose errors its clients understand ('' where that depends on the headers).

    `open` routes need no key.
    """

    methods: Mapping[str, Callable[[Call], Awaitable[None]]]
    wire: str = ""
    open: bool = False
    socket: Callable[..., Awaitable[None]] | None = None


NOWHERE: Final = Route({})


class App(Struct):
    """The application: routes by path without '/v1'; of routes that end with '/', what comes after is the tail."""

    gateway: Gateway
    routes: Mapping[str, Route]
    shape: Callable[[Mapping[str, str]], str]
    found: dict[str, tuple[Route, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI connection."""
        await SERVED[scope["type"]](self, scope, receive, send)

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        headers = _headers(scope)
        route, tail = self.routed(scope["path"])
        gateway, sink = self.gateway, Sink(send)
        wire = gateway.wires[route.wire or self.shape(headers)]
        call = Call(gateway, gateway.everybody, wire, scope["path"], tail, scope["query_string"].decode("latin-1"), headers, receive, sink)
        try:
            await self._served(route, scope["method"], call)
        except Refused as error:
            gateway.metrics.refuse(error.fault)
            await call.refuse(error.fault)
        except asyncio.CancelledError:
            await call.cut_short()
        except Exception as error:  # noqa: BLE001  # the request boundary: no traceback reaches a client, and nothing is lost
            gateway.crashed(error)
            await call.refuse(Fault("internal", "it has been written to the gateway's log"))

    async def _served(self, route: Route, method: str, call: Call) -> None:
        serve = route.methods.get(method)
        if serve is None:
            call.allowed = ((b"allow", ", ".join(route.methods).encode()),) if route.methods else ()
            raise Refused(self._strange(route, method, call.path))
        if not route.open:
            call.key = await self.known(call.headers)
        limits = self.gateway.desk.limits
        limits.enter(call.key, self.gateway.clock.now())
        try:
            await serve(call)
        finally:
            limits.leave(call.key)

    def _strange(self, route: Route, method: str, path: str) -> Fault:
        if route.methods:
            return Fault("method", f"{method} {path[:200]}; known here: {', '.join(route.methods)}")
        asked = (one for one, found in self.routes.items() if "POST" in found.methods and not one.startswith(ADMIN))
        known = ", ".join(sorted(VERSION + one for one in asked))
        return Fault("not_found", f"{path[:200]} is not served; known are {known}")

    async def known(self, headers: Mapping[str, str]) -> Key:
        """What a client's key stands for; Refused where it is none."""
        said = headers.get("authorization", "")
        bearer = said[: len(BEARER)].lower() == BEARER
        key = said[len(BEARER) :] if bearer else headers.get("x-api-key") or headers.get("api-key") or ""
        return await self.gateway.desk.key(key.strip())

    def routed(self, path: str) -> tuple[Route, str]:
        """The route of a path, with or without '/v1' and whatever prefix a base URL brings, and the path's tail."""
        route = self.routes.get(path.removeprefix(VERSION))
        if route is not None:
            return route, ""
        if path not in self.found:
            if len(self.found) > 1000:  # noqa: PLR2004  # paths are the client's own: only so many are kept
                self.found.clear()
            self.found[path] = self._sought(path)
        return self.found[path]

    def _sought(self, path: str) -> tuple[Route, str]:
        rest = "/" + path.strip("/")
        for start in range(rest.count("/")):
            tried = "/" + "/".join(rest.split("/")[start + 1 :]).removeprefix("v1/")
            if tried in self.routes:
                return self.routes[tried], ""
            folder = next((one for one in folders(tried) if one in self.routes), "")
            if folder:
                return self.routes[folder], tried[len(folder) :]
        return NOWHERE, ""

    async def socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One WebSocket."""
        headers = _headers(scope)
        route, _ = self.routed(scope["path"])
        await receive()
        if route.socket is None:
            await refused_socket(scope, send, UPGRADE, b"")
            return
        try:
            key = await self.known(headers)
        except Refused as error:
            await refused_socket(scope, send, status_of(error.fault), self.gateway.wires[route.wire].error(error.fault))
            return
        await route.socket(self.gateway, key, headers, receive, send)

    async def lifespan(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Start and end of the server: at its end what is kept is written and connections are closed."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.gateway.begin()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.gateway.end()
                await send({"type": "lifespan.shutdown.complete"})
                return


def folders(path: str) -> list[str]:
    """The folders of a path, the longest first: /a/b/ and /a/ of /a/b/c."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) + "/" for count in range(len(parts), 1, -1)]


async def refused_socket(scope: Scope, send: Send, status: int, body: bytes) -> None:
    """Refuse a WebSocket with a status, where the server can say one; clients that hear 426 go on over HTTP at once."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1008, "reason": "not here"})
        return
    await send({"type": "websocket.http.response.start", "status": status, "headers": [JSON]})
    await send({"type": "websocket.http.response.body", "body": body})


UPGRADE: Final = 426
"""The status that sends a client from a WebSocket to plain HTTP."""

SERVED: Final[Mapping[str, Callable[[App, Scope, Receive, Send], Awaitable[None]]]] = {
    "http": App.http,
    "websocket": App.socket,
    "lifespan": App.lifespan,
}
"""What kinds of connection a server brings."""
