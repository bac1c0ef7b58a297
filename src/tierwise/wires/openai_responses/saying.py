"""Turns of a conversation as items of a request's input."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType

from tierwise.core.naming import boxed, flat
from tierwise.core.prompt import CUSTOM, FUNCTION, SEARCH, Call, Media, Opaque, Piece, Result, Text, Thought, Turn
from tierwise.wires.openai_responses.names import NAME
from tierwise.wires.openai_responses.offers import FULL, Speech, offered
from tierwise.wires.openai_responses.shapes import (
    BREAKPOINT,
    CustomCall,
    CustomOutput,
    FunctionCall,
    FunctionOutput,
    InputAudio,
    InputFile,
    InputImage,
    InputMessage,
    InputText,
    Message,
    OutputText,
    Reasoning,
    SearchCall,
    SearchOutput,
    Sound,
    SummaryText,
    json_of,
    shortest,
)

LONGEST: Final = 64
"""Characters that a call's id may have."""


class Manner(Struct, frozen=True):
    """How items are said: what tools may be like, the role of system text, whether reasoning is sent back, and cache marks."""

    speech: Speech = FULL
    system: str = "developer"
    reasons: bool = True
    marks: bool = False


def items_of(turns: Iterable[Turn], manner: Manner) -> list[Any]:
    """The items that turns are: each result, call and thought is one, and each run of text and media."""
    return [item for turn in turns for item in _items(turn, manner)]


def _items(turn: Turn, manner: Manner) -> Iterator[Any]:
    for plain, run in groupby(turn.pieces, key=lambda piece: isinstance(piece, Text | Media)):
        if plain:
            yield from _message(turn.role, list(run), manner)
        else:
            yield from (item for piece in run for item in SAID[type(piece)](piece, manner))


def _message(role: str, pieces: Sequence[Piece], manner: Manner) -> Iterator[Any]:
    if role == "assistant":
        yield from _answer(one for one in pieces if isinstance(one, Text))
    else:
        parts = [part_of(one, manner) for one in pieces if isinstance(one, Text | Media)]
        yield InputMessage(manner.system if role == "system" else role, parts)


def _answer(texts: Iterable[Text]) -> Iterator[Message]:
    """What the model said; media of its own have no place among what it is told."""
    said: list[Any] = [OutputText(one.text) for one in texts]
    if said:
        yield Message(said)


def _thought(thought: Thought, manner: Manner) -> Iterator[Any]:
    """Reasoning goes back only where it came from."""
    if thought.wire == NAME and manner.reasons:
        summary = [SummaryText(thought.text)] if thought.text else []
        yield Reasoning(summary, thought.seal or None, _own(thought.item, "rs_"))


def _call(call: Call, manner: Manner) -> Iterator[Any]:
    form = call.form if manner.speech.custom or call.form != CUSTOM else FUNCTION
    form = form if manner.speech.spaces or form != SEARCH else FUNCTION
    yield CALLS.get(form, _function_call)(call, manner)


def _function_call(call: Call, manner: Manner) -> Any:
    name, space = _named(call, manner)
    return FunctionCall(call_id(call.id), name, boxed(call), space, _own(call.item, "fc_"))


def _custom_call(call: Call, manner: Manner) -> Any:
    name, space = _named(call, manner)
    return CustomCall(call_id(call.id), name, call.input, space, _own(call.item, "ctc_"))


def _search_call(call: Call, manner: Manner) -> Any:
    del manner
    return SearchCall(call_id(call.id), json_of(call.input), id=_own(call.item, "tsc_"))


CALLS: Final[Mapping[str, Callable[[Call, Manner], Any]]] = {CUSTOM: _custom_call, SEARCH: _search_call}
"""How calls of each form are said; all others are calls of functions."""


def _result(result: Result, manner: Manner) -> Iterator[Any]:
    known = call_id(result.id)
    if result.form == SEARCH and manner.speech.spaces:
        yield SearchOutput(known, offered(result.tools, manner.speech))
    elif result.form == CUSTOM and manner.speech.custom:
        yield CustomOutput(known, _output(result, manner))
    else:
        yield FunctionOutput(known, _output(result, manner))


def _output(result: Result, manner: Manner) -> str | list[Any]:
    """What a tool answered: a text where it is no more than that."""
    content = result.content
    if result.form == SEARCH:
        return "Tools found: " + (", ".join(flat(one.namespace, one.name) for one in result.tools) or "none")
    texts = [one.text for one in content if isinstance(one, Text)]
    if len(texts) == len(content) <= 1:
        return ("Error: " if result.failed else "") + "".join(texts)
    return [*([InputText("Error:")] if result.failed else []), *(part_of(one, manner) for one in content)]


def _opaque(opaque: Opaque, manner: Manner) -> Iterator[Any]:
    del manner
    if opaque.wire == NAME:
        yield opaque.raw


SAID: Final[Mapping[type[Any], Callable[[Any, Manner], Iterator[Any]]]] = {
    Thought: _thought,
    Call: _call,
    Result: _result,
    Opaque: _opaque,
}
"""How pieces of each type are said; runs of text and media are messages."""


def call_id(known: str) -> str:
    """A call's id, shortened where it is longer than this wire takes: the same for a call and its result."""
    return known if len(known) <= LONGEST else f"call_{hashlib.sha256(known.encode()).hexdigest()[:32]}"


def _named(call: Call, manner: Manner) -> tuple[str, str | UnsetType]:
    """A call's name and namespace."""
    return (call.name, shortest(call.namespace)) if manner.speech.spaces else (flat(call.namespace, call.name), UNSET)


def _own(item: str, prefix: str) -> str | UnsetType:
    """An item's id where it is one of this wire's."""
    return item if item.startswith(prefix) else UNSET


def part_of(piece: Text | Media, manner: Manner) -> Any:
    """A text or a medium as a part of a message of the user or of a tool's output."""
    if isinstance(piece, Text):
        return InputText(piece.text, BREAKPOINT if piece.keep and manner.marks else UNSET)
    return MEDIA[piece.kind](piece)


def _image(media: Media) -> Any:
    detail = media.detail or "auto"
    return InputImage(detail, file_id=media.file) if media.file else InputImage(detail, image_url=_address(media))


def _document(media: Media) -> Any:
    if media.text:
        return InputText(f"{media.name}\n\n{media.text}" if media.name else media.text)
    if media.file:
        return InputFile(file_id=media.file)
    if media.url:
        return InputFile(shortest(media.name), file_url=media.url)
    return InputFile(media.name or "document.pdf", _address(media))


def _audio(media: Media) -> Any:
    return InputAudio(Sound(media.data, media.media.rpartition("/")[2] or "wav"))


MEDIA: Final[Mapping[str, Callable[[Media], Any]]] = {"image": _image, "document": _document, "audio": _audio}


def _address(media: Media) -> str:
    return media.url or f"data:{media.media or 'application/octet-stream'};base64,{media.data}"
