"""Postgres's own side: a server that goes and comes back, many that begin at once, months apart, rights, and what is none of ours."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from tests.ledger.samples import BODIES, DAY, NOON, crowd, entry, outcome
from tests.ledger.server import Server
from tests.ledger.together import apart, together
from tierwise import plugins
from tierwise.core.budgets import Budget
from tierwise.core.entry import Drawn
from tierwise.ledger import Query, StoreAway, StoreRefuses, StoreWrong, addresses, months, rows, schema
from tierwise.ledger.schema import VERSION
from tierwise.ledger.stores import postgres as kind


@pytest.fixture
def address(postgres: Server) -> str:
    return postgres.cleared()


@contextmanager
def opened(address: str) -> Iterator[Any]:
    store = addresses.opened(address, plugins.found(plugins.STORES))
    try:
        yield store
    finally:
        store.close()


def said(address: str, sql: str) -> list[Any]:
    """What the server itself answers."""
    with psycopg.connect(address, autocommit=True) as connection:
        found = connection.execute(sql.encode())
        return found.fetchall() if found.description else []


def tables(address: str) -> set[str]:
    return {name for (name,) in said(address, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'tierwise'")}


# A server that goes away


def test_a_server_that_stops_is_away_and_is_used_again_when_it_is_back(postgres: Server, address: str) -> None:
    entries = crowd(120)
    with opened(address) as store:
        store.add(entries[:50])
        postgres.stop()
        try:
            for ask in (
                lambda: store.add(entries[40:]),
                lambda: store.rows(Query()),
                lambda: store.hold("h", Drawn("b", 0), 1, 9),
                store.keys,
            ):
                with pytest.raises(StoreAway, match=r"^postgresql://postgres@/postgres\?host=\S+: "):
                    ask()
        finally:
            postgres.start()
        assert store.add(entries[40:]) == 70
        assert list(store.each(Query())) == list(map(rows.row_of, entries))


def test_whoever_tries_again_through_stops_and_starts_adds_everything_once_and_pays_for_it_once(postgres: Server, address: str) -> None:
    purse, entries = Drawn("b", 0), [entry(f"e{number:04d}", drawn=(Drawn("b", 0),), cost=3) for number in range(900)]
    away: list[str] = []

    def add(place: int) -> None:
        with opened(address) as store:
            for start in range(place * 300, place * 300 + 600, 20):
                while True:
                    try:
                        store.add([entries[number % 900] for number in range(start, start + 20)])
                        break
                    except StoreAway as error:
                        away.append(str(error))
                        time.sleep(0.02)

    def interrupt(_: int) -> None:
        for _ in range(2):
            time.sleep(0.08)
            postgres.stop()
            time.sleep(0.05)
            postgres.start()

    together(lambda place: interrupt(place) if place == 3 else add(place), range(4))
    assert away
    with opened(address) as store:
        assert (store.span().entries, store.purses([purse])[0].spent) == (900, 2700)


def test_connections_that_were_cut_are_made_anew_without_anybody_noticing(address: str) -> None:
    with opened(address) as store:
        for ask in (lambda: store.add([entry("a")]), lambda: store.find("a"), lambda: store.put_budget(Budget("b", 1)), store.budgets):
            store.changes()
            said(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tierwise'")
            ask()
        assert store.span().entries == 1


def test_a_transaction_that_is_cut_in_the_middle_leaves_nothing(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(address) as store:
        store.add([entry("a")])

        def cut(*_: object) -> None:
            said(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tierwise'")

        monkeypatch.setattr(months, "lay", cut)
        with pytest.raises(StoreAway):
            store.add([entry("b", drawn=(Drawn("x", 0),))])
        monkeypatch.undo()
        assert (store.find("b"), store.purses([Drawn("x", 0)])[0].spent) == (None, 0)
        assert store.add([entry("b")]) == 1


def test_a_transaction_that_was_in_the_way_of_another_is_done_again(address: str) -> None:
    with opened(address) as store:
        store.migrate()
        tries: list[int] = []

        def work(session: Any) -> int:
            tries.append(1)
            if len(tries) < kind.TRIES:
                session.ask("DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '40P01'; END $$")
            return 7

        assert store.door.write(work) == 7
        with pytest.raises(StoreAway, match="other transactions were in the way"):
            store.door.write(lambda one: one.ask("DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '40001'; END $$"))


@pytest.mark.parametrize(
    ("change", "kind_", "says"),
    [
        (lambda one: one.replace("/postgres?", "/nowhere?"), StoreWrong, 'cannot be reached: .*database "nowhere" does not exist'),
        (lambda one: one.replace("postgres:S3cret", "nobody:S3cret"), StoreWrong, 'cannot be reached: .*role "nobody" does not exist'),
        (lambda _: "postgresql://me:S3cret@127.0.0.1:1/db", StoreAway, "cannot be reached: .*refused"),
        (lambda _: "postgresql://me:S3cret@no-such-host.invalid/db", StoreAway, "cannot be reached: "),
        (lambda _: "postgresql://me:S3cret@/db?host=/nowhere", StoreAway, "cannot be reached: "),
        (lambda _: "postgresql://me:S3cret@host:notaport/db", StoreWrong, "not an address of Postgres; write it as postgresql://"),
        (lambda _: "postgresql://me:S3cret@host/db?pasword=S3cret", StoreWrong, "not an address of Postgres; write it as postgresql://"),
    ],
)
def test_where_there_is_no_store_it_is_said_why_and_never_the_password(
    postgres: Server, change: Callable[[str], str], kind_: type[Exception], says: str
) -> None:
    address = change(postgres.address().replace("postgres@", "postgres:S3cret@"))
    with opened(address) as store, pytest.raises(kind_, match=says) as error:
        store.changes()
    assert "S3cret" not in f"{error.value} {store!r}"
    assert "\n" not in str(error.value)


def test_without_the_driver_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with opened("postgresql://host/db") as store, pytest.raises(StoreWrong, match=r"pip install 'tierwise\[postgres\]'"):
        store.migrate()


def test_an_old_server_is_refused(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "OLDEST", 999_000)
    with opened(postgres.address()) as store, pytest.raises(StoreWrong, match="is Postgres 18; 13 or later is needed"):
        store.migrate()


# The schema


def test_ten_that_begin_at_once_make_one_schema(address: str) -> None:
    def begin(number: int) -> None:
        with opened(address) as store:
            assert store.migrate() == VERSION
            assert store.add([entry(f"e{number}")]) == 1

    together(begin, range(10))
    assert said(address, "SELECT number FROM tierwise.versions ORDER BY number") == [(number,) for number in range(1, VERSION + 1)]
    with opened(address) as store:
        assert store.span().entries == 10


ADDING = """
import sys
from tests.ledger.samples import crowd
from tierwise import plugins
from tierwise.ledger import addresses
store = addresses.opened(sys.argv[1], plugins.found(plugins.STORES))
print(sum(store.add(crowd(200)[at:at + 20]) for at in range(0, 200, 20)))
store.close()
"""


def test_processes_that_add_the_same_records_add_each_once(address: str) -> None:
    assert sum(map(int, apart(ADDING, [(address,)] * 4))) == 200
    with opened(address) as store:
        assert list(store.each(Query())) == list(map(rows.row_of, crowd(200)))


def test_a_newer_schema_is_left_alone(address: str) -> None:
    with opened(address) as store:
        store.add([entry("a")])
    said(address, "INSERT INTO tierwise.versions VALUES (99, 'later', 0)")
    with opened(address) as store:
        for ask in (store.migrate, store.changes, lambda: store.add([entry("b")]), lambda: store.grouped("model", Query())):
            with pytest.raises(StoreWrong, match=rf"has schema version 99, and this tierwise knows up to {VERSION}: .*upgrade"):
                ask()
    assert said(address, "SELECT count(*) FROM tierwise.entries") == [(1,)]


def test_a_schema_of_that_name_which_is_none_of_ours_is_left_alone(address: str) -> None:
    said(address, "CREATE SCHEMA tierwise; CREATE TABLE tierwise.entries (id int)")
    with opened(address) as store, pytest.raises(StoreWrong, match="its schema named tierwise is another program's"):
        store.add([entry("a")])
    assert tables(address) == {"entries"}


def test_a_migration_that_fails_changes_nothing(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = schema.Step(1, "broken", "", "CREATE TABLE tierwise.half (id int); CREATE TABLE tierwise.half (id int)")
    monkeypatch.setattr(schema, "due", lambda version, _: () if version else (broken,))
    with opened(address) as store, pytest.raises(StoreWrong, match="already exists"):
        store.migrate()
    assert tables(address) == set()


@pytest.fixture
def another(address: str) -> Iterator[str]:
    """The address as a user who may do nothing yet."""
    said(address, "DROP ROLE IF EXISTS clerk; CREATE ROLE clerk LOGIN; REVOKE CREATE ON DATABASE postgres FROM PUBLIC")
    yield address.replace("postgres@", "clerk@")
    said(address, "DROP SCHEMA IF EXISTS tierwise CASCADE; DROP ROLE clerk")


def test_a_user_without_rights_is_told_which(address: str, another: str) -> None:
    with opened(another) as store, pytest.raises(StoreWrong, match=r"permission denied .*CREATE SCHEMA tierwise AUTHORIZATION"):
        store.migrate()
    said(address, "CREATE SCHEMA tierwise AUTHORIZATION clerk")
    with opened(another) as store:
        assert store.add([entry("a")]) == 1


def test_a_user_who_may_only_read_reads(address: str, another: str) -> None:
    with opened(address) as store:
        store.add([entry("a")])
    said(address, "GRANT USAGE ON SCHEMA tierwise TO clerk; GRANT SELECT ON ALL TABLES IN SCHEMA tierwise TO clerk")
    with opened(another) as store:
        assert store.find("a") == entry("a")
        assert store.grouped("model", Query())[0].requests == 1
        with pytest.raises(StoreWrong, match="permission denied"):
            store.add([entry("b")])


def test_a_server_that_does_not_let_itself_be_written_to_is_away(address: str) -> None:
    with opened(address) as store:
        store.add([entry("a")])
    said(address, "ALTER DATABASE postgres SET default_transaction_read_only = on")
    try:
        with opened(address) as store:
            assert store.find("a") == entry("a")
            with pytest.raises(StoreAway, match="as a standby does not"):
                store.add([entry("b")])
    finally:
        said(f"{address}&options=-cdefault_transaction_read_only%3Doff", "ALTER DATABASE postgres RESET default_transaction_read_only")


# Months


def test_each_month_has_tables_of_its_own_made_ahead_and_dropped_when_forgotten(address: str) -> None:
    with opened(address) as store:
        store.migrate()
        here = months.month(store.now())
        assert {f"entries_{here.name}", f"bodies_{here.following.name}", f"receipts_{here.following.name}"} <= tables(address)
        may = int(datetime(2025, 5, 31, 23, 59, 59, 999_000, tzinfo=UTC).timestamp() * 1000)
        store.add([entry("a", may), entry("b", may + 1, bodies=BODIES), entry("c", may + 20 * DAY), outcome("x", at=may, entry="a")])
        for name, count in (("2025_05", 1), ("2025_06", 2)):
            assert said(address, f"SELECT count(*) FROM tierwise.entries_{name}") == [(count,)]  # noqa: S608  # ours
        assert store.prune(may + 10 * DAY) == 2
        assert not {one for one in tables(address) if one.endswith("2025_05")}
        assert said(address, "SELECT id FROM tierwise.entries_2025_06") == [("c",)]
        assert store.add([entry("b", may + 1)]) == 1
        assert store.find("b") == entry("b", may + 1)


def test_times_out_of_all_reason_are_kept_too(address: str) -> None:
    with opened(address) as store:
        strange = [entry(f"e{number}", at) for number, at in enumerate((-5, 0, 10**18, rows.LATEST, rows.LATEST - 1))]
        assert store.add(strange) == 5
        assert [store.find(one.id) for one in strange] == strange
        assert {"entries_1970_01", "entries_9999_12"} <= tables(address)


def test_an_id_is_there_once_in_all_months(address: str) -> None:
    with opened(address) as store:
        assert store.add([entry("a", NOON)]) == 1
        assert store.add([entry("a", NOON + 100 * DAY)]) == 0
        assert store.span().entries == 1


def test_a_value_that_postgres_has_no_room_for_is_refused(address: str) -> None:
    with opened(address) as store:
        store.migrate()
        with pytest.raises(StoreRefuses):
            store.door.write(lambda one: one.ask("INSERT INTO @leases VALUES ('x', 99999999999999999999::numeric)"))
        with pytest.raises(StoreRefuses):
            store.door.write(lambda one: one.ask("INSERT INTO @leases VALUES (?, 1)", ("a\0b",)))
        with pytest.raises(StoreRefuses):
            store.door.write(lambda one: one.ask("INSERT INTO @leases VALUES (?, 1)", (SimpleNamespace(),)))


def test_nothing_waits_without_end(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "SETTINGS", {"statement_timeout": "900ms", "lock_timeout": "300ms"})
    with opened(address) as store:
        store.migrate()
        with pytest.raises(StoreAway, match="too slow"):
            store.door.read(lambda one: one.ask("SELECT pg_sleep(5)"))
        with psycopg.connect(address) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", (kind.ADDING,))
            began = time.monotonic()
            with pytest.raises(StoreAway, match="a lock was not to be had in time"):
                store.add([entry("a")])
            assert time.monotonic() - began < 8
        assert store.add([entry("a")]) == 1
