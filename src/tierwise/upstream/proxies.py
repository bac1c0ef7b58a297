"""Which HTTP proxy a request goes through, by the variables that other tools read too.

`http_proxy`, `https_proxy` and `all_proxy` name one for each scheme, `no_proxy` the hosts that are asked directly; both in either case.
This machine is never asked through a proxy unless that is wanted. The proxy itself is spoken to in plain HTTP.
"""

import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # it is documented only by its source

from tierwise.core.faults import Fault
from tierwise.upstream.door import Broken
from tierwise.upstream.heads import Place, Proxy, basic

USUAL: Final = 80


def proxy_for(where: Place, proxies: Mapping[str, str], *, loopback: bool = False) -> Proxy | None:
    """The proxy to ask for a place, None to ask it directly. Broken when the variable names none that can be used."""
    url = proxies.get(where.scheme) or proxies.get("all")
    if not url or (not loopback and is_loopback(where.host)) or proxy_bypass_environment(f"{where.host}:{where.port}", dict(proxies)):
        return None
    return _proxy(url if "://" in url else f"http://{url}", where.scheme)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _proxy(url: str, scheme: str) -> Proxy:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Broken(Fault("proxy", f"the proxy for {scheme} has no usable address")) from None
    if parts.scheme != "http" or not host:
        raise Broken(Fault("proxy", f"the proxy for {scheme} is none that is spoken to over http://"))
    shown = basic(unquote(parts.username), unquote(parts.password or "")) if parts.username else ""
    return Proxy(host, port or USUAL, shown)
