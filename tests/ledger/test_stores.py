"""One suite for every store: SQLite, Postgres, memory. What is kept, found, listed and summed, and what never happens twice."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.ledger.samples import BODIES, DAY, HOUR, NOON, crowd, decision, entry, many, of, outcome
from tests.ledger.together import together
from tierwise import plugins
from tierwise.core.budgets import Budget
from tierwise.core.entry import Bill, Drawn, Entry, Record
from tierwise.core.keys import VirtualKey
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.core.usage import Usage, added
from tierwise.ledger import Group, Query, Row, Store, StoreRefuses, StoreWrong, addresses
from tierwise.ledger.queries import GROUPS, SPANS
from tierwise.ledger.rows import row_of

# What is kept


def test_a_store_is_empty_at_first_and_can_be_migrated_any_number_of_times(store: Store) -> None:
    assert store.migrate() == store.migrate() >= 1
    assert store.find("a") is None
    assert list(store.rows(Query())) == []
    assert list(store.each(Query())) == []
    assert list(store.grouped("model", Query())) == []
    assert list(store.grouped("", Query())) == []
    assert store.add([]) == 0


def test_the_whole_entry_comes_back_with_receipt_and_bodies(store: Store) -> None:
    plain, full = entry("a"), entry("b", bodies=BODIES)
    assert store.add([plain, full]) == 2
    assert store.find("a") == plain
    assert store.find("b") == full


def test_any_entry_there_may_be_comes_back(store: Store) -> None:
    """One law for all stores; the examples share a store, under ids of their own."""
    seen: dict[str, Entry] = {}

    @given(of(Entry))
    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    def law(one: Entry) -> None:
        known = seen.setdefault(one.id, one)
        assert store.add([one]) == (known is one)
        assert store.find(one.id) == known

    law()
    listed = store.rows(Query(limit=10**6))
    assert sorted(one.id for one in listed) == sorted(row_of(one).id for one in seen.values())
    assert {one.id: one for one in listed} == {row_of(one).id: row_of(one) for one in seen.values()}
    for by in GROUPS:
        assert sum(one.requests for one in store.grouped(by, Query(limit=10**6))) >= (0 if by in {"tag", "session"} else len(seen))


def test_what_is_there_already_stays_as_it_is(store: Store) -> None:
    first, again = entry("a", cost=1), entry("a", NOON + 40 * DAY, cost=2)
    assert store.add([first, first]) == 1
    assert store.add([again, entry("b")]) == 1
    assert store.find("a") == first
    assert store.grouped("", Query())[0].requests == 2


def test_a_record_that_cannot_be_kept_is_refused_and_none_of_its_company_is_kept(store: Store) -> None:
    receipt = decision()
    receipt.receipt.features.extra["odd"] = object()
    with pytest.raises(StoreRefuses):
        store.add([entry("a"), entry("b", decision=receipt)])
    assert store.find("a") is None
    assert store.grouped("", Query()) == []
    assert store.add([entry("a")]) == 1


def test_what_was_told_of_a_request_or_a_session_is_kept_once(store: Store) -> None:
    told = [outcome("1", entry="a", score=0.5, note="\0é"), outcome("2", session="s", at=NOON + 1), outcome("3", entry="b", at=NOON + 2)]
    assert store.add([*told, told[0], entry("a")]) == 4
    assert store.add(told) == 0
    assert store.outcomes(entry="a") == told[:1]
    assert store.outcomes(session="s") == told[1:2]
    assert store.outcomes(entry="b", session="s") == told[1:]
    assert store.outcomes() == told
    assert store.outcomes(entry="c") == []


def test_many_at_once_add_the_same_records_and_each_is_there_once(store: Store) -> None:
    told: list[Record] = [*crowd(120), *(outcome(f"o{number}", entry="e00001") for number in range(20))]
    drawn = [entry(f"d{number}", drawn=(Drawn("b", 0),), cost=7) for number in range(50)]
    counts: list[int] = []

    def work(start: int) -> None:
        some = [*told, *drawn]
        counts.extend(
            store.add(part) for place in range(0, len(some), 30) for part in (some[start:][place : place + 30], some[place : place + 30])
        )

    together(work, [0, 10, 40, 90])
    assert sum(counts) == 190
    assert store.grouped("", Query())[0].requests == 170
    assert store.purses([Drawn("b", 0)])[0].spent == 350


# Lists


@pytest.fixture
def told(store: Store) -> list[Row]:
    """A crowd in the store, and its rows, the oldest first."""
    entries = crowd(300)
    for start in range(0, len(entries), 100):
        store.add(entries[start : start + 100])
    return sorted(map(row_of, entries), key=lambda one: (one.at, one.id))


QUERIES: dict[str, tuple[Query, Callable[[Row], bool]]] = {
    "all": (Query(), lambda _: True),
    "since": (Query(since=NOON + 20 * HOUR), lambda one: one.at >= NOON + 20 * HOUR),
    "until": (Query(until=NOON + 20 * HOUR), lambda one: one.at < NOON + 20 * HOUR),
    "key": (Query(fields={"key": "ann"}), lambda one: one.key == "ann"),
    "two fields": (Query(fields={"model": "beta", "team": "web"}), lambda one: (one.model, one.team) == ("beta", "web")),
    "no session": (Query(fields={"session": ""}), lambda one: not one.session),
    "status": (Query(fields={"status": "502"}), lambda one: one.status == 502),
    "stream": (Query(fields={"stream": "true"}), lambda one: one.stream),
    "tag": (Query(tag="batch"), lambda one: "batch" in one.tags),
    "a strange tag": (Query(tag="x'; --"), lambda one: "x'; --" in one.tags),
    "faulty": (Query(faulty=True), lambda one: bool(one.fault)),
    "not faulty": (Query(faulty=False), lambda one: not one.fault),
    "id begins": (Query(text="e0001"), lambda one: one.id.startswith("e0001")),
    "session begins": (Query(text="s"), lambda one: one.session.startswith("s")),
    "no wildcards": (Query(text="e_%"), lambda _: False),
    "all together": (
        Query(
            since=NOON + HOUR, until=NOON + 60 * HOUR, fields={"task": "code", "policy": "cheapest"}, tag="night", faulty=False, text="s"
        ),
        lambda one: (
            NOON + HOUR <= one.at < NOON + 60 * HOUR
            and (one.task, one.policy) == ("code", "cheapest")
            and "night" in one.tags
            and not one.fault
            and one.session.startswith("s")
        ),
    ),
}


def test_lists_hold_what_was_asked_for_newest_first_in_pages(store: Store, told: list[Row]) -> None:
    for name, (query, holds) in QUERIES.items():
        wanted = [one for one in reversed(told) if holds(one)]
        assert store.rows(query) == wanted[:100], name
        assert list(store.each(query)) == wanted[::-1], name
        assert paged(store, query, 37) == wanted, name


def paged(store: Store, query: Query, size: int) -> list[Row]:
    """All rows of a query, read page by page."""
    found: list[Row] = []
    before = None
    while page := store.rows(Query(query.since, query.until, query.fields, query.tag, query.faulty, query.text, before, size)):
        found += page
        before = (page[-1].at, page[-1].id)
    return found


def test_entries_of_one_moment_are_all_in_the_pages(store: Store) -> None:
    entries = [entry(f"e{number:04d}") for number in range(2345)]
    store.add(entries)
    assert [one.id for one in store.each(Query())] == [one.id for one in entries]
    assert [one.id for one in paged(store, Query(), 1000)] == [one.id for one in reversed(entries)]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (Query(fields={"modle": "x"}), "no 'modle' to ask for; did you mean 'model'?"),
        (Query(fields={"cost": "5"}), "no 'cost' to ask for"),
        (Query(fields={"model = '' OR 1=1 --": "x"}), "no \"model = '' OR 1=1 --\" to ask for"),
        (Query(fields={"status": "many"}), "status='many': a whole number is wanted"),
        (Query(fields={"stream": "perhaps"}), "stream='perhaps': true or false is wanted"),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_a_line(store: Store, query: Query, says: str) -> None:
    for ask in (store.rows, lambda one: list(store.each(one)), lambda one: store.grouped("model", one)):
        with pytest.raises(StoreWrong) as error:
            ask(query)
        assert says in str(error.value)
    with pytest.raises(StoreWrong, match=r"not grouped by 'modle'; did you mean 'model'\?"):
        store.grouped("modle", Query())


# Sums


def names(row: Row, by: str) -> Sequence[str]:
    """The groups a row belongs to."""
    if by == "tag":
        return row.tags
    if by in SPANS:
        return [datetime.fromtimestamp(row.at / 1000, UTC).strftime(SPANS[by][1])]
    value = getattr(row, by) if by else ""
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def expected(name: str, rows: list[Row], moved: dict[str, int]) -> Group:
    """The sums of some rows, added up one by one."""
    usage = Usage()
    for row in rows:
        usage = added(usage, row.usage or Usage())
    both = [row for row in rows if row.cost is not None and (row.baseline is not None or not row.committed)]
    return Group(
        name,
        requests=len(rows),
        sessions=len({row.session for row in rows} - {""}),
        faulty=sum(row.fault != "" for row in rows),
        absorbed=sum(row.faults for row in rows if not row.fault),
        hedges=sum(row.hedges for row in rows),
        cost=sum(row.cost or 0 for row in rows),
        baseline=sum(row.baseline or 0 for row in both),
        compared_cost=sum(row.cost or 0 for row in both),
        unpriced=sum(row.cost is None for row in rows),
        unmeasured=sum(row.usage is None for row in rows),
        uncompared=len(rows) - len(both),
        usage=usage,
        predicted=sum(row.predicted or 0 for row in rows if row.usage is not None),
        decide_ms=near(row.decide_ms for row in rows),
        first_content_ms=near(row.first_content_ms or 0 for row in rows),
        total_ms=near(row.total_ms for row in rows),
        answered=sum(row.first_content_ms is not None for row in rows),
        first=min(row.at for row in rows),
        last=max(row.at for row in rows),
        switches=sum(row.id in moved for row in rows),
        up=sum(moved.get(row.id, 0) for row in rows),
    )


def near(values: Iterable[float]) -> Any:
    """A sum of milliseconds, in whatever order it was added up."""
    return pytest.approx(sum(values))


def moves(rows: list[Row]) -> dict[str, int]:
    """The requests that went to another model than the one before in their session, and whether its answers are dearer."""
    found, before = dict[str, int](), dict[str, Row]()
    for row in (one for one in rows if one.session and one.model):
        last = before.get(row.session)
        if last is not None and last.model != row.model:
            left, right = price(last), price(row)
            found[row.id] = int(left is not None and right is not None and right > left)
        before[row.session] = row
    return found


def price(row: Row) -> float | None:
    return row.bill[4] / row.usage.output if row.bill and row.usage and row.usage.output else None


@pytest.mark.parametrize("query", ["all", "since", "two fields", "tag", "faulty", "all together"])
def test_sums_are_those_of_the_rows_whatever_they_are_grouped_by(store: Store, told: list[Row], query: str) -> None:
    asked, holds = QUERIES[query]
    moved = moves([one for one in told if asked.since <= one.at < asked.until])
    for by in GROUPS:
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in filter(holds, told):
            for name in names(row, by):
                rows[name].append(row)
        wanted = {name: expected(name, some, moved) for name, some in rows.items() if by != "session" or name}
        found = store.grouped(by, Query(asked.since, asked.until, asked.fields, asked.tag, asked.faulty, asked.text, limit=10**9))
        plain = [Group(**{**{name: getattr(one, name) for name in Group.__struct_fields__}, "key": "", "client": ""}) for one in found]
        assert {one.name: one for one in plain} == wanted, by
        assert [one.name for one in found] == ordered(by, wanted), by


def ordered(by: str, groups: dict[str, Group]) -> list[str]:
    """The names of groups in the order in which they should come."""
    if by in SPANS:
        return sorted(groups)
    if by == "session":
        return sorted(groups, key=lambda name: (groups[name].last, name), reverse=True)
    return sorted(groups, key=lambda name: (-groups[name].cost, name))


def test_sessions_come_by_their_latest_entry_in_pages_and_say_whose_they_are(store: Store) -> None:
    store.add([entry(f"e{number}", NOON + number, session=f"s{number % 7}", key=f"k{number % 7}") for number in range(70)])
    first = store.grouped("session", Query(limit=3))
    assert [(one.name, one.key, one.client) for one in first] == [("s6", "k6", "plain"), ("s5", "k5", "plain"), ("s4", "k4", "plain")]
    rest = store.grouped("session", Query(limit=9, before=(first[-1].last, first[-1].name)))
    assert [one.name for one in rest] == ["s3", "s2", "s1", "s0"]


def test_sums_do_not_overflow(store: Store) -> None:
    most = (1 << 63) - 1
    store.add([entry(f"e{number}", cost=most, baseline=most, usage=Usage(most, most, most, most, most, most, most)) for number in range(5)])
    found = store.grouped("", Query())[0]
    assert (found.cost, found.baseline, found.compared_cost, found.usage) == (5 * most, 5 * most, 5 * most, Usage(*(5 * most,) * 7))


def test_an_escalation_is_a_move_to_a_model_whose_answers_are_dearer(store: Store) -> None:
    turns = [("alpha", 10), ("alpha", 10), ("beta", 30), ("alpha", 10), ("", 0), ("gamma", None), ("beta", 30)]
    for number, (model, cost) in enumerate(turns):
        bill, usage = (Bill(output=cost * 7), Usage(output=7)) if cost else (None, None)
        store.add([entry(f"e{number}", NOON + number, model=model, bill=bill, usage=usage)])
    found = {one.name: (one.switches, one.up) for one in store.grouped("model", Query())}
    assert found == {"alpha": (1, 0), "beta": (2, 1), "gamma": (1, 0), "": (0, 0)}
    assert store.grouped("", Query(since=NOON + 2))[0].switches == 3


def test_crossed_sums_add_up_to_the_sums_of_each(store: Store, told: list[Row]) -> None:
    crossed = store.crossed(("day", "model", "stream"), Query())
    assert len({found for found, _ in crossed}) == len(crossed)
    for place, by in enumerate(("day", "model", "stream")):
        costs: dict[str, int] = defaultdict(int)
        for found, one in crossed:
            costs[found[place]] += one.cost
        assert costs == {one.name: one.cost for one in store.grouped(by, Query())}
    assert sum(one.requests for _, one in crossed) == len(told)


def test_a_hundred_thousand_entries_are_summed_in_well_under_a_second() -> None:
    """In memory: what a disk and Postgres add to it, the benchmark shows."""
    store = addresses.opened("memory:", plugins.found(plugins.STORES))
    entries = list(many(100_000, entry("like", decision=None)))
    for start in range(0, len(entries), 10_000):
        store.add(entries[start : start + 10_000])
    began = time.process_time()
    found = store.grouped("model", Query())
    assert time.process_time() - began < 1
    assert [(one.name, one.requests) for one in found] == [(name, 25_000) for name in ("alpha", "beta", "delta", "gamma")]
    store.close()


# Keys and budgets


def test_keys_are_put_and_replaced_and_every_change_is_seen(store: Store) -> None:
    ann, bob = VirtualKey("k1", "d1", "ann", tags=("a\0", "é"), floor=0.25), VirtualKey("k2", "d2", "bob", role="admin")
    numbers = [store.changes()]
    for one in (ann, bob, VirtualKey("k1", "d3", "ann", revoked=5)):
        store.put_key(one)
        numbers.append(store.changes())
    assert list(store.keys()) == [VirtualKey("k1", "d3", "ann", revoked=5), bob]
    assert numbers == sorted(set(numbers))


def test_a_key_is_forgotten_once_and_that_is_seen(store: Store) -> None:
    for name in ("k1", "k2"):
        store.put_key(VirtualKey(name, name, name, pin="alpha"))
    before = store.changes()
    assert store.drop_key("k1") is True
    assert store.changes() > before
    assert store.drop_key("k1") is False
    assert [(one.id, one.pin) for one in store.keys()] == [("k2", "alpha")]  # noqa: SIM118  # a store is no dictionary


def test_budgets_are_put_replaced_and_dropped_whatever_their_limit(store: Store) -> None:
    large, small = Budget("all", 10**9 * PER_DOLLAR, alerts=(0.1,)), Budget("b\0", 5, scope="tag", of="x")
    before = store.changes()
    store.put_budget(large)
    store.put_budget(small)
    assert sorted(store.budgets(), key=lambda one: one.name) == [large, small]
    store.put_budget(Budget("all", 7))
    assert store.drop_budget("b\0") is True
    assert store.drop_budget("b\0") is False
    assert list(store.budgets()) == [Budget("all", 7)]
    assert store.changes() >= before + 4


# Forgetting


def test_what_is_older_than_a_time_is_forgotten_and_the_rest_stays(store: Store) -> None:
    old = [entry(f"o{number}", NOON - number * DAY, bodies=BODIES) for number in range(1, 100)]
    new = [entry(f"n{number}", NOON + number * DAY) for number in range(50)]
    drawn = entry("d", NOON - 90 * DAY, drawn=(Drawn("b", 0),), cost=9)
    store.add([*old, *new, drawn, outcome("x", at=NOON - 1), outcome("y", at=NOON)])
    assert store.prune(NOON) == 100
    assert store.prune(NOON) == 0
    assert [one.id for one in store.each(Query())] == [one.id for one in new]
    assert store.find("o1") is None
    assert store.find("n1") == new[1]
    assert [one.id for one in store.outcomes() if not isinstance(one, Entry)] == ["y"]
    assert store.purses([Drawn("b", 0)])[0].spent == 9
    assert store.add([entry("o1", NOON - DAY)]) == 1


def test_an_unknown_cost_counts_with_what_was_reserved(store: Store) -> None:
    purse = Drawn("b", 0)
    store.hold("h", purse, 100, 1000)
    store.add([entry("a", cost=Unknown("?"), drawn=(purse,), reserved=30, holder="h"), entry("b", cost=4, drawn=(purse,), holder="h")])
    store.add([entry("c", cost=4, counted=11, drawn=(purse, purse), reserved=11, holder="h")])
    found = store.purses([purse])[0]
    assert (found.spent, found.held) == (30 + 4 + 11, 100 - 30 - 11)
