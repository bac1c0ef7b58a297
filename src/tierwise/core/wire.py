"""What every wire offers, and what all of them need to read a prompt.

A wire is one package that exports WIRE. `parse` turns a request body into a neutral `Request`; it raises `Malformed` with
the place and the reason in the client's own terms, and nothing else, whatever the bytes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Annotated, Any, Final, Protocol, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from tierwise.core.events import Answer, Event
from tierwise.core.faults import Fault
from tierwise.core.prompt import Prompt
from tierwise.core.request import Request, Segment
from tierwise.core.signs import Step
from tierwise.core.sse import Frame
from tierwise.core.usage import Usage

T = TypeVar("T")

Tokens = Annotated[int, Meta(ge=0)]
"""A number of tokens as a client states it."""

HOUR: Final = 3600
USUAL: Final = 300
"""Seconds that a marked prefix is kept where the client does not ask for longer."""

RECENT: Final = 4
"""Messages of the user that are kept as texts: harnesses send some of their own between the person's."""

NESTED: Final = ("content", "output", "source")
"""Where blocks hold blocks. What a tool was called with is its own business and not looked at."""

HARD_EFFORTS: Final = frozenset({"high", "xhigh", "max"})
"""Efforts at which a model that does not reason would not do what was asked."""

ROLE: Final = re.compile(rb'\{\s*"role"\s*:\s*"(\w+)"\s*,')
"""How a message begins that says first who speaks."""

ROLES: Final = MappingProxyType({one.encode(): one for one in ("system", "developer", "user", "assistant", "tool")})
"""The usual names of who speaks: decoding one takes longer than finding it."""

PLAIN: Final = re.compile(rb'\{\s*"role"\s*:\s*"\w+"\s*,\s*"content"\s*:\s*"')
"""How a message begins whose content is a text and no list of blocks."""

ENDS: Final = b'"}'
"""How such a message ends, where nothing comes after the text."""

NULL: Final = b"null"
ABSENT: Final = Raw()
"""The value of an optional field that did not come."""


class Malformed(ValueError):
    """A request body that is not one of this wire's; the message says where and why."""


class Dialect(Struct, frozen=True, gc=False):
    """How to say a prompt to one endpoint: the model's name there, and what is odd about the provider (names of quirks).

    `keep` asks for cache marks where the wire has them and the prompt brings none: without them some providers cache nothing. `reasons`
    says whether the model reasons: some refuse to be told how hard to think if they do not.
    """

    model: str
    quirks: frozenset[str] = frozenset()
    keep: bool = True
    reasons: bool = True


class Voice(Struct, frozen=True):
    """How to answer one client.

    `id` (without a wire's prefix) and `at` (seconds) stand where the provider gave none, `model` is the name to show, `usage` says whether
    a stream ends with usage, and `prompt` is the request that is answered: one wire repeats fields of it. `tokens` is about how many the
    prompt has: one wire tells that first, and most providers last.
    """

    id: str
    at: int
    model: str
    usage: bool = True
    prompt: Prompt | None = None
    tokens: int = 0


class Decoder(Protocol):
    """A stream being understood: frames in, events out. Neither raises; what is wrong comes as a Failure."""

    def feed(self, frame: Frame) -> Sequence[Event]:
        """The events that a frame brings."""

    def end(self) -> Sequence[Event]:
        """The events that the end of the bytes brings: none after a complete answer."""


class Encoder(Protocol):
    """An answer being told as a stream: events in their grammar in, bytes out."""

    def feed(self, event: Event) -> bytes:
        """The frames that say an event."""


class Compaction(Struct, frozen=True):
    """How a wire has a conversation made short: at a path of its own, or by a request that asks for it (`triggered`).

    `asking` is the request that has a model write the summary, `compacted` the answer at the path, `condensed` that to the request.
    """

    path: str
    triggered: Callable[[bytes], bool]
    asking: Callable[[bytes], bytes]
    compacted: Callable[[Answer, bytes, Voice], bytes]
    condensed: Callable[[Answer, Voice], Answer]


class Ask(Struct, frozen=True):
    """What a message on a socket comes to: a whole request, as over HTTP, to be answered as a stream."""

    body: bytes


