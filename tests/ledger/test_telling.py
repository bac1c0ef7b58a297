"""What was told of models, and what their work cost, summed by every store alike."""

import math
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.samples import DAY, HOUR, NOON, decision, entry, outcome
from tierwise.core.entry import Entry, Outcome
from tierwise.core.money import Unknown
from tierwise.core.told import Paid, Told
from tierwise.engine.learning import KEY, SESSION, learnt
from tierwise.ledger import Query, Store, schema
from tierwise.ledger.pooling import Pool
from tierwise.ledger.relational import Relational
from tierwise.ledger.stores import memory, sqlite
from tierwise.ledger.telling import values

TODAY = NOON // DAY
MANY = 100_000


def served(name: str, model: str = "alpha", task: str = "debug", **more: Any) -> Entry:
    return entry(name, **{"model": model, "decision": decision(task=task), **more})


def summed(store: Store, session: float = SESSION, since: int = 0) -> dict[tuple[str, str, str, str], Any]:
    """Model, work, source and key -> outcomes, those that speak for it, how many were told; of one day."""
    found = store.told(since, session)
    assert len({(one.model, one.task, one.source, one.key, one.day) for one in found}) == len(found)
    return {(one.model, one.task, one.source, one.key): (one.n, one.good, one.told) for one in found}


def test_nothing_told_is_nothing_summed(store: Store) -> None:
    store.add([served("a")])
    assert store.told(0, SESSION) == []


def test_an_outcome_is_of_the_model_that_served_its_request(store: Store) -> None:
    store.add([outcome("o1", entry="a", key="ann"), served("a")])
    assert store.told(0, SESSION) == [Told("alpha", "debug", "feedback", "ann", TODAY, 1.0, 1.0, 1)]


def test_an_outcome_may_come_before_its_request(store: Store) -> None:
    store.add([outcome("o1", entry="a")])
    assert store.told(0, SESSION) == []
    store.add([served("a")])
    assert summed(store) == {("alpha", "debug", "feedback", ""): (1.0, 1.0, 1)}


def test_what_an_outcome_says_of_model_and_work_counts_more_than_its_request(store: Store) -> None:
    """The request may be the one that ended the work, and another model have done it."""
    store.add([served("a"), outcome("o1", entry="a", model="beta", task="test", source="traffic", kind="tests_failed", weight=0.5)])
    assert summed(store) == {("beta", "test", "traffic", ""): (0.5, 0.0, 1)}


def test_who_only_wrote_a_summary_did_none_of_the_work(store: Store) -> None:
    side, work = served("side", "beta", turn="side"), served("work", "alpha")
    store.add([side, work, outcome("o1", entry="side", kind="rejected"), outcome("o2", session="s1", key="ann", kind="rejected")])
    assert summed(store) == {("alpha", "debug", "feedback", "ann"): (1.0, 0.0, 1)}


def test_an_outcome_of_a_session_is_shared_out_by_requests(store: Store) -> None:
    requests = [served(f"a{number}", "alpha") for number in range(3)] + [
        served("b", "beta", "test"),
        served("other", "gamma", session="s2"),
    ]
    store.add([*requests, outcome("o1", session="s1", key="ann", weight=0.8)])
    assert summed(store) == {
        ("alpha", "debug", "feedback", "ann"): (pytest.approx(0.6), pytest.approx(0.6), 1),
        ("beta", "test", "feedback", "ann"): (pytest.approx(0.2), pytest.approx(0.2), 1),
    }


def test_a_session_of_another_key_is_another_session(store: Store) -> None:
    store.add([served("a"), outcome("o1", session="s1", key="bob")])
    assert store.told(0, SESSION) == []


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        ([("success", None, 1.0)], (1.0, 1.0)),
        ([("failure", None, 1.0)], (1.0, 0.0)),
        ([("success", 0.25, 1.0)], (1.0, 0.25)),
        ([("kept", None, 0.2)], (0.2, 0.2)),
        ([("kept", None, 0.2), ("kept", None, 0.2)], (0.4, 0.4)),
        ([("success", None, 1.0), ("failure", None, 1.0)], (1.0, 0.5)),
        ([("success", None, 1.0)] * 50, (1.0, 1.0)),
        ([("success", None, 7.0)], (1.0, 1.0)),
    ],
)
def test_a_request_counts_once_whatever_is_told_of_it(
    store: Store, told: list[tuple[str, float | None, float]], counts: tuple[float, float]
) -> None:
    store.add(
        [
            served("a"),
            *(outcome(f"o{at}", entry="a", kind=kind, score=score, weight=weight) for at, (kind, score, weight) in enumerate(told)),
        ]
    )
    ((n, good, count),) = summed(store).values()
    assert (n, good, count) == (pytest.approx(counts[0]), pytest.approx(counts[1]), len(told))


