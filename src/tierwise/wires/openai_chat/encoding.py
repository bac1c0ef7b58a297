"""An answer told in this wire: as a stream of chunks, and whole.

Keys stand as null where strict clients want them. Reasoning goes out as `reasoning_content`, which the clients that show it read.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.counts import stated
from tierwise.core.errors import UNREAD, error
from tierwise.core.events import (
    CALL,
    REFUSAL,
    TEXT,
    THOUGHT,
    Answer,
    Block,
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
from tierwise.core.naming import flat
from tierwise.core.prompt import CUSTOM
from tierwise.core.sse import COMMENT, frame
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.openai_chat.parsing import NAME

FINISH: Final = MappingProxyType(
    {
        "end": b'"stop"',
        "sequence": b'"stop"',
        "pause": b'"stop"',
        "calls": b'"tool_calls"',
        "limit": b'"length"',
        "context": b'"length"',
        "filtered": b'"content_filter"',
        "refusal": b'"content_filter"',
    }
)
"""How each reason to end is said. A refusal in the model's own words is an answer like others, and finishes by 'stop'."""

FIELDS: Final = MappingProxyType({TEXT: b"content", THOUGHT: b"reasoning_content", REFUSAL: b"refusal"})
"""Where the text of each kind of block goes."""

NULL: Final = b"null"
BEGUN: Final = b'{"role":"assistant","content":"","refusal":null}'
FINISHED: Final = b'"stop"'

_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_quoted: Final = msgspec.json.Encoder().encode


class Encoder(Struct):
    """An answer being told: the bytes before and after what changes from chunk to chunk, the open block, the calls so far."""

    voice: Voice
    before: bytes = b""
    after: bytes = b""
    kind: str = ""
    form: str = ""
    call: int = -1
    empty: bool = True
    refused: bool = False
    usage: Usage | None = None

    def feed(self, event: Event) -> bytes:
        """The chunks that say an event."""
        return TELLS[type(event)](self, event)

    def start(self, event: Start) -> bytes:
        """The first chunk: whose answer it is."""
        identity = (_quoted(identity_of(event.id, self.voice)), b"%d" % self.voice.at, _quoted(self.voice.model))
        self.before = b'data: {"id":%b,"object":"chat.completion.chunk","created":%b,"model":%b,"choices":[' % identity
        self.after = b'],"usage":null}\n\n' if self.voice.usage else b"]}\n\n"
        return self._chunk(BEGUN)

    def open(self, event: Open) -> bytes:
        """The beginning of a block: of a call, its id and name."""
        self.kind, self.form, self.empty = event.kind, event.form, True
        self.refused = self.refused or event.kind == REFUSAL
        if event.kind != CALL:
            return self._own(event.wire, event.raw)
        self.call += 1
        name = _quoted(flat(event.namespace, event.name))
        shape = b'"custom","custom":{"name":%b,"input":""}' if event.form == CUSTOM else b'"function","function":{"name":%b,"arguments":""}'
        return self._call(b',"id":%b,"type":%b' % (_quoted(event.id), shape % name))

    def delta(self, event: Delta) -> bytes:
        """More of a block."""
        self.empty = False
        if self.kind != CALL:
            field = FIELDS.get(self.kind)
            return b"" if field is None else self._chunk(b'{"%b":%b}' % (field, _quoted(event.text)))
        shape = b',"custom":{"input":%b}' if self.form == CUSTOM else b',"function":{"arguments":%b}'
        return self._call(shape % _quoted(event.text))

    def close(self, event: Close) -> bytes:
        """The end of a block: a function that was called with nothing has an empty object for its input."""
        if self.kind == CALL and self.form != CUSTOM and self.empty:
            return self.delta(Delta(event.index, "{}"))
        return b""

    def opaque(self, event: Opaque) -> bytes:
        """What only one wire understands, where it is this one."""
        return self._own(event.wire, event.raw)

    def spent(self, event: Spent) -> bytes:
        """Take note of the tokens."""
        self.usage = event.usage
        return b""

    def stop(self, event: Stop) -> bytes:
        """The finish, the tokens where they are wanted and known, and the end."""
        said = self._chunk(b"{}", FINISHED if self.refused and event.reason == "refusal" else FINISH[event.reason])
        if self.voice.usage and self.usage is not None:
            said += b'%b],"usage":%b}\n\n' % (self.before, stated(self.usage))
        return said + b"data: [DONE]\n\n"

    def failure(self, event: Failure) -> bytes:
        """The error in place of the rest; nothing says that the answer is complete."""
        return error_frame(event.fault)

    def _call(self, rest: bytes) -> bytes:
        return self._chunk(b'{"tool_calls":[{"index":%d%b}]}' % (self.call, rest))

    def _chunk(self, delta: bytes, finish: bytes = NULL, logprobs: bytes = NULL) -> bytes:
        return b'%b{"index":0,"delta":%b,"logprobs":%b,"finish_reason":%b}%b' % (self.before, delta, logprobs, finish, self.after)

    def _own(self, wire: str, raw: Raw) -> bytes:
        fields = _own(wire, raw)
        logprobs = fields.pop("logprobs", None)
        if not fields and logprobs is None:
            return b""
        return self._chunk(_quoted(fields), logprobs=NULL if logprobs is None else bytes(logprobs))


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
        Close: Encoder.close,
        Spent: Encoder.spent,
        Stop: Encoder.stop,
        Failure: Encoder.failure,
        Seal: _silent,
        Ping: _alive,
    }
)
"""How each event is told; a seal is not, since nobody here could check it."""


