"""Runs of verified cascades as a database keeps them: one row each, of which the last record holds.

A run is written down again whenever something of it has changed, so that it can be watched. Records may come late or twice (a process that
was killed leaves some in the spool), so a record takes the place of another only if it was not told before it.
"""

import zlib
from collections.abc import Sequence
from typing import Final

from tierwise.core.run import Run
from tierwise.ledger import Query, StoreWrong
from tierwise.ledger.queries import END, Asked
from tierwise.ledger.records import decoded, encoded
from tierwise.ledger.rows import Unreadable, fitted, instant, short
from tierwise.ledger.settling import Session

LEVEL: Final = 1
STATUS: Final = "status"

PUT: Final = """
INSERT INTO @runs AS r (id, at, told, status, run) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET at = excluded.at, told = excluded.told, status = excluded.status, run = excluded.run
WHERE r.told < excluded.told RETURNING id
"""


def put(session: Session, run: Run) -> bool:
    """Keep a run, unless what is there was told no earlier; whether it is kept."""
    values = (short(run.id), instant(run.at), fitted(run.told), short(run.status), packed(run))
    return bool(session.ask(PUT, values))


def packed(run: Run) -> bytes:
    """A run as bytes."""
    return zlib.compress(encoded(run), LEVEL)


def unpacked(data: bytes) -> Run:
    """The run that was packed; Unreadable where the bytes are none."""
    try:
        found = decoded(zlib.decompress(data))
    except (zlib.error, ValueError) as error:
        raise Unreadable(f"not a packed run: {error}") from None
    if not isinstance(found, Run):
        raise Unreadable("not a packed run")
    return found


def listed(query: Query) -> Asked:
    """The runs of a query, newest first: by when they began, their status, and how their ids begin."""
    strange = next((name for name in query.fields if name != STATUS), None)
    if strange is not None:
        raise StoreWrong(f"runs have no {strange!r} to ask for; there is {STATUS}")
    parts = [Asked("at >= ? AND at < ?", (fitted(query.since), fitted(query.until)))]
    parts += [Asked("status = ?", (short(value),)) for value in query.fields.values()]
    if query.text:
        parts.append(Asked("id >= ? AND id < ?", (short(query.text), short(query.text) + END)))
    if query.before is not None:
        parts.append(Asked("(at, id) < (?, ?)", (fitted(query.before[0]), query.before[1])))
    where = " AND ".join(one.sql for one in parts)
    values = tuple(value for one in parts for value in one.values)
    return Asked(f"SELECT run FROM @runs WHERE {where} ORDER BY at DESC, id DESC LIMIT ?", (*values, max(0, fitted(query.limit))))  # noqa: S608  # all of it is ours


def found(name: str) -> Asked:
    """The run of an id."""
    return Asked("SELECT run FROM @runs WHERE id = ?", (short(name),))


def read(rows: Sequence[Sequence[bytes]], shown: str) -> list[Run]:
    """Runs of what was found; StoreWrong names the place (`shown`) where one cannot be read."""
    try:
        return [unpacked(bytes(one)) for (one,) in rows]
    except Unreadable as error:
        raise StoreWrong(f"{shown}: {error}") from None
