"""Rows of names and values, from wherever they come, into calls: the documented plain table.

Each field of a call is looked for under its own name and under the names other tools give it. Numbers may come as text. An empty
value is as good as none. `documented` renders the names with their meaning for docs/reference/table.md.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from tierwise.core.money import Unknown
from tierwise.core.tasks import KINDS
from tierwise.core.usage import Usage
from tierwise.lab.call import MOST, Call
from tierwise.lab.lines import counted, moment


class Field(NamedTuple):
    """What a column can be called, and what its values mean."""

    names: tuple[str, ...]
    meaning: str


FIELDS: Final = MappingProxyType(
    {
        "session": Field(("session", "session_id", "conversation_id"), "the conversation the call belongs to; required"),
        "at": Field(
            ("at", "ts", "timestamp", "time", "start_time"),
            "when the answer began: ISO 8601 (UTC where it names no zone), or seconds, milliseconds, microseconds or nanoseconds since "
            "1970; required",
        ),
        "model": Field(("model",), "the model that answered, by any of its names; required"),
        "output": Field(
            ("output", "output_tokens", "completion_tokens"),
            "tokens of the answer, reasoning included; the column is required, and a row that leaves it empty has unknown usage",
        ),
        "fresh": Field(("fresh", "input_tokens"), "tokens of the prompt that were neither read from a cache nor written to one"),
        "prompt": Field(
            ("prompt", "prompt_tokens", "input_tokens_total"),
            "all tokens of the prompt, cached ones included; used where `fresh` is empty",
        ),
        "read": Field(("read", "cache_read", "cache_read_tokens", "cached_input", "cached_tokens"), "prompt tokens read from a cache"),
        "written": Field(
            ("written", "cache_write", "cache_creation", "cache_write_tokens"),
            "prompt tokens written to a cache, whatever its lifetime; `write_5m` and `write_1h` together where it is empty",
        ),
        "write_5m": Field(("write_5m", "cache_5m"), "prompt tokens written to a cache for five minutes"),
        "write_1h": Field(("write_1h", "cache_1h"), "prompt tokens written to a cache for an hour"),
        "reasoning": Field(("reasoning", "reasoning_tokens"), "the part of `output` that was reasoning"),
        "output_shown": Field(
            ("output_tokens_est",),
            "tokens of the answer worked out from its text; counts where it is more than `output`, and marks the call as estimated",
        ),
        "thread": Field(("thread",), "a subagent's name; empty or `main` for the session's own thread"),
        "id": Field(
            ("id", "call_id", "request_id", "call_idx"),
            "names the call within its thread: a row with an id that was there before is a repeat; without ids every row is a call",
        ),
        "seconds": Field(("seconds", "duration_s"), "how long the answer took"),
        "gap": Field(("gap_s",), "seconds since the answer before it ended; worked out from the times where it is empty"),
        "provider": Field(("provider",), "who sold the call; the model's maker where it is empty"),
        "client": Field(("client", "agent"), "the coding tool: `claude_code`, `codex` or any other"),
        "version": Field(("version",), "the coding tool's version"),
        "claude_version": Field(("cc_version",), "the version of Claude Code; says that it is the client"),
        "workspace": Field(("workspace", "source_repo", "project"), "where the tool worked: calls of one workspace share a prompt's head"),
        "words": Field(("words", "prompt_text"), "what the person wrote before this call; empty where it follows results of tools"),
        "tools": Field(("tools",), "names of the tools that the answer called, with commas between them"),
        "tool_calls": Field(("n_tool_calls",), "how many tools the answer called, where `tools` is empty"),
        "thinking": Field(("thinking", "thinking_chars"), "more than 0 where the answer showed thinking"),
        "text": Field(("text_chars",), "more than 0 where the answer had text"),
        "task": Field(("task",), f"the kind of work, if it is known: {', '.join(KINDS)}"),
        "difficulty": Field(("difficulty",), "1 to 3, if it is known"),
        "ttl": Field(("ttl",), "the cache lifetime that was asked for, in seconds; by default told from `write_5m` and `write_1h`"),
        "failed": Field(("failed",), "`true`, `yes` or `1` where the call failed"),
    }
)
FIELD: Final = MappingProxyType({name: field for field, (names, _) in FIELDS.items() for name in names})
COLUMNS: Final = ("session", "at", "model", "output")
"""What a table must have a column for."""

REQUIRED: Final = COLUMNS[:3]
"""What every row must say."""

HARDEST: Final = 3
MOST_TOOLS: Final = 1000
SHOWN: Final = 60
"""Characters of a wrong value that are shown."""

HOUR: Final = 3600
MINUTES: Final = 300
SCALES: Final = ((1e11, 1e3), (1e14, 1.0), (1e17, 1e-3), (math.inf, 1e-6))
"""(Number below which it holds, milliseconds of one): seconds, milliseconds, micro- and nanoseconds since 1970 tell themselves apart."""


class BadRow(ValueError):
    """What is wrong with a row."""


def documented() -> str:
    """The columns of the plain table as a Markdown table."""
    lines = [f"| {_code(names[:1])} | {_code(names[1:])} | {meaning} |" for names, meaning in FIELDS.values()]
    return "\n".join(("| column | also called | meaning |", "|---|---|---|", *lines))


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def columns(names: Iterable[str]) -> dict[str, str]:
    """The field each known column fills; BadRow names a required one that is missing."""
    found = {name: FIELD[name] for name in names if name in FIELD}
    missing = next((field for field in COLUMNS if field not in found.values()), None)
    if missing:
        raise BadRow(f"has no column for {missing} (one of {', '.join(FIELDS[missing].names)})")
    return found


def row(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says, by field; what it leaves empty is left out."""
    return {FIELD[name]: value for name, value in record.items() if name in FIELD and not empty(value)}


