"""Answers of this wire as neutral events, streamed or whole.

Theory of operation. Frames are decoded with one struct for each type. A block is announced, filled and closed; the first frame announces
the answer, the one before the last tells why it ended, the last that it did. Blocks get numbers of our own, in the order in which they
are told: a block that opens while another is open is held back until that one closes. What a server leaves out is filled in where it is
plain what was meant (the start of the answer or of a text, the end of a block); what it says wrong is a Failure, after which nothing
comes. Blocks and parts of blocks that only this wire understands are opaque.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.events import (
    CALL,
    OPAQUE,
    REFUSAL,
    TEXT,
    THOUGHT,
    Close,
    Delta,
    Event,
    Failure,
    Opaque,
    Open,
    Ping,
    Seal,
    Spent,
    Start,
    Stop,
)
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame
from tierwise.core.wire import ABSENT, present, repaired
from tierwise.wires.anthropic.errors import SAID, reported
from tierwise.wires.anthropic.spending import NONE, Counts, merged, usage_of
from tierwise.wires.anthropic.stamps import NAME

REASONS: Final = MappingProxyType(
    {
        "end_turn": "end",
        "tool_use": "calls",
        "max_tokens": "limit",
        "stop_sequence": "sequence",
        "pause_turn": "pause",
        "compaction": "pause",
        "refusal": "refusal",
        "model_context_window_exceeded": "context",
    }
)
"""Why answers end."""

NOTHING: Final = frozenset({b"[DONE]", b""})
"""Data that says nothing; the first is another wire's end."""

BARE: Final = frozenset({b"{}", b""})


class Announced(Struct, frozen=True):
    """The answer as it is announced."""

    id: str | None = None
    model: str | None = None
    usage: Counts | None = None


UNNAMED: Final = Announced()


class Refused(Struct, gc=False):
    explanation: str | None = None


class Ended(Struct):
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: Refused | None = None


