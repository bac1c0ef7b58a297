"""Blocks told one at a time, though their pieces may come in any order.

Theory of operation. Blocks queue in the order of their first pieces; the first in the queue is the one being told, and its pieces go
straight out. When another waits, the first ends as soon as it can: words always can, a call when its input is complete JSON. Until then the
others are held, whole. A call opens with its first piece of input, since its name may come in pieces before that.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.events import CALL, OPAQUE, TEXT, Close, Delta, Event, Opaque, Open
from tierwise.core.prompt import FUNCTION
from tierwise.wires.openai_chat.parsing import NAME

_OBJECT: Final = msgspec.json.Decoder(dict[str, Raw])


class Block(Struct):
    """A block: what was told of its text, what waits to be told, and its index once it is open."""

    kind: str
    id: str = ""
    name: str = ""
    form: str = FUNCTION
    said: list[str] = []
    waiting: list[str] = []
    index: int = -1

    def complete(self) -> bool:
        """Whether all that came of it is one JSON object: then no more can come."""
        text = "".join(self.said) + "".join(self.waiting)
        if not text.rstrip().endswith("}"):
            return False
        try:
            _OBJECT.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return False
        return True

    def over(self) -> bool:
        """Whether it can end."""
        return self.kind != CALL or (self.form == FUNCTION and self.complete())

    def ready(self) -> bool:
        """Whether it can open."""
        return self.kind != CALL or bool(self.name and self.waiting)


class Telling(Struct):
    """The queue of blocks."""

    queue: list[Block] = []
    next: int = 0

    @property
    def speaking(self) -> bool:
        """Whether text is being told and nothing waits: more text can go straight out."""
        return len(self.queue) == 1 and self.queue[0].kind == TEXT and not self.queue[0].waiting

    def words(self, kind: str, text: str) -> Iterator[Event]:
        """Events for more text of a kind."""
        held = next((one for one in reversed(self.queue) if one.kind == kind), None)
        if held is None:
            held = Block(kind)
            self.queue.append(held)
        held.waiting.append(text)
        yield from self._advance()

    def call(self, block: Block, text: str, *, new: bool) -> Iterator[Event]:
        """Events for more of a call; what comes for one that has ended is nothing."""
        if new:
            self.queue.append(block)
        if text:
            block.waiting.append(text)
        if block in self.queue:
            yield from self._advance()

    def aside(self, field: str, raw: Raw) -> Iterator[Event]:
        """Events for a field that only this wire understands, within the block being told or on its own."""
        held = Raw(b'{"%b":%b}' % (field.encode(), bytes(raw)))
        if self.queue and self.queue[0].index >= 0:
            yield Opaque(self.queue[0].index, NAME, held)
            return
        yield Open(self.next, OPAQUE, wire=NAME, raw=held)
        yield Close(self.next)
        self.next += 1

    def end(self) -> Iterator[Event]:
        """Events for all that waits."""
        while self.queue:
            yield from self._closed(self.queue.pop(0))

    def _advance(self) -> Iterator[Event]:
        yield from self._told(self.queue[0])
        while len(self.queue) > 1 and self.queue[0].over():
            yield from self._closed(self.queue.pop(0))
            yield from self._told(self.queue[0])

    def _told(self, block: Block) -> Iterator[Event]:
        if block.index < 0 and block.ready():
            yield self._opened(block)
        if block.index >= 0 and block.waiting:
            text = "".join(block.waiting)
            if block.kind == CALL:
                block.said.append(text)
            block.waiting.clear()
            yield Delta(block.index, text)

    def _opened(self, block: Block) -> Open:
        block.index = self.next
        self.next += 1
        return Open(block.index, block.kind, id=block.id, name=block.name, form=block.form)

    def _closed(self, block: Block) -> Iterator[Event]:
        """The rest of a block and its end; a function that was called with nothing has an empty object for its input."""
        if block.index < 0:
            if block.kind == CALL and block.form == FUNCTION and not block.waiting:
                block.waiting.append("{}")
            yield self._opened(block)
        yield from self._told(block)
        yield Close(block.index)
