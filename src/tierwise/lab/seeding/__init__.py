"""A ledger of several weeks for the demo: entries as the gateway would have written them, made from the sample log's real sessions.

Theory of operation. People of `cast` run sessions of the sample log over and over, at times that end now (`weeks`). Each call is put to
the live decision with what is known at that moment; the first of the chain that does not fail serves it. What it then uses is what the
real call used, in the tokens of the model that serves; how much of it is read from the cache is drawn from the same odds that the
decision went by. So predicted and observed cache hits, costs and baselines are those of the live code. Nothing comes from a clock: one
moment, one ledger.
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from tierwise.core.catalog import Catalog, Endpoint
from tierwise.core.decision import Conditions, Decision, Features, Outage, Prefix, Priced, Seen
from tierwise.core.entry import Asker, Attempt, Drawn, Entry, Latency, billed, charged
from tierwise.core.faults import Fault, status_of
from tierwise.core.money import Amount, Unknown
from tierwise.core.request import Known, Request
from tierwise.core.usage import Usage
from tierwise.engine import cost, warmth
from tierwise.engine.decide import cached_tokens, choose, read
from tierwise.engine.plan import Plan
from tierwise.lab.harness import chains
from tierwise.lab.logged import Logged
from tierwise.lab.physics import HOUR, lifetime
from tierwise.lab.replay import Moment, State, neutral, request_of
from tierwise.lab.seeding import cast
from tierwise.lab.seeding.cast import Person, Trouble
from tierwise.lab.sessions import Session
from tierwise.lab.tariffs import Plans

TITLE: Final = Known(900)
TITLE_OUTPUT: Final = 12
SOON: Final = 180_000
"""Milliseconds for which a provider that failed is left alone."""

WIRE_MS: Final = 4.0
"""Milliseconds between an answer's head and its first content, and back."""


class Scene(Struct, frozen=True):
    """What everybody is served with: plans by person, the reference at an instant, what logged models are, the budgets of a request.

    `troubled` is the provider that has an incident, between the two moments of `incident`.
    """

    plans: Callable[[Person], Plans]
    quick: Plans
    reference: Callable[[int], Catalog]
    logged: Logged
    drawn: Callable[[Person, int], tuple[Drawn, ...]]
    troubled: str
    incident: tuple[int, int]


class Run(Struct, frozen=True):
    """A session of the sample log as somebody runs it: its calls at the times at which they come, and a name for chance to go by."""

    name: str
    person: Person
    session: Session


class Served(Struct):
    """What is known while a session is served: the memory of each endpoint and of the reference, the work under way, chance."""

    run: Run
    chance: Random
    warm: dict[str, dict[str, Seen]] = {}
    reference: dict[str, Seen] = {}
    state: State = field(default_factory=State)
    resting: dict[str, Outage] = {}
    number: int = 0

    def name(self, at: int) -> str:
        """The id of the next request."""
        self.number += 1
        return f"tw-{self.chance.getrandbits(32):08x}{at:011x}{self.number & 0xFFFF:04x}"


class Wanted(Struct, frozen=True):
    """One request: its plan, what was read from it, the output it will have (neutral tokens), who spoke last, and when it comes."""

    plan: Plan
    features: Features
    output: int
    turn: str
    at: int


def entries(run: Run, scene: Scene) -> Iterator[Entry]:
    """The records of a session."""
    one = Served(run, Random(run.name))  # noqa: S311  # the same every time, that is the point
    ttl = lifetime(run.session)
    for step, known in chains(run.session):
        call = step.call
        own = scene.logged.endpoint(call.model, call.provider, call.at)
        if own is None or isinstance(call.usage, Unknown):
            continue
        if not one.number and run.person.client in cast.TITLED:
            yield _entry(one, _title(one, scene, call.at - 900), scene)
        wanted = _wanted(one, neutral(step, known, own, ttl), scene)
        if one.chance.random() < cast.SPOILT:
            yield _spoilt(one, wanted)
        yield _entry(one, wanted, scene)


def _wanted(one: Served, moment: Moment, scene: Scene) -> Wanted:
    call, state = moment.step.call, one.state
    plan = scene.plans(one.run.person).at(call.at)
    features = read(plan, request_of(moment, state))
    state.task, state.calls = features.task, state.calls + 1
    return Wanted(plan, features, moment.output, "person" if moment.step.opens else "tool", call.at)


def _title(one: Served, scene: Scene, at: int) -> Wanted:
    """A title for the session, which the tool asks for by itself."""
    plan = scene.quick.at(at)
    request = Request(wire="log", model="auto", client=one.run.person.client, session=one.run.name, turn="side", known=TITLE)
    return Wanted(plan, read(plan, request), TITLE_OUTPUT, "side", at)


