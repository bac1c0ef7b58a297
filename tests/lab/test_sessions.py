"""Files found and put together into sessions: what is read, what is passed over, what is an error, and how little memory it takes."""

import os
import random
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.lab import sessions
from tierwise.lab.call import Call, Importer, Note, Unreadable
from tierwise.lab.lines import records
from tierwise.lab.sessions import Problem, Reading, Session

NOW = 2_000_000_000_000
DAY = 86_400_000


class Row(msgspec.Struct):
    """A call as the formats of these tests have it."""

    s: str
    id: str = ""
    at: int = 1_000_000_000_000
    t: str = ""
    n: int | None = 1
    ended: int = 0
    gap: int = -1


def calls(path: Path, note: Note) -> Iterator[Call]:
    for line, row in records(path, Row, note):
        usage = Unknown("not said") if row.n is None else Usage(fresh=row.n)
        yield Call(row.s, row.id, row.at, "m", usage, thread=row.t, ended=row.ended, gap=row.gap, line=line)


def _claims(first: bytes) -> Callable[[Path, bytes], bool]:
    return lambda _path, beginning: beginning.startswith(first)


WHOLE = Importer("whole", "whole sessions", _claims(b'{"s":"w'), calls, whole=True, order=lambda path: int(path.name.startswith("copy")))
MIXED = Importer("mixed", "mixed calls", _claims(b'{"s":"m'), calls, whole=False)
KNOWN = (WHOLE, MIXED)


def kept(path: Path, *rows: dict[str, Any] | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join((row if isinstance(row, bytes) else msgspec.json.encode(row)) + b"\n" for row in rows))
    return path


def read(*paths: Path, now: int | None = NOW) -> tuple[list[Session], Reading]:
    reading = Reading()
    return list(sessions.read(sessions.found(paths, KNOWN), reading, now)), reading


def ids(found: Sequence[Session]) -> list[tuple[str, str, list[str]]]:
    return [(one.id, one.thread, [call.id for call in one.calls]) for one in found]


def test_a_transcript_s_calls_are_put_in_order_by_thread(tmp_path: Path) -> None:
    rows = [{"s": "w", "id": name, "at": NOW - at, "t": thread} for name, at, thread in (("a", 5, ""), ("b", 9, "x"), ("c", 7, ""))]
    found, reading = read(kept(tmp_path / "one.jsonl", *rows))
    assert ids(found) == [("w", "", ["c", "a"]), ("w", "x", ["b"])]
    assert (reading.files, reading.calls, reading.repeats, reading.skipped) == (1, 3, 0, 0)
    assert reading.bytes_done == reading.bytes_all == (tmp_path / "one.jsonl").stat().st_size


def test_a_session_is_gathered_from_many_tables(tmp_path: Path) -> None:
    kept(tmp_path / "a.jsonl", {"s": "m1", "id": "1", "at": NOW - 3}, {"s": "m2", "id": "1", "at": NOW - 3})
    kept(tmp_path / "b.jsonl", {"s": "m1", "id": "2", "at": NOW - 9})
    found, _ = read(tmp_path)
    assert ids(found) == [("m1", "", ["2", "1"]), ("m2", "", ["1"])]


def test_a_call_that_two_transcripts_tell_is_counted_once(tmp_path: Path) -> None:
    kept(tmp_path / "first.jsonl", {"s": "w1", "id": "a"}, {"s": "w1", "id": "b"}, {"s": "w1", "id": "b"})
    kept(tmp_path / "resumed.jsonl", {"s": "w2", "id": "a"}, {"s": "w2", "id": "b"}, {"s": "w2", "id": "c"})
    found, reading = read(tmp_path)
    assert ids(found) == [("w1", "", ["a", "b"]), ("w2", "", ["c"])]
    assert (reading.calls, reading.repeats) == (6, 3)


def test_copies_are_read_after_what_they_copy(tmp_path: Path) -> None:
    kept(tmp_path / "copy.jsonl", {"s": "w", "t": "agent", "id": "a"}, {"s": "w", "t": "agent", "id": "b"})
    kept(tmp_path / "main.jsonl", {"s": "w", "id": "a"})
    assert ids(read(tmp_path)[0]) == [("w", "", ["a"]), ("w", "agent", ["b"])]


