"""The learned reading of a request: how likely each kind of work is, and each difficulty.

Theory of operation. What was learned is one row of whole numbers for each trait (engine.traits): a lane for each kind of work and one for
each difficulty. A request's scores are the sum of the rows of its traits, then each head goes through a softmax at a heat, and what is
usual is mixed in: heat and mixture are those that made the shares honest where they were checked. Adding a hundred rows of seventeen
numbers is slow in Python, so a row is packed into one long whole number, 32 bits a lane. Sums of packed rows are the packed sums, signs and
all, since packing is itself a sum; one bias added at the end makes the lanes readable. No array library is needed, and the sum is exact on
every machine.

A word that was learned has a row of its own, which holds its beginning and end too; of any other word only these count.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, compress, repeat
from math import exp, sqrt
from operator import is_, mul
from struct import unpack
from typing import Final

from msgspec import Struct

from tierwise.engine import traits
from tierwise.engine.traits import Traits

LANE: Final = 32
HALF: Final = 1 << (LANE - 1)
"""What is added to a lane so that it is never below nothing."""

STRANGERS: Final = 8
"""Words nobody has learned that are looked at by their parts."""

FINE: Final = 64
"""Steps to one in the share that the words of a text have: rows are whole numbers, so shares are too."""

RARE: Final = 1e-4
"""The least share a kind is shown with."""


class Weights(Struct, frozen=True):
    """What training wrote: the order of the kinds, the number of steps to one, how scores become shares, and the rows.

    Of each kind's share the `blur` is what the words say nothing of: `usual` says how common each kind is.
    `keys` are the numbers of traits and `lanes` their rows one after the other, all of 32 bits and little-endian, lanes with `HALF` added;
    `marks`, `rules` and `prior` are rows of the marks, of each kind's rule sum, and of a request that shows nothing.
    """

    kinds: tuple[str, ...]
    difficulties: int
    steps: int
    heat: float
    hardness_heat: float
    keys: bytes
    lanes: bytes
    marks: bytes
    rules: bytes
    prior: bytes
    source: str = ""
    blur: float = 0.0
    usual: tuple[float, ...] = ()


class Reading(Struct, frozen=True, gc=False):
    """How likely each kind and each difficulty (1, 2, ...) is."""

    kinds: dict[str, float]
    difficulties: tuple[float, ...]


class Head(Struct, frozen=True):
    """How scores become shares: the heat, the part that the scores decide, and what each share has beside it."""

    heat: float
    clear: float
    beside: tuple[float, ...]


class Learned(Struct, frozen=True):
    """Weights made ready: packed rows by the number of the trait, of the marks, of the rules, and of nothing."""

    kinds: tuple[str, ...]
    width: int
    steps: int
    heads: tuple[Head, Head]
    rows: Mapping[int, int]
    marks: tuple[int, ...]
    rules: tuple[int, ...]
    prior: int
    bias: int


def ready(weights: Weights) -> Learned:
    """The weights, packed."""
    kinds, width = len(weights.kinds), len(weights.kinds) + weights.difficulties
    usual = weights.usual or (0.0,) * kinds
    return Learned(
        kinds=weights.kinds,
        width=width,
        steps=weights.steps,
        heads=(_head(weights.heat, weights.blur, usual), _head(weights.hardness_heat, 0.0, (0.0,) * weights.difficulties)),
        rows=dict(zip(unpack(f"<{len(weights.keys) // 4}I", weights.keys), _packed(weights.lanes, width), strict=True)),
        marks=tuple(_packed(weights.marks, width)),
        rules=tuple(_packed(weights.rules, width)),
        prior=sum(_packed(weights.prior, width)),
        bias=_level(width),
    )


def _head(heat: float, blur: float, usual: Sequence[float]) -> Head:
    return Head(heat, 1 - blur - RARE * len(usual), tuple(blur * one + RARE for one in usual))


def _packed(raw: bytes, width: int) -> list[int]:
    """Rows of lanes, each as one long number."""
    size, level = width * LANE // 8, _level(width)
    return [int.from_bytes(raw[start : start + size], "little") - level for start in range(0, len(raw), size)]


def _level(width: int) -> int:
    """A row whose lanes are all nothing, as it is kept."""
    return sum(HALF << (LANE * lane) for lane in range(width))


def reading(learned: Learned, shown: Traits) -> Reading:
    """How likely each kind and difficulty of a request is that shows this."""
    lanes = scores(learned, shown)
    kinds = len(learned.kinds)
    shares = _shares(lanes[:kinds], learned.heads[0])
    return Reading(dict(zip(learned.kinds, shares, strict=True)), tuple(_shares(lanes[kinds:], learned.heads[1])))


def scores(learned: Learned, shown: Traits) -> list[float]:
    """The score of each kind and then of each difficulty."""
    once, before = list(dict.fromkeys(shown.words)), dict.fromkeys(shown.before)
    total = learned.prior + sum(compress(learned.marks, shown.marks)) + sum(map(mul, learned.rules, shown.rules))
    total = FINE * total + _share(len(once)) * (_said(learned, once) + _found(learned, set(traits.pairs(shown.words))))
    total += _share(len(before)) * _found(learned, traits.numbers(before, traits.PRECEDING))
    raw = (total + learned.bias).to_bytes(learned.width * LANE // 8, "little")
    unit = learned.steps * FINE
    return [(lane - HALF) / unit for lane in unpack(f"<{learned.width}I", raw)]


def _share(words: int) -> int:
    """What each of some words counts for: less where there are many, and so that the whole still grows."""
    return round(FINE / sqrt(words or 1))


def _found(learned: Learned, keys: Iterable[int]) -> int:
    """The sum of the rows that are there."""
    return sum(filter(None, map(learned.rows.get, keys)))


def _said(learned: Learned, words: Sequence[str]) -> int:
    """The sum of the rows of words, and of the parts of those that have none."""
    rows = list(map(learned.rows.get, traits.numbers(words)))
    strangers = list(compress(words, map(is_, rows, repeat(None))))[:STRANGERS]
    return sum(filter(None, rows)) + _found(learned, chain.from_iterable(map(traits.parts, strangers)))


def _shares(lanes: Sequence[float], head: Head) -> list[float]:
    """Scores as shares of one."""
    top, heat = max(lanes), head.heat
    raised = [exp((one - top) / heat) for one in lanes]
    part = head.clear / sum(raised)
    return [part * one + more for one, more in zip(raised, head.beside, strict=True)]
