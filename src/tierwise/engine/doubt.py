"""What a decision holds an endpoint to when it is not sure what kind of work is asked for.

The bound of an endpoint is that for the kind that was read, as far as that is sure, and for the rest the lowest of the kinds that are
about as likely. It is never above the bound for the kind itself, and never rises as the kind gets less sure or as more kinds come into
question: less certainty never lets a cheaper model in. Where nothing is known of one of the kinds, nothing is known at all.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tierwise.core.decision import Standing, Task
from tierwise.core.tasks import TIER_OF, TIERS, UNKNOWN_KIND

USUAL: Final = 2
"""The difficulty that a kind of work nobody knows is taken to have."""

Marked = Sequence[tuple[Standing, bool]]
Marks = Mapping[tuple[str, int], Marked]


def marked(table: Marks, task: Task, floor: float) -> Marked:
    """Each endpoint's standing for a task, and whether it clears the floor."""
    row = _row(table, task.kind, task.difficulty)
    if not task.doubts:
        return row
    others = [_row(table, kind, task.difficulty) for kind in task.doubts]
    return [
        _clearing(_doubted(place, [one[0] for one in rest], task.confidence), floor) for (place, _), *rest in zip(row, *others, strict=True)
    ]


def _row(table: Marks, kind: str, difficulty: int) -> Marked:
    return table.get((kind, difficulty)) or table[UNKNOWN_KIND, USUAL]


def _clearing(standing: Standing, floor: float) -> tuple[Standing, bool]:
    return standing, standing.bound is not None and standing.bound >= -floor


def _doubted(read: Standing, others: Sequence[Standing], confidence: float) -> Standing:
    bounds = [one.bound for one in (read, *others) if one.bound is not None]
    if len(bounds) <= len(others):
        return Standing(read.quality, None)
    lowest = min(bounds)
    return Standing(read.quality, lowest + confidence * (bounds[0] - lowest))


def tier(task: Task, own: Mapping[str, str]) -> str:
    """The highest tier of the kinds in question; `own` are an operator's tiers by kind."""
    kinds = (task.kind, *task.doubts)
    return max((own.get(kind) or TIER_OF.get(kind, TIER_OF[UNKNOWN_KIND]) for kind in kinds), key=TIERS.index)
