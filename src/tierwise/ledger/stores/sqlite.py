"""SQLite: one file, made with its folder when it is first used; readers and one writer at a time, from any number of processes.

Theory of operation. The file keeps a write-ahead log (WAL), so that reading and writing do not wait for each other. Every commit is synced
to the disk (`synchronous=FULL`): the spool forgets what has been committed, so a commit has to outlive a power cut. Whoever writes
takes the write lock at the start of its transaction, and waits for it for WAIT seconds; threads of one process wait in line before.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from msgspec import Struct, field

from tierwise.ledger import Laid, Store, StoreAway, StoreKind, StoreRefuses, StoreWrong, addresses, schema
from tierwise.ledger.pooling import Connections, Pool
from tierwise.ledger.queries import UNIT, Dialect
from tierwise.ledger.relational import Relational
from tierwise.ledger.rows import COLUMNS
from tierwise.ledger.settling import Session

T = TypeVar("T")

WAIT: Final = 10.0
"""Seconds to wait for the write lock."""
PRUNED: Final = 2000
"""Entries that are forgotten in one transaction, so that nobody waits long for it."""
TOLD: Final = ("outcomes", "runs")
"""Tables of what is told of entries afterwards."""
PAGE: Final = 16_384
"""Bytes of a page: several receipts fit in one without waste."""
PAGES: Final = 1000
"""Pages of the write-ahead log that are moved into the file at once."""
LOG: Final = 64 << 20
"""Bytes that an empty write-ahead log may keep on disk."""
CACHE: Final = 16_384
"""Kilobytes of the file that each connection keeps in memory."""
OURS: Final = 0x7469_6572
"""The mark in the file that says whose it is: 'tier'."""

AWAY: Final = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: f"another process has been writing for more than {WAIT:g} s",
        sqlite3.SQLITE_LOCKED: "another connection is writing",
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_IOERR: "the disk does not read or write",
        sqlite3.SQLITE_INTERRUPT: "interrupted",
        sqlite3.SQLITE_NOMEM: "no memory is left",
        sqlite3.SQLITE_PROTOCOL: "too many processes open it at once",
    }
)
"""What may be better later."""

WRONG: Final = MappingProxyType(
    {
        sqlite3.SQLITE_NOTADB: "not a SQLite database; name another file, or move this one away",
        sqlite3.SQLITE_CORRUPT: "the file is damaged; move it away, and recover what can be with the sqlite3 tool's .recover",
        sqlite3.SQLITE_READONLY: "cannot be written: the file, its folder or its disk is read-only",
        sqlite3.SQLITE_CANTOPEN: "cannot be opened: its folder or disk lets no file be made, or it is a folder itself",
        sqlite3.SQLITE_PERM: "cannot be opened: no permission",
        sqlite3.SQLITE_AUTH: "cannot be opened: no permission",
    }
)
"""What somebody has to put right."""

REFUSED: Final = frozenset({sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE})
"""What is wrong with a record."""

DIALECT: Final = Dialect(
    name="sqlite",
    each_tag=", json_each(e.tags) t",
    tagged="EXISTS (SELECT 1 FROM json_each(e.tags) t WHERE t.value = ?)",
    summed=lambda what: f"sum(({what}) / {UNIT}), sum(({what}) % {UNIT})",
    same="p.seq = e.seq",
    number="seq",
)

_ENTRIES: Final = f"INSERT INTO entries (seq, {', '.join(COLUMNS)}) VALUES ({', '.join('?' * (len(COLUMNS) + 1))})"  # noqa: S608  # all of it is ours


class Asking(Struct):
    """A transaction on a connection."""

    connection: sqlite3.Connection

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; what it gives."""
        return self.connection.execute(_spoken(sql), values).fetchall()


def _spoken(sql: str) -> str:
    """A statement as SQLite wants it: who writes has all rows to himself, and tables have no schema."""
    return sql.replace("@", "").replace(" FOR UPDATE SKIP LOCKED", "").replace(" FOR UPDATE", "")


