"""The writer between its steps: a store that is away for hours, one that is wrong, a life that ends, and two writers at once."""

import errno
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, field

from tests.ledger.spooled import Fake, Said, entry, ids, opened, until, written
from tierwise.core.entry import Bodies
from tierwise.ledger import StoreAway, StoreWrong, front, segments, writer
from tierwise.ledger.writer import Plan, Writer


class Kept(Fake, dict=True):
    """A store as the writer sees it."""

    migrated: int = 0
    closed: int = 0
    pruned: list[int] = field(default_factory=list)
    opening: list[Exception] = field(default_factory=list)

    def migrate(self) -> int:
        if self.opening:
            raise self.opening.pop(0)
        self.migrated += 1
        return 1

    def prune(self, before: int) -> int:
        self.pruned.append(before)
        return 3

    def close(self) -> None:
        self.closed += 1


class Clock(Struct):
    """Seconds that pass when a test says so."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


class Case:
    """A writer on a folder with a record of a dead process."""

    def __init__(self, folder: Path, **plan: int) -> None:
        self.folder, self.store, self.said, self.clock = folder, Kept(), Said(), Clock()
        written(folder, [entry("a")])
        given: Any = self.store
        self.writer: Writer = writer.ready(Plan(folder, **plan), lambda: given, self.said)
        self.writer.ticks = self.clock
        self.writer.now = lambda: 100 * writer.DAY


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_what_is_there_is_moved_and_then_it_waits_for_more(case: Case) -> None:
    assert case.writer.step() == 0.0
    assert case.writer.step() == writer.POLL
    assert list(case.store.kept) == ["a"]
    assert case.store.migrated == 1
    assert case.said.lines == []
    assert case.writer.idle()


def test_a_store_that_is_away_is_tried_ever_more_slowly_for_hours_and_then_gets_everything(case: Case) -> None:
    case.store.troubles = [StoreAway("nobody answers at db:5432")] * 1000
    pauses = []
    for _ in range(1000):
        pauses.append(case.writer.step())
        case.clock.at += pauses[-1]
    assert pauses[:7] == [0.25, 0.5, 1, 2, 4, 8, 8]
    assert case.clock.at > 3600
    assert not case.writer.idle()
    minutes = case.clock.at / 60
    assert minutes * 0.8 <= len(case.said.lines) <= minutes + 1, "said once a minute"
    assert case.said.any("the store is away", "nobody answers at db:5432", str(case.folder))
    assert case.writer.step() == 0.0
    assert "works again after" in case.said.lines[-1]
    assert list(case.store.kept) == ["a"]
    written(case.folder, [entry("b")])
    case.store.troubles = [StoreAway("again")]
    assert case.writer.step() == 0.25, "and quickly again"


@pytest.mark.parametrize("where", ["opening", "troubles"])
def test_a_store_that_is_wrong_is_tried_slowly_and_opened_anew(case: Case, where: str) -> None:
    setattr(case.store, where, [StoreWrong("its schema is newer (7)")])
    assert case.writer.step() == writer.SLOWLY
    assert case.said.any("THE STORE CANNOT BE USED", "its schema is newer (7)")
    assert case.store.closed == 1
    assert ids(case.folder) == ["a"]
    assert case.writer.step() == 0.0
    assert case.said.any("works again")
    assert list(case.store.kept) == ["a"]


def test_a_store_that_is_away_from_the_start_is_waited_for(case: Case) -> None:
    case.store.opening = [StoreAway("not yet"), StoreAway("not yet")]
    assert [case.writer.step() for _ in range(3)] == [0.25, 0.5, 0.0]


def test_a_folder_that_cannot_be_read_is_said(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(segments, "listed", broken)
    assert case.writer.step() == writer.LONGEST
    assert case.said.any(f"{case.folder}: Input/output error")
    assert case.said.any("no room can be made")


def test_bodies_go_while_the_store_is_away(tmp_path: Path) -> None:
    case = Case(tmp_path, size=10_000)
    written(tmp_path, [entry("b", Bodies(b"p" * 20_000, b""))])
    case.store.opening = [StoreAway("away")]
    case.writer.step()
    assert sum(one.size for one in segments.listed(tmp_path)) < 10_000
    case.writer.step()
    assert list(case.store.kept) == ["a", "b"]


def test_old_entries_are_forgotten_once_an_hour(tmp_path: Path) -> None:
    case = Case(tmp_path, days=30)
    for _ in range(4):
        case.writer.step()
        case.clock.at += 1801
    assert case.store.pruned == [70 * writer.DAY] * 2
    assert case.said.any("3 entries older than 30 days were forgotten")


def test_without_days_nothing_is_forgotten(case: Case) -> None:
    case.writer.step()
    assert case.store.pruned == []


# Its life


def test_it_ends_when_it_is_told_to_after_one_more_step(case: Case) -> None:
    life = writer.life()
    work = threading.Thread(target=writer.work, args=(case.writer, life))
    work.start()
    until(lambda: case.store.kept)
    written(case.folder, [entry("b")], "dead-2")
    life.told.set()
    work.join(5)
    assert list(case.store.kept) == ["a", "b"]
    assert case.store.closed == 1


def test_it_ends_when_its_parent_is_gone_and_nothing_is_left(case: Case) -> None:
    life = writer.life()
    read, write = os.pipe()
    life.watch(read)
    work = threading.Thread(target=writer.work, args=(case.writer, life))
    work.start()
    until(lambda: case.store.kept)
    written(case.folder, [entry("b")], "dead-2")
    os.close(write)
    work.join(5)
    os.close(read)
    assert not work.is_alive()
    assert list(case.store.kept) == ["a", "b"]


def test_a_store_that_does_not_work_is_not_tried_for_ever_when_the_parent_is_gone(case: Case) -> None:
    life = writer.life()
    life.orphaned.set()
    case.store.troubles = [StoreAway("away")] * 3
    case.writer.step()
    assert not life.ends(case.writer, life.now)
    case.clock.at += writer.LINGER
    case.writer.step()
    assert life.ends(case.writer, life.now)


def test_what_a_living_process_has_still_to_write_is_its_own_writers_to_move(case: Case) -> None:
    one = opened(case.folder)
    one.record(entry("b"))
    assert one.durable()
    life = writer.life()
    life.orphaned.set()
    writer.work(case.writer, life)
    assert sorted(case.store.kept) == ["a", "b"]
    one.spool.close()


def test_two_writers_take_turns(tmp_path: Path) -> None:
    first, second = Case(tmp_path), Case(tmp_path)
    lives = writer.life(), writer.life()
    works = [threading.Thread(target=writer.work, args=(one.writer, life)) for one, life in zip((first, second), lives, strict=True)]
    works[0].start()
    until(lambda: first.store.kept)
    works[1].start()
    until(lambda: second.said.any("another writer"))
    written(tmp_path, [entry("b")], "dead-2")
    until(lambda: "b" in first.store.kept)
    assert second.store.kept == {}
    lives[0].told.set()
    works[0].join(5)
    written(tmp_path, [entry("c")], "dead-3")
    until(lambda: "c" in second.store.kept)
    lives[1].told.set()
    works[1].join(5)


def test_what_came_to_memory_while_the_parent_died_is_moved_before_the_end(case: Case) -> None:
    life, real = writer.life(), case.store.add

    def dies(records: Sequence[Any]) -> int:
        if not life.orphaned.is_set():
            written(case.writer.mover.front, [entry("b")], "dead-2", front.NUMBERS[0]).parent.chmod(0o700)
            life.orphaned.set()
        return real(records)

    case.store.add = dies  # type: ignore[assignment,method-assign]  # the parent dies within a step
    writer.work(case.writer, life)
    assert sorted(case.store.kept) == ["a", "b"]


def test_a_folder_that_cannot_be_used_is_said_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    case = Case(tmp_path / "there")
    case.writer.plan = Plan(tmp_path / "file" / "below")
    life = writer.life()
    life.orphaned.set()
    writer.work(case.writer, life)
    assert case.said.any("cannot be used: Not a directory")


def test_a_writer_that_waits_for_its_turn_ends_with_its_parent(case: Case) -> None:
    life = writer.life()
    life.orphaned.set()
    with segments.only_one(case.folder) as alone:
        assert alone
        writer.work(case.writer, life)
    assert case.store.kept == {}


def test_a_store_adds_what_it_is_given(case: Case) -> None:
    given: Sequence[Any] = [entry("x")]
    assert case.writer.add(given) == 1
    case.writer.close()
    assert case.store.closed == 1
