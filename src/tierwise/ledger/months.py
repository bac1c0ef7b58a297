"""Months, as Postgres keeps them apart: each has tables of its own, made ahead of time and dropped when all of it is forgotten."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Self

from msgspec import Struct

from tierwise.ledger.settling import Session

MS: Final = 1000
DECEMBER: Final = 12
LAST: Final = 9999
"""The last year there is."""
TABLES: Final = ("entries", "receipts", "bodies")
"""What is kept by month."""


class Month(Struct, frozen=True, order=True):
    """A month of UTC."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """How its tables end: '2026_11'."""
        return f"{self.year:04d}_{self.number:02d}"

    @property
    def begins(self) -> int:
        """Its first millisecond."""
        return int(datetime(self.year, self.number, 1, tzinfo=UTC).timestamp()) * MS

    @property
    def ends(self) -> int:
        """The first millisecond after it."""
        return 1 << 53 if (self.year, self.number) == (LAST, DECEMBER) else self.following.begins

    @property
    def following(self) -> Self:
        """The month after it."""
        return type(self)(self.year + 1, 1) if self.number == DECEMBER else type(self)(self.year, self.number + 1)


def month(at: int) -> Month:
    """The month a time (milliseconds) lies in."""
    then = datetime.fromtimestamp(at // MS, UTC)
    return Month(then.year, then.month)


def kept(session: Session) -> list[Month]:
    """The months that have tables, in order."""
    found = session.ask(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'tierwise.entries'::regclass"
    )
    return sorted(Month(*map(int, name.removeprefix("entries_").split("_"))) for (name,) in found)


def lay(session: Session, times: Iterable[int], now: int) -> None:
    """Make the tables for the months of some times, for this month and for the next. Nobody else may do so meanwhile."""
    here = month(now)
    wanted = {month(at) for at in times} | {here, here.following}
    for one in sorted(wanted - set(kept(session))):
        for table in TABLES:
            _attach(session, table, one)


def _attach(session: Session, table: str, one: Month) -> None:
    """Make a month's table and add it to the others. That way, unlike by PARTITION OF, readers and writers are not kept waiting."""
    name = f"tierwise.{table}_{one.name}"
    session.ask(f"CREATE TABLE IF NOT EXISTS {name} (LIKE tierwise.{table} INCLUDING ALL)")
    session.ask(f"ALTER TABLE tierwise.{table} ATTACH PARTITION {name} FOR VALUES FROM ({one.begins}) TO ({one.ends})")


def drop(session: Session, before: int) -> int:
    """Drop the months that lie before a time as a whole; how many entries they had."""
    count = 0
    for one in kept(session):
        if one.ends > before:
            break
        count += int(session.ask(f"SELECT count(*) FROM tierwise.entries_{one.name}")[0][0])  # noqa: S608  # ours
        for table in TABLES:
            session.ask(f"DROP TABLE tierwise.{table}_{one.name}")
    return count
