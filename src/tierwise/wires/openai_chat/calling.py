"""Which call a piece of one belongs to.

Servers number calls, or name them by id, or both, or neither; they send id and name once, in pieces, or with every piece of the input. A
new call is one with a new number; under a number that is known, one with another id and a name, or one with a name after a complete input.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from tierwise.core.events import CALL
from tierwise.core.prompt import CUSTOM, FUNCTION
from tierwise.wires.openai_chat.chunks import CallPart, arguments
from tierwise.wires.openai_chat.telling import Block


class Piece(Struct, frozen=True):
    """A piece of a call's input; whether it is the call's first."""

    block: Block
    text: str
    new: bool


class Known(Struct):
    """A call, its number where it has one, and whether its id came from the server."""

    block: Block
    index: int | None
    given: bool


class Calls(Struct):
    """The calls of an answer so far; `seed` makes ids where the server gives none."""

    seed: str = ""
    known: list[Known] = []

    def pieces(self, parts: Iterable[CallPart]) -> Iterator[Piece]:
        """The pieces in a chunk, each with its call."""
        for part in parts:
            name, text = _said(part)
            known = self._known(part, name)
            new = known is None
            if known is None:
                known = self._begun(part)
            elif name and known.block.complete():
                text = ""  # the whole call again
            _named(known, part.id or "", name)
            yield Piece(known.block, text, new)

    def _known(self, part: CallPart, name: str) -> Known | None:
        """The call that a piece belongs to, None for a new one."""
        if part.index is None and part.id:
            return next((one for one in self.known if one.block.id == part.id), None)
        last = next((one for one in reversed(self.known) if part.index in {None, one.index}), None)
        if last is None or not name:
            return last
        if part.id:
            return last if not last.given or last.block.id == part.id else None
        return None if last.block.complete() else last

    def _begun(self, part: CallPart) -> Known:
        form = CUSTOM if part.custom is not None or part.type == CUSTOM else FUNCTION
        block = Block(CALL, id=part.id or f"call_{self.seed}{len(self.known)}", form=form)
        self.known.append(Known(block, part.index, bool(part.id)))
        return self.known[-1]


def _said(part: CallPart) -> tuple[str, str]:
    """The name and the input that a piece brings."""
    if part.custom is not None:
        return part.custom.name or "", part.custom.input or ""
    return ("", "") if part.function is None else (part.function.name or "", arguments(part.function))


def _named(known: Known, id_: str, name: str) -> None:
    """Take note of a call's id and name, which may be pieces of them or the same again."""
    block = known.block
    if id_ and not known.given:
        block.id, known.given = id_, True
    elif id_ and not name and not id_.startswith(block.id) and block.index < 0:
        block.id += id_
    if name and name != block.name:
        block.name = name if block.index >= 0 or name.startswith(block.name) else block.name + name
