"""What can be chosen: endpoints, what they cost at one instant, what they can do, what is known of them.

A `Catalog` is a snapshot: its rates hold from `since` until `until` (milliseconds since the epoch), so a
decision never has to look at a calendar. It is immutable and has a digest; a receipt refers to it by that.
"""

from collections.abc import Sequence

from msgspec import Struct

from tierwise.core.money import Unknown


class Rates(Struct, frozen=True, gc=False):
    """Prices of tokens, in pico-dollars for every `per` tokens, for prompts of more than `above` tokens."""

    above: int
    fresh: int
    read: int
    write_5m: int
    write_1h: int
    output: int
    per: int = 1


def rates_at(rates: Sequence[Rates], prompt: int) -> Rates:
    """The prices that hold for a prompt of so many tokens; `rates` by size, the smallest first."""
    chosen = rates[0]
    for one in rates[1:]:
        if prompt > one.above:
            chosen = one
    return chosen


class Capability(Struct, frozen=True):
    """What a model can do; None where nobody has said."""

    context_window: int | None = None
    max_output: int | None = None
    tools: bool | None = None
    images: bool | None = None
    json_schema: bool | None = None
    reasoning: str | None = None
    efforts: tuple[str, ...] = ()


class CachePhysics(Struct, frozen=True):
    """How an endpoint's prompt cache behaves.

    `kind` is 'marked' (the client marks what is cached), 'automatic', 'none' or 'unknown'. Prefixes shorter
    than `minimum` tokens are not cached, longer ones in steps of `step`. `survival` lists (idle seconds, odds
    that a prefix is still there), read as a straight line between points and the last value after them;
    `survival_1h` is the same for the one-hour lifetime where one is sold.
    """

    kind: str
    minimum: int = 0
    step: int = 1
    survival: tuple[tuple[int, float], ...] = ()
    survival_1h: tuple[tuple[int, float], ...] = ()
    as_of: str = ""
    source: str = ""


class Endpoint(Struct, frozen=True):
    """A model as one provider sells it.

    `scale` is the number of this model's tokens for one neutral (o200k) token, give or take `scale_error` of it (at
    95 %). `effort` is how much work this model makes of a task, in thousandths of what the models did whose
    logs the horizon was fitted on; `effort_known` says whether that was measured or is the mean of those that were.
    `reasoning` is how hard the model is asked to think ('' as the client says); id and model then end with it (core/efforts).
    """

    id: str
    model: str
    provider: str
    vendor: str
    tier: str
    family: str
    scale: float
    rates: tuple[Rates, ...] | Unknown
    capability: Capability
    cache: CachePhysics
    region: str | None = None
    keeps_prompts: bool | None = None
    wires: tuple[str, ...] = ("openai_chat",)
    scale_error: float = 0.0
    effort: int = 1000
    effort_known: bool = False
    reasoning: str = ""


class Evidence(Struct, frozen=True):
    """One measured fact: a model's share of solved tasks (0 to 1) on a benchmark, and its mean cost per task.

    `score` is None where only the cost is known. `n` is the number of tasks, None where the source does not say; `cost` is in pico-dollars,
    `deviation` is that of one task's cost, `items` are the tasks whose cost was measured (None: those of `n`).
    Outcomes of one's own have the benchmark `OWN` and the `kind` of work they are of.
    """

    model: str
    benchmark: str
    score: float | None
    date: str
    source: str
    n: int | None = None
    cost: int | None = None
    harness: str = ""
    kind: str = ""
    deviation: int | None = None
    items: int | None = None


OWN = "own"
"""The benchmark of outcomes of one's own work, which are of a kind of work and of nothing else."""


class Benchmark(Struct, frozen=True):
    """How scores on one benchmark relate to ability and to kinds of work.

    A model of ability `a` (mean 0, variance 1 over models) scores `mean + loading * a`, give or take `spread`.
    `correlation` is that of two models' outcomes over the same tasks. `kinds` are the kinds of work it stands for.
    """

    name: str
    kinds: tuple[str, ...]
    n: int
    mean: float
    loading: float
    spread: float
    correlation: float
    source: str


class Step(Struct, frozen=True, gc=False):
    """A row of the difficulty table: estimates at a difficulty are `centre + slope * (estimate - middle)`."""

    difficulty: int
    middle: float
    centre: float
    slope: float


class Outlook(Struct, frozen=True, gc=False):
    """What usually follows a call: a row of the horizon table.

    It holds for sessions of `client` ('' for any) with at least `calls` calls behind them: `remaining` calls are still
    to come, each adding `growth` neutral tokens to the context and answering with `output` tokens. The client compacts a context of
    `ceiling` neutral tokens whatever the model's window (0: as far as is known it goes by the window).
    """

    client: str
    calls: int
    remaining: int
    growth: int
    output: int
    ceiling: int = 0


class Tables(Struct, frozen=True):
    """The fitted tables a decision reads, and what compaction does to a session.

    A session that outgrows its window is summarised (`summary` tokens of output) and goes on with `restart` tokens of context.
    """

    outlooks: tuple[Outlook, ...]
    steps: tuple[Step, ...]
    benchmarks: tuple[Benchmark, ...]
    summary: int
    restart: int
    source: str


class Catalog(Struct, frozen=True):
    """Everything a decision may choose from, as it stands from `since` until `until`."""

    since: int
    until: int
    endpoints: tuple[Endpoint, ...]
    evidence: tuple[Evidence, ...]
    tables: Tables
    versions: dict[str, str]
    digest: str = ""
