"""What is no conversation and passes as it is: embeddings. An endpoint is chosen by the model's name; there is no quality to weigh.

Money counts all the same: the worst case (a token for every byte) is set aside of the budgets, what was used is settled, and an entry is
written of every request that could be read, also of one that failed or was given up. There is no decision in it and no reference beside it.
"""

import asyncio
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Raw, Struct

from tierwise.core.entry import Asker, Attempt, Entry, Latency
from tierwise.core.faults import Fault
from tierwise.core.keys import permits
from tierwise.core.money import Amount, Unknown
from tierwise.core.splice import with_model
from tierwise.core.tracing import traceparent
from tierwise.core.usage import Usage
from tierwise.gateway import headers as head
from tierwise.gateway.app import Call
from tierwise.gateway.asking import ROUTED, Refused
from tierwise.gateway.gathering import gathered
from tierwise.gateway.paying import paid
from tierwise.gateway.purses import Reservation
from tierwise.gateway.sink import JSON, Header
from tierwise.gateway.sites import Elsewhere
from tierwise.recovery.reading import fault_of
from tierwise.upstream.door import Broken, Reply, Sent

GOOD: Final = 200
MS: Final = 1000.0
EMBEDDINGS: Final = "/embeddings"
WIRE: Final = "embeddings"
"""The name that entries have for it: it is no wire of a conversation."""
NO_REFERENCE: Final = Unknown("embeddings are compared with nothing")
NOTHING: Final[Amount] = Unknown("nothing was used as far as is known")
UNTOLD: Final[Amount] = Unknown("the provider did not say what was used")
BYTES: Final = 4
"""About so many bytes have a token, for the limit of tokens a minute until it is known better."""


class Embedded(Struct):
    """What every request for embeddings has."""

    model: Annotated[str, Meta(min_length=1)]
    input: Raw


class Counted(Struct):
    """The tokens that an answer says it took."""

    prompt_tokens: Annotated[int, Meta(ge=0)] | None = None
    total_tokens: Annotated[int, Meta(ge=0)] | None = None


class Answered(Struct):
    """What every answer has that says what it took."""

    usage: Counted | None = None


class Passing(Struct):
    """A request for embeddings on its way: what it asks for, and how it went so far."""

    call: Call
    asked: Embedded
    body: bytes
    id: str
    at: int
    began: float
    attempts: list[Attempt] = []
    reservation: Reservation | None = None
    taken: int = 0
    model: str = ""
    usage: Usage | None = None
    fault: Fault | None = None

    @property
    def most(self) -> Usage:
        """The most tokens that it can have: no token is shorter than a byte."""
        return Usage(fresh=len(self.asked.input))


_EMBEDDED: Final = msgspec.json.Decoder(Embedded)
_ANSWERED: Final = msgspec.json.Decoder(Answered)


async def embeddings(call: Call) -> None:
    """Embeddings by the model that is asked for, from the first provider that serves it."""
    body, clock = await call.body(), call.gateway.clock
    try:
        asked = _EMBEDDED.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Fault("malformed", f"embeddings request: {error}")) from None
    one = Passing(call, asked, body, clock.name(), clock.now(), clock.ticks())
    try:
        answer = await _first(one, _allowed(one))
        await call.sink.whole(GOOD, answer, [JSON, *_headers(one)])
    except Refused as error:
        one.fault = error.fault
        await call.sink.refuse(error.fault, call.wire, [JSON, *head.of_fault(error.fault), *_headers(one)])
    except asyncio.CancelledError:
        one.fault = None if call.sink.closed else Fault("hung_up")
        raise
    finally:
        _record(one)


def _allowed(one: Passing) -> str:
    """The model to ask for, if the key may have it."""
    call, said = one.call, one.asked.model
    name = call.gateway.settings.embeddings if said.lower() in ROUTED else said
    if not name:
        raise Refused(Fault("unknown_model", "no model is set for embeddings (embeddings in tierwise.yaml); name one"))
    if name != call.gateway.settings.embeddings and not permits(call.key.models, name, name.partition("/")[2]):
        raise Refused(Fault("forbidden", f"this key may use {', '.join(call.key.models)}, not {name}"))
    return name


