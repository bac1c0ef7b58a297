"""Neutral events as a stream of this wire, and a whole answer as a body.

Theory of operation. Clients take blocks by their number and want them without gaps, so blocks are numbered anew: those that only another
wire understands are left out. The answer is announced when the first block opens, with the tokens that are known by then. Reasoning of
other wires is signed in a way that this wire knows again, since clients send it back with the rest; a signature comes once, before the
block closes, because clients keep only the last. Free text that a tool takes is said as its JSON when the call is complete.
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
    Answer,
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
from tierwise.core.events import Block as Told
from tierwise.core.naming import Free, flat
from tierwise.core.prompt import CUSTOM
from tierwise.core.sse import COMMENT, frame
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.anthropic.errors import error, error_frame
from tierwise.wires.anthropic.spending import stated
from tierwise.wires.anthropic.stamps import NAME, signature, valid

REASONS: Final = MappingProxyType(
    {
        "end": "end_turn",
        "calls": "tool_use",
        "limit": "max_tokens",
        "sequence": "stop_sequence",
        "filtered": "refusal",
        "refusal": "refusal",
        "pause": "pause_turn",
        "context": "model_context_window_exceeded",
    }
)
"""Why answers end."""

PREFIX: Final = "msg_"
CALLED: Final = "toolu_"
PING: Final = frame(b'{"type":"ping"}', "ping")
STOPPED: Final = frame(b'{"type":"message_stop"}', "message_stop")
EMPTY: Final = Raw(b"{}")
PIECES: Final = frozenset({"type", "citation", "partial_json"})
"""Fields of opaque deltas that are no fields of the block."""

_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_TEXT: Final = msgspec.json.Decoder(str)


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _line(raw: Raw) -> bytes:
    """A raw value on one line, since lines end what a frame says."""
    text = bytes(raw)
    return text if b"\n" not in text and b"\r" not in text else msgspec.json.format(text, indent=-1)


class Telling(Struct):
    """A block that is being told: its number for the client, what opened it, its seals, its free text, whether anything was said yet."""

    number: int
    open: Open
    seals: list[Seal]
    text: list[str]
    said: bool = False


class Encoder(Struct):
    """An answer being told."""

    voice: Voice
    start: Start = Start()
    announced: bool = False
    count: int = 0
    usage: Usage | None = None
    telling: Telling | None = None
    calls: bool = False

    def feed(self, event: Event) -> bytes:
        """The frames that say an event."""
        return SAYING[type(event)](self, event)

    def on_start(self, event: Start) -> bytes:
        """Nothing yet: the tokens of the prompt may follow."""
        self.start = event
        return b""

    def on_spent(self, event: Spent) -> bytes:
        """Kept for the announcement and the end."""
        self.usage = event.usage
        return b""

    def on_ping(self, _event: Ping) -> bytes:
        """A sign of life, as a comment before there is an answer."""
        return PING if self.announced else COMMENT

    def _begin(self) -> bytes:
        if self.announced:
            return b""
        self.announced = True
        message = _message(self.start, self.voice, content=[], ended=(None, None), usage=self.usage or Usage(self.voice.tokens))
        return frame(b'{"type":"message_start","message":%b}' % message, "message_start")

    def on_open(self, event: Open) -> bytes:
        """A block begins."""
        block = announced(event, self.voice, self.count)
        if block is None:
            return b""
        self.telling = Telling(self.count, event, [], [])
        self.count += 1
        self.calls = self.calls or event.kind == CALL
        data = b'{"type":"content_block_start","index":%d,"content_block":%b}' % (self.telling.number, block)
        return self._begin() + frame(data, "content_block_start")

    def on_delta(self, event: Delta) -> bytes:
        """A block grows."""
        telling = self.telling
        if telling is None:
            return b""
        telling.said = True
        if telling.open.kind == CALL and telling.open.form == CUSTOM:
            telling.text.append(event.text)
            return b""
        return _grown(telling, event.text)

    def on_seal(self, event: Seal) -> bytes:
        """Kept until the block closes."""
        if self.telling is not None:
            self.telling.seals.append(event)
        return b""

    def on_opaque(self, event: Opaque) -> bytes:
        """What only this wire understands."""
        telling = self.telling
        if telling is None or event.wire != NAME:
            return b""
        return _delta(telling.number, _line(event.raw))

    def on_close(self, _event: Close) -> bytes:
        """A block ends, with what was kept until then."""
        telling, self.telling = self.telling, None
        if telling is None:
            return b""
        data = b'{"type":"content_block_stop","index":%d}' % telling.number
        return _rest(telling) + frame(data, "content_block_stop")

    def on_stop(self, event: Stop) -> bytes:
        """The answer is complete."""
        reason, sequence = _ended(event, calls=self.calls)
        delta = b'{"stop_reason":%b,"stop_sequence":%b}' % (_json(reason), _json(sequence))
        data = b'{"type":"message_delta","delta":%b,"usage":%b}' % (delta, stated(self.usage))
        return self._begin() + frame(data, "message_delta") + STOPPED

    def on_failure(self, event: Failure) -> bytes:
        """The answer failed."""
        return error_frame(event.fault)


SAYING: Final[Mapping[type[Any], Callable[[Encoder, Any], bytes]]] = {
    Start: Encoder.on_start,
    Open: Encoder.on_open,
    Delta: Encoder.on_delta,
    Seal: Encoder.on_seal,
    Opaque: Encoder.on_opaque,
    Close: Encoder.on_close,
    Spent: Encoder.on_spent,
    Stop: Encoder.on_stop,
    Ping: Encoder.on_ping,
    Failure: Encoder.on_failure,
}
"""How each event is said."""

PARTS: Final = MappingProxyType(
    {
        TEXT: (b"text_delta", b"text"),
        REFUSAL: (b"text_delta", b"text"),
        THOUGHT: (b"thinking_delta", b"thinking"),
        CALL: (b"input_json_delta", b"partial_json"),
        OPAQUE: (b"text_delta", b"text"),
    }
)
"""The type of the delta that fills a kind of block, and the field in it."""

ANNOUNCED: Final = MappingProxyType(
    {
        TEXT: b'{"type":"text","text":""}',
        REFUSAL: b'{"type":"text","text":""}',
        THOUGHT: b'{"type":"thinking","thinking":"","signature":""}',
    }
)
"""How blocks without a name begin."""


def announced(event: Open, voice: Voice, number: int) -> bytes | None:
    """A block as it begins, None for one that only another wire understands."""
    if event.kind == CALL:
        return b'{"type":"tool_use","id":%b,"name":%b,"input":{}}' % (
            _json(_id(event, voice, number)),
            _json(flat(event.namespace, event.name)),
        )
    if event.kind == OPAQUE:
        return _line(event.raw) if event.wire == NAME else None
    return ANNOUNCED[event.kind]


def _id(event: Open, voice: Voice, number: int) -> str:
    """A call's id; one of ours where the provider gave none."""
    return valid(event.id or f"{CALLED}{voice.id}_{number}")


