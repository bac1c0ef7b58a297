"""What agent traffic tells for free: how often each sign is found in real sessions, and how often it was right where a person looked.

The transcripts of Claude Code and Codex are read as the gateway reads their requests: the same steps, the same readers. A work item is what
a person asked for. The share that was right was counted by hand (`READ`): every sign of its kind in these transcripts, or for the person's
words every one in the published prompts, was read with what stands around it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct

from evaluation.page import Figures
from tierwise.clients import claude_code, codex
from tierwise.core.client import Client
from tierwise.core.signs import SIGNS, Step
from tierwise.core.steps import cut
from tierwise.engine import signs
from tierwise.engine.signs import NOTHING
from tierwise.lab.lines import records

SHARED: Final = Path(__file__).parents[2] / "shared"

Fields = dict[str, Any]
Event = str | Step
"""Words of the person, or a tool call with its result."""

READ: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {
        "tests_passed": (59, 57),
        "tests_failed": (11, 11),
        "build_passed": (44, 44),
        "build_failed": (23, 23),
        "tool_error": (51, 50),
        "same_error": (1, 1),
        "committed": (25, 25),
        "pushed": (21, 21),
        "complaint": (11, 10),
        "correction": (2, 2),
        "asked_again": (11, 8),
        "praised": (4, 4),
    }
)
"""How many of a sign were read, and how many were what they say."""


class Session(Struct, frozen=True):
    """A session: whose it is and what happened in it, in order."""

    client: Client
    events: tuple[Event, ...]


def sessions(shared: Path = SHARED) -> list[Session]:
    """The sessions of the shared transcripts."""
    folder = shared / "data" / "transcripts"
    found = [Session(claude_code.CLIENT, tuple(_claude(path))) for path in sorted((folder / "claude_code").glob("*.gz"))]
    return [*found, *(Session(codex.CLIENT, tuple(_codex(path))) for path in sorted((folder / "codex").glob("*.gz")))]


def _claude(path: Path) -> Iterator[Event]:
    calls: dict[str, Fields] = {}
    seen: set[str] = set()
    for line in _lines(path):
        content = (line.get("message") or {}).get("content")
        if line.get("uuid") in seen or line.get("isSidechain") or line.get("isMeta") or line.get("isCompactSummary"):
            continue
        seen.add(line.get("uuid") or "")
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
        calls |= {one["id"]: one for one in blocks if one.get("type") == "tool_use"}
        if line.get("type") == "user":
            for one in blocks:
                if one.get("type") == "tool_result" and one["tool_use_id"] in calls:
                    yield _step(calls[one["tool_use_id"]], one)
            words = claude_code.words([one.get("text", "") for one in blocks if one.get("type") == "text"])
            yield from [words] if words else []


def _step(call: Fields, result: Fields) -> Step:
    said = msgspec.json.encode(call["input"]).decode()
    return Step(call["id"], call["name"], cut(said), cut(_text(result.get("content"))), result.get("is_error"))


def _codex(path: Path) -> Iterator[Event]:
    calls: dict[str, Fields] = {}
    for line in _lines(path):
        payload = line.get("payload") or {}
        kind = payload.get("type") or ""
        if kind in {"function_call", "custom_tool_call"}:
            calls[payload["call_id"]] = payload
        elif kind in {"function_call_output", "custom_tool_call_output"} and payload["call_id"] in calls:
            call = calls[payload["call_id"]]
            said = call.get("arguments") or call.get("input") or ""
            yield Step(payload["call_id"], call["name"], cut(said), cut(_text(payload["output"])))
        elif kind == "user_message":
            words = codex.words([payload.get("message") or ""])
            yield from [words] if words else []


def _lines(path: Path) -> Iterator[Fields]:
    for _, line in records(path, Fields, _passed_over):
        yield line


def _passed_over(_line: int, _problem: str) -> None:
    """A line that is no record is left out, as the importers do."""


def _text(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(one.get("text") or "" for one in content or [] if isinstance(one, dict))


def found(session: Session) -> Iterator[str]:
    """The kinds of signs in a session."""
    trail, words = NOTHING, ""
    for event in session.events:
        if isinstance(event, str):
            yield from (one.kind for one in signs.heard(event, words))
            trail, words = NOTHING, event
        else:
            told, trail = signs.read(trail, [event], session.client.tools)
            yield from (one.kind for one in told)


def rows(shared: Path = SHARED) -> list[Figures]:
    """The tables of the page of evidence."""
    read = sessions(shared)
    counts = [Counter(found(one)) for one in read]
    items = sum(isinstance(event, str) for one in read for event in one.events)
    steps = sum(isinstance(event, Step) for one in read for event in one.events)
    lines = [_line(kind, counts) for kind in SIGNS]
    note = (
        f"{len(read)} sessions, {items} requests of a person, {steps} tool calls. Right: of those that a person read, how many were "
        "what they say; of the person's words, all signs in the 1,369 published prompts were read. Tests that fail, loops and ways back "
        "are rare in these sessions, so their precision is hardly known here; `went_on` is everything else that the person says after "
        "work was done."
    )
    return [Figures("Signs in agent traffic", ("sign", "found", "in sessions", "share of signs", "right"), lines, note)]


def _line(kind: str, counts: Sequence[Counter[str]]) -> tuple[str, ...]:
    times, calls = sum(one[kind] for one in counts), sum(sum(one.values()) for one in counts)
    looked = READ.get(kind)
    return (
        kind,
        str(times),
        str(sum(one[kind] > 0 for one in counts)),
        f"{times / max(calls, 1):.1%}",
        "not read" if looked is None else f"{looked[1]} of {looked[0]}",
    )
