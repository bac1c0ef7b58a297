"""A model's answer as ten kinds of events that every stream can say, the grammar they follow, and their fold into one answer.

Theory of operation. A wire's decoder turns frames into these events, another wire's encoder turns them into its own frames. An answer is

    Start  { Open  { Delta | Seal | Opaque }  Close }  { Spent }  Stop

with `Spent` (tokens so far) allowed anywhere after Start, each one replacing what came before, and `Failure` in the place of anything,
after which nothing comes. Blocks have increasing indexes and are closed before the next one opens, because one of the three wires
demands it; a decoder that meets interleaved blocks holds the later one back. `Stop` closes nothing: decoders close their blocks.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import Raw, Struct

from tierwise.core.faults import Fault
from tierwise.core.usage import Usage

TEXT: Final = "text"
THOUGHT: Final = "thought"
CALL: Final = "call"
REFUSAL: Final = "refusal"
OPAQUE: Final = "opaque"
KINDS: Final = frozenset({TEXT, THOUGHT, CALL, REFUSAL, OPAQUE})

REASONS: Final = ("end", "calls", "limit", "sequence", "filtered", "refusal", "pause", "context")
"""Why an answer ends: by itself, to have tools called, at the output limit, at a stop sequence, by a filter, by the model's
refusal, to be continued by the client, at the end of the context window."""


class Start(Struct, frozen=True, tag="start"):
    """The answer begins: the provider's id of it and the model that answers, '' where not said."""

    id: str = ""
    model: str = ""


class Open(Struct, frozen=True, tag="open"):
    """A block begins. For calls: the call's id, the tool's name and namespace, whether its input is free text rather than JSON.

    `item` is the block's own id where a wire has one; for opaque blocks `wire` and `raw` hold what only that wire understands.
    """

    index: int
    kind: str
    id: str = ""
    name: str = ""
    namespace: str = ""
    form: str = "function"
    item: str = ""
    wire: str = ""
    raw: Raw = Raw()


class Delta(Struct, frozen=True, tag="delta", gc=False):
    """More of a block: text, thought, or the JSON (or free text) a tool is called with."""

    index: int
    text: str


class Seal(Struct, frozen=True, tag="seal", gc=False):
    """What makes a thought acceptable when it is sent back: a signature, or the whole of it encrypted; only `wire` understands it."""

    index: int
    wire: str
    seal: str


class Opaque(Struct, frozen=True, tag="opaque"):
    """Something within a block that only one wire understands: a citation, log probabilities."""

    index: int
    wire: str
    raw: Raw


class Close(Struct, frozen=True, tag="close", gc=False):
    """A block ends."""

    index: int


class Spent(Struct, frozen=True, tag="spent", gc=False):
    """The tokens of the whole answer as far as they are known; a later one replaces an earlier one."""

    usage: Usage


class Stop(Struct, frozen=True, tag="stop", gc=False):
    """The answer is complete: why it ended, and the stop sequence that ended it."""

    reason: str
    sequence: str = ""


class Ping(Struct, frozen=True, tag="ping", gc=False):
    """The connection lives; nothing to say."""


class Failure(Struct, frozen=True, tag="failure"):
    """The answer failed; nothing comes after it."""

    fault: Fault


Event = Start | Open | Delta | Seal | Opaque | Close | Spent | Stop | Ping | Failure

CONTENT: Final = (Delta, Seal, Opaque)
"""Events with content, before the first of which nothing reaches the client."""


class Grammar(Struct):
    """Whether events come in an order that has a meaning."""

    phase: str = "new"
    open: int = -1
    last: int = -1
    kind: str = ""

    def objection(self, event: Event) -> str:
        """Why an event cannot come now, '' where it can; the event is taken note of."""
        return f"{_tag(event)} after the end" if self.phase == "over" else RULES[type(event)](self, event)


def _tag(event: Event) -> str:
    return type(event).__name__.lower()


def _start(at: Grammar, _event: Start) -> str:
    said = "a second start" if at.phase != "new" else ""
    at.phase = "going"
    return said


def _open(at: Grammar, event: Open) -> str:
    if at.phase != "going":
        return f"a block before the start or after the stop ({event.kind})"
    if at.open >= 0:
        return f"block {event.index} opens while {at.open} is open"
    if event.index <= at.last:
        return f"block {event.index} opens after {at.last}"
    if event.kind not in KINDS:
        return f"a block of kind {event.kind!r}"
    at.open = at.last = event.index
    at.kind = event.kind
    return ""


