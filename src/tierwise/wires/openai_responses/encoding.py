"""Neutral events as a stream of this wire, and a whole answer as its body.

Theory of operation. Each block becomes an item of the output, with ids made of the answer's; a teller for its kind says how it begins,
goes on and ends, and what item it is in the end. The last event repeats all items, so they are kept. The text of a block is
collected in pieces, since its `done` events say it whole.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct, field

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
    unfolded,
)
from tierwise.core.prompt import CUSTOM, SEARCH
from tierwise.core.sse import COMMENT, frame
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice
from tierwise.wires.openai_responses.names import NAME
from tierwise.wires.openai_responses.responding import Repeated, State, ended, repeated, response_of
from tierwise.wires.openai_responses.seals import UNSEALED, sealed
from tierwise.wires.openai_responses.shapes import (
    CustomCall,
    FunctionCall,
    Message,
    OutputText,
    Reasoning,
    Refusal,
    SearchCall,
    SummaryText,
    json_of,
    shortest,
)
from tierwise.wires.openai_responses.troubles import error_event, failure_of

GOING: Final = "in_progress"
_ENCODER: Final = msgspec.json.Encoder()


class Logprobs(Struct, tag_field="type", tag="logprobs"):
    """Log probabilities of a text, as a decoder of this wire passes them on."""

    logprobs: list[Raw] = []


_LOGPROBS: Final = msgspec.json.Decoder(Logprobs)


class Block(Struct):
    """A block being told: how it opened, its item's id, its text so far, its seal, what is noted of it."""

    open: Open
    id: str
    place: int
    texts: list[str] = field(default_factory=list)
    seal: str = ""
    sealed_by: str = ""
    notes: list[Raw] = field(default_factory=list)
    odds: list[Raw] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its text so far."""
        return "".join(self.texts)


class Encoding(Struct):
    """An answer being told as a stream."""

    voice: Voice
    common: Repeated | None = None
    number: int = 0
    output: list[Any] = field(default_factory=list)
    block: Block | None = None
    usage: Usage | None = None

    def feed(self, event: Event) -> bytes:
        """The frames that say an event."""
        return TOLD[type(event)](self, event)

    def known(self) -> Repeated:
        """What all response objects have in common."""
        if self.common is None:
            self.common = repeated(self.voice)
        return self.common

    def say(self, kind: str, **fields: Any) -> bytes:
        """A frame with the next number."""
        self.number += 1
        return frame(_ENCODER.encode({"type": kind, "sequence_number": self.number - 1, **fields}), kind)

    def part(self, kind: str, block: Block, **fields: Any) -> bytes:
        """A frame about a block's only part."""
        return self.say(kind, item_id=block.id, output_index=block.place, **fields)

    def delta(self, kind: bytes, block: Block, tail: bytes, text: str) -> bytes:
        """A frame with more text: put together by hand, since there are so many."""
        self.number += 1
        return b'event: %b\ndata: {"type":"%b","item_id":"%b","output_index":%d,%b"delta":%b,"sequence_number":%d}\n\n' % (
            kind,
            kind,
            block.id.encode(),
            block.place,
            tail,
            _ENCODER.encode(text),
            self.number - 1,
        )

    def response(self, kind: str, state: State) -> bytes:
        """A frame with the response object."""
        return self.say(kind, response=response_of(self.known(), state))


class Teller(Struct, frozen=True):
    """How blocks of one kind are told: what begins them, what more text of them says, what ends them, which item they are.

    `item` takes the block, its text and its status.
    """

    prefix: str
    begins: Callable[[Encoding, Block], bytes]
    goes_on: Callable[[Encoding, Block, str], bytes]
    ends: Callable[[Encoding, Block, str], bytes]
    item: Callable[[Block, str, str], Any]


def _nothing(_at: Encoding, _block: Block, _text: str = "") -> bytes:
    return b""


def _text_begins(at: Encoding, block: Block) -> bytes:
    return at.part("response.content_part.added", block, content_index=0, part=OutputText(""))


def _text_goes_on(at: Encoding, block: Block, text: str) -> bytes:
    return at.delta(b"response.output_text.delta", block, b'"content_index":0,"logprobs":[],', text)


