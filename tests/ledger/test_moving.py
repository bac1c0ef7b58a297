"""From the spool into the store: each record once; what cannot be kept is set aside and named, and nothing behind it waits."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.spooled import Fake, Said, entry, ids, opened, outcome, records, written
from tierwise.core.entry import Bodies, Entry, Record
from tierwise.ledger import Laid, StoreAway, StoreRefuses, StoreWrong, framing, front, moving, segments
from tierwise.ledger.framing import Damage, Frame
from tierwise.ledger.loud import Loud
from tierwise.ledger.moving import Mover
from tierwise.ledger.rows import laid
from tierwise.ledger.spool import Limits


class Case:
    """A folder, a store and what moves from the one to the other."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.folder, self.store, self.said = folder, Fake(), Said()
        self.mover = Mover(folder, self.store.add, Loud(self.said), front.place(folder), **more)

    def left(self) -> list[str]:
        return sorted(one.name for one in self.folder.iterdir() if one.name != segments.POSITIONS)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def some(count: int) -> list[Record]:
    return [entry(f"{at:04}") for at in range(count)]


def test_what_a_dead_process_left_is_moved_and_removed(case: Case) -> None:
    written(case.folder, [entry("a"), outcome("b")])
    written(case.folder, [entry("c")], number=2)
    written(case.folder, [entry("d")], "dead-2")
    assert case.mover.left() > 0
    assert case.mover.moved() == 4
    assert list(case.store.kept) == ["a", "b", "c", "d"]
    assert case.left() == []
    assert case.mover.left() == 0
    assert case.mover.moved() == 0


def test_what_a_living_process_writes_is_moved_as_it_comes_and_its_file_stays(case: Case) -> None:
    one = opened(case.folder)
    for name in "ab":
        one.record(entry(name))
        assert one.durable()
        assert case.mover.moved() == 1
        assert case.mover.left() == 0
    assert list(case.store.kept) == ["a", "b"]
    one.spool.looked = float("-inf")
    assert one.durable()
    assert one.depth() == 0
    assert ids(case.folder) == ["a", "b"]
    one.spool.close()
    assert case.mover.moved() == 0
    assert case.left() == []


def test_batches_are_bounded_by_records_and_by_bytes() -> None:
    def sizes(frames: list[Frame | Damage]) -> list[int]:
        return [len(one) for one in moving.batches(frames)]

    assert sizes([]) == []
    assert sizes([Frame(0, 100)] * 1201) == [500, 500, 201]
    large = Frame(0, moving.BYTES * 2)
    assert sizes([Frame(0, 1), large, large, Frame(0, 1), Damage(0, 1, "")]) == [1, 1, 1, 2]


@given(st.lists(st.integers(1, moving.BYTES), max_size=30))
def test_no_piece_is_left_out_of_the_batches(sizes: list[int]) -> None:
    pieces: list[Frame | Damage] = [Frame(0, size) for size in sizes]
    found = moving.batches(pieces)
    assert [piece for one in found for piece in one] == pieces
    assert all(len(one) == 1 or sum(piece.end for piece in one) <= moving.BYTES for one in found)


@pytest.mark.parametrize("trouble", [StoreAway("away"), StoreWrong("wrong")])
def test_a_store_that_fails_gets_everything_later_once(case: Case, trouble: Exception) -> None:
    written(case.folder, some(1200))
    case.store.troubles = [trouble]
    with pytest.raises(type(trouble)):
        case.mover.moved()
    assert case.mover.moved() == 1200
    assert case.store.added == [500, 500, 200]


def test_what_was_added_before_the_store_went_away_is_not_read_again(case: Case) -> None:
    written(case.folder, some(1200))
    real, calls = case.store.add, [0]

    def third_fails(records: Any) -> int:
        calls[0] += 1
        if calls[0] == 3:
            raise StoreAway("away")
        return real(records)

    case.mover.add = third_fails
    with pytest.raises(StoreAway):
        case.mover.moved()
    assert sum(segments.positions(case.folder).values()) > 0
    assert case.mover.moved() == 200
    assert case.store.added == [500, 500, 200]


