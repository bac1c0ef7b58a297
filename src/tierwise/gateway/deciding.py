"""From a request's bytes to a decision: everything that happens before anybody is asked."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core import codec
from tierwise.core.budgets import NOBODY, Payer
from tierwise.core.client import Client, cleaned
from tierwise.core.decision import Canary, Conditions, Cost, Decision, Features, Held, Policy, Priced, Rejected, Seen, Task
from tierwise.core.entry import Attempt
from tierwise.core.faults import Fault
from tierwise.core.keys import permits
from tierwise.core.money import Amount, Unknown
from tierwise.core.prompt import Prompt
from tierwise.core.request import Request
from tierwise.core.tasks import TIER_OF
from tierwise.core.wire import Malformed, Wire
from tierwise.engine import cost
from tierwise.engine.decide import cached_tokens, choose, read
from tierwise.engine.holding import ESCALATION
from tierwise.engine.warmth import HOUR
from tierwise.gateway.asking import Refused, Wanted
from tierwise.gateway.cascades import CASCADE, aimed, planned
from tierwise.gateway.exploring import CANARY
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.items import Placed, Rules, call, place
from tierwise.gateway.keys import Key
from tierwise.gateway.plans import Ready, Reference
from tierwise.recovery.cascade import Plan as Cascade

REFERENCE: Final = "reference"
"""The name under which is remembered what the reference would have cached if it had served everything."""

SIDE: Final = "side"
COMPLETION: Final = "completion"
COMPACTION: Final = "compaction"
VOLATILE: Final = "volatile"
PACED: Final = "paced"
ON: Final = "on"
FLASH: Final = dict.fromkeys(TIER_OF, "flash")
"""Every kind of work in the cheapest tier."""


class Asked(Struct, frozen=True, gc=False):
    """A request as it came in: the wire it is on, its body, headers by lower-case name, and what its key stands for.

    `who` is that key itself. One that `counts` is for a count of its tokens and goes nowhere. `task` is the kind of work where somebody
    else than the signals has read it. `chance` is a number in [0, 1) that was drawn for it, where something may be tried on it.
    `summary` says that a wire asks for a summary of the session, and not the person.
    """

    wire: Wire
    body: bytes
    headers: Mapping[str, str]
    usual: Wanted
    key: str = ""
    counts: bool = False
    who: Key | None = None
    task: Task | None = None
    chance: float | None = None
    summary: bool = False

    @property
    def payer(self) -> Payer:
        """Whose budgets it counts against."""
        return NOBODY if self.who is None else self.who.payer


def asked_with(key: Key, wire: Wire, body: bytes, headers: Mapping[str, str], *, counts: bool = False) -> Asked:
    """A request that came with a key."""
    return Asked(wire, body, headers, key.wanted, key.name, counts, key)


class Decided(Struct, frozen=True, gc=False):
    """A request with what was decided of it. `prompt` is all of it in neutral form where some endpoint speaks another wire.

    `sorting` is what it took to ask a model for the kind of work, where one was asked. `placed` is the request in its work item (None: it
    belongs to none), in `session`. `cascade` says who is asked before the chain's first, where that is to be,
    `leave` that another model may be tried.
    """

    asked: Asked
    request: Request
    wanted: Wanted
    ready: Ready
    decision: Decision
    prompt: Prompt | None
    baseline: Cost | None
    sorting: Attempt | None = None
    session: str = ""
    placed: Placed | None = None
    cascade: Cascade | None = None
    leave: Canary | None = None

    @property
    def features(self) -> Features:
        """What was read from the request."""
        return self.decision.receipt.features

    def priced(self, endpoint: str) -> Priced | None:
        """The verdict on an endpoint that could serve."""
        verdicts = self.decision.receipt.verdicts
        return next((one for one in verdicts if type(one) is Priced and one.endpoint == endpoint), None)


def decided(gateway: Gateway, asked: Asked, now: int) -> Decided:
    """What is decided of a request; Refused where it is wrong or asks for what is not known."""
    try:
        client, request = _understood(gateway, asked)
        wanted = allowed(gateway.asking.wanted(request.model, asked.headers, asked.usual), asked)
        request = _hinted(request, wanted)
        prompt, request = _measured(gateway, asked, request)
    except Malformed as error:
        raise Refused(Fault("malformed", str(error))) from None
    purses = gateway.desk.purses
    funds = purses.funds(asked.payer, now)
    near = bool(funds.near) and not wanted.only
    policy, key = _near(wanted) if near else _for_turn(gateway, request, wanted)
    policy, key = aimed(policy, key, gateway.cascade, request, plain=gateway.knowing.plain.name)
    ready = gateway.plans.at(now, policy, key)
    features = read(ready.plan, request)
    if asked.task is not None:
        features = replace(features, task=asked.task)
    session = gateway.knowing.session(request, features.prefix, asked.key)
    placed = None
    if request.turn != SIDE and asked.wire.talks:
        rules = _rules(gateway, wanted, key, near=near)
        placed = _placed(gateway, (asked, client, session), (request, features), rules)
    warm = gateway.state.warm(features.prefix)
    had = warm.pop(REFERENCE, {})
    price = purses.price(asked.payer, now) if policy.name == PACED else None
    item = None if placed is None else _unbound(placed.held) if policy.name == CASCADE and policy.pin else placed.held
    leave = None if asked.chance is None or near or policy.pin else _leave(gateway, (asked, wanted), placed, features.task, now)
    canary = leave if gateway.exploring is not None and gateway.exploring.mode == CANARY else None
    conditions = Conditions(now, gateway.down(features.size.tokens, now), warm, funds.left, funds.near, price, item, canary)
    decision = choose(ready.plan, features, conditions)
    baseline = _baseline(ready.reference, features, had, now)
    found = Decided(asked, request, wanted, ready, decision, prompt, baseline, session=session, placed=placed, leave=leave)
    return _cascading(gateway.cascade, found, funds.left) if gateway.cascade is not None and policy.pin == gateway.cascade.strong else found


def _unbound(item: Held | None) -> Held | None:
    """A work item whose endpoint does not come first: in a cascade that is the strong model, whoever answered before."""
    return None if item is None else replace(item, endpoint="")


def _cascading(said: Cascade, found: Decided, left: int | None) -> Decided:
    """What was decided, with who is asked before where a cascade would do; work that went wrong before is not tried cheaply again."""
    item = found.decision.receipt.conditions.item
    if found.ready.plan.policy.name != CASCADE or (item is not None and item.level) or found.asked.counts:
        return found
    prompt = found.prompt if found.prompt is not None else found.asked.wire.read(found.asked.body)
    return replace(found, cascade=planned(said, prompt, found.ready.plan, found.decision, left))


def _leave(gateway: Gateway, who: tuple[Asked, Wanted], placed: Placed | None, task: Task, now: int) -> Canary | None:
    """Leave to try another model on a request: only where neither its model's name nor its headers say how to choose."""
    (asked, wanted), exploring = who, gateway.exploring
    if exploring is None or asked.chance is None or not wanted.explores or wanted.policy != asked.usual.policy:
        return None
    return exploring.leave(placed, task, asked.chance, now)


