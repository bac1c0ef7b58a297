"""What can be chosen from, for the console: prices now and over time, health, evidence, and what each endpoint has cost here.

    /admin/models               every endpoint that decisions choose from, and the picture of the frontier (`?kind=` a kind of work)
    /admin/models/ENDPOINT      one endpoint: its prices over two years, what was measured and is expected of its model, how it does here

"Here" is what the ledger holds of the last 30 days.
"""

from collections.abc import Mapping
from typing import Any, Final

from tierwise.core.catalog import Catalog, Endpoint
from tierwise.core.efforts import plain
from tierwise.core.faults import Fault
from tierwise.core.tasks import KINDS
from tierwise.gateway.admin import knowledge
from tierwise.gateway.admin.asked import DAY, MINUTE, asked
from tierwise.gateway.admin.door import sees, told
from tierwise.gateway.admin.finding import Found, found
from tierwise.gateway.admin.summing import along, total
from tierwise.gateway.app import Call, Route
from tierwise.gateway.asking import Refused
from tierwise.gateway.gateway import Gateway
from tierwise.ledger import Group, Query, Store

LOOKS_BACK: Final = 30 * DAY
"""How far back "here" looks."""

SINCE: Final = 730 * DAY
"""How far back prices are shown."""


async def models(call: Call) -> None:
    """Every endpoint that decisions choose from."""
    gateway, now = call.gateway, call.gateway.clock.now()
    kind = asked(call.query).get("kind", "")
    if kind and kind not in KINDS:
        raise Refused(Fault("malformed", f"kind: {kind[:40]!r} is not one of {', '.join(KINDS)}"))
    catalog = catalog_of(gateway, now)
    here = await _here(gateway, now)
    dots = gateway.views.frontier(now, kind) if gateway.views.frontier is not None else None
    down = gateway.down(0, now)
    by_name = {one.name: one for one in here.answer}
    rows = [{**row(one), "down": down.get(plain(one.id)), "here": by_name.get(one.id)} for one in catalog.endpoints]
    told_of = {"now": now, "prices": catalog.versions.get("prices", ""), "kinds": KINDS, "endpoints": rows, "dots": dots}
    await told(call, {**told_of, "away": here.away, "remembered": here.remembered})


def catalog_of(gateway: Gateway, now: int) -> Catalog:
    """The catalog that decisions choose from now."""
    wanted = gateway.everybody.wanted
    return gateway.plans.at(now, wanted.policy, wanted.key).plan.catalog


async def _here(gateway: Gateway, now: int) -> Found:
    query = Query(since=(now - LOOKS_BACK) // MINUTE * MINUTE)
    return await found(gateway, ("here", query.since), lambda store: along(store.crossed(("endpoint",), query), 0))


def row(one: Endpoint) -> dict[str, Any]:
    """An endpoint as the console shows it."""
    return {
        "id": one.id,
        "model": one.model,
        "provider": one.provider,
        "vendor": one.vendor,
        "tier": one.tier,
        "rates": one.rates,
        "capability": one.capability,
        "cache": one.cache.kind,
        "region": one.region,
        "keeps_prompts": one.keeps_prompts,
        "wires": one.wires,
    }


async def model(call: Call) -> None:
    """One endpoint."""
    gateway, now, name = call.gateway, call.gateway.clock.now(), call.tail
    site = gateway.sites.get(name)
    catalog = catalog_of(gateway, now)
    endpoint = next((one for one in catalog.endpoints if one.id == name), None if site is None else site.endpoint)
    if endpoint is None:
        raise Refused(Fault("not_found", f"no endpoint {name[:80]!r} can be reached from here"))
    query = Query(since=(now - LOOKS_BACK) // MINUTE * MINUTE, fields={"endpoint": name})
    here = await found(gateway, ("one", name, query.since), lambda store: _one(store, query))
    spans = gateway.views.prices(name, now - SINCE, now) if gateway.views.prices is not None else None
    record = gateway.health.records.get(plain(name))
    await told(
        call,
        {
            **row(endpoint),
            "now": now,
            "physics": endpoint.cache,
            "spans": spans,
            "evidence": [one for one in catalog.evidence if one.model == endpoint.model],
            "quality": await knowledge.known(gateway, endpoint.model),
            "ground": knowledge.ground(gateway),
            "down": gateway.down(0, now).get(plain(name)),
            "late": gateway.health.late(name),
            "streak": record.streak if record is not None else None,
            "total": here.answer[0],
            "tasks": here.answer[1],
            "away": here.away,
            "remembered": here.remembered,
        },
    )


def _one(store: Store, query: Query) -> tuple[Group, list[Group]]:
    crossed = store.crossed(("task",), query)
    return total(one for _, one in crossed), along(crossed, 0)


ROUTES: Final[Mapping[str, Route]] = {
    "/admin/models": Route({"GET": sees(models)}),
    "/admin/models/": Route({"GET": sees(model)}),
}
