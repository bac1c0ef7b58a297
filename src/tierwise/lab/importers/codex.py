"""Codex CLI rollouts: ~/.codex/sessions/**/rollout-*.jsonl.

A call is a `token_count` event with the usage of the last call; a repeated event with the same totals is the same call. The model
comes from the turn before it. Input counts include what was cached.

A forked rollout, and many a subagent's, begins with a copy of its parent's whole history, every line stamped with the moment of the
fork. Those calls are the parent's; they are passed over. They are known by their haste: a copy is written at once, while a call takes
seconds.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, field

from tierwise.clients.codex import CLIENT
from tierwise.core.usage import Usage
from tierwise.lab.call import Call, Importer, Note
from tierwise.lab.lines import moment, records
from tierwise.lab.table import number

CALLING: Final = frozenset({"function_call", "custom_tool_call", "web_search_call", "tool_search_call", "local_shell_call"})
ANSWERING: Final = frozenset({"message", "reasoning", *CALLING})
NAMELESS: Final = "unknown"
"""The model of a call before any turn named one."""

HASTE: Final = 500
"""Milliseconds; lines closer together than this, from the start of a fork, are its parent's."""


class Line(Struct):
    type: str | None = ""
    timestamp: str | None = ""
    payload: Any = None


class Heard(Struct):
    """What has come since the last call."""

    words: list[str] = []
    upset: list[str] = []
    tools: list[str] = []
    blocks: int = 0
    thought: bool = False
    began: int = 0


class State(Struct):
    """What is known of a rollout so far; `copied` is the moment until which its lines are copies of its parent's, if it is a fork."""

    file: str
    id: str = ""
    session: str = ""
    model: str = NAMELESS
    version: str = ""
    workspace: str = ""
    provider: str = ""
    began: int = 0
    copied: int | None = None
    total: dict[str, Any] = {}
    calls: int = 0
    heard: Heard = field(default_factory=Heard)


def claims(_path: Path, beginning: bytes) -> bool:
    """Whether a file's first lines are a rollout's."""
    return beginning.lstrip()[:1] == b"{" and b'"session_meta"' in beginning and b'"payload"' in beginning


def calls(path: Path, note: Note) -> Iterator[Call]:
    """The calls of a rollout, in order."""
    state = State(path.name)
    for index, line in records(path, Line, note):
        payload = line.payload if isinstance(line.payload, dict) else {}
        kind = line.type if line.type in WHOLE else str(payload.get("type"))
        try:
            call = _read(state, kind, payload, line.timestamp or "", index)
        except ValueError as error:
            note(index, f"not a {kind}: {error}")
            continue
        if call is not None:
            yield call


def _read(state: State, kind: str, payload: dict[str, Any], stamp: str, index: int) -> Call | None:
    """Take in a line; the call it completes, if it does."""
    if state.copied is not None:
        at = moment(stamp)
        state.copied = max(at, state.copied) if at - state.copied < HASTE else None
        state.heard = Heard() if state.copied is None and state.total else state.heard
    reader = READERS.get(kind)
    if reader is not None:
        reader(state, payload, stamp)
    return _call(state, payload, stamp, index) if kind == "token_count" else None


def _meta(state: State, payload: dict[str, Any], stamp: str) -> None:
    """Who a rollout is; further ones come with the history that a fork copies."""
    if state.id:
        state.copied = state.began if not state.calls and payload.get("id") != state.id else state.copied
        return
    state.id = _text(payload, "id") or state.file
    parent = _parent(payload)
    state.session = _text(payload, "session_id") or parent or state.id
    state.version, state.workspace = _text(payload, "cli_version"), _text(payload, "cwd")
    state.provider = _text(payload, "model_provider")
    state.began = moment(stamp)
    state.copied = state.began if parent or payload.get("forked_from_id") else None


def _parent(payload: dict[str, Any]) -> str:
    """The thread that a subagent's belongs to; empty for a thread of its own."""
    spawned = _object(_object(_object(payload, "source"), "subagent"), "thread_spawn")
    return _text(payload, "parent_thread_id") or _text(spawned, "parent_thread_id")


def _object(payload: dict[str, Any], name: str) -> dict[str, Any]:
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def _text(payload: dict[str, Any], name: str) -> str:
    found = payload.get(name)
    return found if isinstance(found, str) else ""


def _turn(state: State, payload: dict[str, Any], _stamp: str) -> None:
    state.model = _text(payload, "model") or state.model


def _said(state: State, payload: dict[str, Any], _stamp: str) -> None:
    words = CLIENT.words([_text(payload, "message")])
    state.heard.words += [words] if words else []


def _compacted(state: State, _payload: dict[str, Any], _stamp: str) -> None:
    state.heard.upset.append("compaction")


def _item(state: State, payload: dict[str, Any], stamp: str) -> None:
    """A part of an answer."""
    kind, heard = _text(payload, "type"), state.heard
    if kind == "message" and payload.get("role") != "assistant":
        return
    heard.began = heard.began or moment(stamp)
    heard.blocks += 1
    heard.thought |= kind == "reasoning"
    heard.tools += [_text(payload, "name") or kind] if kind in CALLING else []


WHOLE: Final = frozenset({"session_meta", "turn_context", "compacted"})
"""Kinds of lines; the others say their kind in their payload."""

READERS: Final = {
    "session_meta": _meta,
    "turn_context": _turn,
    "user_message": _said,
    "compacted": _compacted,
    "context_compacted": _compacted,
    **dict.fromkeys(ANSWERING, _item),
}


def _call(state: State, payload: dict[str, Any], stamp: str, index: int) -> Call | None:
    """The call a usage event reports, if it is a new one; what was said before it is used up."""
    info = _object(payload, "info")
    last, total = _object(info, "last_token_usage"), _object(info, "total_token_usage")
    if not last or (total and total == state.total):
        return None
    usage, at = _usage(last), moment(stamp)
    state.total = total
    if not usage.prompt and not usage.output:
        return None
    heard, state.heard = state.heard, Heard()
    if state.copied is not None:
        return None
    state.calls += 1
    return Call(
        session=state.session or state.file,
        id=_name(state, total),
        at=heard.began or at,
        model=state.model,
        usage=usage,
        thread="" if state.session == state.id else state.id,
        ended=at,
        provider=state.provider,
        client=CLIENT.name,
        version=state.version,
        workspace=state.workspace,
        words="\n".join(heard.words),
        tools=tuple(heard.tools),
        thought=heard.thought,
        blocks=max(heard.blocks, 1),
        upset=tuple(heard.upset),
        line=index,
    )


def _name(state: State, total: dict[str, Any]) -> str:
    """What names a call wherever its rollout is kept: the tokens its thread had used by then, else how many calls it had made."""
    used = f"{total['input_tokens']}/{total.get('output_tokens')}" if total.get("input_tokens") else state.calls
    return f"{state.id or state.file}#{used}"


def _usage(last: dict[str, Any]) -> Usage:
    names = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_output_tokens")
    prompt, cached, output, reasoning = (number(last.get(name) or 0, name) for name in names)
    if cached > prompt:
        raise ValueError(f"cached tokens ({cached}) are more than the prompt ({prompt})")
    return Usage(fresh=prompt - cached, read=cached, output=output, reasoning=reasoning)


IMPORTER: Final = Importer("codex", "Codex CLI rollouts", claims, calls, whole=True)
