"""What every wire offers, and what all of them need to read a prompt.

A wire is one file that exports WIRE. `parse` turns a request body into a neutral `Request`; it raises `Malformed` with
the place and the reason in the client's own terms, and nothing else, whatever the bytes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, Final, Protocol, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from tierwise.core.request import Request, Segment

T = TypeVar("T")

Tokens = Annotated[int, Meta(ge=0)]
"""A number of tokens as a client states it."""

HOUR: Final = 3600
USUAL: Final = 300
"""Seconds that a marked prefix is kept where the client does not ask for longer."""

RECENT: Final = 4
"""Messages of the user that are kept as texts: harnesses send some of their own between the person's."""

NESTED: Final = ("content", "output", "source")
"""Where blocks hold blocks. What a tool was called with is its own business and not looked at."""

HARD_EFFORTS: Final = frozenset({"high", "xhigh", "max"})
"""Efforts at which a model that does not reason would not do what was asked."""

NULL: Final = b"null"
ABSENT: Final = Raw()
"""The value of an optional field that did not come."""


class Malformed(ValueError):
    """A request body that is not one of this wire's; the message says where and why."""


class Wire(Struct, frozen=True):
    """A public API shape: `paths` are the request paths it is served at."""

    name: str
    paths: tuple[str, ...]
    parse: Callable[[bytes], Request]


class Message(Struct):
    """A message as most wires have it."""

    role: str
    content: Raw = ABSENT


class Speech(Protocol):
    """What can be read for its words: a message, or an item that may be one."""

    @property
    def role(self) -> str | None:
        """Who speaks."""

    @property
    def content(self) -> Raw:
        """A text or a list of blocks, as it came."""


class Block(Struct, frozen=True):
    """A content block, as far as all wires agree on it."""

    type: str = ""
    text: str | None = None


class Extras(Struct, frozen=True, gc=False):
    """What a prompt holds beside its text: images, places to cache, and the longest lifetime asked for (seconds)."""

    images: int = 0
    marks: int = 0
    ttl: int = USUAL


_ANY: Final = msgspec.json.Decoder()
_MESSAGE: Final = msgspec.json.Decoder(Message)
_CONTENT: Final = msgspec.json.Decoder(str | list[Block])


def opened(decoder: "msgspec.json.Decoder[T]", body: bytes, place: str) -> T:
    """A request body as its struct. All of it must be UTF-8, also the slices that nobody decodes later."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"{place}: not UTF-8 at byte {error.start}") from None
    return read(decoder, body, place)


def read(decoder: "msgspec.json.Decoder[T]", raw: Raw | bytes, place: str) -> T:
    """A slice of a request as its struct; Malformed names the place."""
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError as error:
        raise Malformed(f"{place}: {error}") from None
    except RecursionError:
        raise Malformed(f"{place}: nested too deeply") from None


def each(decoder: "msgspec.json.Decoder[T]", raws: Sequence[Raw], place: str) -> list[T]:
    """The slices of a list as their structs; the place of the wrong one is only worked out when there is one."""
    try:
        return [decoder.decode(raw) for raw in raws]
    except (msgspec.DecodeError, RecursionError):
        return [read(decoder, raw, f"{place}[{index}]") for index, raw in enumerate(raws)]


def messages_of(raws: Sequence[Raw], place: str) -> list[Message]:
    """The messages of a conversation."""
    return each(_MESSAGE, raws, f"{place}, messages")


def heard(speeches: Sequence[Speech], place: str) -> Iterator[tuple[Block, ...]]:
    """The content of what the user said, the latest first; a bare text is one block."""
    for index in reversed(range(len(speeches))):
        if speeches[index].role == "user":
            yield _content(speeches[index].content, f"{place}[{index}].content")


def _content(raw: Raw, place: str) -> tuple[Block, ...]:
    content = read(_CONTENT, raw, place) if present(raw) else []
    return (Block("text", content),) if isinstance(content, str) else tuple(content)


def texts(content: Iterable[Block]) -> tuple[str, ...]:
    """The texts in a message's content."""
    return tuple(block.text for block in content if block.text)


def recent(speeches: Sequence[Speech], place: str) -> tuple[tuple[str, ...], ...]:
    """The texts of the user's latest messages that have any, the latest first."""
    return tuple(islice(filter(None, map(texts, heard(speeches, place))), RECENT))


def needed(*, tools: bool, images: int, schema: bool, effort: str | None) -> tuple[str, ...]:
    """The names of the capabilities a request cannot do without."""
    asked = (("tools", tools), ("images", images > 0), ("json_schema", schema), ("reasoning", effort in HARD_EFFORTS))
    return tuple(name for name, wanted in asked if wanted)


def present(raw: Raw) -> bool:
    """Whether an optional field came with a value; absent and null are the same."""
    return len(raw) > len(NULL) or bytes(raw) not in {b"", NULL}


def ordered(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Segments whose head ends at the first message: system text after it keeps its place, as part of the messages."""
    first = next((index for index, one in enumerate(segments) if one.kind == "message"), len(segments))
    late = (Segment("message", one.role, one.raw) if one.kind == "system" else one for one in segments[first:])
    return (*segments[:first], *late)


def extras(segments: Sequence[Segment], pictures: tuple[str, ...], place: str) -> Extras:
    """Images (blocks of the types `pictures`) and cache marks of a prompt.

    Only slices that hold one of the words are decoded; a word alone proves nothing, since it may stand in a text or in what a
    tool was called with.
    """
    telling = re.compile(rb'"(?:cache_control|%s)"' % "|".join(pictures).encode())
    slices = [one for one in segments if telling.search(one.raw)]
    found = [block for one in slices for block in blocks(read(_ANY, one.raw, f"{place}, {one.kind}"))]
    marks = [mark for block in found if isinstance(mark := block.get("cache_control"), dict)]
    return Extras(sum(block.get("type") in pictures for block in found), len(marks), lifetime(marks))


def lifetime(marks: Iterable[Mapping[str, Any]]) -> int:
    """Seconds for which the longest of these cache marks asks."""
    return HOUR if any(mark.get("ttl") == "1h" for mark in marks) else USUAL


def blocks(value: Any) -> Iterator[Mapping[str, Any]]:
    """A decoded slice's objects: itself, its content blocks, and the blocks in those."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left.extend(one)
        elif isinstance(one, dict):
            yield one
            left.extend(one[key] for key in NESTED if key in one)
