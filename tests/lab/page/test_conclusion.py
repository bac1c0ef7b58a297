from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tierwise.lab.expected import Expected
from tierwise.lab.page.conclusion import FEW, conclusion
from tierwise.lab.report import Report, TaskRow
from tierwise.lab.rows import Row

DOLLAR = 10**12

Make = Callable[..., Report]


def row(kind: str, dollars: float, saving: tuple[float, float, float] | None = None, **more: Any) -> Row:
    """A row with its saving and that one's interval."""
    middle, low, high = saving or (None, None, None)
    return Row(f"acme/{kind}", kind, round(dollars * DOLLAR), 0, 0, None, middle, low, high, **more)


def quality(mean: float, low: float, high: float, known: float = 1.0) -> Expected:
    return Expected(mean, low, high, known)


SURE = (0.2, 0.1, 0.3)
CLOSE = quality(-0.02, -0.04, 0.01)
BIG = row("reference", 100, (0.0, 0.0, 0.0), quality=quality(0, 0, 0))


@pytest.fixture(name="make")
def making(small: Report) -> Make:
    """Reports of thirty sessions with some rows, some models alone, and whatever else is asked for."""

    def make(*rows: Row, alone: tuple[Row, ...] = (), sessions: int = 30, **more: Any) -> Report:
        counts = replace(small.counts, sessions=sessions, unserved=more.pop("unserved", 0))
        return replace(small, rows=(BIG, *rows), alone=(BIG, *alone), counts=counts, **more)

    return make


def said(report: Report) -> str:
    found = conclusion(report)
    return " ".join((found.first, *found.rest))


@pytest.mark.parametrize(
    ("saving", "first"),
    [
        (SURE, "The policy would have saved 20.0% (10.0% to 30.0%, at 95% confidence): $80.00 with the policy, against $100.00 with"),
        ((0.2, -0.1, 0.3), "This log does not settle whether the policy saves money: $80.00 with the policy"),
        ((0.2, 0.0, 0.3), "This log does not settle"),
        ((-0.2, -0.3, -0.1), "The policy would have cost 20.0% more"),
        ((0.0, 0.0, 0.0), "The policy saves nothing here"),
    ],
)
def test_the_first_sentence_claims_no_more_than_the_interval(make: Make, saving: tuple[float, float, float], first: str) -> None:
    assert conclusion(make(row("policy", 80, saving))).first.startswith(first)


def test_one_session_proves_nothing(make: Make) -> None:
    found = said(
        make(row("policy", 80, SURE, quality=CLOSE), row("random mix", 80, SURE, quality=CLOSE), alone=(row("x", 1, SURE),), sessions=1)
    )
    assert found.startswith("One session is too little to conclude from. In it: $80.00 with the policy")
    assert "would have saved" not in found
    assert "At the same spend" not in found


def test_few_sessions_make_rough_intervals(make: Make) -> None:
    assert "intervals are rough" in said(make(row("policy", 80, SURE), sessions=FEW - 1))
    assert "intervals are rough" not in said(make(row("policy", 80, SURE), sessions=FEW))


def test_what_is_unknown_is_said_and_not_taken_for_nothing(make: Make) -> None:
    found = make(row("policy", 0, unknown=0.25), row("actual", 10, unknown=0.05))
    assert conclusion(found).first == (
        "This log does not show whether the policy saves money: for 25.0% of its calls a price or usage is not known."
    )
    assert "leaves out 5.0% of the log's calls" in said(found)
    assert "What quality to expect of the policy's choices is not known" in said(found)


def test_a_reference_that_costs_nothing_is_the_reason_too(make: Make) -> None:
    assert "the reference costs nothing" in said(make(row("policy", 0)))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            CLOSE,
            "Expected quality is 2.0 points below the reference's (95% interval \N{MINUS SIGN}4.0 to +1.0 points). Even the low end",
        ),
        (quality(0.03, 0.01, 0.05), "Expected quality is 3.0 points above the reference's"),
        (quality(0.0, -0.01, 0.01), "Expected quality is the same as the reference's"),
        (quality(-0.2, -0.4, 0.0), "The low end lies under the floor, 30 points below the reference, so a greater loss is not ruled out."),
        (quality(-0.4, -0.5, -0.2), "That is under the floor, 30 points below the reference."),
        (quality(-0.02, -0.04, 0.01, known=0.8), "It could be estimated for 80% of the work."),
        (quality(0.0, -1.0, 1.0, known=0.0), "is not known: no benchmark covers them"),
    ],
)
def test_quality_is_held_against_the_floor(make: Make, found: Expected, sentence: str) -> None:
    assert sentence in said(make(row("policy", 80, SURE, quality=found)))