class Say(Struct, frozen=True):
    """What a message on a socket comes to: what the client is told at once."""

    messages: tuple[str, ...]


class Socket(Protocol):
    """One WebSocket of a wire: what a client's messages ask for, and the messages that the frames of an answer are."""

    def heard(self, message: str | bytes, voice: Voice) -> Ask | Say:
        """What a client's message asks for."""

    def told(self, frame: Frame) -> str | None:
        """The message that a frame of the answer is, if it is one."""

    def ended(self) -> None:
        """The answer under way is over."""

    def failed(self, fault: Fault) -> str:
        """The message that tells of an answer that did not begin; it is over."""


class Steps(Protocol):
    """The tool calls of the model's latest answers (`turns` of them) with what came of each, the earliest first; it never raises.

    Nothing where the latest answer called none. Only the end of the prompt is looked at: a request without results costs next to nothing.
    """

    def __call__(self, request: Request, /, turns: int = 1) -> tuple[Step, ...]:
        """The steps."""


def no_steps(_request: Request, turns: int = 1) -> tuple[Step, ...]:  # noqa: ARG001  # callers may name it
    """For wires without tools."""
    return ()


class Wire(Struct, frozen=True):
    """A public API shape: `paths` are the request paths it is served at, `path` where it is asked, under the provider's base URL.

    parse     what a decision needs of a body; read: all of a body. Both raise Malformed and nothing else.
    losses    names of what this wire cannot carry of a prompt (keys of core.losses.LOSSES)
    render    a body that says a prompt; decoder, whole: a streamed and a complete answer as events (a complete one never raises)
    encoder   events as a stream; answer: a whole answer as a body; error: a fault as a body, error_frame: as the last frame of a stream
    stripped  a body without the reasoning of earlier answers
    counted   a body whose stream will end with the tokens used, where that has to be asked for (None: it always does)
    glanced   the tokens of a complete answer that passes as it is; None where all of it has to be looked at (None: it always has)
    suited    a client's own body, made to suit an endpoint's quirks (None: the wire has none that hold for such bodies)
    takes     whether a client's own body suits an endpoint as it is, by its fields and the roles of its messages (None: suited has to look)
    asks      a body that asks for a reasoning effort and is else the same (None: the wire has no way to)
    passes    whether a client's own body, so suited, can go to an endpoint at all, or has to be rendered as for another wire (None: always)
    talks     whether its requests are conversations (False: texts to complete, which nobody speaks in)
    forwards  beginnings of headers (lower case) that a client may send on to a provider of the same wire
    headers   what every request on this wire has to say in its headers, unless the provider or the client says otherwise
    socket    a WebSocket's machine, compaction: how a conversation is made short (None: the wire has no such thing)
    counting  where tokens are counted, under the provider's base URL ('' where the wire has no such thing)
    telling   what stands in every piece of a stream that is more than content: usage, an end, an error (empty: look at all of it); several
              patterns that begin with a text are found much sooner than one of alternatives
    steps     the tool calls of the latest turns of a request that `parse` made
    """

    name: str
    paths: tuple[str, ...]
    path: str
    parse: Callable[[bytes], Request]
    read: Callable[[bytes], Prompt]
    losses: Callable[[Prompt], tuple[str, ...]]
    render: Callable[[Prompt, Dialect], bytes]
    decoder: Callable[[], Decoder]
    whole: Callable[[bytes], Sequence[Event]]
    encoder: Callable[[Voice], Encoder]
    answer: Callable[[Answer, Voice], bytes]
    error: Callable[[Fault], bytes]
    error_frame: Callable[[Fault], bytes]
    stripped: Callable[[bytes], bytes]
    counted: Callable[[bytes], bytes] | None = None
    glanced: Callable[[bytes], Usage | None] | None = None
    suited: Callable[[bytes, Dialect], bytes] | None = None
    takes: Callable[[Mapping[str, Raw], Request, Dialect], bool] | None = None
    asks: Callable[[bytes, str, Dialect], bytes] | None = None
    passes: Callable[[bytes, Dialect], bool] | None = None
    talks: bool = True
    forwards: tuple[str, ...] = ()
    counting: str = ""
    headers: Mapping[str, str] = {}
    telling: tuple[re.Pattern[bytes], ...] = ()
    socket: Callable[[], Socket] | None = None
    compaction: Compaction | None = None
    steps: Steps = no_steps


