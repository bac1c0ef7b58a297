"""Make examples/sessions.jsonl: real token counts of the project's shared data under words, names and times of our own.

    python tools/sample.py ../shared/data

What is taken from a logged call is its sizes, cache fields, output, gap, client version and the names of its tools.
Needs the parquet extra.
"""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct
from pyarrow import parquet

EXAMPLES: Final = Path(__file__).parents[1] / "examples"

CLAUDE: Final = {
    "version": "cc_version",
    "fresh": "input_tokens",
    "read": "cache_read",
    "write_5m": "cache_5m",
    "write_1h": "cache_1h",
    "output": "output_tokens_est",
    "tools": "tools",
    "thinking": "thinking_chars",
    "text_chars": "text_chars",
}
"""Fields of the plain table and the columns they come from, for Claude Code; and for Codex."""

CODEX: Final = {
    "prompt": "input_tokens_total",
    "read": "cached_input",
    "output": "output_tokens",
    "reasoning": "reasoning_tokens",
    "n_tool_calls": "n_tool_calls",
}

LOGS: Final = (
    ("claude_code", "sessions_claude_code_calls.parquet", CLAUDE, "tools"),
    ("codex", "sessions_codex_calls.parquet", CODEX, "n_tool_calls"),
)
"""Client, file, fields, and the column that says whether an answer called tools."""

ALWAYS: Final = {"fresh", "prompt", "output"}
"""Fields without which a row has no token counts; others are left out where they are zero or empty."""

Row = dict[str, Any]


class Script(Struct, frozen=True):
    """A session as words.txt has it."""

    name: str
    source: str
    model: str
    workspace: str
    start: datetime
    words: list[str]


def scripts(text: str) -> list[Script]:
    """The sessions of words.txt."""
    found: list[Script] = []
    for line in text.splitlines():
        if line.startswith("= "):
            name, source, model, workspace, start = line[2:].split()
            found.append(Script(name, source, model, workspace, datetime.fromisoformat(start).replace(tzinfo=UTC), []))
        elif line and not line.startswith("#"):
            found[-1].words.append(line)
    return found


def logged(data: Path, wanted: Iterable[str]) -> dict[str, tuple[str, dict[str, str], str, list[Row]]]:
    """By source session: its client, its fields, the column of its tools, and its calls."""
    found: dict[str, tuple[str, dict[str, str], str, list[Row]]] = {}
    for client, file, fields, used in LOGS:
        for row in parquet.read_table(data / file).to_pylist():
            mark = next((one for one in wanted if one in row["session_id"]), None)
            if mark is not None:
                found.setdefault(mark, (client, fields, used, []))[3].append(row)
    return found


def records(script: Script, log: tuple[str, dict[str, str], str, list[Row]]) -> Iterator[Row]:
    """The rows of a session: a person's words go before each call that follows an answer without tools."""
    client, fields, used, calls = log
    shift = script.start - calls[0]["ts"].replace(second=0, microsecond=0)
    words = iter(script.words)
    open_again = True
    for call in calls:
        yield {
            "session": script.name,
            "at": stamped(call["ts"] + shift),
            **({"gap_s": round(call["gap_s"], 1)} if call["gap_s"] is not None else {}),
            "model": script.model,
            "client": client,
            "workspace": script.workspace,
            **{field: call[column] for field, column in fields.items() if call[column] or field in ALWAYS},
            **({"words": next(words)} if open_again else {}),
        }
        open_again = not call[used]
    left = list(words)
    if left:
        raise SystemExit(f"{script.name}: {len(left)} turns in words.txt are not in its source")


def stamped(moment: datetime) -> str:
    """A moment in ISO 8601, to the tenth of a second."""
    whole = moment + timedelta(microseconds=50_000)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{whole.microsecond // 100_000}Z"


def main(data: Path, out: Path = EXAMPLES / "sessions.jsonl") -> None:
    """Write the sample log, sessions in the order of words.txt."""
    found = scripts((EXAMPLES / "words.txt").read_text(encoding="utf-8"))
    logs = logged(data, [script.source for script in found])
    rows = [row for script in found for row in records(script, logs[script.source])]
    out.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    print(f"{out}: {len(found)} sessions, {len(rows)} calls, {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
