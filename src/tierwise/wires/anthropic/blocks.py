"""Content blocks of requests as neutral pieces.

What a piece has no place for (citations, who called a tool) follows it as an opaque piece without a type: its fields belong to the block
before it. Blocks that only this wire understands are opaque as a whole.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from tierwise.core.prompt import Call, Media, Opaque, Piece, Result, Text, Thought, Tool
from tierwise.core.wire import ABSENT, HOUR, USUAL, Malformed, present, read
from tierwise.wires.anthropic.stamps import NAME, original, thought

B = TypeVar("B", bound="Block")

SERVED: Final = "server tool history"
UNKNOWN: Final = "unknown blocks"
FIELDS: Final = "unknown fields"
CITED: Final = "citations"
MANAGED: Final = "context management"

LOSSES: Final = MappingProxyType(
    {
        "server_tool_use": SERVED,
        "mcp_tool_use": SERVED,
        "mcp_tool_listing": SERVED,
        "container_upload": SERVED,
        "fallback": SERVED,
        "tool_addition": MANAGED,
        "tool_removal": MANAGED,
        "search_result": UNKNOWN,
    }
)
"""What is lost with a block that only this wire understands."""

ANSWERED: Final = "_tool_result"
"""How the types of what server tools answered end."""


class Mark(Struct):
    type: str | None = None
    ttl: str | None = None


class Block(Struct, forbid_unknown_fields=True):
    type: str
    cache_control: Mark | None = None


class Source(Struct):
    type: str = ""
    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    file_id: str | None = None
    content: Raw = ABSENT


class TextBlock(Block):
    text: str = ""


class ImageBlock(Block, kw_only=True):
    source: Source


class DocumentBlock(Block, kw_only=True):
    source: Source
    title: str | None = None


class ThinkingBlock(Block, kw_only=True):
    thinking: str
    signature: str | None = None


class RedactedBlock(Block, kw_only=True):
    data: str


class CallBlock(Block, kw_only=True):
    id: str
    name: str
    input: dict[str, Raw] | None = None


class ResultBlock(Block, kw_only=True):
    tool_use_id: str
    content: Raw = ABSENT
    is_error: bool | None = None


class Reference(Block, kw_only=True):
    tool_name: str


class SearchBlock(Block, kw_only=True):
    content: list[Raw] = []
    source: str = ""
    title: str = ""


class Typed(Struct):
    type: str


class Context(Struct, frozen=True):
    """Where a block stands, for messages of errors, and the tools by name."""

    place: str
    tools: Mapping[str, Tool] = {}

    def at(self, place: str) -> "Context":
        """The context of something within."""
        return Context(self.place + place, self.tools)


_TYPED: Final = msgspec.json.Decoder(Typed)
_ANY: Final = msgspec.json.Decoder(dict[str, Raw])
_CONTENT: Final = msgspec.json.Decoder(str | list[Raw])


def keep_of(mark: Mark | None) -> int:
    """The lifetime for which a mark asks, 0 where there is none."""
    return 0 if mark is None else HOUR if mark.ttl == "1h" else USUAL


def pieces(content: Raw, context: Context) -> tuple[Piece, ...]:
    """The pieces of a message's content: a text, or a list of blocks."""
    found = read(_CONTENT, content, context.place) if present(content) else []
    if isinstance(found, str):
        return (Text(found),)
    return tuple(piece for index, raw in enumerate(found) for piece in _pieces(raw, context.at(f"[{index}]")))


def _pieces(raw: Raw, context: Context) -> Iterator[Piece]:
    kind = read(_TYPED, raw, context.place).type
    row = READERS.get(kind)
    if row is None:
        yield Opaque(NAME, Raw(bytes(raw)), LOSSES.get(kind, SERVED if kind.endswith(ANSWERED) else UNKNOWN))
    else:
        yield from row(raw, context)


def known(decoder: "msgspec.json.Decoder[B]", raw: Raw, place: str) -> tuple[B, dict[str, Raw]]:
    """A block as its struct, and the fields with values that the struct does not know."""
    try:
        return decoder.decode(raw), {}
    except msgspec.DecodeError:
        fields = read(_ANY, raw, place)
    names = decoder.type.__struct_fields__
    block = read(decoder, msgspec.json.encode({name: value for name, value in fields.items() if name in names}), place)
    return block, {name: value for name, value in fields.items() if name not in names and bytes(value) not in {b"null", b"[]"}}


def beside(fields: Mapping[str, Raw]) -> Iterator[Opaque]:
    """Fields that belong to the block before, as opaque pieces by what is lost with them."""
    cited = {name: value for name, value in fields.items() if name == CITED}
    others = {name: value for name, value in fields.items() if name != CITED}
    for found, loss in ((cited, CITED), (others, FIELDS)):
        if found:
            yield Opaque(NAME, Raw(msgspec.json.encode(found)), loss)


def _reader(kind: type[B], made: Callable[[B, Context], Piece]) -> Callable[[Raw, Context], Iterator[Piece]]:
    decoder = msgspec.json.Decoder(kind)

    def pieces_of(raw: Raw, context: Context) -> Iterator[Piece]:
        block, rest = known(decoder, raw, context.place)
        yield made(block, context)
        yield from beside(rest)

    return pieces_of


