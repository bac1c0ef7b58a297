"""A streamed answer as events, and a whole one.

Theory of operation. Chunks bring pieces of text, reasoning, refusals and calls; `calling` says which call a piece belongs to, `telling`
puts the blocks in a row. The finish reason ends them. `Stop` is said at `[DONE]` or at the end of the bytes: until then usage may come,
in a chunk of its own. An answer without a finish reason has ended only if its usage came.
"""

import hashlib
from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.chunks import complete, streamed
from tierwise.core.counts import Counts, usage_of
from tierwise.core.errors import UNREAD, fault_of
from tierwise.core.events import REFUSAL, TEXT, THOUGHT, Delta, Event, Failure, Ping, Spent, Start, Stop
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame
from tierwise.core.usage import Usage
from tierwise.core.wire import present
from tierwise.wires.openai_chat.calling import Calls
from tierwise.wires.openai_chat.chunks import CHUNK, PLAIN, CallPart, Choice, Chunk, Message, reasoned, texts
from tierwise.wires.openai_chat.telling import Telling

PING: Final = (Ping(),)
NOTHING: Final = Usage()
EMPTY: Final = b"[]"

REASONS: Final = MappingProxyType(
    {
        "length": "limit",
        "max_tokens": "limit",
        "model_length": "context",
        "model_context_window_exceeded": "context",
        "stop_sequence": "sequence",
        "content_filter": "filtered",
        "sensitive": "filtered",
    }
)
"""What the reasons to finish mean. Of every other, what the answer holds tells more: servers say 'stop' after calls too."""

BROKEN: Final = frozenset({"error", "network_error", "insufficient_system_resource", "abort"})
"""Reasons to finish that are failures."""


class Decoder(Struct):
    """An answer being understood."""

    telling: Telling = msgspec.field(default_factory=Telling)
    calls: Calls = msgspec.field(default_factory=Calls)
    started: bool = False
    over: bool = False
    refused: bool = False
    finish: str = ""
    sequence: str = ""
    usage: Usage = NOTHING

    def feed(self, frame: Frame) -> Sequence[Event]:
        """The events that a frame brings."""
        data = frame.data
        if self.over:
            return ()
        if not data:
            return PING
        plain = self._plain(data) if self.telling.speaking and not frame.event else None
        if plain is not None:
            return plain
        chunk = streamed(CHUNK, frame)
        if chunk is None:
            return self._done()
        return self._failed(chunk) if isinstance(chunk, Fault) else self.take(chunk, data)

    def end(self) -> Sequence[Event]:
        """The events that the end of the bytes brings."""
        return () if self.over else self._done()

    def take(self, chunk: Chunk, data: bytes) -> Sequence[Event]:
        """The events that a chunk brings."""
        events = list(self._told(chunk, data))
        self.over = bool(events) and isinstance(events[-1], Failure)
        return events

    def _plain(self, data: bytes) -> Sequence[Event] | None:
        """More of the text being told, None where a chunk may bring something else: looking twice at these few is the cheaper way."""
        try:
            text = PLAIN.decode(data).choices[0].delta.content
        except UNREAD:
            return None
        return (Delta(self.telling.queue[0].index, text),) if text else ()

    def _told(self, chunk: Chunk, data: bytes) -> Iterator[Event]:
        choice = next((one for one in chunk.choices or () if one.index == 0), None)
        counts = chunk.usage if choice is None else chunk.usage or choice.usage
        if not self.started and (choice is not None or counts is not None):
            self.started, self.calls.seed = True, hashlib.sha256(data).hexdigest()[:12]
            yield Start(chunk.id or "", chunk.model or "")
        if choice is not None:
            yield from self._choice(choice)
        if counts is not None:
            yield from self._spent(counts)

    def _choice(self, choice: Choice) -> Iterator[Event]:
        message = choice.delta or choice.message
        if message is not None:
            yield from self._message(message)
        if present(choice.logprobs):
            yield from self.telling.aside("logprobs", choice.logprobs)
        if present(choice.error):
            yield Failure(fault_of(choice.error))
        elif choice.finish_reason in BROKEN:
            yield Failure(Fault("stream_error", f"finish_reason is {choice.finish_reason!r}"))
        elif choice.finish_reason:
            self.finish = choice.finish_reason
            self.sequence = next((one for one in (choice.stop_reason, choice.matched_stop) if isinstance(one, str)), "")
            yield from self.telling.end()

    def _message(self, message: Message) -> Iterator[Event]:
        """What a message, or a piece of one, brings."""
        if reasoning := reasoned(message):
            yield from self.telling.words(THOUGHT, reasoning)
        elif present(message.reasoning_details) and bytes(message.reasoning_details) != EMPTY:
            yield from self.telling.aside("reasoning_details", message.reasoning_details)
        for thought, text in texts(message.content):
            yield from self.telling.words(THOUGHT if thought else TEXT, text)
        if message.refusal:
            self.refused = True
            yield from self.telling.words(REFUSAL, message.refusal)
        for piece in self.calls.pieces(_parts(message)):
            yield from self.telling.call(piece.block, piece.text, new=piece.new)
        for field in ("annotations", "audio"):
            raw = getattr(message, field)
            if present(raw) and bytes(raw) != EMPTY:
                yield from self.telling.aside(field, raw)

    def _spent(self, counts: Counts) -> Iterator[Event]:
        usage = usage_of(counts)
        if usage not in {NOTHING, self.usage}:
            self.usage = usage
            yield Spent(usage)

    def _done(self) -> Sequence[Event]:
        """The end of the answer, if it is one."""
        if not self.started:
            return self._failed(Fault("empty"))
        if not self.finish and self.usage == NOTHING:
            return self._failed(Fault("unfinished"))
        self.over = True
        return [*self.telling.end(), *self._stop()]

    def _stop(self) -> Iterator[Event]:
        reason = REASONS.get(self.finish) or self._reason()
        yield Stop(reason, self.sequence if reason == "sequence" else "")

    def _reason(self) -> str:
        """Why an answer ended whose finish reason does not tell."""
        holds = (("calls", bool(self.calls.known)), ("refusal", self.refused), ("sequence", bool(self.sequence)))
        return next((reason for reason, true in holds if true), "end")

    def _failed(self, fault: Fault) -> Sequence[Event]:
        self.over = True
        return (Failure(fault),)


def _parts(message: Message) -> list[CallPart]:
    """The calls in a message; the one that older servers send is number -1."""
    legacy = [] if message.function_call is None else [CallPart(-1, function=message.function_call)]
    return [*(message.tool_calls or ()), *legacy]


def whole(body: bytes) -> Sequence[Event]:
    """The events of a complete answer; the first choice where there are several."""
    chunk = complete(CHUNK, body)
    if isinstance(chunk, Fault):
        return (Failure(chunk),)
    decoder = Decoder()
    return [*decoder.take(replace(chunk, choices=[_complete(one) for one in (chunk.choices or ())[:1]]), body), *decoder.end()]


def _complete(choice: Choice) -> Choice:
    """A choice as one chunk could bring it: it has finished, and each of its calls is one of its own."""
    message = choice.message or choice.delta or Message()
    calls = [replace(call, index=index) for index, call in enumerate(message.tool_calls or ())]
    return replace(choice, index=0, message=replace(message, tool_calls=calls), delta=None, finish_reason=choice.finish_reason or "stop")