class Part(Struct, gc=False):
    """What a delta holds."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    partial_json: str | None = None


class Block(Struct):
    """A block as it is announced, or a whole one."""

    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    id: str | None = None
    name: str | None = None
    input: Raw = ABSENT
    citations: list[Raw] | None = None


class Said(Struct, tag_field="type", tag="message_start"):
    message: Announced


class Begins(Struct, tag_field="type", tag="content_block_start"):
    content_block: Raw
    index: int = 0


class Grows(Struct, tag_field="type", tag="content_block_delta"):
    delta: Part
    index: int = 0


class Closes(Struct, tag_field="type", tag="content_block_stop", gc=False):
    index: int = 0


class Sums(Struct, tag_field="type", tag="message_delta"):
    delta: Ended | None = None
    usage: Counts | None = None


class Over(Struct, tag_field="type", tag="message_stop", gc=False):
    pass


class Lives(Struct, tag_field="type", tag="ping", gc=False):
    pass


class Fails(Struct, tag_field="type", tag="error", gc=False):
    pass


class Typed(Struct):
    type: str | None = None


class Delivered(Struct):
    delta: Raw


class Whole(Struct):
    """A complete answer."""

    content: list[Raw]
    id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: Refused | None = None
    usage: Counts | None = None


_FRAME: Final = msgspec.json.Decoder(Said | Begins | Grows | Closes | Sums | Over | Lives | Fails)
_BLOCK: Final = msgspec.json.Decoder(Block)
_TYPED: Final = msgspec.json.Decoder(Typed)
_DELIVERED: Final = msgspec.json.Decoder(Delivered)
_WHOLE: Final = msgspec.json.Decoder(Whole)

KNOWN: Final = frozenset(
    {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop", "ping", "error"}
)

GROWING: Final = MappingProxyType({"text_delta": TEXT, "thinking_delta": THOUGHT, "input_json_delta": CALL})
"""Kinds of blocks by the deltas that fill them."""


class Growing(Struct):
    """A block on its way: its number, its kind, and the input it was announced with, held until it is sure that no other follows."""

    index: int
    kind: str
    given: str = ""
    closed: bool = False
    waiting: list[Event] = []


class Decoder(Struct):
    """A stream being understood: blocks by the number the provider gives them, the one that is open, those that wait for its end."""

    started: bool = False
    over: bool = False
    blocks: dict[int, Growing] = {}
    open: Growing | None = None
    queue: list[Growing] = []
    count: int = 0
    calls: bool = False
    ended: Ended | None = None
    counts: Counts = NONE

    def feed(self, frame: Frame) -> Sequence[Event]:
        """The events that a frame brings."""
        data = frame.data
        if self.over or data in NOTHING:
            return ()
        if data is None:
            return (Ping(),)
        try:
            found = _FRAME.decode(data)
            return HANDLING[type(found)](self, found, data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._strange(frame, data)

    def end(self) -> Sequence[Event]:
        """The events that the end of the bytes brings: a Failure unless the answer was complete."""
        if self.over:
            return ()
        return self._failed(Fault("unfinished" if self.started else "empty"))

    def _failed(self, fault: Fault) -> Sequence[Event]:
        self.over = True
        return (Failure(fault),)

    def _strange(self, frame: Frame, data: bytes) -> Sequence[Event]:
        """What a frame that is not as it should be brings: nothing where it is of an unknown type, else a fault."""
        fixed = repaired(data)
        if fixed != data:
            return self.feed(Frame(frame.event, fixed))
        fault = _flaw(data, frame.event)
        return self._failed(fault) if fault is not None else ()

    def begun(self, message: Announced = UNNAMED) -> list[Event]:
        """The start of the answer, once; where a server leaves it out it has no name."""
        if self.started:
            return []
        self.started = True
        return [Start(message.id or "", message.model or "")]

    def on_start(self, said: Said, _data: bytes) -> Sequence[Event]:
        """The answer is announced."""
        return [*self.begun(said.message), *self.spent(said.message.usage)]

    def spent(self, counts: Counts | None) -> list[Event]:
        """Tokens as far as they are known."""
        if counts is None:
            return []
        self.counts = merged(self.counts, counts)
        return [Spent(usage_of(self.counts))]

    def on_block(self, begins: Begins, _data: bytes) -> Sequence[Event]:
        """A block is announced; its number may have been used before, by servers that do not count."""
        block = _BLOCK.decode(begins.content_block)
        raw = _sound(begins.content_block)
        before = self.blocks.get(begins.index)
        closed = self.closed(before) if before is not None else []
        return [*self.begun(), *closed, *self.opened(begins.index, block, raw)]

    def opened(self, index: int, block: Block, raw: Raw) -> list[Event]:
        """The events of a block that opens."""
        growing = Growing(self.count, KINDS.get(block.type, OPAQUE))
        growing.given = _input(block) if growing.kind == CALL else ""
        self.count += 1
        self.calls = self.calls or growing.kind == CALL
        self.blocks[index] = growing
        if self.open is None:
            self.open = growing
        else:
            self.queue.append(growing)
        return self._passed(growing, [_open(growing, block, raw), *_filled(growing, block)])

    def _passed(self, growing: Growing, events: list[Event]) -> list[Event]:
        """A block's events, now or, while another one is open, later."""
        if growing is self.open:
            return events
        growing.waiting += events
        return []

    def on_delta(self, grows: Grows, data: bytes) -> Sequence[Event]:
        """A block grows."""
        growing = self.blocks.get(grows.index)
        if growing is None or growing.closed:
            return self._unannounced(grows, data)
        part = grows.delta
        if GROWING.get(part.type) == growing.kind:
            said = part.text or part.thinking or part.partial_json
            growing.given = "" if said else growing.given
            return self._passed(growing, [Delta(growing.index, said)]) if said else ()
        if part.signature is not None and growing.kind == THOUGHT:
            return self._passed(growing, [Seal(growing.index, NAME, part.signature)] if part.signature else [])
        return self._passed(growing, [Opaque(growing.index, NAME, _sound(_DELIVERED.decode(data).delta))])

    def _unannounced(self, grows: Grows, data: bytes) -> Sequence[Event]:
        """A block that grows without having been announced: texts and thoughts need no announcing."""
        kind = WORDS.get(grows.delta.type)
        if kind is None:
            return ()
        opened = [*self.begun(), *self.opened(grows.index, Block(kind), Raw())]
        return [*opened, *self.on_delta(grows, data)]

    def on_stop(self, closes: Closes, _data: bytes) -> Sequence[Event]:
        """A block ends."""
        growing = self.blocks.get(closes.index)
        return self.closed(growing) if growing is not None else ()

    def closed(self, growing: Growing) -> list[Event]:
        """The events of a block's end, and of the blocks that waited for it."""
        if growing.closed:
            return []
        growing.closed = True
        given: list[Event] = [Delta(growing.index, growing.given)] if growing.given else []
        events = self._passed(growing, [*given, Close(growing.index)])
        if growing is self.open:
            self.open = None
            events += self._next()
        return events

    def _next(self) -> list[Event]:
        """What waited: whole blocks, up to one that is still growing."""
        events: list[Event] = []
        while self.open is None and self.queue:
            one = self.queue.pop(0)
            events += one.waiting
            self.open = None if one.closed else one
        return events

    def on_sums(self, sums: Sums, _data: bytes) -> Sequence[Event]:
        """Why the answer ends, and what it used."""
        if sums.delta is not None and sums.delta.stop_reason is not None:
            self.ended = sums.delta
        return [*self.begun(), *self.spent(sums.usage)]

    def on_over(self, _over: Over, _data: bytes) -> Sequence[Event]:
        """The answer is complete."""
        events = self.begun()
        while self.open is not None:
            events += self.closed(self.open)
        self.over = True
        return [*events, *_last(self.ended, self.count, calls=self.calls)]

    def on_ping(self, _lives: Lives, _data: bytes) -> Sequence[Event]:
        """Nothing to say."""
        return (Ping(),)

    def on_error(self, _fails: Fails, data: bytes) -> Sequence[Event]:
        """The provider reports a fault."""
        return self._failed(reported(data) or Fault("stream_error", data.decode("utf-8", "replace")[:SAID]))


