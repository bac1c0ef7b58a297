"""Which models to try in what order, and where to stop: evidence in, a plan out. Pure.

Theory of operation. What one model can do at one kind of work is its share of tasks solved and its mean cost; how far attempts go together
is three correlations. From these `odds` says what each next attempt would add after any others, and `frontier` which orders are worth
choosing from. A goal chooses one of them: the cheapest that resolves as much as the best single model, or the one that resolves the most
for no more than that costs. Where a model was named of which success or cost is not known, nothing is planned: the order given is kept.
"""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
from msgspec import Struct

from tierwise.core.money import shown
from tierwise.runner.frontier import Bounds, Chain, extended, frontier
from tierwise.runner.odds import Check, Facts, Odds, Shares, following, odds

Goal = Literal["match", "most"]
Order = Literal["planned", "given"]

GOALS: Final = MappingProxyType(
    {
        "match": "the least cost that resolves as much as the best single model",
        "most": "the most resolved for no more than the best single model costs",
    }
)
RETRIES: Final = 2
"""How often one model may try where nobody says and the order is planned."""
MARGIN: Final = 0.0
"""What a plan that is to match the best model has to promise beyond it."""


class NoPlan(ValueError):
    """Nothing can be planned; the message says what is missing."""


class Prospect(Struct, frozen=True, gc=False):
    """What is known of one model at one kind of work.

    `success` is the share of tasks it solves and `error` the standard deviation of that, `cost` what one attempt costs in pico-dollars on
    average; None where nobody knows. Models of one `maker` fail on the same tasks more often than others do. `stretch` is how much dearer
    its attempts get as tasks get harder (None: as usual). `source` says where from.
    """

    model: str
    success: float | None = None
    cost: int | None = None
    error: float = 0.0
    maker: str = ""
    stretch: float | None = None
    source: str = ""


class Together(Struct, frozen=True):
    """How far attempts at one task go together.

    Correlations of what is behind success and failure: between two `models`, two models `akin` (of one maker), two `attempts` of one
    model. `stretch` is how much dearer a task gets as it gets harder.
    """

    models: float
    akin: float
    attempts: float
    stretch: float
    source: str = ""


class Grounds(Struct, frozen=True):
    """All that a plan is made from: the models there are, in the order somebody named them, and how far they go together."""

    prospects: tuple[Prospect, ...]
    together: Together


class Wanted(Struct, frozen=True):
    """What a plan has to keep to.

    `goal` is a key of GOALS. `attempts` is how often one model may try (None: twice where the order is planned, else as often as it is
    named), `stages` how many attempts there may be in all, `budget` the most that they may cost, `worth` the most that one further result
    may, on average, by another stage (pico-dollars; None: no limit). `order` 'given' keeps to the models as they are named. `false_pass`
    and `false_fail` are the shares of bad work that the check passes and of good work that it fails. `margin` is what 'match' has to
    promise beyond the best model.
    """

    goal: Goal = "match"
    attempts: int | None = None
    stages: int = 5
    budget: int | None = None
    worth: int | None = None
    order: Order = "planned"
    false_pass: float = 0.0
    false_fail: float = 0.0
    margin: float = MARGIN


class Leg(Struct, frozen=True, gc=False):
    """One stage of a plan: the chance that it comes to it, the chance that its work then passes, and what it costs on average then.

    None where nobody knows.
    """

    model: str
    attempt: int
    reached: float | None = None
    verified: float | None = None
    cost: int | None = None


class Plan(Struct, frozen=True):
    """Stages in order, and what is expected of them.

    `cost` is what the run is expected to cost, `most` what all its stages cost where all are needed (pico-dollars), `verified` the chance
    that a stage passes the check, `resolved` the chance that one does and its work is good. `single` is the best model alone. `why` says
    in a few lines what was chosen and what for. None where nobody knows.
    """

    legs: tuple[Leg, ...]
    cost: int | None = None
    most: int | None = None
    verified: float | None = None
    resolved: float | None = None
    single: Prospect | None = None
    why: tuple[str, ...] = ()


