"""Sessions replayed for given tiers: each work item needs a tier, and any model of that tier or above may do it.

Theory of operation. A session is its person's turns, each with a height that the models which serve it must have. Five ways of serving it
are charged alike (as lab/replay charges: the logged tokens, each model's own cache as that way has left it, measured work):

* `ours`: at the beginning of a work item, and where its height rises within one (an escalation), the live decision's expected work cost
  picks among the models that are high enough; within an item the choice stays.
* `pinned`: one model for all of the session, the cheapest that is high enough for its hardest item. Which that is, is known afterwards.
* `stateless`: for each item the model that is cheapest with nothing cached, as a router picks that does not think of caches.
* `clairvoyant`: the best schedule call by call, known afterwards (lab/hindsight). A model that comes in finds nothing cached there.
* `least`: below every schedule, as if switching were free.

`ours` counts as a schedule that hindsight may take, so nothing is below the clairvoyant but `least`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from tierwise.core.decision import Conditions, Cost, Decision, Priced
from tierwise.engine.decide import choose, read
from tierwise.engine.plan import Plan
from tierwise.lab import hindsight
from tierwise.lab.columns import Ints
from tierwise.lab.harness import chains
from tierwise.lab.physics import lifetime
from tierwise.lab.replay import Moment, Rig, State, alone, counts, neutral, request_of, served_by, suited
from tierwise.lab.sessions import Session

Flags = NDArray[np.bool_]


class Needed(NamedTuple):
    """What a call needs: the work item it belongs to (a number), the height of its models, and whether an escalation just raised that."""

    item: int
    height: int
    raised: bool = False


class Told(Struct, frozen=True):
    """A replayed call: what the turn's words were read as (the kind of work), and whether it opens a work item."""

    kind: str
    opens: bool


Needs = Callable[[Sequence[Told]], Sequence[Needed]]
"""What each call of a session needs, from what is known of its calls."""


class Row(Struct, frozen=True):
    """A call on every endpoint: with the cache of one that served all before, with nothing cached, and who may serve it."""

    warm: Ints
    cold: Ints
    allowed: Flags


class Scheduled(Struct, frozen=True):
    """A session served in each way, in pico-dollars; the switches of those that switch, and the escalations that were asked for."""

    calls: int
    items: int
    ours: int
    pinned: int
    stateless: int
    clairvoyant: int
    least: int
    switches: int
    stateless_switches: int
    clairvoyant_switches: int
    escalations: int


def scheduled(session: Session, rig: Rig, heights: dict[str, int], needs: Needs) -> Scheduled | None:
    """A session served in each way; None where no call of it can be charged. ValueError if no endpoint is high enough for a call.

    `heights` are those of the endpoints by id.
    """
    ttl = lifetime(session)
    moments = [
        neutral(step, known, own, ttl)
        for step, known in chains(session)
        if counts(step) and (own := rig.logged.endpoint(step.call.model, step.call.provider, step.call.at)) is not None
    ]
    if not moments:
        return None
    told = _told(moments, rig)
    wanted = needs(told)
    moments = [suited(one, rig.plans.at(one.step.call.at), said.kind) for one, said in zip(moments, told, strict=True)]
    state, rows, names, paid = State(), list[Row](), list[str](), 0
    for moment, need in zip(moments, wanted, strict=True):
        plan = rig.plans.at(moment.step.call.at)
        table = state.columns(plan, rig.reference, moment.kind)
        row = _row(moment, plan, heights, need.height)
        charges = alone(moment, table, state.alone)
        rows.append(Row(charges.dollars, charges.cold, _roomy(row & charges.known, plan, charges.prompt, moment.output)))
        goes_on = bool(names) and wanted[len(names) - 1].item == need.item and not need.raised
        held = goes_on and bool(rows[-1].allowed[_place(plan, names[-1])])
        names.append(names[-1] if held else _chosen(_decided(moment, plan, state), rows[-1].allowed, plan))
        state.calls += 1
        came = served_by(moment, plan, state, names[-1]).dollars
        paid += came if len(names) > 1 and names[-2] != names[-1] else int(charges.dollars[_place(plan, names[-1])])
    return _summed(rows, names, paid, wanted)


