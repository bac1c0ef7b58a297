"""The decision: features, objections, prices, the floor, the ranking, the receipt.

    request --signals--> features --filters--> objections
                             |                     |
                             v                     v
              one verdict for every endpoint: Rejected or Priced
                             |
                             v
                   policy ranks the priced; a work item under way is held to its endpoint --> chain, receipt

Pure: the same request, catalog, conditions and policy give the same decision, on any machine, from JSON or not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tierwise.core.catalog import Catalog, Endpoint
from tierwise.core.decision import (
    Conditions,
    Cost,
    Decision,
    Features,
    Policy,
    Priced,
    Receipt,
    Rejected,
    Seen,
    Verdict,
)
from tierwise.core.request import Request
from tierwise.engine import cost, doubt, exploring, holding, room, warmth
from tierwise.engine.holding import Ranking
from tierwise.engine.parts import FULL_CONTEXT, Parts, Setting
from tierwise.engine.plan import Plan, plan

FIELDS = frozenset(field.name for field in msgspec.structs.fields(Features)) - {"extra"}


def decide(parts: Parts, request: Request, catalog: Catalog, conditions: Conditions, policy: Policy) -> Decision:
    """Which endpoints to try for a request, and why; ValueError if the catalog's prices do not hold now."""
    prepared = plan(catalog, policy, parts)
    return choose(prepared, read(prepared, request), conditions)


def read(prepared: Plan, request: Request) -> Features:
    """Every signal's fact about a request."""
    facts: dict[str, object] = {}
    for signal in prepared.parts.signals:
        facts[signal.name] = signal.read(request, prepared.catalog.tables, facts)
    extra = {name: facts.pop(name) for name in facts.keys() - FIELDS}
    return Features(**facts, extra=extra)  # type: ignore[arg-type]  # one signal per field; msgspec.structs names them


def choose(prepared: Plan, features: Features, conditions: Conditions) -> Decision:
    """The decision for features already read."""
    catalog = prepared.catalog
    if not catalog.since <= conditions.now < catalog.until:
        raise ValueError(f"prices of catalog {catalog.digest} do not hold at {conditions.now}")
    refused = objections(prepared, features, conditions)
    verdicts = _verdicts(prepared, features, conditions, refused)
    candidates = [verdict for verdict in verdicts if type(verdict) is Priced]
    setting = Setting(prepared.policy, prepared.endpoints, conditions.price)
    ranked, because = prepared.parts.choosers[prepared.policy.name].ranked(candidates, features, setting)
    if conditions.item is not None:
        found = holding.held(conditions.item, Ranking(ranked, because, verdicts), prepared.endpoints)
        ranked, because, verdicts = found.ranked, found.because, found.verdicts
    tried = exploring.CERTAIN
    if conditions.canary is not None:
        ranked, because, tried = exploring.tried(conditions.canary, Ranking(ranked, because, verdicts), prepared)
    receipt = Receipt(features, conditions, catalog.digest, prepared.policy, tuple(verdicts), because, *tried)
    chain = alternating(ranked, prepared)
    return Decision(chain, receipt, "" if chain else remedy(prepared, features, refused))


def objections(prepared: Plan, features: Features, conditions: Conditions) -> dict[str, Rejected]:
    """The first objection to each endpoint that has one, by its id."""
    endpoints = prepared.catalog.endpoints
    refused: dict[str, Rejected] = {}
    for one, data in zip(prepared.parts.filters, prepared.prepared, strict=True):
        for index, because in one.objections(data, features, conditions).items():
            name = endpoints[index].id
            if name not in refused:
                refused[name] = Rejected(name, one.name, because)
    return refused


def _verdicts(prepared: Plan, features: Features, conditions: Conditions, refused: Mapping[str, Rejected]) -> Sequence[Verdict]:
    """One verdict per endpoint, in the catalog's order."""
    standings = doubt.marked(prepared.table, features.task, prepared.policy.floor)
    costs = _costs(prepared, features, conditions, refused)
    chooser, rows = prepared.parts.choosers[prepared.policy.name], zip(prepared.endpoints, standings, strict=True)
    score = chooser.score if chooser.at is None else chooser.at(features, conditions)
    if not refused and not prepared.unpriced:
        return [Priced(name, one := costs[name], standing, clears, score(one, standing)) for name, (standing, clears) in rows]
    return [
        refused[name]
        if name in refused
        else Priced(name, one := costs[name], standing, clears, score(one, standing))
        if name in costs
        else Priced(name, prepared.unpriced[name], standing, clears)
        for name, (standing, clears) in rows
    ]


