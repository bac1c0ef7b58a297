"""The tool calls of a conversation's latest turns, found from its end.

A wire says of each segment what stands in it: calls, results, or words of somebody's. They are walked from the last one back, and no
further than has been asked for: of a long conversation nearly everything stays undecoded.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Request, Segment
from tierwise.core.signs import Step
from tierwise.core.wire import readable

MOST: Final = 96
"""Segments that are walked at most."""

HEAD: Final = 4_000
TAIL: Final = 12_000
"""Characters of a long text that are kept of its beginning and of its end: commands sum up at the end."""


class Called(Struct, frozen=True, gc=False):
    """A call in a segment."""

    id: str
    tool: str
    said: str


class Gave(Struct, frozen=True, gc=False):
    """A result in a segment."""

    id: str
    result: str
    failed: bool | None = None


class Seen(Struct, frozen=True, gc=False):
    """What stands in a segment: whether the model said it, and its calls and results in order."""

    answer: bool
    found: tuple[Called | Gave, ...] = ()


Reader = Callable[[Segment], Seen]
"""How a wire reads one segment."""


class Text(Struct, frozen=True, gc=False):
    """A part of a result that may be a text."""

    text: str = ""


_SHOWN: Final = msgspec.json.Decoder(str | list[Text] | None)


def shown(raw: Raw) -> str:
    """What a result says: a text, or the texts of its parts; nothing where it is absent or neither."""
    found = readable(_SHOWN, raw) if len(raw) else ""
    return found if isinstance(found, str) else "\n".join(one.text for one in found or () if one.text)


def cut(text: str) -> str:
    """A text without the middle of what is too long."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n...\n{text[-TAIL:]}"


def steps(request: Request, reader: Reader, turns: int = 1) -> tuple[Step, ...]:
    """The calls of the model's latest answers (`turns` of them) with what came of each, the earliest first.

    Nothing where the latest answer called no tools; no further back than the person's words before the latest results.
    """
    if not request.calls:
        return ()
    return tuple(reversed([*_steps(_walked(request.segments, reader, turns))]))


def _walked(segments: Sequence[Segment], reader: Reader, turns: int) -> Iterator[Called | Gave]:
    """Calls and results from the end back, as far as these turns go."""
    answering, answered, gave = False, 0, False
    for segment in reversed(segments[-MOST:]):
        if segment.kind in OTHER:
            continue
        seen = reader(segment)
        if answering and not seen.answer:
            answered += 1
            if answered >= turns or not seen.found:
                return
        if seen.answer and not (seen.found or answering or gave):
            return
        answering, gave = seen.answer, gave or (bool(seen.found) and not seen.answer)
        yield from reversed(seen.found)


OTHER: Final = frozenset({"tools", "system", "volatile"})
"""Segments in which nobody calls or answers."""


def _steps(found: Iterator[Called | Gave]) -> Iterator[Step]:
    """Steps of calls and results that come from the end back; results whose call is not among them come last."""
    gave: dict[str, Gave] = {}
    for one in found:
        if isinstance(one, Gave):
            gave.setdefault(one.id, one)
        else:
            result = gave.pop(one.id, None)
            yield Step(one.id, one.tool, cut(one.said), None, None) if result is None else _step(one, result)
    yield from (_step(Called(one.id, "", ""), one) for one in gave.values())


def _step(call: Called, result: Gave) -> Step:
    return Step(call.id, call.tool, cut(call.said), cut(result.result), result.failed)