def test_rows_of_a_table_repeat_by_their_id_within_a_thread(tmp_path: Path) -> None:
    kept(tmp_path / "a.jsonl", {"s": "m", "id": "a"}, {"s": "m", "id": "a"}, {"s": "m", "id": "a", "t": "x"}, {"s": "m"}, {"s": "m"})
    kept(tmp_path / "b.jsonl", {"s": "m", "id": "a"}, {"s": "m2", "id": "a"})
    found, reading = read(tmp_path)
    assert ids(found) == [("m", "", ["a", "", ""]), ("m", "x", ["a"]), ("m2", "", ["a"])]
    assert reading.repeats == 2


def test_one_file_by_two_names_is_read_once(tmp_path: Path) -> None:
    path = kept(tmp_path / "here" / "a.jsonl", {"s": "m"})
    (tmp_path / "here" / "link.jsonl").symlink_to(path)
    found, reading = read(path, tmp_path / "here", tmp_path / "here" / ".." / "here" / "a.jsonl")
    assert (len(found), reading.files) == (1, 1)


def test_a_folder_that_links_to_itself_ends(tmp_path: Path) -> None:
    kept(tmp_path / "here" / "a.jsonl", {"s": "m"})
    (tmp_path / "here" / "again").symlink_to(tmp_path / "here", target_is_directory=True)
    (tmp_path / "here" / "loop.jsonl").symlink_to(tmp_path / "here" / "loop.jsonl")
    assert len(read(tmp_path)[0]) == 1


def test_hidden_folders_are_read_and_other_files_are_not(tmp_path: Path) -> None:
    kept(tmp_path / ".claude" / "projects" / "a.jsonl", {"s": "w", "id": "a"})
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "notes.md").write_text('{"s":"w"}')
    (tmp_path / "picture.jsonl.png").write_bytes(b"\x89PNG")
    found, reading = read(tmp_path)
    assert (len(found), reading.skipped) == (1, 0)


def test_what_looks_like_a_log_and_is_none_is_named(tmp_path: Path) -> None:
    kept(tmp_path / "a.jsonl", {"s": "w", "id": "a"})
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "blank.csv").write_bytes(b" \n")
    (tmp_path / "history.jsonl").write_bytes(b'{"command": "ls"}\n')
    found, reading = read(tmp_path)
    assert len(found) == 1
    assert {(Path(one.file).name, one.line, one.what) for one in reading.first} == {
        ("empty.jsonl", 1, "the file is empty"),
        ("blank.csv", 1, "the file is empty"),
        ("history.jsonl", 1, "not a log of a known kind"),
    }
    assert reading.skipped == 3


