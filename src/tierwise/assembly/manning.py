"""Who may use a gateway, what that may cost, and who watches: keys, budgets, the ledger, lines and gauges."""

import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tierwise import assembly
from tierwise.assembly.keeping import Keeping, rules
from tierwise.assembly.stocking import Stock
from tierwise.config.reader import BadSettings
from tierwise.config.settings import BudgetSettings, KeySettings
from tierwise.core import codec
from tierwise.core.budgets import BadBudget, Budget, Payer, Scope, checked
from tierwise.core.keys import VirtualKey
from tierwise.core.money import PER_DOLLAR
from tierwise.gateway import desk, gauges, observing
from tierwise.gateway.asking import PINNED, Lookup, Wanted
from tierwise.gateway.desk import Desk, Means
from tierwise.gateway.gateway import Gateway, Key
from tierwise.gateway.observing import Observing, Watched
from tierwise.gateway.telemetry.spans import Teller as Telling
from tierwise.gateway.veil import sent
from tierwise.ledger import Ledger, StoreAway, addresses, memory
from tierwise.ledger.journal import Journal
from tierwise.ledger.loud import to_stderr
from tierwise.upstream.door import Upstream

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
ALL: Final[Scope] = "all"
SCOPES: Final[tuple[Scope, ...]] = ("key", "team", "project", "tag")


class Crew(Struct, frozen=True):
    """What keys and budgets are made with: what a request without a key is decided by, how names are read, and what alerts go out by."""

    usual: Wanted
    lookup: Lookup
    transport: Upstream
    clock: Callable[[], int]


def secrets_of(house: assembly.House, stock: Stock, env: Mapping[str, str], kept: Keeping) -> set[str]:
    """Every secret that is known: nothing that leaves may have one in it."""
    reached = [headers for one in stock.reached.values() for headers in one.headers.values()]
    keys = {one.key or env.get(one.key_env or "", "") for one in house.settings.keys}
    hooks = {one.webhook for one in house.settings.budgets if one.webhook}
    return {one for one in (*sent(reached), *keys, *hooks, *addresses.secrets(kept.address)) if one}


def observed(env: Mapping[str, str], kept: Keeping, told: Telling, now: Callable[[], int]) -> Observing:
    """Who watches a gateway."""
    watched = env if kept.log != "none" or kept.store is not None else {}
    return observing.observing(kept.log, watched, observing.standard_error(env), now, told)


def ledger(house: assembly.House, secrets: set[str], kept: Keeping, seen: Observing) -> Watched:
    """The ledger of a gateway: what it is given is watched, and has no secrets any more."""
    black = rules(house.settings.ledger, [re.escape(one) for one in sorted(secrets)])
    say = seen.say if seen.lines is not None else to_stderr
    return Watched(seen, memory.opened() if kept.opened is None else kept.opened(say, black))


def desk_of(house: assembly.House, env: Mapping[str, str], kept: Keeping, crew: Crew, seen: Observing) -> Desk:
    """Keys, limits and budgets of a gateway. BadSettings names what is wrong with one."""

    def made(one: VirtualKey) -> Key:
        return key_of(house, one, crew)

    keys = _keys(house, env, made)
    host = house.settings.server.host
    guarded = host not in LOCAL
    if guarded and not keys and not _some(kept):
        raise BadSettings(
            f"server.host: {host} can be reached from elsewhere, and there are no keys; "
            "make one with `tierwise keys create`, give keys in tierwise.yaml, or listen on 127.0.0.1"
        )
    budgets = tuple(map(budget_of, house.settings.budgets))
    named = [one.name for one in budgets]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise BadSettings(f"budgets: two are called {twice!r}")
    return desk.opened(
        Means(
            clock=crew.clock,
            everybody=Key("", crew.usual),
            made=made,
            holder=kept.holder,
            store=kept.store,
            keys=keys,
            budgets=budgets,
            transport=crew.transport,
            teller=seen,
            guarded=guarded,
            extra=house.settings.budget_outage,
        )
    )


