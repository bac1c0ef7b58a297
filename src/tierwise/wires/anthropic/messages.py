"""Turns of any wire as messages of this one.

Adjacent turns of one role are one message, and what tools answered comes first in it. Calls and their results find each other: ids are
made valid and unique, a call that nobody answered gets an answer that says so, and an answer to no call is told as text. Blocks must not
be empty. System text among the messages stays a system message where the model takes those and it stands right, else the user says it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.naming import boxed, flat
from tierwise.core.prompt import Call, Media, Opaque, Piece, Result, Text, Thought, Turn
from tierwise.wires.anthropic.stamps import NAME, valid
from tierwise.wires.anthropic.tools import mark

Block = dict[str, Any]

ECHO: Final = "echo_reasoning"
"""The quirk of providers that want reasoning back, whoever signed it."""

BEFORE: Final = "(the conversation so far is not shown)"
NO_ANSWER: Final = "(no result)"
FAILED: Final = "(failed without a message)"
ORPHAN: Final = "(the result of a call that is not shown)"
LEFT_OUT: Final = "({kind} that cannot be shown here)"


class Manner(Struct, frozen=True):
    """How to say turns.

    `own` says whether they are this wire's, `asides` whether system messages may stand among them, `echo` whether reasoning of any origin
    is wanted back.
    """

    own: bool = False
    asides: bool = False
    echo: bool = False


class Message(Struct):
    """A message as it is made: `fields` stand beside its content."""

    role: str
    blocks: list[Block]
    fields: Mapping[str, Any] = MappingProxyType({})


CALL: Final = "tool_use"
RESULT: Final = "tool_result"
TAKEN: Final = "taken"
SHOWN: Final = frozenset({"text", "image", "document"})


class Typed(Struct):
    type: str


_TYPED: Final = msgspec.json.Decoder(Typed)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])


def messages(turns: Sequence[Turn], manner: Manner) -> list[Message]:
    """The messages of a conversation."""
    said = [one for turn in turns for one in _said(turn, manner)]
    joined = _joined(_placed(said, manner))
    if not joined or joined[0].role != "user":
        joined.insert(0, Message("user", [{"type": "text", "text": BEFORE}]))
    _matched(joined)
    _trimmed(joined[-1])
    return joined


def _said(turn: Turn, manner: Manner) -> Iterator[Message]:
    """A turn as a message; nothing where it says nothing."""
    blocks: list[Block] = []
    fields: dict[str, Any] = {}
    for piece in turn.pieces:
        if not isinstance(piece, Opaque):
            blocks += SAYING[type(piece)](piece, manner)
        elif piece.wire == NAME:
            found: dict[str, Any] = dict(_FIELDS.decode(piece.raw))
            if "type" in found:
                blocks.append(found | {"type": _TYPED.decode(piece.raw).type})
            elif turn.role == "system":
                fields |= found
            elif blocks:
                blocks[-1] |= found
    if turn.role == "assistant":
        blocks = [one for one in blocks if one["type"] not in PICTURE]
    if blocks or fields:
        yield Message(turn.role, blocks, fields)


def _text(piece: Text, _manner: Manner) -> list[Block]:
    return [_kept({"type": "text", "text": piece.text}, piece.keep)] if piece.text.strip() else []


def _media(piece: Media, manner: Manner) -> list[Block]:
    source = _source(piece, manner)
    if source is None:
        return [{"type": "text", "text": LEFT_OUT.format(kind=piece.kind)}]
    titled = {"title": piece.name} if piece.name and piece.kind == "document" else {}
    return [_kept({"type": piece.kind, "source": source, **titled}, piece.keep)]


def _source(piece: Media, manner: Manner) -> Block | None:
    """Where a picture or document comes from; None for what this wire cannot take."""
    ways = (
        (piece.data, {"type": "base64", "media_type": piece.media or PICTURE.get(piece.kind), "data": piece.data}),
        (piece.url, {"type": "url", "url": piece.url}),
        (piece.file if manner.own else "", {"type": "file", "file_id": piece.file}),
        (piece.text, {"type": "text", "media_type": "text/plain", "data": piece.text}),
    )
    return next((made for given, made in ways if given), None) if piece.kind in PICTURE else None


PICTURE: Final = MappingProxyType({"image": "image/png", "document": "application/pdf"})
"""What can be shown, and what it is taken for where nobody says."""


def _thought(piece: Thought, manner: Manner) -> list[Block]:
    own = piece.wire == NAME
    if piece.redacted:
        return [{"type": "redacted_thinking", "data": piece.seal}] if own else []
    if (own and piece.seal) or (manner.echo and piece.text):
        return [{"type": "thinking", "thinking": piece.text, "signature": piece.seal if own else ""}]
    return []


def _call(piece: Call, _manner: Manner) -> list[Block]:
    name = flat(piece.namespace, piece.name)
    return [_kept({"type": "tool_use", "id": valid(piece.id), "name": name, "input": _input(boxed(piece))}, piece.keep)]


def _input(text: str) -> Any:
    """A call's input, which has to be an object here."""
    try:
        return Raw(msgspec.json.encode(_FIELDS.decode(text or "{}")))
    except msgspec.DecodeError:
        return {"input": text}