def test_only_the_first_problems_are_kept(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.jsonl", {"s": "w", "id": "a"}, *[b"damaged"] * 50)
    _, reading = read(path)
    assert reading.skipped == 50
    assert [one.line for one in reading.first] == list(range(2, 2 + sessions.FIRST_PROBLEMS))
    assert reading.first[0] == Problem(str(path), 2, "not a record: Expecting value (character 1)")


def test_a_name_nobody_can_print_is_shown_as_well_as_may_be(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl"))
    try:
        kept(path, {"s": "w", "id": "a"}, b"damaged")
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    _, reading = read(tmp_path)
    assert reading.first[0].file.endswith("caf?.jsonl")


def test_a_place_without_logs_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    kept(tmp_path / "other" / "a.jsonl", {"x": 1})
    cases = {
        tmp_path / "nowhere": "nowhere: no such file or folder",
        tmp_path / "empty": "empty: no log that can be read; known are whole sessions, mixed calls",
        tmp_path / "other": "other: no log that can be read",
        tmp_path / "other" / "a.jsonl": r"a\.jsonl: not a log of a known kind \(whole sessions, mixed calls\)",
        Path(os.devnull): "not a file or folder",
        tmp_path / ("x" * 300): "x: File name too long",
        kept(tmp_path / "blank.jsonl", b"", b" "): r"blank\.jsonl: the file is empty",
    }
    for path, said in cases.items():
        with pytest.raises(Unreadable, match=said):
            sessions.found([path], KNOWN)


def test_a_folder_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_folder: Path, onerror: Callable[[OSError], None]) -> Iterator[Any]:
        onerror(PermissionError(13, "Permission denied", str(tmp_path / "secret")))
        return iter(())

    monkeypatch.setattr(os, "walk", closed)
    with pytest.raises(Unreadable, match=r"secret: Permission denied$"):
        sessions.found([tmp_path], KNOWN)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(self: Path, *_how: Any, **_more: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(self))

    kept(tmp_path / "a.jsonl", {"s": "w"})
    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(Unreadable, match=r"a\.jsonl: Permission denied$"):
        sessions.found([tmp_path], KNOWN)


def test_a_table_of_which_nothing_can_be_read_is_an_error(tmp_path: Path) -> None:
    kept(tmp_path / "a.jsonl", {"s": "m", "id": "a"}, b"damaged")
    bad = kept(tmp_path / "b.jsonl", {"s": "m", "at": NOW + 2 * DAY}, b"damaged")
    with pytest.raises(Unreadable, match=r"b\.jsonl: no call of it can be read; line 1: a call in the future, on 2033-05-20"):
        read(bad)
    with pytest.raises(Unreadable, match=r"b\.jsonl: no call of it can be read"):
        read(tmp_path)


def test_that_is_said_even_where_its_problems_are_not_among_the_first(tmp_path: Path) -> None:
    kept(tmp_path / "a.jsonl", {"s": "m", "id": "a"}, *[b"damaged"] * 50)
    kept(tmp_path / "b.jsonl", {"s": "m", "at": NOW + 2 * DAY})
    with pytest.raises(Unreadable, match=r"b\.jsonl: no call of it can be read$"):
        read(tmp_path)


def test_a_transcript_without_calls_is_no_error(tmp_path: Path) -> None:
    kept(tmp_path / "a.jsonl", b"damaged", {"s": "w", "id": "a"})
    kept(tmp_path / "b.jsonl", {"s": "w", "id": "b", "at": NOW + 2 * DAY})
    sources = [sessions.Source(tmp_path / name, WHOLE) for name in ("a.jsonl", "b.jsonl")]
    reading = Reading()
    assert ids(list(sessions.read(sources, reading, NOW))) == [("w", "", ["a"])]
    assert [(Path(one.file).name, one.line) for one in reading.first] == [("a.jsonl", 1), ("b.jsonl", 1)]


def test_a_call_from_the_future_is_skipped_and_one_from_another_zone_is_not(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.jsonl", {"s": "m", "id": "a", "at": NOW + DAY}, {"s": "m", "id": "b", "at": NOW + DAY + 1})
    found, reading = read(path)
    assert ids(found) == [("m", "", ["a"])]
    assert [(one.line, one.what) for one in reading.first] == [(2, "a call in the future, on 2033-05-19")]


def test_without_a_given_time_the_clock_tells_what_the_future_is(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.jsonl", {"s": "m", "id": "a"}, {"s": "m", "id": "b", "at": 253_000_000_000_000})
    assert ids(read(path, now=None)[0]) == [("m", "", ["a"])]


def test_gaps_are_filled_from_the_times(tmp_path: Path) -> None:
    rows = [
        {"s": "m", "at": NOW - 1000, "ended": NOW - 900},
        {"s": "m", "at": NOW - 850, "ended": NOW - 100},
        {"s": "m", "at": NOW - 700, "ended": NOW - 600},
        {"s": "m", "at": NOW - 500, "gap": 7},
    ]
    (found,), _ = read(kept(tmp_path / "a.jsonl", *rows))
    assert [call.gap for call in found.calls] == [-1, 50, 0, 7]


ROWS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        s=st.sampled_from(["m1", "m2", "m3"]),
        id=st.sampled_from(["", "a", "b", "c"]),
        at=st.integers(10**12, 10**12 + 5),
        n=st.none() | st.integers(0, 9),
    ),
    min_size=1,
    max_size=30,
)


@given(rows=ROWS, few=st.integers(1, 5))
def test_buckets_on_disk_give_the_sessions_that_memory_gives(
    rows: list[dict[str, Any]], few: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = kept(tmp_path_factory.getbasetemp() / "rows.jsonl", *rows)
    in_memory, reading = read(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "MANY", few)
        on_disk, again = read(path)
    assert sorted(on_disk, key=lambda one: (one.id, one.thread)) == in_memory
    assert again == reading


@given(rows=ROWS, seed=st.integers())
def test_the_order_of_rows_decides_nothing_but_between_calls_of_one_moment(
    rows: list[dict[str, Any]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder, mixed = tmp_path_factory.getbasetemp(), list(rows)
    random.Random(seed).shuffle(mixed)  # noqa: S311  # not for secrets
    counted = [[(one.id, len(one.calls)) for one in read(kept(folder / "rows.jsonl", *some))[0]] for some in (rows, mixed)]
    assert counted[0] == counted[1]


def test_a_large_transcript_is_not_kept_in_memory_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(tmp_path / "a.jsonl", *({"s": f"w{number % 2}", "id": str(number)} for number in range(20)))
    small, _ = read(tmp_path)
    monkeypatch.setattr(sessions, "LARGE", 0)
    monkeypatch.setattr(sessions, "MANY", 5)
    large, reading = read(tmp_path, tmp_path / "a.jsonl")
    assert sorted(large, key=lambda one: one.id) == small
    assert reading.repeats == 0


def test_memory_does_not_grow_with_the_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MANY", 200)

    def most(count: int) -> int:
        path = kept(tmp_path / f"{count}.jsonl", *({"s": f"m{number // 4}", "id": str(number)} for number in range(count)))
        sources, reading = sessions.found([path], KNOWN), Reading()
        tracemalloc.start()
        for _ in sessions.read(sources, reading, NOW):
            pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert reading.calls == count
        return peak

    assert most(8000) < 1.3 * most(1000) + 200_000


def test_nothing_is_left_behind_when_reading_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MANY", 2)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spare"))
    (tmp_path / "spare").mkdir()
    path = kept(tmp_path / "a.jsonl", *({"s": f"m{number}"} for number in range(9)))
    found = sessions.read(sessions.found([path], KNOWN), Reading(), NOW)
    next(found)
    assert list((tmp_path / "spare").iterdir())
    found.close()  # type: ignore[attr-defined]  # it is a generator
    assert not list((tmp_path / "spare").iterdir())


def test_a_full_disk_is_said_in_one_line() -> None:
    met = sqlite3.connect(":memory:")
    with pytest.raises(OSError, match="no such table"):
        sessions._is_new(Call("s", "a", 1, "m", Usage()), met)
    met.close()


def test_a_session_without_end_comes_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LONGEST", 3)
    rows = [{"s": "m", "id": str(index), "at": NOW - 9000 + 1000 * index} for index in range(7)]
    found, _ = read(kept(tmp_path / "a.jsonl", *rows))
    assert ids(found) == [("m", "", ["0", "1", "2"]), ("m", "#2", ["3", "4", "5"]), ("m", "#3", ["6"])]
    assert [call.gap for one in found for call in one.calls][1:] == [1000] * 6


def test_a_bucket_too_large_for_memory_is_put_in_order_by_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"s": "m", "id": str(index), "at": NOW - 9000 + 1000 * index} for index in (4, 1, 6, 0, 3, 5, 2)]
    log = kept(tmp_path / "a.jsonl", *rows)
    monkeypatch.setattr(sessions, "MANY", 2)
    monkeypatch.setattr(sessions, "HUGE", 100)
    found, reading = read(log)
    assert [call.id for one in found for call in one.calls] == [str(index) for index in range(7)]
    assert len(found) > 1
    assert reading.calls == 7
