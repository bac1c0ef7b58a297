"""Answers as Hypothesis draws them, and the table of what each wire cannot say of one."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from hypothesis import strategies as st
from msgspec import Raw, Struct
from msgspec.structs import replace

from tierwise.core.events import (
    CALL,
    OPAQUE,
    REASONS,
    REFUSAL,
    TEXT,
    THOUGHT,
    Answer,
    Block,
    Close,
    Delta,
    Event,
    Grammar,
    Opaque,
    Open,
    Ping,
    Seal,
    Spent,
    Start,
    Stop,
    folded,
)
from tierwise.core.naming import flat
from tierwise.core.sse import Frames
from tierwise.core.usage import Usage
from tierwise.core.wire import Voice, Wire

VOICE: Final = Voice("0a1b2c", 1_790_000_000, "tierwise/auto")

OWN_BLOCKS: Final[Mapping[str, bytes]] = {
    "anthropic": b'{"type":"server_tool_use","id":"srvtoolu_%d","name":"web_search","input":{}}',
    "openai_responses": b'{"type":"web_search_call","id":"ws_%d","status":"completed"}',
}
"""A block that only its wire understands, with a number of its own."""

OWN_NOTES: Final[Mapping[str, Raw]] = {
    "anthropic": Raw(b'{"type":"citations_delta","citation":{"type":"char_location","cited_text":"a"}}'),
    "openai_chat": Raw(b'{"logprobs":{"content":[{"token":"a","logprob":-0.5}],"refusal":null}}'),
    "openai_responses": Raw(b'{"type":"url_citation","url":"https://example.org","title":"t","start_index":0,"end_index":1}'),
}
"""Something within a text that only its wire understands."""

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8) | st.sampled_from(
    ['"}', "data: x\n\n", "\u2028", "[DONE]", "</s>", "\r\n"]
)
names = st.sampled_from(["ls", "read_file", "mcp__git__log", "A-b_9"])
spaces = st.sampled_from(["", "", "mcp__files"])
inputs = st.dictionaries(
    st.sampled_from(["path", "n", "deep"]),
    st.recursive(st.integers() | texts, lambda inner: st.lists(inner, max_size=2), max_leaves=3),
    max_size=2,
)
counts = st.integers(0, 10_000)
usages = st.builds(
    lambda fresh, read, five, hour, said, thought: Usage(fresh, read, five, hour, said + thought, thought),
    counts,
    counts,
    counts,
    counts,
    counts,
    counts,
)


def cut(text: str, places: Iterable[int]) -> list[str]:
    """A text in pieces, none of them empty."""
    at = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[left:right] for left, right in pairwise(at)]


@st.composite
def contents(draw: st.DrawFn, wire: str, number: int) -> tuple[Open, list[Event]]:
    """A block: how it opens, what fills it, as an answer of some wire may have it."""
    kinds = [TEXT, TEXT, THOUGHT, CALL, CALL, REFUSAL, *([OPAQUE] if wire in OWN_BLOCKS else [])]
    kind = draw(st.sampled_from(kinds))
    text, index = "", number
    opened = Open(index, kind)
    if kind == CALL:
        form = draw(st.sampled_from(["function", "function", "custom"])) if wire != "anthropic" else "function"
        space = draw(spaces) if wire == "openai_responses" else ""
        text = draw(texts) if form == "custom" else json.dumps(draw(inputs), ensure_ascii=draw(st.booleans()))
        opened = Open(index, kind, f"call_{number}", draw(names), space, form)
    elif kind == OPAQUE:
        opened = Open(index, kind, wire=wire, raw=Raw(OWN_BLOCKS[wire] % number))
    else:
        text = draw(texts)
    inner: list[Event] = [Delta(index, piece) for piece in cut(text, draw(st.lists(st.integers(0, 20), max_size=3)))]
    if kind == THOUGHT and wire != "openai_chat" and draw(st.booleans()):
        inner.append(Seal(index, wire, draw(st.text("abcXYZ09+/=", min_size=4, max_size=12))))
    return opened, inner


@st.composite
def tellings(draw: st.DrawFn, wire: str) -> list[Event]:
    """A whole answer of a wire as events in their grammar."""
    ids = {"anthropic": "msg_01", "openai_chat": "chatcmpl-1", "openai_responses": "resp_1"}
    said: list[Event] = [Start(draw(st.sampled_from(["", ids[wire]])), draw(st.sampled_from(["", "nova-3"])))]
    index = draw(st.integers(0, 2))
    noted = draw(st.integers(0, 3))
    for number in range(draw(st.integers(0, 4))):
        opened, inner = draw(contents(wire, index + number))
        note = [Opaque(opened.index, wire, OWN_NOTES[wire])] if opened.kind == TEXT and noted == number else []
        said += [opened, *inner, *note, Close(opened.index)]
        said += [Ping()] if draw(st.booleans()) else []
    usage = draw(st.none() | usages)
    said += [Spent(usage)] if usage is not None else []
    reason = draw(st.sampled_from(REASONS))
    return [*said, Stop(reason, "STOP" if reason == "sequence" else "")]


class Cannot(Struct, frozen=True):
    """What a wire cannot say of an answer.

    `kinds` and `reasons` become others; `custom` and `spaces` are whether free text and namespaces stay what they are; `order` whether
    blocks keep their order (one message has one text, one reasoning and its calls otherwise), `hours` whether tokens written for an hour
    are told apart, `sequence` whether the stop sequence is told, `seals` whether its own seals come back.
    """

    kinds: Mapping[str, str]
    reasons: Mapping[str, str]
    custom: bool
    spaces: bool
    order: bool
    hours: bool
    sequence: bool
    seals: bool


CUT: Final = {"limit": "limit", "context": "limit", "filtered": "filtered"}

CANNOT: Final[Mapping[str, Cannot]] = {
    "anthropic": Cannot(
        kinds={REFUSAL: TEXT},
        reasons={**{reason: reason for reason in REASONS}, "filtered": "refusal"},
        custom=False,
        spaces=False,
        order=True,
        hours=True,
        sequence=True,
        seals=True,
    ),
    "openai_chat": Cannot(
        kinds={}, reasons={**CUT, "refusal": "filtered"}, custom=True, spaces=False, order=False, hours=False, sequence=False, seals=False
    ),
    "openai_responses": Cannot(kinds={}, reasons=CUT, custom=True, spaces=True, order=True, hours=False, sequence=False, seals=True),
}
"""For each wire, what is left of an answer told in it and read again. Reasons that are not listed follow from what the answer holds."""


def left(wire: str, answer: Answer) -> dict[str, Any]:
    """What must be left of an answer that was told in a wire; equal for the answer before and after."""
    cannot = CANNOT[wire]
    blocks = [one for block in answer.blocks for one in _left(wire, cannot, block)]
    if not cannot.order:
        blocks = _gathered(blocks)
    return {"blocks": blocks, "usage": _usage(wire, cannot, answer), "stop": _stop(wire, cannot, answer)}


def _left(wire: str, cannot: Cannot, block: Block) -> list[dict[str, Any]]:
    opened, text = block.open, block.text
    kind = cannot.kinds.get(opened.kind, opened.kind)
    notes = [json.loads(bytes(one.raw)) for one in block.opaque if one.wire == wire]
    if kind == OPAQUE:
        return [{"kind": OPAQUE, "raw": json.loads(bytes(opened.raw))}] if opened.wire == wire else []
    if kind == CALL:
        boxed = opened.form == "custom" and not cannot.custom
        name = (opened.namespace, opened.name) if cannot.spaces else ("", flat(opened.namespace, opened.name))
        given: Any = {"input": text} if boxed else text if opened.form == "custom" else json.loads(text or "{}")
        return [{"kind": CALL, "id": opened.id, "name": name, "form": "function" if boxed else opened.form, "input": given, "notes": notes}]
    seal = block.seal if cannot.seals and block.sealed_by == wire and not _ours(block.seal) else ""
    return [{"kind": kind, "text": text, "seal": seal, "notes": notes}] if text or seal else []


def _ours(seal: str) -> bool:
    """Whether a seal is the gateway's own wrapping of another wire's, or of none."""
    return seal.startswith("tierwise.")


def _gathered(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks as one message holds them."""
    words = [{"kind": kind, "text": "".join(one["text"] for one in blocks if one["kind"] == kind)} for kind in (THOUGHT, TEXT, REFUSAL)]
    notes = [note for one in blocks for note in one.get("notes", [])]
    return [*(one for one in words if one["text"]), *(one | {"notes": []} for one in blocks if one["kind"] == CALL), {"notes": notes}]


