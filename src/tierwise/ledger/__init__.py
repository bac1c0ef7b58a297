"""Records of what was served: entries in, questions out.

    exchange -> Ledger.record -> spool (a file of frames, synced within 50 ms) -> writer (a process of its own) -> Store (SQLite, Postgres)

The gateway only ever appends to the spool; whatever happens to the store, requests are served. The writer moves what is spooled into the
store, each record exactly once, and settles in the same transaction the budgets that an entry counts against. A store is a variant.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from msgspec import Struct

from tierwise.core.budgets import Budget
from tierwise.core.entry import Drawn, Entry, Record
from tierwise.core.keys import VirtualKey
from tierwise.core.run import Run
from tierwise.core.told import Paid, Told
from tierwise.core.usage import Usage


class Ledger(Protocol):
    """Where the gateway puts records. `record` never waits and never fails: a request must not suffer from its own record."""

    def record(self, record: Record) -> None:
        """Keep a record."""

    def find(self, name: str) -> Entry | None:
        """The entry of a request's id among the latest, None where it is not (or no longer) there."""

    def recent(self, count: int) -> Sequence[Entry]:
        """The latest entries, the latest first."""

    async def close(self) -> None:
        """Write down whatever is not written yet."""


class StoreAway(OSError):
    """The store cannot be reached now; the same call may succeed later. The message names the store without its password."""


class StoreWrong(ValueError):
    """The store is there and cannot be used: another program's, a newer schema, no permission. The message says what to do."""


class StoreRefuses(ValueError):
    """The store is well and cannot take these records as they are, such as one with a value it has no room for; none of them was kept."""


class Query(Struct, frozen=True):
    """Which entries: those from `since` on and before `until` (milliseconds) of which every given field has the given value.

    `fields` maps columns of Row (key, team, project, client, session, model, endpoint, task, policy, turn, wire) to a value; `tag` asks for
    one of the key's tags, `faulty` for those with (True) or without (False) a fault, `text` for ids and sessions that begin so.
    Newest first; `before` is the (at, id) after which the next page begins.
    """

    since: int = 0
    until: int = 1 << 53
    fields: dict[str, str] = {}
    tag: str = ""
    faulty: bool | None = None
    text: str = ""
    before: tuple[int, str] | None = None
    limit: int = 100


class Row(Struct, frozen=True, gc=False):
    """An entry without its receipt, flat: what lists and reports need.

    Amounts are pico-dollars, None where unknown (`cost_because`, `baseline_because` say why). `predicted` is how many prompt tokens were
    expected from the cache, `usage.read` how many were. `faults` counts attempts that failed, `hedges` those that were made beside another.
    `item` is the work item it belongs to, `explored` and `propensity` say how chance had a part in the choice (core.entry.Entry).
    """

    id: str
    at: int
    key: str = ""
    team: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    session: str = ""
    client: str = ""
    wire: str = ""
    turn: str = ""
    task: str = ""
    difficulty: int = 0
    policy: str = ""
    asked: str = ""
    endpoint: str = ""
    model: str = ""
    status: int = 0
    fault: str = ""
    committed: bool = False
    stream: bool = False
    attempts: int = 0
    faults: int = 0
    hedges: int = 0
    usage: Usage | None = None
    predicted: int | None = None
    cost: int | None = None
    cost_because: str = ""
    baseline: int | None = None
    baseline_because: str = ""
    bill: tuple[int, int, int, int, int] | None = None
    prices: str = ""
    decide_ms: float = 0.0
    first_byte_ms: float | None = None
    first_content_ms: float | None = None
    total_ms: float = 0.0
    because: str = ""
    item: str = ""
    explored: str = ""
    propensity: float = 1.0


class Laid(Struct, frozen=True, gc=False):
    """An entry made ready for a database: its columns, all of it but the bodies packed, and the bodies packed."""

    entry: Entry
    columns: tuple[Any, ...]
    receipt: bytes
    bodies: bytes | None

    @property
    def id(self) -> str:
        """The entry's own id."""
        return self.entry.id


class Group(Struct, frozen=True, gc=False):
    """Sums over the entries that share a value (`name`) of what they are grouped by.

    `cost` sums what is known. `baseline` and `compared_cost` are of the entries of which both amounts are known, and of those that cost
    something and were never answered (the reference is charged nothing for them), so that `baseline - compared_cost` is the saving.
    `unpriced`, `unmeasured`, `uncompared` count entries without a known cost, usage, or comparison.
    `usage` sums what is known, `predicted` the cached tokens expected where usage is known. `up` counts requests that were sent to a dearer
    model than the call before in their session (escalations), `switches` those sent to another model. Milliseconds are sums:
    `first_content_ms` over the `answered` entries that have one. `first` and `last` are the times of the earliest and the latest entry.
    Of a session, `key` and `client` say whose it is.
    """

    name: str
    requests: int = 0
    sessions: int = 0
    faulty: int = 0
    absorbed: int = 0
    hedges: int = 0
    cost: int = 0
    baseline: int = 0
    compared_cost: int = 0
    unpriced: int = 0
    unmeasured: int = 0
    uncompared: int = 0
    usage: Usage = Usage()
    predicted: int = 0
    decide_ms: float = 0.0
    first_content_ms: float = 0.0
    total_ms: float = 0.0
    answered: int = 0
    first: int = 0
    last: int = 0
    up: int = 0
    switches: int = 0
    key: str = ""
    client: str = ""


