"""What runs of a cascade say when they are added up."""

from typing import get_args

import msgspec
import pytest

from tierwise.core.run import RESULTS, STATUSES, Check, Result, Run, Stage, Status, asked, known, spent, winner

ONE = Stage(1, "a", cost=5, requests=2, result="refuted", checks=(Check("make test", 1, 0.5, passed=False, restored=("tests",)),))
TWO = Stage(2, "b", cost=7, requests=1, result="verified")


def test_what_is_known_is_added_up() -> None:
    assert (spent((ONE, TWO)), known((ONE, TWO)), asked((ONE, TWO))) == (12, 12, 3)
    assert (spent(()), known(()), asked(())) == (0, 0, 0)


@pytest.mark.parametrize("odd", [Stage(3, "c"), Stage(3, "c", cost=4, requests=None, unpriced=1)])
def test_one_unknown_cost_makes_the_whole_unknown_and_not_smaller(odd: Stage) -> None:
    assert spent((ONE, odd)) is None
    assert known((ONE, odd)) == 5 + (odd.cost or 0)
    assert asked((ONE, odd)) is None


def test_the_winner_is_the_stage_that_was_verified() -> None:
    run = Run("r", 1, "/r", "c0", ("agent",), ("check",), stages=(ONE, TWO))
    assert winner(run) == TWO
    assert winner(Run("r", 1, "/r", "c0", ("agent",), ("check",), stages=(ONE,))) is None


def test_a_run_survives_being_written_down() -> None:
    run = Run("r", 1, "/r", "c0", ("agent", "-p"), ("check",), stages=(ONE, TWO), status="verified", branch="b", budget=10**12)
    assert msgspec.json.decode(msgspec.json.encode(run), type=Run) == run


def test_every_status_and_result_says_what_it_means() -> None:
    assert set(STATUSES) == set(get_args(Status))
    assert set(RESULTS) == set(get_args(Result))
