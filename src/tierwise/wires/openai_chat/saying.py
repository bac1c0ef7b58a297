"""A prompt's turns as this wire's messages.

Here every call is answered directly after the message that makes it, and answers of tools are text only. So what stands between two answers
of the model is put in order: results first, then what the user and the system say, with pictures from results before the user's words.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final

from tierwise.core.naming import boxed, flat
from tierwise.core.prompt import CUSTOM, Call, Media, Opaque, Piece, Prompt, Result, Text, Thought, Turn
from tierwise.core.wire import HOUR
from tierwise.wires.openai_chat.parsing import NAME

Quirks = frozenset[str]
Fields = dict[str, Any]

FAILED: Final = "The tool failed."
GAP: Final = "\n\n"
PDF: Final = "application/pdf"


def messages(prompt: Prompt, quirks: Quirks) -> list[Fields]:
    """The messages that say a prompt."""
    said = [_said("system", prompt.head, quirks)] if prompt.head else []
    for answers, group in groupby(prompt.turns, key=lambda turn: turn.role == "assistant"):
        turns = tuple(group)
        said += _answer(turns, quirks) if answers else _between(turns, quirks)
    return said


def _between(turns: Sequence[Turn], quirks: Quirks) -> Iterator[Fields]:
    """What comes between two answers: results of tools, then the rest."""
    results = [piece for turn in turns for piece in turn.pieces if isinstance(piece, Result)]
    yield from map(_result, results)
    shown = tuple(piece for one in results for piece in one.content if isinstance(piece, Media))
    rest = [Turn(turn.role, tuple(piece for piece in turn.pieces if not isinstance(piece, Result))) for turn in turns]
    for turn in _joined(shown, rest):
        yield from _turn(turn, quirks)


def _joined(shown: tuple[Media, ...], rest: Sequence[Turn]) -> Iterator[Turn]:
    """The turns, with what tools showed before the user's first words, or on its own."""
    first = next((index for index, turn in enumerate(rest) if turn.role == "user" and turn.pieces), None)
    if shown and first is None:
        yield Turn("user", shown)
    for index, turn in enumerate(rest):
        yield Turn(turn.role, (*shown, *turn.pieces)) if index == first else turn


def _turn(turn: Turn, quirks: Quirks) -> Iterator[Fields]:
    if not turn.pieces:
        return
    yield _said(turn.role, turn.pieces, quirks)


def _said(role: str, pieces: Sequence[Piece], quirks: Quirks) -> Fields:
    return {"role": role, "content": _content(pieces, quirks)}


def _content(pieces: Sequence[Piece], quirks: Quirks) -> str | list[Fields]:
    """Content as a plain text where it is one, as parts otherwise."""
    alone = pieces[0] if len(pieces) == 1 else None
    if isinstance(alone, Text) and not (alone.keep and "cache_control" in quirks):
        return alone.text
    return [part for piece in pieces for part in _part(piece, quirks)]


def _part(piece: Piece, quirks: Quirks) -> Iterator[Fields]:
    made = PARTS.get(type(piece))
    for part in made(piece, quirks) if made is not None else ():
        yield _marked(part, getattr(piece, "keep", 0), quirks)


def _marked(fields: Fields, keep: int, quirks: Quirks) -> Fields:
    if not keep or "cache_control" not in quirks:
        return fields
    return fields | {"cache_control": mark(keep)}


def mark(keep: int) -> Fields:
    """A cache mark of some seconds."""
    return {"type": "ephemeral", "ttl": "1h"} if keep >= HOUR else {"type": "ephemeral"}


def _text(piece: Text, _quirks: Quirks) -> Iterator[Fields]:
    if piece.text:
        yield {"type": "text", "text": piece.text}


def _media(piece: Media, quirks: Quirks) -> Iterator[Fields]:
    yield from MEDIA[piece.kind](piece, quirks)


def _image(piece: Media, _quirks: Quirks) -> Iterator[Fields]:
    address = f"data:{piece.media};base64,{piece.data}" if piece.data else piece.url
    if address:
        yield {"type": "image_url", "image_url": {"url": address} | ({"detail": piece.detail} if piece.detail else {})}


def _sound(piece: Media, _quirks: Quirks) -> Iterator[Fields]:
    yield {"type": "input_audio", "input_audio": {"data": piece.data, "format": piece.media.rpartition("/")[2]}}


def _document(piece: Media, quirks: Quirks) -> Iterator[Fields]:
    """A document as a file, or as text where it is one or there is nothing but its address."""
    name = {"filename": piece.name} if piece.name else {}
    if piece.file:
        yield {"type": "file", "file": {"file_id": piece.file}}
    elif piece.data:
        media = piece.media or PDF
        named = name or {"filename": f"document.{media.rpartition('/')[2]}"}
        yield {"type": "file", "file": {**named, "file_data": f"data:{media};base64,{piece.data}"}}
    elif piece.url and "file_urls" in quirks:
        yield {"type": "file", "file": {**name, "file_data": piece.url}}
    else:
        yield {"type": "text", "text": GAP.join(filter(None, (piece.name, piece.url, piece.text)))}


def _own(piece: Opaque, _quirks: Quirks) -> Iterator[Any]:
    if piece.wire == NAME and piece.loss == "unknown blocks":
        yield piece.raw


PARTS: Final[Mapping[type[Any], Callable[[Any, Quirks], Iterator[Any]]]] = MappingProxyType({Text: _text, Media: _media, Opaque: _own})
"""How pieces are said as parts of a message's content; others are not."""

MEDIA: Final = MappingProxyType({"image": _image, "audio": _sound, "document": _document})
"""How each kind of media is said."""


def _result(result: Result) -> Fields:
    """A tool's answer: its texts; what it shows comes after."""
    texts = [piece.text for piece in result.content if isinstance(piece, Text)]
    texts += [", ".join(flat(tool.namespace, tool.name) for tool in result.tools)] if result.tools else []
    text = "\n".join(texts) or (FAILED if result.failed else "")
    return {"role": "tool", "tool_call_id": result.id, "content": text}


def _answer(turns: Iterable[Turn], quirks: Quirks) -> Iterator[Fields]:
    """Answers of the model that follow each other as one message: its words, then its calls."""
    pieces = [piece for turn in turns for piece in turn.pieces]
    text = "".join(piece.text for piece in pieces if isinstance(piece, Text))
    calls = [_call(piece, quirks) for piece in pieces if isinstance(piece, Call)]
    if not text and not calls:
        return
    said: Fields = {"role": "assistant", "content": text or None}
    if "echo_reasoning" in quirks:
        said |= _reasoning(piece for piece in pieces if isinstance(piece, Thought))
    yield said | ({"tool_calls": calls} if calls else {})


def _reasoning(thoughts: Iterable[Thought]) -> Fields:
    text = GAP.join(filter(None, (one.text for one in thoughts)))
    return {"reasoning_content": text} if text else {}


def _call(call: Call, quirks: Quirks) -> Fields:
    name = flat(call.namespace, call.name)
    if call.form == CUSTOM and "custom_tools" in quirks:
        return {"id": call.id, "type": "custom", "custom": {"name": name, "input": call.input}}
    return {"id": call.id, "type": "function", "function": {"name": name, "arguments": boxed(call)}}
