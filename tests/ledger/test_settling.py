"""What budgets have used: set aside, given back, spent, and never more than there is, whoever asks at once."""

import time

import pytest

from tests.ledger.samples import NOON, entry
from tests.ledger.together import apart, together
from tierwise import plugins
from tierwise.core.entry import Drawn
from tierwise.core.money import PER_DOLLAR
from tierwise.ledger import Purse, Store, addresses
from tierwise.ledger.relational import Relational
from tierwise.ledger.settling import LEASE

PURSE = Drawn("month", 0)
LIMIT = 1000

RACE = """
import sys, time
from tierwise import plugins
from tierwise.core.entry import Drawn
from tierwise.ledger import addresses
store = addresses.opened(sys.argv[1], plugins.found(plugins.STORES))
print(sum(store.hold(sys.argv[2], Drawn("month", 0), 7, 1000) for _ in range(60)))
store.close()
"""


def used(store: Store, purse: Drawn = PURSE) -> tuple[int, int]:
    found = store.purses([purse])[0]
    return found.spent, found.held


def test_a_process_gets_what_it_asks_for_as_long_as_there_is_enough(store: Store) -> None:
    assert [store.hold("a", PURSE, 400, LIMIT), store.hold("b", PURSE, 400, LIMIT), store.hold("a", PURSE, 400, LIMIT)] == [400, 400, 200]
    assert store.hold("b", PURSE, 1, LIMIT) == 0
    assert used(store) == (0, 1000)
    assert store.hold("b", PURSE, 5, LIMIT + 3) == 3
    assert store.hold("b", PURSE, 0, LIMIT * 9) == 0
    assert store.hold("b", PURSE, -5, LIMIT * 9) == 0


def test_a_limit_that_was_lowered_gives_nothing_and_takes_nothing(store: Store) -> None:
    store.hold("a", PURSE, 400, LIMIT)
    assert store.hold("a", PURSE, 400, 100) == 0
    assert used(store) == (0, 400)


def test_what_is_given_back_can_be_had_again_and_never_more(store: Store) -> None:
    store.hold("a", PURSE, 600, LIMIT)
    store.hold("b", PURSE, 400, LIMIT)
    store.release("a", PURSE, 250)
    assert used(store) == (0, 750)
    store.release("a", PURSE, 10**9)
    store.release("c", PURSE, 5)
    store.release("b", PURSE, -5)
    assert used(store) == (0, 400)


def test_periods_and_budgets_are_apart(store: Store) -> None:
    purses = [PURSE, Drawn("month", 1), Drawn("other\0", 0)]
    for number, one in enumerate(purses):
        store.hold("a", one, 100 + number, LIMIT)
    store.add([entry("x", cost=5, drawn=(purses[1], purses[2]))])
    assert store.purses([*purses, Drawn("none", 0)]) == [
        Purse("month", 0, 0, 100),
        Purse("month", 1, 5, 101),
        Purse("other\0", 0, 5, 102),
        Purse("none", 0),
    ]


def test_an_entry_is_spent_and_leaves_what_its_process_holds(store: Store) -> None:
    store.hold("a", PURSE, 500, LIMIT)
    store.hold("b", PURSE, 500, LIMIT)
    one = entry("x", cost=70, drawn=(PURSE,), reserved=100, holder="a")
    store.add([one])
    store.add([one])
    assert used(store) == (70, 900)
    store.add([entry("y", cost=10, drawn=(PURSE,), reserved=10**6, holder="a"), entry("z", cost=1, drawn=(PURSE,), holder="nobody")])
    assert used(store) == (81, 500)
    assert store.hold("a", PURSE, LIMIT, LIMIT) == LIMIT - 81 - 500


def test_amounts_may_have_more_than_64_bits(store: Store) -> None:
    limit = 10**9 * PER_DOLLAR
    assert store.hold("a", PURSE, limit, limit) == limit
    store.add(
        [
            entry(f"x{number}", cost=(1 << 63) - 1, counted=limit // 4, drawn=(PURSE,), reserved=limit // 4, holder="a")
            for number in range(3)
        ]
    )
    assert used(store) == (limit // 4 * 3, limit - limit // 4 * 3)


def test_what_a_dead_process_holds_comes_back_when_its_lease_has_run_out(store: Store) -> None:
    now = time.time_ns() // 1_000_000
    store.alive("a", now + 60_000)
    store.alive("b", now - 1)
    store.hold("a", PURSE, 300, LIMIT)
    store.hold("b", PURSE, 300, LIMIT)
    assert used(store) == (0, 600)
    store.alive("a", now + 60_000)
    assert used(store) == (0, 300)
    store.add([entry("x", cost=20, drawn=(PURSE,), reserved=50, holder="b")])
    assert used(store) == (20, 300)


def test_whoever_needs_what_a_dead_process_holds_gets_it_at_once(store: Store) -> None:
    store.hold("b", PURSE, LIMIT, LIMIT)
    store.alive("b", 1)
    assert store.hold("a", PURSE, 100, LIMIT) == 100
    assert used(store) == (0, 100)


def test_a_process_that_says_late_that_it_lives_keeps_what_it_holds(store: Store) -> None:
    store.hold("b", PURSE, 300, LIMIT)
    store.alive("b", 1)
    store.alive("b", (1 << 63) + 5)
    assert used(store) == (0, 300)


def test_a_process_that_never_said_that_it_lives_has_a_little_time(store: Store) -> None:
    assert isinstance(store, Relational)
    store.hold("b", PURSE, 300, LIMIT)
    now = store.now()
    store.now = lambda: now + LEASE - 1000
    store.alive("a", now + 2 * LEASE)
    assert used(store) == (0, 300)
    store.now = lambda: now + LEASE + 1000
    store.alive("a", now + 2 * LEASE)
    assert used(store) == (0, 0)


def test_threads_that_ask_at_once_never_get_more_than_there_is(store: Store) -> None:
    got: list[int] = []

    def work(number: int) -> None:
        mine = spent = 0
        for turn in range(12):
            found = store.hold(f"h{number}", PURSE, 17, LIMIT)
            mine += found
            if turn % 4 == 3:
                store.release(f"h{number}", PURSE, 5)
                mine -= min(mine, 5)  # whoever came late and got nothing has nothing to give back
            if turn % 5 == 4:
                store.alive(f"h{number}", NOON * 2)
            if found == 17 and turn % 6 == 5:
                store.add([entry(f"e{number}-{turn}", cost=9, drawn=(PURSE,), reserved=10, holder=f"h{number}")])
                mine, spent = mine - 10, spent + 9
        got.append(mine + spent)

    together(work, range(8))
    spent, held = used(store)
    assert spent + held <= LIMIT
    assert spent + held == sum(got)
    assert store.hold("last", PURSE, LIMIT, LIMIT) == LIMIT - spent - held


@pytest.mark.parametrize("address", ["sqlite", "postgres"], indirect=True)
def test_processes_that_ask_at_once_never_get_more_than_there_is(address: str) -> None:
    store = addresses.opened(address, plugins.found(plugins.STORES))
    printed = apart(RACE, [(address, f"h{number}") for number in range(4)])
    assert sum(map(int, printed)) == LIMIT
    assert used(store) == (0, LIMIT)
    store.close()
