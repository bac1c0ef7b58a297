"""A request's money on its way: decided with what budgets have left, set aside before anybody is asked, settled when it is over.

    funded -> (each try: covered) -> paid

What is set aside is the worst case of the endpoint that is asked: the whole prompt uncached, all the output that is allowed. Every try is
covered anew, on top of what earlier ones used and what one beside it may use: a fallback or a hedge is never free.
"""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from tierwise.core.decision import Rejected
from tierwise.core.entry import Attempt
from tierwise.core.faults import Fault
from tierwise.core.money import Amount, Unknown
from tierwise.engine.filters.budget import worst
from tierwise.gateway.asking import Refused
from tierwise.gateway.deciding import Asked, Decided, decided
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.purses import NOTHING, Purses, Reservation, Settled
from tierwise.upstream.door import Broken

TRIES: Final = 3
"""Decisions that a request gets where others take the money it counted on."""
BUDGET: Final = "budget"
GOOD: Final = 200


async def funded(gateway: Gateway, asked: Asked, now: int) -> tuple[Decided, Reservation]:
    """What is decided of a request, with the worst case of its first endpoint set aside; Refused where no budget lets it through.

    Where others were quicker, it is decided again with what is left: something cheaper may still fit.
    """
    purses, fault = gateway.desk.purses, Fault(BUDGET)
    found, asked = await _sorted(gateway, asked, now)
    if not purses.budgets:
        return found, Reservation(())
    for number in range(TRIES):
        if number:
            found = replace(decided(gateway, asked, now), sorting=found.sorting)
        if not found.decision.chain:
            _let(purses, found, now)
            return found, Reservation(purses.wallets(asked.payer, now))
        got = await purses.reserve(asked.payer, _all(found), now)
        if isinstance(got, Reservation):
            return found, got
        fault, now = got, gateway.clock.now()
    raise Refused(fault)


async def _sorted(gateway: Gateway, asked: Asked, now: int) -> tuple[Decided, Asked]:
    """What is decided of a request; a model is asked for the kind of work where the signals are unsure of it and one is set."""
    found = decided(gateway, asked, now)
    if gateway.sorts is None:
        return found, asked
    task, attempt = await gateway.sorts(found.request, found.features.task)
    if task is not found.features.task:
        asked = replace(asked, task=task)
        found = decided(gateway, asked, now)
    return replace(found, sorting=attempt), asked


def _let(purses: Purses, found: Decided, now: int) -> None:
    """Refused where a budget stands in the way of what nothing else is against."""
    if any(type(one) is Rejected and one.by == BUDGET for one in found.decision.receipt.verdicts):
        raise Refused(purses.poorest(found.asked.payer, now))


def _all(found: Decided) -> Amount:
    """The worst case of what is to be asked: the chain's first, and before it all that a cascade asks."""
    total = 0
    for name in (*(found.cascade.cheap if found.cascade is not None else ()), found.decision.chain[0]):
        most = _worst(found, name)
        if isinstance(most, Unknown):
            return most
        total += most
    return total


def _worst(found: Decided, endpoint: str) -> Amount:
    return worst(found.ready.plan.endpoints[endpoint], found.features)


async def covered(gateway: Gateway, one: Reservation | None, found: Decided, endpoint: str) -> int:
    """See that a try of an endpoint is paid for, on top of the request's others: its worst case. Broken where it cannot be."""
    if one is None or not one.wallets:
        return 0
    most = _worst(found, endpoint)
    wanted = most if isinstance(most, Unknown) else one.used + one.flying + most
    fault = await gateway.desk.purses.cover(one, wanted, gateway.clock.now())
    if fault is not None:
        raise Broken(fault)
    most = 0 if isinstance(most, Unknown) else most
    one.flying += most
    return most


def landed(one: Reservation | None, most: int, cost: Amount) -> None:
    """A try is over of which so much was the worst case, and this was its cost."""
    if one is None:
        return
    one.flying -= most
    one.used += most if isinstance(cost, Unknown) else cost


def paid(gateway: Gateway, one: Reservation | None, cost: Amount, attempts: Iterable[Attempt]) -> Settled:
    """What an entry says of budgets, with the rest of what was set aside set free.

    An answer that began and did not say what it used counts as its worst case, also where the client hung up on it.
    """
    if one is None or not one.wallets:
        return NOTHING
    tries = tuple(attempts)
    silent = next((each.cost for each in tries if isinstance(each.cost, Unknown) and each.status == GOOD), cost)
    known = sum(each.cost for each in tries if not isinstance(each.cost, Unknown))
    return gateway.desk.purses.settle(one, silent, known)
