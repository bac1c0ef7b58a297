"""OpenAI Completions requests, as far as a decision needs them: the task is known, and nobody has said anything."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Hints, Request, Segment
from tierwise.core.wire import ABSENT, Malformed, Tokens, opened, present, read

NAME: Final = "openai_completions"
PLACE: Final = f"{NAME} request"
TASK: Final = "completion"


class Streaming(Struct, frozen=True):
    include_usage: bool | None = None


class Body(Struct):
    model: str
    prompt: Raw = ABSENT
    suffix: str | None = None
    max_tokens: Tokens | None = None
    user: str | None = None
    stream: bool | None = None
    stream_options: Streaming | None = None


_BODY: Final = msgspec.json.Decoder(Body)
_PROMPT: Final = msgspec.json.Decoder(str | list[str | int | list[int]] | None)


def parse(body: bytes) -> Request:
    """A request of its JSON body; Malformed says where it is not one."""
    asked = opened(_BODY, body, PLACE)
    if not len(asked.prompt):
        raise Malformed(f"{PLACE}, prompt: a text to continue is needed")
    texts_of(asked.prompt)
    stream = asked.stream is True
    after = [Segment("message", "user", Raw(msgspec.json.encode(asked.suffix)))] if asked.suffix else []
    return Request(
        wire=NAME,
        model=asked.model,
        segments=(Segment("message", "user", asked.prompt), *after),
        limit=asked.max_tokens,
        hints=Hints(task=TASK, source="wire"),
        stream=stream,
        usage=not stream or (asked.stream_options is not None and asked.stream_options.include_usage is True),
    )


def texts_of(raw: Raw) -> tuple[str, ...] | None:
    """The texts to continue, None where they are given as a model's own tokens."""
    found = read(_PROMPT, raw, f"{PLACE}, prompt") if present(raw) else ""
    if isinstance(found, str):
        return (found,)
    texts = tuple(one for one in found or () if isinstance(one, str))
    return texts if len(texts) == len(found or ()) else None
