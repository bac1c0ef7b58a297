"""Tokens as several wires state them: a whole prompt with its cached part inside, a whole answer with its reasoning inside.

Each token is counted once, whatever a provider's habit: cached tokens beside the prompt instead of inside it, reasoning beside the answer,
the cached part under a name of its own. Streams state them only when asked to.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Raw, Struct

from tierwise.core.splice import edited
from tierwise.core.usage import Usage

Count = Annotated[int, Meta(ge=0)]


class Sources(Struct, frozen=True, gc=False):
    """What of a prompt came from a cache or went into it."""

    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class Parts(Struct, frozen=True, gc=False):
    """What of an answer was reasoning."""

    reasoning_tokens: Count | None = None


class Counts(Struct, frozen=True):
    """The tokens of an answer as a provider states them; `cached_tokens` and `prompt_cache_hit_tokens` are other names of one thing."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    prompt_tokens_details: Sources | None = None
    completion_tokens_details: Parts | None = None
    prompt_cache_hit_tokens: Count | None = None
    cached_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class _Read(Struct, frozen=True, gc=False):
    cached_tokens: int
    cache_write_tokens: int
    audio_tokens: int = 0


class _Said(Struct, frozen=True, gc=False):
    reasoning_tokens: int
    audio_tokens: int = 0
    accepted_prediction_tokens: int = 0
    rejected_prediction_tokens: int = 0


class _Stated(Struct, frozen=True):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: _Read
    completion_tokens_details: _Said


class Streamed(Struct):
    """Whether a request asks for a stream, and for its tokens."""

    stream: bool | None = None
    stream_options: Raw = Raw()


class Asking(Struct):
    """Whether a stream is asked to end with its tokens."""

    include_usage: bool | None = None


_STREAMED: Final = msgspec.json.Decoder(Streamed)
_ASKING: Final = msgspec.json.Decoder(Asking)

OPTIONS: Final = b'"stream_options"'
USAGE: Final = b'{"include_usage":true}'


def usage_of(counts: Counts) -> Usage:
    """The usage that counts mean."""
    prompt, sources, parts = (
        counts.prompt_tokens or 0,
        counts.prompt_tokens_details or Sources(),
        counts.completion_tokens_details or Parts(),
    )
    cached = sources.cached_tokens or counts.prompt_cache_hit_tokens or counts.cached_tokens or 0
    written = sources.cache_write_tokens or 0
    fresh = prompt - cached - written
    reasoning = parts.reasoning_tokens or counts.reasoning_tokens or 0
    return Usage(
        fresh=fresh if fresh >= 0 else prompt, read=cached, write_5m=written, output=_output(counts, prompt, reasoning), reasoning=reasoning
    )


def _output(counts: Counts, prompt: int, reasoning: int) -> int:
    """All tokens of the answer: some providers leave reasoning out of it, and only their total tells."""
    said = counts.completion_tokens or 0
    beside = reasoning > said or (counts.total_tokens or 0) == prompt + said + reasoning
    return said + reasoning if beside else said


def stated(usage: Usage) -> bytes:
    """A usage as the JSON that clients of these wires expect."""
    return msgspec.json.encode(
        _Stated(
            usage.prompt,
            usage.output,
            usage.prompt + usage.output,
            _Read(usage.read, usage.written),
            _Said(usage.reasoning),
        )
    )


def counted(body: bytes) -> bytes:
    """A body whose stream will end with the tokens used: said at its end, so that what comes before keeps its bytes."""
    asked = _STREAMED.decode(body)
    if asked.stream is not True:
        return body
    if bytes(asked.stream_options) in {b"", b"null"}:
        return edited(body, {"stream_options": USAGE}) if OPTIONS in body else b'%b,"stream_options":%b}' % (body.rstrip()[:-1], USAGE)
    if _ASKING.decode(asked.stream_options).include_usage is True:
        return body
    return edited(body, {"stream_options": edited(bytes(asked.stream_options), {"include_usage": b"true"})})
