"""Orders that several policies rank by.

Candidates come in order of their ids and sorting keeps the order of equals, so that equal costs rank the same everywhere.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from tierwise.core.decision import Cost, Priced, Standing

WORK: Final = attrgetter("cost.work")
BOUND: Final = attrgetter("standing.bound")


def work(cost: Cost, _standing: Standing) -> int:
    """The score of policies that look for the least work cost."""
    return cost.work


def affordable(candidates: Iterable[Priced]) -> list[Priced]:
    """The candidates whose price is known; no policy but a pin chooses one that is not."""
    return [one for one in candidates if type(one.cost) is Cost]


def by_work(payable: Iterable[Priced]) -> list[Priced]:
    """The least expected work cost first."""
    return sorted(payable, key=WORK)


def to_the_floor(payable: Iterable[Priced]) -> tuple[list[Priced], list[Priced]]:
    """Those that clear the floor, the least work cost first, and the others, the nearest to it first.

    Nearest is the highest lower bound, then, where no bound is known, the best expected; of equals the least work cost.
    """
    ranked = by_work(payable)
    known = [one for one in ranked if one.standing.bound is not None and not one.clears]
    unknown = [one for one in ranked if one.standing.bound is None]
    known.sort(key=BOUND, reverse=True)
    unknown.sort(key=_quality, reverse=True)
    return [one for one in ranked if one.clears], known + unknown


def _quality(one: Priced) -> float:
    quality = one.standing.quality
    return -1.0 if quality is None else quality
