"""The types that requests have to have, as far as all of it is read later: what is no list there is refused here.

Every field may be missing or null; whether it may is for the checks of each shape, which come after this.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct, ValidationError

from tierwise.upstream.scripted.asked import Refused

Object = dict[str, Any]


class Named(Struct):
    """A function, a custom tool, or the call of one."""

    name: str | None = None
    arguments: str | None = None
    input: str | None = None
    parameters: Object | None = None
    strict: bool | None = None


class ChatCall(Struct):
    """A call of a tool."""

    id: str | None = None
    function: Named | None = None
    custom: Named | None = None


class Part(Struct):
    """A content part of either OpenAI shape."""

    type: str | None = None
    text: str | None = None
    refusal: str | None = None


class ChatMessage(Struct):
    """A message."""

    role: str | None = None
    content: str | list[Part] | None = None
    tool_calls: list[ChatCall] | None = None
    tool_call_id: str | None = None


class ChatTool(Struct):
    """A tool."""

    type: str | None = None
    function: Named | None = None
    custom: Named | None = None


class Allowed(Struct):
    """Tools of which one may be called."""

    mode: str | None = None


class ChatChoice(Struct):
    """The tool to be called."""

    function: Named | None = None
    custom: Named | None = None
    allowed_tools: Allowed | None = None


class Form(Struct):
    """The form of an answer."""

    type: str | None = None
    name: str | None = None
    schema: Object | None = None
    strict: bool | None = None
    json_schema: "Form | None" = None


class Options(Struct):
    """What a stream is to tell."""

    include_usage: bool | None = None


class Thinking(Struct):
    """How to think."""

    type: str | None = None
    budget_tokens: int | None = None
    display: str | None = None


class Completion(Struct):
    """The completion of a text."""

    model: str | None = None
    prompt: str | list[Any] | None = None
    max_tokens: int | None = None
    n: int | None = None
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: Options | None = None


class Chat(Struct):
    """A Chat Completions request."""

    model: str | None = None
    messages: list[ChatMessage] | None = None
    tools: list[ChatTool] | None = None
    functions: list[Named] | None = None
    tool_choice: str | ChatChoice | None = None
    response_format: Form | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    n: int | None = None
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: Options | None = None
    thinking: Thinking | None = None


class Mark(Struct):
    """A mark to keep what comes before it."""

    type: str | None = None
    ttl: str | None = None


class MessagesBlock(Struct):
    """A content block."""

    type: str | None = None
    text: str | None = None
    id: str | None = None
    name: str | None = None
    input: Any = None
    tool_use_id: str | None = None
    content: Any = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    cache_control: Mark | None = None


class MessagesMessage(Struct):
    """A message."""

    role: str | None = None
    content: str | list[MessagesBlock] | None = None


class MessagesTool(Struct):
    """A tool."""

    type: str | None = None
    name: str | None = None
    input_schema: Object | None = None
    cache_control: Mark | None = None
    defer_loading: bool | None = None


class MessagesChoice(Struct):
    """Which tool is to be called."""

    type: str | None = None
    name: str | None = None


class Config(Struct):
    """How to answer."""

    format: Form | None = None


class Messages(Struct):
    """A Messages request."""

    model: str | None = None
    messages: list[MessagesMessage] | None = None
    system: str | list[MessagesBlock] | None = None
    tools: list[MessagesTool] | None = None
    tool_choice: MessagesChoice | None = None
    max_tokens: int | None = None
    stop_sequences: list[str] | None = None
    thinking: Thinking | None = None
    output_config: Config | None = None
    output_format: Form | None = None
    context_management: Object | None = None
    cache_control: Mark | None = None
    metadata: Object | None = None
    stream: bool | None = None


class ResponsesTool(Struct):
    """A tool, or a namespace of tools."""

    type: str | None = None
    name: str | None = None
    parameters: Object | None = None
    strict: bool | None = None
    defer_loading: bool | None = None
    tools: "list[ResponsesTool] | None" = None


class Item(Struct):
    """An item of the input."""

    type: str | None = None
    role: str | None = None
    content: str | list[Part] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: Any = None
    output: Any = None
    summary: list[Part] | None = None
    encrypted_content: str | None = None
    tools: list[ResponsesTool] | None = None


class ResponsesChoice(Struct):
    """Which tool is to be called."""

    type: str | None = None
    name: str | None = None
    mode: str | None = None


class Text(Struct):
    """How to say things."""

    format: Form | None = None


class Reasoning(Struct):
    """How to reason."""

    effort: str | None = None
    summary: str | None = None


class Responses(Struct):
    """A Responses request."""

    model: str | None = None
    input: str | list[Item] | None = None
    instructions: str | None = None
    tools: list[ResponsesTool] | None = None
    tool_choice: str | ResponsesChoice | None = None
    text: Text | None = None
    reasoning: Reasoning | None = None
    include: list[str] | None = None
    max_output_tokens: int | None = None
    previous_response_id: str | None = None
    metadata: Object | None = None
    store: bool | None = None
    stream: bool | None = None


WRONG: Final = re.compile(r"Expected `(?P<expected>[^`]*)`, got `(?P<got>[^`]*)`(?: - at `(?P<place>[^`]*)`)?")
NAMES: Final = MappingProxyType(
    {"str": "a string", "int": "an integer", "float": "a decimal", "bool": "a boolean", "array": "an array", "object": "an object"}
)

Said = Callable[[str, str, str], Refused]
"""How a shape says that something has the wrong type: the place, what is expected, what came."""


def typed(body: Mapping[str, Any], kind: type[Struct], said: Said) -> None:
    """Refuse a body of which something has the wrong type."""
    try:
        msgspec.convert(body, type=kind)
    except ValidationError as error:
        found = WRONG.search(str(error))
        place, expected, got = (found["place"] or "$", found["expected"], found["got"]) if found else ("$", "something else", str(error))
        raise said(place.removeprefix("$").removeprefix("."), _named(expected), _named(got)) from None


def _named(kinds: str) -> str:
    listed = [NAMES.get(one.strip(), one.strip()) for one in kinds.split("|") if one.strip() != "null"]
    return " or ".join(listed) or "null"
