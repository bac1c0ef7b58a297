"""Trials: points chosen on training queries only, floors that hold, areas that are what they should be."""

import numpy as np
import pytest

from tests.lab.outcomes.made import outcomes
from tierwise import plugins
from tierwise.lab import texts, trial
from tierwise.lab.method import Method
from tierwise.lab.outcomes import Outcome, assembled
from tierwise.lab.trial import BOUND, FLOORS, NAIVE, Curve, Manner, Rule

METHODS = {one.name: one for one in plugins.found(plugins.METHODS)}
TABLE = outcomes(240)
GROUND = trial.ground(TABLE)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few folds and axes: what is tested does not depend on them."""
    monkeypatch.setattr(trial, "INNER", 3)
    monkeypatch.setattr(texts, "AXES", 8)


def tried(name: str, *, strict: bool = False, rule: Rule = BOUND) -> trial.Trial:
    return trial.tried(METHODS[name], GROUND, Manner(1, strict, rule))


def saved(one: trial.Trial, floor: float) -> float:
    return float(np.mean([run.saved for run in one.runs if run.floor == floor]))


def test_every_query_is_held_out_once_and_never_trains_where_it_judges() -> None:
    parts = trial.splits(103, 4, 5)
    assert sorted(np.concatenate([part.held for part in parts]).tolist()) == list(range(103))
    assert all(not set(part.train.tolist()) & set(part.held.tolist()) for part in parts)
    assert all(len(part.train) + len(part.held) == 103 for part in parts)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_keeps_the_floors_and_its_figures_make_sense(name: str) -> None:
    found = tried(name)
    assert [run.floor for run in found.runs] == list(FLOORS)
    assert all(run.saved <= 1 and run.below <= 6 for run in found.runs)
    assert saved(found, 0.9) >= saved(found, 0.99) - 1e-9
    assert 0 < found.aiq <= 1


def test_ours_beats_a_toss_and_nothing_beats_the_oracle() -> None:
    areas = {name: tried(name).aiq for name in ("oracle", "shrunk", "random-mix")}
    assert areas["oracle"] > areas["shrunk"] > areas["random-mix"]
    assert saved(tried("oracle"), 0.99) > saved(tried("shrunk"), 0.99) > saved(tried("random-mix"), 0.99)


def test_the_same_seed_gives_the_same_figures() -> None:
    assert tried("shrunk") == tried("shrunk")


def test_tasks_that_are_told_are_used() -> None:
    told = trial.tried(METHODS["shrunk"], trial.ground(TABLE, told=True), Manner(1))
    assert told.aiq > tried("random-mix").aiq


def test_queries_without_labels_are_put_into_clusters() -> None:
    bare = assembled(
        [
            Outcome(query, model, float(score), float(cost))
            for query, scores, costs in zip(TABLE.queries, TABLE.score, TABLE.cost, strict=True)
            for model, score, cost in zip(TABLE.models, scores, costs, strict=True)
        ],
        {query: known._replace(task="") for query, known in zip(TABLE.queries, TABLE.known, strict=True)},
    )
    assert trial.tried(METHODS["shrunk"], trial.ground(bare), Manner(1)).aiq > 0.5
    assert not trial.unknown(bare)


def test_strict_runs_judge_each_half_once() -> None:
    assert len(tried("best-fixed", strict=True).runs) == 2 * len(FLOORS)


def curve(scores: list[float], costs: list[float], queries: int = 400) -> Curve:
    """Points of some mean scores, with dice of their own, and a reference that is right in 95 of 100."""
    dice = np.random.default_rng(0)
    table = (dice.random((queries, len(scores) + 1)) < np.array([*scores, 0.95])).astype(float)
    choices = np.repeat(np.arange(len(scores) + 1, dtype=np.int16)[:, None], queries, 1)
    return trial.curve(choices, table, np.repeat(np.array([[*costs, 1.0]]), queries, 0))


def test_the_cheapest_point_that_clears_is_taken() -> None:
    assert trial.point(curve([0.2, 0.85, 0.88], [0.1, 0.3, 0.5]), 0.8) == 1


def test_none_is_taken_where_none_clears_or_none_saves() -> None:
    assert trial.point(curve([0.2], [0.1]), 0.9) is None
    assert trial.point(curve([0.9], [1.5]), 0.5) is None


def test_the_mean_alone_takes_what_the_bound_refuses() -> None:
    points = curve([0.9], [0.5], 200)
    assert trial.point(points, 0.93) is None
    assert trial.point(points, 0.93, NAIVE) == 0


def test_what_a_choice_among_many_owes_to_luck_is_taken_off() -> None:
    points = curve([0.91] * 300, [0.5 + 0.0001 * place for place in range(300)])
    assert trial.point(points, 0.97) is not None
    assert trial.point(points, 0.97, Rule(cautious=True)) is None


def test_a_choice_without_rivals_owes_nothing_to_luck() -> None:
    points = curve([0.94], [0.5], 4000)
    assert trial.point(points, 0.97, Rule(cautious=True)) == 0


def test_a_floor_on_the_mean_is_broken_more_often() -> None:
    naive, bound = (trial.tried(METHODS["random-mix"], GROUND, Manner(4, strict=True, rule=rule)) for rule in (NAIVE, BOUND))
    assert sum(run.below > 0 for run in naive.runs) > sum(run.below > 0 for run in bound.runs)


@pytest.mark.parametrize(
    ("points", "area"),
    [
        (([0.0], [0.6]), 0.6),
        (([0.0, 1.0], [0.0, 1.0]), 0.5),
        (([0.5, 1.0], [0.5, 1.0]), 0.625),
        (([2.0], [0.9]), 0.0),
    ],
)
def test_the_area_under_a_hull(points: tuple[list[float], list[float]], area: float) -> None:
    assert trial.under((np.array(points[0]), np.array(points[1])), 0.0, 1.0) == pytest.approx(area, abs=1e-3)


def test_where_the_best_is_the_cheapest_the_area_is_its_height() -> None:
    assert trial.under((np.array([1.0]), np.array([0.7])), 1.0, 1.0) == 0.7


def test_a_hull_leaves_out_what_mixing_two_points_beats() -> None:
    cost, score = trial._hull(np.array([0.0, 0.5, 1.0, 0.7]), np.array([0.0, 0.2, 1.0, 0.1]))
    assert (cost.tolist(), score.tolist()) == ([0.0, 1.0], [0.0, 1.0])


def test_an_oracle_is_told() -> None:
    found = METHODS["oracle"]
    assert isinstance(found, Method)
    assert found.learn is None
