"""Lines, records and rows of files of every state, and moments."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.lab import lines
from tierwise.lab.call import Unreadable
from tierwise.lab.lines import BadRecord

ANY = msgspec.json.Decoder(Any)


class Named(msgspec.Struct):
    name: str = ""


Notes = list[tuple[int, str]]


def noted(notes: Notes) -> Callable[[int, str], None]:
    return lambda line, what: notes.append((line, what))


def kept(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_lines_are_numbered_and_empty_ones_left_out(tmp_path: Path) -> None:
    path = kept(tmp_path / "a", b"one\r\n\r\n \t\n\ntwo\nlast without an end")
    assert list(lines.numbered(path)) == [(1, b"one\r\n"), (5, b"two\n"), (6, b"last without an end")]


@given(content=st.binary(max_size=300))
def test_a_gzipped_file_has_the_lines_of_the_plain_one(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    plain, packed = kept(folder / "plain", b" " + content), kept(folder / "packed", gzip.compress(b" " + content))
    assert list(lines.numbered(packed)) == list(lines.numbered(plain))
    assert lines.beginning(packed, 7) == lines.beginning(plain, 7)


def test_a_byte_order_mark_is_not_part_of_the_first_line(tmp_path: Path) -> None:
    path = kept(tmp_path / "a", b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n")
    assert list(lines.numbered(path)) == [(1, b"{}\n"), (2, b"\xef\xbb\xbf{}\n")]
    assert lines.beginning(path, 5) == b"{}"


def test_a_line_without_end_is_no_reason_to_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1 << 20)
    path = kept(tmp_path / "a", b"ok\n" + b"x" * (2 << 20))
    with pytest.raises(Unreadable, match=r"a: line 2 is longer than 1 MB"):
        list(lines.numbered(path))


WHOLE = gzip.compress(b"".join(b"line %d\n" % number for number in range(5000)))
BROKEN = {
    "cut short": (WHOLE[: len(WHOLE) // 2], "ended before"),
    "damaged": (WHOLE[:40] + b"\xff" * 40 + WHOLE[80:], "decompressing"),
    "packed by name only": (b"\x1f\x8b nothing of the kind", "method"),
}


@pytest.mark.parametrize("state", BROKEN)
def test_a_file_that_cannot_be_unpacked_is_named(state: str, tmp_path: Path) -> None:
    content, why = BROKEN[state]
    path = kept(tmp_path / "broken.gz", content)
    with pytest.raises(Unreadable, match=rf"broken\.gz: .*{why}"):
        list(lines.numbered(path))


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"nothing: No such file or directory$"):
        lines.beginning(tmp_path / "nothing")
    with pytest.raises(Unreadable, match=r": Is a directory$"):
        list(lines.numbered(tmp_path))


def test_an_error_without_words_is_said_by_its_name() -> None:
    assert lines.reason(EOFError()) == "EOFError"
    assert lines.reason(EOFError("too short")) == "too short"
    assert lines.reason(PermissionError(13, "Permission denied")) == "Permission denied"


def test_records_are_read_and_damaged_lines_noted(tmp_path: Path) -> None:
    notes: Notes = []
    path = kept(tmp_path / "a", b'{"name":"x","more":[1]}\n{"name":\n\n{"name":7}\n{"name":"y"}\x00\n{"name":"z"}')
    found = list(lines.records(path, Named, noted(notes)))
    assert found == [(1, Named("x")), (6, Named("z"))]
    assert [line for line, _ in notes] == [2, 4, 5]
    assert all(what.startswith("not a record: ") for _, what in notes)


def test_a_file_of_damaged_lines_alone_is_unreadable(tmp_path: Path) -> None:
    notes: Notes = []
    path = kept(tmp_path / "a", b"\nnothing\nof the kind\n")
    with pytest.raises(Unreadable, match=r"a: no line of it can be read; the first problem is line 2: not a record"):
        list(lines.records(path, Named, noted(notes)))
    assert len(notes) == 2


def test_an_empty_file_has_no_records_and_no_problem(tmp_path: Path) -> None:
    notes: Notes = []
    assert list(lines.records(kept(tmp_path / "a", b"\n\n"), Named, noted(notes))) == []
    assert notes == []


MENDED = {
    "half of a surrogate pair": (b'{"name":"cut \\ud83d"}', "cut ?"),
    "the other half": (b'{"name":"\\ude00 cut"}', "? cut"),
    "a whole pair beside a half": (b'{"name":"\\ud83d\\ude00 \\ud83d"}', "\U0001f600 ?"),
    "a backslash that only looks like one": (b'{"name":"\\\\ud83d \\udfff"}', "\\ud83d ?"),
    "half a pair in what is not read": (b'{"other":"\\ud83d","name":"x"}', "x"),
    "Latin-1": (b'{"name":"caf\xe9"}', "caf\ufffd"),
    "Latin-1 in what is not read": (b'{"other":"\xe9","name":"x"}', "x"),
    "NaN": (b'{"other":NaN,"name":"x"}', "x"),
    "a bare control character": (b'{"name":"a\x01b"}', "a\x01b"),
}


@pytest.mark.parametrize("state", MENDED)
def test_what_other_readers_take_is_taken(state: str) -> None:
    text, name = MENDED[state]
    assert lines.decoded(msgspec.json.Decoder(Named), text) == Named(name)


DAMAGED = {
    "half a record": b'{"name":"x"',
    "an escape that is none": b'{"name":"\\q"}',
    "more after the end": b'{"name":"x"} {}',
    "zeros after a crash": b"\0\0\0\0",
    "deeper than anybody reads": b'{"name":"x","more":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number nobody holds": b'{"name":' + b"9" * 5000 + b"}",
    "another shape": b'["name"]',
}


@pytest.mark.parametrize("state", DAMAGED)
def test_what_nobody_can_read_is_refused(state: str) -> None:
    with pytest.raises(BadRecord, match=r"^not a record: "):
        lines.decoded(msgspec.json.Decoder(Named), DAMAGED[state])


@given(text=st.binary(max_size=80))
def test_any_text_is_a_record_or_refused(text: bytes) -> None:
    try:
        found = lines.decoded(ANY, text)
    except BadRecord:
        return
    msgspec.json.encode(found)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(value=VALUES)
def test_json_of_any_writer_is_read_as_it_was_meant(value: Any) -> None:
    assert lines.decoded(ANY, json.dumps(value).encode()) == value
    assert lines.decoded(ANY, json.dumps(value, ensure_ascii=False).encode()) == value


def test_rows_have_their_columns_and_the_lines_they_begin_in(tmp_path: Path) -> None:
    notes: Notes = []
    path = kept(tmp_path / "a.csv", b'\xef\xbb\xbfname , note\r\nx,"two\r\nlines"\r\n\r\ny,caf\xe9\r\n')
    found = list(lines.rows(path, noted(notes)))
    assert found == [(2, {"name": "x", "note": "two\r\nlines"}), (5, {"name": "y", "note": "caf\ufffd"})]
    assert notes == []


def test_rows_with_too_many_or_too_few_values_are_noted(tmp_path: Path) -> None:
    notes: Notes = []
    path = kept(tmp_path / "a.csv", b"a,b\n1,2\n3\n4,5,6\n7,8\n9,")
    assert [number for number, _ in lines.rows(path, noted(notes))] == [2, 5, 6]
    assert notes == [(3, "has 1 of 2 columns"), (4, "has 3 of 2 columns")]


def test_a_row_that_is_no_csv_is_noted_and_the_next_one_read(tmp_path: Path) -> None:
    notes: Notes = []
    path = kept(tmp_path / "a.csv", b"a,b\n1,2\nx\ry,2\n3,4\n")
    found = [record for _, record in lines.rows(path, noted(notes))]
    assert {"a": "1", "b": "2"} in found
    assert {"a": "3", "b": "4"} in found
    assert notes


def test_a_quote_that_never_ends_is_one_damaged_row(tmp_path: Path) -> None:
    notes: Notes = []
    path = kept(tmp_path / "a.csv", b'a,b\n1,2\n"3"x,4\n5,6\n7,"8\n9,10\n')
    assert [record for _, record in lines.rows(path, noted(notes))] == [{"a": "1", "b": "2"}, {"a": "5", "b": "6"}]
    assert [line for line, _ in notes] == [3, 5]


def test_a_cell_may_hold_a_whole_conversation(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.csv", b"a,b\n1," + b"x" * 300_000 + b"\n")
    assert [len(record["b"]) for _, record in lines.rows(path, noted([]))] == [300_000]


def test_an_empty_table_has_no_rows(tmp_path: Path) -> None:
    assert list(lines.rows(kept(tmp_path / "a.csv", b""), noted([]))) == []
    assert list(lines.rows(kept(tmp_path / "b.csv", b"a,b\n"), noted([]))) == []


def test_a_table_that_is_cut_short_is_named(tmp_path: Path) -> None:
    path = kept(tmp_path / "a.csv.gz", WHOLE[: len(WHOLE) // 2])
    with pytest.raises(Unreadable, match=r"a\.csv\.gz: "):
        list(lines.rows(path, noted([])))


MOMENTS = {
    "2026-03-25T02:17:50.460Z": 1774405070460,
    "2026-03-25T02:17:50.460123456Z": 1774405070460,
    "2026-03-25T02:17:50Z": 1774405070000,
    "2026-03-25T04:17:50.460+02:00": 1774405070460,
    "2026-03-25 02:17:50.460": 1774405070460,
    "2026-03-25": 1774396800000,
    "20260325T021750Z": 1774405070000,
}


@pytest.mark.parametrize("text", MOMENTS)
def test_moments_are_milliseconds_of_utc(text: str) -> None:
    assert lines.moment(text) == MOMENTS[text]


@given(when=st.datetimes(datetime(2000, 1, 2), datetime(9999, 1, 1)), hours=st.integers(-12, 14))  # noqa: DTZ001  # the zone comes below
def test_a_moment_is_the_same_in_every_zone(when: datetime, hours: int) -> None:
    utc = when.replace(tzinfo=UTC)
    there = utc.astimezone(timezone(timedelta(hours=hours)))
    assert lines.moment(there.isoformat()) == lines.moment(utc.isoformat()) == lines.moment(when.isoformat())


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "1970-01-01T00:00:00Z", "0001-01-01", "10000-01-01", "x" * 10_000])
def test_what_is_no_moment_of_a_log_is_refused_in_a_few_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time|out of reach") as caught:
        lines.moment(text)
    assert len(str(caught.value)) < 100
