"""What is known of each model: before and after own outcomes, and against the floor; the numbers are those of decisions."""

import pytest

from tests.engine.worlds import catalog, endpoint
from tests.engine.worlds import evidence as measured
from tierwise.core.catalog import OWN, Catalog, Evidence
from tierwise.core.decision import Policy
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.core.told import Told
from tierwise.engine.knowledge import Known, Span, known
from tierwise.engine.learning import Learnt, evidence, learnt
from tierwise.engine.quality import standings

TODAY = 20_000
POLICY = Policy(reference="best", floor=0.1)
ENDPOINTS = (endpoint("p0/best"), endpoint("p1/cheap"), endpoint("p2/cheap"), endpoint("p0/nobody"))
MEASURED = (
    measured("best", 0.8),
    measured("cheap", 0.74),
    Evidence("cheap", OWN, 0.7, "2026-07-01", "a team", 20, kind="test"),
)


def world(*told: Told) -> tuple[Catalog, tuple[Learnt, ...]]:
    found = learnt(told, TODAY)
    return catalog(*ENDPOINTS, evidence=(*MEASURED, *evidence(found, str))), found


def told(model: str, n: float, share: float, task: str = "debug") -> Told:
    return Told(model, task, "traffic", "ann", TODAY, n, n * share, int(n))


def of(world: tuple[Catalog, tuple[Learnt, ...]], model: str = "cheap", task: str = "debug") -> Known:
    return next(one for one in known(world[0], POLICY, world[1]) if (one.model, one.task) == (model, task))


def test_every_model_is_known_once_at_every_kind_of_work_and_at_all_of_it() -> None:
    found = [(one.model, one.task) for one in known(world()[0], POLICY, ())]
    assert found == [(model, kind) for kind in (*KINDS, UNKNOWN_KIND) for model in ("best", "cheap", "nobody")]


def test_without_outcomes_what_is_expected_is_what_was_shipped() -> None:
    for one in known(world()[0], POLICY, ()):
        assert one.now == one.shipped
        assert one.learnt is None


def test_of_a_model_nobody_measured_nothing_is_known() -> None:
    one = of(world(), "nobody")
    assert (one.shipped, one.now, one.bound, one.clears, one.rows, one.latest) == (None, None, None, False, 0, "")


def test_the_first_outcomes_of_a_model_nobody_measured_make_it_known() -> None:
    one = of(world(told("nobody", 60, 0.8)), "nobody")
    assert one.shipped is None
    assert one.now is not None
    assert 0.5 < one.now.mean < 1


def test_the_bound_is_the_one_that_decisions_read() -> None:
    made, found = world(told("cheap", 100, 0.4), told("best", 100, 0.9))
    table = standings(made, "best")
    for one in known(made, POLICY, found):
        place = next(at for at, each in enumerate(made.endpoints) if each.model == one.model)
        assert one.bound == table[one.task, 2][place].bound
        assert one.clears == (one.bound is not None and one.bound >= -0.1)


@pytest.mark.parametrize(("share", "up"), [(0.2, False), (0.98, True)])
def test_a_hundred_outcomes_move_what_is_expected_and_what_was_shipped_stays(share: float, up: bool) -> None:  # noqa: FBT001  # a case
    before, after = of(world()), of(world(told("cheap", 100, share), told("best", 100, 0.8)))
    assert before.now is not None
    assert after.now is not None
    assert before.bound is not None
    assert after.bound is not None
    assert after.shipped == before.shipped
    assert (after.now.mean - before.now.mean > 0.03) if up else (before.now.mean - after.now.mean > 0.05)
    assert (after.bound > before.bound) if up else (before.bound - after.bound > 0.05)
    assert after.learnt is not None
    assert after.learnt.told == 100


def test_the_ground_is_counted_without_what_was_told_here() -> None:
    made = world(told("cheap", 100, 0.5))
    assert (of(made).rows, of(made).latest) == (1, "2026-06-01")
    assert (of(made, task="test").rows, of(made, task="test").latest) == (2, "2026-07-01")
    assert of(made, task=UNKNOWN_KIND).rows == 2


def test_an_interval_stays_within_none_and_all() -> None:
    one = of(world(told("best", 200, 1.0), told("cheap", 200, 1.0)), "best").now
    assert isinstance(one, Span)
    assert 0 <= one.low <= one.mean <= one.high <= 1
