"""Who may see and change what: every route under /admin passes here.

With keys, a reader's sees and an admin's changes too; a client's does neither. Without any key the gateway listens on this machine only and
needs no sign-in. Then a web page that somebody opens here could be the one that asks: so the Host header has to name this machine (a name
that was rebound to it does not), the browser must not say that another site asks, and whatever changes something has to come as JSON,
which no other site may send without asking first.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from tierwise.core.faults import Fault
from tierwise.gateway.app import Call, Route
from tierwise.gateway.asking import Refused
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.sink import JSON, Header

Serve = Callable[[Call], Awaitable[None]]

HERE: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
OWN: Final = frozenset({"same-origin", "none"})
SEES: Final = frozenset({"reader", "admin"})
CHANGES: Final = frozenset({"admin"})
PRIVATE: Final[tuple[Header, ...]] = (
    JSON,
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


def sees(serve: Serve) -> Serve:
    """A route for readers and admins."""
    return _guarded(serve, SEES)


def changes(serve: Serve) -> Serve:
    """A route for admins, which takes JSON only."""

    async def careful(call: Call) -> None:
        if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(Fault("malformed", "send content-type: application/json"))
        await serve(call)

    return _guarded(careful, CHANGES)


def _guarded(serve: Serve, roles: frozenset[str]) -> Serve:
    async def guarded(call: Call) -> None:
        role = role_of(call)
        if role not in roles:
            raise Refused(Fault("forbidden", f"this needs a key with the role {' or '.join(sorted(roles))}; the key's role is {role}"))
        await serve(call)

    return guarded


def unlocked(gateway: Gateway) -> bool:
    """Whether nobody needs a key."""
    return gateway.desk.keyring.open


async def door(call: Call) -> None:
    """Whether the console can be seen without a key; all that is told to whoever comes."""
    await told(call, {"open": unlocked(call.gateway)})


ROUTES: Final[Mapping[str, Route]] = {"/admin/door": Route({"GET": door}, "openai_chat", open=True)}


def role_of(call: Call) -> str:
    """The role of whoever calls; Refused where nobody has to sign in and somebody else's page may be the one that asks."""
    if not nobody(call):
        return call.key.role
    host = call.headers.get("host", "")
    if named(host) not in HERE:
        raise Refused(Fault("forbidden", f"without keys only this machine is served, by the name localhost, not {host[:80]!r}; set keys"))
    if call.headers.get("sec-fetch-site", "none") not in OWN:
        raise Refused(Fault("forbidden", "another site's page asks"))
    return "admin"


def nobody(call: Call) -> bool:
    """Whether the caller has shown no key, and needs none."""
    return call.key is call.gateway.desk.keyring.everybody


def named(host: str) -> str:
    """The name in a Host header, without its port."""
    name, colon, port = host.strip().lower().rpartition(":")
    return name if colon and port.isdigit() and (":" not in name or name.startswith("[")) else host.strip().lower()


async def told(call: Call, found: Any, status: int = 200, more: Iterable[Header] = ()) -> None:
    """Answer with what was found, as JSON that nobody keeps."""
    await call.sink.whole(status, found if isinstance(found, bytes) else msgspec.json.encode(found), [*PRIVATE, *more])
