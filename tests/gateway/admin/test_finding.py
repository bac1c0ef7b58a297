from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.admin.asking import CROWD, holding
from tests.gateway.within import run
from tests.ledger.samples import HOUR, NOON
from tierwise.gateway.admin.finding import fits, found, joined, remembered
from tierwise.ledger import Query
from tierwise.ledger.rows import row_of

FIELDS = {
    "key": ("ann", "bob", "nobody"),
    "team": ("core", "web"),
    "session": ("s1", "s4"),
    "model": ("alpha", "beta"),
    "task": ("code", ""),
}
QUERIES = st.builds(
    Query,
    since=st.sampled_from([0, NOON + 9 * HOUR]),
    until=st.sampled_from([1 << 53, NOON + 20 * HOUR]),
    fields=st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in FIELDS.items()}),
    tag=st.sampled_from(["", "", "night", "x'; --"]),
    faulty=st.sampled_from([None, True, False]),
    text=st.sampled_from(["", "", "e001", "s"]),
    limit=st.just(1000),
)


@given(QUERIES)
def test_what_fits_is_what_a_store_would_find(query: Query) -> None:
    rows = sorted((row_of(one) for one in CROWD[::4]), key=lambda one: (one.at, one.id), reverse=True)
    assert [row for row in rows if fits(row, query)] == list(remembered(CROWD[::4], lambda store: store.rows(query)))


def test_the_first_page_has_what_is_not_stored_yet_and_nothing_twice() -> None:
    query = Query(limit=30)
    stored = [row_of(one) for one in reversed(CROWD[:50])]
    page = joined(stored[:30], CROWD[40:60], query)
    assert [row.id for row in page] == [f"e{number:05d}" for number in range(59, 29, -1)]


def test_memory_answers_for_a_store_that_is_away_and_says_so() -> None:
    async def drill() -> None:
        async with holding(CROWD[:100]) as (made, store):
            for one in CROWD[90:]:
                made.ledger.record(one)
            whole = await found(made, "whole", lambda one: one.rows(Query(limit=1000)))
            assert (len(whole.answer), whole.away) == (100, "")
            store.away = True
            again = await found(made, "whole", lambda one: one.rows(Query(limit=1000)))
            assert len(again.answer) == 100, "what was answered a moment ago is answered again"
            half = await found(made, "half", lambda one: one.rows(Query(limit=1000)))
            assert (len(half.answer), half.away, half.remembered) == (150, "the store is away", 150)

    run(drill())


def test_what_is_remembered_is_a_store_of_its_own() -> None:
    assert remembered((), lambda store: store.rows(Query())) == []
    assert len(remembered(CROWD, lambda store: store.grouped("model", Query()))) == 4
    assert remembered(CROWD[:3], lambda store: store.find("e00001")) == CROWD[1]
