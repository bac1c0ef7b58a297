"""Work that chance had a part in, read back from a ledger: what was chosen among what, what came of it, and what it cost in all."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.engine.worlds import NOW as THEN
from tests.engine.worlds import PARTS, catalog, endpoint, features
from tests.ledger.samples import entry, outcome
from tierwise.core.decision import Canary, Conditions, Decision, Policy
from tierwise.core.entry import Entry, Outcome
from tierwise.core.money import Unknown
from tierwise.engine.decide import choose
from tierwise.engine.plan import plan
from tierwise.lab.chances import Wants, logged
from tierwise.lab.chances import outcome as mean
from tierwise.lab.offpolicy import Logged
from tierwise.lab.tariffs import Plans
from tierwise.ledger import Query, Store
from tierwise.ledger.stores.sqlite import STORE

CATALOG = catalog(endpoint("p0/m0", 1_000_000), endpoint("p1/m1", 3_000_000), endpoint("p2/m1", 4_000_000))
POLICY = Policy(reference="m0")
DOLLAR = 10**12


def decision(chance: float, models: tuple[str, ...] = ("m1",), policy: Policy = POLICY) -> Decision:
    canary = Canary(0.2, chance, DOLLAR * 1000, models)
    return choose(plan(CATALOG, policy, PARTS), features(), Conditions(THEN, canary=canary))


def call(name: str, item: str, at: int = THEN, **more: Any) -> Entry:
    return entry(name, at, item=item, decision=None, cost=DOLLAR, **more)


def began(name: str, chance: float, **more: Any) -> Entry:
    """The first request of an item that chance had a part in."""
    made = decision(chance, **{key: more.pop(key) for key in ("models",) if key in more})
    return replace(call(name, name, **more), decision=made, explored="canary", propensity=made.receipt.propensity)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = STORE.opened(str(tmp_path / "ledger.db"))
    made.migrate()
    return made


def wants(policy: Policy = POLICY) -> Wants:
    return Wants(Plans(lambda _instant: CATALOG, policy, PARTS))


def found(store: Store, query: Query | None = None, policy: Policy = POLICY) -> list[Logged]:
    return list(logged(store, query or Query(), wants(policy)))


def test_an_item_is_one_piece_of_work_with_all_that_came_of_it(store: Store) -> None:
    first = began("tw-1", 0.0)
    store.add([first, call("tw-2", "tw-1", THEN + 1), call("tw-3", "tw-1", THEN + 2), call("tw-4", "tw-9")])
    store.add([outcome("o1", entry="tw-2", kind="failure", weight=0.5), outcome("o2", entry="tw-3", kind="tests_passed", weight=1.0)])
    store.add([outcome("o3", entry="tw-4", kind="failure")])
    (one,) = found(store)
    assert replace(one, outcome=None) == Logged("ann/s1", "debug", "m1", "m0", "m0", ("m0", "m1"), 0.2, None, 3.0)
    assert one.outcome == pytest.approx(2 / 3)


def test_what_chance_left_alone_is_there_too(store: Store) -> None:
    store.add([began("tw-1", 0.5)])
    (one,) = found(store)
    assert (one.taken, one.own, one.propensity, one.outcome, one.cost) == ("m0", "m0", 0.8, None, 1.0)


def test_another_policy_is_asked_again_without_chance(store: Store) -> None:
    store.add([began("tw-1", 0.0), began("tw-2", 0.9)])
    assert [one.wanted for one in found(store)] == ["m0", "m0"]
    pinned = Policy(name="pinned", pin="p2/m1", reference="m0")
    assert [one.wanted for one in found(store, policy=pinned)] == ["m1", "m1"]
    nothing = Policy(reference="m0", vendors=("nobody",))
    assert [one.wanted for one in found(store, policy=nothing)] == ["", ""]


def test_a_cost_that_is_not_known_in_part_is_not_known(store: Store) -> None:
    store.add([began("tw-1", 0.0), replace(call("tw-2", "tw-1", THEN + 1), cost=Unknown("no price"))])
    (one,) = found(store)
    assert one.cost is None


def test_a_session_without_a_name_is_one_of_its_own(store: Store) -> None:
    store.add([began("tw-1", 0.0, session=""), began("tw-2", 0.0, session="")])
    assert [one.session for one in found(store)] == ["ann/tw-1", "ann/tw-2"]


def test_only_items_of_the_span_are_read_but_all_their_calls(store: Store) -> None:
    store.add([began("tw-1", 0.0), call("tw-2", "tw-1", THEN + 900), began("tw-3", 0.0, at=THEN + 500)])
    (one,) = found(store, Query(until=THEN + 100))
    assert one.cost == 2.0
    assert len(found(store, Query(since=THEN + 100))) == 1


def test_a_ledger_in_which_chance_had_no_part_has_nothing(store: Store) -> None:
    shadow = replace(call("tw-5", "tw-1", THEN + 3), explored="shadow", propensity=0.1)
    bare = replace(began("tw-6", 0.0), decision=None)
    alone = replace(began("tw-7", 0.0, models=("m9",)), explored="canary")
    store.add([call("tw-1", "tw-1"), call("tw-2", "tw-1", THEN + 1), shadow])
    assert found(store) == []
    store.add([bare, alone])
    assert found(store) == []


def test_an_endpoint_that_is_not_known_any_more_goes_by_its_name() -> None:
    made = decision(0.0)
    assert wants().model(made, "p9/m7") == "m7"
    assert wants().model(made, "p2/m1") == "m1"


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ([], None),
        ([outcome("a", kind="success")], 1.0),
        ([outcome("a", kind="failure")], 0.0),
        ([outcome("a", kind="success", score=0.25)], 0.25),
        ([outcome("a", kind="success", weight=0.1), outcome("b", kind="failure", weight=0.3)], 0.25),
        ([outcome("a", kind="success", weight=0.0)], None),
        ([outcome("a", kind="nonsense")], None),
    ],
)
def test_what_came_of_it_is_the_mean_by_weight(told: list[Outcome], value: float | None) -> None:
    assert mean(told) == (None if value is None else pytest.approx(value))
