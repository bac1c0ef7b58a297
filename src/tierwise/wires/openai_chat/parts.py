"""What a message's content holds: texts, pictures, sound, files; and which cache marks stand in it."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.prompt import Media, Opaque, Text, Thought
from tierwise.core.wire import ABSENT, HOUR, USUAL, Malformed, each, present, read
from tierwise.wires.openai_chat.parsing import NAME

INLINE: Final = re.compile(r"data:([^;,]*)(?:;[^;,]*)*;base64,", re.ASCII)
"""The beginning of an address that holds what it names."""


class Mark(Struct, frozen=True):
    ttl: str | None = None


class Image(Struct, frozen=True):
    url: str
    detail: str | None = None


class Sound(Struct, frozen=True):
    data: str
    format: str


class File(Struct, frozen=True):
    filename: str | None = None
    file_data: str | None = None
    file_id: str | None = None


class Part(Struct, frozen=True):
    type: str = "text"
    text: str | None = None
    refusal: str | None = None
    thinking: "str | list[Part] | None" = None
    image_url: str | Image | None = None
    input_audio: Sound | None = None
    file: File | None = None
    cache_control: Mark | None = None
    prompt_cache_breakpoint: Raw = ABSENT


Content = Text | Media | Thought | Opaque
"""What a part can be."""

_CONTENT: Final = msgspec.json.Decoder(str | list[Raw])
_PART: Final = msgspec.json.Decoder(Part)


def pieces(raw: Raw, place: str) -> tuple[Content, ...]:
    """A message's content as pieces; nothing, null and an empty text are none."""
    content = read(_CONTENT, raw, place) if present(raw) else ""
    if isinstance(content, str):
        return (Text(content),) if content else ()
    parts = each(_PART, content, place)
    return tuple(_piece(one, slice_, f"{place}[{index}]") for index, (one, slice_) in enumerate(zip(parts, content, strict=True)))


def kept(mark: Mark | None, breakpoint_: Raw = ABSENT) -> int:
    """Seconds for which a cache mark asks, 0 where there is none."""
    if mark is not None:
        return HOUR if mark.ttl == "1h" else USUAL
    return USUAL if present(breakpoint_) else 0


def _piece(part: Part, raw: Raw, place: str) -> Content:
    made = PIECES.get(part.type)
    return Opaque(NAME, raw, "unknown blocks") if made is None else made(part, place)


def _missing(place: str, part: Part, field: str) -> Malformed:
    return Malformed(f"{place}: a part of type '{part.type}' needs '{field}'")


def _text(part: Part, place: str) -> Text:
    if part.text is None:
        raise _missing(place, part, "text")
    return Text(part.text, kept(part.cache_control, part.prompt_cache_breakpoint))


def _refusal(part: Part, place: str) -> Text:
    if part.refusal is None:
        raise _missing(place, part, "refusal")
    return Text(part.refusal)


def _thought(part: Part, place: str) -> Thought:
    if part.thinking is None:
        raise _missing(place, part, "thinking")
    return Thought(part.thinking if isinstance(part.thinking, str) else "".join(one.text or "" for one in part.thinking))


def _image(part: Part, place: str) -> Media:
    if part.image_url is None:
        raise _missing(place, part, "image_url")
    image = Image(part.image_url) if isinstance(part.image_url, str) else part.image_url
    return Media(**_source("image", image.url), detail=image.detail or "", keep=kept(part.cache_control, part.prompt_cache_breakpoint))


def _sound(part: Part, place: str) -> Media:
    if part.input_audio is None:
        raise _missing(place, part, "input_audio")
    return Media("audio", f"audio/{part.input_audio.format}", part.input_audio.data)


def _file(part: Part, place: str) -> Media:
    if part.file is None or (part.file.file_data is None and part.file.file_id is None):
        raise Malformed(f"{place}: a part of type 'file' needs 'file' with 'file_data' or 'file_id'")
    keep, name = kept(part.cache_control, part.prompt_cache_breakpoint), part.file.filename or ""
    if part.file.file_data is None:
        return Media("document", file=part.file.file_id or "", name=name, keep=keep)
    return Media(**_source("document", part.file.file_data), name=name, keep=keep)


def _source(kind: str, address: str) -> dict[str, str]:
    """Where a picture or a document is: in the address itself, or at it."""
    found = INLINE.match(address)
    if found is None:
        return {"kind": kind, "url": address}
    return {"kind": kind, "media": found[1].lower(), "data": address[found.end() :]}


PIECES: Final[Mapping[str, Callable[[Part, str], Content]]] = MappingProxyType(
    {
        "text": _text,
        "input_text": _text,
        "output_text": _text,
        "refusal": _refusal,
        "thinking": _thought,
        "image_url": _image,
        "input_audio": _sound,
        "file": _file,
    }
)
"""What a part of each type is."""
