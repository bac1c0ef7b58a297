"""An answer told as a completion: its text and nothing else, since it goes straight into somebody's file.

Models that chat put code into a fence though they are asked not to. A fence around the whole text is taken off: `Bare` holds text back as
long as it may belong to one.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.counts import stated
from tierwise.core.errors import UNREAD, error
from tierwise.core.events import TEXT, Answer, Block, Close, Delta, Event, Failure, Opaque, Open, Ping, Seal, Spent, Start, Stop
from tierwise.core.faults import Fault
from tierwise.core.sse import COMMENT, frame
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.openai_completions.parsing import NAME
from tierwise.wires.openai_completions.reading import echoed

FENCE: Final = "```"
OPENING: Final = re.compile(r"```[^\n`]*\n")
CLOSING: Final = re.compile(r"\n?`{0,3}\s*\Z")
NULL: Final = b"null"

FINISH: Final = MappingProxyType(
    {"limit": b'"length"', "context": b'"length"', "filtered": b'"content_filter"', "refusal": b'"content_filter"'}
)
"""How reasons to end are said; every other is 'stop'."""

STOPPED: Final = b'"stop"'

_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_quoted: Final = msgspec.json.Encoder().encode


class Bare(Struct):
    """Text without a fence around it: what is held back, and whether a fence was opened (None until that is known)."""

    held: str = ""
    fenced: bool | None = None

    def more(self, text: str) -> str:
        """What of the text is certain now."""
        self.held += text
        if self.fenced is None:
            self._begin()
        if self.fenced is None:
            return ""
        end = CLOSING.search(self.held) if self.fenced else None
        cut = len(self.held) if end is None else end.start()
        certain, self.held = self.held[:cut], self.held[cut:]
        return certain

    def rest(self) -> str:
        """What was held back and is no fence."""
        rest, self.held = self.held, ""
        return "" if self.fenced and rest.strip() in {"", FENCE} else rest

    def _begin(self) -> None:
        opening = OPENING.match(self.held)
        if opening is not None:
            self.fenced, self.held = True, self.held[opening.end() :]
        elif not FENCE.startswith(self.held[: len(FENCE)]) or "\n" in self.held:
            self.fenced = False


class Encoder(Struct):
    """An answer being told: the bytes before and after what changes from chunk to chunk, whether text is open."""

    voice: Voice
    before: bytes = b""
    after: bytes = b""
    speaking: bool = False
    bare: Bare = msgspec.field(default_factory=Bare)
    usage: Usage | None = None

    def feed(self, event: Event) -> bytes:
        """The chunks that say an event."""
        return TELLS[type(event)](self, event)

    def start(self, event: Start) -> bytes:
        """The text that was sent, where it is to be heard again."""
        identity = (_quoted(event.id or f"cmpl-{self.voice.id}"), self.voice.at, _quoted(self.voice.model))
        self.before = b'data: {"id":%b,"object":"text_completion","created":%d,"model":%b,"choices":[' % identity
        self.after = b'],"usage":null}\n\n' if self.voice.usage else b"]}\n\n"
        return self._text(echoed(self.voice.prompt))

    def open(self, event: Open) -> bytes:
        """Only text is told."""
        self.speaking = event.kind == TEXT
        return b""

    def delta(self, event: Delta) -> bytes:
        """More text, as far as it is certain."""
        return self._text(self.bare.more(event.text)) if self.speaking else b""

    def opaque(self, event: Opaque) -> bytes:
        """Log probabilities of this wire."""
        found = logprobs(event)
        return b"" if found is None else self._chunk("", bytes(found))

    def spent(self, event: Spent) -> bytes:
        """Take note of the tokens."""
        self.usage = event.usage
        return b""

    def stop(self, event: Stop) -> bytes:
        """What was held back, the finish, the tokens where they are wanted and known, and the end."""
        said = self._text(self.bare.rest()) + self._chunk("", finish=FINISH.get(event.reason, STOPPED))
        if self.voice.usage and self.usage is not None:
            said += b'%b],"usage":%b}\n\n' % (self.before, stated(self.usage))
        return said + b"data: [DONE]\n\n"

    def failure(self, event: Failure) -> bytes:
        """The error in place of the rest."""
        return error_frame(event.fault)

    def _text(self, text: str) -> bytes:
        return self._chunk(text) if text else b""

    def _chunk(self, text: str, logs: bytes = NULL, finish: bytes = NULL) -> bytes:
        said = (self.before, _quoted(text), logs, finish, self.after)
        return b'%b{"index":0,"text":%b,"logprobs":%b,"finish_reason":%b}%b' % said


def _silent(_encoder: Encoder, _event: Event) -> bytes:
    return b""


def _alive(_encoder: Encoder, _event: Event) -> bytes:
    return COMMENT


TELLS: Final[Mapping[type[Any], Callable[[Encoder, Any], bytes]]] = MappingProxyType(
    {
        Start: Encoder.start,
        Open: Encoder.open,
        Delta: Encoder.delta,
        Opaque: Encoder.opaque,
        Close: _silent,
        Seal: _silent,
        Spent: Encoder.spent,
        Stop: Encoder.stop,
        Failure: Encoder.failure,
        Ping: _alive,
    }
)
"""How each event is told."""


def logprobs(event: Opaque) -> Raw | None:
    """The log probabilities in something opaque, if it is this wire's."""
    try:
        return _FIELDS.decode(event.raw).get("logprobs") if event.wire == NAME else None
    except UNREAD:
        return None


def error_frame(fault: Fault) -> bytes:
    """A fault as the last frame of a stream."""
    return frame(error(fault))


def answer(told: Answer, voice: Voice) -> bytes:
    """A whole answer."""
    if told.fault is not None:
        return error(told.fault)
    reason = "end" if told.stop is None else told.stop.reason
    choice = {
        "index": 0,
        "text": echoed(voice.prompt) + _words(told.blocks),
        "logprobs": next((found for block in told.blocks for one in block.opaque if (found := logprobs(one)) is not None), None),
        "finish_reason": Raw(FINISH.get(reason, STOPPED)),
    }
    said = {
        "id": told.id or f"cmpl-{voice.id}",
        "object": "text_completion",
        "created": voice.at,
        "model": voice.model,
        "choices": [choice],
    }
    return _quoted(said if told.usage is None else said | {"usage": Raw(stated(told.usage))})


def _words(blocks: tuple[Block, ...]) -> str:
    """The text of an answer, without a fence around it."""
    bare = Bare()
    return bare.more("".join(block.text for block in blocks if block.open.kind == TEXT)) + bare.rest()