def _rules(gateway: Gateway, wanted: Wanted, key: bytes, *, near: bool) -> Rules:
    """How a request's choice may be held to its work item: a budget that has little left lets nothing go up."""
    settings = gateway.settings
    pinned = wanted.only or (wanted.policy.name == "pinned" and not near)
    escalates = settings.escalate == ON and wanted.escalates and not near and not pinned
    return Rules(key, settings.stickiness == ON, escalates, pinned)


def _placed(gateway: Gateway, whose: tuple[Asked, Client, str], what: tuple[Request, Features], rules: Rules) -> Placed:
    """A request in its work item."""
    (asked, client, session), (request, features) = whose, what

    def subagent() -> str:
        return gateway.knowing.session(replace(request, session=""), features.prefix, asked.key)

    where = place(request, asked.key, session, subagent)
    known = where in gateway.items.known
    return gateway.items.placed(where, call(request, asked.wire, client, known=known, escalates=rules.escalates), rules)


def _understood(gateway: Gateway, asked: Asked) -> tuple[Client, Request]:
    """Who asks, and the request as its wire and that client mean it."""
    request = asked.wire.parse(asked.body)
    client = gateway.knowing.client(request, asked.headers)
    found = cleaned(client, request, asked.headers)
    return client, replace(found, turn=SIDE, errand=COMPACTION) if asked.summary else found


def _hinted(request: Request, wanted: Wanted) -> Request:
    """The request with what the headers say of it."""
    hints, session = wanted.hints, wanted.session
    if hints.task is None and not session:
        return request
    return replace(request, session=session or request.session, hints=hints if hints.task is not None else request.hints)


