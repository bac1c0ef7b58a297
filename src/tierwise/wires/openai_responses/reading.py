"""All of a request: its body as a neutral prompt.

What has a neutral form becomes that; every other top-level field is kept as it came in `extras`, and `uses` names what the request needs
that not every wire has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.prompt import SERVER, Call, Format, Knobs, Media, Opaque, Piece, Prompt, Result, Text, Thought, Tool, Turn
from tierwise.core.wire import ABSENT, NULL, Malformed, Tokens, opened, present, read, repaired
from tierwise.wires.openai_responses.choosing import chosen
from tierwise.wires.openai_responses.definitions import tools_of
from tierwise.wires.openai_responses.items import Found, found_in, turns_of
from tierwise.wires.openai_responses.names import NAME, PLACE


class Reasoning(Struct):
    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None


class Shape(Struct):
    type: str = "text"
    schema: Raw = ABSENT
    name: str = ""
    description: str | None = None
    strict: bool | None = None


class Said(Struct):
    format: Shape | None = None
    verbosity: str | None = None


class Body(Struct):
    """A request, as far as other wires could say it."""

    model: str
    input: Raw = ABSENT
    instructions: str | None = None
    tools: list[Raw] | None = None
    tool_choice: Raw = ABSENT
    parallel_tool_calls: bool | None = None
    text: Said | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: Tokens | None = None
    temperature: float | None = None
    top_p: float | None = None
    stream: bool | None = None
    prompt_cache_key: str | None = None
    user: str | None = None
    service_tier: str | None = None


_BODY: Final = msgspec.json.Decoder(Body)
_FIELDS: Final = msgspec.json.Decoder(dict[str, Raw])
_INPUT: Final = msgspec.json.Decoder(str | list[Raw])
_INCLUDE: Final = msgspec.json.Decoder(list[str])

ODD: Final[Mapping[str, frozenset[str]]] = {
    "reasoning": frozenset(Reasoning.__struct_fields__),
    "text": frozenset(Said.__struct_fields__),
}
"""Fields that are kept whole where they hold more than is known of them."""

NEUTRAL: Final = frozenset(Body.__struct_fields__) - {"instructions"} - ODD.keys()
"""Fields that are not kept: the prompt says all of them. The instructions are, since answers repeat them."""

USES: Final[Mapping[str, str]] = {
    "instructions": "",
    "reasoning": "",
    "text": "",
    "include": "",
    "store": "",
    "truncation": "",
    "stream_options": "",
    "max_tool_calls": "",
    "previous_response_id": "stored state",
    "conversation": "stored state",
    "prompt": "stored state",
    "background": "background",
    "metadata": "metadata",
    "client_metadata": "metadata",
    "safety_identifier": "metadata",
    "top_logprobs": "log probabilities",
    "context_management": "context management",
    "prompt_cache_options": "cache marks",
    "prompt_cache_retention": "cache marks",
}
"""What each kept field is a use of ('' for none that other wires would miss); of fields that are not here nobody knows."""

EMPTY: Final = frozenset({b"false", b"0", b"{}", b"[]", b'""'})
USUAL_TIERS: Final = frozenset({"", "auto", "default"})


def read_prompt(body: bytes) -> Prompt:
    """A prompt of its JSON body; Malformed says where it is not one."""
    asked = opened(_BODY, body, PLACE)
    extras = _extras(_FIELDS.decode(repaired(body)))
    found = found_in(_items(asked.input), f"{PLACE}, input")
    head, turns = _parted(turns_of(found))
    tools, choice = chosen(_tools(asked, found), asked.tool_choice, f"{PLACE}, tool_choice")
    prompt = Prompt(
        wire=NAME,
        model=asked.model,
        head=(*((Text(asked.instructions),) if asked.instructions else ()), *head),
        turns=turns,
        tools=tools,
        choice=replace(choice, parallel=asked.parallel_tool_calls),
        format=_format(asked.text),
        limit=asked.max_output_tokens,
        knobs=_knobs(asked),
        stream=bool(asked.stream),
        usage=True,
        cache_key=asked.prompt_cache_key or "",
        user=asked.user or "",
        tier=asked.service_tier or "",
        extras=extras,
    )
    return replace(prompt, uses=_uses(prompt, found))


def _items(raw: Raw) -> list[Raw]:
    """The input's items; a text is a message of the user."""
    given = read(_INPUT, raw, f"{PLACE}, input") if present(raw) else []
    return [Raw(b'{"role":"user","content":%b}' % bytes(raw))] if isinstance(given, str) else given


def _extras(fields: Mapping[str, Raw]) -> dict[str, Raw]:
    """The fields that only this wire understands."""
    return {name: raw for name, raw in fields.items() if name not in NEUTRAL and bytes(raw) != NULL and _odd(name, raw)}


def _odd(name: str, raw: Raw) -> bool:
    return name not in ODD or bool(_FIELDS.decode(raw).keys() - ODD[name])


