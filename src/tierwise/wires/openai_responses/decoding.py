"""Answers of this wire as neutral events, streamed or whole."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from tierwise.core.events import Event, Failure, Ping
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame
from tierwise.wires.openai_responses import frames
from tierwise.wires.openai_responses.blocks import Told
from tierwise.wires.openai_responses.completing import broken, finish
from tierwise.wires.openai_responses.hearing import BEGINNINGS, HEARD, TAGS
from tierwise.wires.openai_responses.troubles import fault_of

DONE: Final = b"[DONE]"


class Decoding(Struct):
    """A stream being understood."""

    told: Told = field(default_factory=Told)
    any: bool = False
    over: bool = False

    def feed(self, frame: Frame) -> Sequence[Event]:
        """The events that a frame brings."""
        data = frame.data
        if self.over or data == DONE:
            return ()
        if not data:
            return (Ping(),)
        self.any = True
        try:
            known = frames.KNOWN.decode(data)
        except frames.BROKEN as error:
            return self._strange(frame, data, error)
        return self._heard(known)

    def end(self) -> Sequence[Event]:
        """A failure where the bytes end before the answer does."""
        return () if self.over else self._failed(Fault("unfinished" if self.any else "empty"))

    def _heard(self, known: Any) -> Sequence[Event]:
        kind = type(known)
        try:
            if not self.told.begun and kind not in BEGINNINGS:
                self.told.start()
            HEARD[kind](self.told, known)
        except frames.BROKEN as error:
            return self._failed(Fault("strange", str(error)))
        self.over = self.told.over
        return self.told.lanes.taken()

    def _failed(self, fault: Fault) -> Sequence[Event]:
        self.over = True
        return (*self.told.lanes.taken(), Failure(fault))

    def _strange(self, frame: Frame, data: bytes, why: Exception) -> Sequence[Event]:
        """An event of no known type or shape: an error, or nothing that matters."""
        try:
            loose = frames.LOOSE.decode(data)
        except frames.BROKEN as error:
            return self._failed(_unread(data, error))
        trouble = _trouble(loose, frame.event)
        if trouble is not None:
            return self._failed(fault_of(trouble))
        return self._failed(_unread(data, why)) if loose.type in TAGS else (Ping(),)


def _unread(data: bytes, error: Exception) -> Fault:
    """The fault that data are which cannot be understood."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return Fault("bad_utf8")
    return Fault("strange", str(error)) if isinstance(error, msgspec.ValidationError) else Fault("not_json")


def _trouble(loose: frames.Loose, name: str) -> frames.Trouble | None:
    """The error in an event, in whichever of its shapes."""
    named = "error" in {loose.type, name}
    if not named and (loose.type is not None or loose.error is None):
        return None
    if isinstance(loose.error, frames.Trouble):
        return loose.error
    return frames.Trouble(loose.error or loose.message, code=loose.code)


def decoder() -> Decoding:
    """A new stream."""
    return Decoding()


def whole(body: bytes) -> Sequence[Event]:
    """The events of a complete answer."""
    return tuple(_whole(body))


def _whole(body: bytes) -> Iterator[Event]:
    try:
        response = frames.RESPONSE.decode(body)
    except frames.BROKEN as error:
        yield Failure(_unread(body, error))
    else:
        yield from _told(response)


def _told(response: frames.Response) -> Sequence[Event]:
    at = Told()
    if response.error is not None or response.status in {"failed", "cancelled"}:
        broken(at, frames.Failed(response))
        return at.lanes.taken()
    if response.output is None:
        return (Failure(Fault("strange", "the answer has no output")),)
    at.start(response)
    try:
        finish(at, response, cut=response.status == "incomplete")
    except frames.BROKEN as error:
        return (Failure(Fault("strange", str(error))),)
    return at.lanes.taken()
