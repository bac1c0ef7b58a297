"""A conversation made short: a model is asked for a summary, as for any other answer, and the wire says what comes of it."""

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.events import Answer, folded, unfolded
from tierwise.core.faults import Fault
from tierwise.core.wire import Compaction, Malformed, Voice, Wire
from tierwise.gateway.app import Call
from tierwise.gateway.asking import Refused
from tierwise.gateway.deciding import Asked, asked_with
from tierwise.gateway.exchange import served
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.sink import EVENTS, Header, Outlet, Sink
from tierwise.gateway.watching import watched

GOOD = 200


class Kept(Sink):
    """A response that is kept and not sent. What goes wrong is raised."""

    body: bytes = b""
    headers: tuple[Header, ...] = ()

    async def whole(self, status: int, body: bytes, headers: Iterable[Header]) -> None:
        """Keep the whole response."""
        self.status, self.closed, self.body, self.headers = status, True, body, tuple(headers)
        if self.kept is not None:
            self.kept.append(body)

    async def refuse(self, fault: Fault, wire: Wire, headers: Iterable[Header]) -> None:
        """Raise what went wrong."""
        del wire, headers
        self.closed = True
        raise Refused(fault)


def triggered(how: Compaction, body: bytes) -> bool:
    """Whether an ordinary request asks for a summary; Refused where it is none."""
    try:
        return how.triggered(body)
    except Malformed as error:
        raise Refused(Fault("malformed", str(error))) from None


def compacts(wire: Wire, how: Compaction) -> Callable[[Call], Awaitable[None]]:
    """What serves a wire's path for compaction."""

    async def serve(call: Call) -> None:
        body = await call.body()
        answer, kept = await _summary(call, wire, how, body)
        await call.sink.whole(GOOD, how.compacted(answer, body, _voice(call.gateway, answer)), kept.headers)

    return serve


async def condense(call: Call, wire: Wire, how: Compaction, body: bytes) -> None:
    """Answer an ordinary request that asks for a summary."""
    streams = _streams(wire, body)
    answer, kept = await _summary(call, wire, how, body)
    await shortened(call.gateway, Short(wire, how, answer, kept, streams), call.sink)


class Short(Struct, frozen=True):
    """A model's summary, how that was served, and whether it is to be told as a stream."""

    wire: Wire
    how: Compaction
    answer: Answer
    kept: Kept
    streams: bool


async def shortened(gateway: Gateway, one: Short, sink: Outlet) -> None:
    """Tell a summary as the answer to the request for it."""
    voice = _voice(gateway, one.answer)
    short = one.how.condensed(one.answer, voice)
    if not one.streams:
        await sink.whole(GOOD, one.wire.answer(short, voice), one.kept.headers)
        return
    encoder = one.wire.encoder(voice)
    await sink.begin(GOOD, [*EVENTS, *(head for head in one.kept.headers if head[0].startswith(b"x-"))])
    await sink.end(b"".join(encoder.feed(event) for event in unfolded(short)))


def _streams(wire: Wire, body: bytes) -> bool:
    """Whether the answer is wanted as a stream; Refused where the request is none."""
    try:
        return wire.parse(body).stream
    except Malformed as error:
        raise Refused(Fault("malformed", str(error))) from None


def _voice(gateway: Gateway, answer: Answer) -> Voice:
    clock = gateway.clock
    return Voice(clock.name(), clock.now() // 1000, answer.model)


async def _summary(call: Call, wire: Wire, how: Compaction, body: bytes) -> tuple[Answer, Kept]:
    """The answer of the model that is asked for a summary; Refused where there is none."""
    kept = Kept(call.sink.send)
    asked = for_summary(asked_with(call.key, wire, body, call.headers), how)
    await watched(served(call.gateway, asked, kept), call.receive)
    if not kept.status:
        raise Refused(Fault("hung_up"))
    return folded(wire.whole(kept.body)), kept


def for_summary(asked: Asked, how: Compaction) -> Asked:
    """The request that has a model write the summary; Refused where the one that asks for it is none."""
    try:
        return replace(asked, body=how.asking(asked.body), summary=True)
    except Malformed as error:
        raise Refused(Fault("malformed", str(error))) from None