HANDLING: Final[Mapping[type[Any], Callable[[Decoder, Any, bytes], Sequence[Event]]]] = {
    Said: Decoder.on_start,
    Begins: Decoder.on_block,
    Grows: Decoder.on_delta,
    Closes: Decoder.on_stop,
    Sums: Decoder.on_sums,
    Over: Decoder.on_over,
    Lives: Decoder.on_ping,
    Fails: Decoder.on_error,
}
"""What each type of frame brings."""

KINDS: Final = MappingProxyType({"text": TEXT, "thinking": THOUGHT, "tool_use": CALL})
"""Kinds of blocks by type; others are opaque."""

WORDS: Final = MappingProxyType({"text_delta": "text", "thinking_delta": "thinking"})
"""Types of blocks that need not be announced, by their deltas."""


def _open(growing: Growing, block: Block, raw: Raw) -> Open:
    if growing.kind == CALL:
        return Open(growing.index, CALL, id=block.id or "", name=block.name or "")
    if growing.kind == OPAQUE:
        return Open(growing.index, OPAQUE, wire=NAME, raw=raw)
    return Open(growing.index, growing.kind)


def _sound(raw: Raw) -> Raw:
    """A slice of a frame, kept beyond it; a UnicodeDecodeError where it is not UTF-8, which nobody else will look for."""
    return Raw(bytes(raw).decode().encode())


def _filled(growing: Growing, block: Block) -> list[Event]:
    """What a block is announced with."""
    said = {TEXT: block.text, THOUGHT: block.thinking}.get(growing.kind)
    events: list[Event] = [Delta(growing.index, said)] if said else []
    if growing.kind == THOUGHT and block.signature:
        events.append(Seal(growing.index, NAME, block.signature))
    if growing.kind == TEXT:
        events += [Opaque(growing.index, NAME, _citation(one)) for one in block.citations or ()]
    return events


def _citation(raw: Raw) -> Raw:
    return Raw(b'{"type":"citations_delta","citation":%b}' % bytes(raw))


def _input(block: Block) -> str:
    """The input that a call is announced with, '' where it is still to come."""
    given = bytes(block.input).strip() if present(block.input) else b""
    return "" if given.replace(b" ", b"") in BARE else given.decode()


def _last(ended: Ended | None, count: int, *, calls: bool) -> list[Event]:
    """The end of an answer; a refusal without a word gets the provider's."""
    events: list[Event] = []
    one = ended or Ended()
    reason = REASONS.get(one.stop_reason or "", "calls" if calls else "end")
    why = (one.stop_details or Refused()).explanation
    if reason == REFUSAL and why and not count:
        events = [Open(count, REFUSAL), Delta(count, why), Close(count)]
    return [*events, Stop(reason, one.stop_sequence or "")]


def _flaw(data: bytes, event: str) -> Fault | None:
    """What is wrong with data that could not be decoded, None where it is only of an unknown type."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return Fault("bad_utf8", f"at byte {error.start} of an event")
    fault = reported(data)
    if fault is not None:
        return fault
    try:
        kind = _TYPED.decode(data).type
    except (msgspec.DecodeError, RecursionError):
        return Fault("stream_error" if event == "error" else "not_json", text[:SAID])
    return Fault("strange", text[:SAID]) if kind in KNOWN or kind is None else None


def whole(body: bytes) -> Sequence[Event]:
    """A complete answer as events."""
    if not body.strip():
        return (Failure(Fault("empty")),)
    try:
        found = _WHOLE.decode(repaired(body))
        blocks = [(_BLOCK.decode(raw), _sound(raw)) for raw in found.content]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return (Failure(_refusal(body)),)
    if b'"error"' in body and reported(body) is not None:
        return (Failure(_refusal(body)),)
    decoder = Decoder()
    events = decoder.begun(Announced(found.id, found.model))
    for index, (block, raw) in enumerate(blocks):
        events += [*decoder.opened(index, block, raw), *decoder.closed(decoder.blocks[index])]
    events += decoder.spent(found.usage)
    ended = Ended(found.stop_reason, found.stop_sequence, found.stop_details)
    return [*events, *_last(ended, decoder.count, calls=decoder.calls)]


def _refusal(body: bytes) -> Fault:
    """What a body that is no answer is."""
    flaw = _flaw(body, "")
    return flaw if flaw is not None else Fault("strange", body.decode()[:SAID])