def _entry(one: Served, wanted: Wanted, scene: Scene) -> Entry:
    """One request: decided, tried, charged, remembered."""
    person, at, chance = one.run.person, wanted.at, one.chance
    down = {name: outage for name, outage in one.resting.items() if outage.until > at}
    decision = choose(wanted.plan, wanted.features, Conditions(at, down, dict(one.warm)))
    baseline = _baseline(one, wanted, scene)
    name, overhead = one.name(at), round(0.35 + chance.expovariate(2.5), 3)
    attempts, served = _tried(one, wanted, decision, scene)
    usage, fault = (attempts[-1].usage, attempts[-1].fault) if attempts else (None, Fault("no_endpoint", decision.remedy))
    spent, hung_up = sum(attempt.ms for attempt in attempts), served is not None and fault is not None
    return Entry(
        id=name,
        at=at,
        asker=_asker(one, wanted),
        decision=decision,
        attempts=attempts,
        latency=_latency(overhead, attempts, served, chance),
        status=200 if served is not None else status_of(fault) if fault is not None else 503,
        committed=served is not None,
        fault=fault if served is None or hung_up else None,
        usage=usage if served is not None else None,
        cost=_sum(attempts),
        baseline=baseline(served, usage),
        model=served.model if served is not None else "",
        bill=billed(served, usage) if served is not None else None,
        prices=wanted.plan.catalog.versions.get("prices", ""),
        drawn=scene.drawn(person, at) if spent else (),
    )


def _spoilt(one: Served, wanted: Wanted) -> Entry:
    """A request just before that named a model nobody knows."""
    at, fault = wanted.at - 1500, Fault("unknown_model", "no model 'claude-opus-9'")
    asker = replace(_asker(one, wanted), model="claude-opus-9")
    return Entry(one.name(at), at, asker, None, (), Latency(0.2, None, None, 0.2), status_of(fault), fault=fault, cost=0)


def _asker(one: Served, wanted: Wanted) -> Asker:
    person, size = one.run.person, wanted.features.size.tokens
    wire = cast.WIRES.get(person.client, cast.CHAT)
    asked = "auto" if wanted.turn == "side" else person.asks
    return Asker(
        key=person.name,
        client=person.client,
        session=one.run.name,
        wire=wire,
        model=asked,
        turn=wanted.turn,
        stream=True,
        bytes=4 * size,
        team=person.team,
        project=person.project,
        tags=person.tags,
    )


def _baseline(one: Served, wanted: Wanted, scene: Scene) -> Callable[[Endpoint | None, Usage | None], Amount]:
    """What the reference would have cost with its own cache, once the output is known; the reference has then seen this prompt too."""
    catalog, features, at = scene.reference(wanted.at), wanted.features, wanted.at
    endpoint, prefix = catalog.endpoints[0], features.prefix
    laid = cost.lane(endpoint, catalog.tables)
    asked = cost.Asked(features.size.tokens, features.place, prefix.marked, prefix.ttl >= HOUR)
    cached = {endpoint.id: cached_tokens(endpoint, features, one.reference, at)}
    found = None if isinstance(laid, Unknown) else cost.priced(cost.grouped([laid]), asked, cached)[endpoint.id]
    one.reference = warmth.remembered(one.reference, prefix, at)

    def known(served: Endpoint | None, usage: Usage | None) -> Amount:
        if found is None:
            return Unknown("the reference has no known price")
        if served is None or usage is None:
            return Unknown("the provider did not say what was used")
        output = round(usage.output * endpoint.scale / served.scale)
        return charged(endpoint, cost.used(found, found.prompt, output, long=prefix.ttl >= HOUR))

    return known


def _tried(one: Served, wanted: Wanted, decision: Decision, scene: Scene) -> tuple[tuple[Attempt, ...], Endpoint | None]:
    """The attempts down the chain, and the endpoint that served."""
    attempts, at = list[Attempt](), wanted.at
    for name in decision.chain:
        endpoint = wanted.plan.endpoints[name]
        trouble = _trouble(endpoint, at, one.chance, scene)
        if trouble is None:
            hedged = _hedged(one, wanted, decision, at) if one.chance.random() < cast.HEDGED and not attempts else []
            return (*hedged, *attempts, _served(one, wanted, endpoint, decision)), endpoint
        attempts.append(_failed(endpoint, trouble, at, one))
        one.resting[name] = Outage(at + SOON, trouble.fault)
        at += round(trouble.after)
    return tuple(attempts), None


def _trouble(endpoint: Endpoint, at: int, chance: Random, scene: Scene) -> Trouble | None:
    begins, ends = scene.incident
    often = cast.FAILING if endpoint.provider == scene.troubled and begins <= at < ends else cast.OFTEN
    if chance.random() >= often:
        return None
    return chance.choices(cast.TROUBLES, [each.weight for each in cast.TROUBLES])[0]


