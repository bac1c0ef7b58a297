"""The compiled book on disk: whatever happens to the file, the book is right."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tierwise.catalog import compiled, store

BOOK = compiled.book()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often the book was compiled."""
    times: list[int] = []

    def book() -> object:
        times.append(1)
        return BOOK

    monkeypatch.setattr(compiled, "book", book)
    return times


def test_the_first_reading_compiles_and_keeps_and_the_next_only_reads(tmp_path: Path, counted: list[int]) -> None:
    assert store.opened(tmp_path) == BOOK
    assert [path.name for path in tmp_path.iterdir()] == [store.location(tmp_path).name]
    assert store.opened(tmp_path) == BOOK
    assert len(counted) == 1


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_compiled_again_and_mended(tmp_path: Path, data: st.DataObject) -> None:
    store.opened(tmp_path)
    path = store.location(tmp_path)
    content = bytearray(path.read_bytes())
    where = data.draw(st.integers(0, len(content) - 1))
    content[where] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content[: data.draw(st.integers(where + 1, len(content)))])
    assert store.opened(tmp_path) == BOOK
    assert store._kept(path) == BOOK


@pytest.mark.parametrize("content", [b"", b"short", b"\x00" * 64, msgspec.msgpack.encode(BOOK)])
def test_a_file_of_something_else_is_no_book(tmp_path: Path, content: bytes) -> None:
    store.location(tmp_path).write_bytes(content)
    assert store.opened(tmp_path) == BOOK


def test_a_folder_in_the_files_place_is_left_alone(tmp_path: Path) -> None:
    store.location(tmp_path).mkdir()
    assert store.opened(tmp_path) == BOOK
    assert [path.name for path in tmp_path.iterdir()] == [store.location(tmp_path).name]


def test_where_nothing_can_be_written_the_book_is_still_there(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    assert store.opened(blocked / "cache") == BOOK
    assert not store.keep(blocked / "cache" / "x", b"content")


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert not store.keep(tmp_path / "x", b"content")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("changed", ["data", "code"])
def test_a_new_version_of_data_or_code_has_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    before = store.location(tmp_path)
    if changed == "data":
        monkeypatch.setattr(store, "version", lambda _name: "99.0")
    else:
        monkeypatch.setattr(store, "CODE", ("book.py",))
    assert store.location(tmp_path) != before


def test_the_usual_place_is_the_persons_cache() -> None:
    assert store.location().parent.name == "tierwise"


def test_writers_at_the_same_time_leave_one_whole_file(tmp_path: Path) -> None:
    contents = [bytes([number]) * 200_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda content: store.keep(tmp_path / "x", content), contents))
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_bytes() in contents


LOOK = """
import sys
from tierwise.catalog import store
book = store.opened()
print(len(book.sellers), "genai_prices" in sys.modules)
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with a cache of its own."""
    return os.environ | {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}


def test_two_processes_may_start_at_once_and_later_ones_do_not_load_the_price_package(home: dict[str, str]) -> None:
    both = [started(home), started(home)]
    first = [process.communicate(timeout=60)[0].split() for process in both]
    third = started(home).communicate(timeout=60)[0].split()
    assert [sellers for sellers, _ in first] == [str(len(BOOK.sellers))] * 2
    assert third == [str(len(BOOK.sellers)), "False"]


def started(home: dict[str, str]) -> subprocess.Popen[str]:
    """A process that opens the book."""
    return subprocess.Popen([sys.executable, "-c", LOOK], env=home, stdout=subprocess.PIPE, text=True)  # noqa: S603  # our own text
