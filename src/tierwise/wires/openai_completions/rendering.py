"""A prompt as a request of this wire: its own as it came, a conversation as a text that ends where the model is to go on."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec
from msgspec import Raw

from tierwise.core.losses import lost
from tierwise.core.prompt import Call, Media, Piece, Prompt, Result, Text
from tierwise.core.splice import edited
from tierwise.core.wire import Dialect
from tierwise.wires.openai_completions.parsing import NAME

CARRIES: Final = frozenset({"stop sequences"})
"""What this wire can carry of other wires' prompts."""

CONVERSATION: Final = "conversation"
NO: Final = "no_"
GAP: Final = "\n\n"

_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])


def losses(prompt: Prompt) -> tuple[str, ...]:
    """Names of what this wire cannot carry of a prompt: nothing of its own, and of others that they are a conversation."""
    return () if prompt.wire == NAME else tuple(sorted({CONVERSATION, *lost(prompt.uses, CARRIES)}))


def rendered(prompt: Prompt, dialect: Dialect) -> bytes:
    """A request's JSON body that says a prompt to an endpoint."""
    own = prompt.extras if prompt.wire == NAME else {"prompt": GAP.join((*_texts(prompt), ""))}
    fields: dict[str, Any] = {"model": dialect.model, **own, **_fields(prompt)}
    without = refused(dialect.quirks)
    return msgspec.json.encode({name: value for name, value in fields.items() if value is not None and name not in without})


def _fields(prompt: Prompt) -> dict[str, Any]:
    knobs = prompt.knobs
    return {
        "max_tokens": prompt.limit,
        "temperature": knobs.temperature,
        "top_p": knobs.top_p,
        "stop": list(knobs.stop) or None,
        "seed": knobs.seed,
        "user": prompt.user or None,
        "stream": True if prompt.stream else None,
        "stream_options": {"include_usage": True} if prompt.stream else None,
    }


def _texts(prompt: Prompt) -> Iterator[str]:
    """The texts of a conversation, in their order."""
    yield from (text.text for text in prompt.head)
    for turn in prompt.turns:
        yield from _words(turn.pieces)


def _words(pieces: Iterable[Piece]) -> Iterator[str]:
    for piece in pieces:
        match piece:
            case Text(text=text) | Media(text=text) if text:
                yield text
            case Call(name=name, input=given):
                yield f"{name}({given})"
            case Result(content=content):
                yield from _words(content)
            case _:
                pass


def refused(quirks: frozenset[str]) -> frozenset[str]:
    """The top-level fields that a server refuses: the quirk `no_FIELD` for each."""
    return frozenset(one.removeprefix(NO) for one in quirks if one.startswith(NO))


def suited(body: bytes, dialect: Dialect) -> bytes:
    """A client's own body without the fields that a server refuses; the same bytes where there are none."""
    without = refused(dialect.quirks)
    found: dict[str, bytes | None] = {name: None for name in _FIELDS.decode(body) if name in without} if without else {}
    return edited(body, found) if found else body


def stripped(body: bytes) -> bytes:
    """The same body: there is no reasoning in it."""
    return body
