"""What doubt costs: readings of rows whose labels are known beforehand."""

import numpy as np
import pytest

from evaluation import doubts
from evaluation.doubts import Labels
from tierwise.core.decision import Task
from tierwise.core.tasks import KINDS
from training.corpus import Row
from training.folds import Kept

ROWS = 4
LABELLED = ("plan", 2)


def labels() -> Labels:
    """Rows that are all the same piece of work, half of them of published labels."""
    kinds, hard = np.zeros((ROWS, len(KINDS))), np.zeros((ROWS, 3))
    kinds[:, KINDS.index(LABELLED[0])] = hard[:, LABELLED[1] - 1] = 1
    return Labels(kinds, hard, np.arange(ROWS) < 2, np.arange(ROWS) >= 2)


def kept(kind: str, difficulty: int) -> Kept:
    """Rows that are all read as one piece of work, for certain."""
    kinds, hard = np.zeros((ROWS, len(KINDS))), np.zeros((ROWS, 3))
    kinds[:, KINDS.index(kind)] = hard[:, difficulty - 1] = 1
    return Kept(kinds, hard)


@pytest.mark.parametrize(
    ("kind", "difficulty", "asked"),
    [
        ("plan", 2, ("0.0 / 0.0", "0.0 / 0.0", "0.0 / 0.0")),
        ("plan", 1, ("100.0 / 0.0", "0.0 / 0.0", "100.0 / 0.0")),
        ("docs", 3, ("0.0 / 100.0", "100.0 / 0.0", "0.0 / 100.0")),
    ],
)
def test_a_reading_asks_too_little_or_too_much_as_it_differs_from_the_labels(kind: str, difficulty: int, asked: tuple[str, ...]) -> None:
    right = [Task(*LABELLED, 1.0, "")] * ROWS
    for line in doubts.curve(labels(), [kept(kind, difficulty)] * 2, right).lines:
        assert line[2:] == tuple(cell for one in (("0.0 / 0.0",) * 3 if line[1] == "rules" else asked) for cell in (one, one))


def test_the_rules_read_rows_as_they_read_requests() -> None:
    row = Row("fix the crash in the parser", "", "s", "r", ("debug", "debug"), (2, 2), judged=True)
    assert [(one.kind, one.difficulty) for one in doubts.ruled([row])] == [("debug", 2)]