def _delta(number: int, part: bytes) -> bytes:
    return b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":%b}\n\n' % (number, part)


def _grown(telling: Telling, text: str) -> bytes:
    kind, field = PARTS[telling.open.kind]
    return _delta(telling.number, b'{"type":"%b","%b":%b}' % (kind, field, _json(text)))


def _rest(telling: Telling) -> bytes:
    """What is said of a block when all of it is known: a thought's signature, free text as JSON, an input where there was none."""
    if telling.open.kind == THOUGHT:
        signed = _signature(telling.open, [one.seal for one in telling.seals], telling.seals[-1].wire if telling.seals else "")
        return _delta(telling.number, b'{"type":"signature_delta","signature":%b}' % _json(signed))
    if telling.open.kind == CALL and telling.open.form == CUSTOM:
        return _grown(telling, _json(Free("".join(telling.text))).decode())
    return b"" if telling.said or telling.open.kind != CALL else _grown(telling, "{}")


def _signature(event: Open, seals: Sequence[str], wire: str) -> str:
    """A thought's signature: its own, or one of ours with what another wire sealed it with."""
    seal = "".join(seals)
    return seal if wire == NAME else signature(wire, event.item, seal)


def _ended(stop: Stop | None, *, calls: bool) -> tuple[str, str | None]:
    """The reason of an end and the sequence that made it; calls are to be answered, whatever a provider says."""
    reason = "calls" if calls and (stop is None or stop.reason == "end") else stop.reason if stop is not None else "end"
    return REASONS[reason], (stop.sequence if stop is not None else "") or None


