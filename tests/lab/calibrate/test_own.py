"""Own outcomes as evidence."""

import pytest

from tierwise.lab.calibrate import own
from tierwise.lab.outcomes import BadOutcomes, Outcome, Query

ROWS = [Outcome("1", "a", 1.0, 0.2), Outcome("2", "a", 0.0, 0.4), Outcome("3", "a", 1.0, None), Outcome("1", "b", None, 0.1)]
KNOWN = {"1": Query(task="debug"), "2": Query(task="debug"), "3": Query(task="bug")}


def test_outcomes_are_summed_by_model_and_kind() -> None:
    kind = own.kinds(ROWS, KNOWN, {"bug": "debug"})
    (found,) = own.measured(ROWS, kind)
    assert (found.model, found.kind, found.n) == ("a", "debug", 3)
    assert found.score == pytest.approx(2 / 3)
    assert found.cost == pytest.approx(0.3)
    assert found.cost_deviation == pytest.approx(0.02**0.5)


def test_one_cost_has_no_deviation_and_none_no_mean() -> None:
    kind = own.kinds(ROWS, KNOWN, {}, "test")
    one, nothing = own.measured([ROWS[0]], kind)[0], own.measured([ROWS[2]], kind)[0]
    assert (one.cost, one.cost_deviation, one.items) == (0.2, None, 1)
    assert nothing.cost is None


def test_labels_that_are_no_kind_are_named() -> None:
    with pytest.raises(BadOutcomes, match="'bug' is no kind of work; say which"):
        own.kinds(ROWS, KNOWN, {})
    with pytest.raises(BadOutcomes, match="'magic' is no kind of work; known"):
        own.kinds(ROWS, KNOWN, {"bug": "magic"})


def test_scores_must_be_shares() -> None:
    with pytest.raises(BadOutcomes, match="scores go from 5 to 5"):
        own.measured([Outcome("1", "a", 5.0, 1.0)], {"1": "debug"})
    with pytest.raises(BadOutcomes, match="no row has a score"):
        own.measured([Outcome("1", "a", None, 1.0)], {"1": "debug"})
