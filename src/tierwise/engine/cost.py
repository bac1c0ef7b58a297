"""The expected cost of a request on an endpoint, cache-aware, in whole pico-dollars.

Theory of operation. A prompt falls into three parts: what is expected to be read from the cache, what will be
written to it, and what is neither. Each part has its price, and so has the expected output; the sum is the cost of
the call. A session goes on, so the call's cost is followed by the cost of the calls expected after it, in steady
state on the same endpoint: each reads the context that the one before it left, writes what was added, and answers. What a
model is known to spend more or less than usual on the same work (its effort) multiplies these.

Staying and switching need no rules of their own. An endpoint that has the context warm reads it; another
one writes all of it now and reads it from then on; the one whose sum is smaller over the horizon is the better choice.

A session that outgrows an endpoint's window is compacted there: the whole context is read once more, a summary
is written out, and the next call starts from a short context of which nothing is cached. So a larger window saves
what a compaction costs, and loses what carrying a long context costs; both are in the sum. A client that compacts earlier of itself
does so everywhere: the smaller of its ceiling and the window holds. Price tiers by
prompt size are followed in the same way: the horizon is cut where a prompt crosses a tier or the window.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from tierwise.core.catalog import Endpoint, Rates, Tables
from tierwise.core.decision import Cost, Place
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.engine import warmth

STEADY_IDLE = 10
"""Seconds between two calls of a working agent (median of the logged sessions: 6; mean without pauses: 10)."""

MILLE = 1000
NO_LIMIT = 2**62

NEVER, ALWAYS, WHEN_MARKED = 0, 1, 2
CACHES: Final = {"automatic": ALWAYS, "marked": WHEN_MARKED}


class Load(NamedTuple):
    """A request in one model's own tokens: its prompt, its answer, the calls that follow it and what each adds to the context.

    `ceiling` is the context that its client compacts of itself.
    """

    prompt: int
    output: int
    remaining: int
    growth: int
    ceiling: int = NO_LIMIT


def load(scale: float, tokens: int, place: Place) -> Load:
    """The request as a model counts it that takes `scale` tokens for a neutral one.

    A client whose prompt is at its ceiling already does not keep to it.
    """
    ceiling = round(place.ceiling * scale) if place.ceiling > tokens else NO_LIMIT
    return Load(round(tokens * scale), round(place.output * scale), place.remaining, max(1, round(place.growth * scale)), ceiling)


NO_LOAD = Load(0, 0, 0, 1)


class Shape(NamedTuple):
    """The sizes at which a session changes: where tiers of prices begin, the window, what a compaction leaves and puts out."""

    edges: tuple[int, ...]
    window: int
    restart: int
    summary: int


Keeping = tuple[int, int]
"""What a cache keeps from one call to the next: the shortest prompt it keeps, and how many thousandths of a prompt."""

NOTHING_KEPT: Keeping = (NO_LIMIT, 0)


class Manner(NamedTuple):
    """How an endpoint counts and caches. Those of one manner see the sizes of a request and of its session alike.

    `caches` is NEVER, ALWAYS or WHEN_MARKED; `hits` are the shares of a context still cached from one call to the next, in
    thousandths, for the short and the long lifetime.
    """

    scale: float
    caches: int
    minimum: int
    hits_5m: int
    hits_1h: int


class Lane(NamedTuple):
    """An endpoint laid out for a decision, in the order in which the loop over endpoints takes it apart.

    The prices are those of the lowest tier; they hold up to `edge` (the next tier or the window, whichever comes first). `moved` is the
    effort where own costs moved it.
    """

    id: str
    edge: int
    per: int
    fresh: int
    read: int
    write_5m: int
    write_1h: int
    output: int
    effort: int
    manner: Manner
    tiers: tuple[Rates, ...]
    shape: Shape
    moved: int | None = None


def lane(endpoint: Endpoint, tables: Tables) -> Lane | Unknown:
    """An endpoint laid out for a decision, or why it has no price."""
    if isinstance(endpoint.rates, Unknown):
        return endpoint.rates
    tiers, scale, window = endpoint.rates, endpoint.scale, endpoint.capability.context_window or NO_LIMIT
    lowest, edges = tiers[0], (0, *(one.above for one in tiers[1:]))
    restart = min(round(tables.restart * scale), window // 2)
    return Lane(
        id=endpoint.id,
        edge=min((*edges[1:2], window)),
        per=lowest.per,
        fresh=lowest.fresh,
        read=lowest.read,
        write_5m=lowest.write_5m,
        write_1h=lowest.write_1h,
        output=lowest.output,
        effort=endpoint.effort,
        manner=manner(endpoint),
        tiers=tiers,
        shape=Shape(edges, window, restart, round(tables.summary * scale)),
    )


def manner(endpoint: Endpoint) -> Manner:
    """How an endpoint counts and caches."""
    cache = endpoint.cache
    short, long = (round(MILLE * warmth.survival(cache, STEADY_IDLE, ttl)) for ttl in (300, warmth.HOUR))
    return Manner(endpoint.scale, CACHES.get(cache.kind, NEVER), cache.minimum, short, long)


def grouped(lanes: Iterable[Lane]) -> dict[Manner, list[Lane]]:
    """Lanes by their manner, those of one scale one after another."""
    groups: dict[Manner, list[Lane]] = {}
    for one in sorted(lanes, key=lambda one: one.manner):
        groups.setdefault(one.manner, []).append(one)
    return groups


class Asked(Struct, frozen=True, gc=False):
    """A request as costs depend on it: neutral tokens, its place, whether caching is asked for and for how long."""

    tokens: int
    place: Place
    marked: bool
    long: bool


Flow = tuple[int, int, int]
"""Tokens that are expected to be read from the cache, to be written to it, and to be taken past it."""


def flow(context: int, calls: int, growth: int, keeping: Keeping) -> Flow:
    """What some calls in a row take in, each of which finds the context of the one before it and adds to it.

    A context shorter than the minimum was not cached, so it is not found; a prompt shorter than it is not written.
    """
    minimum, hits = keeping
    carried, grown = context * calls + growth * (calls * (calls - 1) // 2), calls * growth
    if context >= minimum:
        kept = carried * hits // MILLE
        return kept, carried - kept + grown, 0
    short = min(calls, (minimum - context - 1) // growth)
    bare = short * context + growth * (short * (short + 1) // 2)
    unfound = min(calls, short + 1)
    kept = (carried - unfound * context - growth * (unfound * (unfound - 1) // 2)) * hits // MILLE
    return kept, carried + grown - kept - bare, bare


Intake = list[int]
"""Tokens that calls take in and put out, four numbers for each tier: those read, written and taken past the cache, the output."""


def path(shape: Shape, size: Load, keeping: Keeping) -> Intake:
    """What the calls that remain take in and put out; a session that outgrows the window is compacted each time it does.

    From one compaction to the next a session always looks the same, so such rounds are counted and not walked. Where even a
    compacted context has no room to grow, the session is taken to go on as it is.
    """
    edges, window, restart, summary = shape
    context, answer, left, growth, ceiling = size
    window = min(window, ceiling)
    room, start = window - answer, restart + growth
    if start > room:
        return walk(edges, size, keeping, [(1, context, left)])
    before = min(left, max(0, (room - context) // growth))
    runs = [(1, context, before)]
    if before == left:
        return walk(edges, size, keeping, runs)
    after = (room - start) // growth
    rounds, rest = divmod(left - before, after + 1)
    runs += [(rounds, start, after), (1, start, rest - 1)]
    again = rounds - (not rest)
    full, fuller = context + before * growth, start + after * growth
    breaks = ((1, full, full, summary), (again, fuller, fuller, summary), (again + 1, start, 0, answer))
    return walk(edges, size, keeping, runs, breaks)


def walk(
    edges: tuple[int, ...],
    size: Load,
    keeping: Keeping,
    runs: Sequence[tuple[int, int, int]],
    breaks: Sequence[tuple[int, int, int, int]] = (),
) -> Intake:
    """Runs of calls that each add to the context (how often, from what context, how many) and single ones, summed by tier."""
    _, answer, _, growth, _ = size
    minimum, hits = keeping
    sums = [0, 0, 0, 0] * len(edges)
    for count, begun, many in runs:
        context, calls = begun, many
        while calls > 0:
            above = bisect_left(edges, context + growth)
            some = calls if above == len(edges) else min(calls, (edges[above] - context) // growth)
            kept, written, bare = flow(context, some, growth, keeping)
            place = 4 * above - 4
            sums[place] += count * kept
            sums[place + 1] += count * written
            sums[place + 2] += count * bare
            sums[place + 3] += count * some * answer
            calls -= some
            context += some * growth
    for count, prompt, found, output in breaks:
        place = 4 * bisect_left(edges, prompt) - 4
        kept = found * hits // MILLE if prompt >= minimum else 0
        sums[place] += count * kept
        sums[place + (1 if prompt >= minimum else 2)] += count * (prompt - kept)
        sums[place + 3] += count * output
    return sums


def priced(groups: Mapping[Manner, Iterable[Lane]], asked: Asked, cached: Mapping[str, int]) -> dict[str, Cost]:
    """Each term of the expected cost of a request on each of some endpoints; `cached` holds expected cache reads by id.

    This loop is most of a decision's time. So the common case (one tier, no compaction ahead) is worked out in one go: with sixty
    endpoints to compare, calls and look-ups cost more than the arithmetic.
    """
    long, marking = asked.long, asked.marked or asked.place.remaining > 0
    size, scaled = NO_LOAD, 0.0
    costs: dict[str, Cost] = {}
    paths: dict[tuple[Shape, Manner], Intake] = {}
    for way, lanes in groups.items():
        scale, caches, minimum, hits_5m, hits_1h = way
        if scale != scaled:
            size, scaled = load(scale, asked.tokens, asked.place), scale
        keeps = caches == ALWAYS or (caches == WHEN_MARKED and marking)
        keeping = (minimum, hits_1h if long else hits_5m) if keeps else NOTHING_KEPT
        prompt, answer, calls, growth, ceiling = size
        usual, longest = (*flow(prompt, calls, growth, keeping), calls * answer), prompt + calls * growth + answer
        writes, warm = prompt >= keeping[0], cached if keeps else {}
        for row in lanes:
            name, edge, per, fresh_rate, read_rate, short, hour, output_rate, effort, _, tiers, shape, moved = row
            hit = warm[name] if name in warm else 0  # noqa: SIM401  # get() takes three times as long, and most are cold
            taken: Sequence[int] = usual
            if longest > edge or longest > ceiling:
                key = (shape, way)
                if key not in paths:
                    paths[key] = path(shape, size, keeping)
                taken = paths[key]
                if len(tiers) > 1:
                    costs[name] = tiered(row, size, (hit, writes, long), taken)
                    continue
            kept, missed, bare, answers = taken
            write_rate = hour if long else short
            written = prompt - hit if writes else 0
            read, write = hit * read_rate, written * write_rate
            fresh, output = (prompt - hit - written) * fresh_rate, answer * output_rate
            rest = kept * read_rate + missed * write_rate + bare * fresh_rate + answers * output_rate
            if per != 1:
                read, write, fresh, output, rest = read // per, write // per, fresh // per, output // per, rest // per
            rest = rest * effort // MILLE
            call = read + write + fresh + output
            costs[name] = Cost(prompt, hit, written, read, write, fresh, output, call, rest, call + rest, moved)
    return costs


def used(cost: Cost, prompt: int, output: int, *, long: bool) -> Usage:
    """A prompt's tokens, read and written in the shares that a cost expects of them (for an hour where `long`), and the answer's."""
    whole = max(cost.prompt, 1)
    read, written = prompt * cost.cached // whole, prompt * cost.written // whole
    return Usage(prompt - read - written, read, 0 if long else written, written if long else 0, output)


def tiered(row: Lane, size: Load, cache: tuple[int, bool, bool], taken: Sequence[int]) -> Cost:
    """The same where the prompt is in a higher tier already, or the calls to come cross into one.

    `cache` says how many tokens are found, whether the others are written, and whether for the long lifetime.
    """
    hit, writes, long = cache
    prompt, answer, _, _, _ = size
    rate = row.tiers[max(bisect_left(row.shape.edges, prompt) - 1, 0)]
    written = prompt - hit if writes else 0
    read, write = hit * rate.read // rate.per, written * (rate.write_1h if long else rate.write_5m) // rate.per
    fresh, output = (prompt - hit - written) * rate.fresh // rate.per, answer * rate.output // rate.per
    rest = 0
    for place, one in enumerate(row.tiers):
        kept, missed, bare, answers = taken[4 * place : 4 * place + 4]
        write_rate = one.write_1h if long else one.write_5m
        rest += (kept * one.read + missed * write_rate + bare * one.fresh + answers * one.output) // one.per
    rest = rest * row.effort // MILLE
    call = read + write + fresh + output
    return Cost(prompt, hit, written, read, write, fresh, output, call, rest, call + rest, row.moved)
