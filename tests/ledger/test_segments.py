"""The spool's folder: who has which file, and what is put in a file's place."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tierwise.ledger import segments


def test_files_are_listed_by_process_and_number(tmp_path: Path) -> None:
    names = ["b-00000001.spool", "a-b-00000010.spool", "a-b-00000009.spool", "a-b-123456789.spool"]
    for name in [*names, "a-1.spool", "x.damaged", "a-00000001.new", "a-00000001.spool.new", "positions.json", "a-00000001.spool\n"]:
        (tmp_path / name).write_bytes(b"123")
    found = segments.listed(tmp_path)
    assert [(one.holder, one.number, one.size) for one in found] == [("a-b", 9, 3), ("a-b", 10, 3), ("a-b", 123456789, 3), ("b", 1, 3)]


def test_a_new_file_is_locked_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    descriptor = segments.created(tmp_path, "a", 1)
    (one,) = segments.listed(tmp_path)
    assert one.path.stat().st_mode & 0o777 == 0o600
    with segments.opened(one.path) as (_, closed):
        assert not closed
    os.close(descriptor)
    with segments.opened(one.path) as (_, closed):
        assert closed


def test_a_file_that_cannot_get_its_name_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(segments, "sync_folder", full)
    with pytest.raises(OSError, match="full"):
        segments.created(tmp_path, "a", 1)
    with pytest.raises(OSError, match="full"):
        segments.replace(tmp_path / "x", b"text")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        segments.replace(tmp_path / "y", b"text")
    assert [one.name for one in tmp_path.iterdir() if one.suffix == segments.NEW] == []


def test_a_file_on_a_read_only_disk_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = tmp_path / "x", os.open
    path.write_bytes(b"text")

    def read_only(where: Any, flags: int, *more: int) -> int:
        if flags & os.O_RDWR:
            raise OSError(errno.EROFS, "read-only")
        return real(where, flags, *more)

    monkeypatch.setattr(os, "open", read_only)
    with segments.opened(path) as (descriptor, closed):
        assert segments.read(descriptor, 1) == b"ext"
        assert closed
    with pytest.raises(FileNotFoundError), segments.opened(tmp_path / "y"):
        pass


def test_a_file_is_put_in_the_place_of_another_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for text in (b"one", b"two, longer", b""):
        segments.replace(path, text)
        assert path.read_bytes() == text
    assert [one.name for one in tmp_path.iterdir()] == ["x"]


def test_positions_are_told_and_whatever_is_wrong_with_them_means_nothing(tmp_path: Path) -> None:
    assert segments.positions(tmp_path) == {}
    segments.tell_positions(tmp_path, {"a": 3})
    assert segments.positions(tmp_path) == {"a": 3}
    (tmp_path / segments.POSITIONS).write_text("[")
    assert segments.positions(tmp_path) == {}


def test_one_at_a_time_moves_what_is_there(tmp_path: Path) -> None:
    with segments.only_one(tmp_path) as first, segments.only_one(tmp_path) as second:
        assert (first, second) == (True, False)
    with segments.only_one(tmp_path) as third:
        assert third
