"""Chunks of answers as OpenAI's older wires stream them, and whole answers of the same shape: read, or the fault that they are instead."""

from collections.abc import Sequence
from typing import Any, Final, Protocol, TypeVar

from msgspec import Raw, json

from tierwise.core.errors import UNREAD, fault_of, unread
from tierwise.core.faults import Fault
from tierwise.core.sse import Frame
from tierwise.core.wire import present

DONE: Final = b"[DONE]"
"""What stands in the last frame."""


class Chunk(Protocol):
    """What every chunk may have."""

    @property
    def object(self) -> str | None:
        """What the server says it is."""

    @property
    def choices(self) -> Sequence[Any] | None:
        """Pieces of answers."""

    @property
    def error(self) -> Raw:
        """What went wrong."""


C = TypeVar("C", bound=Chunk)


def streamed(reader: "json.Decoder[C]", frame: Frame) -> C | Fault | None:
    """The chunk in a frame that has data, the fault that it tells of, or None where it says that all is told."""
    data = frame.data or b""
    try:
        chunk = reader.decode(data)
    except UNREAD as error:
        if data.strip() == DONE:
            return None
        return fault_of(data) if frame.event == "error" else unread(data, error)
    if frame.event == "error" and not present(chunk.error):
        return fault_of(data)
    return _sound(chunk, data)


def complete(reader: "json.Decoder[C]", body: bytes) -> C | Fault:
    """A whole answer, or the fault that it is instead."""
    try:
        chunk = reader.decode(body)
    except UNREAD as error:
        return unread(body, error) if body.strip() else Fault("empty")
    found = _sound(chunk, body)
    if not isinstance(found, Fault) and not chunk.choices:
        return Fault("strange" if chunk.choices is None else "empty", "no choices")
    return found


def _sound(chunk: C, data: bytes) -> C | Fault:
    """A chunk that is no error."""
    if present(chunk.error) or chunk.object == "error":
        return fault_of(chunk.error if present(chunk.error) else data)
    return chunk