def _message(start: Start, voice: Voice, *, content: Sequence[Raw], ended: tuple[str | None, str | None], usage: Usage | None) -> bytes:
    """An answer as an object."""
    return _json(
        {
            "id": start.id if start.id.startswith(PREFIX) else PREFIX + voice.id,
            "type": "message",
            "role": "assistant",
            "model": voice.model,
            "content": content,
            "stop_reason": ended[0],
            "stop_sequence": ended[1],
            "usage": Raw(stated(usage)),
        }
    )


def answer(said: Answer, voice: Voice) -> bytes:
    """A whole answer as a body; an error where it failed."""
    if said.fault is not None:
        return error(said.fault)
    content: list[Raw] = []
    for one in said.blocks:
        content += _content(one, voice, len(content))
    calls = any(one.open.kind == CALL for one in said.blocks)
    start = Start(said.id, said.model)
    return _message(start, voice, content=content, ended=_ended(said.stop, calls=calls), usage=said.usage)


def _content(block: Told, voice: Voice, number: int) -> list[Raw]:
    """A block of a whole answer; nothing for one that only another wire understands."""
    begun = announced(block.open, voice, number)
    if begun is None:
        return []
    fields: dict[str, Any] = dict(_FIELDS.decode(begun))
    fields |= WHOLE[block.open.kind](block) | _opaque([_FIELDS.decode(one.raw) for one in block.opaque if one.wire == NAME])
    return [Raw(_json(fields))]


def _opaque(parts: Sequence[Mapping[str, Raw]]) -> dict[str, Any]:
    """What opaque deltas make of a block: its citations, its input, and whatever else they name."""
    cited = [part["citation"] for part in parts if "citation" in part]
    typed = "".join(_TEXT.decode(part["partial_json"]) for part in parts if "partial_json" in part)
    fields: dict[str, Any] = {name: value for part in parts for name, value in part.items() if name not in PIECES}
    return fields | ({"citations": cited} if cited else {}) | ({"input": _input(typed)} if typed else {})


def _words(block: Told) -> dict[str, Any]:
    return {"text": block.text}


def _thought(block: Told) -> dict[str, Any]:
    return {"thinking": block.text, "signature": _signature(block.open, (block.seal,), block.sealed_by)}


def _call(block: Told) -> dict[str, Any]:
    if block.open.form == CUSTOM:
        return {"input": Free(block.text)}
    return {"input": _input(block.text)}


def _input(text: str) -> Any:
    """A call's input, which is an object; what a model got wrong is shown as it is."""
    try:
        return Raw(_json(_FIELDS.decode(text))) if text.strip() else EMPTY
    except msgspec.DecodeError:
        return Free(text)


def _nothing(_block: Told) -> dict[str, Any]:
    return {}


WHOLE: Final[Mapping[str, Callable[[Told], dict[str, Any]]]] = {
    TEXT: _words,
    REFUSAL: _words,
    THOUGHT: _thought,
    CALL: _call,
    OPAQUE: _nothing,
}
"""What fills each kind of block."""
