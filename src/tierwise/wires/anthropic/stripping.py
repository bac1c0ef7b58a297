"""A body without the reasoning of earlier answers, for providers that do not accept it; every other byte of it stays as it was.

Where a model was told to think within a token budget, an answer that called tools has to begin with its reasoning. With that gone the
model cannot go on thinking in the middle of the work, so the order to think goes too.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.splice import edited
from tierwise.wires.anthropic.stamps import SEAL

REASONING: Final = frozenset({"thinking", "redacted_thinking"})
EMPTY: Final = Raw(b'{"type":"text","text":"(no text)"}')
WORD: Final = b"thinking"
RESULT: Final = b"tool_result"


class Told(Struct):
    type: str = ""


class Body(Struct):
    messages: list[Raw]
    thinking: Told | None = None


class Spoken(Struct):
    role: str
    content: str | list[Raw]


class Block(Struct):
    type: str = ""
    signature: str | None = None


_BODY: Final = msgspec.json.Decoder(Body)
_SPOKEN: Final = msgspec.json.Decoder(Spoken)
_BLOCK: Final = msgspec.json.Decoder(Block)


def stripped(body: bytes) -> bytes:
    """The body without any reasoning."""
    return _without(body, lambda block: block.type in REASONING)


def own(body: bytes) -> bytes:
    """The body without reasoning that other wires sealed; the same bytes where there is none."""
    if SEAL.encode() not in body:
        return body
    return _without(body, lambda block: block.type in REASONING and (block.signature or "").startswith(SEAL))


def _without(body: bytes, gone: Callable[[Block], bool]) -> bytes:
    try:
        asked = _BODY.decode(body)
    except msgspec.DecodeError:
        return body
    messages = [_cut(raw, gone) if WORD in bytes(raw) else raw for raw in asked.messages]
    if all(new is old for new, old in zip(messages, asked.messages, strict=True)):
        return body
    changes: dict[str, bytes | None] = {"messages": b"[%b]" % b",".join(map(bytes, messages))}
    if asked.thinking is not None and asked.thinking.type == "enabled" and _working(messages):
        changes |= {"thinking": None, "context_management": None}
    return edited(body, changes)


def _cut(raw: Raw, gone: Callable[[Block], bool]) -> Raw:
    """A message without the blocks that are to go; never an empty one. What is none stays, for the provider to say so."""
    try:
        said = _SPOKEN.decode(raw)
    except msgspec.DecodeError:
        return raw
    if said.role != "assistant" or isinstance(said.content, str):
        return raw
    left = [block for block in said.content if not gone(_block(block))]
    if len(left) == len(said.content):
        return raw
    content = b"[%b]" % b",".join(map(bytes, left or [EMPTY]))
    return Raw(edited(bytes(raw), {"content": content}))


def _block(raw: Raw) -> Block:
    try:
        return _BLOCK.decode(raw)
    except msgspec.DecodeError:
        return Block()


def _working(messages: Sequence[Raw]) -> bool:
    """Whether the last message answers calls: the model is in the middle of its work."""
    return bool(messages) and RESULT in bytes(messages[-1])
