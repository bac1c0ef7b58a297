"""One attempt: a site is asked, and its answer read until there is content in it. Whatever goes wrong is a fault, raised as Broken.

An answer is taken as it comes: JSON where a stream was asked for is told as a stream, a stream where JSON was asked for is gathered.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from tierwise.core.efforts import plain
from tierwise.core.entry import Attempt
from tierwise.core.events import Event, Failure, Open, Spent, Stop, folded
from tierwise.core.faults import Fault
from tierwise.core.naming import Restorer, named
from tierwise.core.usage import Usage
from tierwise.core.wire import Encoder, Voice, Wire
from tierwise.gateway.bodies import body_for, passes
from tierwise.gateway.deciding import Decided
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.gathering import gathered
from tierwise.gateway.purses import Reservation
from tierwise.gateway.relaying import UNSAID, Relay, unsaid
from tierwise.gateway.sites import Site, forwarded, request_to
from tierwise.recovery.health import Trial
from tierwise.recovery.reading import fault_of, limits, sharpened
from tierwise.upstream.door import Broken, Patience, Reply

GOOD: Final = 200
ERROR: Final = 1 << 20
"""Bytes of an error answer that are read."""

STREAM: Final = "text/event-stream"


class Live(Struct):
    """An answer that is there: whole (`body`), or with its first content (`first`) and the rest still to come.

    `most` is what budgets hold for it, `told` how it is noted where that has happened already.
    """

    site: Site
    wire: Wire
    reply: Reply
    began: float
    head: float
    content: float = 0.0
    relay: Relay | None = None
    first: bytes = b""
    body: bytes = b""
    usage: Usage | None = None
    trial: Trial | None = None
    hedge: bool = False
    same: bool = True
    most: int = 0
    told: Attempt | None = None


class Job(Struct, frozen=True, gc=False):
    """A decided request on its way to an answer: whether the client wants a stream, and how and until when it is to be answered."""

    gateway: Gateway
    decided: Decided
    stream: bool
    asked_usage: bool
    id: str
    at: int
    ends: float
    reservation: Reservation


async def attempted(job: Job, site: Site, *, strip: bool) -> Live:
    """The answer of a site with its first content; Broken says what went wrong before."""
    gateway, own = job.gateway, job.decided.asked.wire
    wire = gateway.wires[site.spoken(own.name)]
    same = passes(wire, job.decided, site)
    body = body_for(gateway, job.decided, site, same=same, strip=strip)
    headers = forwarded(wire, job.decided.asked.headers) if wire is own else {}
    began = gateway.clock.ticks()
    reply = await site.transport.ask(request_to(site, wire, body, headers), _patience(job, began))
    live = Live(site, wire, reply, began, gateway.clock.ticks(), same=same)
    try:
        await _begun(job, live)
        live.content = gateway.clock.ticks()
    finally:
        if not live.content:
            reply.close()
    return live


def _patience(job: Job, began: float) -> Patience:
    """The usual patience, cut where the request is to be over sooner."""
    usual, left = job.gateway.patience, max(job.ends - began, 0.001)
    if left >= usual.first_byte:
        return usual
    return Patience(min(usual.connect, left), left, min(usual.idle, left))


async def _begun(job: Job, live: Live) -> None:
    """Read an answer until there is content in it, or all of it where it does not come as a stream."""
    reply, provider, now = live.reply, live.site.provider, job.gateway.clock.now()
    if provider.limits and (windows := limits(provider, reply.headers, now)):
        job.gateway.pace.seen[plain(live.site.endpoint.id)] = windows
    if reply.status != GOOD:
        body = await gathered(reply, ERROR)
        raise Broken(fault_of(provider, reply.status, reply.headers, body, now))
    streams = reply.headers.get("content-type", "").startswith(STREAM)
    if job.stream and streams:
        await _first_content(job, live)
    elif streams:
        _whole(job, live, await _streamed(live))
    else:
        body = await gathered(reply, ends=live.head + job.gateway.settings.timeouts.first_content, ticks=job.gateway.clock.ticks)
        live.body = body
        live.usage = live.wire.glanced(body) if live.same and not job.stream and live.wire.glanced is not None else None
        if live.usage is None:
            _whole(job, live, live.wire.whole(body))


async def _first_content(job: Job, live: Live) -> None:
    """Read a stream until it may be passed on."""
    relay = live.relay = relay_of(job, live)
    ticks, longest = job.gateway.clock.ticks, job.gateway.settings.timeouts.first_content
    ends = min(live.began + longest, job.ends)
    while not relay.committed and relay.fault is None:
        piece = await live.reply.chunk()
        if ticks() > ends:
            raise Broken(Fault("first_content_timeout", f"more than {longest:g} s"))
        live.first = relay.feed(piece) if piece else relay.end()
        if not piece:
            break
    if relay.fault is not None:
        raise Broken(sharpened(live.site.provider, relay.fault))


async def _streamed(live: Live) -> Sequence[Event]:
    """All events of a stream that nobody waits for piece by piece."""
    heard = Listening([])
    relay = Relay(live.wire, live.wire.decoder(), lambda: heard, heard)
    while relay.fault is None and (piece := await live.reply.chunk()):
        relay.feed(piece)
    relay.end()
    if relay.fault is not None:
        raise Broken(sharpened(live.site.provider, relay.fault))
    return heard.events


class Listening(Struct):
    """An encoder that says nothing and keeps what it hears."""

    events: list[Event]

    def feed(self, event: Event) -> bytes:
        """Nothing; the event is kept."""
        self.events.append(event)
        return b""


def _whole(job: Job, live: Live, events: Sequence[Event]) -> None:
    """Take a whole answer: as it is where it can pass, told in the client's wire where it cannot."""
    for event in events:
        if type(event) is Failure:
            raise Broken(sharpened(live.site.provider, event.fault))
        if type(event) is Spent:
            live.usage = event.usage
        if type(event) is Stop and event.reason in UNSAID and not any(type(one) is Open for one in events):
            raise Broken(unsaid(event))
    own = job.decided.asked.wire
    if job.stream:
        encoder = own.encoder(voice(job, live.site))
        live.first = b"".join(encoder.feed(event) for event in restored(job, live, events))
        live.body = b""
    elif not live.same or not live.body:
        live.body = own.answer(folded(restored(job, live, events)), voice(job, live.site))


def restored(job: Job, live: Live, events: Sequence[Event]) -> Sequence[Event]:
    """Events with the names that the client's tools have."""
    one = _restorer(job, live)
    return events if one is None else [said for event in events for said in one.feed(event)]


def _restorer(job: Job, live: Live) -> Restorer | None:
    prompt = job.decided.prompt
    if live.same:
        return None
    whole = prompt if prompt is not None else job.decided.asked.wire.read(job.decided.asked.body)
    return Restorer(named(whole.tools)) if whole.tools else None


def voice(job: Job, site: Site) -> Voice:
    """How the client is answered."""
    tokens = round(job.decided.features.size.tokens * site.endpoint.scale)
    return Voice(job.id, job.at // 1000, site.endpoint.model, job.asked_usage, job.decided.prompt, tokens)


def relay_of(job: Job, live: Live) -> Relay:
    """The machine that takes a stream to the client."""
    own, site = job.decided.asked.wire, live.site

    def anew() -> Encoder:
        # It must not know `live`, which knows the relay: a circle would stay in memory until somebody looks for it.
        return own.encoder(voice(job, site))

    same = live.same
    mute = same and not job.asked_usage and live.wire.counted is not None
    return Relay(live.wire, live.wire.decoder(), anew, None if same else anew(), _restorer(job, live), mute)