def _some(kept: Keeping) -> bool:
    """Whether the store has keys, or cannot be asked: then nobody gets in until it can."""
    if kept.store is None:
        return False
    try:
        return any(not one.pin for one in kept.store.keys())  # noqa: SIM118  # a store is no dictionary
    except StoreAway:
        return True


def _keys(house: assembly.House, env: Mapping[str, str], made: Callable[[VirtualKey], Key]) -> dict[bytes, Key]:
    """What the keys of the settings stand for, by digest."""
    found: dict[bytes, Key] = {}
    for index, one in enumerate(house.settings.keys):
        secret = one.key or env.get(one.key_env or "", "")
        if not secret:
            raise BadSettings(f"keys[{index}]: {one.name} has no key: give key, or key_env with a variable that is set")
        digest = sha256(secret.encode()).digest()
        if digest in found:
            raise BadSettings(f"keys[{index}]: {one.name} has the same key as {found[digest].name}")
        try:
            found[digest] = made(_virtual(one, digest))
        except ValueError as error:
            raise BadSettings(f"keys: {one.name}: {error}") from None
    return found


def _virtual(one: KeySettings, digest: bytes) -> VirtualKey:
    """A key of the settings as the store would have it."""
    return VirtualKey(
        id="",
        digest=digest.hex(),
        name=one.name,
        role=one.role,
        team=one.team,
        project=one.project,
        tags=one.tags,
        models=one.models,
        policies=one.policies,
        policy=one.policy or "",
        floor=one.floor,
        requests=one.requests,
        tokens=one.tokens,
        concurrency=one.concurrency,
        bodies=one.bodies,
    )


def key_of(house: assembly.House, one: VirtualKey, crew: Crew) -> Key:
    """What a key stands for here; ValueError where it names what is not known."""
    policy = assembly.policy(house, one.policy, "", one.floor)
    policy = replace(policy, models=tuple(sorted(crew.lookup.endpoint(name) for name in one.models)))
    if one.pin:
        policy = replace(policy, name=PINNED, pin=crew.lookup.endpoint(one.pin))
    for name in one.policies:
        assembly.policy(house, name)
    return Key(
        name=one.name,
        wanted=replace(crew.usual, policy=policy, key=codec.encoded(policy)),
        concurrency=one.concurrency,
        id=one.id,
        role=one.role,
        payer=Payer(one.name, one.id, one.team, one.project, one.tags),
        models=policy.models,
        policies=one.policies,
        requests=one.requests,
        tokens=one.tokens,
        bodies=one.bodies,
    )


def budget_of(one: BudgetSettings) -> Budget:
    """A budget of the settings; BadSettings names what is wrong with it."""
    scopes = [(scope, getattr(one, scope)) for scope in SCOPES if getattr(one, scope) is not None]
    if len(scopes) > 1:
        raise BadSettings(f"budgets: {one.name}: it is for a {scopes[0][0]} and a {scopes[1][0]}; give one of them")
    scope, of = scopes[0] if scopes else (ALL, "")
    limit = round(one.limit * PER_DOLLAR)
    try:
        return checked(Budget(one.name, limit, one.period, scope, of, one.degrade, one.alerts, one.webhook or ""))
    except BadBudget as error:
        raise BadSettings(f"budgets: {error}") from None


def watch(made: Gateway, seen: Observing, kept: Ledger) -> None:
    """Have everything looked at that is no counter when the metrics are read."""
    purses, now = made.desk.purses, made.clock.now
    made.metrics.watch([*gauges.endpoints(lambda: len(made.sites), made.health.down, now), *gauges.budgets(lambda: list(_uses(made)))])
    if isinstance(kept, Journal):
        made.metrics.watch(gauges.spool(kept.depth, lambda: purses.clock() >= purses.away))
        made.metrics.watch(gauges.shed({"bodies": lambda: kept.shed.bodies, "records": lambda: kept.shed.records, **seen.shed()}))


def _uses(made: Gateway) -> Iterator[gauges.Use]:
    for one in made.desk.purses.open.values():
        yield gauges.Use(one.budget.name, one.budget.limit, one.spent, max(0, one.taken - one.spent))
