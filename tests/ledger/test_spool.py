"""The spool: what is appended is on the disk soon; what the disk or the folder has no room for is given up in order, and said."""

import errno
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.ledger.spooled import Said, entry, ids, opened, records, until
from tierwise.core.entry import Bodies, Entry
from tierwise.ledger import framing, front, segments, spool, tail
from tierwise.ledger.journal import Journal
from tierwise.ledger.records import decoded
from tierwise.ledger.spool import Limits

WORDS = Bodies(b"p" * 3000, b"a" * 3000)
LARGE = Bodies(b"p" * 30_000, b"")


def fronted(folder: Path) -> list[str]:
    """What would outlast this process now, whatever the disk does."""
    found = [(one.path.read_bytes(), segments.seed(one.holder)) for one in front.listed(front.place(folder))]
    return [decoded(piece.payload(text)).id for text, seed in found for piece in framing.leading(text, seed)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@contextmanager
def journal(folder: Path, limits: Limits | None = None, say: Said | None = None) -> Iterator[Journal]:
    one = opened(folder, limits, say)
    try:
        yield one
    finally:
        one.spool.close()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond this: the system then writes what still fits, and fails, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_record_outlasts_the_process_at_once_and_soon_a_power_cut(folder: Path) -> None:
    with journal(folder) as one:
        for name in "abc":
            one.record(entry(name))
            assert fronted(folder)[-1] == name
        began = time.monotonic()
        until(lambda: ids(folder) == ["a", "b", "c"])
        assert time.monotonic() - began < 4


def test_durable_means_that_it_is_on_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(tail, "_sync_file", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    with journal(folder) as one:
        one.record(entry("a"))
        assert one.durable()
        assert ids(folder) == ["a"]
        assert synced[-1] == sum(each.size for each in segments.listed(folder))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_a_defect_has_ended_is_started_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def defect(*_: Any) -> None:
        raise RuntimeError("a defect")

    with journal(folder) as one:
        with monkeypatch.context() as patch:
            patch.setattr(tail.Tail, "append", defect)
            one.record(entry("a"))
            until(lambda: one.spool.writing.thread is None)
        one.record(entry("b"))
        until(lambda: "b" in ids(folder))


def test_without_a_front_the_thread_is_all_there_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "MEMORY", folder / "nowhere")
    with journal(folder) as one:
        assert one.spool.front is None
        one.record(entry("a"))
        until(lambda: ids(folder) == ["a"])


def test_a_slow_disk_keeps_nobody_waiting_and_nothing_from_outlasting_the_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held, real = threading.Event(), tail._sync_file

    def slow(descriptor: int) -> None:
        held.wait(5)
        real(descriptor)

    monkeypatch.setattr(tail, "_sync_file", slow)
    with journal(folder) as one:
        one.record(entry("a"))
        until(lambda: ids(folder) == ["a"])
        for name in "bcd":
            one.record(entry(name))
        assert fronted(folder) == ["a", "b", "c", "d"]
        assert ids(folder) == ["a"]
        held.set()


def test_large_bodies_are_redacted_by_the_thread_and_written(folder: Path) -> None:
    secret = b"tw-" + b"a" * 43
    with journal(folder) as one:
        one.record(entry("a", Bodies(b'{"said": "' + secret + b'"}' + b" " * 20_000, b"")))
        until(lambda: ids(folder) == ["a"])
        (found,) = records(folder)
    assert isinstance(found, Entry)
    assert found.bodies is not None
    assert secret not in found.bodies.prompt
    assert found.bodies.prompt.startswith(b'{"said": "[redacted]"}')


def test_files_are_left_when_they_are_large_enough(folder: Path) -> None:
    with journal(folder, Limits(size=1 << 20)) as one:
        for at in range(60):
            one.record(entry(f"{at:02}", WORDS))
            assert at % 3 or one.durable()
        assert one.durable()
        found = [each for each in segments.listed(folder) if each.size]
    assert len(found) > 5
    assert max(each.size for each in found) < 2 * (1 << 20) / spool.FEWEST
    assert ids(folder) == [f"{at:02}" for at in range(60)]


def test_two_processes_share_a_folder(folder: Path) -> None:
    with journal(folder) as one, journal(folder) as two:
        for at in range(10):
            (one if at % 2 else two).record(entry(str(at)))
    assert sorted(ids(folder)) == [str(at) for at in range(10)]
    assert len({each.holder for each in segments.listed(folder)}) == 2


def test_a_file_is_locked_as_long_as_its_process_writes_to_it(folder: Path) -> None:
    with journal(folder) as one:
        one.record(entry("a"))
        for each in segments.listed(folder):
            with segments.opened(each.path) as (_, closed):
                assert not closed
    for each in segments.listed(folder):
        with segments.opened(each.path) as (_, closed):
            assert closed


# A folder that is full


def test_a_folder_that_is_nearly_full_gets_no_bodies_and_a_full_one_no_records(folder: Path) -> None:
    said = Said()
    with journal(folder, Limits(size=1 << 20), said) as one:
        for at in range(2000):
            one.record(entry(f"{at:04}", WORDS))
        one.durable()
        found = [each for each in records(folder) if isinstance(each, Entry)]
        bare = [each.id for each in found if each.bodies is None]
        assert one.shed.records > 0
        assert one.shed.records + len(found) == 2000
        assert one.shed.bodies >= len(bare) > 100
        assert bare == [each.id for each in found][-len(bare) :]
        assert sum(each.size for each in segments.listed(folder)) <= 1 << 20
    assert said.any("bodies are not kept", "ledger.spool_size")
    assert said.any("RECORDS ARE LOST", "ledger.spool_size")
    assert sum("bodies" in line for line in said.lines) == sum("LOST" in line for line in said.lines) == 1, "each is said once a minute"


def test_room_that_is_made_is_used_again(folder: Path) -> None:
    with journal(folder, Limits(size=1 << 20)) as one:
        for at in range(2000):
            one.record(entry(f"{at:04}", WORDS))
        one.durable()
        lost = one.shed.records
        for each in segments.listed(folder)[:-3]:
            each.path.unlink()
        one.spool.looked = float("-inf")
        one.record(entry("again"))
        assert one.durable()
        assert "again" in ids(folder)
        assert one.shed.records == lost


def test_records_without_bodies_fill_a_folder_to_its_size_and_no_more(folder: Path) -> None:
    with journal(folder, Limits(size=1 << 20)) as one:
        for at in range(6000):
            one.record(entry(f"{at:04}"))
        assert one.durable()
        size = sum(each.size for each in segments.listed(folder))
        assert (1 << 20) * 0.97 < size <= 1 << 20
        assert ids(folder) == [f"{at:04}" for at in range(6000 - one.shed.records)]
        assert one.shed.bodies == 0


def test_a_front_without_room_is_said_and_the_disk_is_all_there_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "STEP", 4096)
    monkeypatch.setattr(front, "MOST", 4096)
    said = Said()
    with journal(folder, say=said) as one:
        with one.spool.disk:
            for at in range(40):
                one.record(entry(f"{at:02}", WORDS if at % 5 == 1 else None))
            assert len(fronted(folder)) < 20
        assert one.durable()
        assert sorted(ids(folder)) == [f"{at:02}" for at in range(40)]
    assert said.any("takes no more")


