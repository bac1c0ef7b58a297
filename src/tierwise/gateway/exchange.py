"""One request's life, from its bytes to its record. The second file to read, after engine/decide.

    decided -> attempts -> first content -> the client -> the rest of the answer -> the entry, health, warmth

Theory of operation. The decision gives a chain of endpoints. They are tried until one of them has content; what goes wrong before is the
machine's of recovery/attempts to judge, and the client knows nothing of it. Then the response begins, and no other endpoint may
answer any more: what goes wrong from there ends the stream with the client's own error. Whatever happens, an entry is written, also
when the client hangs up (which cancels the task, and with it the request to the provider, at once).
"""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.catalog import Endpoint
from tierwise.core.entry import Asker, Attempt, Bodies, Entry, Latency, billed, charged
from tierwise.core.faults import Fault
from tierwise.core.money import Amount, Unknown
from tierwise.core.request import Request
from tierwise.core.tracing import traceparent
from tierwise.core.usage import Usage
from tierwise.engine import items
from tierwise.engine.cost import used
from tierwise.engine.warmth import HOUR
from tierwise.gateway import feedback
from tierwise.gateway import headers as head
from tierwise.gateway.asking import Refused
from tierwise.gateway.attempting import Job, Live, voice
from tierwise.gateway.cascading import cascaded
from tierwise.gateway.deciding import REFERENCE, Asked, Decided, decided, no_endpoint, resting
from tierwise.gateway.exploring import CANARY
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.items import outcomes
from tierwise.gateway.paying import funded, paid
from tierwise.gateway.purses import Reservation
from tierwise.gateway.relaying import Relay
from tierwise.gateway.shadowing import Shadow, shadow, shadowed
from tierwise.gateway.sink import EVENTS, JSON, Header, Outlet, ending
from tierwise.gateway.transcribing import transcribed
from tierwise.gateway.trying import Trail, answered, reported
from tierwise.recovery.reading import sharpened
from tierwise.upstream.door import Broken, Reply

MS: Final = 1000.0
GOOD: Final = 200
HUNG_UP: Final = Fault("hung_up")
UNREAD: Final = Request("", "")
"""Stands for a request that could not be read."""

LINGER: Final = 0.25
"""Seconds for which a provider may keep a connection open after the end of its answer."""


class Served(Struct):
    """How a request went, noted on the way: what it set aside of budgets (`reservation`), and of its key's tokens a minute (`taken`).

    `item` is the id of its work item.
    """

    gateway: Gateway
    asked: Asked
    name: str
    at: int
    began: float
    decided: Decided | None = None
    reservation: Reservation | None = None
    session: str = ""
    taken: int = 0
    job: Job | None = None
    trail: Trail | None = None
    live: Live | None = None
    thought: float = 0.0
    committed: bool = False
    fault: Fault | None = None
    item: str = ""
    shadow: Shadow | None = None

    @property
    def usage(self) -> Usage | None:
        """The tokens of the answer that was served, as far as they are known."""
        live = self.live
        return None if live is None else live.relay.usage if live.relay is not None else live.usage

    @property
    def complete(self) -> bool:
        """Whether the client has all of the answer."""
        return self.live is not None and self.live.relay is not None and self.live.relay.stop is not None


async def served(gateway: Gateway, asked: Asked, sink: Outlet) -> None:
    """Answer a request and write its record."""
    one = Served(gateway, asked, gateway.clock.name(), gateway.clock.now(), gateway.clock.ticks())
    if asked.who is not None and asked.who.bodies:
        sink.kept = []
    if gateway.exploring is not None:
        one.asked = replace(asked, chance=gateway.clock.chance())
    sink.last = partial(_over, one, sink)
    try:
        await _answered(one, sink)
    except (Refused, Broken) as error:
        await _failed(one, sink, error.fault)
    except asyncio.CancelledError:
        one.fault = None if one.complete else HUNG_UP
        raise
    finally:
        if not sink.status and one.fault is None:
            one.fault = Fault("internal")
        ending(sink)