def _failed(endpoint: Endpoint, trouble: Trouble, at: int, one: Served) -> Attempt:
    wire = _spoken(endpoint, one)
    took = round(trouble.after * (0.8 + 0.4 * one.chance.random()), 1)
    return Attempt(endpoint.id, wire, at, took, trouble.status, Fault(trouble.fault, "", trouble.status))


def _spoken(endpoint: Endpoint, one: Served) -> str:
    wire = cast.WIRES.get(one.run.person.client, cast.CHAT)
    return wire if wire in endpoint.wires else endpoint.wires[0]


def _hedged(one: Served, wanted: Wanted, decision: Decision, at: int) -> list[Attempt]:
    """A second request that was sent beside the first and lost, though its prompt had to be paid for."""
    name = decision.chain[-1]
    endpoint = wanted.plan.endpoints[name]
    usage = Usage(fresh=round(wanted.features.size.tokens * endpoint.scale), output=1)
    fault = Fault("hung_up", "another endpoint was faster")
    return [Attempt(name, _spoken(endpoint, one), at + 400, 610.0, 200, fault, usage, charged(endpoint, usage), hedge=True)]


def _served(one: Served, wanted: Wanted, endpoint: Endpoint, decision: Decision) -> Attempt:
    chance, at = one.chance, wanted.at
    usage = None if chance.random() < cast.SILENT else _usage(one, wanted, endpoint, decision)
    left = chance.random() < cast.HUNG_UP
    first, speed = cast.SPEEDS.get(endpoint.tier, cast.SPEEDS["mid"])
    output = wanted.output if usage is None else usage.output
    took = first * (0.7 + 0.6 * chance.random()) + 1000 * output / speed * (0.3 if left else 1.0)
    one.warm[endpoint.id] = warmth.remembered(one.warm.get(endpoint.id, {}), wanted.features.prefix, at)
    fault = Fault("hung_up") if left else None
    return Attempt(endpoint.id, _spoken(endpoint, one), at, round(took, 1), 200, fault, usage, charged(endpoint, usage))


def _usage(one: Served, wanted: Wanted, endpoint: Endpoint, decision: Decision) -> Usage:
    """What the call uses on an endpoint: its real sizes, of which the cache gives what chance leaves there."""
    prompt = round(wanted.features.size.tokens * endpoint.scale)
    verdict = next(each for each in decision.receipt.verdicts if each.endpoint == endpoint.id)
    expected = verdict.cost if isinstance(verdict, Priced) and not isinstance(verdict.cost, Unknown) else None
    cached = expected.cached if expected is not None else 0
    prefix = wanted.features.prefix
    whole = warmth.rounded(endpoint.cache, _most(one.warm.get(endpoint.id, {}), prefix) * endpoint.scale)
    read_ = min(whole, prompt) if cached and one.chance.random() * whole < cached else 0
    written = prompt - read_ if expected is not None and expected.written and _charges_writes(endpoint) else 0
    long = prefix.ttl >= HOUR and bool(endpoint.cache.survival_1h)
    output = max(1, round(wanted.output * endpoint.scale * (0.8 + 0.4 * one.chance.random())))
    return Usage(prompt - read_ - written, read_, 0 if long else written, written if long else 0, output)


def _charges_writes(endpoint: Endpoint) -> bool:
    """Whether a provider tells writes to its cache apart, as those do that charge for them."""
    return not isinstance(endpoint.rates, Unknown) and endpoint.rates[0].write_5m != endpoint.rates[0].fresh


def _most(had: dict[str, Seen], prefix: Prefix) -> int:
    """The longest prefix that an endpoint has had."""
    return max((mark.size for mark in prefix.marks if mark.digest in had), default=0)


def _latency(overhead: float, attempts: tuple[Attempt, ...], served: Endpoint | None, chance: Random) -> Latency:
    total = overhead + sum(attempt.ms for attempt in attempts if not attempt.hedge)
    if served is None:
        return Latency(overhead, None, None, round(total, 1))
    first, _ = cast.SPEEDS.get(served.tier, cast.SPEEDS["mid"])
    head = overhead + sum(attempt.ms for attempt in attempts[:-1] if not attempt.hedge) + min(first, attempts[-1].ms)
    return Latency(overhead, round(head, 1), round(head + WIRE_MS * chance.random(), 1), round(total + WIRE_MS, 1))


def _sum(attempts: tuple[Attempt, ...]) -> Amount:
    """What all attempts cost, unknown where one of them is that used something."""
    total = 0
    for one in attempts:
        if not isinstance(one.cost, Unknown):
            total += one.cost
        elif one.fault is None or one.usage is not None:
            return one.cost
    return total
