"""Postgres: for several gateways, or a ledger that outlives the machine. Its driver is an extra: pip install 'tierwise[postgres]'.

Theory of operation. All tables are in a schema named `tierwise`. Connections are made when they are needed, a few at once, and one that has
been lost is made anew: before a transaction has begun nothing has happened, so that beginning it again is safe; after that the caller
hears StoreAway. Whoever adds records waits in line with the other processes that do (an advisory lock, to the end of the transaction):
so what is there already is known for certain, and the rest goes in by COPY. Nothing waits without end: statements, locks, silent
networks and idle transactions all have their time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final, TypeVar

from msgspec import Struct

from tierwise.ledger import Laid, Store, StoreAway, StoreKind, StoreRefuses, StoreWrong, addresses, months, schema
from tierwise.ledger.pooling import Pool
from tierwise.ledger.queries import TEXTS, Dialect
from tierwise.ledger.relational import Relational, clock
from tierwise.ledger.rows import COLUMNS
from tierwise.ledger.settling import Session

T = TypeVar("T")

OLDEST: Final = 130_000
"""Postgres 13."""
ADDING: Final = 0x7469_6572_0001
MIGRATING: Final = 0x7469_6572_0002
"""The advisory locks of those who add, and of those who bring the schema up to date."""
TRIES: Final = 3
TOLD: Final = ("outcomes", "runs")
"""Tables of what is told of entries afterwards."""
PRUNED: Final = 5000
"""Entries that are forgotten in one transaction."""

CONNECTING: Final = MappingProxyType(
    {
        "application_name": "tierwise",
        "connect_timeout": "5",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "tcp_user_timeout": "20000",
    }
)
"""What holds for a connection unless the address says something else: a server that falls silent is given up after some 20 s."""
SETTINGS: Final = MappingProxyType(
    {"statement_timeout": "60s", "lock_timeout": "10s", "idle_in_transaction_session_timeout": "30s", "jit": "off"}
)
"""What holds for a session. To compile our questions takes longer than to answer them."""

DIALECT: Final = Dialect(
    name="postgres",
    each_tag=" CROSS JOIN LATERAL jsonb_array_elements_text(e.tags::jsonb) t(value)",
    tagged="jsonb_exists(e.tags::jsonb, ?)",
    summed=lambda what: f"0, sum({what})",
    same="p.id = e.id AND p.at = e.at",
    number="id",
)


class Hindered(StoreAway):
    """Other transactions were in the way of one that can be done again."""


Told = tuple[type[StoreAway | StoreRefuses | StoreWrong], str]

MEANS: Final[Mapping[str, Told]] = MappingProxyType(
    {
        "08": (StoreAway, "the connection was lost: {}"),
        "22": (StoreRefuses, "{}"),
        "23": (StoreRefuses, "{}"),
        "25": (StoreAway, "the transaction was ended: {}"),
        "25006": (StoreAway, "it does not let itself be written to now, as a standby does not: {}"),
        "3F000": (StoreWrong, "{}; bring its schema up to date: tierwise db migrate"),
        "40": (Hindered, "other transactions were in the way: {}"),
        "42501": (StoreWrong, "{}; let its user have a schema of its own: CREATE SCHEMA tierwise AUTHORIZATION the_user"),
        "42703": (StoreWrong, "{}; bring its schema up to date: tierwise db migrate"),
        "42P01": (StoreWrong, "{}; bring its schema up to date: tierwise db migrate"),
        "53": (StoreAway, "it has no room: {}"),
        "54": (StoreRefuses, "{}"),
        "55": (StoreAway, "a lock was not to be had in time: {}"),
        "57": (StoreAway, "it is stopping, starting, or was too slow: {}"),
        "58": (StoreAway, "its disk does not read or write: {}"),
    }
)
"""What an error means, by its code or the class of its code."""
OTHER: Final[Told] = (StoreWrong, "Postgres says: {}")
REFUSED: Final = ("authentication failed", "does not exist", "pg_hba.conf", "no password", "permission denied", "not permitted to log in")
"""What a server says to one whom it does not let in: waiting does not help."""


def _uncoded(error: Any, said: str) -> Told:
    """What an error of the driver means: no connection, or a value that is none of Postgres's."""
    driver = _driver()
    if not isinstance(error, driver.OperationalError | driver.InterfaceError):
        return StoreRefuses, "{}"
    return (StoreWrong if any(one in said for one in REFUSED) else StoreAway), "cannot be reached: {}"


FLOATS: Final = frozenset(one for one in COLUMNS if one.endswith("_ms") or one == "propensity")
TYPES: Final = tuple("text" if one in TEXTS or one == "tags" else "float8" if one in FLOATS else "int8" for one in COLUMNS)


