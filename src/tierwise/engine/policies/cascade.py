"""Cheap answers first, for requests nobody waits on; the strong model where they do not do (recovery/cascade).

The gateway pins the strong model where a request suits a cascade: it comes first here, since it is what serves when the cheap answers
are not good enough. What does not suit one (a stream, tools, a coding tool's session) is chosen for as usual: the least work cost among
those that clear the floor.
"""

from collections.abc import Sequence
from typing import Final

from tierwise.core.decision import Features, Priced
from tierwise.engine.parts import Chooser, Setting
from tierwise.engine.ranking import affordable, by_work, to_the_floor, work


def _ranked(candidates: Sequence[Priced], features: Features, setting: Setting) -> tuple[Sequence[Priced], str]:
    pin, endpoints = setting.policy.pin, setting.endpoints
    payable = affordable(candidates)
    strong = by_work(one for one in payable if pin and pin in {one.endpoint, endpoints[one.endpoint].model})
    clearing, others = to_the_floor(one for one in payable if one not in strong)
    if strong:
        return [*strong, *clearing, *others], f"a cascade: cheap answers first where that pays, {pin} where they do not do"
    return [*clearing, *others], f"no cascade for this request: the least work cost whose {features.task.kind} quality clears the floor"


POLICY: Final = Chooser("cascade", _ranked, work)