async def _first(one: Passing, name: str) -> bytes:
    """The answer of the first provider that has one; the last one's fault where none has."""
    call = one.call
    one.taken = call.gateway.desk.limits.take(call.key, len(one.asked.input) // BYTES, one.at)
    fault = Fault("no_endpoint", "no provider that serves embeddings can be reached; give one under providers in tierwise.yaml")
    for place in call.gateway.embedding(name):
        try:
            await _covered(one, place)
            return await _tried(one, place)
        except Broken as error:
            fault = error.fault
    raise Refused(fault)


async def _covered(one: Passing, place: Elsewhere) -> None:
    """See that budgets have the worst case of asking somewhere; Refused where they have not."""
    purses, key = one.call.gateway.desk.purses, one.call.key
    if not purses.budgets:
        return
    now = one.call.gateway.clock.now()
    if one.reservation is None:
        one.reservation = Reservation(purses.wallets(key.payer, now))
    most = place.priced(one.most, now)
    wanted = most if isinstance(most, Unknown) else _sum(one.attempts) + most
    fault = await purses.cover(one.reservation, wanted, now)
    if fault is not None:
        raise Refused(fault)


async def _tried(one: Passing, place: Elsewhere) -> bytes:
    """Ask a provider, and note how that went."""
    gateway = one.call.gateway
    at, began = gateway.clock.now(), gateway.clock.ticks()
    status, usage = 0, None
    fault: Fault | None = Fault("hung_up")
    try:
        sent = Sent("POST", place.way.url, place.way.headers, with_model(one.body, place.model))
        reply = await place.transport.ask(sent, gateway.patience)
        status = reply.status
        body = await _answer(place, reply, gateway.clock.now())
        usage, fault = _usage(body), None
        one.model, one.usage = place.model, usage
    except Broken as error:
        fault = error.fault
        raise
    finally:
        cost = NOTHING if fault is not None else UNTOLD if usage is None else place.priced(usage, at)
        name = f"{place.provider.name}/{WIRE}"  # never what a client calls the model: names of endpoints are labels of metrics
        one.attempts.append(Attempt(name, WIRE, at, (gateway.clock.ticks() - began) * MS, status, fault, usage, cost))
    return body


async def _answer(place: Elsewhere, reply: Reply, now: int) -> bytes:
    body = await gathered(reply)
    if reply.status != GOOD:
        raise Broken(fault_of(place.provider, reply.status, reply.headers, body, now))
    return body


def _usage(body: bytes) -> Usage | None:
    """The tokens of an answer, None where it does not say."""
    try:
        said = _ANSWERED.decode(body).usage
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    count = None if said is None else said.prompt_tokens if said.prompt_tokens is not None else said.total_tokens
    return None if count is None else Usage(fresh=count)


def _sum(attempts: list[Attempt]) -> int:
    """What attempts are known to have cost."""
    return sum(each.cost for each in attempts if not isinstance(each.cost, Unknown))


def _headers(one: Passing) -> list[Header]:
    told = head.of_answer(None, None, head.Facts(one.id, len(one.attempts), 0.0))
    return [*told, (b"x-tierwise-cost", head.dollars(one.attempts[-1].cost))] if one.model else told


def _record(one: Passing) -> None:
    """Write a request down."""
    gateway, key, sink = one.call.gateway, one.call.key, one.call.sink
    attempts = tuple(one.attempts)
    cost: Amount = attempts[-1].cost if one.model else 0
    settled = paid(gateway, one.reservation, cost, attempts)
    total = (gateway.clock.ticks() - one.began) * MS
    gateway.desk.limits.settle(key, one.taken, 0 if one.usage is None else one.usage.prompt)
    entry = Entry(
        id=one.id,
        at=one.at,
        asker=_asker(one),
        decision=None,
        attempts=attempts,
        latency=Latency(total=total),
        status=sink.status,
        committed=bool(one.model) and bool(sink.status),
        fault=one.fault,
        usage=one.usage,
        cost=cost,
        baseline=NO_REFERENCE,
        model=one.model,
        drawn=settled.drawn,
        reserved=settled.reserved,
        holder=settled.holder,
        counted=settled.counted if settled.drawn else None,
    )
    gateway.metrics.count(entry)
    gateway.ledger.record(entry)


def _asker(one: Passing) -> Asker:
    key, headers = one.call.key, one.call.headers
    payer, trace = key.payer, headers.get("traceparent", "")
    return Asker(
        key.name,
        "",
        "",
        WIRE,
        one.asked.model,
        "side",
        bytes=len(one.body),
        team=payer.team,
        project=payer.project,
        tags=payer.tags,
        trace=traceparent(trace) if trace else "",
    )