def _measured(gateway: Gateway, asked: Asked, request: Request) -> tuple[Prompt | None, Request]:
    """The whole of a request, and the request with what other wires would lose, where some endpoint has to be asked on another wire."""
    others = gateway.foreign.get(asked.wire.name, ())
    if not others or asked.counts:
        return None, request
    prompt = asked.wire.read(settled(gateway, request, asked.body))
    losses = {wire.name: wire.losses(prompt) for wire in others}
    return prompt, replace(request, losses={name: found for name, found in losses.items() if found})


def settled(gateway: Gateway, request: Request, body: bytes) -> bytes:
    """A client's body with its volatile text fixed, for providers that take it for part of the prompt."""
    fix = next((one.settled for one in gateway.clients if one.name == request.client), None)
    if fix is None:
        return body
    for segment in request.segments:
        if segment.kind == VOLATILE:
            raw = bytes(segment.raw)
            body = body.replace(raw, fix(raw), 1)
    return body


def _for_turn(gateway: Gateway, request: Request, wanted: Wanted) -> tuple[Policy, bytes]:
    """The policy for who speaks: the client's background calls, and what completes a line, go to the flash tier unless told otherwise."""
    quick = request.turn == SIDE or request.hints.task == COMPLETION
    if not quick or wanted.told or gateway.settings.background != "flash" or wanted.policy.name == "pinned":
        return wanted.policy, wanted.key
    policy = replace(wanted.policy, name="tiered")
    return policy, codec.encoded(policy)


def _near(wanted: Wanted) -> tuple[Policy, bytes]:
    """The policy for what a budget has little left for: the cheapest of the flash tier, whatever was asked for."""
    policy = replace(wanted.policy, name="tiered", pin="", tiers=FLASH)
    return policy, codec.encoded(policy)


def allowed(wanted: Wanted, asked: Asked) -> Wanted:
    """What is wanted, if the request's key may have it; Refused where it may not."""
    policy = wanted.policy
    if asked.who is not None and not permits(asked.who.policies, policy.name):
        raise Refused(Fault("forbidden", f"this key may use the policies {', '.join(asked.who.policies)}, not {policy.name}"))
    sold = {one.partition("/")[2] for one in policy.models}
    if policy.pin and policy.pin not in sold and not permits(policy.models, policy.pin, policy.pin.partition("/")[2]):
        raise Refused(Fault("forbidden", f"this key may use {', '.join(policy.models)}, not {policy.pin}"))
    return wanted


def _baseline(reference: Reference, features: Features, had: Mapping[str, Seen], now: int) -> Cost | None:
    """What the reference would cost, with the cache it would have had."""
    if not reference.groups:
        return None
    prefix = features.prefix
    asked = cost.Asked(features.size.tokens, features.place, prefix.marked, prefix.ttl >= HOUR)
    cached = {reference.endpoint.id: cached_tokens(reference.endpoint, features, had, now)} if had else {}
    return cost.priced(reference.groups, asked, cached)[reference.endpoint.id]


def estimate(decided: Decided, endpoint: str) -> Amount:
    """What the request is expected to cost on an endpoint."""
    found = decided.priced(endpoint)
    if found is None:
        return Unknown("not priced")
    return found.cost.call if isinstance(found.cost, Cost) else found.cost


def resting(decision: Decision) -> list[str]:
    """The endpoints that would serve but rest, or whose model failed at this work item: worth a try where nothing else is left."""
    return [one.endpoint for one in decision.receipt.verdicts if type(one) is Rejected and one.by in LAST]


LAST: Final = frozenset({"health", ESCALATION})
"""Objections that give way where a client would get no answer at all."""


def no_endpoint(decided: Decided) -> Fault:
    """Why nothing can serve a request: the client's fault where it asks for too much, else ours."""
    refused = [one for one in decided.decision.receipt.verdicts if type(one) is Rejected]
    by = {one.by for one in refused}
    kind = next((kind for names, kind in BECAUSE if by & names and by <= names | {OPERATOR}), "no_endpoint")
    if kind != UNSUPPORTED:
        return Fault(kind, decided.decision.remedy)
    return Fault(kind, "; ".join(list(dict.fromkeys(one.because for one in refused if one.by != OPERATOR))[:REASONS]))


OPERATOR: Final = "operator"
UNSUPPORTED: Final = "unsupported"
REASONS: Final = 5
"""Reasons that a client is told of."""

BECAUSE: Final = ((frozenset({"window"}), "context"), (frozenset({"window", "fidelity", "capability"}), UNSUPPORTED))
"""What it means when only these filters have ruled out what the operator allows."""
