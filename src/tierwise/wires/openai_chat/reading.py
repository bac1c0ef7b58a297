"""A whole request as a neutral prompt, and the names of what it uses that not every wire has."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from msgspec import Raw, Struct

from tierwise.core.prompt import SERVER, Call, Choice, Knobs, Media, Opaque, Piece, Prompt, Result, Text, Thought, Tool, Turn
from tierwise.core.wire import ABSENT, Malformed, Tokens, opened, present, read
from tierwise.wires.openai_chat.asking import allowed, choice, form, tools
from tierwise.wires.openai_chat.parsing import NAME, PLACE, Streaming
from tierwise.wires.openai_chat.talk import strange, turns


class Thinking(Struct, frozen=True):
    type: str | None = None
    budget_tokens: Tokens | None = None


class Reasoning(Struct, frozen=True):
    effort: str | None = None
    max_tokens: Tokens | None = None
    enabled: bool | None = None


class Body(Struct):
    """The fields that a neutral prompt has; all others are extras."""

    model: str
    messages: list[Raw]
    tools: list[Raw] | None = None
    functions: list[Raw] | None = None
    tool_choice: Raw = ABSENT
    function_call: Raw = ABSENT
    parallel_tool_calls: bool | None = None
    response_format: Raw = ABSENT
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    stop: str | list[str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    reasoning_effort: str | None = None
    reasoning: Reasoning | None = None
    thinking: Thinking | None = None
    enable_thinking: bool | None = None
    verbosity: str | None = None
    stream: bool | None = None
    stream_options: Streaming | None = None
    user: str | None = None
    prompt_cache_key: str | None = None
    service_tier: str | None = None


class Ask(Struct, frozen=True):
    """The loss of a field elsewhere, and the values with which it asks for nothing; `bare` where an empty object asks too."""

    loss: str
    nothing: frozenset[bytes] = frozenset()
    bare: bool = False


_BODY: Final = msgspec.json.Decoder(Body)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])

KNOWN: Final = frozenset(Body.__struct_fields__)
ZERO: Final = frozenset({b"0", b"0.0"})
SPACE: Final = b" \t\r\n"
NOTHING: Final = frozenset({b"null", b"{}", b"[]"})
USUAL_TIERS: Final = frozenset({"", "auto", "default"})
STATES: Final = MappingProxyType({"disabled": "off", "enabled": "on", "adaptive": "on"})

ASKS: Final = MappingProxyType(
    {
        "n": Ask("several choices", frozenset({b"1"})),
        "logprobs": Ask("log probabilities", frozenset({b"false"})),
        "top_logprobs": Ask("log probabilities", ZERO),
        "frequency_penalty": Ask("sampling", ZERO),
        "presence_penalty": Ask("sampling", ZERO),
        "repetition_penalty": Ask("sampling", frozenset({b"1", b"1.0"})),
        "min_p": Ask("sampling", ZERO),
        "logit_bias": Ask("sampling"),
        "store": Ask("metadata", frozenset({b"false", b"true"})),
        "metadata": Ask("metadata"),
        "safety_identifier": Ask("metadata"),
        "prompt_cache_retention": Ask("cache marks"),
        "prompt_cache_options": Ask("cache marks"),
        "modalities": Ask("audio", frozenset({b'["text"]'})),
        "audio": Ask("audio"),
        "web_search_options": Ask("server tools", bare=True),
        "prediction": Ask("prediction"),
    }
)
"""Fields that only this wire has; any other is an unknown one. What a provider stores changes no answer, so `store` asks for nothing."""

UNKNOWN: Final = Ask("unknown fields", frozenset({b"false"}))


def prompt(body: bytes) -> Prompt:
    """A request of its JSON body; Malformed says where it is not one."""
    asked = opened(_BODY, body, PLACE)
    if not asked.messages:
        raise Malformed(f"{PLACE}, messages: at least one message is needed")
    fields = read(_FIELDS, body, PLACE)
    extras = {name: raw for name, raw in fields.items() if name not in KNOWN and present(raw)}
    head, said = turns(asked.messages, f"{PLACE}, messages")
    wish = choice(asked.tool_choice, asked.function_call, asked.parallel_tool_calls, PLACE)
    found = Prompt(
        wire=NAME,
        model=asked.model,
        head=head,
        turns=said,
        tools=allowed(tools(asked.tools or (), asked.functions or (), PLACE), asked.tool_choice),
        choice=wish,
        format=form(asked.response_format, PLACE),
        limit=asked.max_tokens if asked.max_completion_tokens is None else asked.max_completion_tokens,
        knobs=_knobs(asked),
        stream=asked.stream is True,
        usage=asked.stream_options is not None and asked.stream_options.include_usage is True,
        cache_key=asked.prompt_cache_key or "",
        user=asked.user or "",
        tier=asked.service_tier or "",
        extras=extras,
    )
    odd = ("unknown fields",) if strange(asked.messages) else ()
    return msgspec.structs.replace(found, uses=tuple(sorted({*_asked(extras), *_used(found), *odd})))


def _knobs(asked: Body) -> Knobs:
    """How to sample and how hard to think, in whichever way it was said."""
    reasoning, thinking = asked.reasoning or Reasoning(), asked.thinking or Thinking()
    effort = asked.reasoning_effort or reasoning.effort
    return Knobs(
        temperature=asked.temperature,
        top_p=asked.top_p,
        top_k=asked.top_k,
        stop=(asked.stop,) if isinstance(asked.stop, str) else tuple(asked.stop or ()),
        seed=asked.seed,
        effort=effort,
        thinking=_thinking(asked, effort),
        budget=thinking.budget_tokens or reasoning.max_tokens,
        verbosity=asked.verbosity,
    )


def _thinking(asked: Body, effort: str | None) -> str | None:
    """Whether to think at all, where that is said."""
    if asked.thinking is not None and asked.thinking.type is not None:
        return STATES.get(asked.thinking.type)
    switch = asked.enable_thinking if asked.reasoning is None else asked.reasoning.enabled
    if switch is None:
        return "off" if effort == "none" else None
    return "on" if switch else "off"


def _asked(extras: Mapping[str, Raw]) -> Iterable[str]:
    """What the fields beside the neutral ones ask for."""
    for name, raw in extras.items():
        ask, plain = ASKS.get(name, UNKNOWN), bytes(raw).translate(None, SPACE)
        if plain not in ask.nothing and (ask.bare or plain not in NOTHING):
            yield ask.loss


def _used(found: Prompt) -> Iterable[str]:
    """What the prompt itself uses."""
    knobs, pieces = found.knobs, [*found.head, *(piece for turn in found.turns for piece in turn.pieces)]
    asks = (
        ("sampling", knobs.top_k is not None or knobs.seed is not None),
        ("stop sequences", bool(knobs.stop)),
        ("verbosity", knobs.verbosity is not None),
        ("json mode", found.format is not None and found.format.kind == "object"),
        ("service tier", found.tier not in USUAL_TIERS),
        ("tool grammar", any(len(tool.grammar) for tool in found.tools)),
        ("cache marks", any(tool.keep for tool in found.tools)),
        ("prefilled answer", bool(found.turns) and _prefilled(found.turns[-1])),
    )
    yield from (name for name, used in asks if used)
    yield from _served(found.tools, found.choice)
    for piece in pieces:
        yield from _of_piece(piece)


def _prefilled(last: Turn) -> bool:
    """Whether a conversation ends within an answer."""
    return last.role == "assistant" and not any(isinstance(piece, Call) for piece in last.pieces)


def _served(offered: Iterable[Tool], wish: Choice) -> Iterable[str]:
    """Whether tools that the provider runs are needed, or only on offer beside others."""
    kinds = {tool.kind for tool in offered}
    if SERVER in kinds:
        yield "offered server tools" if len(kinds) > 1 and wish.kind in {"auto", "none"} else "server tools"


def _of_piece(piece: Piece) -> Iterable[str]:
    match piece:
        case Text(keep=keep) if keep:
            yield "cache marks"
        case Media():
            yield from _of_media(piece)
        case Thought(seal=seal) if seal:
            yield "encrypted reasoning" if '"reasoning.encrypted"' in seal else "signed thinking"
        case Result():
            yield from ("cache marks",) if piece.keep else ()
            yield from (loss for one in piece.content for loss in _of_piece(one))
        case Opaque():
            yield piece.loss
        case _:
            pass


def _of_media(piece: Media) -> Iterable[str]:
    asks = (
        ("cache marks", piece.keep > 0),
        ("audio", piece.kind == "audio"),
        ("file ids", bool(piece.file)),
        ("image links", piece.kind == "image" and bool(piece.url)),
        ("document links", piece.kind == "document" and bool(piece.url)),
        ("documents", piece.kind == "document" and not piece.url and not piece.file),
    )
    return (name for name, used in asks if used)
