"""How often signs are found in real sessions: the reading of transcripts, and the table."""

import gzip
import json
from pathlib import Path

from evaluation import signs
from evaluation.signs import READ, Session, found, rows, sessions
from tierwise.clients import claude_code, codex
from tierwise.core.signs import SIGNS, Step

RED = Step("t1", "Bash", '{"command": "npm test"}', "Exit code 1\n1 failed", failed=True)


def written(path: Path, *lines: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(b"\n".join(json.dumps(line).encode() for line in lines)))


def told(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "transcripts"
    call = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "npm test"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "Exit code 1\n1 failed"}], "is_error": True}
    again = {"type": "user", "uuid": "3", "message": {"role": "user", "content": [result]}}
    written(
        folder / "claude_code" / "a.jsonl.gz",
        {"type": "user", "uuid": "1", "message": {"role": "user", "content": "fix the tests"}},
        {"type": "assistant", "uuid": "2", "message": {"role": "assistant", "content": [call]}},
        again,
        again,
        {"type": "user", "uuid": "4", "isMeta": True, "message": {"role": "user", "content": "a note of the harness"}},
        {"type": "user", "uuid": "5", "message": {"role": "user", "content": "still failing"}},
    )
    asked = {"type": "function_call", "call_id": "c1", "name": "exec_command", "arguments": '{"cmd":"git push"}'}
    written(
        folder / "codex" / "b.jsonl.gz",
        {"type": "event_msg", "payload": {"type": "user_message", "message": "push it"}},
        {"type": "response_item", "payload": asked},
        {
            "type": "response_item",
            "payload": {"type": "function_call_output", "call_id": "c1", "output": "Process exited with code 0\nOutput:\n"},
        },
    )
    return tmp_path


def test_transcripts_are_read_as_the_gateway_would_see_them(tmp_path: Path) -> None:
    first, second = sessions(told(tmp_path))
    assert first.client is claude_code.CLIENT
    assert [one if isinstance(one, str) else (one.tool, one.result, one.failed) for one in first.events] == [
        "fix the tests",
        ("Bash", "Exit code 1\n1 failed", True),
        "still failing",
    ]
    assert second.client is codex.CLIENT
    assert list(found(second)) == ["pushed"]


def test_signs_are_found_in_what_happened_and_in_what_was_said() -> None:
    assert list(found(Session(claude_code.CLIENT, ("fix it", RED, "still failing")))) == ["tests_failed", "complaint"]
    assert list(found(Session(claude_code.CLIENT, ()))) == []


def test_the_table_has_a_line_for_every_sign(tmp_path: Path) -> None:
    (table,) = rows(told(tmp_path))
    assert [line[0] for line in table.lines] == list(SIGNS)
    by = {line[0]: line[1:] for line in table.lines}
    assert by["complaint"] == ("1", "1", "33.3%", "10 of 11")
    assert by["repeated_call"] == ("0", "0", "0.0%", "not read")
    assert "2 sessions, 3 requests of a person, 2 tool calls" in table.note


def test_what_was_read_are_signs_that_are_found(shared: Path) -> None:
    assert set(READ) <= set(SIGNS)
    assert all(right <= looked for looked, right in READ.values())
    (table,) = signs.rows(shared)
    assert sum(int(line[1]) for line in table.lines) > 300