def planned(evidence: Grounds, wanted: Wanted) -> Plan:
    """The plan for some evidence; NoPlan where there is nothing to plan with."""
    if not evidence.prospects:
        raise NoPlan("there is no model to try; name some with --models")
    _sound(wanted)
    unknown = [one.model for one in evidence.prospects if one.success is None or one.cost is None]
    if unknown:
        return _blind(evidence.prospects, wanted, unknown)
    once = tuple({one.model: one for one in evidence.prospects}.values())
    return _in_order(once, evidence, wanted) if wanted.order == "given" else _chosen(once, evidence.together, wanted)


def _sound(wanted: Wanted) -> None:
    """Raise NoPlan where no plan could keep to what is wanted."""
    if wanted.stages < 1 or (wanted.attempts is not None and wanted.attempts < 1):
        raise NoPlan("there has to be at least one attempt")
    for what, amount in (("budget", wanted.budget), ("worth", wanted.worth)):
        if amount is not None and amount <= 0:
            raise NoPlan(f"a {what} of {shown(amount)} pays for no attempt")
    for name, share in (("false passes", wanted.false_pass), ("false fails", wanted.false_fail)):
        if not 0 <= share < 1:
            raise NoPlan(f"a share of {name} of {share:g} is not between 0 and 1")


def _named(prospects: Sequence[Prospect], wanted: Wanted) -> list[str]:
    """The models in the order given, each as often in a row as it may try, no more than there may be stages."""
    return [one.model for one in prospects for _ in range(wanted.attempts or 1)][: wanted.stages]


def _attempt(order: Sequence[str], place: int) -> int:
    """Which attempt of its model a stage is, from 1."""
    return order[: place + 1].count(order[place])


def _blind(prospects: Sequence[Prospect], wanted: Wanted, unknown: Sequence[str]) -> Plan:
    """The order given, where success or cost of a model is not known."""
    order = _named(prospects, wanted)
    legs = tuple(Leg(model, _attempt(order, place)) for place, model in enumerate(order))
    which = ", ".join(dict.fromkeys(unknown))
    return Plan(legs, why=(f"the order given: nothing is known of success or cost of {which}, so there is nothing to plan with",))


def _odds(prospects: Sequence[Prospect], together: Together, wanted: Wanted, attempts: int) -> Odds:
    makers = {name: number for number, name in enumerate(dict.fromkeys(one.maker or one.model for one in prospects))}
    facts = Facts(
        np.array([one.success for one in prospects], float),
        np.array([one.cost for one in prospects], float),
        np.array([together.stretch if one.stretch is None else one.stretch for one in prospects], float),
        np.array([makers[one.maker or one.model] for one in prospects]),
    )
    shares = Shares(together.models, together.akin, together.attempts)
    return odds(facts, shares, Check(wanted.false_pass, wanted.false_fail), attempts)


def _chosen(prospects: Sequence[Prospect], together: Together, wanted: Wanted) -> Plan:
    """The plan that the goal chooses among all orders worth choosing from."""
    attempts = wanted.attempts or RETRIES
    found = _odds(prospects, together, wanted, attempts)
    chains = frontier(found, Bounds(attempts, wanted.stages, wanted.budget, wanted.worth))
    if not chains:
        least = min(prospects, key=_cost)
        raise NoPlan(f"a budget of {shown(wanted.budget or 0)} does not pay for one attempt of {least.model}, {shown(_cost(least), 3)}")
    single = best_alone(prospects)
    chain, why = CHOICES[wanted.goal](chains, single, wanted)
    return _plan(prospects, found, chain.order, (why, f"chosen from {len(chains)} orders of {len(prospects)} models"))


