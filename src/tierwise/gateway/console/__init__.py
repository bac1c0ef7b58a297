"""The console's own files: read once, held in memory, plain and packed, and told apart by what is in them.

There is no build step and nothing from elsewhere: what the browser gets is what lies in `static`. The page may load only from here, run no
script but its own files, and stand in nobody's frame.
"""

import gzip
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from tierwise.core.faults import Fault
from tierwise.gateway.app import Call, Route
from tierwise.gateway.asking import Refused
from tierwise.gateway.sink import Header

PAGE: Final = "index.html"
KINDS: Final[Mapping[str, bytes]] = MappingProxyType(
    {
        "html": b"text/html; charset=utf-8",
        "css": b"text/css; charset=utf-8",
        "js": b"text/javascript; charset=utf-8",
        "svg": b"image/svg+xml",
    }
)
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
GUARDED: Final[tuple[Header, ...]] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"no-cache"),
    (b"vary", b"accept-encoding"),
)


class Leaf(Struct, frozen=True, gc=False):
    """A file as it is sent: its kind, its bytes, the same packed, and the tag of what is in it."""

    kind: bytes
    plain: bytes
    packed: bytes
    tag: bytes


def leaves() -> dict[str, Leaf]:
    """Every file of the console by its name."""
    folder = resources.files(__package__) / "static"
    found = ((one.name, one.read_bytes()) for one in folder.iterdir() if one.name.rpartition(".")[2] in KINDS)
    return {name: leaf(name, plain) for name, plain in found}


def leaf(name: str, plain: bytes) -> Leaf:
    """A file as it is sent."""
    tag = f'"{sha256(plain).hexdigest()[:32]}"'
    return Leaf(KINDS[name.rpartition(".")[2]], plain, gzip.compress(plain, 9, mtime=0), tag.encode())


LEAVES: Final[Mapping[str, Leaf]] = MappingProxyType(leaves())


async def page(call: Call) -> None:
    """The console's page, at an address that ends with a slash: its files stand beside it, whatever stands before it."""
    if not call.path.endswith("/") and not call.tail:
        await call.sink.whole(308, b"", [(b"location", b"console/"), *GUARDED])
        return
    one = LEAVES.get(call.tail or PAGE)
    if one is None:
        raise Refused(Fault("not_found", f"the console has no file {call.tail[:80]!r}"))
    await sent(call, one)


async def sent(call: Call, one: Leaf) -> None:
    """A file, unless the browser has it; packed where it takes that."""
    headers = [*GUARDED, (b"etag", one.tag)]
    if one.tag.decode() in call.headers.get("if-none-match", ""):
        await call.sink.begin(304, headers)
        await call.sink.end()
        return
    packed = "gzip" in call.headers.get("accept-encoding", "")
    body = one.packed if packed else one.plain
    await call.sink.whole(200, body, [(b"content-type", one.kind), *([(b"content-encoding", b"gzip")] if packed else []), *headers])


_PAGE: Final = Route({"GET": page, "HEAD": page}, "openai_chat", open=True)
ROUTES: Final[Mapping[str, Route]] = MappingProxyType({"/console": _PAGE, "/console/": _PAGE})
