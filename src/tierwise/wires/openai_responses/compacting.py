"""Compaction where the provider has none of its own: a model is asked for a summary, which takes the place of the conversation.

It is asked for in two ways: at a path of its own, answered with a list of items that is the new conversation; and by an item at the end of
an ordinary request, answered with one item. The item holds the summary in a form that is handed back unread (see seals), and that later
requests turn into a message.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.events import OPAQUE, TEXT, Answer, Block, Open, Stop
from tierwise.core.splice import edited
from tierwise.core.wire import ABSENT, Voice, opened, present, read, repaired
from tierwise.wires.openai_responses.names import NAME, PLACE, TRIGGER
from tierwise.wires.openai_responses.seals import SUMMARY, sealed
from tierwise.wires.openai_responses.shapes import InputMessage, InputText, spending

ASKING: Final = """\
Stop working on the task here and write a handover for whoever continues it without seeing anything above.
Say, in this order and as briefly as it can be said without losing something they need:
1. what the user wants, in their own words where these matter, with every rule and preference they stated;
2. what was done and found out so far: files with their paths, commands with what they printed, decisions and the reasons for them;
3. what did not work, so that it is not tried again;
4. what is under way now and the very next step; what is left to do.
Write names, paths, numbers and code exactly. Answer with the handover alone and call no tools."""

ROOM: Final = 80_000
"""Bytes of the user's latest messages that stay as they are beside the summary."""

UNWANTED: Final[dict[str, bytes | None]] = dict.fromkeys(("text", "max_output_tokens", "context_management", "include", "prompt"))
"""Fields of a request that do not fit a summary."""


class Body(Struct):
    input: Raw = ABSENT
    tools: list[Raw] | None = None
    stream: bool | None = None


class Item(Struct):
    type: str | None = None
    role: str | None = None


_BODY: Final = msgspec.json.Decoder(Body)
_INPUT: Final = msgspec.json.Decoder(str | list[Raw])
_ITEM: Final = msgspec.json.Decoder(Item)


def triggered(body: bytes) -> bool:
    """Whether an ordinary request is one for compaction."""
    if TRIGGER.encode() not in body:
        return False
    return any(_kind(raw).type == TRIGGER for raw in _items(opened(_BODY, body, PLACE)))


def asking(body: bytes) -> bytes:
    """The request that asks a model for the summary; what stands before the question is as it was, so that a cache of it holds."""
    body = repaired(body)
    asked = opened(_BODY, body, PLACE)
    kept = [raw for raw in _items(asked) if _kind(raw).type != TRIGGER]
    question = msgspec.json.encode(InputMessage("user", [InputText(ASKING)]))
    quiet = {"tool_choice": b'"none"'} if asked.tools else {"tool_choice": None, "parallel_tool_calls": None}
    items = b"[%b]" % b",".join((*map(bytes, kept), question))
    return edited(body, {**UNWANTED, **quiet, "input": items, "stream": b"false"})


def summary_of(answer: Answer) -> str:
    """What the model answered; '' where it did not."""
    return "\n\n".join(one.text for one in answer.blocks if one.open.kind == TEXT).strip()


def compacted(answer: Answer, body: bytes, voice: Voice) -> bytes:
    """The answer at the path for compaction: the user's latest messages, then the summary of everything."""
    output = [*_latest(_items(opened(_BODY, body, PLACE))), _item(answer, voice)]
    return msgspec.json.encode(
        {
            "id": f"resp_{voice.id}",
            "object": "response.compaction",
            "created_at": voice.at,
            "model": voice.model,
            "output": output,
            "usage": spending(answer.usage),
        }
    )


def condensed(answer: Answer, voice: Voice) -> Answer:
    """The answer to a request that ends with the item for compaction: the summary alone."""
    opening = Open(0, OPAQUE, wire=NAME, raw=Raw(msgspec.json.encode(_item(answer, voice))))
    return replace(answer, blocks=(Block(opening),), stop=Stop("end"))


def _item(answer: Answer, voice: Voice) -> dict[str, Any]:
    return {"id": f"cmp_{voice.id}", "type": "compaction", "encrypted_content": sealed(SUMMARY, summary_of(answer))}


def _items(asked: Body) -> list[Raw]:
    given = read(_INPUT, asked.input, f"{PLACE}, input") if present(asked.input) else []
    return [Raw(b'{"type":"message","role":"user","content":%b}' % bytes(asked.input))] if isinstance(given, str) else given


def _kind(raw: Raw) -> Item:
    return read(_ITEM, raw, f"{PLACE}, input")


def _latest(items: Iterable[Raw]) -> list[Raw]:
    """The user's latest messages, as many as there is room for, in their order."""
    kept: list[Raw] = []
    room = ROOM
    said = [raw for raw in items if (kind := _kind(raw)).role == "user" and (kind.type or "message") == "message"]
    for raw in reversed(said):
        room -= len(raw)
        if room < 0:
            break
        kept.append(raw)
    return kept[::-1]
