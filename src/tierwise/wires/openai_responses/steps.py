"""The tool calls of a conversation's latest turns: items that call a tool, and items that answer them.

A shell that the model knows without a definition tells with a result of its own how its commands ended; all others only show text.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Request, Segment
from tierwise.core.signs import Step
from tierwise.core.steps import Called, Gave, Seen
from tierwise.core.steps import steps as walked
from tierwise.core.wire import ABSENT, readable

CALLS: Final = frozenset({"function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call", "tool_search_call"})
OUTPUTS: Final = frozenset(f"{one}_output" for one in CALLS)
ANSWERS: Final = frozenset({"assistant", "reasoning"})


class Item(Struct, frozen=True):
    type: str = ""
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: Raw = ABSENT
    input: str | None = None
    action: Raw = ABSENT
    operation: Raw = ABSENT
    output: Raw = ABSENT
    status: str | None = None


class Outcome(Struct, frozen=True):
    type: str = ""
    exit_code: int | None = None


class Part(Struct, frozen=True):
    """A part of a result: a text, or what one command of a shell printed and how it ended."""

    text: str | None = None
    stdout: str = ""
    stderr: str = ""
    outcome: Outcome | None = None


_ITEM: Final = msgspec.json.Decoder(Item)
_TEXT: Final = msgspec.json.Decoder(str)
_OUTPUT: Final = msgspec.json.Decoder(str | list[Part] | None)


def steps(request: Request, turns: int = 1) -> tuple[Step, ...]:
    """The calls of the model's latest answers with what came of each."""
    return walked(request, seen, turns)


def seen(segment: Segment) -> Seen:
    """What an item is; only calls and results are looked into."""
    role = segment.role
    if role in CALLS:
        return Seen(answer=True, found=_called(segment))
    if role in OUTPUTS:
        return Seen(answer=False, found=_gave(segment))
    return Seen(role in ANSWERS or role.endswith("_call"))


def _called(segment: Segment) -> tuple[Called, ...]:
    item = readable(_ITEM, segment.raw)
    if item is None:
        return ()
    given = next((raw for raw in (item.arguments, item.action, item.operation) if len(raw)), ABSENT)
    name = item.name or item.type.removesuffix("_call")
    return (Called(item.call_id or item.id or "", name, item.input if item.input is not None else _plain(given)),)


def _plain(raw: Raw) -> str:
    """The JSON text of a value; of a text, what it says."""
    text = bytes(raw).decode()
    return (readable(_TEXT, raw) or "") if text.startswith('"') else text


def _gave(segment: Segment) -> tuple[Gave, ...]:
    item = readable(_ITEM, segment.raw)
    if item is None:
        return ()
    output = readable(_OUTPUT, item.output) if len(item.output) else ""
    if isinstance(output, str) or output is None:
        return (Gave(item.call_id or item.id or "", output or "", _failed(item, ())),)
    return (Gave(item.call_id or item.id or "", "\n".join(filter(None, map(_said, output))), _failed(item, output)),)


def _said(part: Part) -> str:
    return part.text if part.text is not None else "\n".join(filter(None, (part.stdout, part.stderr)))


def _failed(item: Item, parts: Sequence[Part]) -> bool | None:
    """Whether a result says itself that it is a failure: by its state, or by how one of its commands ended."""
    if item.status == "failed":
        return True
    ends = [one.outcome for one in parts if one.outcome is not None]
    return any(one.type != "exit" or one.exit_code != 0 for one in ends) if ends else None
