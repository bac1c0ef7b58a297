"""Work of a ledger on which chance had a part in the choice, as another policy is judged by it (lab/offpolicy).

A piece of work is a work item: the request that began it holds the choice, its odds and what it was among; its outcome is the mean of what
was told of any of its requests, by weight, and its cost that of all of them. So what came of an item after its model failed and a better
one took over counts for the choice that it began with.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.decision import Decision
from tierwise.core.entry import OUTCOMES, Outcome
from tierwise.core.money import PER_DOLLAR
from tierwise.engine.decide import choose
from tierwise.lab.offpolicy import Logged
from tierwise.lab.tariffs import Plans
from tierwise.ledger import Query, Row, Store

CANARY: Final = "canary"


class Wants(Struct):
    """A policy asked again: what it takes where a decision was made, with prices of that moment and without chance."""

    plans: Plans

    def wanted(self, decision: Decision) -> str:
        """The model it takes; '' for none."""
        receipt = decision.receipt
        plan, conditions = self.plans.at(receipt.conditions.now), replace(receipt.conditions, canary=None, item=None)
        chain = choose(plan, receipt.features, conditions).chain
        return plan.endpoints[chain[0]].model if chain else ""

    def model(self, decision: Decision, endpoint: str) -> str:
        """The model of an endpoint; by what it is called there, where it is not known any more."""
        known = self.plans.at(decision.receipt.conditions.now).endpoints.get(endpoint)
        return endpoint.partition("/")[2] if known is None else known.model


def logged(store: Store, query: Query, wants: Wants) -> Iterator[Logged]:
    """The work of a ledger that chance had a part in, oldest first."""
    began = {row.id: row for row in store.each(replace(query, fields={"explored": CANARY})) if row.item == row.id}
    if not began:
        return
    calls: dict[str, list[Row]] = {}
    for row in store.each(Query(since=query.since)):
        if row.item in began:
            calls.setdefault(row.item, []).append(row)
    for name, row in began.items():
        entry = store.find(name)
        if entry is None or entry.decision is None or len(entry.decision.receipt.among) < 2:  # noqa: PLR2004  # its own and another
            continue
        told = (one for call in calls.get(name, ()) for one in store.outcomes(entry=call.id) if isinstance(one, Outcome))
        yield _logged(row, entry.decision, wants, (outcome(told), _cost(calls.get(name, ()))))


def _logged(row: Row, decision: Decision, wants: Wants, came: tuple[float | None, float | None]) -> Logged:
    receipt, among = decision.receipt, [wants.model(decision, one) for one in decision.receipt.among]
    return Logged(
        session=f"{row.key}/{row.session or row.id}",
        kind=receipt.features.task.kind,
        taken=wants.model(decision, decision.chain[0]),
        own=among[0],
        wanted=wants.wanted(decision),
        offered=tuple(among),
        propensity=receipt.propensity,
        outcome=came[0],
        cost=came[1],
    )


def outcome(told: Iterable[Outcome]) -> float | None:
    """What came of work of which all this was told: between 0 and 1, None where nothing that means anything was."""
    good = [(one.weight, one.score if one.score is not None else OUTCOMES.get(one.kind)) for one in told if one.weight > 0]
    known = [(weight, float(value)) for weight, value in good if value is not None]
    whole = sum(weight for weight, _ in known)
    return sum(weight * value for weight, value in known) / whole if whole else None


def _cost(rows: Iterable[Row]) -> float | None:
    """What work cost in all, in dollars; None where that is not known of a part of it."""
    costs = [row.cost for row in rows]
    return None if None in costs or not costs else sum(one for one in costs if one is not None) / PER_DOLLAR
