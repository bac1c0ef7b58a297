"""Judging without looking: which rows are kept back together, and what a fit on the others says of them.

Rows of one session, or of one repository, are kept back together, whoever labelled them: nothing of a session or repository that is
judged is ever learned from. How scores become honest shares is found without the judged rows too: within the rows that a fit learns
from, each repository is kept back once more, and the temper is the one that suits those scores. So the shares are meant to be right in a
repository that nobody has seen.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from training.corpus import OURS, Row
from training.fitting import BLURS, Matrix, Picked, Temper, curb, fitted, honest, tempered

PULL: Final = 1.0
PULL_HARD: Final = 2.0
"""How strongly weights are held to nothing, for kinds and for difficulties; chosen on our own readings, not on what is judged."""

PARTS: Final = 8
SEED: Final = 5


Split = npt.NDArray[np.int64]
Pair = tuple[Matrix, Matrix]

BLURRED: Final = (BLURS, (0.0,))
"""What may be mixed into the shares of kinds, and of difficulties: there it gains nothing, and tells easy from hard a little worse."""

PLAIN: Final = (Temper(), Temper())
"""Tempers that change nothing."""


class Kept(Struct, frozen=True):
    """What a fit on the others says of each row: shares of kinds and of difficulties, and their tempers by fold."""

    kinds: Matrix
    hard: Matrix
    tempers: tuple[tuple[Temper, Temper], ...] = ()


def session(row: Row) -> str:
    """By session."""
    return row.session


def repository(row: Row) -> str:
    """By repository."""
    return row.repository


def folds(rows: Sequence[Row], group: Callable[[Row], str]) -> Split:
    """The fold of each row; -1 for prompts we made up, which are always learned from. Each repository is a fold of its own."""
    names = sorted({group(row) for row in rows if row.repository != OURS})
    if group is session:
        np.random.default_rng(SEED).shuffle(names)
    place = {name: index % PARTS for index, name in enumerate(names)}
    return np.array([-1 if row.repository == OURS else place[group(row)] for row in rows])


def kept_back(products: Matrix, wanted: Pair, split: Split, learn: Picked, within: Split | None = None) -> Kept:
    """What fits on the other folds say of each row; only rows of `learn` are learned from.

    `within` is the repository of each row; without it scores become shares as they are, which is enough for telling which is higher.
    """
    scores, said = scored(products, wanted, split, learn), tuple(np.zeros_like(one) for one in wanted)
    found = []
    for fold in range(int(split.max()) + 1):
        test, others = split == fold, split != fold
        found.append(PLAIN if within is None else _tempers(products, wanted, others & learn, within))
        for out, one, temper, usual in zip(said, scores, found[-1], usually(wanted, others & (split >= 0)), strict=True):
            out[test] = honest(one[test], temper, usual)
    return Kept(said[0], said[1], tuple(found))


def usually(wanted: Pair, rows: Picked) -> Pair:
    """How common each kind is in some rows, and each difficulty."""
    return np.asarray(wanted[0][rows].mean(axis=0)), np.asarray(wanted[1][rows].mean(axis=0))


def _tempers(products: Matrix, wanted: Pair, train: Picked, within: Split) -> tuple[Temper, Temper]:
    rows = np.flatnonzero(train)
    return tempers(products[np.ix_(rows, rows)], (wanted[0][rows], wanted[1][rows]), within[rows])


def tempers(products: Matrix, wanted: Pair, within: Split) -> tuple[Temper, Temper]:
    """The tempers that suit the scores of rows whose repository was not learned from; plain ones where none can be kept back."""
    if len(set(within.tolist())) < 2:  # noqa: PLR2004  # one to learn from, one to keep back
        return PLAIN
    real = within >= 0
    scores, usual = scored(products, wanted, within, np.ones(len(within), bool)), usually(wanted, real)
    kinds, hard = zip(scores, wanted, usual, BLURRED, strict=True)
    return _temper(real, *kinds), _temper(real, *hard)


def _temper(real: Picked, scores: Matrix, wanted: Matrix, usual: Matrix, blurs: Sequence[float]) -> Temper:
    return tempered(scores[real], wanted[real], usual, blurs)


def scored(products: Matrix, wanted: Pair, split: Split, learn: Picked) -> Pair:
    """The scores that fits on the other folds give each row."""
    scores = np.zeros_like(wanted[0]), np.zeros_like(wanted[1])
    for fold in sorted(set(split.tolist()) - {-1}):
        _score(products, wanted, ((split != fold) & learn, split == fold), scores)
    return scores


def _score(products: Matrix, wanted: Pair, sides: tuple[Picked, Picked], scores: Pair) -> None:
    train, test = sides
    inner, counts = products[np.ix_(train, train)], np.ones(int(train.sum()))
    for one, found, pull in zip(wanted, scores, (PULL, PULL_HARD), strict=True):
        weights, base = fitted(inner, one[train], counts, pull, curb(inner, counts, pull))
        found[test] = products[np.ix_(test, train)] @ weights + base
