"""Requests that go to a provider's own server as they are, with what another has sealed taken out.

A session may have changed providers: its history then holds reasoning that only another provider understands, or a summary that the gateway
made. `native` puts right what the gateway itself has marked and leaves every other byte; `stripped` leaves out all reasoning, for
providers that refuse a conversation because of it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.splice import edited
from tierwise.core.wire import opened, present, read, repaired
from tierwise.wires.openai_responses.names import COMPACTIONS, PLACE
from tierwise.wires.openai_responses.seals import MARK, PREFACE, carried, summary_of

REASONING: Final = "reasoning"
FOLLOWERS: Final = frozenset({"message", "function_call", "custom_tool_call", "tool_search_call"})
"""Items whose id ties them to the reasoning before them: without it they are no longer what the provider knows by that id."""


class Item(Struct):
    type: str | None = None
    role: str | None = None
    id: str | None = None
    encrypted_content: str | None = None


class Body(Struct):
    input: Raw = Raw()


_BODY: Final = msgspec.json.Decoder(Body)
_INPUT: Final = msgspec.json.Decoder(str | list[Raw])
_ITEM: Final = msgspec.json.Decoder(Item)


def stripped(body: bytes) -> bytes:
    """A body without the reasoning of earlier answers, and without the ids that tie other items to it."""
    return _with_items(body, _without_reasoning)


def native(body: bytes) -> bytes:
    """A body as a provider's own server takes it: nothing in it that only the gateway understands."""
    return _with_items(body, lambda items: without(items, _ours)) if MARK.encode() in body else body


def _with_items(body: bytes, kept: Callable[[Iterable[Raw]], Iterable[bytes]]) -> bytes:
    body = repaired(body)
    raw = opened(_BODY, body, PLACE).input
    items = read(_INPUT, raw, f"{PLACE}, input") if present(raw) else []
    if isinstance(items, str) or not items:
        return body
    return edited(body, {"input": b"[%b]" % b",".join(kept(items))})


def _without_reasoning(items: Iterable[Raw]) -> Iterator[bytes]:
    for raw in items:
        item = _item(raw)
        if item.type != REASONING and not (item.type == "item_reference" and (item.id or "").startswith("rs_")):
            yield _plain(raw, item)


def without(items: Iterable[Raw], unwanted: Callable[[Item], bool]) -> Iterator[bytes]:
    """Items without unwanted reasoning; those of the same answer that follow it lose the ids that tie them to it."""
    loose = False
    for raw in items:
        item = _item(raw)
        if item.type == REASONING:
            loose = unwanted(item)
            if loose:
                continue
        loose = loose and (item.type in {None, *FOLLOWERS}) and item.role in {None, "assistant"}
        yield _plain(raw, item) if loose else _message(raw, item)


def _ours(item: Item) -> bool:
    """Whether the gateway itself has sealed an item."""
    return carried(item.encrypted_content or "") is not None


def unsealed(item: Item) -> bool:
    """Whether an item's reasoning is not in it, but with a provider that may not have kept it."""
    return not item.encrypted_content


def _message(raw: Raw, item: Item) -> bytes:
    """An item as it came; a summary that the gateway made as a message."""
    summary = summary_of(item.encrypted_content or "") if item.type in COMPACTIONS else None
    return bytes(raw) if summary is None else msgspec.json.encode(summary_item(summary))


def summary_item(summary: str) -> dict[str, object]:
    """The message that tells a model of a summary."""
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": PREFACE + summary}]}


def _plain(raw: Raw, item: Item) -> bytes:
    """An item without its id, where the id ties it to reasoning."""
    tied = item.id is not None and (item.type or "message") in FOLLOWERS and item.role in {None, "assistant"}
    return edited(bytes(raw), {"id": None}) if tied else _message(raw, item)


def _item(raw: Raw) -> Item:
    """An item as far as it matters here; one of another shape is none of ours."""
    try:
        return _ITEM.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return Item(type="")
