"""Another policy judged from what chance did: against worlds whose truth is known, and where nothing can be said."""

import math
from random import Random
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tierwise.lab.offpolicy import LEAST, Estimate, Judged, Logged, judged

MODELS = ("a", "b", "c")
KINDS = ("docs", "chore", "explain")
PRICE = {"a": 0.01, "b": 0.03, "c": 0.1}


class World(Struct, frozen=True):
    """Work as it was logged, and what is true of it: the mean outcome of the policy that was in force and of the one to be judged."""

    rows: list[Logged]
    then: float
    wanted: float


def world(seed: int, count: int = 600, share: float = 0.3) -> World:
    """Sessions of three pieces of work each."""
    dice = Random(seed)  # noqa: S311  # not for secrets
    good = {(kind, model): dice.uniform(0.3, 0.9) for kind in KINDS for model in MODELS}
    own, wanted = ({kind: dice.choice(MODELS) for kind in KINDS} for _ in range(2))
    rows = []
    for number in range(count):
        kind = dice.choice(KINDS)
        strays = dice.random() < share
        taken = dice.choice([one for one in MODELS if one != own[kind]]) if strays else own[kind]
        odds = share / 2 if strays else 1 - share
        outcome = float(dice.random() < good[kind, taken])
        cost = PRICE[taken] * dice.expovariate(1)
        rows.append(Logged(f"s{number // 3}", kind, taken, own[kind], wanted[kind], MODELS, odds, outcome, cost))
    return World(rows, *(sum(good[kind, one[kind]] for kind in KINDS) / len(KINDS) for one in (own, wanted)))


def known(one: Estimate | None) -> Estimate:
    assert one is not None
    return one


WORLDS = [world(seed) for seed in range(8)]


BIAS = {"ips": 0.06, "snips": 0.03, "robust": 0.03}
"""How far the mean of the errors may be from nothing: some three standard errors of eight worlds."""


def test_every_estimate_is_near_the_truth_and_its_interval_holds_it() -> None:
    for how in ("ips", "snips", "robust"):
        found = [(known(getattr(judged(one.rows).outcome, how)), one.wanted) for one in WORLDS]
        errors = [one.value - truth for one, truth in found]
        assert abs(sum(errors)) / len(errors) < BIAS[how], how
        assert max(map(abs, errors)) < 0.2, how
        assert sum(one.low <= truth <= one.high for one, truth in found) >= len(found) - 1, how


def test_the_difference_to_the_policy_of_then_is_near_the_truth() -> None:
    for one in WORLDS:
        more = known(judged(one.rows).outcome.more)
        assert abs(more.value - (one.wanted - one.then)) < 0.15
        assert more.low < more.value < more.high


def test_the_better_the_model_of_the_world_the_narrower_the_interval() -> None:
    pairs = [(known(found.outcome.ips), known(found.outcome.robust)) for found in (judged(one.rows) for one in WORLDS)]
    assert all(robust.high - robust.low < ips.high - ips.low for ips, robust in pairs)


def test_costs_are_judged_as_outcomes_are() -> None:
    for one in WORLDS:
        wanted = {row.kind: row.wanted for row in one.rows}
        truth = sum(PRICE[wanted[row.kind]] for row in one.rows) / len(one.rows)
        found = known(judged(one.rows).cost.robust)
        assert abs(found.value - truth) < 0.02


def test_the_policy_of_then_is_no_more_than_itself() -> None:
    rows = [replace(row, wanted=row.own) for row in WORLDS[0].rows]
    found = judged(rows)
    assert found.outcome == found.outcome_then
    assert found.differs == 0
    assert found.outcome.more == Estimate(0.0, 0.0, 0.0)