def _in_order(prospects: Sequence[Prospect], evidence: Grounds, wanted: Wanted) -> Plan:
    """The models as they are named, as far as the budget goes."""
    names = _named(evidence.prospects, wanted)
    number = {one.model: place for place, one in enumerate(prospects)}
    found = _odds(prospects, evidence.together, wanted, max(map(names.count, names)))
    order: list[int] = []
    chain = Chain((), (0,) * len(prospects))
    for name in names:
        chain = extended(chain, number[name], following(found, chain.tried))
        if wanted.budget is not None and chain.most > wanted.budget:
            break
        order.append(number[name])
    if not order:
        raise NoPlan(f"a budget of {shown(wanted.budget or 0)} does not pay for one attempt of {names[0]}")
    short = f"; the budget ends it before {names[len(order)]}" if len(order) < len(names) else ""
    return _plan(prospects, found, tuple(order), (f"the order given{short}",))


def _cost(one: Prospect) -> int:
    return one.cost or 0


def best_alone(prospects: Sequence[Prospect]) -> Prospect:
    """The model that solves the most, of equals the cheapest."""
    return min(prospects, key=lambda one: (-(one.success or 0.0), _cost(one), one.model))


def _matching(chains: Sequence[Chain], single: Prospect, wanted: Wanted) -> tuple[Chain, str]:
    target = (single.success or 0.0) + wanted.margin
    enough = [one for one in chains if one.good >= target]
    if enough:
        return min(enough, key=lambda one: (one.cost, -one.good)), f"{GOALS['match']}{_beyond(wanted.margin)}, {_alone(single)}"
    most = max(chains, key=lambda one: (one.good, -one.cost))
    much = f"no order within these limits resolves as much as the best single model{_beyond(wanted.margin)}, {_alone(single)}"
    return most, f"{much}; this one resolves the most"


def _beyond(margin: float) -> str:
    """How much more or less than the best single model is asked for."""
    return f" and {abs(margin) * 100:g} points {'more' if margin > 0 else 'less'}" if margin else ""


def _most(chains: Sequence[Chain], single: Prospect, _wanted: Wanted) -> tuple[Chain, str]:
    within = [one for one in chains if one.cost <= _cost(single)]
    if within:
        return max(within, key=lambda one: (one.good, -one.cost)), f"{GOALS['most']}, {_alone(single)}"
    return min(chains, key=lambda one: one.cost), f"every order costs more than the best single model, {_alone(single)}; this one the least"


def _alone(single: Prospect) -> str:
    return f"{single.model} ({single.success or 0:.1%} for {shown(_cost(single), 3)})"


CHOICES: Final[MappingProxyType[Goal, Callable[[Sequence[Chain], Prospect, Wanted], tuple[Chain, str]]]] = MappingProxyType(
    {"match": _matching, "most": _most}
)


def _plan(prospects: Sequence[Prospect], found: Odds, order: Sequence[int], why: tuple[str, ...]) -> Plan:
    """A plan of an order, with what is expected of each stage."""
    chain = Chain((), (0,) * len(prospects))
    legs = []
    for model in order:
        ahead = following(found, chain.tried)
        chain = extended(chain, model, ahead)
        passes, cost = ahead.passed[model] / ahead.reached, ahead.cost[model] / ahead.reached
        legs.append(Leg(prospects[model].model, chain.tried[model], ahead.reached, float(passes), round(float(cost))))
    return Plan(tuple(legs), round(chain.cost), round(chain.most), chain.passed, chain.good, best_alone(prospects), why)


def refusal(plan: Plan, number: int, spent: int | None, budget: int | None) -> str:
    """Why stage `number` of a plan (from 1) may not begin after so much was spent; '' where it may.

    The first may always begin: what a stage costs on average need not be what it costs, and the budget itself stops it where it must.
    """
    if budget is None or number == 1:
        return ""
    if spent is None:
        return "what was spent so far is not known, and there is a budget"
    cost = plan.legs[number - 1].cost
    if spent >= budget:
        return f"the budget of {shown(budget)} is spent"
    if cost is not None and spent + cost > budget:
        return f"the {shown(budget - spent, 3)} that are left of the budget do not pay for another attempt ({shown(cost, 3)} on average)"
    return ""
