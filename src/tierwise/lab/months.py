"""A month of a log served under a budget by the policy `paced`: whether the budget lasts, and what quality it buys.

Calls of all sessions come in the order of time, as they would at a gateway. Each is put to the live decision with what its session has
warm, with what is left of the budget, and at the price of quality that spending so far has led to; then it is charged as it really was.
The month begins where the log is told to begin, so that any stretch of it can be laid over a calendar month.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from tierwise.core.budgets import Budget, began, renews
from tierwise.core.decision import Conditions, Priced
from tierwise.engine.decide import choose, read
from tierwise.lab.harness import chains
from tierwise.lab.physics import lifetime
from tierwise.lab.replay import Charge, Moment, Rig, State, counts, neutral, request_of, served_by
from tierwise.lab.sessions import Session
from tierwise.recovery import spending

DAY = 86_400_000


class Lasted(Struct):
    """What became of a month: calls served and refused, pico-dollars spent in all and by day, the sum of expected qualities."""

    calls: int = 0
    refused: int = 0
    spent: int = 0
    quality: float = 0.0
    days: dict[int, int] = {}

    @property
    def mean(self) -> float:
        """The expected quality of a call that was served."""
        return self.quality / max(1, self.calls)


Steering = Callable[[int, int], tuple[int | None, int]]
"""For a moment and what was spent by then: what is left of the budget, and the price of quality."""


def lasted(sessions: Iterable[Session], rig: Rig, budget: Budget, since: int) -> Lasted:
    """What becomes of a log's month that begins at `since`, under a budget for a month."""
    start = began(budget.period, since)
    course = spending.begun(budget, start, 0)
    if course is None:
        raise ValueError(f"budget {budget.name} never ends, so there is nothing to last for")
    ends = since + (renews(budget.period, start) or start) - start
    held = [course]

    def steered(at: int, spent: int) -> tuple[int | None, int]:
        held[0] = spending.steered(held[0], budget, start + at - since, spent)
        return budget.limit - spent, spending.price(held[0])

    return _served(sessions, rig, (since, ends), steered)


def at_price(sessions: Iterable[Session], rig: Rig, span: tuple[int, int], price: int) -> Lasted:
    """What becomes of a stretch of a log at one price of quality, whatever it costs."""
    return _served(sessions, rig, span, lambda _at, _spent: (None, price))


def _served(sessions: Iterable[Session], rig: Rig, span: tuple[int, int], steering: Steering) -> Lasted:
    found = Lasted()
    for at, _, moment, state in heapq.merge(*(_calls(one, rig, number) for number, one in enumerate(sessions)), key=_when):
        if span[0] <= at < span[1]:
            left, price = steering(at, found.spent)
            _count(found, at, *_call(moment, state, rig, (left, price)))
    return found


Called = tuple[int, int, Moment, State]


def _when(one: Called) -> tuple[int, int]:
    return one[:2]


def _calls(session: Session, rig: Rig, number: int) -> Iterator[Called]:
    """A session's calls of which enough is known, with when they were."""
    ttl, state = lifetime(session), State()
    for step, known in chains(session):
        own = rig.logged.endpoint(step.call.model, step.call.provider, step.call.at)
        if own is not None and counts(step):
            yield step.call.at, number, neutral(step, known, own, ttl), state


def _call(moment: Moment, state: State, rig: Rig, money: tuple[int | None, int]) -> tuple[Charge | None, float]:
    """What a call cost where it was sent, None where nothing could serve it, and the quality expected there."""
    plan = rig.plans.at(moment.step.call.at)
    features = read(plan, request_of(moment, state))
    warm = {name: memory.had for name, memory in state.chosen.items()}
    decision = choose(plan, features, Conditions(moment.step.call.at, warm=warm, budget=money[0], price=money[1]))
    state.task, state.calls = features.task, state.calls + 1
    if not decision.chain:
        return None, 0.0
    verdict = next(one for one in decision.receipt.verdicts if isinstance(one, Priced) and one.endpoint == decision.chain[0])
    return served_by(moment, plan, state, decision.chain[0]), verdict.standing.quality or 0.0


def _count(found: Lasted, at: int, charge: Charge | None, quality: float) -> None:
    if charge is None:
        found.refused += 1
        return
    found.calls += 1
    found.spent += charge.tokens
    found.quality += quality
    found.days[at // DAY] = found.days.get(at // DAY, 0) + charge.tokens
