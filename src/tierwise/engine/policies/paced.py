"""A spend rate: quality has a price, which is moved so that a budget lasts its period; the best bargain at that price serves.

A candidate is ranked by what the session's remaining work is expected to cost on it, plus the price of the quality it lacks:

    work + price x (calls expected to remain, this one with them) x (1 - quality)

Work and calls are counted alike, so that a choice does not change only because a session comes to its end. At a price of nothing the
cheapest serves, at a very high one the best. Where no budget sets a price, this chooses as the usual policy does: the least work cost
among those that clear the floor.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from tierwise.core.decision import Conditions, Cost, Features, Priced, Standing
from tierwise.core.money import shown
from tierwise.engine.parts import Chooser, Score, Setting
from tierwise.engine.ranking import affordable, by_work, to_the_floor, work

SCORE: Final = attrgetter("score")


def _at(features: Features, conditions: Conditions) -> Score:
    if conditions.price is None:
        return work
    price = conditions.price * (1 + features.place.remaining)

    def score(cost: Cost, standing: Standing) -> int | None:
        """Pico-dollars of work and of quality that is missing; None where no quality is known."""
        return None if standing.quality is None else cost.work + round(price * (1 - standing.quality))

    return score


def _ranked(candidates: Sequence[Priced], features: Features, setting: Setting) -> tuple[Sequence[Priced], str]:
    payable = by_work(affordable(candidates))
    if setting.price is None:
        clearing, others = to_the_floor(payable)
        return clearing + others, "no budget sets a price of quality; the least work cost that clears the floor"
    known = sorted((one for one in payable if one.score is not None), key=SCORE)
    unknown = [one for one in payable if one.score is None]
    return known + unknown, f"work and missing {features.task.kind} quality cost least, at {shown(setting.price, 4)} a call for all of it"


POLICY: Final = Chooser("paced", _ranked, work, _at)
