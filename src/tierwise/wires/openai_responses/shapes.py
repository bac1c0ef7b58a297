"""Items and their parts as this wire writes them, in requests and in answers alike.

Keys that strict clients want to see stand even where they are null; those that may be missing are left out.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from tierwise.core.usage import Usage

BREAKPOINT: Final = Raw(b'{"mode":"explicit"}')
"""Marks the end of a prefix that is worth keeping in a cache."""


class InputText(Struct, frozen=True, tag_field="type", tag="input_text"):
    text: str
    prompt_cache_breakpoint: Raw | UnsetType = UNSET


class InputImage(Struct, frozen=True, tag_field="type", tag="input_image"):
    detail: str
    image_url: str | UnsetType = UNSET
    file_id: str | UnsetType = UNSET


class InputFile(Struct, frozen=True, tag_field="type", tag="input_file"):
    filename: str | UnsetType = UNSET
    file_data: str | UnsetType = UNSET
    file_url: str | UnsetType = UNSET
    file_id: str | UnsetType = UNSET


class Sound(Struct, frozen=True):
    data: str
    format: str


class InputAudio(Struct, frozen=True, tag_field="type", tag="input_audio"):
    input_audio: Sound


class OutputText(Struct, frozen=True, tag_field="type", tag="output_text"):
    text: str
    annotations: list[Raw] = []
    logprobs: list[Raw] = []


class Refusal(Struct, frozen=True, tag_field="type", tag="refusal"):
    refusal: str


class SummaryText(Struct, frozen=True, tag_field="type", tag="summary_text"):
    text: str


class InputMessage(Struct, frozen=True, tag_field="type", tag="message"):
    role: str
    content: list[Any]


class Message(Struct, frozen=True, tag_field="type", tag="message"):
    """A message of the model."""

    content: list[Any]
    id: str | UnsetType = UNSET
    status: str = "completed"
    role: Literal["assistant"] = "assistant"


class Reasoning(Struct, frozen=True, tag_field="type", tag="reasoning"):
    summary: list[SummaryText]
    encrypted_content: str | None = None
    id: str | UnsetType = UNSET


class FunctionCall(Struct, frozen=True, tag_field="type", tag="function_call"):
    call_id: str
    name: str
    arguments: str
    namespace: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    status: str = "completed"


class CustomCall(Struct, frozen=True, tag_field="type", tag="custom_tool_call"):
    call_id: str
    name: str
    input: str
    namespace: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    status: str = "completed"


class SearchCall(Struct, frozen=True, tag_field="type", tag="tool_search_call"):
    call_id: str
    arguments: Raw
    execution: Literal["client"] = "client"
    id: str | UnsetType = UNSET
    status: str = "completed"


class FunctionOutput(Struct, frozen=True, tag_field="type", tag="function_call_output"):
    call_id: str
    output: str | list[Any]


class CustomOutput(Struct, frozen=True, tag_field="type", tag="custom_tool_call_output"):
    call_id: str
    output: str | list[Any]


class SearchOutput(Struct, frozen=True, tag_field="type", tag="tool_search_output"):
    call_id: str
    tools: list[Any]
    execution: Literal["client"] = "client"
    status: str = "completed"


class Function(Struct, frozen=True, tag_field="type", tag="function"):
    name: str
    description: str | None
    parameters: Raw | None
    strict: bool | None
    defer_loading: bool | UnsetType = UNSET


class Custom(Struct, frozen=True, tag_field="type", tag="custom"):
    name: str
    description: str | UnsetType = UNSET
    format: Raw | UnsetType = UNSET
    defer_loading: bool | UnsetType = UNSET


class Namespace(Struct, frozen=True, tag_field="type", tag="namespace"):
    name: str
    description: str
    tools: list[Any]


class Search(Struct, frozen=True, tag_field="type", tag="tool_search"):
    description: str | None
    parameters: Raw | None
    execution: Literal["client"] = "client"


class Cached(Struct, frozen=True):
    cached_tokens: int = 0
    cache_write_tokens: int = 0


class Reasoned(Struct, frozen=True):
    reasoning_tokens: int = 0


class Spending(Struct, frozen=True):
    """Tokens as this wire counts them: what came from a cache is part of the input."""

    input_tokens: int = 0
    input_tokens_details: Cached = Cached()
    output_tokens: int = 0
    output_tokens_details: Reasoned = Reasoned()
    total_tokens: int = 0


def spending(usage: Usage | None) -> Spending:
    """Tokens used, as this wire counts them; zeros where nobody said, since strict clients want numbers."""
    used = usage or Usage()
    return Spending(
        used.prompt,
        Cached(used.read, used.written),
        used.output,
        Reasoned(used.reasoning),
        used.prompt + used.output,
    )


def shortest(text: str) -> str | UnsetType:
    """A text, left out where it is empty."""
    return text or UNSET


def json_of(text: str) -> Raw:
    """A text as the JSON it is; an empty object where it is none."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return Raw(b"{}")
    return Raw(text.encode())
