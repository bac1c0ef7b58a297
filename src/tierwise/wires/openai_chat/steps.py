"""The tool calls of a conversation's latest turns: `tool_calls` of the assistant's messages, and messages of the role that answers them.

The older form, `function_call`, has no ids: a call and the message after it find each other by the function's name.
"""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Request, Segment
from tierwise.core.signs import Step
from tierwise.core.steps import Called, Gave, Seen, shown
from tierwise.core.steps import steps as walked
from tierwise.core.wire import ABSENT, readable
from tierwise.wires.openai_chat.parsing import RESULTS
from tierwise.wires.openai_chat.talk import Function, ToolCall, arguments

CALLS: Final = (b'"tool_calls"', b'"function_call"')


class Message(Struct, frozen=True):
    content: Raw = ABSENT
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None
    tool_call_id: str | None = None
    name: str | None = None


_MESSAGE: Final = msgspec.json.Decoder(Message)


def steps(request: Request, turns: int = 1) -> tuple[Step, ...]:
    """The calls of the model's latest answers with what came of each."""
    return walked(request, seen, turns)


def seen(segment: Segment) -> Seen:
    """What stands in a message; of the assistant's all that is looked at of most is whether they hold a call."""
    if segment.role in RESULTS:
        return Seen(answer=False, found=_gave(segment))
    answer = segment.role == "assistant"
    raw = bytes(segment.raw)
    if not answer or not any(sign in raw for sign in CALLS):
        return Seen(answer)
    message = readable(_MESSAGE, raw) or Message()
    legacy = (_legacy(message.function_call),) if message.function_call is not None else ()
    return Seen(answer=True, found=(*map(_called, message.tool_calls or ()), *legacy))


def _gave(segment: Segment) -> tuple[Gave, ...]:
    message = readable(_MESSAGE, segment.raw) or Message()
    return (Gave(message.tool_call_id or message.name or "", shown(message.content)),)


def _called(call: ToolCall) -> Called:
    if call.custom is not None:
        return Called(call.id, call.custom.name, call.custom.input)
    function = call.function or Function()
    return Called(call.id, function.name, arguments(function))


def _legacy(function: Function) -> Called:
    return Called(function.name, function.name, arguments(function))