def _within(at: Grammar, event: Delta | Opaque) -> str:
    return "" if event.index == at.open else f"{_tag(event)} for block {event.index}, open is {at.open}"


def _seal(at: Grammar, event: Seal) -> str:
    if event.index != at.open:
        return f"seal for block {event.index}, open is {at.open}"
    return "" if at.kind == THOUGHT else f"a seal in a block of kind {at.kind!r}"


def _close(at: Grammar, event: Close) -> str:
    if event.index != at.open:
        return f"block {event.index} closes, open is {at.open}"
    at.open = -1
    return ""


def _spent(at: Grammar, _event: Spent) -> str:
    return "" if at.phase != "new" else "tokens before the start"


def _stop(at: Grammar, event: Stop) -> str:
    if at.phase != "going":
        return "a stop before the start or after another"
    if at.open >= 0:
        return f"a stop while block {at.open} is open"
    if event.reason not in REASONS:
        return f"a stop because of {event.reason!r}"
    at.phase = "stopped"
    return ""


def _ping(_at: Grammar, _event: Ping) -> str:
    return ""


def _failure(at: Grammar, _event: Failure) -> str:
    at.phase = "over"
    return ""


RULES: Final[Mapping[type[Any], Callable[[Grammar, Any], str]]] = {
    Start: _start,
    Open: _open,
    Delta: _within,
    Seal: _seal,
    Opaque: _within,
    Close: _close,
    Spent: _spent,
    Stop: _stop,
    Ping: _ping,
    Failure: _failure,
}
"""The grammar: for each kind of event, what is wrong with it now."""


class Block(Struct, frozen=True):
    """A whole block of an answer: how it was opened, its text, its seal, what only its wire understands."""

    open: Open
    text: str = ""
    seal: str = ""
    sealed_by: str = ""
    opaque: tuple[Opaque, ...] = ()


class Answer(Struct, frozen=True):
    """A whole answer. `usage` is None where nobody said; `fault` is set where it failed."""

    id: str = ""
    model: str = ""
    blocks: tuple[Block, ...] = ()
    usage: Usage | None = None
    stop: Stop | None = None
    fault: Fault | None = None


def folded(events: Iterable[Event]) -> Answer:
    """The answer that events make together, in whatever order: content of a block that was never opened is a text's."""
    told: dict[type[Any], Any] = {}
    blocks: list[tuple[Open, list[Delta | Seal | Opaque]]] = []
    parts: dict[int, list[Delta | Seal | Opaque]] = {}
    for event in events:
        if isinstance(event, Delta | Seal | Opaque):
            if event.index not in parts:
                blocks.append((Open(event.index, TEXT), parts.setdefault(event.index, [])))
            parts[event.index].append(event)
        elif isinstance(event, Open):
            parts[event.index] = []
            blocks.append((event, parts[event.index]))
        else:
            told[type(event)] = event
    return _answer(told, tuple(_block(*one) for one in blocks))


def _answer(told: Mapping[type[Any], Any], blocks: tuple[Block, ...]) -> Answer:
    """An answer of its blocks and the last event of every other kind."""
    start, spent, failure = told.get(Start, Start()), told.get(Spent), told.get(Failure)
    usage, fault = None if spent is None else spent.usage, None if failure is None else failure.fault
    return Answer(start.id, start.model, blocks, usage, told.get(Stop), fault)


def _block(opened: Open, parts: Iterable[Delta | Seal | Opaque]) -> Block:
    listed = tuple(parts)
    seals = [one for one in listed if isinstance(one, Seal)]
    return Block(
        opened,
        "".join(one.text for one in listed if isinstance(one, Delta)),
        "".join(one.seal for one in seals),
        seals[-1].wire if seals else "",
        tuple(one for one in listed if isinstance(one, Opaque)),
    )


def unfolded(answer: Answer) -> tuple[Event, ...]:
    """The events of a whole answer; what `folded` undoes."""
    events: list[Event] = [Start(answer.id, answer.model)]
    for block in answer.blocks:
        index = block.open.index
        events.append(block.open)
        events += [Delta(index, block.text)] if block.text else []
        events += block.opaque
        events += [Seal(index, block.sealed_by, block.seal)] if block.seal else []
        events.append(Close(index))
    events += [Spent(answer.usage)] if answer.usage is not None else []
    events += [answer.stop] if answer.stop is not None else []
    events += [Failure(answer.fault)] if answer.fault is not None else []
    return tuple(events)