def _text_ends(at: Encoding, block: Block, text: str) -> bytes:
    said = at.part("response.output_text.done", block, content_index=0, text=text, logprobs=block.odds)
    return said + at.part("response.content_part.done", block, content_index=0, part=OutputText(text, block.notes, block.odds))


def _text_item(block: Block, text: str, status: str) -> Message:
    content = [] if status == GOING else [OutputText(text, block.notes, block.odds)]
    return Message(content, block.id, status)


def _refusal_begins(at: Encoding, block: Block) -> bytes:
    return at.part("response.content_part.added", block, content_index=0, part=Refusal(""))


def _refusal_goes_on(at: Encoding, block: Block, text: str) -> bytes:
    return at.delta(b"response.refusal.delta", block, b'"content_index":0,', text)


def _refusal_ends(at: Encoding, block: Block, text: str) -> bytes:
    said = at.part("response.refusal.done", block, content_index=0, refusal=text)
    return said + at.part("response.content_part.done", block, content_index=0, part=Refusal(text))


def _refusal_item(block: Block, text: str, status: str) -> Message:
    return Message([] if status == GOING else [Refusal(text)], block.id, status)


def _thought_goes_on(at: Encoding, block: Block, text: str) -> bytes:
    first = b"" if len(block.texts) > 1 else at.part("response.reasoning_summary_part.added", block, summary_index=0, part=SummaryText(""))
    return first + at.delta(b"response.reasoning_summary_text.delta", block, b'"summary_index":0,', text)


def _thought_ends(at: Encoding, block: Block, text: str) -> bytes:
    if not text:
        return b""
    said = at.part("response.reasoning_summary_text.done", block, summary_index=0, text=text)
    return said + at.part("response.reasoning_summary_part.done", block, summary_index=0, part=SummaryText(text))


def _thought_item(block: Block, text: str, status: str) -> Reasoning:
    """Reasoning with its seal: this wire's own as it came, others in a form that `reading` knows."""
    if status == GOING:
        return Reasoning([], None, block.id)
    own = block.sealed_by == NAME
    seal = block.seal if own else sealed(block.sealed_by or UNSEALED, text if block.seal else "", block.seal)
    return Reasoning([SummaryText(text)] if text else [], seal, block.id)


def _function_goes_on(at: Encoding, block: Block, text: str) -> bytes:
    return at.delta(b"response.function_call_arguments.delta", block, b"", text)


def _function_ends(at: Encoding, block: Block, text: str) -> bytes:
    return at.part("response.function_call_arguments.done", block, name=block.open.name, arguments=text)


def _function_item(block: Block, text: str, status: str) -> FunctionCall:
    opened = block.open
    return FunctionCall(opened.id, opened.name, text, shortest(opened.namespace), block.id, status)


def _custom_goes_on(at: Encoding, block: Block, text: str) -> bytes:
    return at.delta(b"response.custom_tool_call_input.delta", block, b"", text)


def _custom_ends(at: Encoding, block: Block, text: str) -> bytes:
    return at.part("response.custom_tool_call_input.done", block, input=text)


def _custom_item(block: Block, text: str, status: str) -> CustomCall:
    opened = block.open
    return CustomCall(opened.id, opened.name, text, shortest(opened.namespace), block.id, status)


def _search_item(block: Block, text: str, status: str) -> SearchCall:
    return SearchCall(block.open.id, json_of(text), id=block.id, status=status)


def _opaque_item(block: Block, _text: str, _status: str) -> Any:
    return block.open.raw


FUNCTION_TELLER: Final = Teller("fc_", _nothing, _function_goes_on, _function_ends, _function_item)
TELLERS: Final[Mapping[tuple[str, str], Teller]] = {
    (TEXT, ""): Teller("msg_", _text_begins, _text_goes_on, _text_ends, _text_item),
    (REFUSAL, ""): Teller("msg_", _refusal_begins, _refusal_goes_on, _refusal_ends, _refusal_item),
    (THOUGHT, ""): Teller("rs_", _nothing, _thought_goes_on, _thought_ends, _thought_item),
    (OPAQUE, ""): Teller("", _nothing, _nothing, _nothing, _opaque_item),
    (CALL, CUSTOM): Teller("ctc_", _nothing, _custom_goes_on, _custom_ends, _custom_item),
    (CALL, SEARCH): Teller("tsc_", _nothing, _nothing, _nothing, _search_item),
}
"""How each kind of block is told, calls by their form; calls of every other form are functions."""


