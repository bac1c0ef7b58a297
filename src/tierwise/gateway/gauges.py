"""What is looked at when the metrics are read: who rests, what waits in the spool, what budgets have left, what was dropped.

Nothing here is counted on the way of a request. Each function takes a way to look and gives the readings for `Metrics.watch`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from tierwise.core.decision import Outage
from tierwise.core.money import PER_DOLLAR
from tierwise.gateway.exposition import Family, Reading, Values

MS: Final = 1000
MANY: Final = 2000
"""Series of one gauge."""

ENDPOINTS: Final = Family("tierwise_endpoints", "gauge", "Endpoints that can be asked, by whether they are ready or resting", ("state",))
RESTING: Final = Family("tierwise_endpoint_resting_seconds", "gauge", "How long an endpoint will still rest", ("endpoint",))
DEPTH: Final = Family("tierwise_spool_bytes", "gauge", "Bytes of records that wait in the spool for the store")
UP: Final = Family("tierwise_store_up", "gauge", "Whether the store could be reached the last time (1 or 0)")
SHED: Final = Family("tierwise_shed_total", "counter", "What was left out for want of room, by what it was", ("what",))
LIMIT: Final = Family("tierwise_budget_limit_dollars", "gauge", "What may be spent in a budget's period", ("budget",))
SPENT: Final = Family("tierwise_budget_spent_dollars", "gauge", "What has been spent in a budget's present period", ("budget",))
HELD: Final = Family("tierwise_budget_held_dollars", "gauge", "What is set aside for requests under way", ("budget",))
FAMILIES: Final = (ENDPOINTS, RESTING, DEPTH, UP, SHED, LIMIT, SPENT, HELD)


class Use(Struct, frozen=True, gc=False):
    """What a budget's present period has used, in pico-dollars."""

    budget: str
    limit: int
    spent: int
    held: int = 0


def endpoints(known: Callable[[], int], down: Callable[[int], Mapping[str, Outage]], now: Callable[[], int]) -> Sequence[Reading]:
    """How many endpoints are ready, and how long each of the others still rests."""

    def states() -> Iterable[tuple[Values, float]]:
        resting = len(down(now()))
        return (("ready",), known() - resting), (("resting",), resting)

    def rests() -> Iterable[tuple[Values, float]]:
        at = now()
        return [((name,), max(one.until - at, 0) / MS) for name, one in sorted(down(at).items())[:MANY]]

    return Reading(ENDPOINTS, states), Reading(RESTING, rests)


def spool(depth: Callable[[], int], up: Callable[[], bool]) -> Sequence[Reading]:
    """How much waits in the spool, and whether the store is there to take it."""
    return Reading(DEPTH, lambda: [((), depth())]), Reading(UP, lambda: [((), int(up()))])


def shed(counts: Mapping[str, Callable[[], int]]) -> Sequence[Reading]:
    """How much was left out, by what it was: 'bodies', 'records', 'lines', 'spans'."""
    return (Reading(SHED, lambda: [((what,), count()) for what, count in counts.items()]),)


def budgets(used: Callable[[], Iterable[Use]]) -> Sequence[Reading]:
    """What budgets allow, have spent and have set aside."""

    def part(field: str) -> Callable[[], Iterable[tuple[Values, float]]]:
        return lambda: [((one.budget,), getattr(one, field) / PER_DOLLAR) for one in list(used())[:MANY]]

    return Reading(LIMIT, part("limit")), Reading(SPENT, part("spent")), Reading(HELD, part("held"))
