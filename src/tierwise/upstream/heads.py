"""What goes out before the body: where a URL leads, and the head of a request as bytes.

A header's name or value can never become a second header or a second request: names are tokens, values hold no line ends. Headers that
belong to the connection and to the body's length are the transport's own; the caller's are left out.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

PORTS: Final = MappingProxyType({"http": 80, "https": 443})
VISIBLE: Final = re.compile(r"[!-~]+")
NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

OWN: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that are between this transport and its peer."""

SIZED: Final = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests state a length even without a body."""

NAMES: Final = 4096
"""Header names that are remembered as good: clients choose some of them, so there is an end to it."""


class Proxy(Struct, frozen=True):
    """An HTTP proxy, and what it is shown to let requests through ('' for nothing)."""

    host: str
    port: int
    authorization: str = ""

    def __repr__(self) -> str:
        """Without the authorization."""
        return f"Proxy({self.host}:{self.port})"


class Origin(Struct, frozen=True):
    """Where connections lead: they are kept and shared by origin."""

    scheme: str
    host: str
    port: int
    proxy: Proxy | None = None

    @property
    def place(self) -> str:
        """Host and port as they are written in messages."""
        return f"{_bracketed(self.host)}:{self.port}"


class Route(Struct, frozen=True):
    """A method and a URL made ready: the origin, the first lines of the head, and an authorization that the URL brought ('' for none)."""

    origin: Origin
    start: str
    authorization: str
    sized: bool
    bodiless: bool

    def __repr__(self) -> str:
        """Without the path, which may hold a key, and the authorization."""
        return f"Route({self.origin.place})"


class Place(Struct, frozen=True):
    """A URL taken apart; `authorization` is what its credentials come to ('' for none)."""

    scheme: str
    host: str
    port: int
    target: str
    authorization: str

    def __repr__(self) -> str:
        """Without the path and the authorization."""
        return f"Place({self.host}:{self.port})"


def place(url: str) -> Place:
    """A URL taken apart; ValueError where it is none of HTTP."""
    if not VISIBLE.fullmatch(url):
        raise ValueError("a URL holds a character that is not visible ASCII")
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("a URL does not begin with http:// or https:// and a host")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme], target, _basic(parts))


def routed(method: str, where: Place, proxy: Proxy | None) -> Route:
    """The way to a place, through a proxy or directly."""
    if not NAME.fullmatch(method):
        raise ValueError("a method is no token")
    origin = Origin(where.scheme, where.host, where.port, proxy)
    host = _bracketed(where.host) + ("" if where.port == PORTS[where.scheme] else f":{where.port}")
    forwarded = proxy is not None and where.scheme == "http"
    target = f"http://{host}{where.target}" if forwarded else where.target
    start = f"{method} {target} HTTP/1.1\r\nhost: {host}\r\naccept-encoding: identity\r\n"
    if proxy is not None and forwarded and proxy.authorization:
        start += f"proxy-authorization: {proxy.authorization}\r\n"
    return Route(origin, start, where.authorization, method in SIZED, method == "HEAD")


def head(route: Route, headers: Mapping[str, str], length: int, known: set[str]) -> bytes:
    """The head of a request; ValueError for a header that would be more than one. `known` are names that were looked at before."""
    if not (headers.keys() <= known and headers.keys().isdisjoint(OWN)):
        headers = _checked(headers, known)
    if route.authorization and "authorization" not in headers:
        headers = {**headers, "authorization": route.authorization}
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if lines.count("\n") != len(headers) or lines.count("\r") != len(headers) or "\0" in lines:
        raise ValueError("a header's value holds a line end or a NUL")
    sized = f"content-length: {length}\r\n\r\n" if length or route.sized else "\r\n"
    try:
        return f"{route.start}{lines}{sized}".encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("a header's value holds a character that headers cannot carry") from None


def _checked(headers: Mapping[str, str], known: set[str]) -> dict[str, str]:
    """The headers by lower-case names, without those that are the transport's own."""
    lower = {name.lower(): value for name, value in headers.items()}
    if not all(map(NAME.fullmatch, lower)):
        raise ValueError("a header's name is no token")
    if len(known) > NAMES:
        known.clear()
    known.update(lower)
    return {name: value for name, value in lower.items() if name not in OWN}


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _basic(parts: SplitResult) -> str:
    if parts.username is None and parts.password is None:
        return ""
    return basic(unquote(parts.username or ""), unquote(parts.password or ""))


def basic(user: str, password: str) -> str:
    """A user and password as an authorization header has them."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