class Purse(Struct, frozen=True, gc=False):
    """What a budget's period has used: settled by entries, and set aside by gateways for requests under way."""

    budget: str
    began: int
    spent: int = 0
    held: int = 0


class Store(Protocol):
    """A database. Every method blocks, so it is called from the writer's process or from a thread. It raises StoreAway and StoreWrong only.

    `add` raises StoreRefuses besides where a record cannot be kept whatever is tried, so that the writer finds it and sets it aside.
    """

    def migrate(self) -> int:
        """Bring the schema up to date; the version it has now. StoreWrong where it is newer than this code."""

    def add(self, records: Sequence[Record | Laid]) -> int:
        """Keep records, all or none, and settle their budgets; how many were new. What is there already stays as it is.

        Of a run the record that was told last is kept.
        """

    def find(self, name: str) -> Entry | None:
        """The whole entry of a request's id, with receipt and bodies."""

    def rows(self, query: Query) -> Sequence[Row]:
        """Entries without receipts, newest first."""

    def grouped(self, by: str, query: Query) -> Sequence[Group]:
        """Sums by a column of Row, by 'day', 'hour' or 'tag', or ('') over everything; those that cost most first, times in order.

        By 'session': the one with the latest entry first, as many as the query's limit, after `before` (its `last` and its name).
        """

    def crossed(self, by: Sequence[str], query: Query) -> Sequence[tuple[tuple[str, ...], Group]]:
        """Sums for each combination of some columns' values (or of 'day' or 'hour'), from one look at the entries, in no order.

        They can be added up; so there are no `sessions`, `up` and `switches` in them, and they have no name.
        """

    def outcomes(self, entry: str = "", session: str = "") -> Sequence[Record]:
        """What was told of a request or a session."""

    def told(self, since: int, session: float, until: int = 1 << 53) -> Sequence[Told]:
        """What was told from a time until another, summed by model, work, source, key and day; a session counts for `session` at most.

        An outcome that names no model is of the model that served its request; one of a whole session is of all models that served it, by
        their share of its requests. A client's background calls (titles, summaries) take no part in this.
        """

    def paid(self, since: int, until: int = 1 << 53) -> Sequence[Paid]:
        """What work items since a time cost, by model and kind of work, as far as their latest request was made before `until`.

        Those that several models served are left out, and so are those with a request whose cost is not known.
        """

    def runs(self, query: Query) -> Sequence[Run]:
        """Verified cascades, newest first: those of a query's span, of a `status` among its fields, whose ids begin with its text."""

    def run(self, name: str) -> Run | None:
        """The verified cascade of an id, as it was last told."""

    def each(self, query: Query) -> Iterator[Row]:
        """All rows of a query, oldest first, whatever its limit; they are read in pages, so that they need not fit in memory."""

    def keys(self) -> Sequence[VirtualKey]:
        """Every virtual key."""

    def put_key(self, key: VirtualKey) -> None:
        """Add a key or put it in the place of the one with its id."""

    def drop_key(self, name: str) -> bool:
        """Forget the key of an id; whether it was there."""

    def budgets(self) -> Sequence[Budget]:
        """Every budget that was set here (those of tierwise.yaml are not)."""

    def put_budget(self, budget: Budget) -> None:
        """Add a budget or put it in the place of the one with its name."""

    def drop_budget(self, name: str) -> bool:
        """Forget a budget; whether it was there."""

    def changes(self) -> int:
        """A number that grows whenever a key or a budget changes."""

    def hold(self, holder: str, drawn: Drawn, amount: int, limit: int) -> int:
        """Set aside some of a budget's period for a gateway process (`holder`); how much it could have.

        At most the amount asked, at most what limit - spent - held leaves, never less than nothing; atomic among all processes.
        """

    def release(self, holder: str, drawn: Drawn, amount: int) -> None:
        """Give back what a process has set aside and does not need."""

    def alive(self, holder: str, until: int) -> None:
        """A process lives and will say so again before `until`; what is held by those that did not is given back."""

    def purses(self, began: Sequence[Drawn]) -> Sequence[Purse]:
        """What some budgets' periods have used."""

    def prune(self, before: int) -> int:
        """Forget entries from before a time; how many."""

    def close(self) -> None:
        """Let go of the database."""


class StoreKind(Struct, frozen=True):
    """A kind of store (exported as STORE): the beginnings of the addresses it takes, and how it is opened."""

    name: str
    schemes: tuple[str, ...]
    opened: Callable[[str], Store]


__all__ = ["Group", "Laid", "Ledger", "Purse", "Query", "Record", "Row", "Store", "StoreAway", "StoreKind", "StoreRefuses", "StoreWrong"]
