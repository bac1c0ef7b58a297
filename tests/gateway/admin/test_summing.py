from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.gateway.admin.asking import CROWD
from tierwise.core.usage import Usage
from tierwise.gateway.admin.finding import remembered
from tierwise.gateway.admin.summing import along, plus, total
from tierwise.ledger import Group, Query

BARE = {"sessions": 0, "up": 0, "switches": 0}
COUNTED = ("requests", "faulty", "absorbed", "hedges", "cost", "baseline", "compared_cost", "unpriced", "predicted", "answered")
TALLIES = st.builds(
    Group,
    st.just("x"),
    usage=st.builds(Usage, *[st.integers(0, 99)] * 7),
    first=st.integers(0, 9),
    last=st.integers(0, 9),
    **{name: st.integers(0, 99) for name in COUNTED},
)


def test_sums_along_one_thing_are_what_the_store_says_of_it() -> None:
    by = ("day", "model", "task", "team")
    crossed = remembered(CROWD, lambda store: store.crossed(by, Query()))
    for place, name in enumerate(by):
        said = remembered(CROWD, lambda store, name=name: store.grouped(name, Query()))  # type: ignore[misc]
        told = {one.name: one for one in along(crossed, place)}
        assert told.keys() == {one.name for one in said}
        for one in said:
            assert _rounded(told[one.name]) == _rounded(replace(one, **BARE))
    whole = remembered(CROWD, lambda store: store.grouped("", Query()))[0]
    assert _rounded(total(one for _, one in crossed)) == _rounded(replace(whole, **BARE))


def _rounded(one: Group) -> Group:
    return replace(one, **{name: round(getattr(one, name), 6) for name in ("decide_ms", "first_content_ms", "total_ms")})


def test_the_dearest_come_first() -> None:
    crossed = [(("a",), Group("", cost=1)), (("b",), Group("", cost=5)), (("a",), Group("", cost=3)), (("c",), Group("", cost=5))]
    assert [(one.name, one.cost) for one in along(crossed, 0)] == [("b", 5), ("c", 5), ("a", 4)]


@given(TALLIES, TALLIES, TALLIES)
def test_the_order_of_adding_makes_no_difference(first: Group, second: Group, third: Group) -> None:
    assert plus(plus(first, second), third) == plus(first, plus(second, third))
    assert plus(first, second) == plus(second, first)
    assert plus(Group("x"), first) == first


def test_nothing_adds_up_to_nothing() -> None:
    assert total((), "all") == Group("all")