@pytest.mark.parametrize("wrong", [{"kind": "nonsense"}, {"weight": 0.0}, {"weight": -1.0}, {"weight": math.nan}, {"score": math.nan}])
def test_what_means_nothing_counts_for_nothing(store: Store, wrong: dict[str, object]) -> None:
    told = outcome("o1", entry="a", **wrong)
    store.add([served("a"), told])
    assert store.told(0, SESSION) == []
    assert [one.id for one in store.outcomes(entry="a")] == ["o1"]


def test_a_session_counts_a_few_times_at_most_whatever_is_told_in_it(store: Store) -> None:
    store.add([served(f"a{number}") for number in range(20)])
    store.add([outcome(f"o{number}", entry=f"a{number}", kind="success" if number % 4 else "failure") for number in range(20)])
    assert summed(store, 8) == {("alpha", "debug", "feedback", ""): (8.0, pytest.approx(6.0), 20)}
    assert summed(store, 30) == {("alpha", "debug", "feedback", ""): (20.0, pytest.approx(15.0), 20)}


def test_requests_without_a_session_are_each_on_their_own(store: Store) -> None:
    store.add([served(f"a{number}", session="") for number in range(20)])
    store.add([outcome(f"o{number}", entry=f"a{number}") for number in range(20)])
    assert summed(store, 8) == {("alpha", "debug", "feedback", ""): (20.0, 20.0, 20)}


def test_keys_sources_and_days_are_told_apart(store: Store) -> None:
    store.add(
        [served("a"), outcome("o1", entry="a", key="ann"), outcome("o2", entry="a", key="bob"), outcome("o3", entry="a", source="header")]
    )
    store.add([served("b", session="s2"), outcome("o4", entry="b", key="ann", at=NOON + DAY)])
    assert [(one.source, one.key, one.day, one.n) for one in store.told(0, SESSION)] == [
        ("feedback", "ann", TODAY, 1.0),
        ("feedback", "ann", TODAY + 1, 1.0),
        ("feedback", "bob", TODAY, 1.0),
        ("header", "", TODAY, 1.0),
    ]


def test_only_what_was_told_since_then_counts(store: Store) -> None:
    store.add([served("a"), outcome("o1", entry="a"), outcome("o2", entry="a", at=NOON - HOUR, kind="failure")])
    assert summed(store, since=NOON) == {("alpha", "debug", "feedback", ""): (1.0, 1.0, 1)}
    assert store.told(NOON + 1, SESSION) == []
    assert [(one.n, one.good) for one in store.told(0, SESSION, NOON)] == [(1.0, 0.0)]


def test_an_attacker_s_key_that_tells_a_hundred_thousand_times_counts_as_few() -> None:
    """Each of a request and a session of its own: the store sums them to one row, and learning holds that to its bound."""
    store = Relational(sqlite.File("memory:", Pool(lambda: sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))))
    store.add([served("real"), *honest()])
    store.add(
        [
            outcome(f"x{at}", entry=f"none{at}", session=f"s{at}", model="alpha", task="debug", key="eve", kind="failure")
            for at in range(MANY)
        ]
    )
    rows = store.told(0, SESSION)
    assert {one.key: one.told for one in rows} == {"ann": KEY, "eve": MANY}
    (found,) = learnt(rows, TODAY)
    assert found.n == pytest.approx(2 * KEY)
    assert found.rate == pytest.approx(0.5)
    store.close()


def honest() -> Iterable[Outcome]:
    return (outcome(f"h{at}", model="alpha", task="debug", session=f"h{at}", key="ann") for at in range(KEY))


def test_long_and_odd_names_are_summed_as_they_are_kept(store: Store) -> None:
    name = "x" * 400 + "\0é"
    store.add([served(name, model=name, task=name, session=name), outcome("o1", entry=name, key=name)])
    (one,) = store.told(0, SESSION)
    assert (one.n, one.told) == (1.0, 1)
    assert one.model == one.task == one.key != name


