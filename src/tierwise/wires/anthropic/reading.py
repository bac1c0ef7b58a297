"""All of an Anthropic Messages request in neutral words.

Top-level fields that only this wire has are kept as they came; what of them, and of the rest, other wires would lose is named.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.losses import lost
from tierwise.core.prompt import Format, Knobs, Media, Opaque, Piece, Prompt, Result, Text, Thought, Tool, Turn
from tierwise.core.wire import ABSENT, Malformed, Tokens, each, opened, present
from tierwise.wires.anthropic import tools as offered
from tierwise.wires.anthropic.blocks import FIELDS, MANAGED, Context, beside, head, pieces
from tierwise.wires.anthropic.stamps import NAME

PLACE: Final = f"{NAME} request"
ROLES: Final = ("user", "assistant", "system")

NEUTRAL: Final = frozenset(
    {"model", "messages", "system", "tools", "tool_choice", "max_tokens", "stream", "stop_sequences", "temperature", "top_p", "top_k"}
)
"""Fields that have a neutral form in full."""

KNOWN: Final = MappingProxyType(
    {
        "thinking": "",
        "output_config": "",
        "output_format": "",
        "metadata": "",
        "cache_control": "cache marks",
        "service_tier": "service tier",
        "context_management": MANAGED,
        "compaction": MANAGED,
        "mcp_servers": "server tools",
        "container": "stored state",
    }
)
"""Fields with a meaning of this wire's, and what is lost without them; others are unknown."""

OFF: Final = frozenset({"disabled", "between_tools"})
SCHEMA: Final = "json_schema"

THOUGHTS: Final = MappingProxyType({True: "signed thinking", False: "encrypted reasoning"})
"""What is lost with a sealed thought, by whether the seal is this wire's."""


class Shape(Struct):
    type: str = ""
    schema: Raw = ABSENT


class Setting(Struct):
    effort: str | None = None
    format: Shape | None = None


class Thinking(Struct):
    type: str
    budget_tokens: Tokens | None = None
    display: str | None = None


class Message(Struct):
    role: str
    content: Raw = ABSENT
    output_config: Setting | None = None


class Asked(Struct):
    model: str
    messages: list[Raw]
    system: Raw = ABSENT
    tools: list[Raw] | None = None
    tool_choice: offered.Chosen | None = None
    max_tokens: Tokens | None = None
    output_config: Setting | None = None
    output_format: Shape | None = None
    thinking: Thinking | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    metadata: dict[str, Any] | None = None
    service_tier: str | None = None
    stream: bool | None = None


_ASKED: Final = msgspec.json.Decoder(Asked)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_MESSAGE: Final = msgspec.json.Decoder(Message)


def prompt_of(body: bytes) -> Prompt:
    """A whole request of its JSON body; Malformed says where it is not one."""
    asked = opened(_ASKED, body, PLACE)
    if asked.max_tokens is None:
        raise Malformed(f"{PLACE}, max_tokens: this field is required; it says how many tokens the answer may have at most")
    if not asked.messages:
        raise Malformed(f"{PLACE}, messages: at least one message is required")
    tools = offered.tools_of(asked.tools or [], PLACE)
    messages = each(_MESSAGE, asked.messages, f"{PLACE}, messages")
    turns = tuple(_turns(messages, asked.messages, tools))
    first = tuple(takewhile(lambda turn: turn.role == "system", turns))
    begun = (one for turn in first for one in turn.pieces if isinstance(one, Text))
    fields = opened(_FIELDS, body, PLACE)
    prompt = Prompt(
        wire=NAME,
        model=asked.model,
        head=(*head(asked.system, f"{PLACE}, system"), *begun),
        turns=turns[len(first) :],
        tools=tools,
        choice=offered.choice_of(asked.tool_choice, PLACE),
        format=_format((asked.output_config or Setting()).format or asked.output_format),
        limit=asked.max_tokens,
        knobs=_knobs(asked, messages),
        stream=bool(asked.stream),
        usage=True,
        user=_user(asked.metadata),
        tier=asked.service_tier or "",
        extras={name: Raw(bytes(raw)) for name, raw in fields.items() if name not in NEUTRAL and present(raw)},
    )
    return replace(prompt, uses=tuple(sorted({*_uses(prompt), *_stated(asked)})))


def losses(prompt: Prompt) -> tuple[str, ...]:
    """What of a prompt this wire cannot carry: of its own requests only what another wire has sealed."""
    return lost(prompt.uses, OWN if prompt.wire == NAME else CARRIED)


CARRIED: Final = frozenset({"image links", "documents", "document links", "prefilled answer", "stop sequences", "cache marks"})
"""What of other wires' requests has a place here."""

