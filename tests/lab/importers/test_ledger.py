"""The gateway's ledger as a log: calls by session and turn, with the work they were for, and files that are none."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.assembly.demoing import entries, filled
from tierwise import plugins
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab import sessions
from tierwise.lab.call import Call
from tierwise.lab.importers.ledger import IMPORTER, importer, told
from tierwise.lab.lines import beginning
from tierwise.lab.sessions import Reading
from tierwise.ledger import Query, Row, addresses
from tierwise.ledger.rows import row_of


def row(number: int, **said: Any) -> Row:
    usual: dict[str, Any] = {
        "id": f"r{number}",
        "at": 1_790_000_000_000 + number,
        "key": "ana",
        "session": "s",
        "endpoint": "openai/gpt-5.5",
        "turn": "tool",
        "task": "debug",
        "difficulty": 2,
        "client": "codex",
        "project": "shop",
        "usage": Usage(10, 20, 0, 0, 5),
        "total_ms": 1500.0,
    }
    return Row(**(usual | said))


def calls(*rows: Row) -> list[Call]:
    return sorted(told(rows), key=lambda call: call.at)


def test_a_row_is_a_call_with_the_work_it_was_for() -> None:
    (call,) = calls(row(1))
    assert (call.session, call.model, call.provider, call.client, call.workspace) == ("ana/s", "gpt-5.5", "openai", "codex", "shop")
    assert (call.task, call.difficulty, call.ended - call.at, call.usage) == ("debug", 2, 1500, Usage(10, 20, 0, 0, 5))


def test_turns_end_where_no_results_of_tools_follow() -> None:
    found = calls(row(1, turn="person"), row(2), row(3), row(4, turn="person"), row(5))
    assert [bool(call.tools) for call in found] == [True, True, False, True, False]


def test_background_calls_do_not_break_a_turn() -> None:
    found = calls(row(1, turn="person"), row(2, turn="side"), row(3))
    assert [(call.thread, bool(call.tools)) for call in found] == [("", True), ("side", False), ("", False)]


def test_sessions_of_two_keys_are_two() -> None:
    assert {call.session for call in calls(row(1), row(2, key="ben"), row(3, session=""))} == {"ana/s", "ben/s", "r3"}


def test_what_nobody_served_is_no_call() -> None:
    assert calls(row(1, endpoint="")) == []


def test_usage_that_is_not_known_stays_unknown() -> None:
    (call,) = calls(row(1, usage=None, cost_because="it did not say"))
    assert call.usage == Unknown("it did not say")


def test_work_of_no_known_kind_is_not_told() -> None:
    assert calls(row(1, task="unknown"))[0].task == ""


def test_an_hour_s_cache_is_told_by_what_was_written() -> None:
    assert [calls(row(1, usage=Usage(write_1h=one)))[0].ttl for one in (0, 1)] == [0, 3600]


def test_a_ledger_s_file_is_read_whole(tmp_path: Path) -> None:
    path = filled(tmp_path)
    (source,) = sessions.found([path], plugins.found(plugins.IMPORTERS))
    assert source.importer.name == IMPORTER.name
    reading = Reading()
    found = list(sessions.read([source], reading, now=2**52))
    rows = [one for one in map(row_of, entries()) if one.endpoint]
    assert sum(len(one.calls) for one in found) == len(rows) == reading.calls
    assert (reading.skipped, reading.repeats) == (0, 0)
    said = {one.id: one for one in rows}
    assert all(said[call.id].usage in {call.usage, None} for one in found for call in one.calls)


def test_a_ledger_is_found_in_a_folder(tmp_path: Path) -> None:
    filled(tmp_path)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE entries (id TEXT)")
    assert [one.path.name for one in sessions.found([tmp_path], plugins.found(plugins.IMPORTERS))] == ["ledger.db"]


def test_a_store_that_is_no_file_is_read_by_its_query(tmp_path: Path) -> None:
    path = filled(tmp_path)
    since = max(one.at for one in entries()) - 86_400_000
    read = importer(lambda: addresses.opened(str(path), plugins.found(plugins.STORES)), Query(since=since))
    found = list(read.calls(Path("postgresql:/nowhere"), lambda _line, _what: None))
    assert found
    assert all(call.at >= since for call in found)


@pytest.mark.parametrize("damage", ["", "x", "SQLite format 3\x00", "SQLite format 3\x00 and then nothing of the kind" * 200])
def test_what_is_no_ledger_is_not_claimed(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text(damage)
    assert not IMPORTER.claims(path, beginning(path))
