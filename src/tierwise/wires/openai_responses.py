"""OpenAI Responses requests, over HTTP or as the first frame of a WebSocket.

Tools come at the top level or, for newer models, as an input item of type 'additional_tools'. One answer of the model is a run
of items (reasoning, messages, calls of tools), so `calls` counts runs.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Request, Segment
from tierwise.core.wire import ABSENT, Tokens, Wire, each, extras, needed, opened, ordered, present, read, recent

NAME: Final = "openai_responses"
PLACE: Final = f"{NAME} request"
PICTURES: Final = ("input_image", "computer_screenshot")
HEAD: Final = frozenset({"system", "developer"})
TOOLS: Final = "additional_tools"


class Item(Struct):
    type: str = "message"
    role: str | None = None
    content: Raw = ABSENT


class Reasoning(Struct):
    effort: str | None = None


class Format(Struct):
    type: str = ""


class Text(Struct):
    format: Format | None = None


class Body(Struct):
    model: str
    input: Raw = ABSENT
    instructions: Raw = ABSENT
    tools: list[Raw] | None = None
    max_output_tokens: Tokens | None = None
    reasoning: Reasoning | None = None
    text: Text | None = None
    prompt_cache_key: str | None = None


_BODY: Final = msgspec.json.Decoder(Body)
_INPUT: Final = msgspec.json.Decoder(str | list[Raw])
_ITEM: Final = msgspec.json.Decoder(Item)


def _items(raw: Raw) -> tuple[list[Item], list[Raw]]:
    """The input's items and their slices; a text is a message of the user."""
    found = read(_INPUT, raw, f"{PLACE}, input") if present(raw) else []
    if isinstance(found, str):
        return [Item(role="user", content=raw)], [raw]
    return each(_ITEM, found, f"{PLACE}, input"), found


def _kind(item: Item) -> str:
    if item.type == TOOLS:
        return "tools"
    return "system" if item.role in HEAD else "message"


def _segments(asked: Body, items: Sequence[Item], raws: Sequence[Raw]) -> tuple[Segment, ...]:
    """The prompt in the provider's order."""
    head = [Segment("tools", "", raw) for raw in asked.tools or []]
    head += [Segment("system", "system", asked.instructions)] if present(asked.instructions) else []
    return ordered([*head, *(Segment(_kind(one), one.role or one.type, raw) for one, raw in zip(items, raws, strict=True))])


def _answered(item: Item) -> bool:
    """Whether an item came from the model."""
    return item.role == "assistant" or item.type == "reasoning" or item.type.endswith("_call")


def _calls(items: Sequence[Item]) -> int:
    """Answers of the model so far: runs of items that came from it."""
    return sum(now and not before for before, now in pairwise([False, *map(_answered, items)]))


def parse(body: bytes) -> Request:
    """A request of its JSON body; Malformed says where it is not one."""
    asked = opened(_BODY, body, PLACE)
    items, raws = _items(asked.input)
    segments = _segments(asked, items, raws)
    found = extras(segments, PICTURES, PLACE)
    effort = asked.reasoning.effort if asked.reasoning else None
    schema = asked.text is not None and asked.text.format is not None and asked.text.format.type == "json_schema"
    tools = bool(asked.tools) or any(one.type == TOOLS for one in items)
    return Request(
        wire=NAME,
        model=asked.model,
        segments=segments,
        said=recent(items, f"{PLACE}, input"),
        session=asked.prompt_cache_key or "",
        turn="tool" if items and items[-1].type.endswith("_output") else "person",
        needs=needed(tools=tools, images=found.images, schema=schema, effort=effort),
        limit=asked.max_output_tokens,
        effort=effort,
        calls=_calls(items),
        images=found.images,
    )


WIRE: Final = Wire(NAME, ("/v1/responses", "/responses"), parse)
