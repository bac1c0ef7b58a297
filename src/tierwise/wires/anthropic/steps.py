"""The tool calls of a conversation's latest turns: blocks of the types tool_use and tool_result."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Request, Segment
from tierwise.core.signs import Step
from tierwise.core.steps import Called, Gave, Seen, shown
from tierwise.core.steps import steps as walked
from tierwise.core.wire import ABSENT, readable

CALL: Final = b'"tool_use"'
RESULT: Final = b'"tool_result"'


class Block(Struct, frozen=True):
    type: str = ""
    id: str = ""
    name: str = ""
    input: Raw = ABSENT
    tool_use_id: str = ""
    content: Raw = ABSENT
    is_error: bool | None = None


class Message(Struct, frozen=True):
    content: str | list[Block] | None = None


_MESSAGE: Final = msgspec.json.Decoder(Message)


def steps(request: Request, turns: int = 1) -> tuple[Step, ...]:
    """The calls of the model's latest answers with what came of each."""
    return walked(request, seen, turns)


def seen(segment: Segment) -> Seen:
    """What stands in a message; of most all that is looked at is whether they hold a call or a result."""
    answer = segment.role == "assistant"
    raw = bytes(segment.raw)
    if (CALL if answer else RESULT) not in raw:
        return Seen(answer)
    message = readable(_MESSAGE, raw)
    blocks = message.content if message is not None and isinstance(message.content, list) else ()
    return Seen(answer, tuple(_found(one) for one in blocks if one.type in {"tool_use", "tool_result"}))


def _found(block: Block) -> Called | Gave:
    if block.type == "tool_use":
        return Called(block.id, block.name, bytes(block.input).decode())
    return Gave(block.tool_use_id, shown(block.content), block.is_error)
