"""What is written down of a served request: what was decided, what was tried, what it used, what it cost, what it would have cost.

`None` stands for what nobody knows, such as the tokens of a stream whose provider does not say; an unknown price is an `Unknown`.
"""

from msgspec import Struct

from tierwise.core.catalog import Endpoint, rates_at
from tierwise.core.decision import Decision
from tierwise.core.faults import Fault
from tierwise.core.money import Amount, Unknown
from tierwise.core.usage import Usage


class Attempt(Struct, frozen=True, gc=False):
    """One try: the endpoint, the wire it was asked on, when (milliseconds), for how long, and how it ended (None: well)."""

    endpoint: str
    wire: str
    at: int
    ms: float
    status: int = 0
    fault: Fault | None = None
    usage: Usage | None = None
    cost: Amount = Unknown("nothing was used as far as is known")
    hedge: bool = False


class Latency(Struct, frozen=True, gc=False):
    """Milliseconds: of our own work before the first attempt, to the answer's head, to its first content, and in all."""

    decide: float = 0.0
    first_byte: float | None = None
    first_content: float | None = None
    total: float = 0.0


class Asker(Struct, frozen=True, gc=False):
    """Who asked: the name of the key, the client, its session, the wire it speaks and the model it named."""

    key: str
    client: str
    session: str
    wire: str
    model: str
    turn: str = "person"
    stream: bool = False
    bytes: int = 0


class Entry(Struct, frozen=True, gc=False):
    """A request's record. `cost` is what it cost in all, `baseline` what the reference would have cost with a warm cache of its own.

    `committed` says whether anything of an answer reached the client; `status` is the HTTP status it saw.
    """

    id: str
    at: int
    asker: Asker
    decision: Decision | None
    attempts: tuple[Attempt, ...]
    latency: Latency
    status: int
    committed: bool = False
    fault: Fault | None = None
    usage: Usage | None = None
    cost: Amount = Unknown("nothing was used as far as is known")
    baseline: Amount = Unknown("no reference")


def charged(endpoint: Endpoint, usage: Usage | None) -> Amount:
    """What some tokens cost on an endpoint, in pico-dollars."""
    if usage is None:
        return Unknown("the provider did not say what was used")
    if isinstance(endpoint.rates, Unknown):
        return endpoint.rates
    rate = rates_at(endpoint.rates, usage.prompt)
    prompt = usage.fresh * rate.fresh + usage.read * rate.read + usage.write_5m * rate.write_5m + usage.write_1h * rate.write_1h
    return (prompt + usage.output * rate.output) // rate.per
