"""Whether a request is answered by a cascade, and by whom: the settings' models as they are sold now.

The policy `cascade` names the way, the settings who is asked. A request that does not suit one is decided as usual. One that does has the
strong model pinned, so that its decision is about what serves in the end; the cheap endpoints are picked from the same receipt, each the
cheapest that sells the model and could serve. There is no cascade where the cheap answers would cost as much as the strong one, where one
answer alone would prove nothing, or where a budget has not got enough left for all of it.
"""

from collections.abc import Collection
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from tierwise.core import codec
from tierwise.core.decision import Cost, Decision, Policy, Priced
from tierwise.core.faults import Fault
from tierwise.core.money import Unknown
from tierwise.core.prompt import Prompt
from tierwise.core.request import Request
from tierwise.engine.filters.budget import worst
from tierwise.engine.plan import Plan
from tierwise.gateway.asking import Refused
from tierwise.recovery.cascade import Plan as Cascade
from tierwise.recovery.cascade import suits

CASCADE: Final = "cascade"
PERSON: Final = "person"
JSON: Final = "json"
PAIR: Final = 2
FORMATS: Final = frozenset({"schema", "object"})


def aimed(policy: Policy, key: bytes, said: Cascade | None, request: Request, *, plain: str) -> tuple[Policy, bytes]:
    """The policy for a request: of the cascade with its strong model pinned where the request suits one, else as it was.

    `plain` names the client that is no coding tool. Refused where the settings name nobody to ask.
    """
    if policy.name != CASCADE:
        return policy, key
    if said is None:
        raise Refused(Fault("malformed", f"the policy {CASCADE} needs cascade: (cheap, strong) in tierwise.yaml, to say who is asked"))
    interactive = request.client != plain or request.turn != PERSON
    if not suits(streamed=request.stream, tools="tools" in request.needs, interactive=interactive):
        return policy, key
    policy = replace(policy, pin=said.strong)
    return policy, codec.encoded(policy)


def planned(said: Cascade, prompt: Prompt, plan: Plan, decision: Decision, left: int | None) -> Cascade | None:
    """Who is asked for a request whose decision has the strong model pinned; None where no cascade would do."""
    if not decision.chain or not plan.policy.pin:
        return None
    strong, cheap = decision.chain[0], list[Priced]()
    for name in said.cheap:
        one = _sold(decision, plan, name, {strong, *(each.endpoint for each in cheap)})
        cheap += [one] if one is not None else []
    found = replace(said, cheap=tuple(one.endpoint for one in cheap), strong=strong, **_checked(prompt))
    if not cheap or (len(cheap) < PAIR and not found.check) or not _worth(cheap, decision, strong):
        return None
    return found if left is None or _most(found, plan, decision) <= left else None


def _sold(decision: Decision, plan: Plan, name: str, taken: Collection[str]) -> Priced | None:
    """The cheapest endpoint that a name stands for and that could serve."""
    verdicts = (one for one in decision.receipt.verdicts if type(one) is Priced and isinstance(one.cost, Cost))
    found = [one for one in verdicts if name in {one.endpoint, plan.endpoints[one.endpoint].model} and one.endpoint not in taken]
    return min(found, key=_call, default=None)


def _call(one: Priced) -> int:
    return one.cost.call if isinstance(one.cost, Cost) else 0


def _worth(cheap: Collection[Priced], decision: Decision, strong: str) -> bool:
    """Whether the cheap answers together cost less than the strong one."""
    last = next(one for one in decision.receipt.verdicts if type(one) is Priced and one.endpoint == strong)
    return isinstance(last.cost, Unknown) or sum(map(_call, cheap)) < last.cost.call


def _checked(prompt: Prompt) -> dict[str, Any]:
    """The check of the answers: the form that the request asks for goes before the one of the settings."""
    form = prompt.format
    if form is None or form.kind not in FORMATS:
        return {}
    return {"check": JSON, "schema": msgspec.json.decode(form.schema) if len(form.schema) else None}


def _most(found: Cascade, plan: Plan, decision: Decision) -> int:
    """The most that all of a cascade may cost."""
    amounts = [worst(plan.endpoints[name], decision.receipt.features) for name in (*found.cheap, found.strong)]
    return sum(one for one in amounts if not isinstance(one, Unknown))