def identity_of(given: str, voice: Voice) -> str:
    """The answer's id: the provider's where it gave one."""
    return given or f"chatcmpl-{voice.id}"


def _own(wire: str, raw: Raw) -> dict[str, Raw]:
    """The fields in something opaque, if it is this wire's."""
    try:
        return _FIELDS.decode(raw) if wire == NAME else {}
    except UNREAD:
        return {}


def error_frame(fault: Fault) -> bytes:
    """A fault as the last frame of a stream: clients raise it where they find `error` in place of choices."""
    return frame(error(fault))


class Said(Struct, frozen=True, omit_defaults=True):
    name: str
    arguments: str


class Written(Struct, frozen=True):
    name: str
    input: str


class FunctionCall(Struct, frozen=True, tag_field="type", tag="function"):
    id: str
    function: Said


class CustomCall(Struct, frozen=True, tag_field="type", tag="custom"):
    id: str
    custom: Written


def answer(told: Answer, voice: Voice) -> bytes:
    """A whole answer."""
    if told.fault is not None:
        return error(told.fault)
    own = {name: raw for block in told.blocks for name, raw in _asides(block)}
    choice = {
        "index": 0,
        "message": _message(told.blocks, own),
        "logprobs": own.get("logprobs"),
        "finish_reason": Raw(_finish(told)),
    }
    said = {
        "id": identity_of(told.id, voice),
        "object": "chat.completion",
        "created": voice.at,
        "model": voice.model,
        "choices": [choice],
    }
    return _quoted(said if told.usage is None else said | {"usage": Raw(stated(told.usage))})


def _finish(told: Answer) -> bytes:
    reason = "end" if told.stop is None else told.stop.reason
    refused = reason == "refusal" and any(block.open.kind == REFUSAL for block in told.blocks)
    return FINISHED if refused else FINISH[reason]


def _message(blocks: Iterable[Block], own: Mapping[str, Raw]) -> dict[str, Any]:
    """The model's message: the texts of each kind together, null where there are none."""
    listed = tuple(blocks)
    texts = {kind: [block.text for block in listed if block.open.kind == kind] for kind in (TEXT, THOUGHT, REFUSAL)}
    calls = [_call(block) for block in listed if block.open.kind == CALL]
    bare = not calls and not texts[REFUSAL]
    said: dict[str, Any] = {
        "role": "assistant",
        "content": "".join(texts[TEXT]) if texts[TEXT] or bare else None,
        "refusal": "".join(texts[REFUSAL]) if texts[REFUSAL] else None,
        "annotations": own.get("annotations", []),
    }
    more = {"reasoning_content": "".join(texts[THOUGHT]), "tool_calls": calls, **{key: own[key] for key in own if key not in PLACED}}
    return said | {key: value for key, value in more.items() if value}


PLACED: Final = frozenset({"logprobs", "annotations"})
"""Fields that stand somewhere else than the rest of what only this wire understands."""


def _asides(block: Block) -> Iterable[tuple[str, Raw]]:
    """The fields that only this wire understands."""
    yield from _own(block.open.wire, block.open.raw).items()
    for one in block.opaque:
        yield from _own(one.wire, one.raw).items()


def _call(block: Block) -> FunctionCall | CustomCall:
    name = flat(block.open.namespace, block.open.name)
    if block.open.form == CUSTOM:
        return CustomCall(block.open.id, Written(name, block.text))
    return FunctionCall(block.open.id, Said(name, block.text or "{}"))
