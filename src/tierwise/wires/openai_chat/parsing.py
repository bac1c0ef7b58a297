"""OpenAI Chat Completions requests, as far as a decision needs them."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Request, Segment
from tierwise.core.wire import Malformed, Message, Tokens, extras, messages_of, needed, opened, ordered, recent

NAME: Final = "openai_chat"
PLACE: Final = f"{NAME} request"
PICTURES: Final = ("image_url",)
HEAD: Final = frozenset({"system", "developer"})
RESULTS: Final = frozenset({"tool", "function"})


class Format(Struct):
    type: str = ""


class Streaming(Struct, frozen=True):
    include_usage: bool | None = None


class Body(Struct):
    model: str
    messages: list[Raw]
    tools: list[Raw] | None = None
    functions: list[Raw] | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    response_format: Format | None = None
    reasoning_effort: str | None = None
    prompt_cache_key: str | None = None
    stream: bool | None = None
    stream_options: Streaming | None = None


_BODY: Final = msgspec.json.Decoder(Body)


def _segments(asked: Body, messages: Sequence[Message]) -> tuple[Segment, ...]:
    """The prompt in the provider's order."""
    said = (Segment("system" if one.role in HEAD else "message", one.role, raw) for one, raw in zip(messages, asked.messages, strict=True))
    return ordered([*(Segment("tools", "", raw) for raw in [*(asked.tools or ()), *(asked.functions or ())]), *said])


def parse(body: bytes) -> Request:
    """A request of its JSON body; Malformed says where it is not one."""
    asked = opened(_BODY, body, PLACE)
    if not asked.messages:
        raise Malformed(f"{PLACE}, messages: at least one message is needed")
    messages = messages_of(asked.messages, PLACE)
    segments = _segments(asked, messages)
    found = extras(segments, PICTURES, PLACE)
    schema = asked.response_format is not None and asked.response_format.type == "json_schema"
    stream = asked.stream is True
    return Request(
        wire=NAME,
        model=asked.model,
        segments=segments,
        said=recent(messages, f"{PLACE}, messages"),
        session=asked.prompt_cache_key or "",
        turn="tool" if messages[-1].role in RESULTS else "person",
        needs=needed(tools=bool(asked.tools or asked.functions), images=found.images, schema=schema, effort=asked.reasoning_effort),
        limit=asked.max_tokens if asked.max_completion_tokens is None else asked.max_completion_tokens,
        effort=asked.reasoning_effort,
        cache_ttl=found.ttl,
        cache_marks=found.marks,
        calls=sum(one.role == "assistant" for one in messages),
        images=found.images,
        stream=stream,
        usage=not stream or (asked.stream_options is not None and asked.stream_options.include_usage is True),
    )
