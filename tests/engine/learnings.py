"""Small weights to read with: a few words that speak for one kind each."""

import struct
from collections.abc import Mapping, Sequence

from tierwise.core.tasks import KINDS
from tierwise.engine import traits
from tierwise.engine.learned import HALF, Weights

WIDTH = len(KINDS) + 3
STEPS = 100
SPOKEN = {"frobnicate": ("infra", 900), "tidy": ("refactor", 700), "explain": ("explain", 500)}


def row(**lanes: int) -> list[int]:
    """A row of lanes, by kind, and by difficulty as d1, d2 and d3."""
    names = (*KINDS, "d1", "d2", "d3")
    return [lanes.get(name, 0) for name in names]


def whole(rows: Sequence[Sequence[int]]) -> bytes:
    """Rows as they are kept."""
    flat = [lane + HALF for one in rows for lane in one]
    return struct.pack(f"<{len(flat)}I", *flat)


def learning(rows: Mapping[int, Sequence[int]] | None = None, marks: Mapping[str, Sequence[int]] | None = None) -> Weights:
    """Weights in which some traits say something."""
    found = {traits.number(word): row(**{kind: lane, "d2": 400}) for word, (kind, lane) in SPOKEN.items()} if rows is None else rows
    said = marks or {}
    return Weights(
        kinds=KINDS,
        difficulties=3,
        steps=STEPS,
        heat=1.0,
        hardness_heat=1.0,
        keys=struct.pack(f"<{len(found)}I", *found),
        lanes=whole(list(found.values())),
        marks=whole([said.get(mark, row()) for mark in traits.MARKS]),
        rules=whole([row(**{kind: 20}) for kind in KINDS]),
        prior=whole([row(chore=30)]),
    )