def _over(one: Served, sink: Outlet) -> None:
    """Leave nothing running, and write the record: before the last byte goes out, so that whoever has an answer finds it in the ledger."""
    _close(one, sink)
    record(one, sink)


async def _answered(one: Served, sink: Outlet) -> None:
    gateway = one.gateway
    found, reservation = one.decided, one.reservation = await funded(gateway, one.asked, one.at)
    one.thought = gateway.clock.ticks()
    one.session = found.session
    feedback.hear(gateway, one.asked.headers, one.asked.key, one.session)
    if one.asked.who is not None:
        one.taken = gateway.desk.limits.take(one.asked.who, found.features.size.tokens + found.features.place.output, one.at)
    if not found.decision.chain and not resting(found.decision):
        raise Refused(no_endpoint(found))
    if gateway.exploring is not None:
        found = one.decided = _explored(one, found, sink)
    _placed(one, found)
    ends = one.began + gateway.settings.timeouts.total
    one.job = job = Job(gateway, found, found.request.stream, found.request.usage, one.name, one.at, ends, reservation)
    one.trail = Trail()
    if job.stream:
        _keep_open(one, sink)
    one.live = live = await (answered(job, one.trail) if found.cascade is None else cascaded(job, one.trail, found.cascade))
    one.committed = True
    if sink.ticking is not None:
        sink.ticking.cancel()
    if live.relay is None and not live.first:
        await sink.whole(200, live.body, [JSON, *_told(one, live)])
        return
    await sink.begin(200, [*EVENTS, *_told(one, live)])
    await _rest(one, live, sink)


def _explored(one: Served, found: Decided, sink: Outlet) -> Decided:
    """What was decided, with the money for another model set aside where one is tried; without it where there is not enough."""
    gateway, exploring = one.gateway, one.gateway.exploring
    if exploring is None or found.leave is None:
        return found
    first = found.priced(found.decision.chain[0]) if found.decision.chain else None
    if not exploring.take(one.name, first, found.decision.receipt, one.at):
        return replace(decided(gateway, replace(found.asked, chance=None), one.at), sorting=found.sorting)
    one.shadow = shadow(gateway, found)
    if one.shadow is not None and sink.kept is None:
        sink.kept = []
    return found


def _placed(one: Served, found: Decided) -> None:
    """Note where the request belongs, and record what it tells of the work before it."""
    if found.placed is None:
        return
    one.item = one.gateway.items.take(found.placed, one.name)
    for outcome in outcomes(found.placed, one.gateway.clock):
        one.gateway.ledger.record(outcome)


def _keep_open(one: Served, sink: Outlet) -> None:
    """Have comments sent while the first content lets itself be waited for."""
    seconds = one.gateway.settings.server.keepalive
    loop = asyncio.get_running_loop()

    def start() -> None:
        if not one.committed and not sink.closed:
            sink.ticking = loop.create_task(sink.kept_open(seconds, lambda: [*EVENTS, *_told(one, None)]))

    sink.timer = loop.call_later(seconds, start)


async def _rest(one: Served, live: Live, sink: Outlet) -> None:
    """Pass on the rest of a stream."""
    relay = live.relay
    if relay is None:
        await sink.end(live.first)
        return
    await sink.write(live.first)
    ends, ticks = one.began + one.gateway.settings.timeouts.total, one.gateway.clock.ticks
    try:
        while not relay.over() and (piece := await live.reply.chunk()):
            out = relay.feed(piece)
            if relay.stop is None and ticks() > ends:
                relay.fault = Fault("deadline", f"more than {one.gateway.settings.timeouts.total:g} s")
            if out:
                await sink.write(out)
        await _drained(live.reply, relay)
        last = relay.end()
    except Broken as error:
        last = b""
        if relay.stop is None:
            relay.fault = error.fault
    if relay.fault is not None:
        one.fault = sharpened(live.site.provider, relay.fault)
        last += one.asked.wire.error_frame(one.fault)
    await sink.end(last)


