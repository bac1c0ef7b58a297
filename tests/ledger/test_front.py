"""Memory that outlasts a process: what is there is there at once, and only what is nowhere else stays."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.spooled import entry
from tierwise.ledger import framing, front, segments
from tierwise.ledger.front import Front
from tierwise.ledger.records import decoded, encoded

SEED = segments.seed("me")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(front, "TURN", 1000)
    monkeypatch.setattr(front, "STEP", 2048)
    monkeypatch.setattr(front, "MOST", 8192)
    return tmp_path / "spool"


@pytest.fixture
def one(folder: Path) -> Iterator[Front]:
    found = front.opened(folder, "me")
    assert found is not None
    yield found
    for each in (found.now, found.other):
        each.close(safe=True)


def put(one: Front, name: str, last: int = 1, done: int = 0) -> bool:
    payload = encoded(entry(name))
    return one.put(framing.head(payload, SEED), payload, last, done)


def there(folder: Path) -> set[str]:
    found = [(each.path.read_bytes(), each.holder) for each in front.listed(front.place(folder))]
    return {decoded(piece.payload(text)).id for text, name in found for piece in framing.leading(text, segments.seed(name))}


def test_what_is_not_on_the_disk_is_always_there(folder: Path, one: Front) -> None:
    done = 0
    for number in range(1, 200):
        assert put(one, f"{number:04}", number, done)
        done = max(done, number - 3)
        assert there(folder) >= {f"{at:04}" for at in range(done + 1, number + 1)}
        assert one.now.room + one.other.room <= 4096


def test_what_is_older_is_not_read_again(folder: Path, one: Front) -> None:
    for number in range(1, 200):
        assert put(one, f"{number:04}", number, number)
    assert len(there(folder)) < 30
    assert "0199" in there(folder)


def test_a_frame_that_was_begun_when_the_process_died_is_not_read(folder: Path, one: Front) -> None:
    for number in range(1, 12):
        assert put(one, f"{number:04}", number, number)
    before, sheet = there(folder), one.now
    sheet.view[sheet.size + framing.HEAD.size : sheet.size + 60] = b"x" * (60 - framing.HEAD.size)
    assert there(folder) == before


def test_there_is_room_for_so_much_and_no_more(folder: Path, one: Front) -> None:
    number = 0
    while put(one, f"{number:04}", number, -1):
        number += 1
    assert one.now.size <= front.MOST
    assert len(there(folder)) == number
    assert not put(one, "more", number, -1)
    assert put(one, "more", number, number), "there is room again when all is on the disk"


def test_memory_that_cannot_be_had_is_not_touched(folder: Path, one: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    assert put(one, "a", 1, -1)
    monkeypatch.setattr(os, "posix_fallocate", full)
    sheet = one.now
    while put(one, "b", 2, -1):
        pass
    assert sheet.size <= sheet.room == front.STEP
    assert one.other.room == 0
    assert there(folder) == {"a", "b"}


@pytest.mark.parametrize("safe", [True, False])
def test_in_the_end_only_what_is_nowhere_else_stays(folder: Path, *, safe: bool) -> None:
    found = front.opened(folder, "me")
    assert found is not None
    put(found, "a")
    found.close(safe=safe)
    assert there(folder) == (set() if safe else {"a"})
    assert front.place(folder).exists() is not safe


def test_two_folders_have_two_places_and_one_has_always_the_same(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert front.place(folder) != front.place(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert front.place(Path("spool")) == front.place(folder)


def test_a_place_that_somebody_else_has_made_is_not_used(folder: Path) -> None:
    where = front.place(folder)
    where.mkdir(mode=0o777)
    where.chmod(0o777)
    (where / "a-00000001.spool").write_bytes(b"something")
    assert front.opened(folder, "me") is None
    assert front.listed(where) == []
    where.rename(where.with_name("x"))
    where.symlink_to(where.with_name("x"))
    where.with_name("x").chmod(0o700)
    assert front.opened(folder, "me") is None
    assert front.listed(where) == []


def test_without_such_memory_there_is_no_front(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "MEMORY", folder / "nowhere")
    assert front.opened(folder, "me") is None
    assert front.listed(front.place(folder)) == []


def test_a_system_that_cannot_take_memory_in_advance_has_no_front(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    assert front.opened(folder, "me") is None


@pytest.mark.parametrize("what", ["open", "ftruncate"])
def test_memory_without_room_for_both_files_leaves_none(folder: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    real, calls = getattr(os, what), [0]

    def second_fails(*given: Any) -> Any:
        calls[0] += 1
        if calls[0] == (2 if what == "ftruncate" else 3):
            raise OSError(errno.ENOSPC, "full")
        return real(*given)

    monkeypatch.setattr(os, what, second_fails)
    assert front.opened(folder, "me") is None
    assert front.listed(front.place(folder)) == []