def _usage(wire: str, cannot: Cannot, answer: Answer) -> Usage:
    """Tokens; where nobody said there are none. Searches are told among them on one wire, and by their blocks on another."""
    told = answer.usage or Usage()
    told = told if cannot.hours else replace(told, write_5m=told.written, write_1h=0)
    return told if wire == "anthropic" else replace(told, searches=0)


def _stop(wire: str, cannot: Cannot, answer: Answer) -> tuple[str, str] | None:
    if answer.stop is None:
        return None
    reason, kinds = answer.stop.reason, {block.open.kind for block in answer.blocks}
    holds = "calls" if CALL in kinds else "refusal" if REFUSAL in kinds else "end"
    told = cannot.reasons.get(reason, holds)
    if reason == "refusal" and REFUSAL in kinds and wire == "openai_chat":
        told = holds
    if reason == "end" and CALL in kinds:
        told = "calls"
    return told, answer.stop.sequence if cannot.sequence else ""


def told_in(wire: Wire, events: Iterable[Event], voice: Voice = VOICE) -> bytes:
    """Events as a stream of a wire."""
    encoder = wire.encoder(voice)
    return b"".join(encoder.feed(event) for event in events)


def feedings(stream: bytes) -> dict[str, list[bytes]]:
    """A stream as it may come."""
    return {
        "whole": [stream],
        "byte by byte": [stream[at : at + 1] for at in range(len(stream))],
        "with trailing data": [stream + b": more"],
    }


def heard(wire: Wire, pieces: Iterable[bytes]) -> list[Event]:
    """The events that a stream means, which must be in their grammar."""
    reader, decoder = Frames(), wire.decoder()
    events = [event for piece in pieces for frame in reader.feed(piece)[1] for event in decoder.feed(frame)]
    events += decoder.end()
    grammar = Grammar()
    for event in events:
        assert not grammar.objection(event), (event, events)
    return events


def answered(wire: Wire, stream: bytes) -> Answer:
    """The answer that a stream is."""
    return folded(heard(wire, [stream]))
