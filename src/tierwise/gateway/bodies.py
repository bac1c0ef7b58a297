"""The body that is sent to a site for a client's request.

The same wire keeps the client's bytes: only the model's name is another (and the effort, where the endpoint has one of its own), and,
at providers that would cache it, text that the client changes on every call stays the same. Streams are asked to say what they used, at
the end of the body, so that the prompt before it keeps its bytes too. Another wire gets the request rendered.

Long texts, or all messages in one piece, stand aside meanwhile (core/eliding), since nothing here reads them.
"""

from typing import Final

from msgspec.structs import replace

from tierwise.core.eliding import elided, framed, restored, unframed
from tierwise.core.prompt import Prompt
from tierwise.core.request import Request
from tierwise.core.splice import outline, with_model
from tierwise.core.wire import Dialect, Wire
from tierwise.gateway.deciding import Decided, settled
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.sites import Site

OWN_LINE: Final = "own_harness_line"
"""The quirk of a provider that reads what a client writes for it on every call."""

LONG: Final = 16_384
"""Bytes from which on it is worth putting texts aside."""


def passes(wire: Wire, decided: Decided, site: Site) -> bool:
    """Whether the client's own bytes can go to a site that is asked on a wire."""
    own = decided.asked.wire
    return wire is own and (wire.passes is None or wire.passes(decided.asked.body, dialect(site)))


def body_for(gateway: Gateway, decided: Decided, site: Site, *, same: bool, strip: bool) -> bytes:
    """The body for a site: the client's own where that passes (`same`), else rendered; without earlier reasoning where `strip` says so."""
    wire = gateway.wires[site.spoken(decided.asked.wire.name)]
    if not same:
        body = _rendered(gateway, decided, wire, site)
        return wire.stripped(body) if strip else body
    body = decided.asked.body if OWN_LINE in site.provider.quirks else settled(gateway, decided.request, decided.asked.body)
    found = None if strip else _renamed(gateway, decided.request, site, body)
    return _looked_through(gateway, decided.request, (site, wire), body, strip=strip) if found is None else found


def _renamed(gateway: Gateway, request: Request, site: Site, body: bytes) -> bytes | None:
    """A client's own body with the model's name there, where nothing else has to be looked at; else None."""
    wire = gateway.wires[request.wire]
    if wire.suited is not None and wire.takes is None:
        return None
    away = framed(body, request.segments, gateway.clock.secret()) if len(body) > LONG else None
    short, fields = outline(body if away is None else away.body)
    if wire.takes is not None and not wire.takes(fields, request, dialect(site)):
        return None
    short = _asking(with_model(short, site.model, fields), site, wire)
    if wire.counted is not None and not request.usage and gateway.settings.usage == "always":
        short = wire.counted(short)
    return short if away is None else unframed(short, away)


def _looked_through(gateway: Gateway, request: Request, there: tuple[Site, Wire], body: bytes, *, strip: bool) -> bytes:
    """A client's own body as an endpoint takes it, long texts aside meanwhile."""
    away = elided(body, request.segments, gateway.clock.secret()) if len(body) > LONG else None
    if away is not None and away.texts:
        found = restored(_fitted(gateway, *there, away.body, strip=strip), away)
        if found is not None:
            return found
    return _fitted(gateway, *there, body, strip=strip)


def _fitted(gateway: Gateway, site: Site, wire: Wire, body: bytes, *, strip: bool) -> bytes:
    """A client's own body as an endpoint of the same wire takes it."""
    body = with_model(body, site.model)
    if wire.counted is not None and gateway.settings.usage == "always":
        body = wire.counted(body)
    if wire.suited is not None:
        # An effort of the client's that the model does not take is no reason to write the body anew, so ours is in it before.
        body = wire.suited(_asking(body, site, wire), dialect(site))
    body = _asking(body, site, wire)  # one that was written anew asks for what fits the rest of the client's words
    return wire.stripped(body) if strip else body


def _asking(body: bytes, site: Site, wire: Wire) -> bytes:
    """A body that asks for the effort of an endpoint that has one, whatever its client asks for."""
    effort = site.endpoint.reasoning
    return wire.asks(body, effort, dialect(site)) if effort and wire.asks is not None else body


def thinking(prompt: Prompt, site: Site) -> Prompt:
    """A prompt for a site: where the endpoint has an effort of its own, with that and not what the client said of thinking."""
    effort = site.endpoint.reasoning
    return replace(prompt, knobs=replace(prompt.knobs, effort=effort, thinking=None, budget=None)) if effort else prompt


def dialect(site: Site) -> Dialect:
    """How a site is spoken to."""
    return Dialect(site.model, site.provider.quirks, reasons=site.endpoint.capability.reasoning != "none")


def _rendered(gateway: Gateway, decided: Decided, wire: Wire, site: Site) -> bytes:
    prompt, asked = decided.prompt, decided.asked
    whole = prompt if prompt is not None else asked.wire.read(settled(gateway, decided.request, asked.body))
    return wire.render(thinking(whole, site), dialect(site))
