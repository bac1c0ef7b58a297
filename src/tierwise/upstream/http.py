"""The HTTP transport: a narrow keep-alive client for HTTP/1.1, the only way out to providers.

It does what a gateway needs and no more: no redirects, cookies, caches or retries. What it does not do costs nothing; what it does is
spread over small machines: heads (what goes out), pool and connecting (where it goes), connection and incoming (what comes back).

A transport lives in one event loop.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Final
from urllib.request import getproxies_environment

from tierwise.core.faults import Fault
from tierwise.upstream.connection import Connection
from tierwise.upstream.door import Broken, Patience, Reply, Sent
from tierwise.upstream.heads import Origin, Route, head, place, routed
from tierwise.upstream.pool import Limits, Pool
from tierwise.upstream.proxies import proxy_for

WAYS: Final = 1024
"""URLs of which is remembered where they lead."""

REFUSED: Final = 407
"""The status with which a proxy asks for credentials."""

LIMITS: Final = Limits()


class Http:
    """A transport; see door.Upstream.

    `proxies` are proxy URLs by scheme ('all' for any, 'no' for the hosts to ask directly), by default those of the environment; this
    machine is asked through one only where `loopback` is set. `context` replaces the usual TLS settings, which check certificates against
    the system's.
    """

    def __init__(
        self,
        limits: Limits = LIMITS,
        *,
        proxies: Mapping[str, str] | None = None,
        loopback: bool = False,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Open nothing yet."""
        self._limits = limits
        self._proxies = getproxies_environment() if proxies is None else dict(proxies)
        self._loopback = loopback
        self._context = context
        self._ways: dict[tuple[str, str], tuple[Route, Pool]] = {}
        self._pools: dict[Origin, Pool] = {}
        self._names: set[str] = set()

    async def ask(self, sent: Sent, patience: Patience) -> Reply:
        """Send a request and wait for the answer's head. Broken when there is none; ValueError when the request cannot be said in HTTP."""
        route, pool = self._ways.get((sent.method, sent.url)) or self._way(sent.method, sent.url)
        start = head(route, sent.headers, len(sent.body), self._names)
        connection = pool.kept() or await self._connection(pool, patience)
        answer = connection.send(start, sent.body, patience, bodiless=route.bodiless)
        await answer.head()
        if answer.status == REFUSED and route.origin.proxy is not None:
            answer.close()
            raise Broken(Fault("proxy", "the proxy asks for credentials", REFUSED))
        return answer

    async def close(self) -> None:
        """Close every connection; what is under way ends with a fault."""
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    def _way(self, method: str, url: str) -> tuple[Route, Pool]:
        where = place(url)
        route = routed(method, where, proxy_for(where, self._proxies, loopback=self._loopback))
        if route.origin not in self._pools:
            self._pools[route.origin] = Pool(route.origin, self._limits, self._secured() if where.scheme == "https" else None)
        if len(self._ways) >= WAYS:
            self._ways.clear()
        self._ways[method, url] = way = (route, self._pools[route.origin])
        return way

    async def _connection(self, pool: Pool, patience: Patience) -> Connection:
        try:
            async with asyncio.timeout(patience.connect):
                return await pool.connection()
        except TimeoutError:
            raise Broken(Fault("connect_timeout", pool.origin.place)) from None

    def _secured(self) -> ssl.SSLContext:
        """The TLS settings, made when they are first needed: reading all the certificates takes some 50 ms."""
        if self._context is None:
            self._context = ssl.create_default_context()
            self._context.set_alpn_protocols(["http/1.1"])
        return self._context
