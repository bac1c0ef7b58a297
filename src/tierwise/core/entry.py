"""What is written down of a served request: what was decided, what was tried, what it used, what it cost, what it would have cost.

`None` stands for what nobody knows, such as the tokens of a stream whose provider does not say; an unknown price is an `Unknown`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from tierwise.core.catalog import Endpoint, Rates, rates_at
from tierwise.core.decision import Decision
from tierwise.core.faults import Fault
from tierwise.core.money import Amount, Unknown
from tierwise.core.run import Run
from tierwise.core.usage import Usage


class Attempt(Struct, frozen=True, gc=False):
    """One try: the endpoint, the wire it was asked on, when (milliseconds), for how long, and how it ended (None: well).

    A `hedge` was made beside another, a `cheap` one is a cascade's cheap answer, taken or not.
    """

    endpoint: str
    wire: str
    at: int
    ms: float
    status: int = 0
    fault: Fault | None = None
    usage: Usage | None = None
    cost: Amount = Unknown("nothing was used as far as is known")
    hedge: bool = False
    cheap: bool = False


class Latency(Struct, frozen=True, gc=False):
    """Milliseconds: of our own work before the first attempt, to the answer's head, to its first content, and in all."""

    decide: float = 0.0
    first_byte: float | None = None
    first_content: float | None = None
    total: float = 0.0


class Asker(Struct, frozen=True, gc=False):
    """Who asked: the name of the key and what it belongs to, the client, its session, the wire it speaks and the model it named.

    `trace` is the W3C trace the request belongs to, as its traceparent header names it ('' where it has none).
    """

    key: str
    client: str
    session: str
    wire: str
    model: str
    turn: str = "person"
    stream: bool = False
    bytes: int = 0
    team: str = ""
    project: str = ""
    tags: tuple[str, ...] = ()
    trace: str = ""


class Bill(Struct, frozen=True, gc=False):
    """What a request cost, term by term, in pico-dollars; the terms add up to its cost exactly."""

    fresh: int = 0
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    output: int = 0


class Bodies(Struct, frozen=True, gc=False):
    """What was asked and answered, word for word, where the operator wants it kept."""

    prompt: bytes
    answer: bytes


class Drawn(Struct, frozen=True, gc=False):
    """A budget that a request counts against: its name, and when its period began (milliseconds)."""

    budget: str
    began: int


class Entry(Struct, frozen=True, gc=False, tag="entry"):
    """A request's record. `cost` is what it cost in all, `baseline` what the reference would have cost with a warm cache of its own.

    `committed` says whether anything of an answer reached the client; `status` is the HTTP status it saw. `model` is the model that
    served, `bill` the cost of its answer by term, `prices` the version of the price data. `drawn` are the budgets it counts against, each
    with `counted` (its cost, or what was set aside where that is unknown; None: as `cost`, else `reserved`); `reserved` of what the process
    `holder` holds there is set free with it. `item` names the work item it belongs to (the id of its first request), `explored` says how
    chance had a part in the choice ('' not at all, 'canary', 'shadow'), `propensity` how likely the choice was that was made. `cascade`
    says why the answer was taken where a cascade asked for several.
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
    model: str = ""
    bill: Bill | None = None
    prices: str = ""
    drawn: tuple[Drawn, ...] = ()
    reserved: int = 0
    bodies: Bodies | None = None
    holder: str = ""
    counted: int | None = None
    item: str = ""
    explored: str = ""
    propensity: float = 1.0
    cascade: str = ""


class Outcome(Struct, frozen=True, gc=False, tag="outcome"):
    """What came of a request or a whole session, told afterwards.

    `entry` is the request's id ('' where all of `session` is meant), `kind` a key of OUTCOMES, `score` between 0 and 1 where one was given,
    `source` who says so ('feedback', 'header', 'traffic', 'judge', 'check'). `model` did the work, `task` is the kind of it ('' where the
    entry says), `weight` (0 to 1) is how much it is worth.
    """

    id: str
    at: int
    entry: str
    session: str
    kind: str
    score: float | None = None
    note: str = ""
    source: str = "feedback"
    key: str = ""
    model: str = ""
    task: str = ""
    weight: float = 1.0


OUTCOMES: Final[Mapping[str, bool]] = MappingProxyType(
    {
        "success": True,
        "failure": False,
        "accepted": True,
        "rejected": False,
        "kept": True,
        "edited": False,
        "reverted": False,
        "tests_passed": True,
        "tests_failed": False,
    }
)
"""What can be told of a request afterwards, and whether it speaks for the model."""

Record = Entry | Outcome | Run
"""What the ledger keeps."""


def charged(endpoint: Endpoint, usage: Usage | None) -> Amount:
    """What some tokens cost on an endpoint, in pico-dollars."""
    if usage is None:
        return Unknown("the provider did not say what was used")
    if isinstance(endpoint.rates, Unknown):
        return endpoint.rates
    terms, per = _terms(endpoint.rates, usage)
    return sum(terms) // per


def _terms(rates: tuple[Rates, ...], usage: Usage) -> tuple[tuple[int, int, int, int, int], int]:
    """What each kind of token costs, the output's last, for so many tokens as the price is for."""
    rate = rates_at(rates, usage.prompt)
    fresh, read, output = usage.fresh * rate.fresh, usage.read * rate.read, usage.output * rate.output
    return (fresh, read, usage.write_5m * rate.write_5m, usage.write_1h * rate.write_1h, output), rate.per


def billed(endpoint: Endpoint, usage: Usage | None) -> Bill | None:
    """What some tokens cost on an endpoint by term, None where that is not known; what is left of a pico-dollar is the output's."""
    if usage is None or isinstance(endpoint.rates, Unknown):
        return None
    terms, per = _terms(endpoint.rates, usage)
    fresh, read, write_5m, write_1h = (one // per for one in terms[:-1])
    return Bill(fresh, read, write_5m, write_1h, sum(terms) // per - fresh - read - write_5m - write_1h)
