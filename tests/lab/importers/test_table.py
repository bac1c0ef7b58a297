"""The plain table as CSV, JSON lines and Parquet."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab import sessions
from tierwise.lab.call import Call, Unreadable
from tierwise.lab.importers import table
from tierwise.lab.importers.table import IMPORTER
from tierwise.lab.sessions import Reading

Lines = Callable[..., Path]
Read = Callable[..., Any]
Rows = Sequence[Mapping[str, Any]]
AT = 1_780_315_200_000


def row(session: str = "s1", second: int = 0, **more: Any) -> dict[str, Any]:
    return {"session": session, "at": AT + 1000 * second, "model": "gpt-5.5", "fresh": 100, "read": 50, "output": 7, "words": ""} | more


def as_csv(path: Path, rows: Rows) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue())


def as_lines(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))


def as_parquet(path: Path, rows: Rows) -> None:
    arrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(arrow.Table.from_pylist([dict(one) for one in rows]), path)


WRITERS = {"csv": as_csv, "jsonl": as_lines, "parquet": as_parquet}
FORMS = pytest.mark.parametrize("form", WRITERS)


def written(folder: Path, form: str, rows: Rows) -> Path:
    path = folder / f"table.{form}"
    WRITERS[form](path, rows)
    return path


@FORMS
def test_every_form_gives_the_same_calls(form: str, tmp_path: Path, read: Read) -> None:
    path = written(tmp_path, form, [row(words="go on"), row("s2", 1, thread="x") if form != "csv" else row("s2", 1), row(second=2)])
    assert IMPORTER.claims(path, path.read_bytes()[:65536])
    calls, notes = read(IMPORTER, path)
    assert notes == []
    assert [(call.session, call.at, call.words) for call in calls] == [("s1", AT, "go on"), ("s2", AT + 1000, ""), ("s1", AT + 2000, "")]
    assert {call.usage for call in calls} == {Usage(fresh=100, read=50, output=7)}
    assert [call.line for call in calls] == ([2, 3, 4] if form == "csv" else [1, 2, 3])


@FORMS
def test_a_damaged_row_is_noted_and_the_others_are_read(form: str, tmp_path: Path, read: Read) -> None:
    rows = [row(), row(fresh=-1), row(second=1, model=""), row(second=2)]
    calls, notes = read(IMPORTER, written(tmp_path, form, rows))
    first = 2 if form == "csv" else 1
    assert [call.line for call in calls] == [first, first + 3]
    assert [(line, what.split(" is ")[0]) for line, what in notes] == [(first + 1, "fresh"), (first + 2, "model")]


@FORMS
def test_a_row_without_counts_has_unknown_usage(form: str, tmp_path: Path, read: Read) -> None:
    (_, call), _ = read(IMPORTER, written(tmp_path, form, [row(), row(output=None)]))
    assert call.usage == Unknown("the row has no token counts")


def test_records_need_not_have_the_same_names(lines: Lines, read: Read) -> None:
    path = lines(row(), {"session_id": "s2", "ts": "2026-06-01T12:00:00Z", "model": "m"}, {"colour": "red"}, {**row(), "colour": None})
    calls, notes = read(IMPORTER, path)
    assert [(call.session, call.line) for call in calls] == [("s1", 1), ("s2", 2), ("s1", 4)]
    assert notes == [(3, "session is empty")]


ODD: dict[str, tuple[bytes, list[int], list[int]]] = {
    "Windows line ends": (b"session,at,model,output,fresh\r\ns,2026-01-01,m,1,2\r\n", [2], []),
    "a byte order mark": (b"\xef\xbb\xbfsession,at,model,output\ns,2026-01-01,m,1\n", [2], []),
    "blanks in the header": (b"session, at, model, output\ns,2026-01-01,m,1\n", [2], []),
    "quoted line ends": (b'session,at,model,output,words\ns,2026-01-01,m,1,"a\nb"\ns,2026-01-02,m,1,c\n', [2, 4], []),
    "a row that is cut": (b"session,at,model,output\ns,2026-01-01,m,1\ns,2026-01-0", [2], [3]),
    "a row too long": (b"session,at,model,output\ns,2026-01-01,m,1,9\ns,2026-01-01,m,1\n", [3], [2]),
    "Latin-1": (b"session,at,model,output,words\ns,2026-01-01,m,1,caf\xe9\n", [2], []),
    "zeros": (b"session,at,model,output\ns,2026-01-01,m,1\n\0\0\0\0\n", [2], [3]),
    "JSON behind blanks": (b'\n\n  {"session":"s","at":"2026-01-01","model":"m","output":1}\n', [3], []),
    "JSON with a mark": (b'\xef\xbb\xbf{"session":"s","at":"2026-01-01","model":"m","output":1}\r\n', [1], []),
    "JSON, the first line damaged": (b'{"session"\n{"session":"s","at":"2026-01-01","model":"m","output":1}\n', [2], [1]),
}


@pytest.mark.parametrize("why", ODD)
def test_an_odd_table_is_read_as_well_as_may_be(why: str, tmp_path: Path, read: Read) -> None:
    content, good, bad = ODD[why]
    path = tmp_path / "odd"
    path.write_bytes(content)
    (source,) = sessions.found([path], [IMPORTER])
    calls, notes = read(source.importer, path)
    assert ([call.line for call in calls], [line for line, _ in notes]) == (good, bad)


@pytest.mark.parametrize(
    "start",
    [
        b"session,at,model\n",
        b"a\rb",
        b'{"session":"s","at":1,"model":"m"}',
        b"[1,2]",
        b"\x89PNG\r\n",
        b'{"usage":{"session":1}}',
        b'"',
        b"PNG",
    ],
)
def test_other_files_are_no_tables(start: bytes) -> None:
    assert not IMPORTER.claims(Path("a.csv"), start)


def test_a_table_is_known_by_a_first_record_longer_than_what_is_looked_at() -> None:
    start = json.dumps({"session": "s", "at": 1, "model": "m", "output": 1, "words": "x" * 100_000}).encode()[:65536]
    assert IMPORTER.claims(Path("a.jsonl"), start)


def test_a_parquet_file_of_something_else_is_no_table(tmp_path: Path) -> None:
    path = written(tmp_path, "parquet", [{"session_id": "s", "prompt": "hello", "data": 1}])
    assert not IMPORTER.claims(path, b"PAR1")


@pytest.mark.parametrize("kept", [4, 7, 100, -1, -30])
def test_a_parquet_file_that_is_cut_is_named(kept: int, tmp_path: Path, read: Read) -> None:
    path = written(tmp_path, "parquet", [row()])
    path.write_bytes(path.read_bytes()[:kept])
    assert IMPORTER.claims(path, path.read_bytes())
    with pytest.raises(Unreadable, match=r"table\.parquet: [^\n]+$"):
        read(IMPORTER, path)


def test_a_damaged_parquet_file_is_named(tmp_path: Path, read: Read) -> None:
    path = written(tmp_path, "parquet", [row(second=second) for second in range(1000)])
    content = bytearray(path.read_bytes())
    content[4 : len(content) // 3] = b"\xff" * (len(content) // 3 - 4)
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=r"table\.parquet: [^\n]+$"):
        read(IMPORTER, path)


def test_a_parquet_file_without_a_column_that_is_needed_is_named(tmp_path: Path, read: Read) -> None:
    path = written(tmp_path, "parquet", [{"session": "s", "at": 1, "model": "m"}])
    with pytest.raises(Unreadable, match=r"table\.parquet: has no column for output"):
        read(IMPORTER, path)


def test_parquet_is_an_extra(tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name)

    path = written(tmp_path, "parquet", [row()])
    monkeypatch.setattr(table, "import_module", missing)
    assert IMPORTER.claims(path, b"PAR1")
    with pytest.raises(Unreadable, match=r"table\.parquet: reading Parquet needs pip install 'tierwise\[parquet\]'"):
        read(IMPORTER, path)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Zurich"])
def test_times_of_every_unit_are_read(unit: str, zone: str | None, tmp_path: Path, read: Read) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "times.parquet"
    scale = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}[unit]
    when = arrow.array([AT // 1000 * scale + (123 if unit == "ns" else 0)], arrow.timestamp(unit, zone))
    parquet.write_table(arrow.table({"session": ["s"], "at": when, "model": ["m"], "output": [1]}), path)
    (call,), notes = read(IMPORTER, path)
    assert (call.at, notes) == (AT, [])


def test_lists_and_days_of_a_parquet_file_are_read(tmp_path: Path, read: Read) -> None:
    day = datetime(2026, 6, 1, tzinfo=UTC).date()
    (call,), _ = read(IMPORTER, written(tmp_path, "parquet", [row(at=day, tools=["Read", "Edit"])]))
    assert (call.at, call.tools) == (AT - 12 * 3_600_000, ("Read", "Edit"))


SIZES = st.integers(0, 10**6)
CALLS = st.lists(st.tuples(st.sampled_from(["s1", "s2"]), st.integers(0, 10**6), SIZES, SIZES, SIZES), min_size=1, max_size=8)


@settings(max_examples=25)
@given(sized=CALLS)
def test_a_table_in_one_form_is_the_table_in_another(
    sized: list[tuple[str, int, int, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [
        row(session, second, fresh=fresh, read=read_, output=output, id=str(index))
        for index, (session, second, fresh, read_, output) in enumerate(sized)
    ]
    found = []
    for form in WRITERS:
        path = written(tmp_path_factory.getbasetemp(), form, rows)
        reading = Reading()
        found.append([[_bare(call) for call in one.calls] for one in sessions.read(sessions.found([path], [IMPORTER]), reading, AT * 2)])
        assert (reading.calls, reading.skipped, reading.repeats) == (len(rows), 0, 0)
    assert found[0] == found[1] == found[2]


def _bare(call: Call) -> tuple[Any, ...]:
    return call.id, call.at, call.gap, call.usage
