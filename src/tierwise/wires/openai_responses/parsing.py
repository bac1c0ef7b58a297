"""OpenAI Responses requests, over HTTP or as the first frame of a WebSocket.

Tools come at the top level or, for newer models, as an input item of type 'additional_tools'. One answer of the model is a run
of items (reasoning, messages, calls of tools), so `calls` counts runs.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Request, Segment
from tierwise.core.wire import ABSENT, Tokens, extras, needed, opened, ordered, present, read, recent
from tierwise.wires.openai_responses.names import ADDITIONAL, NAME, PLACE

PICTURES: Final = ("input_image", "computer_screenshot")
IMAGE: Final = b'"input_image"'
SHOT: Final = "computer_call_output"
"""The only item that has pictures of the other type."""

HEAD: Final = frozenset({"system", "developer"})
QUIET: Final = re.compile(
    rb'\{\s*"type"\s*:\s*"((?:function|custom_tool|tool_search|web_search)_call(?:_output)?|tool_search_output|reasoning)"\s*,'
)
"""How an item begins that nobody says: what is in it does not matter here."""

SAID: Final = re.compile(rb'\{\s*(?:"type"\s*:\s*"message"\s*,\s*)?(?:"id"\s*:\s*"[\w-]*"\s*,\s*)?"role"\s*:\s*"(\w+)"\s*,')
"""How a message begins that tells early who speaks."""


class Item(Struct):
    """An item; `whole` is all of it where its content was not taken out yet."""

    type: str = "message"
    role: str | None = None
    content: Raw = ABSENT
    whole: Raw = ABSENT


class Reasoning(Struct):
    effort: str | None = None


class Format(Struct):
    type: str = ""


class Text(Struct):
    format: Format | None = None


class Body(Struct):
    model: str
    input: str | list[Raw] | None = None
    instructions: Raw = ABSENT
    tools: list[Raw] | None = None
    max_output_tokens: Tokens | None = None
    reasoning: Reasoning | None = None
    text: Text | None = None
    prompt_cache_key: str | None = None
    stream: bool | None = None


class Plain(Struct):
    """A body whose input is a text."""

    input: Raw


_BODY: Final = msgspec.json.Decoder(Body)
_TEXT: Final = msgspec.json.Decoder(Plain)
_ITEM: Final = msgspec.json.Decoder(Item)


def _items(asked: Body, body: bytes) -> tuple[list[Item], list[Raw]]:
    """The input's items and their slices; a text is a message of the user."""
    if isinstance(asked.input, str):
        raw = opened(_TEXT, body, PLACE).input
        return [Item(role="user", content=raw)], [raw]
    found = asked.input or []
    return [_glanced(raw) or read(_ITEM, raw, f"{PLACE}, input[{index}]") for index, raw in enumerate(found)], found


def _glanced(raw: Raw) -> Item | None:
    """An item by its beginning, as nearly all are written; None where all of it has to be looked at."""
    said = SAID.match(raw)
    if said is not None:
        return Item(role=said[1].decode(), whole=raw)
    quiet = QUIET.match(raw)
    return None if quiet is None else Item(quiet[1].decode())


def _kind(item: Item) -> str:
    if item.type == ADDITIONAL:
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


def _images(items: Sequence[Item], raws: Sequence[Raw]) -> int:
    """How many pictures there are, in messages and in what tools answered."""
    pairs = zip(items, raws, strict=True)
    found = [Segment("input", "", raw) for one, raw in pairs if one.type == SHOT or IMAGE in bytes(raw)]
    return extras(found, PICTURES, PLACE).images


def parse(body: bytes) -> Request:
    """A request of its JSON body; Malformed says where it is not one."""
    asked = opened(_BODY, body, PLACE)
    items, raws = _items(asked, body)
    segments = _segments(asked, items, raws)
    images = _images(items, raws) if IMAGE in body or any(one.type == SHOT for one in items) else 0
    effort = asked.reasoning.effort if asked.reasoning else None
    schema = asked.text is not None and asked.text.format is not None and asked.text.format.type == "json_schema"
    tools = bool(asked.tools) or any(one.type == ADDITIONAL for one in items)
    return Request(
        wire=NAME,
        model=asked.model,
        segments=segments,
        said=recent(items, f"{PLACE}, input"),
        session=asked.prompt_cache_key or "",
        turn="tool" if items and items[-1].type.endswith("_output") else "person",
        needs=needed(tools=tools, images=images, schema=schema, effort=effort),
        limit=asked.max_output_tokens,
        effort=effort,
        calls=_calls(items),
        images=images,
        stream=bool(asked.stream),
    )