def patterns(*texts: bytes) -> tuple[re.Pattern[bytes], ...]:
    """What to look for, compiled."""
    return tuple(map(re.compile, texts))


class Message(Struct):
    """A message as most wires have it; `whole` is all of it where its content was not taken out yet."""

    role: str
    content: Raw = ABSENT
    whole: Raw = ABSENT


class Speech(Protocol):
    """What can be read for its words: a message, or an item that may be one."""

    @property
    def role(self) -> str | None:
        """Who speaks."""

    @property
    def content(self) -> Raw:
        """A text or a list of blocks, as it came."""


class Block(Struct, frozen=True, gc=False):
    """A content block, as far as all wires agree on it."""

    type: str = ""
    text: str | None = None


class Saying(Struct, frozen=True, gc=False):
    """What a message says, absent or null where it says nothing."""

    content: str | list[Block] | None = None


class Extras(Struct, frozen=True, gc=False):
    """What a prompt holds beside its text: images, places to cache, and the longest lifetime asked for (seconds)."""

    images: int = 0
    marks: int = 0
    ttl: int = USUAL


NOTHING_ELSE: Final = Extras()

_ANY: Final = msgspec.json.Decoder()
_MESSAGE: Final = msgspec.json.Decoder(Message)
_CONTENT: Final = msgspec.json.Decoder(str | list[Block])
_SAYING: Final = msgspec.json.Decoder(Saying)


def opened(decoder: "msgspec.json.Decoder[T]", body: bytes, place: str) -> T:
    """A request body as its struct. All of it must be UTF-8, also the slices that nobody decodes later."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"{place}: not UTF-8 at byte {error.start}") from None
    return read(decoder, body, place)


SURROGATE: Final = re.compile(
    rb"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)
"""Escapes in JSON texts: pairs of surrogates, then halves of one, then all others."""


def repaired(body: bytes) -> bytes:
    """JSON with the replacement character for halves of surrogate pairs, as clients that cut texts anywhere send; else the same bytes."""
    if b"\\ud" not in body and b"\\uD" not in body:
        return body
    return SURROGATE.sub(lambda found: rb"\ufffd" if found[2] else found[0], body)


def read(decoder: "msgspec.json.Decoder[T]", raw: Raw | bytes, place: str) -> T:
    """A slice of a request as its struct; Malformed names the place."""
    try:
        return decoder.decode(raw)
    except msgspec.DecodeError as error:
        return _reread(decoder, bytes(raw), f"{place}: {error}")
    except RecursionError:
        raise Malformed(f"{place}: nested too deeply") from None


def _reread(decoder: "msgspec.json.Decoder[T]", raw: bytes, problem: str) -> T:
    """The struct of a slice that could not be read, halves of surrogate pairs mended; Malformed with the problem where that is not it."""
    mended = repaired(raw)
    if mended is raw:
        raise Malformed(problem)
    try:
        return decoder.decode(mended)
    except (msgspec.DecodeError, RecursionError):
        raise Malformed(problem) from None


def readable(decoder: "msgspec.json.Decoder[T]", raw: Raw | bytes) -> T | None:
    """A slice as its struct, None where it is not one: for what is only looked at and has to bother nobody."""
    try:
        return read(decoder, raw, "")
    except Malformed:
        return None


def each(decoder: "msgspec.json.Decoder[T]", raws: Sequence[Raw], place: str) -> list[T]:
    """The slices of a list as their structs; the place of the wrong one is only worked out when there is one."""
    try:
        return [decoder.decode(raw) for raw in raws]
    except (msgspec.DecodeError, RecursionError):
        return [read(decoder, raw, f"{place}[{index}]") for index, raw in enumerate(raws)]


def messages_of(raws: Sequence[Raw], place: str) -> list[Message]:
    """The messages of a conversation.

    Most of a long prompt is not listened to; where a message begins with its role, as nearly always, the rest is left for later.
    """
    return [_glanced(raw) or read(_MESSAGE, raw, f"{place}, messages[{index}]") for index, raw in enumerate(raws)]


def _glanced(raw: Raw) -> Message | None:
    """A message by its beginning; None where all of it has to be looked at."""
    found = ROLE.match(raw)
    return None if found is None else Message(ROLES.get(found[1]) or found[1].decode(), ABSENT, raw)


def heard(speeches: Sequence[Speech], place: str) -> Iterator[tuple[Block, ...]]:
    """The content of what the user said, the latest first; a bare text is one block."""
    for index in reversed(range(len(speeches))):
        if speeches[index].role == "user":
            content = _content(speeches[index], f"{place}[{index}]")
            yield (Block("text", content),) if isinstance(content, str) else tuple(content or ())


def _content(speech: Speech, place: str) -> str | list[Block] | None:
    """What was said: of a message that was left for later, read now."""
    whole = getattr(speech, "whole", ABSENT)
    if len(whole):
        return read(_SAYING, whole, place).content
    return read(_CONTENT, speech.content, f"{place}.content") if present(speech.content) else None


def texts(content: Iterable[Block]) -> tuple[str, ...]:
    """The texts in a message's content."""
    return tuple(block.text for block in content if block.text)


