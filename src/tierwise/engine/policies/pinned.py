"""What the caller asked for; when it cannot serve, the cheapest that clears the floor. Never optimises."""

from collections.abc import Sequence
from typing import Final

from tierwise.core.decision import Features, Priced
from tierwise.engine.parts import Chooser, Setting
from tierwise.engine.ranking import affordable, by_work, to_the_floor, work


def _ranked(candidates: Sequence[Priced], _features: Features, setting: Setting) -> tuple[Sequence[Priced], str]:
    pin, endpoints = setting.policy.pin, setting.endpoints
    asked = [one for one in candidates if pin in {one.endpoint, endpoints[one.endpoint].model}]
    known = affordable(asked)
    pinned = {one.endpoint for one in asked}
    clearing, others = to_the_floor(one for one in affordable(candidates) if one.endpoint not in pinned)
    ranked = [*by_work(known), *(one for one in asked if one not in known), *clearing, *others]
    if asked:
        return ranked, f"{pin} was asked for"
    return ranked, f"{pin} was asked for and cannot serve; the cheapest that clears the floor"


POLICY: Final = Chooser("pinned", _ranked, work)