def _place(plan: Plan, name: str) -> int:
    return list(plan.endpoints).index(name)


def _told(moments: Iterable[Moment], rig: Rig) -> list[Told]:
    """What each call is, the kind of work as the live signals read it from the words that opened the turn."""
    state, told = State(), list[Told]()
    for moment in moments:
        state.task = read(rig.plans.at(moment.step.call.at), request_of(moment, state)).task
        told.append(Told(state.task.kind, moment.step.opens))
    return told


def _row(moment: Moment, plan: Plan, heights: dict[str, int], height: int) -> Flags:
    allowed = np.array([heights[name] >= height for name in plan.endpoints], dtype=bool)
    if not allowed.any():
        raise ValueError(f"no endpoint is high enough (height {height}) for a call of session {moment.step.call.session}")
    return allowed


def _roomy(allowed: Flags, plan: Plan, prompt: Ints, output: int) -> Flags:
    """Of the endpoints that may serve a call those that have room for it (prompts as each of them counts); all of them where none has."""
    ends = list(plan.endpoints.values())
    room = np.array([one.capability.context_window or hindsight.FAR for one in ends], dtype=np.int64)
    fits = allowed & (prompt + np.array([round(output * one.scale) for one in ends]) <= room)
    return fits if fits.any() else allowed


def _decided(moment: Moment, plan: Plan, state: State) -> Decision:
    """The live decision, with what this way of serving has left in caches."""
    features = read(plan, request_of(moment, state))
    warm = {name: memory.had for name, memory in state.chosen.items()}
    state.task = features.task
    return choose(plan, features, Conditions(now=moment.step.call.at, warm=warm))


def _chosen(decision: Decision, allowed: Flags, plan: Plan) -> str:
    """The least expected work cost among those that are high enough; where none of them could serve, the cheapest by name that may."""
    verdicts = dict(zip(plan.endpoints, decision.receipt.verdicts, strict=True))
    names = [name for name, may in zip(plan.endpoints, allowed, strict=True) if may]
    costs = {name: one.cost.work for name in names if type(one := verdicts[name]) is Priced and isinstance(one.cost, Cost)}
    return min(costs, key=costs.__getitem__) if costs else names[0]


def _summed(rows: Sequence[Row], names: Sequence[str], paid: int, wanted: Sequence[Needed]) -> Scheduled:
    warm, cold, allowed = (np.stack([getattr(row, part) for row in rows]) for part in ("warm", "cold", "allowed"))
    best = hindsight.schedule(warm, cold, allowed, paid)
    everywhere = allowed.all(axis=0)
    everywhere = everywhere if everywhere.any() else np.ones_like(everywhere)
    apart = np.where(allowed, cold, hindsight.FAR)
    stateless = [int(apart[_beginning(wanted, place)].argmin()) for place in range(len(rows))]
    return Scheduled(
        calls=len(rows),
        items=len({one.item for one in wanted}),
        ours=paid,
        pinned=int(warm[:, everywhere].sum(axis=0).min()),
        stateless=_walked(stateless, warm, cold),
        clairvoyant=best.best,
        least=best.least,
        switches=_switches(names),
        stateless_switches=_switches(stateless),
        clairvoyant_switches=_switches(best.path) if best.path else _switches(names),
        escalations=sum(one.raised for one in wanted),
    )


def _beginning(wanted: Sequence[Needed], place: int) -> int:
    """The place of the call at which a call's choice is made: its item's first, or where its height rose."""
    while place and wanted[place - 1].item == wanted[place].item and not wanted[place].raised:
        place -= 1
    return place


def _walked(path: Sequence[int], warm: Ints, cold: Ints) -> int:
    """What a path costs: warm where it stays, cold where it comes in; the first call finds what it finds."""
    return sum(int((warm if not place or path[place - 1] == name else cold)[place, name]) for place, name in enumerate(path))


def _switches(path: Sequence[object]) -> int:
    return sum(one != other for one, other in zip(path[1:], path, strict=False))
