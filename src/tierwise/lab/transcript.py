"""The shapes of a Claude Code transcript's lines, as far as calls are concerned.

What a line says beyond these is passed over unread. Whatever may be null somewhere may be null here; a count that is none is an error.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Raw, Struct

from tierwise.core.usage import Usage
from tierwise.lab.call import MOST
from tierwise.lab.lines import BadRecord, decoded

Count = Annotated[int, Meta(ge=0, le=MOST)] | None


class Creation(Struct):
    """Tokens written to the cache, by lifetime."""

    ephemeral_5m_input_tokens: Count = 0
    ephemeral_1h_input_tokens: Count = 0


class Counts(Struct):
    """A message's usage."""

    input_tokens: Count = 0
    cache_creation_input_tokens: Count = 0
    cache_read_input_tokens: Count = 0
    output_tokens: Count = 0
    cache_creation: Creation | None = None
    server_tool_use: Any = None


class Message(Struct):
    """What a person or a model said, as the API has it."""

    id: str | None = ""
    model: str | None = ""
    content: Raw = Raw(b"null")
    usage: Counts | None = None


class Part(Struct):
    """A part of a message's content."""

    type: str | None = ""
    text: str | None = ""
    thinking: str | None = ""
    name: str | None = ""
    input: Raw = Raw(b"")


class Line(Struct, rename="camel"):
    """A line of a transcript."""

    type: str | None = ""
    uuid: str | None = ""
    parent_uuid: str | None = ""
    timestamp: str | None = ""
    session_id: str | None = ""
    agent_id: str | None = ""
    is_sidechain: bool | None = False
    is_meta: bool | None = False
    is_compact_summary: bool | None = False
    is_api_error_message: bool | None = False
    version: str | None = ""
    cwd: str | None = ""
    request_id: str | None = ""
    message: Raw = Raw(b"null")
    attachment: Raw = Raw(b"null")
    data: Raw = Raw(b"null")


class Progress(Struct, rename="camel"):
    """What a main transcript notes of something that runs beside it."""

    type: str | None = ""
    agent_id: str | None = ""
    message: Raw = Raw(b"null")


class Attachment(Struct, rename="camel"):
    """Something the client put into the conversation."""

    type: str | None = ""
    removed_names: Any = None
    added_blocks: Any = None


LINE: Final = msgspec.json.Decoder(Line)
MESSAGE: Final = msgspec.json.Decoder(Message | None)
PROGRESS: Final = msgspec.json.Decoder(Progress)
ATTACHMENT: Final = msgspec.json.Decoder(Attachment)
CONTENT: Final = msgspec.json.Decoder(str | list[Part] | None)

OVERHEARD: Final = "agent_progress"
SIDE: Final = "side"
"""The thread of a subagent that has no name."""


def message(line: Line) -> Message:
    """A line's message; BadRecord if it has another shape."""
    return decoded(MESSAGE, bytes(line.message)) or Message()


def parts(said: Message) -> list[Part]:
    """The parts of a message; none where they have a form nobody knows, since its usage counts all the same."""
    try:
        found = decoded(CONTENT, bytes(said.content))
    except BadRecord:
        return []
    return [Part(type="text", text=found)] if isinstance(found, str) else found or []


def texts(said: Message) -> list[str]:
    """The texts of a message."""
    return [part.text or "" for part in parts(said) if part.type == "text"]


def characters(part: Part) -> int:
    """How long a part of an answer is."""
    if part.type == "tool_use":
        return len(part.name or "") + len(bytes(part.input))
    return len((part.thinking if part.type == "thinking" else part.text) or "")


def usage(said: Message) -> Usage:
    """A message's usage; zeros where it has none."""
    counts = said.usage or Counts()
    written, creation = counts.cache_creation_input_tokens or 0, counts.cache_creation or Creation()
    hour = creation.ephemeral_1h_input_tokens or 0
    return Usage(
        fresh=counts.input_tokens or 0,
        read=counts.cache_read_input_tokens or 0,
        write_5m=max(written - hour, creation.ephemeral_5m_input_tokens or 0),
        write_1h=hour,
        output=counts.output_tokens or 0,
        searches=_searches(counts.server_tool_use),
    )


def _searches(tools: Any) -> int:
    found = tools.get("web_search_requests") if isinstance(tools, dict) else None
    return found if type(found) is int and 0 <= found <= MOST else 0


def overheard(line: Line) -> Line | None:
    """The line of a subagent that a progress line repeats, if it does."""
    if OVERHEARD.encode() not in bytes(line.data):
        return None
    progress = decoded(PROGRESS, bytes(line.data))
    if progress.type != OVERHEARD:
        return None
    said = decoded(LINE, bytes(progress.message))
    said.agent_id, said.is_sidechain, said.timestamp = progress.agent_id or SIDE, True, said.timestamp or line.timestamp
    said.session_id, said.version, said.cwd = line.session_id, line.version, line.cwd
    return said


def changes_tools(line: Line) -> bool:
    """Whether a line says that tools were taken away or came with new instructions."""
    if line.type != "attachment":
        return False
    found = decoded(ATTACHMENT, bytes(line.attachment))
    return found.type in TOOL_CHANGES and bool(found.removed_names or found.added_blocks)


TOOL_CHANGES: Final = frozenset({"deferred_tools_delta", "mcp_instructions_delta"})