def _costs(prepared: Plan, features: Features, conditions: Conditions, refused: Mapping[str, Rejected]) -> dict[str, Cost]:
    """What the request is expected to cost on each endpoint that has a price and may serve it, by id."""
    prefix, lanes = features.prefix, prepared.lanes
    asked = cost.Asked(features.size.tokens, features.place, prefix.marked, prefix.ttl >= warmth.HOUR)
    usual = prepared.moved.get(features.task.kind, prepared.groups)
    groups: Mapping[cost.Manner, Iterable[cost.Lane]] = usual
    if refused:
        groups = {way: [one for one in group if one.id not in refused] for way, group in usual.items()}
    warm = {name: had for name, had in conditions.warm.items() if name in lanes and name not in refused}
    cached = {name: cached_tokens(prepared.endpoints[name], features, had, conditions.now) for name, had in warm.items()}
    return cost.priced(groups, asked, cached)


def cached_tokens(endpoint: Endpoint, features: Features, had: Mapping[str, Seen], now: int) -> int:
    """Tokens of this model expected to be read from its cache."""
    share = warmth.expected(endpoint.cache, features.prefix, had, now) / max(features.size.size, 1)
    prompt = round(features.size.tokens * endpoint.scale)
    return min(warmth.rounded(endpoint.cache, share * features.size.tokens * endpoint.scale), prompt)


def alternating(ranked: Sequence[Priced], prepared: Plan) -> tuple[str, ...]:
    """The chain: candidates in order, the same provider twice in a row only when no other is left."""
    endpoints, length = prepared.endpoints, prepared.policy.chain
    waiting, chain, last = list(ranked), list[str](), ""
    while waiting and len(chain) < length:
        place = 0
        for index, one in enumerate(waiting):
            if endpoints[one.endpoint].provider != last:
                place = index
                break
        name = waiting.pop(place).endpoint
        chain.append(name)
        last = endpoints[name].provider
    return tuple(chain)


def remedy(prepared: Plan, features: Features, refused: Mapping[str, Rejected]) -> str:
    """What would have served a request that nothing can: the largest window, or the filters that stand in the way."""
    if len(refused) < len(prepared.endpoints):
        return "no endpoint that fits has a known price; give one under prices: or pin an endpoint"
    small = [prepared.endpoints[name] for name, verdict in refused.items() if verdict.by == "window"]
    if not small:
        counts = ", ".join(f"{by} ({count})" for by, count in Counter(verdict.by for verdict in refused.values()).items())
        return f"every endpoint is ruled out by: {counts}" if counts else "the catalog has no endpoints"
    return f"{_largest_window(small, features)}{_roomy(prepared, features, refused)}"


def _largest_window(endpoints: Sequence[Endpoint], features: Features) -> str:
    largest = max(endpoints, key=lambda endpoint: (endpoint.capability.context_window or 0) / room.most(endpoint))
    window, needed = largest.capability.context_window or 0, room.needed(features, largest)
    over = f"the request needs {needed:,} with room for the output, {needed - window:,} too many"
    cure = "compact the session or begin a new one" if FULL_CONTEXT in features.needs.names else "chunk or summarise it"
    return f"{largest.id} has the largest window ({window:,} tokens); {over}; {cure}"


def _roomy(prepared: Plan, features: Features, refused: Mapping[str, Rejected]) -> str:
    """An endpoint that has the room and is ruled out for another reason; of several the one whose reason is the likeliest to pass."""
    order = [one.name for one in prepared.parts.filters]
    fitting = [one for one in refused.values() if one.by != "window" and _fits(prepared.endpoints[one.endpoint], features)]
    one = max(fitting, key=lambda verdict: order.index(verdict.by), default=None)
    return f"; {one.endpoint} has room but is ruled out by {one.by}: {one.because}" if one else ""


def _fits(endpoint: Endpoint, features: Features) -> bool:
    window = endpoint.capability.context_window
    return window is None or room.needed(features, endpoint) <= window
