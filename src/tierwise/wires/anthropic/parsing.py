"""Anthropic Messages requests.

What only this wire says is kept in the raw slices; read here are the prompt's order (tools, system, messages), cache
marks and their lifetime, images, effort, and the texts of the latest messages a person may have written.

A person who interrupts a tool writes into the message that carries its result, and harnesses put text of their own there
too. Text beside the latest results is passed on as `aside` for the client's file to judge; earlier it counts as said
unless it stands in tags or brackets, as the harnesses' own does.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.request import Request, Segment
from tierwise.core.wire import (
    ABSENT,
    RECENT,
    Block,
    Extras,
    Malformed,
    Message,
    Tokens,
    extras,
    heard,
    lifetime,
    messages_of,
    needed,
    opened,
    present,
    read,
    texts,
)

NAME: Final = "anthropic"
PLACE: Final = f"{NAME} request"
PICTURES: Final = ("image",)
HARNESS: Final = ("<", "[")


class Setting(Struct):
    effort: str | None = None
    format: Raw = ABSENT


class Metadata(Struct):
    user_id: str | None = None


class Named(Struct):
    session_id: str = ""


class Body(Struct):
    model: str
    messages: list[Raw]
    system: Raw = ABSENT
    tools: list[Raw] | None = None
    max_tokens: Tokens | None = None
    output_config: Setting | None = None
    output_format: Raw = ABSENT
    metadata: Metadata | None = None
    cache_control: dict[str, Any] | None = None
    stream: bool | None = None


class Spoken(Struct, frozen=True):
    texts: tuple[str, ...] = ()
    answers: bool = False


_BODY: Final = msgspec.json.Decoder(Body)
_BLOCKS: Final = msgspec.json.Decoder(str | list[Raw])
_NAMED: Final = msgspec.json.Decoder(Named)


def _spoken(content: Iterable[Block]) -> Spoken:
    """The texts of a message and whether it answers tools."""
    blocks = tuple(content)
    return Spoken(texts(blocks), any(block.type == "tool_result" for block in blocks))


def _said(latest: Spoken, earlier: Iterator[Spoken]) -> tuple[tuple[str, ...], ...]:
    """The texts of the latest messages a person may have written."""
    first = (latest.texts,) if latest.texts and not latest.answers else ()
    return (*first, *islice((one.texts for one in earlier if _worded(one)), RECENT - len(first)))


def _worded(one: Spoken) -> bool:
    if one.answers:
        return any(not text.lstrip().startswith(HARNESS) for text in one.texts)
    return bool(one.texts)


def _system(raw: Raw) -> list[Segment]:
    blocks = read(_BLOCKS, raw, f"{PLACE}, system") if present(raw) else []
    return [Segment("system", "system", block) for block in ([raw] if isinstance(blocks, str) else blocks)]


def _session(metadata: Metadata | None) -> str:
    """The session that some clients name inside the user's id, as JSON or after its last '_session_'; a bare id names none."""
    user = (metadata.user_id or "") if metadata else ""
    if user.startswith("{"):
        try:
            return read(_NAMED, user.encode(), PLACE).session_id
        except Malformed:
            return ""
    return user.rpartition("_session_")[2] if "_session_" in user else ""


def _segments(asked: Body, messages: Sequence[Message]) -> tuple[Segment, ...]:
    """The prompt in the provider's order."""
    return (
        *(Segment("tools", "", raw) for raw in asked.tools or []),
        *_system(asked.system),
        *(Segment("message", one.role, raw) for one, raw in zip(messages, asked.messages, strict=True)),
    )


def _extras(asked: Body, segments: Sequence[Segment]) -> Extras:
    """What the prompt holds beside text; a mark on the whole request is one more."""
    found = extras(segments, PICTURES, PLACE)
    if asked.cache_control is None:
        return found
    return Extras(found.images, found.marks + 1, max(found.ttl, lifetime([asked.cache_control])))


def parse(body: bytes) -> Request:
    """A request of its JSON body; Malformed says where it is not one."""
    asked = opened(_BODY, body, PLACE)
    if not asked.messages:
        raise Malformed(f"{PLACE}, messages: at least one message is required")
    messages = messages_of(asked.messages, PLACE)
    segments = _segments(asked, messages)
    found = _extras(asked, segments)
    spoken = map(_spoken, heard(messages, f"{PLACE}, messages"))
    latest = next(spoken, Spoken())
    setting = asked.output_config or Setting()
    schema = present(setting.format) or present(asked.output_format)
    return Request(
        wire=NAME,
        model=asked.model,
        segments=segments,
        said=_said(latest, spoken),
        aside=latest.texts if latest.answers else (),
        session=_session(asked.metadata),
        turn="tool" if latest.answers else "person",
        needs=needed(tools=bool(asked.tools), images=found.images, schema=schema, effort=setting.effort),
        limit=asked.max_tokens,
        effort=setting.effort,
        cache_ttl=found.ttl,
        cache_marks=found.marks,
        calls=sum(one.role == "assistant" for one in messages),
        images=found.images,
        stream=bool(asked.stream),
    )