def _result(piece: Result, manner: Manner) -> list[Block]:
    found = [block for one in piece.content for block in SAYING[type(one)](one, manner)]
    found += [{"type": "tool_reference", "tool_name": one.name} for one in piece.tools] if manner.own else []
    plain = len(found) == 1 and set(found[0]) == {"type", "text"}
    content: Any = found[0]["text"] if plain else found
    made: Block = {"type": "tool_result", "tool_use_id": valid(piece.id)}
    if content or piece.failed:
        made["content"] = content or FAILED
    if piece.failed:
        made["is_error"] = True
    return [_kept(made, piece.keep)]


def _kept(block: Block, keep: int) -> Block:
    return block | {"cache_control": mark(keep)} if keep else block


SAYING: Final[Mapping[type[Piece], Callable[[Any, Manner], list[Block]]]] = {
    Text: _text,
    Media: _media,
    Thought: _thought,
    Call: _call,
    Result: _result,
}
"""How each kind of piece is said; opaque ones are blocks, or fields of one, already."""


def _placed(said: Sequence[Message], manner: Manner) -> Iterator[Message]:
    """The messages, with system text that stands wrong, or that the model does not take, said by the user."""
    before = ""
    for index, one in enumerate(said):
        after = next((later.role for later in said[index + 1 :] if later.role != "system"), "assistant")
        if one.role != "system" or (manner.asides and before == "user" and after == "assistant"):
            yield one
        elif one.blocks:
            yield Message("user", [_tagged(block) for block in one.blocks if block["type"] == "text"])
        before = one.role if one.role != "system" else before


def _tagged(block: Block) -> Block:
    return block | {"text": f"<system>\n{block['text']}\n</system>"}


def _joined(said: Iterator[Message]) -> list[Message]:
    """The messages, neighbours of one role put together. System messages stay apart, since each has fields of its own."""
    joined: list[Message] = []
    for one in said:
        if joined and joined[-1].role == one.role != "system":
            joined[-1].blocks = [*joined[-1].blocks, *one.blocks]
        else:
            joined.append(one)
    return joined


def _matched(joined: list[Message]) -> None:
    """Make calls and results find each other: each call is answered in the next message, and each answer has its call before it."""
    used: dict[str, int] = {}
    ids: dict[str, list[str]] = {}
    for one in joined:
        if one.role == "user":
            one.blocks = [*_answers(one.blocks, ids), *(left for block in one.blocks for left in _left(block))]
        ids = _renamed(one, used)
    if ids:
        joined.append(Message("user", [*_answers([], ids)]))


def _renamed(message: Message, used: dict[str, int]) -> dict[str, list[str]]:
    """The ids of a message's calls, and the unique ones they get."""
    ids: dict[str, list[str]] = {}
    for block in message.blocks:
        if block["type"] == CALL:
            name = block["id"]
            block["id"] = _unused(name, used)
            ids.setdefault(name, []).append(block["id"])
    return ids


def _unused(name: str, used: dict[str, int]) -> str:
    """An id that no call has yet: the one it has, else with a number after it."""
    count = used.get(name, 0) + 1
    while count > 1 and f"{name}_{count}" in used:
        count += 1
    found = name if count == 1 else f"{name}_{count}"
    used |= {found: used.get(found, 1), name: count}
    return found


def _answers(blocks: Sequence[Block], ids: Mapping[str, list[str]]) -> Iterator[Block]:
    """The results that answer calls, which must come first, and answers for calls that have none. Taken are marked by another type."""
    for block in blocks:
        if block["type"] == RESULT and ids.get(block["tool_use_id"]):
            yield block | {"tool_use_id": ids[block["tool_use_id"]].pop(0)}
            block["type"] = TAKEN
    for name in (one for left in ids.values() for one in left):
        yield {"type": RESULT, "tool_use_id": name, "content": NO_ANSWER, "is_error": True}


def _left(block: Block) -> Iterator[Block]:
    """What a user says beside results; a result that answers no call is told as it is."""
    if block["type"] == RESULT:
        content = block.get("content", "")
        yield {"type": "text", "text": f"{ORPHAN}\n{content}" if isinstance(content, str) else ORPHAN}
        yield from (one for one in content if one["type"] in SHOWN) if isinstance(content, list) else ()
    elif block["type"] != TAKEN:
        yield block


def _trimmed(last: Message) -> None:
    """An answer that is to be continued must not end with white space."""
    if last.role == "assistant" and last.blocks[-1]["type"] == "text":
        last.blocks[-1]["text"] = last.blocks[-1]["text"].rstrip()


def begun(joined: Sequence[Message]) -> bool:
    """Whether the model is in the middle of work that it began without thinking: its calls are answered, and no thought came first."""
    *_, before, last = (Message("", []), *joined)
    answered = any(block["type"] == RESULT for block in last.blocks)
    return answered and before.blocks[0]["type"] not in {"thinking", "redacted_thinking"}
