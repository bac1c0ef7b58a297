"""The weights that are shipped: fitted on all rows, one row of whole numbers for each trait, with the temper of unseen repositories."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from msgspec.structs import replace

from tierwise.core.tasks import KINDS
from tierwise.engine import traits
from tierwise.engine.learned import HALF, Weights
from training.corpus import Row
from training.fitting import Matrix, Temper, curb, fitted
from training.folds import PULL, PULL_HARD, folds, repository, tempers, usually
from training.matrix import Trait, products, shown, table, wanted

NUMBERED: Final = frozenset({"word", "part", "pair", "before"})
"""Families that are looked up by number."""

STEPS: Final = 512
MOST: Final = 32_000
"""Steps to one in a row, and the largest number a lane is given: sums over a text stay far from 32 bits."""

SOURCE: Final = "tierwise training: prompts of public agent sessions (MIT, Apache-2.0) read by the labelling guide, and prompts made up"


def weights(rows: Sequence[Row]) -> Weights:
    """What is learned from all rows."""
    seen, want = table([shown(row) for row in rows]), wanted(rows)
    inner, counts = products(seen.matrix), np.ones(len(rows))
    fits = [fitted(inner, one, counts, pull, curb(inner, counts, pull)) for one, pull in zip(want, (PULL, PULL_HARD), strict=True)]
    lanes = np.concatenate([seen.matrix.T @ one for one, _ in fits], axis=1) * np.array(seen.counts)[:, None]
    prior = np.concatenate([base for _, base in fits])
    within = folds(rows, repository)
    words = {word for row in rows for word in traits.traits(row.text, row.before).words}
    bare = folded(dict(zip(seen.names, lanes, strict=True)), words, prior)
    return _honest(bare, tempers(inner, want, within), usually(want, within >= 0)[0])


def folded(by_trait: Mapping[Trait, Matrix], words: Iterable[str], prior: Matrix) -> Weights:
    """Weights by trait as whole rows by number: marks and rules in their places, and each word with its parts."""
    lanes = np.array(list(by_trait.values()))
    numbered = {key: row for (family, key), row in by_trait.items() if family in NUMBERED}
    for word in words:
        key = traits.number(word)
        if ("word", key) in by_trait:
            near = [by_trait["part", part] for part in traits.parts(word) if ("part", part) in by_trait]
            numbered[key] = by_trait["word", key] + sum(near, np.zeros(lanes.shape[1]))
    return Weights(
        kinds=KINDS,
        difficulties=lanes.shape[1] - len(KINDS),
        steps=STEPS,
        heat=1.0,
        hardness_heat=1.0,
        keys=np.array(sorted(numbered), "<u4").tobytes(),
        lanes=_whole(np.array([numbered[key] for key in sorted(numbered)])),
        marks=_whole(_placed(by_trait, ("size", "mark"), len(traits.MARKS))),
        rules=_whole(_placed(by_trait, ("rule",), len(KINDS))),
        prior=_whole(prior[None, :]),
        source=SOURCE,
    )


def _honest(bare: Weights, found: tuple[Temper, Temper], usual: Matrix) -> Weights:
    """Weights whose scores become honest shares."""
    kinds, hard = found
    shares = tuple(round(one, 4) for one in usual.tolist())
    return replace(bare, heat=kinds.heat, hardness_heat=hard.heat, blur=kinds.blur, usual=shares)


def _placed(by_trait: Mapping[Trait, Matrix], families: Sequence[str], count: int) -> Matrix:
    """Rows by place; nothing where a place was never learned."""
    width = len(next(iter(by_trait.values())))
    empty = np.zeros(width)
    found = [next((by_trait[family, place] for family in families if (family, place) in by_trait), empty) for place in range(count)]
    return np.array(found)


def _whole(lanes: Matrix) -> bytes:
    return (np.clip(np.rint(lanes * STEPS), -MOST, MOST).astype(np.int64) + HALF).astype("<u4").tobytes()


def encoded(found: Weights) -> bytes:
    """The file that is shipped."""
    return msgspec.msgpack.encode(found)
