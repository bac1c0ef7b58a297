"""What is expected of each model at each kind of work, before and after what was told here, and what that is worth against the floor.

    /admin/quality              every model that decisions choose from; `?task=` a kind of work, `?model=` a model

`looked` is when outcomes were last read (0: not yet, or never where nothing is learnt), `away` why the last look had no answer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tierwise.core.catalog import Catalog
from tierwise.core.decision import Policy
from tierwise.core.faults import Fault
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine import knowledge
from tierwise.engine.knowledge import Known
from tierwise.engine.learning import KEY, SESSION, SOURCE, Learnt
from tierwise.gateway.admin.asked import asked
from tierwise.gateway.admin.door import sees, told
from tierwise.gateway.app import Call, Route
from tierwise.gateway.asking import Refused
from tierwise.gateway.gateway import Gateway

TASKS: Final = (*KINDS, UNKNOWN_KIND)


async def quality(call: Call) -> None:
    """What is known of every model."""
    given = asked(call.query)
    task, model = given.get("task", ""), given.get("model", "")
    if task and task not in TASKS:
        raise Refused(Fault("malformed", f"task: {task[:40]!r} is not one of {', '.join(TASKS)}"))
    rows = [one for one in await known(call.gateway) if task in {"", one.task} and model in {"", one.model}]
    await told(call, {**ground(call.gateway), "quality": rows})


async def known(gateway: Gateway, model: str = "") -> Sequence[Known]:
    """What is known of every model that decisions choose from, or of one; it is worked out beside the requests."""
    now, wanted = gateway.clock.now(), gateway.everybody.wanted
    catalog = gateway.plans.at(now, wanted.policy, wanted.key).plan.catalog
    learnt = () if gateway.learning is None else gateway.learning.found
    found = await asyncio.to_thread(_known, catalog, wanted.policy, learnt)
    return [one for one in found if model in {"", one.model}]


def _known(catalog: Catalog, policy: Policy, learnt: tuple[Learnt, ...]) -> Sequence[Known]:
    return knowledge.known(catalog, policy, learnt)


def ground(gateway: Gateway) -> dict[str, Any]:
    """What it is measured against, and how what was told is bounded."""
    learning, policy = gateway.learning, gateway.everybody.wanted.policy
    return {
        "now": gateway.clock.now(),
        "reference": policy.reference,
        "floor": policy.floor,
        "learning": learning is not None,
        "looked": 0 if learning is None else learning.at,
        "away": "" if learning is None else learning.away,
        "half_life": gateway.settings.half_life,
        "bounds": {"session": SESSION, "key": KEY, "source": SOURCE},
    }


ROUTES: Final[Mapping[str, Route]] = {"/admin/quality": Route({"GET": sees(quality)})}