def test_a_mover_that_was_killed_begins_again_and_doubles_nothing(case: Case) -> None:
    one = opened(case.folder)
    for each in some(10):
        one.record(each)
    assert one.durable()
    assert case.mover.moved() == 10
    again = Mover(case.folder, case.store.add, Loud(case.said), case.mover.front)
    again.moved()
    assert len(case.store.kept) == 10
    one.spool.close()
    again.moved()
    assert case.left() == []


def test_the_next_batch_is_made_ready_while_the_store_takes_one_in_and_their_order_stays(case: Case) -> None:
    for number in range(1, 5):
        written(case.folder, [entry(f"{number}-{at:04}") for at in range(700)], number=number)
    case.mover.lay = lambda record, payload: laid(record, payload) if isinstance(record, Entry) else record
    assert case.mover.moved() == 2800
    assert list(case.store.kept) == sorted(case.store.kept)
    assert all(isinstance(one, Laid) for one in case.store.kept.values())
    assert case.left() == []


def test_a_record_that_cannot_be_made_ready_is_the_stores_to_refuse(case: Case) -> None:
    written(case.folder, some(2))
    case.mover.lay = failing(OverflowError("too large"))
    assert case.mover.moved() == 2
    assert list(case.store.kept) == ["0000", "0001"]


