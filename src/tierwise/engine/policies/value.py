"""Most expected quality per dollar of expected work, whatever the floor."""

from collections.abc import Sequence
from typing import Final

from tierwise.core.decision import Cost, Features, Priced, Standing
from tierwise.engine.parts import Chooser, Setting
from tierwise.engine.ranking import affordable, by_work


def price_of_quality(cost: Cost, standing: Standing) -> float | None:
    """Pico-dollars for all the quality there could be; None where there is none, or none is known."""
    return cost.work / standing.quality if standing.quality else None


def _order(one: Priced) -> tuple[float, float]:
    """The score, those without one last; where it is the same, because work is free or quality is not known, the better one first."""
    score = price_of_quality(one.cost, one.standing) if isinstance(one.cost, Cost) else None
    return float("inf") if score is None else score, -(one.standing.quality or 0.0)


def _ranked(candidates: Sequence[Priced], features: Features, _setting: Setting) -> tuple[Sequence[Priced], str]:
    ranked = sorted(by_work(affordable(candidates)), key=_order)
    return ranked, f"the most {features.task.kind} quality per dollar"


POLICY: Final = Chooser("value", _ranked, price_of_quality)