async def _drained(reply: Reply, relay: Relay) -> None:
    """Let a provider end what has nothing more to say, so that its connection can be kept; one that does not is not waited for."""
    if relay.stop is None:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            while await reply.chunk():
                pass


async def _failed(one: Served, sink: Outlet, fault: Fault) -> None:
    """Tell the client of a fault, as its protocol does: as a response, or in the stream where that has begun."""
    one.fault = fault
    if sink.ticking is not None:
        sink.ticking.cancel()
    if sink.closed:
        return
    if sink.status:
        await sink.end(one.asked.wire.error_frame(fault))
    else:
        await sink.refuse(fault, one.asked.wire, [JSON, *head.of_fault(fault), *_told(one, one.live)])


def _told(one: Served, live: Live | None) -> list[Header]:
    """The headers that say what was decided and what it costs."""
    overhead = (one.thought - one.began) * MS if one.thought else 0.0
    tries = len(one.trail.attempts) + (live is not None) if one.trail is not None else 0
    return head.of_answer(one.decided, live, head.Facts(one.name, tries, overhead, _cascade(one), _beside(one)))


def _beside(one: Served) -> int:
    """What a cascade's other answers cost, as far as that is known, in pico-dollars."""
    others = one.trail.attempts if _cascade(one) and one.trail is not None else ()
    return sum(each.cost for each in others if not isinstance(each.cost, Unknown))


def _cascade(one: Served) -> str:
    """Why an answer was taken where a cascade asked for several."""
    return "" if one.trail is None else one.trail.because


def _close(one: Served, sink: Outlet) -> None:
    """Leave nothing running."""
    if sink.timer is not None:
        sink.timer.cancel()
    if sink.ticking is not None:
        sink.ticking.cancel()
    if one.live is not None:
        one.live.reply.close()


def record(one: Served, sink: Outlet) -> None:
    """Write a request down, and remember what it says of endpoints."""
    gateway, live = one.gateway, one.live
    attempts = tuple(one.trail.attempts) if one.trail is not None else ()
    if one.decided is not None and one.decided.sorting is not None:
        attempts = (one.decided.sorting, *attempts)
    if live is not None and one.job is not None:
        attempts = (*attempts, reported(one.job, live, one.fault, one.usage))
        _warmed(one, one.job.decided, live)
    cost = _sum(attempts)
    settled = paid(gateway, one.reservation, cost, attempts)
    served = _served_by(one)
    entry = Entry(
        id=one.name,
        at=one.at,
        asker=_asker(one),
        decision=None if one.decided is None else one.decided.decision,
        attempts=attempts,
        latency=_latency(one),
        status=sink.status,
        committed=one.committed,
        fault=one.fault,
        usage=one.usage,
        cost=cost,
        baseline=_baseline(one),
        model="" if served is None else served.model,
        bill=None if served is None else billed(served, one.usage),
        prices="" if one.decided is None else one.decided.ready.plan.catalog.versions.get("prices", ""),
        drawn=settled.drawn,
        reserved=settled.reserved,
        holder=settled.holder,
        counted=settled.counted if settled.drawn else None,
        bodies=_bodies(one, sink),
        item=one.item,
        cascade=_cascade(one),
        **_chance(one),
    )
    _used(one)
    _worked(one)
    gateway.latest.remember(one.name, entry.asker)
    gateway.metrics.count(entry)
    gateway.ledger.record(entry)
    if gateway.exploring is not None:
        gateway.exploring.over(entry)
        _begin_shadow(one, entry, sink)


def _chance(one: Served) -> dict[str, Any]:
    """How chance had a part in the choice."""
    receipt = None if one.decided is None else one.decided.decision.receipt
    return {} if receipt is None or receipt.propensity >= 1 else {"explored": CANARY, "propensity": receipt.propensity}


