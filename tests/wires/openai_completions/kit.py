"""Requests and streams of this wire, as tests write them."""

import json
from collections.abc import Iterable
from typing import Any

from tierwise.core.events import Event, Grammar
from tierwise.core.prompt import Prompt
from tierwise.core.sse import Frame, Frames
from tierwise.core.wire import Voice
from tierwise.wires.openai_completions import WIRE

VOICE = Voice("x1", 7, "codestral")


def sent(value: Any) -> bytes:
    return json.dumps(value).encode()


def body(prompt: Any = "def f(", **more: Any) -> bytes:
    return sent({"model": "m", "prompt": prompt, **more})


def read(prompt: Any = "def f(", **more: Any) -> Prompt:
    return WIRE.read(body(prompt, **more))


def chunk(text: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk with one choice."""
    return {"id": "c1", "model": "m", "choices": [{"index": 0, "text": text, "finish_reason": finish}], **more}


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