def test_what_stands_behind_a_batch_that_could_not_be_moved_waits_for_it(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(case.folder, some(1200))
    spoil(path, 20)
    replace = segments.replace
    monkeypatch.setattr(segments, "replace", failing(OSError(errno.ENOSPC, "No space left on device")))
    assert case.mover.moved() == 0
    assert case.store.added == []
    monkeypatch.setattr(segments, "replace", replace)
    assert case.mover.moved() == 1199
    assert case.store.added == [499, 500, 200]


# Memory that outlasts a process


def test_what_a_dead_process_left_in_memory_is_moved_and_removed(case: Case) -> None:
    written(case.mover.front, [entry("a"), entry("b")], number=front.NUMBERS[0]).parent.chmod(0o700)
    written(case.folder, [entry("a")])
    assert case.mover.moved() == 3
    assert list(case.store.kept) == ["a", "b"]
    assert case.left() == []
    assert not case.mover.front.exists()


def test_what_a_living_process_has_in_memory_is_its_own(case: Case) -> None:
    one = opened(case.folder)
    one.record(entry("a"))
    assert len(front.listed(case.mover.front)) == 2
    case.mover.moved()
    assert len(front.listed(case.mover.front)) == 2
    one.spool.close()
    case.mover.moved()
    assert list(case.store.kept) == ["a"]


def test_a_process_that_ends_meanwhile_takes_its_memory_with_it_and_nothing_is_said(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    one = opened(case.folder)
    one.record(entry("a"))
    found = front.listed(case.mover.front)
    one.spool.close()
    monkeypatch.setattr(front, "listed", lambda _where: found)
    assert case.mover.moved() == 1
    assert case.said.lines == []


def test_what_comes_behind_the_last_whole_frame_in_memory_means_nothing(case: Case) -> None:
    path = written(case.mover.front, some(3), number=front.NUMBERS[0])
    path.parent.chmod(0o700)
    spoil(path, path.stat().st_size // 2)
    assert case.mover.moved() == 1
    assert case.left() == []
    assert case.said.lines == []


# What cannot be kept


def spoil(path: Path, at: int) -> None:
    text = bytearray(path.read_bytes())
    text[at] ^= 255
    path.write_bytes(text)


def test_a_damaged_frame_is_set_aside_and_what_is_behind_it_is_moved(case: Case) -> None:
    path = written(case.folder, some(3))
    whole = path.read_bytes()
    size = len(whole) // 3
    spoil(path, size + 20)
    damaged = path.read_bytes()[size : 2 * size]
    assert case.mover.moved() == 2
    assert list(case.store.kept) == ["0000", "0002"]
    assert case.left() == [f"dead-1-00000001.at-{size}.damaged"]
    assert (case.folder / case.left()[0]).read_bytes() == damaged
    assert case.said.any("dead-1-00000001.spool", f"{size:,} bytes at {size:,} are damaged", "checksum", "set aside")


def test_a_torn_tail_of_a_dead_process_is_set_aside(case: Case) -> None:
    path = written(case.folder, some(2))
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    assert case.mover.moved() == 1
    (name,) = case.left()
    assert (case.folder / name).read_bytes() == whole[len(whole) // 2 : -5]
    assert case.said.any("cut off")


def test_a_file_of_rubbish_and_an_empty_one_hold_nothing_up(case: Case) -> None:
    (case.folder / "a-00000001.spool").write_bytes(os.urandom(5000))
    (case.folder / "b-00000001.spool").write_bytes(b"")
    written(case.folder, [entry("a")])
    assert case.mover.moved() == 1
    assert case.left() == ["a-00000001.at-0.damaged"]


def test_the_tail_of_a_living_process_is_waited_for(case: Case) -> None:
    one = opened(case.folder)
    one.record(entry("a"))
    assert one.durable()
    (path,) = [each.path for each in segments.listed(case.folder) if each.size]
    whole = path.read_bytes()
    with path.open("ab") as file:
        file.write(whole[:30])
    assert case.mover.moved() == 1
    assert case.said.lines == []
    with path.open("ab") as file:
        file.write(whole[30:])
    assert case.mover.moved() == 1
    assert case.store.added == [1, 1]
    one.spool.close()


@pytest.mark.parametrize("error", [StoreRefuses("no room for it"), RuntimeError("a defect"), TypeError("odd")])
@pytest.mark.parametrize("at", [0, 7, 19])
def test_a_record_that_the_store_refuses_is_set_aside_and_named(case: Case, error: Exception, at: int) -> None:
    written(case.folder, some(20))
    case.store.refused = {f"{at:04}": error}
    assert case.mover.moved() == 19
    assert len(case.store.kept) == 19
    (name,) = case.left()
    assert name.endswith(".refused")
    assert case.said.any(f"{at:04}: ", str(error), name)
    case.store.refused = {}
    (case.folder / name).rename(case.folder / "dead-1-00000009.spool")
    assert case.mover.moved() == 1, "it can be given its name back when the store takes it"
    assert len(case.store.kept) == 20


def test_a_frame_that_is_no_record_is_set_aside(case: Case) -> None:
    path = written(case.folder, [entry("a")])
    with path.open("ab") as file:
        file.write(framing.head(b"odd", segments.seed("dead-1")) + b"odd")
    written(case.folder, [entry("b")])
    assert case.mover.moved() == 2
    assert case.said.any("are refused (it is no record")


def test_a_store_that_refuses_everything_for_no_known_reason_is_not_right_itself(case: Case) -> None:
    written(case.folder, some(5))
    case.store.refused = {f"{at:04}": RuntimeError("a defect") for at in range(5)}
    with pytest.raises(StoreWrong, match="takes no record: RuntimeError: a defect"):
        case.mover.moved()
    assert case.left() == ["dead-1-00000001.spool"]
    del case.store.refused["0003"]
    assert case.mover.moved() == 1
    assert len(case.left()) == 4


def test_what_the_store_itself_says_of_a_single_record_is_believed(case: Case) -> None:
    written(case.folder, some(1))
    case.store.refused = {"0000": StoreRefuses("no")}
    assert case.mover.moved() == 0
    assert len(case.left()) == 1


def test_to_set_aside_twice_changes_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(case.folder, some(2))
    spoil(path, 20)
    unlink = Path.unlink
    monkeypatch.setattr(Path, "unlink", failing(OSError(errno.EROFS, "Read-only file system")))
    case.mover.moved()
    Mover(case.folder, case.store.add, Loud(case.said), case.mover.front).moved()
    monkeypatch.setattr(Path, "unlink", unlink)
    assert len(case.left()) == 2
    assert case.said.any("Read-only file system")


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    return fail


def test_a_file_that_cannot_be_read_holds_up_no_other(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    written(case.folder, [entry("a")])
    written(case.folder, [entry("b")], "dead-2")
    real = segments.read
    fails = [OSError(errno.EIO, "Input/output error")]
    monkeypatch.setattr(segments, "read", lambda *given: failing(fails.pop())() if fails else real(*given))
    assert case.mover.moved() == 1
    assert case.said.any("dead-1-00000001.spool: Input/output error")
    assert case.mover.moved() == 1


def test_positions_that_cannot_be_told_change_nothing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    one = opened(case.folder)
    one.record(entry("a"))
    assert one.durable()
    monkeypatch.setattr(segments, "tell_positions", failing(OSError(errno.EROFS, "no")))
    assert case.mover.moved() == 1
    one.spool.close()


# Room


def bodied(count: int) -> list[Record]:
    return [entry(f"{at:04}", Bodies(b"p" * 2000, b"")) for at in range(count)]


def test_bodies_are_taken_out_of_a_folder_that_is_nearly_full_the_oldest_first(tmp_path: Path) -> None:
    for number in range(1, 6):
        written(tmp_path, [entry(f"{number}{at}", Bodies(b"p" * 2000, b"")) for at in range(10)], number=number)
    case = Case(tmp_path, size=100_000)
    assert case.mover.lighten() == 2
    assert case.said.any("nearly full", "bodies were taken out of 2 files")
    found = [one for one in records(tmp_path) if isinstance(one, Entry)]
    assert [one.bodies is None for one in found] == [True] * 20 + [False] * 30
    assert case.mover.lighten() == 0
    assert case.mover.moved() == 50
    assert case.left() == []


def test_a_file_without_bodies_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, some(50))
    case = Case(tmp_path, size=1000)
    assert case.mover.lighten() == 0
    monkeypatch.setattr(segments, "read", failing(AssertionError()))
    assert case.mover.lighten() == 0


def test_what_is_in_the_store_already_goes_when_bodies_do(case: Case) -> None:
    path = written(case.folder, bodied(600))
    real = case.store.add
    case.mover.add = lambda some: real(some) if len(some) < 600 and not case.store.kept else failing(StoreAway("away"))()
    with pytest.raises(StoreAway):
        case.mover.moved()
    there = len(case.store.kept)
    assert 0 < there < 600
    case.mover.size = path.stat().st_size
    assert case.mover.lighten() == 1
    assert len(records(case.folder)) == 600 - there
    case.mover.add = real
    assert case.mover.moved() == 600 - there
    assert len(case.store.kept) == 600


def test_damage_is_kept_when_bodies_go(case: Case) -> None:
    path = written(case.folder, bodied(3))
    size = path.stat().st_size // 3
    spoil(path, size + 20)
    case.mover.size = 1000
    assert case.mover.lighten() == 1
    assert case.mover.moved() == 2
    (name,) = case.left()
    assert (case.folder / name).stat().st_size == size


def test_the_file_of_a_living_process_keeps_its_bodies(tmp_path: Path) -> None:
    one = opened(tmp_path, Limits())
    for each in bodied(5):
        one.record(each)
    assert one.durable()
    case = Case(tmp_path, size=1000)
    assert case.mover.lighten() == 0
    assert len([each for each in records(tmp_path) if isinstance(each, Entry) and each.bodies]) == 5
    one.spool.close()


def test_files_that_never_got_their_name_are_removed_after_a_while(case: Case) -> None:
    old, new = case.folder / "a-00000001.new", case.folder / "b-00000001.new"
    for one in (old, new):
        one.touch()
    os.utime(old, (time.time() - 1000, time.time() - 1000))
    case.mover.tidy()
    assert case.left() == [new.name]