def test_half_a_vote_for_is_between_none_and_all() -> None:
    told = values(outcome("o1", score=3.0, weight=2.0))
    assert told[-2:] == (1.0, 1.0)


def test_what_traffic_shows_of_a_work_item_counts_once_for_each_model_that_did_it(store: Store) -> None:
    """Tests that fail on the way are not a failure each; what a person says of each request is."""
    store.add([served(f"a{at}", item="a0") for at in range(6)])
    shown = [
        outcome(f"o{at}", entry=f"a{at}", source="traffic", kind="tests_failed", weight=0.5, model="alpha", task="debug") for at in range(4)
    ]
    store.add([*shown, outcome("o5", entry="a5", source="traffic", kind="accepted", weight=1.0, model="beta", task="debug")])
    store.add([outcome(f"p{at}", entry=f"a{at}") for at in range(3)])
    assert summed(store) == {
        ("alpha", "debug", "traffic", ""): (1.0, 0.0, 4),
        ("beta", "debug", "traffic", ""): (1.0, 1.0, 1),
        ("alpha", "debug", "feedback", ""): (3.0, 3.0, 3),
    }


# What work cost.


def test_what_a_work_item_cost_is_all_that_its_requests_cost(store: Store) -> None:
    first = [served("a1", item="a1", cost=10), served("a2", item="a1", cost=20, task="chore"), served("a3", item="a1", cost=5, turn="side")]
    second = [served("b1", item="b1", cost=50)]
    store.add([*first, *second, served("c1", "beta", "test", item="c1", cost=7), served("d1", cost=1000)])
    assert store.paid(0) == [Paid("alpha", "debug", 2, 40, 14), Paid("beta", "test", 1, 7, None)]


def test_what_two_models_did_or_nobody_can_price_is_no_model_s_cost(store: Store) -> None:
    store.add([served("a1", item="a1", cost=10), served("a2", "beta", item="a1", cost=20)])
    store.add([served("b1", item="b1", cost=10), served("b2", item="b1", cost=Unknown("nobody says"))])
    assert store.paid(0) == []


def test_a_try_that_failed_is_in_the_cost_of_its_work(store: Store) -> None:
    store.add([served("a1", "", item="a1", cost=3), served("a2", item="a1", cost=4)])
    assert store.paid(0) == [Paid("alpha", "debug", 1, 7, None)]
    assert store.paid(NOON + 1) == []


def test_a_work_item_counts_once_its_latest_request_is_old_enough(store: Store) -> None:
    store.add([served("a1", item="a1", cost=3), served("a2", item="a1", cost=4, at=NOON + 10), served("b1", item="b1", cost=5)])
    assert store.paid(0, NOON) == []
    assert store.paid(0, NOON + 10) == [Paid("alpha", "debug", 1, 5, None)]
    assert store.paid(0, NOON + 11) == [Paid("alpha", "debug", 2, 6, 1)]


def test_equal_names_of_two_keys_are_two_work_items(store: Store) -> None:
    store.add([served("a1", item="i", cost=3, key="ann"), served("a2", item="i", cost=5, key="bob")])
    assert store.paid(0) == [Paid("alpha", "debug", 2, 4, 1)]


# A database that was there before.


def test_a_ledger_from_before_learns_from_what_is_told_from_now_on(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as old:
        for statement in schema.statements(schema.STEPS[0].sqlite):
            old.execute(statement)
        old.execute(f"PRAGMA application_id = {sqlite.OURS}")
        old.execute("PRAGMA user_version = 1")
        old.execute("INSERT INTO outcomes VALUES ('o0', ?, 'a', '', 'success', x'')", (NOON,))
    old.close()
    store = sqlite.opened(str(path))
    store.add([served("a", item="a"), outcome("o1", entry="a", kind="failure")])
    assert summed(store) == {("alpha", "debug", "feedback", ""): (1.0, 0.0, 1)}
    assert [one.item for one in store.rows(Query())] == ["a"]
    assert store.migrate() == schema.VERSION
    store.close()


def test_a_store_in_memory_keeps_the_latest_outcomes_only() -> None:
    store = memory.opened("memory:")
    assert isinstance(store, memory.Latest)
    store.kept = 3
    for number in range(8):
        store.add([outcome(f"o{number}", entry="a", at=NOON - number)])
    assert [one.id for one in store.outcomes(entry="a")] == ["o7", "o6", "o5"]
    store.close()
