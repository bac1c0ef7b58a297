"""The article's rule: the kind of work names a tier; the cheapest in the tier, then the next in it, then the next tier."""

from collections.abc import Sequence
from typing import Final

from tierwise.core.decision import Features, Priced
from tierwise.core.tasks import FALLBACK
from tierwise.engine import doubt
from tierwise.engine.parts import Chooser, Setting
from tierwise.engine.ranking import affordable, by_work, work


def _ranked(candidates: Sequence[Priced], features: Features, setting: Setting) -> tuple[Sequence[Priced], str]:
    kinds = " or ".join((features.task.kind, *features.task.doubts))
    tier = doubt.tier(features.task, setting.policy.tiers)
    place = {name: index for index, name in enumerate(FALLBACK[tier])}
    cheapest = by_work(affordable(candidates))
    ranked = sorted(cheapest, key=lambda one: place.get(setting.endpoints[one.endpoint].tier, len(place)))
    return ranked, f"{kinds} work goes to the {tier} tier; the cheapest there first"


POLICY: Final = Chooser("tiered", _ranked, work)
