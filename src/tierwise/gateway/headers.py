"""Response headers: who answered, what it is expected to cost and save, what it took, and the name to look it up by."""

from typing import Final

from msgspec import Struct

from tierwise.core.decision import Cost
from tierwise.core.faults import Fault
from tierwise.core.money import PER_DOLLAR, Amount, Unknown
from tierwise.gateway.attempting import Live
from tierwise.gateway.deciding import Decided, estimate
from tierwise.gateway.sink import Header

MS: Final = 1000


class Facts(Struct, frozen=True, gc=False):
    """The request's id, how many attempts it took, and milliseconds of our own work.

    Of a cascade: why its answer was taken, and what the others cost (pico-dollars).
    """

    id: str
    attempts: int
    overhead: float
    cascade: str = ""
    beside: int = 0


def of_answer(decided: Decided | None, live: Live | None, facts: Facts) -> list[Header]:
    """The headers of a response."""
    told = [(b"x-tierwise-id", facts.id.encode()), (b"x-tierwise-overhead-ms", b"%.2f" % facts.overhead)]
    if facts.attempts:
        told.append((b"x-tierwise-attempts", b"%d" % facts.attempts))
    if decided is not None and live is not None:
        told += _choice(decided, live, facts.beside)
    if facts.cascade:
        told.append((b"x-tierwise-cascade", facts.cascade.encode("latin-1", "replace")))
    return told


def _choice(decided: Decided, live: Live, beside: int) -> list[Header]:
    endpoint = live.site.endpoint
    expected = estimate(decided, endpoint.id)
    cost = expected if isinstance(expected, Unknown) else expected + beside
    told = [
        (b"x-tierwise-model", endpoint.model.encode("latin-1", "replace")),
        (b"x-tierwise-provider", live.site.provider.name.encode("latin-1", "replace")),
        (b"x-tierwise-cost", dollars(cost)),
        (b"x-tierwise-saving", dollars(_saving(cost, decided.baseline))),
    ]
    spoken = live.wire.name
    losses = decided.request.losses.get(spoken, ())
    return [*told, (b"x-tierwise-losses", ", ".join(losses).encode())] if losses and live.wire is not decided.asked.wire else told


def _saving(cost: Amount, baseline: Cost | None) -> Amount:
    if isinstance(cost, Unknown) or baseline is None:
        return Unknown("one of the two is not known")
    return baseline.call - cost


def dollars(amount: Amount) -> bytes:
    """An amount in dollars, six digits after the point; 'unknown' where nobody knows."""
    return b"unknown" if isinstance(amount, Unknown) else b"%.6f" % (amount / PER_DOLLAR)


def of_fault(fault: Fault) -> list[Header]:
    """When to come back, where that is known, in whole seconds and exactly."""
    if fault.after is None:
        return []
    return [(b"retry-after", b"%d" % max(1, -(-fault.after // MS))), (b"retry-after-ms", b"%d" % fault.after)]
