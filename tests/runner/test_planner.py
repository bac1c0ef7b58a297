"""Plans: what they keep to, what they promise, what they say where little is known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.core.money import PER_DOLLAR
from tierwise.runner.planner import CHOICES, GOALS, Grounds, NoPlan, Plan, Prospect, Together, Wanted, planned, refusal

LIKE = Together(0.85, 0.9, 0.93, 0.2)


def prospect(model: str, success: float | None, cost: float | None, maker: str = "") -> Prospect:
    return Prospect(model, success, None if cost is None else round(cost * PER_DOLLAR), maker=maker)


THREE = Grounds((prospect("cheap", 0.73, 0.04), prospect("mid", 0.76, 0.15), prospect("best", 0.84, 0.74)), LIKE)


def models(plan: Plan) -> list[tuple[str, int]]:
    return [(leg.model, leg.attempt) for leg in plan.legs]


def cents(amount: int | None) -> float:
    return (amount or 0) / PER_DOLLAR


def test_a_plan_that_matches_the_best_model_costs_a_fraction_of_it() -> None:
    plan = planned(THREE, Wanted())
    assert plan.single == THREE.prospects[2]
    assert (plan.resolved or 0) >= 0.84
    assert cents(plan.cost) < 0.5 * 0.74
    assert models(plan)[0] == ("cheap", 1)
    assert "the least cost that resolves as much" in plan.why[0]


def test_a_plan_for_the_most_costs_no_more_than_the_best_model_and_resolves_more() -> None:
    plan = planned(THREE, Wanted(goal="most"))
    assert cents(plan.cost) <= 0.74
    assert (plan.resolved or 0) > 0.88


def test_the_stages_of_a_plan_add_up_to_what_it_promises() -> None:
    plan = planned(THREE, Wanted(goal="most", false_pass=0.1))
    reached = [leg.reached or 0 for leg in plan.legs]
    assert reached[0] == pytest.approx(1.0)
    for before, after in zip(plan.legs, plan.legs[1:], strict=False):
        assert after.reached == pytest.approx((before.reached or 0) * (1 - (before.verified or 0)))
    assert plan.verified == pytest.approx(sum(one * (leg.verified or 0) for one, leg in zip(reached, plan.legs, strict=True)))
    assert cents(plan.cost) == pytest.approx(sum(one * cents(leg.cost) for one, leg in zip(reached, plan.legs, strict=True)))
    assert plan.most == pytest.approx(sum(leg.cost or 0 for leg in plan.legs), abs=len(plan.legs))
    assert (plan.resolved or 0) < (plan.verified or 0)


def test_retries_of_a_cheap_model_are_stages_where_they_may_be() -> None:
    assert ("cheap", 2) in models(planned(THREE, Wanted()))
    assert all(attempt == 1 for _, attempt in models(planned(THREE, Wanted(attempts=1))))


def test_a_check_that_passes_bad_work_is_planned_with() -> None:
    fooled, told = planned(THREE, Wanted(false_pass=0.3)), planned(THREE, Wanted())
    assert cents(fooled.cost) > cents(told.cost)
    hopeless = planned(THREE, Wanted(false_pass=0.9, stages=2, margin=0.05))
    assert "no order within these limits" in hopeless.why[0]


def test_the_budget_holds_for_all_stages_together() -> None:
    plan = planned(THREE, Wanted(goal="most", budget=PER_DOLLAR // 2))
    assert (plan.most or 0) <= PER_DOLLAR // 2
    assert "best" not in {model for model, _ in models(plan)}


def test_a_stage_is_not_planned_beyond_what_a_result_is_worth() -> None:
    long, short = (planned(THREE, Wanted(goal="most", worth=one)) for one in (None, PER_DOLLAR))
    assert len(short.legs) < len(long.legs)


def test_where_every_order_is_dearer_than_the_best_model_it_stands_alone() -> None:
    only = Grounds((prospect("best", 0.9, 0.1), prospect("worse", 0.5, 3.0)), LIKE)
    assert models(planned(only, Wanted(goal="most", attempts=1))) == [("best", 1)]
    assert "every order costs more" in CHOICES["most"](planned_chains(), only.prospects[0], Wanted())[1]


def planned_chains() -> Any:
    from tierwise.runner.frontier import Chain  # noqa: PLC0415  # one test needs it

    return [Chain((0,), (1,), 10.0**13, 10.0**13, 0.9, 0.9)]


def test_the_order_given_is_kept_with_what_is_expected_of_it() -> None:
    named = Grounds(tuple(reversed(THREE.prospects)), LIKE)
    plan = planned(named, Wanted(order="given"))
    assert models(plan) == [("best", 1), ("mid", 1), ("cheap", 1)]
    assert plan.legs[0].verified == pytest.approx(0.84, abs=0.002)
    assert plan.why == ("the order given",)


def test_a_model_that_is_named_twice_tries_twice() -> None:
    cheap, _, best = THREE.prospects
    assert models(planned(Grounds((cheap, cheap, best), LIKE), Wanted(order="given"))) == [("cheap", 1), ("cheap", 2), ("best", 1)]
    each = planned(Grounds((cheap, best), LIKE), Wanted(order="given", attempts=2, stages=3))
    assert models(each) == [("cheap", 1), ("cheap", 2), ("best", 1)]


def test_the_budget_ends_the_order_given_and_it_is_said_where() -> None:
    plan = planned(THREE, Wanted(order="given", budget=PER_DOLLAR // 3))
    assert models(plan) == [("cheap", 1), ("mid", 1)]
    assert plan.why == ("the order given; the budget ends it before best",)


@pytest.mark.parametrize("hole", [prospect("new", None, 0.1), prospect("new", 0.5, None)])
def test_where_a_named_model_is_not_known_nothing_is_made_up(hole: Prospect) -> None:
    plan = planned(Grounds((hole, *THREE.prospects), LIKE), Wanted(attempts=2, stages=3))
    assert models(plan) == [("new", 1), ("new", 2), ("cheap", 1)]
    assert (plan.cost, plan.most, plan.verified, plan.resolved, plan.single) == (None, None, None, None, None)
    assert all((leg.reached, leg.verified, leg.cost) == (None, None, None) for leg in plan.legs)
    assert "nothing is known of success or cost of new" in plan.why[0]


@pytest.mark.parametrize(
    ("wanted", "because"),
    [
        (Wanted(stages=0), "at least one attempt"),
        (Wanted(attempts=0), "at least one attempt"),
        (Wanted(budget=0), "a budget of $0.00 pays for no attempt"),
        (Wanted(worth=-5), "a worth of $0.00 pays for no attempt"),
        (Wanted(budget=PER_DOLLAR // 100), "does not pay for one attempt of cheap, $0.040"),
        (Wanted(budget=PER_DOLLAR // 100, order="given"), "does not pay for one attempt of cheap"),
        (Wanted(false_pass=1.0), "a share of false passes of 1 is not"),
        (Wanted(false_fail=-0.1), "a share of false fails of -0.1 is not"),
    ],
)
def test_what_cannot_be_planned_is_said_in_a_line(wanted: Wanted, because: str) -> None:
    with pytest.raises(NoPlan, match=because.replace("$", r"\$")):
        planned(THREE, wanted)


def test_without_models_there_is_no_plan() -> None:
    with pytest.raises(NoPlan, match="name some with --models"):
        planned(Grounds((), LIKE), Wanted())


def test_every_goal_has_its_choice() -> None:
    assert set(GOALS) == set(CHOICES)


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.001, 5)), min_size=1, max_size=5), st.sampled_from(["match", "most"]), st.floats(0, 0.5)
)
def test_any_evidence_makes_a_plan_that_keeps_its_bounds(rows: list[tuple[float, float]], goal: Any, wrong: float) -> None:
    found = Grounds(tuple(prospect(f"m{place}", success, cost) for place, (success, cost) in enumerate(rows)), LIKE)
    plan = planned(found, Wanted(goal=goal, stages=3, false_pass=wrong, budget=20 * PER_DOLLAR))
    assert 1 <= len(plan.legs) <= 3
    assert 0 <= (plan.resolved or 0) <= (plan.verified or 0) + 1e-9 <= 1 + 1e-6
    assert (plan.cost or 0) <= (plan.most or 0) + 3 <= 20 * PER_DOLLAR + 3
    assert plan == planned(found, Wanted(goal=goal, stages=3, false_pass=wrong, budget=20 * PER_DOLLAR))


def test_a_stage_begins_while_the_budget_pays_for_it() -> None:
    plan = planned(THREE, Wanted(order="given"))
    spend = (plan.legs[0].cost or 0) + (plan.legs[1].cost or 0)
    assert refusal(plan, 2, spend, None) == ""
    assert refusal(plan, 1, None, 1) == ""
    assert refusal(plan, 2, 0, spend) == ""
    assert "not known" in refusal(plan, 2, None, spend)
    assert refusal(plan, 2, spend, spend).endswith("is spent")
    assert "do not pay for another attempt" in refusal(plan, 3, spend, spend + 1)
