"""Responses over a WebSocket: one socket's conversations, and frames both ways.

Theory of operation. A client sends `response.create` with a request's fields. It may name the response it goes on from and then sends new
items only; the socket knows the items of its latest responses and makes a whole request of them, since whoever answers next may never have
seen what came before. With `generate: false` nobody is asked: the items are remembered under a new id. One answer is under way at a time; a
`stream_id` is given back with every event of the answer. Events are those of the stream over HTTP, one message each. Whoever holds the
socket says when an answer is over.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct, field
from msgspec.structs import replace

from tierwise.core.faults import Fault, status_of
from tierwise.core.splice import edited
from tierwise.core.sse import Frame
from tierwise.core.wire import ABSENT, Ask, Malformed, Say, Voice, opened, present, read, repaired
from tierwise.wires.openai_responses.names import PLACE
from tierwise.wires.openai_responses.reading import read_prompt
from tierwise.wires.openai_responses.responding import State, repeated, response_of
from tierwise.wires.openai_responses.stripping import unsealed, without
from tierwise.wires.openai_responses.troubles import said

KEPT: Final = 8
"""Responses that a socket remembers."""

CREATE: Final = "response.create"
DONE: Final = b"[DONE]"
ITEM: Final = "response.output_item.done"
ENDS: Final = frozenset({"response.completed", "response.incomplete"})
BAD: Final = 400


class Message(Struct):
    """A client's message, as far as the socket looks at it."""

    type: str
    stream_id: str | None = None
    generate: bool | None = None
    previous_response_id: str | None = None
    input: Raw = ABSENT


class Response(Struct):
    id: str = ""
    output: list[Raw] | None = None


class Told(Struct):
    """An event of an answer, as far as the socket looks at it."""

    type: str = ""
    item: Raw = ABSENT
    response: Response | None = None


_MESSAGE: Final = msgspec.json.Decoder(Message)
_INPUT: Final = msgspec.json.Decoder(str | list[Raw])
_TOLD: Final = msgspec.json.Decoder(Told)
MINE: Final[dict[str, bytes | None]] = dict.fromkeys(("type", "stream_id", "generate", "previous_response_id", "background"))
"""Fields of messages that requests over HTTP do not have, or not here."""


class Refused(Exception):
    """A message that cannot be followed; `error` is what the client is told."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None) -> None:
        """What is wrong, the field it is in, and the word for it."""
        super().__init__(message)
        self.error = {"type": "invalid_request_error", "code": code, "message": message, "param": param}


class Socket(Struct):
    """One socket: the items of its latest responses by id, and the answer under way (`asked` are its items, None while there is none)."""

    chains: dict[str, tuple[Raw, ...]] = field(default_factory=dict)
    asked: tuple[Raw, ...] | None = None
    stream: str | None = None
    items: list[Raw] = field(default_factory=list)

    def heard(self, message: str | bytes, voice: Voice) -> Ask | Say:
        """What a client's message asks for."""
        text = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
        stream: str | None = None
        try:
            known = opened(_MESSAGE, text, "message")
            text = repaired(text)
            stream = known.stream_id
            return self._followed(known, text, voice)
        except Refused as refused:
            return Say((_error(BAD, refused.error, stream),))
        except Malformed as wrong:
            return Say((_error(BAD, Refused(str(wrong)).error, stream),))

    def _followed(self, message: Message, text: bytes, voice: Voice) -> Ask | Say:
        if message.type != CREATE:
            raise Refused(f"messages of type {message.type!r} are not known here; send {CREATE!r}", "type")
        if self.asked is not None:
            raise Refused("the answer before is not complete; wait for it", None, "response_already_in_progress")
        items = (*self._before(message.previous_response_id), *_items(message.input))
        body = edited(text, {**MINE, "input": _list(items), "stream": b"true"})
        if message.generate is False:
            return self._warmed(items, body, voice, message.stream_id)
        self.asked, self.items, self.stream = items, [], message.stream_id
        return Ask(body)

    def _before(self, known: str | None) -> tuple[Raw, ...]:
        """The items up to a response."""
        if not known:
            return ()
        if known not in self.chains:
            raise Refused(f"Previous response with id '{known}' not found.", "previous_response_id", "previous_response_not_found")
        return self.chains[known]

    def _warmed(self, items: tuple[Raw, ...], body: bytes, voice: Voice, stream: str | None) -> Say:
        """Items remembered; the answer is empty and nobody was asked."""
        prompt = read_prompt(body)
        common = repeated(replace(voice, prompt=prompt, model=voice.model or prompt.model))
        self._remember(common.id, items)
        states = enumerate((("response.created", State()), ("response.completed", State("completed"))))
        events = [{"type": kind, "sequence_number": at, "response": response_of(common, state)} for at, (kind, state) in states]
        return Say(tuple(_labelled(msgspec.json.encode(one), stream) for one in events))

    def told(self, frame: Frame) -> str | None:
        """The message that a frame of the answer is, if it is one; what it adds to the conversation is taken note of."""
        if not frame.data or frame.data == DONE:
            return None
        self._note(frame.data)
        return _labelled(frame.data, self.stream)

    def _note(self, data: bytes) -> None:
        try:
            event = _TOLD.decode(data)
        except (msgspec.DecodeError, RecursionError):
            return
        if event.type == ITEM and present(event.item):
            self.items.append(event.item)
        if event.type in ENDS and event.response is not None:
            output = event.response.output or self.items
            self._remember(event.response.id, (*(self.asked or ()), *map(Raw, without(output, unsealed))))

    def ended(self) -> None:
        """The answer under way is over, however it ended."""
        self.asked, self.items = None, []

    def failed(self, fault: Fault) -> str:
        """The message that tells of an answer that did not begin; the answer is over."""
        self.ended()
        headers = {} if fault.after is None else {"headers": {"retry-after": str(-(-fault.after // 1000))}}
        return _error(status_of(fault), said(fault), self.stream, **headers)

    def _remember(self, known: str, items: tuple[Raw, ...]) -> None:
        self.chains[known] = items
        for old in list(self.chains)[:-KEPT]:
            del self.chains[old]


def _error(status: int, error: Any, stream: str | None, **more: Any) -> str:
    return _labelled(msgspec.json.encode({"type": "error", "status": status, "error": error, **more}), stream)


def _labelled(data: bytes, stream: str | None) -> str:
    """An event with the name of the stream it belongs to."""
    text = data.decode("utf-8", "replace")
    return text if stream is None else f'{text.rstrip()[:-1]},"stream_id":{json.dumps(stream)}}}'


def _items(raw: Raw) -> tuple[Raw, ...]:
    """The items of an input; a text is a message of the user."""
    given = read(_INPUT, raw, f"{PLACE}, input") if present(raw) else []
    return (Raw(b'{"type":"message","role":"user","content":%b}' % bytes(raw)),) if isinstance(given, str) else tuple(given)


def _list(items: Iterable[Raw]) -> bytes:
    return b"[%b]" % b",".join(bytes(one) for one in items)