class File(Struct):
    """A file of SQLite.

    `writing` keeps threads of this process in line, `ready` says that its schema has been looked at. `known` is the file that was: when
    somebody takes it away, what is written to open connections is lost with it, so they are closed, and a file is made anew.
    """

    shown: str
    pool: Connections
    path: Path | None = None
    dialect: Dialect = DIALECT
    writing: Any = field(default_factory=threading.Lock)
    ready: bool = False
    known: tuple[int, int] | None = None

    def migrate(self) -> int:
        """Bring the schema up to date; its version."""
        with self.writing:
            version = self._through(self._migrated)
        self.ready, self.known = True, self._identity()
        return version

    def version(self) -> int:
        """The version the schema has, 0 where there is none."""
        return self._through(lambda connection: _version(connection, self.shown))

    def read(self, work: Callable[[Session], T]) -> T:
        """What some reading comes to."""
        self._look()
        return self._through(lambda connection: work(Asking(connection)))

    def write(self, work: Callable[[Session], T]) -> T:
        """What some writing comes to, all of it or none."""
        self._look()
        with self.writing:
            return self._through(lambda connection: _within(connection, lambda: work(Asking(connection))))

    def queue(self, session: Session) -> None:
        """A transaction that writes has the file to itself already."""

    def load(self, session: Session, entries: Sequence[Laid]) -> None:
        """Put in entries that are not there yet."""
        connection = _connection(session)
        start = (session.ask("SELECT max(seq) FROM entries")[0][0] or 0) + 1
        connection.executemany(_ENTRIES, ((seq, *one.columns) for seq, one in enumerate(entries, start)))
        connection.executemany("INSERT INTO receipts VALUES (?, ?)", ((seq, one.receipt) for seq, one in enumerate(entries, start)))
        bodies = ((seq, one.bodies) for seq, one in enumerate(entries, start) if one.bodies is not None)
        connection.executemany("INSERT INTO bodies VALUES (?, ?)", bodies)

    def prune(self, before: int) -> int:
        """Forget entries from before a time, a few at once; how many."""
        count = 0
        while gone := self.write(lambda session: _pruned(session, before)):
            count += gone
        self.write(lambda session: [session.ask(f"DELETE FROM {one} WHERE at < ?", (before,)) for one in TOLD])  # noqa: S608  # ours
        if count:
            with self.writing:
                self._through(_given_back)
        return count

    def size(self) -> int:
        """Bytes on disk, or in memory."""
        if self.path is None:
            return self._through(lambda one: int(_pragma(one, "page_count")) * int(_pragma(one, "page_size")))
        beside = (self.path.with_name(self.path.name + end) for end in ("", "-wal"))
        return sum(one.stat().st_size for one in beside if one.exists())

    def close(self) -> None:
        """Let go of all connections."""
        self.pool.clear()

    def _look(self) -> None:
        """Bring the schema up to date before the first question, and after the file has become another."""
        if self.ready and self._identity() == self.known:
            return
        if self.path is not None:
            self.pool.clear()
        self.migrate()

    def _identity(self) -> tuple[int, int] | None:
        """Which file is there, None without one."""
        if self.path is None:
            return None
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _through(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with self.pool.one() as connection:
                return work(connection)
        except sqlite3.Error as error:
            raise _told(error, self.shown) from None

    def _migrated(self, connection: sqlite3.Connection) -> int:
        if not schema.due(_version(connection, self.shown), self.shown):
            return schema.VERSION
        return _within(connection, lambda: self._climbed(connection))

    def _climbed(self, connection: sqlite3.Connection) -> int:
        """Take every step that is due; another process may just have done so."""
        for step in schema.due(_version(connection, self.shown), self.shown):
            for statement in schema.statements(step.sqlite):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step.number}")
        connection.execute(f"PRAGMA application_id = {OURS}")
        return schema.VERSION