@pytest.mark.parametrize(
    ("alone", "sentence"),
    [
        (
            row("x", 70, SURE, quality=quality(-0.01, -0.02, 0)),
            "x for everything costs $70.00, 1.0 points above the policy. On this log the policy has no",
        ),
        (
            row("x", 70, SURE, quality=CLOSE),
            "x for everything costs $70.00, at the same expected quality. On this log the policy has no advantage over it.",
        ),
        (row("x", 80, SURE, quality=CLOSE), "on this log there was nothing for the policy to choose"),
        (
            row("x", 60, SURE, quality=quality(-0.05, -0.07, -0.03)),
            "x for everything costs $60.00 and comes nearest: 3.0 points below the policy, though",
        ),
        (row("x", 60, SURE, quality=quality(-0.15, -0.17, -0.13)), "13.0 points below the policy."),
        (row("x", 90, SURE, quality=quality(0.5, 0.4, 0.6)), "No single model costs as little as the policy."),
        (row("x", 60, None, quality=quality(0.5, 0.4, 0.6)), "No single model costs as little as the policy."),
        (row("x", 60, SURE, quality=quality(0.5, 0.4, 0.6, known=0)), "No single model costs as little as the policy."),
    ],
)
def test_a_single_model_that_does_as_well_is_named(make: Make, alone: Row, sentence: str) -> None:
    assert sentence in said(make(row("policy", 80, SURE, quality=CLOSE), alone=(alone,)))


def test_of_single_models_that_do_better_the_cheapest_is_named(make: Make) -> None:
    better = [replace(row("x", dollars, SURE, quality=quality(0.1, 0, 0.2)), name=f"acme/m{dollars}") for dollars in (70, 50, 60)]
    assert "m50 for everything costs $50.00" in said(make(row("policy", 80, SURE, quality=CLOSE), alone=tuple(better)))


def test_the_simplest_routers_are_named_when_they_do_as_well(make: Make) -> None:
    worse, same = row("random mix", 80, SURE, quality=quality(-0.06, -0.07, 0)), row("prompt length", 80, SURE, quality=CLOSE)
    found = said(make(row("policy", 80, SURE, quality=CLOSE), worse, same))
    assert "At the same spend, a random mix of the best pair of models is expected to do 4.0 points worse." in found
    assert "At the same spend, prompt length alone between them can be expected to do as well" in found


def test_what_was_really_spent_is_held_against_the_reference(make: Make) -> None:
    for saving, side in ((SURE, "less than"), ((-0.2, -0.3, -0.1), "more than"), ((0.1, -0.1, 0.3), "not clearly more or less than")):
        assert f"$70.00 was really spent, with the models of that time: {side} the reference" in said(make(row("actual", 70, saving)))


def test_hindsight_gives_the_most_that_could_be_saved(make: Make) -> None:
    found = make(row("policy", 80, SURE), row("clairvoyant", 70, (0.3, 0.2, 0.4)), row("bound", 60, (0.4, 0.3, 0.5)))
    assert "30.0% could have been saved; no schedule saves more than 40.0%" in said(found)


def test_what_was_left_out_and_what_deciding_cost_are_said(make: Make) -> None:
    found = said(make(row("policy", 80, SURE), unserved=3, overhead=2 * DOLLAR))
    assert "No endpoint could serve 3 calls under the policy" in found
    assert "Deciding itself cost $2.00, which no row includes: take it off the saving." in found


def test_it_always_says_that_quality_is_an_estimate(make: Make) -> None:
    assert conclusion(make()).rest[-1].endswith("quality is an estimate from public benchmarks, not something this log shows.")


def test_a_policy_that_leaves_nothing_to_choose_from_is_said_first(make: Make) -> None:
    report = make(row("policy", 1, (0, 0, 0)), row("reference", 1))
    counts = replace(report.counts, unserved=report.counts.calls)
    assert conclusion(replace(report, counts=counts)).first.startswith("No endpoint could serve any of these calls")


def test_a_log_that_does_not_say_what_was_asked_for_is_said_first(make: Make) -> None:
    report = make(row("policy", 1, (0, 0, 0)), row("reference", 1))
    silent = TaskRow("unknown", report.counts.calls, 1, 1, 1, {})
    assert conclusion(replace(report, tasks=(silent,))).first.startswith("For 100.0% of the calls the log does not hold the words")
