"""The parts that messages and results of tools are made of, as neutral pieces."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.prompt import Media, Opaque, Piece, Text
from tierwise.core.wire import ABSENT, USUAL, Malformed, present, read
from tierwise.wires.openai_responses.names import NAME


class Address(Struct, frozen=True):
    """An image's address where it comes in an object."""

    url: str = ""


class Sound(Struct, frozen=True):
    data: str = ""
    format: str = "wav"


class Part(Struct, frozen=True):
    """A part of content, of whatever type."""

    type: str = "input_text"
    text: str | None = None
    refusal: str | None = None
    image_url: str | Address | None = None
    file_id: str | None = None
    detail: str | None = None
    filename: str | None = None
    file_data: str | None = None
    file_url: str | None = None
    input_audio: Sound | None = None
    audio_url: str | None = None
    prompt_cache_breakpoint: Raw = ABSENT


_PART: Final = msgspec.json.Decoder(Part)
_CONTENT: Final = msgspec.json.Decoder(str | list[Raw])
UNKNOWN: Final = "unknown blocks"


def pieces_of(raw: Raw, place: str) -> tuple[Piece, ...]:
    """The pieces of content; a bare text is one."""
    content = read(_CONTENT, raw, place) if present(raw) else []
    if isinstance(content, str):
        return (Text(content),)
    return tuple(_piece(one, f"{place}[{index}]") for index, one in enumerate(content))


def plain(pieces: Sequence[Piece]) -> tuple[Text | Media, ...]:
    """Those of some pieces that results of tools can have."""
    return tuple(one for one in pieces if isinstance(one, Text | Media))


def _piece(raw: Raw, place: str) -> Piece:
    part = read(_PART, raw, place)
    reader = READERS.get(part.type)
    return Opaque(NAME, raw, UNKNOWN) if reader is None else reader(part, place)


def _text(part: Part, place: str) -> Piece:
    if part.text is None:
        raise Malformed(f"{place}: a part of type {part.type!r} needs a `text`")
    return Text(part.text, USUAL if present(part.prompt_cache_breakpoint) else 0)


def _refusal(part: Part, place: str) -> Piece:
    del place
    return Text(part.refusal or "")


def _image(part: Part, place: str) -> Piece:
    url = part.image_url.url if isinstance(part.image_url, Address) else part.image_url
    if not url and not part.file_id:
        raise Malformed(f"{place}: an image needs an `image_url` or a `file_id`")
    keep = USUAL if present(part.prompt_cache_breakpoint) else 0
    return _media("image", url or "", Media("image", file=part.file_id or "", detail=part.detail or "", keep=keep))


def _file(part: Part, place: str) -> Piece:
    if not part.file_data and not part.file_url and not part.file_id:
        raise Malformed(f"{place}: a file needs `file_data`, a `file_url` or a `file_id`")
    keep = USUAL if present(part.prompt_cache_breakpoint) else 0
    known = Media("document", file=part.file_id or "", name=part.filename or "", detail=part.detail or "", keep=keep)
    if part.file_data and not part.file_data.startswith("data:"):
        return replace(known, data=part.file_data, media="application/pdf")
    return _media("document", part.file_data or part.file_url or "", known)


def _audio(part: Part, place: str) -> Piece:
    if part.audio_url:
        return _media("audio", part.audio_url, Media("audio"))
    if part.input_audio is None or not part.input_audio.data:
        raise Malformed(f"{place}: audio needs `input_audio` with `data`")
    return Media("audio", f"audio/{part.input_audio.format}", part.input_audio.data)


def _media(kind: str, url: str, known: Media) -> Media:
    """What stands at an address: inline where the address holds it."""
    head, comma, data = url.partition(",")
    if head.startswith("data:") and head.endswith(";base64") and comma:
        media = head.removeprefix("data:").removesuffix(";base64")
        return replace(known, kind=kind, media=media, data=data)
    return replace(known, kind=kind, url=url)


READERS: Final[Mapping[str, Callable[[Part, str], Piece]]] = {
    "input_text": _text,
    "output_text": _text,
    "text": _text,
    "summary_text": _text,
    "reasoning_text": _text,
    "refusal": _refusal,
    "input_image": _image,
    "computer_screenshot": _image,
    "input_file": _file,
    "input_audio": _audio,
}
"""How each type of part is read."""
