"""The schema of the databases: numbered steps, each only forward, and the same number of them for every dialect.

A step is text and never changes once it is released; what is to be different comes as a further step. The version of a database is the
number of its last step. A database with more steps than are known here belongs to newer code, and is left alone.

`entries` holds the flat rows that are listed and summed, `receipts` what gives back whole entries, `bodies` what was asked and answered.
In SQLite they share a number (`seq`). In Postgres these three are split by month, so that old months go by dropping a table; there an id is
unique together with its time, and the store looks for an id in all months before it adds one. Amounts of budgets are decimal text: they
may be larger than 64 bits.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from tierwise.ledger import StoreWrong


class Step(Struct, frozen=True):
    """One step: its number, what it does, and its statements in each dialect."""

    number: int
    what: str
    sqlite: str
    postgres: str


_SQLITE_1: Final = """
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
    key TEXT NOT NULL, team TEXT NOT NULL, project TEXT NOT NULL, tags TEXT NOT NULL, session TEXT NOT NULL, client TEXT NOT NULL,
    wire TEXT NOT NULL, turn TEXT NOT NULL, task TEXT NOT NULL, difficulty INTEGER NOT NULL, policy TEXT NOT NULL, asked TEXT NOT NULL,
    endpoint TEXT NOT NULL, model TEXT NOT NULL, status INTEGER NOT NULL, fault TEXT NOT NULL, committed INTEGER NOT NULL,
    stream INTEGER NOT NULL, attempts INTEGER NOT NULL, faults INTEGER NOT NULL, hedges INTEGER NOT NULL, predicted INTEGER,
    cost INTEGER, cost_because TEXT NOT NULL, baseline INTEGER, baseline_because TEXT NOT NULL, prices TEXT NOT NULL,
    decide_ms REAL NOT NULL, first_byte_ms REAL, first_content_ms REAL, total_ms REAL NOT NULL, because TEXT NOT NULL,
    fresh INTEGER, read INTEGER, write_5m INTEGER, write_1h INTEGER, output INTEGER, reasoning INTEGER, searches INTEGER,
    bill_fresh INTEGER, bill_read INTEGER, bill_write_5m INTEGER, bill_write_1h INTEGER, bill_output INTEGER
);
CREATE INDEX entries_at ON entries (at, id);
CREATE INDEX entries_session ON entries (session, at, id);
CREATE TABLE receipts (seq INTEGER PRIMARY KEY, receipt BLOB NOT NULL);
CREATE TABLE bodies (seq INTEGER PRIMARY KEY, bodies BLOB NOT NULL);
CREATE TABLE outcomes (
    id TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, entry TEXT NOT NULL, session TEXT NOT NULL, kind TEXT NOT NULL,
    outcome BLOB NOT NULL
);
CREATE INDEX outcomes_entry ON outcomes (entry, at);
CREATE INDEX outcomes_session ON outcomes (session, at);
CREATE INDEX outcomes_at ON outcomes (at);
CREATE TABLE keys (id TEXT NOT NULL PRIMARY KEY, virtual_key TEXT NOT NULL);
CREATE TABLE budgets (name TEXT NOT NULL PRIMARY KEY, budget TEXT NOT NULL);
CREATE TABLE changes (number INTEGER NOT NULL);
INSERT INTO changes VALUES (0);
CREATE TABLE purses (budget TEXT NOT NULL, began INTEGER NOT NULL, spent TEXT NOT NULL, PRIMARY KEY (budget, began));
CREATE TABLE holdings (
    budget TEXT NOT NULL, began INTEGER NOT NULL, holder TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (budget, began, holder)
);
CREATE INDEX holdings_holder ON holdings (holder);
CREATE TABLE leases (holder TEXT NOT NULL PRIMARY KEY, until INTEGER NOT NULL);
"""

_POSTGRES_1: Final = """
CREATE TABLE tierwise.entries (
    id text COLLATE "C" NOT NULL, at bigint NOT NULL,
    key text COLLATE "C" NOT NULL, team text COLLATE "C" NOT NULL, project text COLLATE "C" NOT NULL, tags text COLLATE "C" NOT NULL,
    session text COLLATE "C" NOT NULL, client text COLLATE "C" NOT NULL, wire text COLLATE "C" NOT NULL, turn text COLLATE "C" NOT NULL,
    task text COLLATE "C" NOT NULL, difficulty bigint NOT NULL, policy text COLLATE "C" NOT NULL, asked text COLLATE "C" NOT NULL,
    endpoint text COLLATE "C" NOT NULL, model text COLLATE "C" NOT NULL, status bigint NOT NULL, fault text COLLATE "C" NOT NULL,
    committed bigint NOT NULL, stream bigint NOT NULL, attempts bigint NOT NULL, faults bigint NOT NULL, hedges bigint NOT NULL,
    predicted bigint, cost bigint, cost_because text COLLATE "C" NOT NULL, baseline bigint, baseline_because text COLLATE "C" NOT NULL,
    prices text COLLATE "C" NOT NULL, decide_ms double precision NOT NULL, first_byte_ms double precision,
    first_content_ms double precision, total_ms double precision NOT NULL, because text COLLATE "C" NOT NULL,
    fresh bigint, read bigint, write_5m bigint, write_1h bigint, output bigint, reasoning bigint, searches bigint,
    bill_fresh bigint, bill_read bigint, bill_write_5m bigint, bill_write_1h bigint, bill_output bigint,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX entries_at ON tierwise.entries (at, id);
CREATE INDEX entries_session ON tierwise.entries (session, at, id);
CREATE TABLE tierwise.receipts (
    id text COLLATE "C" NOT NULL, at bigint NOT NULL, receipt bytea NOT NULL, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE tierwise.bodies (
    id text COLLATE "C" NOT NULL, at bigint NOT NULL, bodies bytea NOT NULL, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER TABLE tierwise.receipts ALTER COLUMN receipt SET STORAGE EXTERNAL;
ALTER TABLE tierwise.bodies ALTER COLUMN bodies SET STORAGE EXTERNAL;
CREATE TABLE tierwise.outcomes (
    id text COLLATE "C" NOT NULL PRIMARY KEY, at bigint NOT NULL, entry text COLLATE "C" NOT NULL, session text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL, outcome bytea NOT NULL
);
CREATE INDEX outcomes_entry ON tierwise.outcomes (entry, at);
CREATE INDEX outcomes_session ON tierwise.outcomes (session, at);
CREATE INDEX outcomes_at ON tierwise.outcomes (at);
CREATE TABLE tierwise.keys (id text COLLATE "C" NOT NULL PRIMARY KEY, virtual_key text NOT NULL);
CREATE TABLE tierwise.budgets (name text COLLATE "C" NOT NULL PRIMARY KEY, budget text NOT NULL);
CREATE TABLE tierwise.changes (number bigint NOT NULL);
INSERT INTO tierwise.changes VALUES (0);
CREATE TABLE tierwise.purses (
    budget text COLLATE "C" NOT NULL, began bigint NOT NULL, spent text NOT NULL, PRIMARY KEY (budget, began)
);
CREATE TABLE tierwise.holdings (
    budget text COLLATE "C" NOT NULL, began bigint NOT NULL, holder text COLLATE "C" NOT NULL, amount text NOT NULL,
    PRIMARY KEY (budget, began, holder)
);
CREATE INDEX holdings_holder ON tierwise.holdings (holder);
CREATE TABLE tierwise.leases (holder text COLLATE "C" NOT NULL PRIMARY KEY, until bigint NOT NULL);
"""

_SQLITE_2: Final = """
CREATE TABLE runs (id TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL, told INTEGER NOT NULL, status TEXT NOT NULL, run BLOB NOT NULL);
CREATE INDEX runs_at ON runs (at, id);
"""

_POSTGRES_2: Final = """
CREATE TABLE tierwise.runs (
    id text COLLATE "C" NOT NULL PRIMARY KEY, at bigint NOT NULL, told bigint NOT NULL, status text COLLATE "C" NOT NULL, run bytea NOT NULL
);
CREATE INDEX runs_at ON tierwise.runs (at, id);
"""

_SQLITE_3: Final = """
ALTER TABLE entries ADD COLUMN item TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN explored TEXT NOT NULL DEFAULT '';
ALTER TABLE entries ADD COLUMN propensity REAL NOT NULL DEFAULT 1.0;
ALTER TABLE outcomes ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE outcomes ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE outcomes ADD COLUMN task TEXT NOT NULL DEFAULT '';
ALTER TABLE outcomes ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE outcomes ADD COLUMN weight REAL NOT NULL DEFAULT 0.0;
ALTER TABLE outcomes ADD COLUMN good REAL NOT NULL DEFAULT 0.0;
"""

_POSTGRES_3: Final = """
ALTER TABLE tierwise.entries ADD COLUMN item text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE tierwise.entries ADD COLUMN explored text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE tierwise.entries ADD COLUMN propensity double precision NOT NULL DEFAULT 1.0;
ALTER TABLE tierwise.outcomes ADD COLUMN key text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE tierwise.outcomes ADD COLUMN model text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE tierwise.outcomes ADD COLUMN task text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE tierwise.outcomes ADD COLUMN source text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE tierwise.outcomes ADD COLUMN weight double precision NOT NULL DEFAULT 0.0;
ALTER TABLE tierwise.outcomes ADD COLUMN good double precision NOT NULL DEFAULT 0.0;
"""

STEPS: Final = (
    Step(1, "entries, receipts, bodies, outcomes, keys, budgets and what they have used", _SQLITE_1, _POSTGRES_1),
    Step(2, "runs of verified cascades", _SQLITE_2, _POSTGRES_2),
    Step(3, "work items and chance in entries; outcomes that can be summed by model and kind of work", _SQLITE_3, _POSTGRES_3),
)

VERSION: Final = STEPS[-1].number
"""The version this code knows."""


def due(version: int, place: str, steps: tuple[Step, ...] = STEPS) -> tuple[Step, ...]:
    """The steps a database still needs; StoreWrong where it has more than are known here."""
    known = steps[-1].number if steps else 0
    if version > known:
        raise StoreWrong(
            f"{place}: has schema version {version}, and this tierwise knows up to {known}: it was used by a newer one; upgrade tierwise"
        )
    return tuple(one for one in steps if one.number > version)


def statements(text: str) -> Iterator[str]:
    """The statements of a step, one by one; none of ours has a semicolon within."""
    yield from (one.strip() for one in text.split(";") if one.strip())
