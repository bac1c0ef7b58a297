"""Runs of verified cascades in every kind of store: told again and again, kept once, the last word holds."""

import re
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.ledger.samples import DAY, NOON, entry, of
from tests.ledger.spooled import opened, records
from tierwise.core.run import Check, Run, Stage
from tierwise.ledger import Query, Store, StoreWrong, redaction, runs, schema
from tierwise.ledger.records import decoded, encoded
from tierwise.ledger.rows import Unreadable
from tierwise.ledger.stores import sqlite

CHECK = Check("make test", 1, 2.5, passed=False, restored=("tests/test_a.py",), tail="1 failed")
STAGE = Stage(1, "alpha", 1, "k-1", NOON, NOON + 5000, 0, "refuted", 12_000, 3, 0, (CHECK,))
RUN = Run("run-1", NOON, "/home/ann/shop", "c0ffee", ("aider", "--yes"), ("make test",), told=NOON)


def told(at: int, run: Run = RUN, **more: object) -> Run:
    return replace(run, told=NOON + at, **more)


def names(store: Store, query: Query) -> list[str]:
    return [one.id for one in store.runs(query)]


def test_a_run_comes_back_as_it_was_told_last(store: Store) -> None:
    later = told(9, status="verified", stages=(STAGE, replace(STAGE, number=2, result="verified")), branch="tierwise/cascade/run-1")
    assert store.add([RUN]) == 1
    assert store.run("run-1") == RUN
    assert store.add([later]) == 1
    assert store.run("run-1") == later
    assert store.runs(Query()) == [later]


def test_what_comes_late_or_twice_changes_nothing(store: Store) -> None:
    words = [told(at, note=f"word {at}") for at in range(6)]
    mixed = words * 2
    Random(3).shuffle(mixed)  # noqa: S311  # not for secrets
    for one in mixed:
        store.add([one])
    assert store.runs(Query()) == [words[-1]]
    assert store.add(words) == 0


def test_a_batch_may_hold_a_run_twice_beside_entries(store: Store) -> None:
    assert store.add([told(1), entry("e1"), told(2, status="stopped")]) == 3
    kept = store.run("run-1")
    assert kept is not None
    assert kept.status == "stopped"
    assert [one.id for one in store.rows(Query())] == ["e1"]


def test_runs_are_listed_newest_first_and_by_page(store: Store) -> None:
    store.add([replace(RUN, id=f"run-{number}", at=NOON + number // 2) for number in range(7)])
    seen, before = [], None
    while page := store.runs(Query(limit=3, before=before)):
        seen += [one.id for one in page]
        before = page[-1].at, page[-1].id
    assert seen == [f"run-{number}" for number in range(6, -1, -1)]


def test_runs_are_found_by_time_status_and_the_beginning_of_their_id(store: Store) -> None:
    store.add([replace(RUN, id="aa-1", at=NOON - DAY), replace(RUN, id="ab-1", status="verified"), replace(RUN, id="b-1", at=NOON + DAY)])
    assert names(store, Query(since=NOON, until=NOON + DAY)) == ["ab-1"]
    assert names(store, Query(fields={"status": "running"})) == ["b-1", "aa-1"]
    assert names(store, Query(text="a")) == ["ab-1", "aa-1"]


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.run("run-1") is None
    assert store.runs(Query()) == []


def test_runs_are_not_asked_for_by_what_they_do_not_have(store: Store) -> None:
    with pytest.raises(StoreWrong, match="runs have no 'model' to ask for; there is status"):
        store.runs(Query(fields={"model": "alpha"}))


def test_old_runs_are_forgotten_with_old_entries(store: Store) -> None:
    store.add([RUN, replace(RUN, id="run-2", at=NOON + DAY), entry("e1"), entry("e2", NOON + DAY)])
    assert store.prune(NOON + 1) == 1
    assert [one.id for one in store.runs(Query())] == ["run-2"]


def test_a_ledger_from_before_there_were_runs_is_brought_up_to_date_with_all_that_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    new = sqlite.opened(str(path))
    new.add([entry("e1"), RUN])
    new.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("DROP TABLE runs")
        for table, column in re.findall(r"ALTER TABLE (\w+) ADD COLUMN (\w+)", "".join(step.sqlite for step in schema.STEPS)):
            old.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        old.execute("PRAGMA user_version = 1")
    store = sqlite.opened(str(path))
    assert store.run("run-1") is None
    assert store.add([RUN]) == 1
    assert ([one.id for one in store.rows(Query())], store.run("run-1")) == (["e1"], RUN)
    store.close()


@given(of(Run))
def test_any_run_is_the_same_after_spool_and_store(run: Run) -> None:
    assert decoded(encoded(run)) == run
    assert runs.unpacked(runs.packed(run)) == run


@pytest.mark.parametrize("data", [b"", b"no", zlib.compress(b"no"), zlib.compress(encoded(entry("e1")))])
def test_bytes_that_are_no_run_are_told(data: bytes) -> None:
    with pytest.raises(Unreadable, match="not a packed run"):
        runs.unpacked(data)


def test_a_place_that_holds_something_else_is_named() -> None:
    with pytest.raises(StoreWrong, match=r"ledger\.db: not a packed run"):
        runs.read([(b"no",)], "ledger.db")


def test_a_run_goes_through_the_spool_without_what_must_not_be_written_down(tmp_path: Path) -> None:
    secret = "sk-" + "a1" * 12
    check = replace(CHECK, command=f"K={secret} make", tail=f"bad key {secret}", note=secret)
    stage = replace(STAGE, checks=(check,), note=secret)
    run = replace(RUN, command=("agent", secret), checks=(f"K={secret} make",), note=secret, stages=(stage,))
    journal = opened(tmp_path / "spool")
    journal.record(run)
    journal.spool.close()
    (kept,) = records(tmp_path / "spool")
    assert kept == redaction.redacted(run, journal.rules)
    assert secret.encode() not in encoded(kept)
    assert encoded(kept).count(redaction.BLACK.encode()) == 7


@given(st.integers(-(2**70), 2**70))
def test_a_cost_of_any_size_is_kept(cost: int) -> None:
    run = replace(RUN, stages=(replace(STAGE, cost=cost),))
    assert runs.unpacked(runs.packed(run)) == run