def _begin_shadow(one: Served, entry: Entry, sink: Outlet) -> None:
    """Ask another model the same, now that the client has its answer."""
    found, exploring = one.decided, one.gateway.exploring
    if one.shadow is None or found is None or exploring is None or one.job is None or one.live is None or one.fault is not None:
        return
    said = transcribed(one.asked.wire, b"".join(sink.kept or ()), voice(one.job, one.live.site))
    exploring.begin(shadowed(one.gateway, found, one.shadow, (entry, said)))


def _worked(one: Served) -> None:
    """Note which model did this call's share of its work item: the one that answered, whichever was meant to."""
    found, live = one.decided, one.live
    if found is not None and found.placed is not None and live is not None:
        served = live.site.endpoint
        call = items.Served(one.name, served.id, served.model, found.features.task.kind, found.placed.rules.policy)
        one.gateway.items.served(found.placed, one.item, call)


def _served_by(one: Served) -> Endpoint | None:
    """The endpoint whose answer was served, as it was priced."""
    return None if one.decided is None or one.live is None else one.decided.ready.plan.endpoints[one.live.site.endpoint.id]


def _bodies(one: Served, sink: Outlet) -> Bodies | None:
    """What was asked and answered, where the key has it kept."""
    who, said = one.asked.who, b"".join(sink.kept or ())
    if who is None or not who.bodies:
        return None
    if one.job is not None and one.live is not None:
        said = transcribed(one.asked.wire, said, voice(one.job, one.live.site))
    return Bodies(one.asked.body, said)


def _used(one: Served) -> None:
    """Set the tokens that were used against those taken from the key's minute."""
    if one.asked.who is not None:
        used = None if one.usage is None else one.usage.prompt + one.usage.output
        one.gateway.desk.limits.settle(one.asked.who, one.taken, 0 if one.live is None else used)


def _warmed(one: Served, found: Decided, live: Live) -> None:
    """Remember where the prompt is warm now, and that the reference would have it too."""
    prefix, now = found.features.prefix, one.gateway.clock.now()
    one.gateway.state.served(live.site.endpoint.id, prefix, now)
    one.gateway.state.served(REFERENCE, prefix, now)


def _asker(one: Served) -> Asker:
    asked, found = one.asked, one.decided
    payer, trace = asked.payer, asked.headers.get("traceparent", "")
    request = UNREAD if found is None else found.request
    return Asker(
        asked.key,
        request.client,
        one.session,
        asked.wire.name,
        request.model,
        request.turn,
        request.stream,
        len(asked.body),
        payer.team,
        payer.project,
        payer.tags,
        traceparent(trace) if trace else "",
    )


def _latency(one: Served) -> Latency:
    ticks, live = one.gateway.clock.ticks(), one.live
    decide = ((one.thought or ticks) - one.began) * MS
    first = (live.head - one.began) * MS if live is not None else None
    content = (live.content - one.began) * MS if live is not None else None
    return Latency(decide, first, content, (ticks - one.began) * MS)


def _sum(attempts: tuple[Attempt, ...]) -> Amount:
    """What all attempts cost; unknown where one is that used something: one that began to answer did, also where it was given up."""
    total = 0
    for one in attempts:
        if isinstance(one.cost, Unknown):
            if one.fault is None or one.usage is not None or one.status == GOOD:
                return one.cost
        else:
            total += one.cost
    return total


def _baseline(one: Served) -> Amount:
    """What the reference would have cost: for the tokens that were really used, with a cache of its own."""
    found, usage = one.decided, one.usage
    if found is None or found.baseline is None:
        return Unknown("the reference has no known price")
    if usage is None or one.live is None:
        return Unknown("the provider did not say what was used")
    reference = found.ready.reference.endpoint
    ratio, long = reference.scale / one.live.site.endpoint.scale, found.features.prefix.ttl >= HOUR
    return charged(reference, used(found.baseline, round(usage.prompt * ratio), round(usage.output * ratio), long=long))
