"""The real logs of the project's shared data: sums agree with a plain reading of the same lines, and with the tables made of them."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tierwise import plugins
from tierwise.core.usage import Usage
from tierwise.lab import sessions
from tierwise.lab.call import Call
from tierwise.lab.sessions import Reading, Session

NOW = 1_795_000_000_000
FIELDS = ("fresh", "read", "write_5m", "write_1h")


def read(*paths: Path) -> tuple[list[Session], Reading]:
    reading = Reading()
    return list(sessions.read(sessions.found(paths, plugins.found(plugins.IMPORTERS)), reading, NOW)), reading


@pytest.fixture(scope="module")
def transcripts(shared: Path) -> tuple[list[Session], Reading]:
    return read(shared / "data" / "transcripts")


def plain(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path) as file:
        for line in file:
            try:
                yield json.loads(line)
            except ValueError:
                continue


def prompt(call: Call) -> tuple[int, ...]:
    assert isinstance(call.usage, Usage)
    return tuple(getattr(call.usage, name) for name in FIELDS)


def test_all_transcripts_are_read_and_the_one_damaged_line_is_named(transcripts: tuple[list[Session], Reading]) -> None:
    found, reading = transcripts
    assert reading.files == 38
    assert reading.calls == sum(len(one.calls) for one in found)
    assert reading.repeats == 0
    assert [(Path(one.file).name, one.line) for one in reading.first] == [("agentv-acc53d32.jsonl.gz", 10)]
    assert reading.bytes_done == reading.bytes_all


def test_claude_code_s_tokens_are_those_of_its_messages(shared: Path, transcripts: tuple[list[Session], Reading]) -> None:
    usages: dict[str, dict[str, Any]] = {}
    for path in sorted((shared / "data" / "transcripts" / "claude_code").iterdir()):
        for line in plain(path):
            data = line.get("data") or {}
            said = (data.get("message") or {}) if data.get("type") == "agent_progress" else line
            if said.get("type") == "assistant" and said["message"]["model"] != "<synthetic>":
                usages[said["message"]["id"]] = said["message"]["usage"]
    calls = [call for one in transcripts[0] for call in one.calls if call.client == "claude_code"]
    meant: Counter[str] = Counter()
    for usage in usages.values():
        meant["fresh"] += usage["input_tokens"]
        meant["read"] += usage["cache_read_input_tokens"]
        meant["write_5m"] += usage["cache_creation"]["ephemeral_5m_input_tokens"]
        meant["write_1h"] += usage["cache_creation"]["ephemeral_1h_input_tokens"]
    assert len(calls) == len(usages)
    assert dict(zip(FIELDS, map(sum, zip(*map(prompt, calls), strict=True)), strict=True)) == meant


def test_codex_s_tokens_are_the_totals_its_rollouts_end_with(shared: Path, transcripts: tuple[list[Session], Reading]) -> None:
    by_session = {one.id: one for one in transcripts[0]}
    for path in sorted((shared / "data" / "transcripts" / "codex").iterdir()):
        lines = list(plain(path))
        totals = [line["payload"]["info"]["total_token_usage"] for line in lines if line["payload"].get("type") == "token_count"]
        usages = [call.usage for call in by_session[lines[0]["payload"]["id"]].calls]
        assert all(isinstance(usage, Usage) for usage in usages)
        assert sum(usage.prompt for usage in usages if isinstance(usage, Usage)) == totals[-1]["input_tokens"]
        assert sum(usage.read for usage in usages if isinstance(usage, Usage)) == totals[-1]["cached_input_tokens"]
        assert sum(usage.output for usage in usages if isinstance(usage, Usage)) == totals[-1]["output_tokens"]


def test_transcripts_agree_with_the_tables_made_of_them(shared: Path, transcripts: tuple[list[Session], Reading]) -> None:
    pytest.importorskip("pyarrow")
    tables, reading = read(*sorted((shared / "data").glob("sessions_*_calls.parquet")))
    assert (reading.calls, reading.skipped, reading.repeats) == (17_254 + 1_491, 0, 0)
    by_session = {one.id: one for one in tables}
    for one in transcripts[0]:
        if one.thread:
            continue
        told, listed = [prompt(call) for call in one.calls], [prompt(call) for call in by_session[one.id].calls]
        begins = [place for place in range(len(listed)) if listed[place : place + len(told)] == told]
        assert begins
        assert [call.model for call in by_session[one.id].calls[begins[0] :]][: len(told)] == [call.model for call in one.calls]


def test_a_whole_folder_of_mixed_files_is_read(shared: Path) -> None:
    pytest.importorskip("pyarrow")
    found, reading = read(shared / "data")
    assert reading.files == 38 + 2 + 3
    assert {call.client for one in found for call in one.calls} == {"claude_code", "codex"}
    assert {Path(one.file).name for one in reading.first if "known kind" in one.what} == {
        "developer_prompts.jsonl.gz",
        "developer_prompts_commit_type.jsonl.gz",
        "developer_prompts_labelled.jsonl",
    }
