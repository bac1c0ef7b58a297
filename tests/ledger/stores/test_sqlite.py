"""SQLite's own side: the file, who may read it, what a crash and a full disk leave, and files that are none of ours."""

import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.samples import BODIES, DAY, NOON, crowd, entry, many
from tests.ledger.together import apart, together
from tierwise import plugins
from tierwise.core.entry import Drawn
from tierwise.ledger import Query, Store, StoreAway, StoreWrong, addresses, rows
from tierwise.ledger.schema import VERSION
from tierwise.ledger.stores import memory, sqlite

ROOT = Path(__file__).parents[3]


@contextmanager
def opened(path: Path | str) -> Iterator[Any]:
    store = addresses.opened(str(path), plugins.found(plugins.STORES))
    try:
        yield store
    finally:
        store.close()


def everything(store: Store) -> list[Callable[[], object]]:
    """Every question and every change."""
    return [
        store.migrate,
        lambda: store.add([entry("a")]),
        lambda: store.find("a"),
        lambda: store.rows(Query()),
        lambda: store.grouped("model", Query()),
        lambda: list(store.each(Query())),
        store.outcomes,
        store.keys,
        store.budgets,
        store.changes,
        lambda: store.drop_budget("b"),
        lambda: store.hold("h", Drawn("b", 0), 1, 1),
        lambda: store.alive("h", 1),
        lambda: store.purses([Drawn("b", 0)]),
        lambda: store.prune(1),
    ]


def test_the_file_and_its_folder_are_made_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "ledger.db"
    with opened(path) as store:
        assert not path.exists()
        store.add([entry("a")])
        modes = [stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path, path.with_name("ledger.db-wal"))]
    assert modes == [0o700, 0o600, 0o600]