def _connection(session: Session) -> sqlite3.Connection:
    assert isinstance(session, Asking)  # noqa: S101  # the door has made it
    return session.connection


def _within(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    """What some work comes to in a transaction that may write from its start."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        return work()


def _version(connection: sqlite3.Connection, shown: str) -> int:
    """The schema's version, 0 for a file that is empty; StoreWrong for another program's.

    Tables come with the mark that says whose they are, so the mark is looked at last: somebody may be making them just now.
    """
    if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall():
        return 0
    if int(_pragma(connection, "application_id")) != OURS:
        raise StoreWrong(f"{shown}: is another program's database; name another file")
    return int(_pragma(connection, "user_version"))


def _pragma(connection: sqlite3.Connection, name: str) -> Any:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def _pruned(session: Session, before: int) -> int:
    """Forget a few of the oldest entries; how many."""
    found = [one[0] for one in session.ask("SELECT seq FROM entries WHERE at < ? ORDER BY at LIMIT ?", (before, PRUNED))]
    for table in ("entries", "receipts", "bodies"):
        _connection(session).executemany(f"DELETE FROM {table} WHERE seq = ?", ((seq,) for seq in found))  # noqa: S608  # all of it is ours
    return len(found)


def _given_back(connection: sqlite3.Connection) -> None:
    """Give the space of what was forgotten back to the disk. As a script, because as a statement it gives back one page."""
    connection.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")


def _told(error: sqlite3.Error, shown: str) -> StoreAway | StoreRefuses | StoreWrong:
    """An error of SQLite as a store's. Its code tells, in the lowest byte; without one a value was none of SQLite's."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in AWAY:
        return StoreAway(f"{shown}: {AWAY[code]}")
    if code in REFUSED or isinstance(error, sqlite3.InterfaceError | sqlite3.DataError):
        return StoreRefuses(f"{shown}: {error}")
    return StoreWrong(f"{shown}: {WRONG.get(code, f'SQLite says: {error}')}")


def connected(path: Path, shown: str) -> sqlite3.Connection:
    """A connection to a file, which is made where it is not there, for its owner alone: it holds what people asked."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, timeout=WAIT, isolation_level=None, check_same_thread=False, cached_statements=256)
    except OSError as error:
        raise _unmade(error, shown) from None
    with ExitStack() as stack:
        stack.callback(connection.close)
        prepare(connection, shown)
        stack.pop_all()
    return connection


def _unmade(error: OSError, shown: str) -> StoreAway | StoreWrong:
    said = f"{shown}: cannot be made: {error.strerror or error}"
    return StoreAway(said) if isinstance(error, BlockingIOError | InterruptedError) or error.errno in FULL else StoreWrong(said)


FULL: Final = frozenset({28, 122, 23, 24})
"""ENOSPC, EDQUOT, ENFILE and EMFILE: what may be better later."""


def prepare(connection: sqlite3.Connection, shown: str) -> None:
    """Have a connection write ahead and sync every commit. Another program's file is not touched; an empty one becomes ours."""
    if _pragma(connection, "page_count") == 0:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    schema.due(_version(connection, shown), shown)
    _write_ahead(connection)
    for said in ("synchronous = FULL", f"wal_autocheckpoint = {PAGES}", f"journal_size_limit = {LOG}", f"cache_size = -{CACHE}"):
        connection.execute(f"PRAGMA {said}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log. That needs the file alone for a moment, and SQLite does not wait for this by itself."""
    ends = time.monotonic() + WAIT
    while True:
        try:
            if "wal" in {_pragma(connection, "journal_mode"), _pragma(connection, "journal_mode = WAL")}:
                return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                raise
            time.sleep(0.01)


def opened(address: str) -> Store:
    """The store in a file. The file is made when it is first used."""
    path = addresses.file(address).absolute()
    return Relational(File(str(path), Pool(lambda: connected(path, str(path))), path))


STORE: Final = StoreKind("sqlite", ("", "sqlite"), opened)