def test_a_folder_that_cannot_be_looked_at_is_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(segments, "listed", broken)
    with journal(folder) as one:
        one.record(entry("a"))
        assert one.durable()
        assert one.depth() > 0


def test_a_record_that_cannot_be_encoded_without_bodies_either_is_said_when_memory_is_short(folder: Path) -> None:
    class Odd(list[Any]):
        """It holds itself."""

    odd, said = Odd(), Said()
    odd.append(odd)
    bad = replace(entry("bad", LARGE), asker=replace(entry("bad").asker, tags=(odd,)))
    with journal(folder, Limits(held=100_000), said) as one, largest_file(1):
        one.record(bad)
        one.record(entry("a", LARGE))
        one.record(bad)
        assert not one.durable()
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        assert one.durable()
        assert ids(folder) == ["a"]
        assert one.shed.records == 2
        assert one.spool.count == one.spool.done
    assert said.any("bad CANNOT BE KEPT")


# A disk that does not work


def test_a_full_disk_is_tried_again_and_nothing_is_lost(folder: Path) -> None:
    said = Said()
    with journal(folder, say=said) as one:
        one.record(entry("a"))
        assert one.durable()
        size = one.spool.tail.size
        with largest_file(size + size // 2):
            for name in "bcd":
                one.record(entry(name))
            assert not one.durable()
            assert ids(folder) == ["a"]
            assert one.spool.tail.size == size, "what was begun is cut off again"
            assert one.depth() > one.spool.behind
        assert said.any(str(folder), "cannot be written to", "records wait in memory")
        one.record(entry("e"))
        assert one.durable()
        assert ids(folder) == ["a", "b", "c", "d", "e"]
        assert said.any("can be written to again")
    assert one.shed == spool.Shed()


def test_a_disk_that_becomes_full_within_a_batch_keeps_what_is_whole(folder: Path) -> None:
    with journal(folder) as one:
        one.record(entry("a"))
        assert one.durable()
        size = one.spool.tail.size
        one.spool.front = None
        with largest_file(size * 3 + size // 2):
            with one.spool.disk:
                for name in "bcd":
                    one.record(entry(name))
            assert not one.durable()
            assert ids(folder) == ["a", "b", "c"]
        assert one.durable()
        assert ids(folder) == ["a", "b", "c", "d"]


def test_a_frame_that_cannot_be_cut_off_again_ends_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise OSError(errno.EIO, "broken")

    with journal(folder) as one:
        one.record(entry("a"))
        assert one.durable()
        size = one.spool.tail.size
        one.spool.front = None
        monkeypatch.setattr(os, "ftruncate", broken)
        with largest_file(size + size // 2):
            one.record(entry("b"))
            assert not one.durable()
            assert ids(folder) == ["a"]
        assert one.durable()
        assert ids(folder) == ["a", "b"]
        assert len([each for each in segments.listed(folder) if each.size]) == 2


def test_memory_is_bounded_bodies_go_first_and_all_is_counted(folder: Path) -> None:
    said = Said()
    with journal(folder, Limits(held=200_000), said) as one, largest_file(1):
        for at in range(40):
            one.record(entry(f"{at:04}", WORDS))
        assert not one.durable()
        assert one.shed.records == 0
        assert one.shed.bodies > 0
        for at in range(40, 4000):
            one.record(entry(f"{at:04}", LARGE if at % 2 else None))
        assert one.shed.records > 0
        assert one.spool.held < 210_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        assert one.durable()
        assert one.shed.records + len(ids(folder)) == 4000
    assert said.any("bodies are not kept", "memory is full")
    assert said.any("RECORDS ARE LOST", "memory is full")


def test_what_no_disk_takes_until_the_end_is_said_to_be_lost(folder: Path) -> None:
    said = Said()
    with journal(folder, say=said) as one, largest_file(1):
        one.record(entry("a"))
        one.spool.close()
    assert said.any("1 (", "ARE LOST", "cannot be written to")


def test_the_thread_writes_when_the_disk_works_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "AGAIN", 0.01)
    with journal(folder) as one:
        with largest_file(1):
            one.record(entry("a"))
            until(lambda: one.spool.trouble is not None)
        until(lambda: ids(folder) == ["a"])
        until(lambda: one.spool.trouble is None)


def test_a_sync_that_fails_writes_everything_again_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, fails = Said(), [True]
    real = tail._sync_file

    def sync(descriptor: int) -> None:
        if fails:
            fails.pop()
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    monkeypatch.setattr(tail, "_sync_file", sync)
    with journal(folder, say=said) as one:
        one.record(entry("a"))
        assert not one.durable()
        assert one.durable()
        assert ids(folder) == ["a", "a"], "the store takes an id once"
        assert len([each for each in segments.listed(folder) if each.size]) == 2
    assert said.any("Input/output error")


def test_after_the_end_a_record_is_said_to_be_lost(folder: Path) -> None:
    said = Said()
    one = opened(folder, say=said)
    one.spool.close()
    one.record(entry("late"))
    one.spool.close()
    assert one.shed.records == 1
    assert said.any("RECORDS ARE LOST")


def test_a_process_that_just_ends_has_written_everything(folder: Path) -> None:
    program = "import sys, pathlib\nfrom tests.ledger.spooled import entry, opened\nopened(pathlib.Path(sys.argv[1])).record(entry('a'))\n"
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True, cwd=Path(__file__).parents[2])  # noqa: S603  # our own program
    assert ids(folder) == ["a"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 256 KB, where the system lets us have one."""
    mount, where = shutil.which("mount"), tmp_path / "disk"
    where.mkdir()
    command = [str(mount), "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(where)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603  # nothing comes from outside
        pytest.skip("needs the right to mount")
    try:
        yield where
    finally:
        subprocess.run(["umount", "-l", where], check=True)  # noqa: S603, S607  # the same


def test_a_disk_that_is_really_full_and_then_is_not(small_disk: Path) -> None:
    filler, folder, said = small_disk / "filler", small_disk / "spool", Said()
    with journal(folder, say=said) as one:
        filler.write_bytes(b"x" * (200 << 10))
        for at in range(40):
            one.record(entry(f"{at:02}", WORDS))
        assert not one.durable()
        assert said.any("No space left on device")
        filler.unlink()
        assert one.durable()
        assert len(ids(folder)) == 40
    assert one.shed == spool.Shed()


def test_a_disk_that_becomes_read_only_and_then_is_not(small_disk: Path) -> None:
    folder, said = small_disk / "spool", Said()
    folder.mkdir()
    again = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(again, check=True)  # noqa: S603  # nothing comes from outside
    with journal(folder, say=said) as one:
        one.record(entry("a"))
        assert not one.durable()
        assert said.any("Read-only file system")
        again[2] = "remount,rw"
        subprocess.run(again, check=True)  # noqa: S603  # the same
        assert one.durable()
        assert ids(folder) == ["a"]


def test_the_weight_of_a_record_is_known_before_it_is_encoded() -> None:
    assert spool._weight(entry("a", LARGE)) > 30_000
    assert spool._weight(replace(entry("a"), bodies=None)) > 0
