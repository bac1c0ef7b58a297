"""Requests and streams of this wire, as tests write them."""

import json
from collections.abc import Iterable
from typing import Any

from tierwise.core.events import Answer, Event, Grammar, folded
from tierwise.core.prompt import Prompt
from tierwise.core.sse import Frame, Frames
from tierwise.core.wire import Dialect, Voice
from tierwise.wires.openai_chat import WIRE

USER = {"role": "user", "content": "fix it"}
VOICE = Voice("x1", 7, "gpt-5")


def sent(value: Any) -> bytes:
    return json.dumps(value).encode()


def body(*messages: Any, **more: Any) -> bytes:
    return sent({"model": "m", "messages": list(messages) or [USER], **more})


def read(*messages: Any, **more: Any) -> Prompt:
    return WIRE.read(body(*messages, **more))


def said(prompt: Prompt, *quirks: str, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(WIRE.render(prompt, Dialect("m", frozenset(quirks), **more)))
    return found


def chunk(delta: Any = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk with one choice."""
    return {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": delta or {}, "finish_reason": finish}], **more}


def calls(*parts: Any) -> dict[str, Any]:
    """A chunk with pieces of calls."""
    return chunk({"tool_calls": list(parts)})


def part(index: int | None = None, id_: str | None = None, name: str | None = None, text: str | None = None) -> dict[str, Any]:
    """A piece of a call, without the fields that are None."""
    function = {key: value for key, value in {"name": name, "arguments": text}.items() if value is not None}
    return {key: value for key, value in {"index": index, "id": id_, "function": function}.items() if value is not None}


def fed(frames: Iterable[Frame]) -> list[Event]:
    """What a decoder makes of frames; the grammar is held."""
    decoder, grammar = WIRE.decoder(), Grammar()
    events = [event for frame in frames for event in decoder.feed(frame)]
    events += decoder.end()
    assert [said for event in events if (said := grammar.objection(event))] == []
    assert list(decoder.end()) == []
    return events


def decoded(*chunks: Any, done: bool = True) -> list[Event]:
    """What a decoder makes of chunks."""
    data = [one if isinstance(one, bytes) else sent(one) for one in chunks]
    return fed(Frame("", one) for one in [*data, *([b"[DONE]"] if done else [])])


def streamed(stream: bytes) -> list[Event]:
    """What a decoder makes of a stream's bytes."""
    return fed(Frames().feed(stream)[1])


def answered(*chunks: Any, done: bool = True) -> Answer:
    return folded(decoded(*chunks, done=done))


def blocks(answer: Answer) -> list[tuple[str, str, str, str]]:
    """Kind, id, name and text of each block."""
    return [(one.open.kind, one.open.id, one.open.name, one.text) for one in answer.blocks]
