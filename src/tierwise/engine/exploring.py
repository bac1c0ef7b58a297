"""Another model than the policy's choice, now and then, so that something is learnt of it: which may be tried, and which chance picks.

Theory of operation. A policy that always takes what it thinks best never learns that it is wrong. Where there is leave to (`Canary`), a
share of the work goes to another model, each of those that may be tried being as likely as the others. The number that decides is drawn by
whoever asks and comes with the conditions, so the decision stays the same from its JSON. How likely the choice was is written down with it:
one minus the share for the policy's own, the share divided among the others for each of them. With that another policy can be judged
afterwards from what this one did (lab/offpolicy).

Tried is what could serve, has a price, is another model, and on which the request is not expected to cost more than may be spent. Where
the models to try are named, it is these. Else it is those that could save something: they clear the floor, or may, being expected no
further below the policy's choice than the floor allows though nobody is sure of it yet, and the work costs no more there; and the
reference, since what is learnt of others is relative to it. Of a model that several sell, the cheapest.
"""

from collections.abc import Sequence
from typing import Final

from tierwise.core.catalog import Endpoint
from tierwise.core.decision import Canary, Cost, Priced, Receipt, Verdict
from tierwise.engine.holding import Ranking
from tierwise.engine.plan import Plan

Odds = tuple[float, tuple[str, ...]]
"""How likely a choice was, and what chance chose among: the policy's own first."""

CERTAIN: Final[Odds] = (1.0, ())


def tried(canary: Canary, found: Ranking, prepared: Plan) -> tuple[Sequence[Priced], str, Odds]:
    """Candidates in order as chance has it (the policy's own, or another model first), why in words, and how likely that was."""
    first = next(iter(found.ranked), None)
    may = [] if first is None else others(canary, first, found.verdicts, prepared)
    if first is None or not may:
        return found.ranked, found.because, CERTAIN
    among = (first.endpoint, *(one.endpoint for one in may))
    if canary.chance >= canary.share:
        return found.ranked, found.because, (1.0 - canary.share, among)
    one = may[drawn(canary, len(may))]
    because = f"chance: {canary.share:.1%} of such work tries another model, one of {len(may)}; else {found.because}"
    ranked = [one, *(each for each in found.ranked if each.endpoint != one.endpoint)]
    return ranked, because, (canary.share / len(may), among)


def drawn(canary: Canary, count: int) -> int:
    """Which of so many is picked, where the number drawn lies within the share."""
    return min(int(canary.chance / canary.share * count), count - 1)


def strayed(receipt: Receipt) -> bool:
    """Whether chance took another model than the policy's own."""
    canary = receipt.conditions.canary
    return canary is not None and receipt.propensity < 1.0 and canary.chance < canary.share


def others(canary: Canary, first: Priced, verdicts: Sequence[Verdict], prepared: Plan) -> list[Priced]:
    """What may be tried in the place of a policy's choice, in the catalog's order."""
    endpoints, floor = prepared.endpoints, prepared.policy.floor
    own, cheapest = endpoints[first.endpoint].model, dict[str, Priced]()

    def saves(one: Priced, endpoint: Endpoint) -> bool:
        return endpoint.model == prepared.policy.reference or (work(one) <= work(first) and _may_do(one, first, floor))

    for one in verdicts:
        if type(one) is not Priced or type(one.cost) is not Cost or one.cost.call > canary.most:
            continue
        endpoint = endpoints[one.endpoint]
        if endpoint.model == own or not (_named(canary, endpoint) if canary.models else saves(one, endpoint)):
            continue
        before = cheapest.get(endpoint.model)
        if before is None or one.cost.work < work(before):
            cheapest[endpoint.model] = one
    taken = {one.endpoint for one in cheapest.values()}
    return [one for one in verdicts if type(one) is Priced and one.endpoint in taken]


def work(one: Priced) -> int:
    """What the work is expected to cost on an endpoint; nothing where that is not known."""
    return one.cost.work if isinstance(one.cost, Cost) else 0


def _named(canary: Canary, endpoint: Endpoint) -> bool:
    return endpoint.id in canary.models or endpoint.model in canary.models


def _may_do(one: Priced, first: Priced, floor: float) -> bool:
    """Whether an endpoint clears the floor, or may for all that is known."""
    expected, of_first = one.standing.quality, first.standing.quality
    return one.clears or (expected is not None and of_first is not None and expected >= of_first - floor)
