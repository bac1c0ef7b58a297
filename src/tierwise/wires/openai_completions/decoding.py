"""A completion as events: one block of text. Some servers answer in the shape of a chat; its text is read as well."""

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.chunks import complete, streamed
from tierwise.core.counts import Counts, usage_of
from tierwise.core.events import TEXT, Close, Delta, Event, Failure, Opaque, Open, Ping, Spent, Start, Stop
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame
from tierwise.core.usage import Usage
from tierwise.core.wire import ABSENT, present
from tierwise.wires.openai_completions.parsing import NAME

PING: Final = (Ping(),)
NOTHING: Final = Usage()

REASONS: Final = MappingProxyType({"length": "limit", "max_tokens": "limit", "content_filter": "filtered"})
"""What the reasons to finish mean; every other is an end."""

BROKEN: Final = frozenset({"error", "insufficient_system_resource", "abort"})
"""Reasons to finish that are failures."""


class Message(Struct, frozen=True):
    content: str | None = None


class Choice(Struct, frozen=True):
    index: int = 0
    text: str | None = None
    delta: Message | None = None
    message: Message | None = None
    logprobs: Raw = ABSENT
    finish_reason: str | None = None


class Chunk(Struct, frozen=True):
    id: str | None = None
    object: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: Counts | None = None
    error: Raw = ABSENT


_CHUNK: Final = msgspec.json.Decoder(Chunk)


class Decoder(Struct):
    """A completion being understood."""

    started: bool = False
    open: bool = False
    over: bool = False
    finish: str = ""
    usage: Usage = NOTHING

    def feed(self, frame: Frame) -> Sequence[Event]:
        """The events that a frame brings."""
        data = frame.data
        if self.over:
            return ()
        if not data:
            return PING
        chunk = streamed(_CHUNK, frame)
        if chunk is None:
            return self._done()
        return self._failed(chunk) if isinstance(chunk, Fault) else self.take(chunk)

    def end(self) -> Sequence[Event]:
        """The events that the end of the bytes brings."""
        return () if self.over else self._done()

    def take(self, chunk: Chunk) -> Sequence[Event]:
        """The events that a chunk brings."""
        events = list(self._told(chunk))
        self.over = bool(events) and isinstance(events[-1], Failure)
        return events

    def _told(self, chunk: Chunk) -> Iterator[Event]:
        choice = next((one for one in chunk.choices or () if one.index == 0), None)
        if not self.started and (choice is not None or chunk.usage is not None):
            self.started = True
            yield Start(chunk.id or "", chunk.model or "")
        if chunk.usage is not None and (usage := usage_of(chunk.usage)) not in {NOTHING, self.usage}:
            self.usage = usage
            yield Spent(usage)
        if choice is not None:
            yield from self._choice(choice)

    def _choice(self, choice: Choice) -> Iterator[Event]:
        if text := _text(choice):
            yield from self._opened()
            yield Delta(0, text)
        if present(choice.logprobs):
            yield from self._opened()
            yield Opaque(0, NAME, Raw(b'{"logprobs":%b}' % bytes(choice.logprobs)))
        if choice.finish_reason in BROKEN:
            yield Failure(Fault("stream_error", f"finish_reason is {choice.finish_reason!r}"))
        else:
            self.finish = choice.finish_reason or self.finish

    def _opened(self) -> Iterator[Event]:
        if not self.open:
            self.open = True
            yield Open(0, TEXT)

    def _done(self) -> Sequence[Event]:
        if not self.started:
            return self._failed(Fault("empty"))
        if not self.finish and self.usage == NOTHING:
            return self._failed(Fault("unfinished"))
        self.over = True
        return [*([Close(0)] if self.open else []), Stop(REASONS.get(self.finish, "end"))]

    def _failed(self, fault: Fault) -> Sequence[Event]:
        self.over = True
        return (Failure(fault),)


def _text(choice: Choice) -> str:
    message = choice.delta or choice.message or Message()
    return choice.text or message.content or ""


def whole(body: bytes) -> Sequence[Event]:
    """The events of a complete answer; the first choice where there are several."""
    chunk = complete(_CHUNK, body)
    if isinstance(chunk, Fault):
        return (Failure(chunk),)
    decoder = Decoder()
    events = decoder.take(chunk)
    decoder.finish = decoder.finish or "stop"
    return [*events, *decoder.end()]
