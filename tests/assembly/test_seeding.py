"""A ledger that is filled with the demo: entries, keys, budgets and what they have used."""

from collections.abc import Iterator

import pytest

from tests.assembly.demoing import NOW, house, records
from tierwise import plugins
from tierwise.assembly import seeding
from tierwise.core.budgets import began
from tierwise.core.entry import Drawn, Entry
from tierwise.core.money import Unknown
from tierwise.lab.seeding import cast
from tierwise.ledger import Query, Store, addresses


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    one = addresses.opened(str(tmp_path_factory.mktemp("demo") / "ledger.db"), plugins.found(plugins.STORES))
    assert seeding.seed(one, house(), NOW) == sum(isinstance(record, Entry) for record in records())
    yield one
    one.close()


def test_every_entry_is_in_the_store_once(store: Store) -> None:
    kept = sum(isinstance(record, Entry) for record in records())
    assert store.grouped("", Query())[0].requests == kept
    assert store.add(records()[:500]) == 0
    assert store.grouped("", Query())[0].requests == kept


def test_keys_and_budgets_are_there(store: Store) -> None:
    keys, budgets = store.keys(), store.budgets()
    assert {one.name for one in keys} == {person.name for person in cast.PEOPLE}
    assert {one.name for one in budgets} == {one.name for one in cast.BUDGETS}


def test_budgets_have_used_what_their_people_spent(store: Store) -> None:
    month = began("month", NOW)
    (purse,) = store.purses([Drawn("checkout", month)])
    spent = [
        one.cost
        for one in records()
        if isinstance(one, Entry) and one.asker.team == "checkout" and one.at >= month and not isinstance(one.cost, Unknown)
    ]
    assert purse.spent == sum(spent) > 0
    assert purse.held == 0