def recent(speeches: Sequence[Speech], place: str) -> tuple[tuple[str, ...], ...]:
    """The texts of the user's latest messages that have any, the latest first."""
    return tuple(islice(filter(None, map(texts, heard(speeches, place))), RECENT))


def needed(*, tools: bool, images: int, schema: bool, effort: str | None) -> tuple[str, ...]:
    """The names of the capabilities a request cannot do without."""
    asked = (("tools", tools), ("images", images > 0), ("json_schema", schema), ("reasoning", effort in HARD_EFFORTS))
    return tuple(name for name, wanted in asked if wanted)


def present(raw: Raw) -> bool:
    """Whether an optional field came with a value; absent and null are the same."""
    return len(raw) > len(NULL) or bytes(raw) not in {b"", NULL}


def ordered(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Segments whose head ends at the first message: system text after it keeps its place, as part of the messages."""
    first = next((index for index, one in enumerate(segments) if one.kind == "message"), len(segments))
    late = (Segment("message", one.role, one.raw) if one.kind == "system" else one for one in segments[first:])
    return (*segments[:first], *late)


def extras(segments: Sequence[Segment], pictures: tuple[str, ...], place: str) -> Extras:
    """Images (blocks of the types `pictures`) and cache marks of a prompt.

    Only slices that hold one of the words are decoded; a word alone proves nothing, since it may stand in a text or in what a
    tool was called with.
    """
    rich = [one for one in segments if not _plain(one.raw)]
    if not rich:
        return NOTHING_ELSE
    telling = tuple(f'"{word}"'.encode() for word in ("cache_control", *pictures))
    slices = [one for one in rich if any(map(bytes(one.raw).__contains__, telling))]
    found = [block for one in slices for block in blocks(read(_ANY, one.raw, f"{place}, {one.kind}"))]
    marks = [mark for block in found if isinstance(mark := block.get("cache_control"), dict)]
    return Extras(sum(block.get("type") in pictures for block in found), len(marks), lifetime(marks))


def _plain(raw: Raw) -> bool:
    """Whether a slice is a message with nothing in it but a text."""
    return PLAIN.match(raw) is not None and bytes(memoryview(raw)[-len(ENDS) :]) == ENDS


def lifetime(marks: Iterable[Mapping[str, Any]]) -> int:
    """Seconds for which the longest of these cache marks asks."""
    return HOUR if any(mark.get("ttl") == "1h" for mark in marks) else USUAL


def blocks(value: Any) -> Iterator[Mapping[str, Any]]:
    """A decoded slice's objects: itself, its content blocks, and the blocks in those."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, list):
            left.extend(one)
        elif isinstance(one, dict):
            yield one
            left.extend(one[key] for key in NESTED if key in one)
