from tests.engine.worlds import NOW, catalog, endpoint, features
from tierwise.core.decision import Conditions, Outage, Policy
from tierwise.engine.filters.health import FILTER

WORLD = catalog(endpoint("p0/a"), endpoint("p0/b"), endpoint("p0/c"))


def objections(**until: int) -> dict[int, str]:
    """What the filter says when endpoints are out until so many milliseconds from now."""
    down = {f"p0/{name}": Outage(NOW + more, "429 from upstream") for name, more in until.items()}
    return dict(FILTER.objections(FILTER.prepare(WORLD, Policy()), features(), Conditions(NOW, down=down)))


def test_an_endpoint_that_is_down_is_refused_and_the_next_try_is_told_in_whole_seconds() -> None:
    assert objections(b=30_000) == {1: "429 from upstream; next try in 30 s"}
    assert objections(b=30_001) == {1: "429 from upstream; next try in 31 s"}
    assert objections(b=1) == {1: "429 from upstream; next try in 1 s"}


def test_an_outage_that_is_over_is_forgotten() -> None:
    assert objections(a=0, b=-1, c=-(10**9)) == {}


def test_an_outage_of_an_endpoint_that_is_not_for_choice_says_nothing() -> None:
    assert objections(z=30_000) == {}


def test_an_endpoint_that_is_down_is_so_at_every_effort() -> None:
    world = catalog(endpoint("p0/a"), endpoint("p0/a@low"), endpoint("p0/b@low"), endpoint("p1/a@low"))
    down = {"p0/a": Outage(NOW + 1000, "429 from upstream"), "p0/b": Outage(NOW - 1, "over")}
    found = FILTER.objections(FILTER.prepare(world, Policy()), features(), Conditions(NOW, down=down))
    assert set(found) == {0, 1}
    alone = FILTER.objections(FILTER.prepare(world, Policy()), features(), Conditions(NOW, down={"p0/a@low": down["p0/a"]}))
    assert set(alone) == {1}