OWN: Final = CARRIED | {
    "server tools",
    "offered server tools",
    "server tool history",
    "computer use",
    "file ids",
    "stored state",
    "signed thinking",
    "context management",
    "sampling",
    "citations",
    "metadata",
    "service tier",
    FIELDS,
    "unknown blocks",
}


def _turns(messages: Sequence[Message], raws: Sequence[Raw], tools: Iterable[Tool]) -> Iterator[Turn]:
    named = {one.name: one for one in tools}
    for index, (one, raw) in enumerate(zip(messages, raws, strict=True)):
        place = f"{PLACE}, messages[{index}]"
        if one.role not in ROLES:
            raise Malformed(f"{place}.role: {one.role!r} is not one of {', '.join(ROLES)}")
        if not present(one.content) and one.output_config is None:
            raise Malformed(f"{place}.content: this field is required")
        said = pieces(one.content, Context(f"{place}.content", named))
        yield Turn(one.role, (*said, *_beside(raw)) if one.role == "system" else said)


def _beside(raw: Raw) -> Iterator[Opaque]:
    """What a system message says beside its content, after it: the fields are the message's and no block's."""
    yield from beside({name: value for name, value in _FIELDS.decode(raw).items() if name not in {"role", "content"} and present(value)})


def _format(shape: Shape | None) -> Format | None:
    if shape is None or not shape.type:
        return None
    return Format("schema" if shape.type == SCHEMA else "object", Raw(bytes(shape.schema)) if present(shape.schema) else Raw())


def _knobs(asked: Asked, messages: Sequence[Message]) -> Knobs:
    thinking = asked.thinking
    return Knobs(
        temperature=asked.temperature,
        top_p=asked.top_p,
        top_k=asked.top_k,
        stop=tuple(asked.stop_sequences or ()),
        effort=_effort(messages) or (asked.output_config or Setting()).effort,
        thinking=None if thinking is None else "off" if thinking.type in OFF else "on",
        budget=None if thinking is None else thinking.budget_tokens,
        summary="auto" if thinking is not None and thinking.display == "summarized" else None,
    )


def _effort(messages: Sequence[Message]) -> str | None:
    """The effort that messages ask for by now.

    One right after what the user says counts for the answer to it, a later one only from the user's next message on.
    """
    latest = max(
        (index for index, one in enumerate(messages) if one.role == "user" and b'"tool_result"' not in bytes(one.content)), default=-1
    )
    after = takewhile(lambda one: one.role == "system", messages[latest + 1 :])
    asked = [one.output_config.effort for one in (*messages[: latest + 1], *after) if one.output_config is not None]
    return next((effort for effort in reversed(asked) if effort), None)


def _user(metadata: Mapping[str, Any] | None) -> str:
    user = (metadata or {}).get("user_id")
    return user if isinstance(user, str) else ""


def _stated(asked: Asked) -> Iterator[str]:
    """What the settings of a request use that other wires may not have."""
    if asked.stop_sequences:
        yield "stop sequences"
    if asked.top_k is not None:
        yield "sampling"
    if set(asked.metadata or {}) - {"user_id"}:
        yield "metadata"


def _uses(prompt: Prompt) -> Iterator[str]:
    """What the fields, tools and pieces of a request use that other wires may not have."""
    yield from filter(None, (KNOWN.get(name, FIELDS) for name, raw in prompt.extras.items() if bytes(raw) not in {b"[]", b"{}"}))
    yield from offered.uses_of(prompt)
    if prompt.turns and prompt.turns[-1].role == "assistant":
        yield "prefilled answer"
    if any(text.keep for text in prompt.head) or any(tool.keep for tool in prompt.tools):
        yield "cache marks"
    for turn in prompt.turns:
        for piece in turn.pieces:
            yield from _lost(piece)


def _lost(piece: Piece) -> Iterator[str]:
    if isinstance(piece, Opaque):
        yield piece.loss
    elif isinstance(piece, Thought):
        yield from (THOUGHTS[piece.wire == NAME],) if piece.seal else ()
    elif isinstance(piece, Media):
        yield from _media(piece)
    else:
        yield from (loss for one in _inner(piece) for loss in _lost(one))
    if getattr(piece, "keep", 0):
        yield "cache marks"


def _inner(piece: Piece) -> tuple[Text | Media, ...]:
    return piece.content if isinstance(piece, Result) else ()


def _media(piece: Media) -> Iterator[str]:
    """What is lost where a picture or document cannot be said this way; a document's text can be said by every wire."""
    document = piece.kind == "document"
    if piece.file:
        yield "file ids"
    elif piece.url:
        yield "document links" if document else "image links"
    elif document and not piece.text:
        yield "documents"
