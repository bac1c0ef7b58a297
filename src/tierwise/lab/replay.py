"""Sessions replayed: what happened, every model alone, the policy, and the best in hindsight.

Theory of operation. Each call of a session is put to the live decision with what was known at that moment: its sizes, its place, the
person's words, what each endpoint has had of this session. The policy's choice is then charged for the call as it really was (its
real output), with the cache it has by then. Every model alone is charged the same way, with its own cache kept warm by its own calls.
So is the best schedule in hindsight (`hindsight`).

An endpoint that comes back in a session finds its head warm and nothing more: the prompt has grown by then, and providers look back
only some twenty blocks for a place they know.

Two sums are kept of each. `tokens` charges the logged tokens (counted in the model's own tokenizer) at the model's prices. `dollars` also
charges each model for how much work it is measured to make of a task, relative to the model that did it: list price is not
cost. What a log cannot show, how well the work would have gone, is in neither; quality is estimated beside them.
"""

import numpy as np
from msgspec import Struct, field
from msgspec.structs import replace

from tierwise.core.catalog import Endpoint
from tierwise.core.decision import Conditions, Decision, Prefix, Priced, Seen, Task
from tierwise.core.money import Amount, Unknown
from tierwise.core.request import Hints, Known, Mark, Request
from tierwise.core.tasks import UNKNOWN_KIND
from tierwise.engine import warmth
from tierwise.engine.decide import choose, read
from tierwise.engine.plan import Plan, effort
from tierwise.lab import hindsight
from tierwise.lab.columns import Charges, Columns, charges, columns, moved, one_by_one, sized, tariff
from tierwise.lab.harness import chains
from tierwise.lab.hindsight import Schedule
from tierwise.lab.logged import Logged
from tierwise.lab.physics import HOUR, NOBODY, Memory, lifetime, neighbours, prefix_of, recalled, remember
from tierwise.lab.sessions import Session
from tierwise.lab.step import Step
from tierwise.lab.tariffs import Plans

DAY = 86_400_000
CARRIED = "the words that opened the turn"


MOST = 10**7
"""Tokens of a prompt or answer above which a log must be wrong: no model has a window of ten million."""


class Charge(Struct, frozen=True, gc=False):
    """A call as the policy's choice served it: pico-dollars by tokens and by measured work, prompt tokens and those of them cached.

    All are zero where the price of the choice is not `known`; `served` is false where nothing could serve the call, which then
    is charged as the reference would.
    """

    tokens: int
    dollars: int
    prompt: int
    cached: int
    known: bool = True
    served: bool = True


class Actual(Struct, frozen=True, gc=False):
    """A call as it was: the endpoint that served it and its tier, what it cost, prompt tokens and those of them cached."""

    endpoint: str
    tier: str
    price: Amount
    prompt: int
    cached: int


class Item(Struct, frozen=True):
    """A replayed call: the work it belongs to, how it was, and what it would have cost on each endpoint and on the policy's."""

    day: int
    task: Task
    opens: bool
    actual: Actual
    chosen: str
    policy: Charge
    alone: Charges
    allowed: list[bool]


class Replayed(Struct, frozen=True):
    """A session's replay: its calls, the endpoints in the order of their charges, and the best schedule in hindsight.

    The schedule is over the calls whose policy price is known; without one there is none.
    """

    session: Session
    endpoints: tuple[str, ...]
    items: tuple[Item, ...]
    hindsight: Schedule | None
    first: Decision | None
    last: Decision | None
    unknown_usage: int
    unknown_model: int


class Rig(Struct, frozen=True):
    """What a replay needs: plans by instant, what logged calls were and cost, and the team's reference."""

    plans: Plans
    logged: Logged
    reference: str


class State(Struct):
    """What is known while a session is replayed: memories of models alone and of the policy's choices, the work under way."""

    table: Columns | None = None
    tables: dict[str, Columns] = {}
    digest: str = ""
    endpoints: tuple[str, ...] = ()
    alone: Memory = field(default_factory=Memory)
    chosen: dict[str, Memory] = {}
    task: Task | None = None
    first: Decision | None = None
    last: Decision | None = None
    calls: int = 0

    def columns(self, plan: Plan, reference: str, kind: str) -> Columns:
        """The plan's prices and efforts at a kind of work in columns, laid out anew when they have changed.

        ValueError if the reference is not among them.
        """
        if self.table is None or plan.catalog.digest != self.digest:
            if reference not in plan.endpoints:
                raise ValueError(f"the reference {reference} is not among the candidates")
            self.table, self.digest, self.endpoints = columns(plan.catalog.endpoints), plan.catalog.digest, tuple(plan.endpoints)
            self.tables = {name: moved(self.table, (effort(plan, one, name) for one in plan.catalog.endpoints)) for name in plan.efforts}
        return self.tables.get(kind, self.table)


class Moment(Struct, frozen=True):
    """One call to replay: the logged step, its marks in neutral tokens, its output, what other sessions keep warm.

    `kind` is the kind of work it belongs to, once that is read; `own` did the call, with its effort at that.
    """

    step: Step
    known: Known
    prefix: Prefix
    output: int
    neighbours: tuple[Seen, ...]
    own: Endpoint
    kind: str = UNKNOWN_KIND


def replayed(session: Session, rig: Rig) -> Replayed:
    """A session replayed; calls whose usage or model is not known are counted and left out. ValueError if the reference is no candidate."""
    ttl = lifetime(session)
    state = State()
    items: list[Item] = []
    no_usage = no_model = 0
    for step, known in chains(session):
        own = rig.logged.endpoint(step.call.model, step.call.provider, step.call.at)
        if not counts(step):
            no_usage += 1
        elif own is None:
            no_model += 1
        else:
            plan = rig.plans.at(step.call.at)
            items.append(_replay(neutral(step, known, own, ttl), plan, state, rig))
    return Replayed(session, state.endpoints, tuple(items), _hindsight(items), state.first, state.last, no_usage, no_model)