def _parted(turns: tuple[Turn, ...]) -> tuple[tuple[Text, ...], tuple[Turn, ...]]:
    """System text before the first other turn, and the other turns."""
    first = next((index for index, one in enumerate(turns) if not _heads(one)), len(turns))
    head = tuple(piece for one in turns[:first] for piece in one.pieces if isinstance(piece, Text))
    return head, turns[first:]


def _heads(turn: Turn) -> bool:
    return turn.role == "system" and all(isinstance(piece, Text) for piece in turn.pieces)


def _tools(asked: Body, found: Iterable[Found]) -> tuple[Tool, ...]:
    """All tools that may be called, each once: those of the request, then those its items bring."""
    given = (*tools_of(asked.tools or [], f"{PLACE}, tools"), *(tool for one in found for tool in one.tools))
    return tuple({(one.namespace, one.name, bytes(one.raw) if one.kind == SERVER else b""): one for one in given}.values())


def _format(said: Said | None) -> Format | None:
    shape = Shape() if said is None or said.format is None else said.format
    reader = FORMATS.get(shape.type)
    if reader is None:
        raise Malformed(f"{PLACE}, text.format.type: {shape.type!r} is none of {', '.join(FORMATS)}")
    return reader(shape)


def _schema(shape: Shape) -> Format:
    if not present(shape.schema):
        raise Malformed(f"{PLACE}, text.format: a format of type 'json_schema' needs a `schema`")
    return Format("schema", shape.schema, shape.name, shape.description or "", shape.strict)


FORMATS: Final[Mapping[str, Callable[[Shape], Format | None]]] = {
    "text": lambda _shape: None,
    "json_schema": _schema,
    "json_object": lambda _shape: Format("object"),
}


def _knobs(asked: Body) -> Knobs:
    reasoning = asked.reasoning or Reasoning()
    return Knobs(
        temperature=asked.temperature,
        top_p=asked.top_p,
        effort=reasoning.effort,
        thinking="off" if reasoning.effort == "none" else None,
        verbosity=asked.text.verbosity if asked.text else None,
        summary=reasoning.summary or reasoning.generate_summary,
    )


def _uses(prompt: Prompt, found: Iterable[Found]) -> tuple[str, ...]:
    """What of the request not every wire has, by name."""
    names = {
        *(USES.get(name, "unknown fields") for name, raw in prompt.extras.items() if bytes(raw) not in EMPTY),
        *(name for turn in prompt.turns for piece in turn.pieces for name in _used(piece)),
        *(name for one in found for name in one.lost),
        *_offered(prompt),
        "log probabilities" if _wants_odds(prompt.extras.get("include")) else "",
        "cache marks" if any(one.keep for one in prompt.head) else "",
        "json mode" if prompt.format is not None and prompt.format.kind == "object" else "",
        "verbosity" if prompt.knobs.verbosity else "",
        "service tier" if prompt.tier not in USUAL_TIERS else "",
    }
    return tuple(sorted(names - {""}))


def _wants_odds(include: Raw | None) -> bool:
    return include is not None and "message.output_text.logprobs" in read(_INCLUDE, include, f"{PLACE}, include")


def _offered(prompt: Prompt) -> Iterator[str]:
    """What the tools are uses of."""
    server = [one.name for one in prompt.tools if one.kind == SERVER]
    forced = prompt.choice.kind == "named" and prompt.choice.name in server
    hard = forced or len(server) == len(prompt.tools)
    for one in prompt.tools:
        if one.kind == SERVER:
            yield "computer use" if one.name.startswith("computer") else "server tools" if hard else "offered server tools"
        else:
            yield "unknown fields" if one.raw else ""
            yield "tool grammar" if one.grammar else ""


def _used(piece: Piece) -> Iterable[str]:
    reader = PIECES.get(type(piece))
    return () if reader is None else reader(piece)


def _of_text(piece: Text) -> Iterator[str]:
    yield "cache marks" if piece.keep else ""


def _of_media(piece: Media) -> Iterator[str]:
    yield "cache marks" if piece.keep else ""
    yield "file ids" if piece.file else ""
    yield LINKS[piece.kind] if piece.url else ""
    yield WHOLE[piece.kind] if piece.data else ""


LINKS: Final = {"image": "image links", "document": "document links", "audio": "audio"}
WHOLE: Final = {"image": "", "document": "documents", "audio": "audio"}


def _of_thought(piece: Thought) -> Iterator[str]:
    own = "encrypted reasoning" if piece.wire == NAME else "signed thinking"
    yield own if piece.seal else ""


def _of_result(piece: Result) -> Iterator[str]:
    for one in piece.content:
        yield from _used(one)


def _of_opaque(piece: Opaque) -> Iterator[str]:
    yield piece.loss


PIECES: Final[Mapping[type[Any], Callable[[Any], Iterable[str]]]] = {
    Text: _of_text,
    Media: _of_media,
    Thought: _of_thought,
    Call: lambda _piece: (),
    Result: _of_result,
    Opaque: _of_opaque,
}
"""What pieces of each type are uses of."""