def number(value: Any, name: str) -> int:
    """A whole, not negative number, whatever it is written as."""
    if type(value) is int and 0 <= value <= MOST:
        return value
    return round(_measured(value, name))


def _measured(value: Any, name: str) -> float:
    """A number within reason, whatever it is written as."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if math.isnan(found):
        raise BadRow(f"{name} is {_short(value)}, not a number")
    if found < 0:
        raise BadRow(f"{name} is {_short(value)}, below zero")
    if found > MOST:
        raise BadRow(f"{name} is {_short(value)}, more than {MOST:,}")
    return found


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def stamp(value: Any) -> int:
    """Milliseconds of a moment: a datetime, ISO text, or a number of seconds, milliseconds, microseconds or nanoseconds since 1970."""
    try:
        return _milliseconds(value)
    except (TypeError, ValueError, OverflowError):
        raise BadRow(f"{_short(value)} is not a time between 2000 and 9999") from None


def _milliseconds(value: Any) -> int:
    if isinstance(value, datetime):
        return counted((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1000)
    try:
        found = float(value)
    except (TypeError, ValueError):
        return moment(str(value).strip())
    return counted(found * next((scale for below, scale in SCALES if found < below), math.nan))


def empty(value: Any) -> bool:
    """Whether a value says nothing (None, '', blanks, NaN)."""
    if isinstance(value, str):
        return not value or value.isspace()
    return value is None or (isinstance(value, float) and math.isnan(value))


def call(row: Mapping[str, Any], line: int) -> Call:
    """A call of a row by field names, found in a line; BadRow says what is wrong."""
    missing = next((field for field in REQUIRED if field not in row), None)
    if missing:
        raise BadRow(f"{missing} is empty")
    at, usage, tools = stamp(row["at"]), _usage(row), _tools(row)
    thread = str(row.get("thread", ""))
    return Call(
        session=str(row["session"]),
        id=str(row.get("id", "")),
        at=at,
        ended=at + (round(1000 * _measured(row["seconds"], "seconds")) if "seconds" in row else 0),
        gap=_gap(row),
        model=str(row["model"]),
        usage=usage,
        thread="" if thread == "main" else thread,
        provider=str(row.get("provider", "")),
        client=str(row.get("client", "claude_code" if "claude_version" in row else "")),
        version=str(row.get("version", row.get("claude_version", ""))),
        workspace=str(row.get("workspace", "")),
        words=str(row.get("words", "")),
        tools=tools,
        thought=_count(row, "thinking") > 0 or _count(row, "reasoning") > 0,
        blocks=len(tools) + (_count(row, "text") > 0) + (_count(row, "thinking") > 0) or 1,
        ttl=_ttl(row, usage),
        estimated=isinstance(usage, Usage) and _count(row, "output_shown") > _count(row, "output"),
        task=_task(row),
        difficulty=_difficulty(row),
        failed=str(row.get("failed", "")).lower() in {"1", "true", "yes"},
        line=line,
    )


def _count(row: Mapping[str, Any], field: str) -> int:
    return number(row[field], field) if field in row else 0


def _gap(row: Mapping[str, Any]) -> int:
    """Milliseconds since the answer before; none where calls ran side by side and it is below zero, -1 where the row does not say."""
    if "gap" not in row:
        return -1
    said = str(row["gap"])
    return 0 if said.startswith("-") and _measured(said[1:], "gap") else round(1000 * _measured(said, "gap"))


def _tools(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The tools an answer called: by name, else as many as it says."""
    said = row.get("tools", "")
    names = said if isinstance(said, list | tuple) else str(said).split(",")
    return tuple(name for one in names if (name := str(one).strip())) or ("tool",) * min(_count(row, "tool_calls"), MOST_TOOLS)


def _task(row: Mapping[str, Any]) -> str:
    task = str(row.get("task", ""))
    if task and task not in KINDS:
        raise BadRow(f"task is {_short(task)}, not one of {', '.join(KINDS)}")
    return task


def _difficulty(row: Mapping[str, Any]) -> int:
    found = _count(row, "difficulty")
    if found > HARDEST:
        raise BadRow(f"difficulty is {found}, not 1 to {HARDEST}")
    return found


def _ttl(row: Mapping[str, Any], usage: Usage | Unknown) -> int:
    if "ttl" in row or not isinstance(usage, Usage):
        return _count(row, "ttl")
    return HOUR if usage.write_1h else MINUTES if usage.write_5m and "write_5m" in row else 0


def _usage(row: Mapping[str, Any]) -> Usage | Unknown:
    """Token counts of a row: the parts as they stand, or what is left of the whole prompt when they are taken out."""
    if "output" not in row or not {"fresh", "prompt"} & row.keys():
        return Unknown("the row has no token counts")
    read, hour = _count(row, "read"), _count(row, "write_1h")
    written = max(_count(row, "written"), hour + _count(row, "write_5m"))
    fresh = _count(row, "fresh") if "fresh" in row else _count(row, "prompt") - read - written
    if fresh < 0:
        raise BadRow(f"cached tokens ({read + written}) are more than the prompt ({_count(row, 'prompt')})")
    return Usage(
        fresh=fresh,
        read=read,
        write_5m=written - hour,
        write_1h=hour,
        output=max(_count(row, "output"), _count(row, "output_shown")),
        reasoning=_count(row, "reasoning"),
    )
