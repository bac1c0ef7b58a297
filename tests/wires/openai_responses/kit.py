"""What the tests of this wire share: requests and streams in short."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from tierwise.core.events import Answer, Event, Grammar, folded
from tierwise.core.prompt import Prompt
from tierwise.core.sse import Frame, Frames
from tierwise.core.wire import Dialect
from tierwise.wires.openai_responses import WIRE

FUNCTION = {"type": "function", "name": "ls", "description": "List", "parameters": {"type": "object"}, "strict": False}
CUSTOM = {"type": "custom", "name": "patch", "description": "Patch", "format": {"type": "grammar", "syntax": "lark", "definition": "x"}}
SPACE = {"type": "namespace", "name": "agents", "description": "Others", "tools": [{"type": "function", "name": "wait", "strict": None}]}
SEARCH = {"type": "tool_search", "execution": "client", "description": "Find", "parameters": {"type": "object"}}
WEB = {"type": "web_search", "external_web_access": False}
USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "fix it"}]}
CALL = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "ls", "arguments": '{"a":1}'}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": "done"}
SEALED = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "gAAA"}


def body(*items: Any, **more: Any) -> bytes:
    """A request with some items."""
    return json.dumps({"model": "m", "input": list(items), **more}).encode()


def read(*items: Any, **more: Any) -> Prompt:
    """The prompt of a request with some items."""
    return WIRE.read(body(*items, **more))


def rendered(prompt: Prompt, *quirks: str, reasons: bool = True) -> dict[str, Any]:
    """What a prompt is as a request."""
    said: dict[str, Any] = json.loads(WIRE.render(prompt, Dialect("n", frozenset(quirks), reasons=reasons)))
    return said


def events(*told: dict[str, Any] | bytes, end: bool = True) -> list[Event]:
    """The events of a stream; they keep to the grammar."""
    decoder = WIRE.decoder()
    frames = [Frame("", one if isinstance(one, bytes) else json.dumps(one).encode()) for one in told]
    out = [event for one in frames for event in decoder.feed(one)]
    out += decoder.end() if end else ()
    grammar = Grammar()
    assert [grammar.objection(event) for event in out] == [""] * len(out)
    return out


def answer(*told: dict[str, Any] | bytes) -> Answer:
    """The answer of a stream."""
    return folded(events(*told))


def texts(found: Answer) -> list[tuple[str, str]]:
    """The kinds and the texts of an answer's blocks."""
    return [(one.open.kind, one.text) for one in found.blocks]


def created(known: str = "resp_1", number: int | None = 0) -> dict[str, Any]:
    """How a stream begins."""
    said = {"type": "response.created", "response": {"id": known, "model": "m"}}
    return said if number is None else {**said, "sequence_number": number}


def event(kind: str, at: int | None = 0, **more: Any) -> dict[str, Any]:
    """An event about an item."""
    place = {} if at is None else {"output_index": at}
    return {"type": f"response.{kind}", **place, **more}


def completed(*output: Any, usage: Any = None, **more: Any) -> dict[str, Any]:
    """How a stream ends well."""
    return {
        "type": "response.completed",
        "response": {"id": "resp_1", "status": "completed", "output": list(output), "usage": usage, **more},
    }


def said(stream: bytes) -> list[dict[str, Any]]:
    """The events in the bytes of a stream; each is named as its type."""
    frames = Frames().feed(stream)[1]
    found = [json.loads(one.data) for one in frames if one.data]
    assert [one.event for one in frames if one.data] == [one["type"] for one in found]
    return found


def told(told_events: Iterable[Event], encoder: Any) -> list[dict[str, Any]]:
    """What an encoder says of events."""
    return said(b"".join(encoder.feed(one) for one in told_events))


def kinds(found: Sequence[dict[str, Any]]) -> list[str]:
    """The types of events, without what all of them begin with."""
    return [str(one["type"]).removeprefix("response.") for one in found]
