"""What a client asks for by the model's name and the headers: which policy decides, and whether any does.

    auto, tierwise, tierwise/auto      the policy of the key, else of the settings
    tierwise/cheap, tierwise/best      the cheapest of the flash tier; what is at least as good as the reference
    an alias, an endpoint, a model     that one; what else can serve stands in where it fails

Headers say more for one request: x-tierwise-policy, -models, -floor, -task, -session, -escalate: off for a work item that is to stay with
its model, -explore: off for one that no other model is tried on, and -route: off for that model or none.
"""

from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core import codec
from tierwise.core.decision import Policy
from tierwise.core.faults import Fault
from tierwise.core.request import Hints
from tierwise.core.tasks import KINDS, TIER_OF

FLASH: Final = "flash"

ROUTED: Final[Mapping[str, Callable[[Policy], Policy]]] = {
    "auto": lambda policy: policy,
    "tierwise": lambda policy: policy,
    "tierwise/auto": lambda policy: policy,
    "tierwise/cheap": lambda policy: replace(policy, name="tiered", tiers=dict.fromkeys(TIER_OF, FLASH)),
    "tierwise/best": lambda policy: replace(policy, name="cheapest", floor=0.0),
}
"""Names that stand for a way to choose, and what each makes of the usual policy."""

SHOWN: Final = ("auto", "tierwise/auto", "tierwise/cheap", "tierwise/best")
PREFIX: Final = "x-tierwise-"
PINNED: Final = "pinned"
MOST: Final = 1000
"""Names kept: clients make them up."""

LONGEST: Final = 256
"""Characters that a model's name may have."""


class Refused(Exception):
    """A request that is answered without asking anybody; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        """A refusal that carries a fault."""
        super().__init__(fault.message or fault.kind)
        self.fault = fault


class Wanted(Struct, frozen=True):
    """What a request is decided by: the policy, the name it is known by, and whether only the model asked for will do.

    `told` says that the request's own headers changed the policy, `escalates` whether its work item may move to a better model,
    `explores` whether another model may be tried on it.
    """

    policy: Policy
    key: bytes = b""
    only: bool = False
    hints: Hints = Hints()
    session: str = ""
    told: bool = False
    escalates: bool = True
    explores: bool = True


class Lookup(Struct, frozen=True):
    """How names are understood.

    `endpoint` gives the endpoint a name stands for (ValueError names the nearest), `policies` are the ways to choose, `close` is the
    end of an error about an unknown word, with the nearest known one.
    """

    endpoint: Callable[[str], str]
    policies: frozenset[str]
    close: Callable[[str, frozenset[str]], str]
    aliases: Mapping[str, str]


class Asking(Struct):
    """Names understood before, by the policy they were asked under."""

    lookup: Lookup
    known: dict[tuple[bytes, str], Wanted] = {}

    def wanted(self, model: str, headers: Mapping[str, str], usual: Wanted) -> Wanted:
        """What decides a request for a model; Refused where the model or a header means nothing. A key that pins gets what it pins."""
        found = usual if usual.policy.pin else self.known.get((usual.key, model)) or self._understood(model, usual)
        if not any(name.startswith(PREFIX) for name in headers):
            return found
        return self._told(found, {name.removeprefix(PREFIX): value for name, value in headers.items() if name.startswith(PREFIX)})

    def _understood(self, model: str, usual: Wanted) -> Wanted:
        name = model.lower()
        name = self.lookup.aliases.get(name, name)
        made = ROUTED.get(name)
        policy = made(usual.policy) if made is not None else replace(usual.policy, name=PINNED, pin=self._endpoint(model))
        wanted = Wanted(policy, codec.encoded(policy))
        if len(self.known) >= MOST:
            self.known.clear()
        self.known[usual.key, model] = wanted
        return wanted

    def _endpoint(self, model: str) -> str:
        if len(model) > LONGEST:
            raise Refused(Fault("unknown_model", f"{model[:40]}... has {len(model):,} characters; auto lets tierwise choose"))
        try:
            return self.lookup.endpoint(model)
        except ValueError as error:
            raise Refused(Fault("unknown_model", f"{error}; auto lets tierwise choose")) from None

    def _told(self, found: Wanted, said: Mapping[str, str]) -> Wanted:
        policy = found.policy
        for name, change in CHANGES.items():
            if name in said:
                policy = change(self, policy, said[name].strip())
        only = said.get("route", "").strip().lower() == "off"
        if only and policy.name != PINNED:
            raise Refused(Fault("malformed", "header x-tierwise-route: off needs an exact model, not one that is chosen"))
        told = not CHANGES.keys().isdisjoint(said)
        return Wanted(policy, codec.encoded(policy), only, _hints(said), said.get("session", "").strip(), told, *_switched(said))

    def policy_named(self, policy: Policy, name: str) -> Policy:
        """A policy with another way to choose."""
        if name not in self.lookup.policies:
            raise Refused(
                Fault("malformed", f"header x-tierwise-policy: unknown policy {name!r}{self.lookup.close(name, self.lookup.policies)}")
            )
        if name == PINNED and not policy.pin:
            raise Refused(Fault("malformed", f"header x-tierwise-policy: {name} needs an exact model, not one that is chosen"))
        return replace(policy, name=name)

    def models_named(self, policy: Policy, names: str) -> Policy:
        """A policy that may choose among some models only, of those it may choose among anyway."""
        asked = {self._endpoint(one.strip()) for one in names.split(",") if one.strip()}
        found = _both(asked, policy.models) if policy.models else asked
        if asked and not found:
            raise Refused(Fault("forbidden", f"header x-tierwise-models: this key may use {', '.join(policy.models)}"))
        return replace(policy, models=tuple(sorted(found))) if asked else policy


def _both(asked: AbstractSet[str], allowed: Collection[str]) -> set[str]:
    """What is asked for and allowed, where either may name a model or one endpoint (provider/model) of it."""
    return {one for one in asked if one in allowed or _model(one) in allowed} | {one for one in allowed if _model(one) in asked}


def _model(name: str) -> str:
    return name.partition("/")[2]


def _floored(_asking: Asking, policy: Policy, text: str) -> Policy:
    try:
        floor = float(text)
    except ValueError:
        floor = -1.0
    if not 0 <= floor <= 1:
        raise Refused(Fault("malformed", f"header x-tierwise-floor: {text[:40]!r} is no number between 0 and 1 (0.05 allows five points)"))
    return replace(policy, floor=floor)


CHANGES: Final[Mapping[str, Callable[[Asking, Policy, str], Policy]]] = {
    "policy": Asking.policy_named,
    "models": Asking.models_named,
    "floor": _floored,
}
"""Headers that change the policy of one request, in the order in which they do."""


def _switched(said: Mapping[str, str]) -> tuple[bool, ...]:
    """Whether a work item may move to a better model, and whether another may be tried on it; Refused where a header says no such word."""
    words = [(name, said.get(name, "on").strip().lower()) for name in ("escalate", "explore")]
    for name, word in words:
        if word not in SWITCH:
            raise Refused(Fault("malformed", f"header x-tierwise-{name}: {word[:40]!r} is neither on nor off"))
    return tuple(SWITCH[word] for _, word in words)


SWITCH: Final[Mapping[str, bool]] = {"on": True, "off": False}


def _hints(said: Mapping[str, str]) -> Hints:
    task = said.get("task", "").strip().lower()
    if task and task not in KINDS:
        raise Refused(Fault("malformed", f"header x-tierwise-task: unknown kind of work {task!r}; known: {', '.join(KINDS)}"))
    return Hints(task=task or None)
