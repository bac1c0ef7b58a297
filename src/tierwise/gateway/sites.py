"""Endpoints as they are reached: URLs, headers with the key in them, and the transport; and the requests that are sent to them."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from tierwise import __version__
from tierwise.core.catalog import Endpoint
from tierwise.core.money import Amount
from tierwise.core.provider import Provider
from tierwise.core.usage import Usage
from tierwise.core.wire import Wire
from tierwise.upstream.door import Sent, Upstream

AGENT = f"tierwise/{__version__}"


class Way(Struct, frozen=True):
    """How an endpoint is asked on one wire: the address and the headers that every request has."""

    url: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        """The address; the headers hold a key, and nobody may see it."""
        return f"Way({self.url!r}, {len(self.headers)} headers)"


class Site(Struct, frozen=True):
    """An endpoint that can be reached: what its provider calls the model, and how it is asked on each wire, its first choice first.

    `others` are ways to what is no conversation, by their usual path ('/embeddings').
    """

    endpoint: Endpoint
    provider: Provider
    model: str
    ways: Mapping[str, Way]
    transport: Upstream
    others: Mapping[str, Way] = {}

    def spoken(self, wire: str) -> str:
        """The wire to ask on for a client that speaks `wire`: the same where that is spoken."""
        return wire if wire in self.ways else next(iter(self.ways))


class Elsewhere(Struct, frozen=True):
    """Where something that is no conversation can be asked: what the provider calls the model, the way, and the transport.

    `priced` is what tokens cost there at an instant (milliseconds), in pico-dollars.
    """

    provider: Provider
    model: str
    way: Way
    transport: Upstream
    priced: Callable[[Usage, int], Amount]


def request_to(site: Site, wire: Wire, body: bytes, forwarded: Mapping[str, str]) -> Sent:
    """What is sent to a site for a body on a wire."""
    way = site.ways[wire.name]
    return Sent("POST", way.url, {**way.headers, **forwarded} if forwarded else way.headers, body)


def forwarded(wire: Wire, headers: Mapping[str, str]) -> dict[str, str]:
    """Headers of a client that go on to a provider of the same wire."""
    return {name: value for name, value in headers.items() if name.startswith(wire.forwards)} if wire.forwards else {}