def _teller(opened: Open) -> Teller:
    return TELLERS.get((opened.kind, opened.form if opened.kind == CALL else ""), FUNCTION_TELLER)


def _start(at: Encoding, event: Start) -> bytes:
    at.common = repeated(at.voice, event.id, event.model)
    return at.response("response.created", State()) + at.response("response.in_progress", State())


def _open(at: Encoding, event: Open) -> bytes:
    """A block begins; what only another wire understands is left out."""
    if event.kind == OPAQUE and event.wire != NAME:
        return b""
    teller = _teller(event)
    place = len(at.output)
    own = event.item if teller.prefix and event.item.startswith(teller.prefix) else f"{teller.prefix}{at.voice.id}_{place}"
    block = at.block = Block(event, own, place)
    added = at.say("response.output_item.added", output_index=place, item=teller.item(block, "", GOING))
    return added + teller.begins(at, block)


def _delta(at: Encoding, event: Delta) -> bytes:
    block = at.block
    if block is None or not event.text:
        return b""
    block.texts.append(event.text)
    return _teller(block.open).goes_on(at, block, event.text)


def _seal(at: Encoding, event: Seal) -> bytes:
    if at.block is not None:
        at.block.seal += event.seal
        at.block.sealed_by = event.wire
    return b""


def _opaque(at: Encoding, event: Opaque) -> bytes:
    """What this wire itself notes within a text: log probabilities, or an annotation."""
    block = at.block
    if block is None or event.wire != NAME:
        return b""
    try:
        block.odds += _LOGPROBS.decode(event.raw).logprobs
    except msgspec.ValidationError:
        block.notes.append(event.raw)
        number = len(block.notes) - 1
        known = {"content_index": 0, "annotation_index": number, "annotation": event.raw}
        return at.part("response.output_text.annotation.added", block, **known)
    return b""


def _close(at: Encoding, event: Close) -> bytes:
    """A block ends; a function that was called with nothing has an empty object for its input."""
    bare = at.block is not None and not at.block.texts and _teller(at.block.open) is FUNCTION_TELLER
    said = _delta(at, Delta(event.index, "{}")) if bare else b""
    block, at.block = at.block, None
    if block is None:
        return b""
    teller, text = _teller(block.open), block.text
    item = teller.item(block, text, "completed")
    at.output.append(item)
    return said + teller.ends(at, block, text) + at.say("response.output_item.done", output_index=block.place, item=item)


def _spent(at: Encoding, event: Spent) -> bytes:
    at.usage = event.usage
    return b""


def _stop(at: Encoding, event: Stop) -> bytes:
    state = ended(event.reason, at.output, at.usage)
    return at.response(f"response.{state.status}", state)


def _failure(at: Encoding, event: Failure) -> bytes:
    """An error for SDKs, which look for nothing else, and a failed response for coding tools, which look for that."""
    state = State("failed", at.output, failure_of(event.fault), usage=at.usage)
    at.number += 1
    return error_event(event.fault, at.number - 1) + at.response("response.failed", state)


def _ping(at: Encoding, event: Ping) -> bytes:
    del at, event
    return COMMENT


TOLD: Final[Mapping[type[Any], Callable[[Encoding, Any], bytes]]] = {
    Start: _start,
    Open: _open,
    Delta: _delta,
    Seal: _seal,
    Opaque: _opaque,
    Close: _close,
    Spent: _spent,
    Stop: _stop,
    Failure: _failure,
    Ping: _ping,
}
"""How each event is told."""


def encoder(voice: Voice) -> Encoding:
    """A new stream."""
    return Encoding(voice)


def answered(answer: Answer, voice: Voice) -> bytes:
    """A whole answer as a body: what the last event of its stream tells."""
    at = Encoding(voice)
    for event in unfolded(answer):
        at.feed(event)
    return _ENCODER.encode(response_of(at.known(), _state(at, answer)))


def _state(at: Encoding, answer: Answer) -> State:
    if answer.fault is not None:
        return State("failed", at.output, failure_of(answer.fault), usage=at.usage)
    return ended(answer.stop.reason if answer.stop else "end", at.output, at.usage)
