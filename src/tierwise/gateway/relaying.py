"""A streamed answer on its way from a provider to a client: a machine that reads no clock and sends nothing itself.

Theory of operation. Pieces of bytes go in, bytes for the client come out. The answer is understood as events on the way. Until the
first event with content everything is held back, so that an answer which fails before it can be asked for elsewhere and the client never
knows. From then on (`committed`) bytes are passed on as they come: the provider's own where both speak the same wire, else the events in
the client's. What the answer used, how it ended and what went wrong are noted. After a fault nothing more is passed on; whoever drives
this ends the stream with the client's own error.

An answer on the same wire that begins without its start is told anew, event by event, since strict clients do not read it as it is.
"""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct, field

from tierwise.core.events import CALL, OPAQUE, Delta, Event, Failure, Grammar, Opaque, Open, Seal, Spent, Start, Stop
from tierwise.core.faults import Fault
from tierwise.core.naming import Restorer
from tierwise.core.sse import Frame, Frames, TooLong, first, frame, split
from tierwise.core.usage import Usage
from tierwise.core.wire import Decoder, Encoder, Wire

CONTENT: Final = frozenset({Delta, Seal, Opaque, Stop})
"""Events that commit. An answer that ends well without content is one too."""

UNSAID: Final = frozenset({"filtered", "refusal"})
"""Reasons for an end before any content that another endpoint may not have."""

STANDING: Final = frozenset({CALL, OPAQUE})
"""Kinds of blocks that are content as soon as they open."""

UNNAMED: Final = Start()


def unsaid(stop: Stop) -> Fault:
    """What an end before any content is where another endpoint may not have it."""
    return Fault("filtered", f"the answer ended with {stop.reason!r} before anything was said")


class Relay(Struct):
    """One answer.

    `encoder` is None where bytes pass, `anew` makes the one that tells a broken beginning, `mute` keeps usage back that nobody asked for.
    """

    wire: Wire
    decoder: Decoder
    anew: Callable[[], Encoder]
    encoder: Encoder | None = None
    restorer: Restorer | None = None
    mute: bool = False
    frames: Frames = field(default_factory=Frames)
    grammar: Grammar = field(default_factory=Grammar)
    held: list[bytes] = []
    committed: bool = False
    usage: Usage | None = None
    stop: Stop | None = None
    fault: Fault | None = None

    def feed(self, chunk: bytes) -> bytes:
        """What a piece of the answer lets through to the client."""
        try:
            whole = self.frames.whole(chunk)
        except TooLong as error:
            self.fault = Fault("too_long", str(error))
            return b""
        return self._let_through(self._passed(whole)) if whole else b""

    def _passed(self, whole: bytes) -> bytes:
        """The client's bytes for whole frames: looked at one by one until there is content, and then only where they may say something."""
        if not self._plain() or not self.wire.telling or b"\r" in whole:
            return self._told(whole, split(whole))
        at = 0
        out: list[bytes] = []
        while at < len(whole) and not self.committed and self._plain():
            end = at + first(whole[at:])
            out.append(self._told(whole[at:end], split(whole[at:end])))
            at = end
        if at < len(whole) and self.fault is None:
            quiet = self._quiet(whole, at) if self._plain() else at
            out += (whole[at:quiet], self._told(whole[quiet:], split(whole[quiet:])))
        return b"".join(out)

    def _plain(self) -> bool:
        """Whether the provider's own bytes pass, and nothing is wrong with them so far."""
        return self.encoder is None and self.fault is None

    def _quiet(self, whole: bytes, at: int) -> int:
        """Up to where frames are content and nothing else."""
        found = [one.start() for pattern in self.wire.telling if (one := pattern.search(whole, at))]
        end = whole.rfind(b"\n\n", at, min(found)) + len(b"\n\n") if found else len(whole)
        return end if end > at + 1 and whole[at:end].isascii() else at

    def end(self) -> bytes:
        """What the end of the bytes lets through; without a stop before it the answer is broken."""
        if self.over():
            return b""
        said = self._told(*self.frames.end())
        if not self.over() and self.frames.rest.strip():
            self.fault = Fault("half_frame", "the bytes ended within an event")
        if not self.over():
            said += self._said(self.decoder.end())
        if not self.over():
            self.fault = Fault("unfinished")
        return self._let_through(said)

    def over(self) -> bool:
        """Whether the answer has ended, well or not."""
        return self.fault is not None or self.stop is not None

    def _let_through(self, out: bytes) -> bytes:
        if self.committed:
            if self.held:
                out = b"".join((*self.held, out))
                self.held = []
            return out
        if out:
            self.held.append(out)
        return b""

    def _told(self, whole: bytes, frames: Sequence[Frame]) -> bytes:
        """The client's bytes for some frames."""
        out: list[bytes] = []
        kept: list[Frame] = []
        for one in frames:
            events = self.decoder.feed(one)
            said = self._said(events)
            if self.fault is not None:
                break
            if self.encoder is not None:
                out.append(said)
            elif not (self.mute and events and all(type(event) is Spent for event in events)):
                kept.append(one)
        if self.encoder is not None:
            return b"".join(out)
        return whole if len(kept) == len(frames) else b"".join([frame(one.data, one.event) for one in kept if one.data is not None])

    def _said(self, events: Sequence[Event]) -> bytes:
        """Events noted, and said by the encoder where there is one."""
        out: list[bytes] = []
        for event in events:
            self._note(event)
            if self.fault is not None:
                break
            if self.encoder is not None:
                restored = (event,) if self.restorer is None else self.restorer.feed(event)
                out.extend(self.encoder.feed(one) for one in restored)
        return b"".join(out)

    def _note(self, event: Event) -> None:
        wrong = self.grammar.objection(event)
        kind = type(event)
        if type(event) is Failure:
            self.fault = event.fault
        elif wrong:
            self.fault = Fault("disorder", wrong)
        elif type(event) is Stop and event.reason in UNSAID and not self.committed:
            self.fault = unsaid(event)
        elif kind in CONTENT or (type(event) is Open and event.kind in STANDING):
            self.committed = True
            if type(event) is Stop:
                self.stop = event
        elif type(event) is Spent:
            self.usage = event.usage
        elif event == UNNAMED and self.encoder is None:
            self.encoder = self.anew()