def confounded(seed: int, count: int = 1500) -> list[Logged]:
    """Work that is easy or hard, which no log shows; the policy of then saw it, and gave the hard work to the dear model."""
    dice, rows = Random(seed), []  # noqa: S311  # not for secrets
    for number in range(count):
        hard, strays = dice.random() < 0.5, dice.random() < 0.3
        own, other = ("c", "a") if hard else ("a", "c")
        taken = other if strays else own
        good = 0.9 if taken == "c" or not hard else 0.2
        rows.append(Logged(f"s{number}", "docs", taken, own, "a", ("a", "c"), 0.3 if strays else 0.7, float(dice.random() < good)))
    return rows


def test_odds_put_right_what_means_get_wrong() -> None:
    """Of the cheap model the log mostly has easy work: its mean there is 0.69, and on all work it is 0.55."""
    for seed in range(4):
        rows = confounded(seed)
        seen = [one.outcome for one in rows if one.taken == "a" and one.outcome is not None]
        assert sum(seen) / len(seen) > 0.64
        found = judged(rows).outcome
        for one in (found.ips, found.snips, found.robust):
            assert abs(known(one).value - 0.55) < 0.07
        assert known(found.robust).low < 0.55 < known(found.robust).high


ROWS = WORLDS[0].rows


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "chance had no part in any choice of this log; explore: {mode: canary} gives it one"),
        ([replace(one, wanted="d") for one in ROWS], "of 600 pieces of work chance offered what the policy wants on 0 only"),
        ([replace(one, wanted="") for one in ROWS], "of 600 pieces of work chance offered what the policy wants on 0 only"),
        ([replace(one, outcome=None) for one in ROWS], "nothing is known of what came of the work"),
        (
            [replace(one, wanted="c" if one.taken == "a" else "a") for one in ROWS],
            "what the policy wants was taken on 0 of 600, which count as 0.0 sessions of 10",
        ),
        (
            [replace(one, session="s") for one in ROWS],
            "which count as 1.0 sessions of 10",
        ),
    ],
)
def test_where_nothing_can_be_said_that_is_said(rows: list[Logged], why: str) -> None:
    found = judged(rows).outcome
    assert found.refused.endswith(why)
    assert (found.ips, found.snips, found.robust, found.more) == (None, None, None, None)


def test_what_chance_did_not_offer_is_left_out_and_counted() -> None:
    rows = [replace(one, wanted="d") if number % 4 == 0 else one for number, one in enumerate(ROWS)]
    found = judged(rows)
    assert (found.n, found.unoffered, found.outcome.n) == (600, 150, 450)
    assert not found.outcome.refused


def test_work_of_which_nothing_is_known_is_left_out_of_one_estimate_and_not_of_the_other() -> None:
    rows = [replace(one, outcome=None) if number % 2 else one for number, one in enumerate(ROWS)]
    found = judged(rows)
    assert (found.outcome.n, found.cost.n) == (300, 600)


def test_the_effective_size_is_of_sessions_and_never_more_than_there_are() -> None:
    found = judged(ROWS).outcome
    sessions = len({one.session for one in ROWS if one.taken == one.wanted})
    assert LEAST < found.effective <= sessions <= found.matched


def test_certain_choices_give_the_plain_mean() -> None:
    rows = [Logged(f"s{number}", "docs", "a", "a", "a", ("a", "b"), 1.0, float(number % 2), 1.0) for number in range(40)]
    found = judged(rows)
    assert [known(one).value for one in (found.outcome.ips, found.outcome.snips)] == [0.5, 0.5]
    assert found.outcome.effective == pytest.approx(40)
    assert math.isclose(known(found.outcome.robust).value, 0.5)
    assert known(found.cost.robust).low == pytest.approx(1.0)


def test_the_same_work_gives_the_same_figures_in_any_order() -> None:
    def figures(one: Judged) -> list[Any]:
        return [round(number, 9) for each in (one.ips, one.snips, one.robust, one.more) for number in (known(each).value, known(each).low)]

    assert figures(judged(ROWS).outcome) == figures(judged(ROWS[::-1]).outcome)
