"""The proof of the planner: orders on tasks that can be worked out by hand, and nothing learnt from those that judge."""

from pathlib import Path

import numpy as np
import pytest

from evaluation import cascades
from evaluation.cascades import PERFECT, WANTED, at, best, halves, judged, learnt, mean, splits, tried
from tierwise.lab.calibrate.attempts import Grid, arms, grid
from tierwise.lab.calibrate.together import Arm

CHEAP = Arm("cheap", "x", "one", np.array([1.0, 1.0, 0.0, 0.0]), np.array([1.0, 1.0, 2.0, 2.0]))
DEAR = Arm("dear", "y", "one", np.array([1.0, 1.0, 1.0, 0.0]), np.array([10.0, 10.0, 20.0, 20.0]))
SMALL = grid([CHEAP, DEAR])
ALL = np.arange(4)


def big(tasks: int = 400) -> Grid:
    dice = np.random.default_rng(2)
    task = dice.standard_normal(tasks)
    rows = ((0.3, 0.05), (0.5, 0.2), (1.0, 1.0))
    found = [
        Arm(f"m{place}", f"v{place}", "one", (level + task + 0.5 * dice.standard_normal(tasks) > 0).astype(float), np.full(tasks, cost))
        for place, (level, cost) in enumerate(rows)
    ]
    return grid(found)


def test_with_a_right_check_the_next_stage_is_for_what_the_last_left() -> None:
    resolved, cost = tried(SMALL, [0, 1], ALL, PERFECT)
    assert resolved.tolist() == [1, 1, 1, 0]
    assert cost.tolist() == [1, 1, 22, 22]


def test_a_wrong_check_stops_too_soon_and_goes_on_too_long() -> None:
    resolved, cost = tried(SMALL, [0, 1], ALL, (0.25, 0.1))
    assert resolved.tolist() == pytest.approx([0.9 + 0.1 * 0.9, 0.9 + 0.1 * 0.9, 0.75 * 0.9, 0.0])
    assert cost.tolist() == pytest.approx([1 + 0.1 * 10, 1 + 0.1 * 10, 2 + 0.75 * 20, 2 + 0.75 * 20])


def test_every_task_judges_once_for_every_seed_and_is_not_learnt_from_then() -> None:
    found = list(halves(11, 3))
    assert len(found) == 6
    for learn, judge in found:
        assert sorted([*learn, *judge]) == list(range(11))
    assert sorted(np.concatenate([judge for _, judge in found]).tolist()) == sorted(list(range(11)) * 3)


def test_what_is_learnt_does_not_look_at_the_tasks_that_judge() -> None:
    whole, learn = big(), np.arange(200)
    blind = Grid(
        tuple(
            one._replace(solved=np.r_[one.solved[:200], np.zeros(200)], cost=np.r_[one.cost[:200], np.full(200, 99.0)])
            for one in whole.arms
        ),
        np.hstack([whole.solved[:, :200], np.zeros((3, 200))]),
        np.hstack([whole.cost[:, :200], np.full((3, 200), 99.0)]),
    )
    assert learnt(blind, learn) == learnt(whole, learn)


def test_a_single_model_is_as_good_as_itself() -> None:
    whole = big()
    parts = splits(whole, 1)
    found = mean(whole, parts, [[best(one.grounds)] for one in parts], PERFECT)
    assert (found.gain, found.ratio, found.error) == (0.0, 1.0, 0.0)
    assert found.resolved == pytest.approx(float(whole.solved[2].mean()))


def test_plans_resolve_as_much_as_the_best_model_for_less_on_tasks_they_have_not_seen() -> None:
    whole = big()
    found = judged(whole, splits(whole, 1), WANTED, PERFECT)
    assert found.gain > -0.02
    assert found.ratio < 0.8


def test_a_bar_is_read_straight_between_the_points_of_the_curve() -> None:
    assert at(1.0, [(2.0, 30.0), (0.0, 10.0)]) == pytest.approx(20.0)


def test_the_shared_data_is_there_in_full(shared: Path) -> None:
    whole = grid(arms(shared / "data"))
    assert whole.solved.shape == (39, 248)
    number = {cascades.called(one): place for place, one in enumerate(whole.arms)}
    three = [number[f"{name} (OpenHands)"] for name in ("deepseek-v4-pro", "minimax-m3", "claude-opus-4-8")]
    resolved, cost = tried(whole, three, np.arange(248), PERFECT)
    assert (resolved.mean(), cost.mean()) == (pytest.approx(0.895, abs=0.001), pytest.approx(0.310, abs=0.001))
