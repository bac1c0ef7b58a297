"""Rows of a corpus as numbers: which trait each shows, and how much it counts."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from tierwise.core.tasks import KINDS
from tierwise.engine import traits
from tierwise.engine.traits import Traits
from training.corpus import Row
from training.fitting import Matrix

WEIGHTS: Final = MappingProxyType(
    {"word": 1.0, "part": 0.6, "pair": 0.7, "before": 0.55, "size": 0.5, "mark": 0.5, "rule": 0.2, "context": 0.35}
)
"""How freely each family of traits may speak: the standard deviation of its weights beforehand, relative to words."""

STEADY: Final = frozenset({"size", "mark", "rule", "context"})
"""Families whose traits count the same however many rows show them."""

TURNS: Final = (1, 2, 5, 10, 20)
CALLS: Final = (1, 5, 20, 60, 150)
CONTEXT: Final = (20_000, 40_000, 70_000, 110_000)

Trait = tuple[str, int]
Shown = dict[Trait, float]

SIZES: Final = len(traits.LENGTHS) + len(traits.COUNTS) + len(traits.LINES)
"""Marks that only tell how long a text is; they come first."""

SEEN: Final = 2
"""Rows in which a trait must be seen to be learned."""


class Table(Struct, frozen=True):
    """The traits that are learned, in order, how much each counts, and the rows that show them."""

    names: tuple[Trait, ...]
    counts: tuple[float, ...]
    matrix: npt.NDArray[np.float32]


def shown(row: Row) -> Shown:
    """The traits a row shows, by family, and how much of each."""
    return spread(traits.traits(row.text, row.before))


def alone(row: Row) -> Shown:
    """The traits a row shows when nobody knows what was said before."""
    return spread(traits.traits(row.text, ""))


def surrounded(row: Row) -> Shown:
    """The traits a row shows with its place in the session and the tools of the turn before, which the live reading does not take in."""
    found: Shown = {("context", traits.number(tool)): 1.0 for tool in set(row.used)}
    for place, (steps, size) in enumerate(((TURNS, row.turns), (CALLS, row.calls), (CONTEXT, row.context))):
        found |= {("context", 10 * place + index): 1.0 for index, step in enumerate(steps) if size >= step}
    return shown(row) | found


def spread(seen: Traits) -> Shown:
    """Traits by family and number, with the same shares that the live reading gives them."""
    words, before = dict.fromkeys(seen.words), dict.fromkeys(seen.before)
    share, earlier = 1 / math.sqrt(max(len(words), 1)), 1 / math.sqrt(max(len(before), 1))
    found: Shown = {("word", traits.number(word)): share for word in words}
    for word in words:
        _add(found, "part", traits.parts(word), share)
    found |= {("pair", key): share for key in traits.pairs(seen.words)}
    found |= {("before", traits.number(word, traits.PRECEDING)): earlier for word in before}
    found |= {("size" if place < SIZES else "mark", place): 1.0 for place, has in enumerate(seen.marks) if has}
    return found | {("rule", place): float(half) for place, half in enumerate(seen.rules) if half}


def _add(found: Shown, family: str, keys: Iterable[int], share: float) -> None:
    for key in keys:
        found[family, key] = found.get((family, key), 0.0) + share


def table(rows: Sequence[Shown], leave_out: frozenset[str] = frozenset(), weights: Mapping[str, float] = WEIGHTS) -> Table:
    """The rows as a matrix over the traits that enough of them show; families left out are not learned."""
    seen = Counter(trait for row in rows for trait in row)
    names = tuple(trait for trait, count in seen.items() if count >= SEEN and trait[0] not in leave_out)
    counts = tuple(weights[family] * _rarity(seen[family, key], len(rows), family) for family, key in names)
    places = {trait: place for place, trait in enumerate(names)}
    matrix = np.zeros((len(rows), len(names)), np.float32)
    for index, row in enumerate(rows):
        for trait, amount in row.items():
            if (place := places.get(trait)) is not None:
                matrix[index, place] = amount * counts[place]
    return Table(names, counts, matrix)


def _rarity(count: int, rows: int, family: str) -> float:
    """What a trait counts for by how rare it is; steady families count the same however many rows show them."""
    return 1.0 if family in STEADY else (1 + math.log((rows + 1) / (count + 1))) / 3


def products(matrix: npt.NDArray[np.float32]) -> Matrix:
    """The inner products of all rows."""
    return np.asarray(matrix @ matrix.T, np.float64)


def wanted(rows: Sequence[Row]) -> tuple[Matrix, Matrix]:
    """The labels as shares: of kinds, and of difficulties."""
    kinds, hard = np.zeros((len(rows), len(KINDS))), np.zeros((len(rows), 3))
    for index, row in enumerate(rows):
        for kind, difficulty in zip(row.tasks, row.difficulties, strict=True):
            kinds[index, KINDS.index(kind)] += 0.5
            hard[index, difficulty - 1] += 0.5
    return kinds, hard