def test_what_a_store_has_kept_another_one_finds(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as left, opened(f"sqlite:///{path}") as right:
        assert left.add([entry("a", bodies=BODIES)]) == 1
        assert right.find("a") == entry("a", bodies=BODIES)
        assert right.add([entry("a"), entry("b")]) == 1
        assert left.span().entries == 2


def test_every_commit_is_synced_and_written_ahead(tmp_path: Path) -> None:
    with closing(sqlite.connected(tmp_path / "ledger.db", "here")) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


DYING = """
import os, signal, sys
from tests.ledger.samples import crowd
from tierwise import plugins
from tierwise.ledger import addresses
store = addresses.opened(sys.argv[1], plugins.found(plugins.STORES))
for number in range(0, 300, 30):
    store.add(crowd(300)[number:number + 30])
    print(number + 30, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_added_outlives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    died = subprocess.run([sys.executable, "-c", DYING, path], stdout=subprocess.PIPE, text=True, check=False, cwd=ROOT)  # noqa: S603  # ours
    assert died.returncode == -signal.SIGKILL
    with opened(path) as store:
        assert list(store.each(Query())) == list(map(rows.row_of, crowd(300)))
        assert store.add(crowd(300)) == 0


ADDING = """
import sys
from tests.ledger.samples import crowd
from tierwise import plugins
from tierwise.ledger import addresses
store = addresses.opened(sys.argv[1], plugins.found(plugins.STORES))
print(sum(store.add(crowd(200)[at:at + 20]) for at in range(0, 200, 20)))
store.close()
"""


def test_processes_that_begin_at_once_make_one_file_and_add_each_record_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ledger.db"
    assert sum(map(int, apart(ADDING, [(str(path),)] * 4))) == 200
    with opened(path) as store:
        assert store.span().entries == 200


def test_threads_that_begin_at_once_make_one_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"

    def begin(number: int) -> None:
        with opened(path) as store:
            assert store.migrate() == VERSION
            assert store.add([entry(f"e{number}")]) == 1

    together(begin, range(10))
    with opened(path) as store:
        assert store.span().entries == 10


def test_a_newer_schema_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store:
        store.add([entry("a")])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with opened(path) as store:
        for ask in everything(store):
            with pytest.raises(StoreWrong, match=rf"ledger.db: has schema version 99, and this tierwise knows up to {VERSION}: .*upgrade"):
                ask()
    assert path.read_bytes() == before


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE entries (id)")
        connection.execute("PRAGMA user_version = 7")


def text(path: Path) -> None:
    path.write_text("this is no database, whatever its name says\n" * 50)


def damaged(path: Path) -> None:
    with opened(path) as store:
        store.add(list(many(2000, entry("like"))))
    whole = bytearray(path.read_bytes())
    whole[2 * sqlite.PAGE : 40 * sqlite.PAGE] = b"\x55" * (38 * sqlite.PAGE)
    path.write_bytes(whole)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (foreign, "is another program's database; name another file"),
        (text, "not a SQLite database; name another file, or move this one away"),
        (Path.mkdir, "cannot be opened: its folder or disk lets no file be made, or it is a folder itself"),
        (damaged, "the file is damaged; move it away"),
    ],
)
def test_a_file_that_is_none_of_ours_is_named_and_left_alone(tmp_path: Path, made: Callable[[Path], None], says: str) -> None:
    path = tmp_path / "ledger.db"
    made(path)
    before = path.read_bytes() if path.is_file() else b""
    with opened(path) as store:
        for ask in everything(store)[1:5:3]:
            with pytest.raises(StoreWrong) as error:
                ask()
            assert str(error.value).startswith(f"{path}: ")
            assert says in str(error.value)
    assert (path.read_bytes() if path.is_file() else b"") == before


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """Root may do everything; for a moment this is not root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_in_which_nothing_may_be_made_is_said() -> None:
    for path in ("/proc/ledger.db", "/sys/kernel/x/ledger.db", "/dev/null/ledger.db"):
        with opened(path) as store, pytest.raises(StoreWrong, match=rf"^{path}: cannot be made: \w+"):
            store.add([entry("a")])


def test_a_file_that_is_read_only_is_read_and_not_written(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store:
        store.add([entry("a")])
    for one in (*tmp_path.parents, tmp_path, path):
        if one.is_relative_to("/tmp") and one != Path("/tmp"):  # noqa: S108  # where pytest works
            one.chmod(0o755 if one.is_dir() else 0o444)
    request.getfixturevalue("unprivileged")
    with opened(path) as store, pytest.raises(StoreWrong, match=r"ledger.db: cannot be (written|opened): "):
        store.add([entry("b")])


def test_a_full_disk_is_away_and_keeps_nothing_by_halves(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as store:
        store.add([entry("a", drawn=(Drawn("b", 0),), cost=3)])
        (connection,) = store.door.pool.free
        connection.execute(f"PRAGMA max_page_count = {sqlite._pragma(connection, 'page_count') + 4}")
        more = [entry(f"x{number}", bodies=BODIES, drawn=(Drawn("b", 0),), cost=3) for number in range(500)]
        with pytest.raises(StoreAway, match=r"ledger.db: the disk is full$"):
            store.add(more)
        assert (store.span().entries, store.purses([Drawn("b", 0)])[0].spent) == (1, 3)
        assert store.add(more) == 500


def test_a_file_that_may_not_grow_is_away(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with opened(path) as store:
        store.add([entry("a")])
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + (1 << 16), hard))
        try:
            with pytest.raises(StoreAway, match="the disk"):
                store.add(list(many(2000, entry("like"))))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, ignored)
        assert store.add(list(many(2000, entry("like")))) == 2000
        assert store.span().entries == 2001


def test_a_file_that_somebody_else_writes_to_is_waited_for_and_then_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger.db"
    monkeypatch.setattr(sqlite, "WAIT", 0.05)
    with opened(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        store.add([entry("a")])
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreAway, match=r"ledger.db: another process has been writing for more than"):
            store.add([entry("b")])
        assert store.find("a") == entry("a")
        other.execute("ROLLBACK")
        assert store.add([entry("b")]) == 1


def test_a_file_that_is_taken_away_is_made_anew_and_nothing_goes_into_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "ledger.db"
    with opened(path) as store:
        store.add([entry("a")])
        shutil.move(path.parent, tmp_path / "away")
        assert store.add([entry("b")]) == 1
        assert (store.find("a"), store.find("b")) == (None, entry("b"))
    with opened(tmp_path / "away" / "ledger.db") as store:
        assert (store.find("a"), store.find("b")) == (entry("a"), None)


def test_what_is_forgotten_gives_its_space_back(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        store.add(list(many(3000, entry("like", bodies=BODIES))))
        store.prune(0)
        before = store.span().bytes
        assert store.prune(NOON + 2900 * 1000) == 2900
        assert store.span().entries == 100
        assert store.span().bytes < before / 4
        assert store.add([entry("new", NOON + DAY)]) == 1


def test_entries_can_be_read_while_others_are_added(tmp_path: Path) -> None:
    with opened(tmp_path / "ledger.db") as store:
        store.add([entry(f"a{number:04d}", NOON + number) for number in range(1500)])
        found = store.each(Query())
        first = next(found)
        store.add([entry("z", NOON + 10**6)])
        assert [first.id, *(one.id for one in found)] == [*(f"a{number:04d}" for number in range(1500)), "z"]


def test_in_memory_the_latest_stay_and_nothing_is_shared() -> None:
    store, other = memory.opened("memory:"), memory.opened("memory:")
    assert isinstance(store, memory.Latest)
    store.kept = 50
    store.add(crowd(60))
    store.add([entry("last", bodies=BODIES)])
    assert len(store.rows(Query(limit=100))) == 50
    assert store.find("last") == entry("last", bodies=BODIES)
    assert store.find("e00010") is None
    assert other.rows(Query()) == []
    assert store.span().bytes > 0
    store.close()
    other.close()
