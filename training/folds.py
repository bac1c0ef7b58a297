"""Judging without looking: which rows are kept back together, and what a fit on the others says of them.

Rows of one session, or of one repository, are kept back together, whoever labelled them: nothing of a session or repository that is
judged is ever learned from. The heat of a fold is that of all the other folds' scores (one number, of rows that were kept back
themselves).
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from training.corpus import OURS, Row
from training.fitting import Matrix, Picked, curb, fitted, heat, shares

PULL: Final = 1.0
PULL_HARD: Final = 2.0
"""How strongly weights are held to nothing, for kinds and for difficulties; chosen on our own readings, not on what is judged."""

PARTS: Final = 8
SEED: Final = 5


class Kept(Struct, frozen=True):
    """What a fit on the others says of each row: shares of kinds and of difficulties, and the heats by fold."""

    kinds: Matrix
    hard: Matrix
    heats: tuple[tuple[float, float], ...] = ()


def session(row: Row) -> str:
    """By session."""
    return row.session


def repository(row: Row) -> str:
    """By repository."""
    return row.repository


def folds(rows: Sequence[Row], group: Callable[[Row], str]) -> npt.NDArray[np.int64]:
    """The fold of each row; -1 for prompts we made up, which are always learned from. Each repository is a fold of its own."""
    names = sorted({group(row) for row in rows if row.repository != OURS})
    if group is session:
        np.random.default_rng(SEED).shuffle(names)
    place = {name: index % PARTS for index, name in enumerate(names)}
    return np.array([-1 if row.repository == OURS else place[group(row)] for row in rows])


def kept_back(products: Matrix, wanted: tuple[Matrix, Matrix], split: npt.NDArray[np.int64], learn: Picked) -> Kept:
    """What fits on the other folds say of each row; only rows of `learn` are learned from."""
    scores = tuple(np.zeros_like(one) for one in wanted)
    for fold in range(int(split.max()) + 1):
        test, train = split == fold, (split != fold) & learn
        _score(products, wanted, (train, test), scores)
    return _heated(scores, wanted, split)


def _score(products: Matrix, wanted: tuple[Matrix, Matrix], sides: tuple[Picked, Picked], scores: Sequence[Matrix]) -> None:
    train, test = sides
    inner, counts = products[np.ix_(train, train)], np.ones(int(train.sum()))
    for one, found, pull in zip(wanted, scores, (PULL, PULL_HARD), strict=True):
        weights, base = fitted(inner, one[train], counts, pull, curb(inner, counts, pull))
        found[test] = products[np.ix_(test, train)] @ weights + base


def _heated(scores: Sequence[Matrix], wanted: Sequence[Matrix], split: npt.NDArray[np.int64]) -> Kept:
    """Scores as shares, each fold at the heat that suits the others."""
    found, heats = [np.zeros_like(one) for one in scores], []
    for fold in range(int(split.max()) + 1):
        test, others = split == fold, (split != fold) & (split >= 0)
        heats.append(tuple(heat(one[others], want[others]) for one, want in zip(scores, wanted, strict=True)))
        for one, out, heated in zip(scores, found, heats[-1], strict=True):
            out[test] = shares(one[test] / heated)
    return Kept(found[0], found[1], tuple(heats))  # type: ignore[arg-type]  # two heads, so pairs