def _text(block: TextBlock, _context: Context) -> Text:
    return Text(block.text, keep_of(block.cache_control))


def _image(block: ImageBlock, _context: Context) -> Media:
    source = block.source
    keep = keep_of(block.cache_control)
    return Media("image", source.media_type or "", source.data or "", source.url or "", source.file_id or "", keep=keep)


_DOCUMENT: Final = msgspec.json.Decoder(DocumentBlock)


def _document(raw: Raw, context: Context) -> Iterator[Piece]:
    block, rest = known(_DOCUMENT, raw, context.place)
    source = block.source
    inline, plain = source.data or "", source.type == "text"
    yield Media(
        "document",
        media=source.media_type or "",
        data="" if plain else inline,
        url=source.url or "",
        file=source.file_id or "",
        text=inline if plain else _written(source, context),
        name=block.title or "",
        keep=keep_of(block.cache_control),
    )
    whole = {"source": _ANY.decode(raw)["source"]} if present(source.content) else {}
    yield from beside(rest | whole)


def _written(source: Source, context: Context) -> str:
    """The text of a document that is given as content blocks."""
    inner = context.at(".source.content")
    return "\n".join(one.text for one in pieces(source.content, inner) if isinstance(one, Text))


def _thinking(block: ThinkingBlock, _context: Context) -> Thought:
    return thought(block.thinking, block.signature or "")


def _redacted(block: RedactedBlock, _context: Context) -> Thought:
    return Thought(wire=NAME, seal=block.data, redacted=True)


def _call(block: CallBlock, _context: Context) -> Call:
    given = msgspec.json.encode(block.input or {}).decode()
    return Call(original(block.id), block.name, given, keep=keep_of(block.cache_control))


_TEXT: Final = msgspec.json.Decoder(TextBlock)
_RESULT: Final = msgspec.json.Decoder(ResultBlock)
_REFERENCE: Final = msgspec.json.Decoder(Reference)
_SEARCH: Final = msgspec.json.Decoder(SearchBlock)


def _result(raw: Raw, context: Context) -> Iterator[Piece]:
    block, rest = known(_RESULT, raw, context.place)
    found = tuple(_within(block.content, context.at(".content")))
    yield Result(
        original(block.tool_use_id),
        tuple(one for one in found if isinstance(one, Text | Media)),
        failed=bool(block.is_error),
        tools=tuple(one for one in found if isinstance(one, Tool)),
        keep=keep_of(block.cache_control),
    )
    strange = [one for one in found if isinstance(one, Opaque)]
    if strange:
        loss = UNKNOWN if any(one.loss == UNKNOWN for one in strange) else strange[0].loss
        yield Opaque(NAME, Raw(b'{"content":%b}' % bytes(block.content)), loss)
    yield from beside(rest)


def _within(content: Raw, context: Context) -> Iterator[Text | Media | Tool | Opaque]:
    """What a tool answered; of what has no neutral form an opaque piece tells that the content was more."""
    found = read(_CONTENT, content, context.place) if present(content) else []
    if isinstance(found, str):
        yield Text(found)
        return
    for index, raw in enumerate(found):
        inner = context.at(f"[{index}]")
        kind = read(_TYPED, raw, inner.place).type
        yield from WITHIN.get(kind, _strange)(raw, inner)


def _strange(raw: Raw, context: Context) -> Iterator[Text | Media | Tool | Opaque]:
    for one in _pieces(raw, context):
        if isinstance(one, Text | Media | Opaque):
            yield one
        else:
            yield Opaque(NAME, raw, UNKNOWN)


def _referred(raw: Raw, context: Context) -> Iterator[Text | Media | Tool | Opaque]:
    name = known(_REFERENCE, raw, context.place)[0].tool_name
    yield context.tools.get(name, Tool(name))


def _searched(raw: Raw, context: Context) -> Iterator[Text | Media | Tool | Opaque]:
    block, _ = known(_SEARCH, raw, context.place)
    texts = [known(_TEXT, one, context.place)[0].text for one in block.content]
    yield Text("\n".join(filter(None, (block.title, block.source, *texts))))
    yield Opaque(NAME, raw, CITED)


READERS: Final[Mapping[str, Callable[[Raw, Context], Iterator[Piece]]]] = {
    "text": _reader(TextBlock, _text),
    "image": _reader(ImageBlock, _image),
    "document": _document,
    "thinking": _reader(ThinkingBlock, _thinking),
    "redacted_thinking": _reader(RedactedBlock, _redacted),
    "tool_use": _reader(CallBlock, _call),
    "tool_result": _result,
}
"""How each type of block is read."""

WITHIN: Final[Mapping[str, Callable[[Raw, Context], Iterator[Text | Media | Tool | Opaque]]]] = {
    "tool_reference": _referred,
    "search_result": _searched,
}
"""Types that stand only in what a tool answered, or are read otherwise there."""


def head(raw: Raw, place: str) -> Iterator[Text]:
    """System text."""
    for one in pieces(raw, Context(place)):
        if isinstance(one, Text):
            yield one
        elif not isinstance(one, Opaque) or one.loss not in {CITED, FIELDS}:
            raise Malformed(f"{place}: only text blocks are allowed here")
