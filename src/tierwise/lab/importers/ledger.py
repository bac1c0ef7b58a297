"""The gateway's own ledger: a file of SQLite, or a store anywhere. What was served is a log like any other, and may be tried on again.

A row holds no words. What kind of work it was, and how hard, was read when it was served, and is told here as it was told then. A
person's turn ends where the next call of the session does not bring results of tools. A client's background calls are a thread of
their own.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from tierwise.core.money import Unknown
from tierwise.core.tasks import UNKNOWN_KIND
from tierwise.lab.call import Call, Importer, Note
from tierwise.ledger import Query, Row, Store
from tierwise.ledger.stores.sqlite import STORE

MAGIC: Final = b"SQLite format 3\x00"
TABLES: Final = frozenset({"entries", "receipts", "outcomes", "purses"})
"""Tables that a ledger has and hardly any other database."""

TOOL: Final = "tool"
SIDE: Final = "side"
HOUR: Final = 3600
TITLE: Final = "the gateway's ledger (SQLite)"


def claims(path: Path, start: bytes) -> bool:
    """Whether a file is a database with the ledger's tables."""
    if not start.startswith(MAGIC):
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            found = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        return False
    return found >= TABLES


def calls(path: Path, _note: Note) -> Iterator[Call]:
    """The calls of a ledger's file, the oldest first but for the last of each session."""
    return _read(lambda: STORE.opened(str(path)), Query())


def importer(opened: Callable[[], Store], query: Query) -> Importer:
    """Reads a store that is no file, whatever path it is given."""
    return Importer("ledger", TITLE, claims, lambda _path, _note: _read(opened, query), whole=False)


def _read(opened: Callable[[], Store], query: Query) -> Iterator[Call]:
    with closing(opened()) as store:
        yield from told(store.each(query))


def told(rows: Iterable[Row]) -> Iterator[Call]:
    """Rows, the oldest first, as calls. Each waits for the next of its session, which tells whether its answer called tools."""
    waiting: dict[tuple[str, str, str], Call] = {}
    for row in rows:
        if not row.endpoint:
            continue
        call = _call(row)
        place = row.key, call.session, call.thread
        before = waiting.pop(place, None)
        if before is not None:
            yield replace(before, tools=(TOOL,)) if row.turn == TOOL else before
        waiting[place] = call
    yield from waiting.values()


def _call(row: Row) -> Call:
    provider, _, model = row.endpoint.partition("/")
    usage = row.usage
    return Call(
        session=f"{row.key}/{row.session}" if row.session else row.id,
        id=row.id,
        at=row.at,
        ended=row.at + max(round(row.total_ms), 0),
        model=model,
        provider=provider,
        usage=Unknown(row.cost_because or "the provider did not say what was used") if usage is None else usage,
        thread=SIDE if row.turn == SIDE else "",
        client=row.client,
        workspace=row.project,
        ttl=HOUR if usage is not None and usage.write_1h else 0,
        task="" if row.task == UNKNOWN_KIND else row.task,
        difficulty=row.difficulty,
        failed=bool(row.fault),
    )


IMPORTER: Final = Importer("ledger", TITLE, claims, calls, whole=False)
