"""A decision and the receipt that lets anybody work it out again.

The receipt holds one verdict for every endpoint of the catalog: `Rejected` (by which filter, because of
what) or `Priced` (each term of the cost, the quality with its bound, the score it was ranked by).
"""

from typing import Any

from msgspec import Struct

from tierwise.core.money import Unknown
from tierwise.core.request import Mark


class Size(Struct, frozen=True, gc=False):
    """Neutral tokens of the prompt, counted over `size` units of it; `error` is relative, at 95 %."""

    tokens: int
    size: int
    error: float


class Prefix(Struct, frozen=True, gc=False):
    """Where the prompt may be cached; the first `anchor` marks are the fixed head.

    `ttl` is the lifetime asked for, in seconds; `marked` says whether the client marks what is to be cached.
    """

    marks: tuple[Mark, ...] = ()
    anchor: int = 0
    ttl: int = 300
    marked: bool = False


class Task(Struct, frozen=True, gc=False):
    """The kind of work asked for, how hard (1 to 3), how sure the kind is, and where it was read.

    `doubts` are other kinds that are about as likely: the less sure, the more of them, and the higher the bar for a cheap model.
    """

    kind: str
    difficulty: int
    confidence: float
    source: str
    doubts: tuple[str, ...] = ()


class Place(Struct, frozen=True, gc=False):
    """Where in its session a request stands and what is expected to follow it.

    `ceiling` is the context (neutral tokens) that its client compacts whatever the window; 0 where it goes by the window.
    """

    turn: str
    calls: int
    remaining: int
    growth: int
    output: int
    ceiling: int = 0


class Needs(Struct, frozen=True, gc=False):
    """Capabilities the request cannot do without, the most output it asks for, and what other wires would lose of it."""

    names: tuple[str, ...] = ()
    limit: int | None = None
    losses: dict[str, tuple[str, ...]] = {}


class Features(Struct, frozen=True):
    """Everything read from a request, one field per signal; plugins add theirs under `extra`."""

    size: Size
    prefix: Prefix
    task: Task
    place: Place
    needs: Needs
    extra: dict[str, Any] = {}


class Outage(Struct, frozen=True):
    """An endpoint that should not be tried before `until` (milliseconds)."""

    until: int
    because: str


class Seen(Struct, frozen=True, gc=False):
    """A prefix an endpoint has had: when it was last used (milliseconds), for how long it was asked to be kept.

    `odds` is below one where nobody saw it but it is likely (another session's use of the same head).
    """

    at: int
    ttl: int = 300
    odds: float = 1.0


class Held(Struct, frozen=True):
    """The work item under way that a request belongs to: what its choice stays with, and what has been given up on.

    `id` is the id of its first request, `endpoint` the one that serves it ('' where it has to be chosen anew; one whose model failed is
    left where a better one can serve), `level` how often it was escalated, `failed` the models that failed at it, `because` how, in words.
    """

    id: str
    endpoint: str = ""
    level: int = 0
    failed: tuple[str, ...] = ()
    because: str = ""


class Canary(Struct, frozen=True):
    """Leave to try another model: for what `share` of such work, the number that was drawn (0 to 1), and what it may cost at most.

    `most` is in pico-dollars for the request; `models` are those that may be tried (models or endpoints; none: all that may be as good).
    """

    share: float
    chance: float
    most: int
    models: tuple[str, ...] = ()


class Conditions(Struct, frozen=True):
    """All that is true now and not in the request.

    `warm` maps endpoint -> digest of a mark -> when it was seen; `budget` is what may still be spent (pico-dollars), `near` names a budget
    that has little left, for which the cheapest tier serves. `price` is the price of quality (engine/policies/paced): what a call may cost
    more, in pico-dollars, for a quality of one instead of none; None where no budget sets one. `item` is the work item under way,
    `canary` is there where another model may be tried.
    """

    now: int
    down: dict[str, Outage] = {}
    warm: dict[str, dict[str, Seen]] = {}
    budget: int | None = None
    near: str = ""
    price: int | None = None
    item: Held | None = None
    canary: Canary | None = None


class Cost(Struct, frozen=True, gc=False, tag="known", omit_defaults=True):
    """The expected cost of a request on an endpoint, in pico-dollars, and the tokens it is worked out from.

    `call = read + write + fresh + output`; `rest` is what the session's remaining calls are expected to cost
    there, compactions included; `work = call + rest`. `effort` (thousandths) is what they were multiplied by where own costs moved it, None
    where it is what the catalog says of the endpoint.
    """

    prompt: int
    cached: int
    written: int
    read: int
    write: int
    fresh: int
    output: int
    call: int
    rest: int
    work: int
    effort: int | None = None


class Standing(Struct, frozen=True, gc=False):
    """Expected quality (0 to 1) and the lower bound of its difference to the reference; None where unknown."""

    quality: float | None
    bound: float | None


class Rejected(Struct, frozen=True, tag="rejected", gc=False):
    """An endpoint that cannot serve the request: `by` names the filter."""

    endpoint: str
    by: str
    because: str


class Priced(Struct, frozen=True, tag="priced", gc=False):
    """An endpoint that could serve it.

    `clears` says whether its bound meets the floor, `score` is what the policy ranks it by (the least first; None where that is not known).
    """

    endpoint: str
    cost: Cost | Unknown
    standing: Standing
    clears: bool
    score: int | float | None = None


Verdict = Rejected | Priced


class Policy(Struct, frozen=True):
    """How the team wants choices made.

    `floor` is how many points (of 1) an endpoint's lower bound may lie below the reference. Empty `vendors`, `regions`
    and `models` allow all; `deny` lists endpoints, models, providers or vendors that must not be used.
    """

    name: str = "cheapest"
    reference: str = ""
    floor: float = 0.1
    pin: str = ""
    models: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    no_retention: bool = False
    lossy: bool = False
    tiers: dict[str, str] = {}
    chain: int = 4


class Receipt(Struct, frozen=True, gc=False):
    """Why this model: features, conditions and policy as they were, and a verdict for every endpoint.

    `propensity` is how likely the choice was where chance had a part in it, `among` what it chose among: the policy's own choice first.
    """

    features: Features
    conditions: Conditions
    catalog: str
    policy: Policy
    verdicts: tuple[Verdict, ...]
    because: str
    propensity: float = 1.0
    among: tuple[str, ...] = ()


class Decision(Struct, frozen=True, gc=False):
    """The endpoints to try in order (empty when none can serve) and the receipt.

    `remedy` is set when the chain is empty: what would have served.
    """

    chain: tuple[str, ...]
    receipt: Receipt
    remedy: str = ""