def counts(step: Step) -> bool:
    """Whether a call's usage is known and possible."""
    usage = step.call.usage
    return not isinstance(usage, Unknown) and usage.prompt <= MOST and usage.output <= MOST


def _hindsight(items: list[Item]) -> Schedule | None:
    charged = [item for item in items if item.policy.known]
    if not charged:
        return None
    warm, cold = (np.stack([getattr(item.alone, name) for item in charged]) for name in ("dollars", "cold"))
    allowed = np.array([item.allowed for item in charged], dtype=bool) & np.stack([item.alone.known for item in charged])
    return hindsight.schedule(warm, cold, allowed, sum(item.policy.dollars for item in charged))


def neutral(step: Step, known: Known, own: Endpoint, ttl: int) -> Moment:
    """A call with its sizes in neutral tokens."""
    scale = own.scale
    marks = tuple(Mark(mark.digest, round(mark.size / scale), mark.odds) for mark in known.marks)
    scaled = Known(round(known.tokens / scale), marks, known.anchor)
    prefix = prefix_of(step, scaled, ttl)
    output = round(getattr(step.call.usage, "output", 0) / scale)
    return Moment(step, scaled, prefix, output, neighbours(step, prefix.ttl, NOBODY), own)


def suited(moment: Moment, plan: Plan, kind: str) -> Moment:
    """A call as one of a kind of work."""
    found = effort(plan, moment.own, kind)
    own = moment.own if found == moment.own.effort else replace(moment.own, effort=found)
    return replace(moment, own=own, kind=kind)


def _replay(moment: Moment, plan: Plan, state: State, rig: Rig) -> Item:
    """One call: decided, charged, remembered."""
    call, features = moment.step.call, read(plan, request_of(moment, state))
    moment, table = suited(moment, plan, features.task.kind), state.columns(plan, rig.reference, features.task.kind)
    warm = {name: memory.had for name, memory in state.chosen.items()}
    decision = choose(plan, features, Conditions(now=call.at, warm=warm))
    state.task, state.calls = features.task, state.calls + 1
    state.first, state.last = state.first or decision, decision
    chosen = decision.chain[0] if decision.chain else rig.reference
    policy = served_by(moment, plan, state, chosen)
    return Item(
        day=call.at // DAY,
        task=features.task,
        opens=moment.step.opens,
        actual=_actual(moment, rig),
        chosen=chosen,
        policy=policy if decision.chain else replace(policy, served=False),
        alone=alone(moment, table, state.alone),
        allowed=[one.endpoint == chosen or (type(one) is Priced and one.clears) for one in decision.receipt.verdicts],
    )


def _actual(moment: Moment, rig: Rig) -> Actual:
    """The call as it was; its logged cache is told here and nowhere else."""
    call, own = moment.step.call, moment.own
    return Actual(own.id, own.tier, rig.logged.price(call), moment.step.prompt, getattr(call.usage, "read", 0))


def request_of(moment: Moment, state: State) -> Request:
    """The request a logged call stands for; the turn that opened the work says what kind it is."""
    call, task = moment.step.call, state.task
    told = Hints(call.task or None, call.difficulty or None)
    carried = Hints(task.kind, task.difficulty, source=CARRIED) if task is not None else Hints()
    return Request(
        wire="log",
        model=call.model,
        words=call.words,
        client=call.client,
        session=call.session,
        turn="person" if moment.step.opens else "tool",
        needs=("tools",),
        cache_ttl=moment.prefix.ttl,
        cache_marks=1,
        calls=state.calls,
        hints=told if call.task or call.words else carried,
        known=moment.known,
    )


def alone(moment: Moment, table: Columns, memory: Memory) -> Charges:
    """What the call costs each endpoint that has served all of the session, in the catalog's order.

    All of them have seen the same calls, so they share one memory; they differ in how long they keep it.
    """
    prefix, call = moment.prefix, moment.step.call
    expected = [recalled(memory, cache, prefix, call.at, moment.neighbours) for cache in table.caches]
    remember(memory, prefix, call)
    prompt, cached, output = sized(table, moment.known.tokens, moment.output, expected)
    return charges(table, prompt, cached, output, (prefix.ttl >= HOUR, moment.own.effort))


def served_by(moment: Moment, plan: Plan, state: State, chosen: str) -> Charge:
    """What the call costs the policy's choice, with the cache the policy's own earlier choices left there.

    What other sessions keep warm counts only at the provider that really served them.
    """
    endpoint, prefix, call = plan.endpoints[chosen], moment.prefix, moment.step.call
    memory = state.chosen.setdefault(chosen, Memory())
    others = moment.neighbours if endpoint.provider == moment.own.provider else ()
    expected = recalled(memory, endpoint.cache, prefix, call.at, others)
    remember(memory, prefix, call)
    told = tariff(endpoint)
    if isinstance(told, Unknown):
        return Charge(0, 0, 0, 0, known=False)
    prompt, output = round(moment.known.tokens * endpoint.scale), round(moment.output * endpoint.scale)
    cached = min(warmth.rounded(endpoint.cache, expected * endpoint.scale), prompt)
    tokens, _ = one_by_one(told, prompt, cached, output, long=prefix.ttl >= HOUR)
    worked = tokens * effort(plan, endpoint, moment.kind) // moment.own.effort
    return Charge(tokens, worked, prompt, cached)
