"""The default: the least expected work cost among endpoints whose lower bound clears the floor.

The others follow, the nearest to the floor first: a chain of one provider's endpoints alone would end with its first outage.
"""

from collections.abc import Sequence
from typing import Final

from tierwise.core.decision import Features, Priced
from tierwise.engine.parts import Chooser, Setting
from tierwise.engine.ranking import affordable, to_the_floor, work


def _ranked(candidates: Sequence[Priced], features: Features, setting: Setting) -> tuple[Sequence[Priced], str]:
    clearing, others = to_the_floor(affordable(candidates))
    ranked = clearing + others
    if clearing:
        return ranked, (
            f"the least work cost of {len(clearing)} whose {features.task.kind} quality is at 95 % "
            f"not more than {setting.policy.floor:.0%} below {setting.policy.reference}"
        )
    return ranked, f"nothing that fits is known to be within {setting.policy.floor:.0%} of {setting.policy.reference}; the nearest first"


POLICY: Final = Chooser("cheapest", _ranked, work)
