"""The frames of a streamed answer, and the body of a whole one: one shape, whose message comes at once or in pieces.

Servers that speak this wire differ in what they leave out, repeat, or add; every field may be missing.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec
from msgspec import Raw, Struct

from tierwise.core.counts import Counts
from tierwise.core.errors import UNREAD
from tierwise.core.wire import ABSENT, present


class Function(Struct, frozen=True):
    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class Custom(Struct, frozen=True):
    name: str | None = None
    input: str | None = None


class CallPart(Struct, frozen=True):
    index: int | None = None
    id: str | None = None
    type: str | None = None
    function: Function | None = None
    custom: Custom | None = None


class Part(Struct, frozen=True):
    """A piece of content or of reasoning, where it comes as a list."""

    type: str = "text"
    text: str | None = None
    summary: str | None = None
    thinking: "str | list[Part] | None" = None


class Message(Struct, frozen=True):
    content: str | list[Part] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: Raw = ABSENT
    tool_calls: list[CallPart] | None = None
    function_call: Function | None = None
    annotations: Raw = ABSENT
    audio: Raw = ABSENT


class Choice(Struct, frozen=True):
    index: int = 0
    delta: Message | None = None
    message: Message | None = None
    finish_reason: str | None = None
    stop_reason: str | int | None = None
    matched_stop: str | int | None = None
    logprobs: Raw = ABSENT
    usage: Counts | None = None
    error: Raw = ABSENT


class Chunk(Struct, frozen=True):
    id: str | None = None
    object: str | None = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: Counts | None = None
    error: Raw = ABSENT


class Words(Struct, frozen=True, gc=False):
    """A message with a text and nothing else."""

    content: str
    refusal: None = None
    reasoning_content: None = None
    reasoning: None = None
    reasoning_details: None = None
    tool_calls: None = None
    function_call: None = None
    annotations: None = None
    audio: None = None


class Spoken(Struct, frozen=True, gc=False):
    delta: Words
    index: Literal[0] = 0
    message: None = None
    finish_reason: None = None
    logprobs: None = None
    usage: None = None
    error: None = None


class Plain(Struct, frozen=True, gc=False):
    """What nearly every chunk is: more text."""

    choices: tuple[Spoken]
    usage: None = None
    error: None = None


CHUNK: Final = msgspec.json.Decoder(Chunk)
PLAIN: Final = msgspec.json.Decoder(Plain)
PARTS: Final = msgspec.json.Decoder(list[Part])


def texts(content: str | list[Part] | None) -> Iterator[tuple[bool, str]]:
    """The texts of a message's content, and whether each is reasoning."""
    for part in [Part(text=content)] if isinstance(content, str) else content or ():
        if part.thinking is not None:
            yield True, part.thinking if isinstance(part.thinking, str) else "".join(one.text or "" for one in part.thinking)
        elif part.text:
            yield False, part.text


def reasoned(message: Message) -> str:
    """The reasoning in a message, once: servers say the same under several names."""
    if message.reasoning_content:
        return message.reasoning_content
    if message.reasoning:
        return message.reasoning
    return "".join(one.text or one.summary or "" for one in details(message))


def details(message: Message) -> list[Part]:
    """Reasoning in its parts; what is not a list of such is none."""
    if not present(message.reasoning_details):
        return []
    try:
        return PARTS.decode(message.reasoning_details)
    except UNREAD:
        return []


def arguments(function: Function) -> str:
    """What a function is called with, as JSON text; some servers send the object itself."""
    if isinstance(function.arguments, dict):
        return msgspec.json.encode(function.arguments).decode()
    return function.arguments or ""
