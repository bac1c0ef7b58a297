"""The events of a streamed answer as they come, each with what is read of it.

Everything may be missing that some server leaves out: places, ids, texts.
"""

from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.wire import ABSENT


class Details(Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


class Usage(Struct):
    input_tokens: int | None = None
    input_tokens_details: Details | None = None
    output_tokens: int | None = None
    output_tokens_details: Details | None = None


class Trouble(Struct):
    """What a server says of its failure. The code is a number on some."""

    message: str | None = None
    type: str | None = None
    code: str | int | None = None


class Incomplete(Struct):
    reason: str | None = None


class Response(Struct):
    """The answer as far as it is known."""

    id: str | None = None
    model: str | None = None
    status: str | None = None
    output: list[Raw] | None = None
    usage: Usage | None = None
    error: Trouble | None = None
    incomplete_details: Incomplete | None = None


class Written(Struct):
    """A part of a message, of a summary, or of reasoning."""

    type: str = ""
    text: str | None = None
    refusal: str | None = None
    annotations: list[Raw] | None = None
    logprobs: list[Raw] | None = None


class Item(Struct):
    """An item of the answer."""

    type: str = ""
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    namespace: str | None = None
    arguments: Raw = ABSENT
    input: str | None = None
    execution: str | None = None
    content: list[Written] | None = None
    summary: list[Written] | None = None
    encrypted_content: str | None = None


class Kind(Struct):
    """What is known of any item."""

    type: str = ""
    id: str | None = None


class At(Struct, tag_field="type"):
    """Where in the answer something belongs."""

    item_id: str | None = None
    output_index: int | None = None
    content_index: int | None = None


class Created(Struct, tag_field="type", tag="response.created"):
    response: Response | None = None
    sequence_number: int | None = None


class Going(Struct, tag_field="type", tag="response.in_progress"):
    response: Response | None = None
    sequence_number: int | None = None


class Queued(Struct, tag_field="type", tag="response.queued"):
    response: Response | None = None
    sequence_number: int | None = None


class ItemAdded(At, tag="response.output_item.added"):
    item: Raw = ABSENT


class ItemDone(At, tag="response.output_item.done"):
    item: Raw = ABSENT


class PartDone(At, tag="response.content_part.done"):
    part: Written | None = None


class TextDelta(At, tag="response.output_text.delta"):
    delta: str | None = None


class TextDone(At, tag="response.output_text.done"):
    text: str | None = None


class RefusalDelta(At, tag="response.refusal.delta"):
    delta: str | None = None


class RefusalDone(At, tag="response.refusal.done"):
    refusal: str | None = None


class SummaryDelta(At, tag="response.reasoning_summary_text.delta"):
    summary_index: int | None = None
    delta: str | None = None


class SummaryDone(At, tag="response.reasoning_summary_text.done"):
    summary_index: int | None = None
    text: str | None = None


class ThoughtDelta(At, tag="response.reasoning_text.delta"):
    delta: str | None = None


class ThoughtDone(At, tag="response.reasoning_text.done"):
    text: str | None = None


class ArgumentsDelta(At, tag="response.function_call_arguments.delta"):
    delta: str | None = None


class ArgumentsDone(At, tag="response.function_call_arguments.done"):
    arguments: str | None = None


class InputDelta(At, tag="response.custom_tool_call_input.delta"):
    delta: str | None = None


class InputDone(At, tag="response.custom_tool_call_input.done"):
    input: str | None = None


class Annotated(At, tag="response.output_text.annotation.added"):
    annotation: Raw = ABSENT


class Completed(Struct, tag_field="type", tag="response.completed"):
    response: Response | None = None


class Cut(Struct, tag_field="type", tag="response.incomplete"):
    response: Response | None = None


class Failed(Struct, tag_field="type", tag="response.failed"):
    response: Response | None = None


class Cancelled(Struct, tag_field="type", tag="response.cancelled"):
    response: Response | None = None


class Loose(Struct):
    """An event of which nothing is sure: errors come in several shapes, and not all name their type."""

    type: str | None = None
    error: Trouble | str | None = None
    message: str | None = None
    code: str | int | None = None


Known = (
    Created
    | Going
    | Queued
    | ItemAdded
    | ItemDone
    | PartDone
    | TextDelta
    | TextDone
    | RefusalDelta
    | RefusalDone
    | SummaryDelta
    | SummaryDone
    | ThoughtDelta
    | ThoughtDone
    | ArgumentsDelta
    | ArgumentsDone
    | InputDelta
    | InputDone
    | Annotated
    | Completed
    | Cut
    | Failed
    | Cancelled
)

BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises of bytes that are not what they should be."""

KNOWN: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(Known)
LOOSE: Final = msgspec.json.Decoder(Loose)
RESPONSE: Final = msgspec.json.Decoder(Response)
KIND: Final = msgspec.json.Decoder(Kind)
ITEM: Final = msgspec.json.Decoder(Item)
TEXT: Final = msgspec.json.Decoder(str)