PACKED: Final = ("text", "int8", "bytea")
"""The columns of what is packed."""


class Stale(Exception):
    """A connection that had been lost before anything was asked of it."""


class Asking(Struct):
    """A connection, within a transaction where something is written."""

    connection: Any

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; what it gives."""
        found = self.connection.execute(sql.replace("@", "tierwise.").replace("?", "%s"), values or None)
        return found.fetchall() if found.description is not None else []

    def copy(self, table: str, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Put rows into a table and its columns (`table (a, b)`; all without). The server takes them in while the next ones are made."""
        with self.connection.cursor() as cursor, cursor.copy(f"COPY tierwise.{table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for one in rows:
                copy.write_row(one)


class Server(Struct):
    """A database of Postgres. `ready` says that its schema has been looked at."""

    address: str
    shown: str
    pool: Pool
    now: Callable[[], int] = clock
    dialect: Dialect = DIALECT
    ready: bool = False

    def __repr__(self) -> str:
        """No traceback may show the password."""
        return f"Server({self.shown!r})"

    def migrate(self) -> int:
        """Bring the schema up to date, with the tables of this month and the next; its version."""
        version = self._written(lambda session: _migrated(session, self.shown, self.now()), self._is_up_to_date)
        self.ready = True
        return version

    def version(self) -> int:
        """The version the schema has, 0 where there is none."""
        found = self._tried(lambda connection: self._read(connection, lambda session: _version(session, self.shown)))
        schema.due(found, self.shown)
        return found

    def read(self, work: Callable[[Session], T]) -> T:
        """What some reading comes to."""
        self._look()
        return self._tried(lambda connection: self._read(connection, work))

    def write(self, work: Callable[[Session], T]) -> T:
        """What some writing comes to, all of it or none."""
        self._look()
        return self._written(work)

    def queue(self, session: Session) -> None:
        """Wait until no other process is adding, to the end of the transaction."""
        session.ask("SELECT pg_advisory_xact_lock(?)", (ADDING,))

    def load(self, session: Session, entries: Sequence[Laid]) -> None:
        """Put in entries that are not there yet."""
        assert isinstance(session, Asking)  # noqa: S101  # the door has made it
        places = [(one.columns[0], one.columns[1]) for one in entries]
        months.lay(session, {at for _, at in places}, self.now())
        session.copy(f"entries ({', '.join(COLUMNS)})", TYPES, (one.columns for one in entries))
        session.copy("receipts", PACKED, ((*place, one.receipt) for place, one in zip(places, entries, strict=True)))
        bodies = [(*place, one.bodies) for place, one in zip(places, entries, strict=True) if one.bodies is not None]
        if bodies:
            session.copy("bodies", PACKED, bodies)

    def prune(self, before: int) -> int:
        """Forget entries from before a time: whole months by dropping their tables, the rest a few at once; how many."""
        count = self.write(lambda session: self._dropped(session, before))
        while gone := self.write(lambda session: _pruned(session, before)):
            count += gone
        self.write(lambda session: [session.ask(f"DELETE FROM tierwise.{one} WHERE at < ?", (before,)) for one in TOLD])  # noqa: S608  # ours
        return count

    def size(self) -> int:
        """Bytes on disk."""
        sql = (
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'tierwise' AND c.relkind = 'r'"
        )
        return self.read(lambda session: int(session.ask(sql)[0][0]))

    def close(self) -> None:
        """Let go of all connections."""
        self.pool.clear()

    def _dropped(self, session: Session, before: int) -> int:
        self.queue(session)
        return months.drop(session, before)

    def _look(self) -> None:
        """Bring the schema up to date before the first question."""
        if not self.ready:
            self.migrate()

    def _is_up_to_date(self, session: Session) -> int | None:
        """The version, where nothing is to be done: that needs no permission to write."""
        return None if schema.due(_version(session, self.shown), self.shown) else schema.VERSION

    def _written(self, work: Callable[[Session], T], spared: Callable[[Session], T | None] = lambda _: None) -> T:
        """What some writing comes to. It is done again where other transactions were in the way, and not at all where it is spared."""
        for _ in range(TRIES - 1):
            try:
                return self._tried(lambda connection: self._transacted(connection, work, spared))
            except Hindered:
                continue
        return self._tried(lambda connection: self._transacted(connection, work, spared))

    def _transacted(self, connection: Any, work: Callable[[Session], T], spared: Callable[[Session], T | None]) -> T:
        session = Asking(connection)
        _begun(connection)
        result = spared(session)
        if result is None:
            result = work(session)
        connection.execute("COMMIT")
        return result

    def _read(self, connection: Any, work: Callable[[Session], T]) -> T:
        try:
            return work(Asking(connection))
        except _driver().OperationalError:
            if connection.broken:
                raise Stale from None
            raise

    def _tried(self, work: Callable[[Any], T], *, again: bool = False) -> T:
        """What comes of some work on a connection, or on a new one where the first was lost before it began."""
        try:
            with self.pool.one() as connection:
                return work(connection)
        except Stale as stale:
            if again:
                raise StoreAway(f"{self.shown}: the connection was lost") from stale
        except _driver().Error as error:
            raise self._told(error) from None
        self.pool.clear()
        return self._tried(work, again=True)

    def _told(self, error: Any) -> StoreAway | StoreRefuses | StoreWrong:
        """An error of Postgres or of its driver as a store's."""
        code, said = error.sqlstate or "", addresses.veiled(error.diag.message_primary or str(error), self.address)
        kind, form = MEANS.get(code) or MEANS.get(code[:2]) or (_uncoded(error, said) if not code else OTHER)
        return kind(f"{self.shown}: {form.format(said)}")


def _driver() -> Any:
    """The driver, which is optional."""
    try:
        return import_module("psycopg")
    except ImportError:
        raise StoreWrong("a store in Postgres needs psycopg, which is not installed: pip install 'tierwise[postgres]'") from None


def _begun(connection: Any) -> None:
    """Begin a transaction; Stale where the connection had been lost meanwhile."""
    try:
        connection.execute("BEGIN")
    except _driver().OperationalError:
        raise Stale from None


def _migrated(session: Session, shown: str, now: int) -> int:
    """Take every step that is due, alone among all processes, and make the tables of this month and the next."""
    session.ask("SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)")
    session.ask("SELECT pg_advisory_xact_lock(?)", (MIGRATING,))
    due = schema.due(_version(session, shown), shown)
    if due and not session.ask("SELECT 1 FROM pg_namespace WHERE nspname = 'tierwise'"):
        session.ask("CREATE SCHEMA tierwise")
    session.ask("CREATE TABLE IF NOT EXISTS tierwise.versions (number bigint PRIMARY KEY, what text NOT NULL, at bigint NOT NULL)")
    for step in due:
        for statement in schema.statements(step.postgres):
            session.ask(statement)
        session.ask("INSERT INTO tierwise.versions VALUES (?, ?, ?)", (step.number, step.what, now))
    session.ask("SELECT pg_advisory_xact_lock(?)", (ADDING,))
    months.lay(session, (), now)
    return schema.VERSION


def _version(session: Session, shown: str) -> int:
    """The schema's version, 0 where there is none; StoreWrong for another program's. Both are asked at once: somebody may be making it."""
    ((versioned, tables),) = session.ask(
        "SELECT to_regclass('tierwise.versions') IS NOT NULL, EXISTS "
        "(SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'tierwise')"
    )
    if not versioned and tables:
        raise StoreWrong(f"{shown}: its schema named tierwise is another program's; name another database")
    return int(session.ask("SELECT coalesce(max(number), 0) FROM tierwise.versions")[0][0]) if versioned else 0


def _pruned(session: Session, before: int) -> int:
    """Forget a few of the oldest entries; how many."""
    found = session.ask("SELECT id, at FROM tierwise.entries WHERE at < ? ORDER BY at, id LIMIT ?", (before, PRUNED))
    ids, latest = [one[0] for one in found], max((one[1] for one in found), default=0)
    for table in months.TABLES if found else ():
        session.ask(f"DELETE FROM tierwise.{table} WHERE id = ANY(?) AND at <= ?", (ids, latest))  # noqa: S608  # ours
    return len(found)


def _settings(address: str) -> dict[str, Any] | None:
    """What an address says, None where it is none."""
    try:
        found: dict[str, Any] = import_module("psycopg.conninfo").conninfo_to_dict(address)
    except _driver().Error:
        return None
    ports = str(found.get("port") or "5432").split(",")
    return found if all(one.isdecimal() for one in ports if one) else None


def connected(address: str, shown: str) -> Any:
    """A connection, with what holds for all of them."""
    driver, said = _driver(), _settings(address)
    if said is None:
        raise StoreWrong(f"{shown}: not an address of Postgres; write it as postgresql://user@host:5432/database")
    connection = driver.connect(**{**CONNECTING, **said}, autocommit=True, prepare_threshold=None)
    version = connection.info.server_version
    if version < OLDEST:
        connection.close()
        raise StoreWrong(f"{shown}: is Postgres {version // 10_000}; 13 or later is needed")
    settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SETTINGS.items())
    connection.execute(f"SELECT {settings}")
    return connection


def opened(address: str) -> Store:
    """The store in a database. It is connected to when it is first used."""
    shown = addresses.shown(address)
    return Relational(Server(address, shown, Pool(lambda: connected(address, shown))))


STORE: Final = StoreKind("postgres", ("postgresql", "postgres"), opened)
