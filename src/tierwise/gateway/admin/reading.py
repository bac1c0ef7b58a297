"""What the console reads of the ledger: sums, requests, one request, sessions, one session. Everything is JSON, amounts are pico-dollars.

    /admin/me                   who asks, and what there is to see
    /admin/overview             sums over a range, by time and by what they are grouped by
    /admin/interval             how sure the saving is, over sessions
    /admin/names                the values that requests can be filtered by
    /admin/requests[/ID]        requests, newest first; one with its attempts, receipt, cost by term and outcomes
    /admin/sessions[/NAME]      sessions by their latest request; one with all its requests

Lists take a query (asked.py): `span`, or `since` and `until`; columns with the value they have; `status`, `text`, `before` and `limit`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierwise import __version__
from tierwise.core.entry import Bodies, Entry
from tierwise.core.faults import FAULTS, Fault
from tierwise.gateway.admin.archive import Away
from tierwise.gateway.admin.asked import DAY, HOUR, asked, filtered
from tierwise.gateway.admin.door import nobody, role_of, sees, told
from tierwise.gateway.admin.finding import FRESH, Found, found, joined
from tierwise.gateway.admin.summing import along, total
from tierwise.gateway.app import Call, Route
from tierwise.gateway.asking import Refused
from tierwise.ledger import Group, Query, Store
from tierwise.ledger.rows import row_of

BY: Final = ("model", "task", "team")
NAMED: Final = ("model", "task", "key", "team", "client")
HOURLY: Final = 3 * DAY
"""Ranges up to this long are shown by the hour."""

LISTED: Final = 50
"""Groups of a kind that are told of."""

NAMES: Final = 500
CALLS: Final = 1000
"""Calls of a session that are shown."""


Interval = Callable[[Sequence[Group]], tuple[float, float] | None]


class Summed(Struct, frozen=True):
    """Sums over a range."""

    total: Group
    series: list[dict[str, Any]]
    by: dict[str, list[Group]]


async def me(call: Call) -> None:
    """Who asks, and what there is to see."""
    gateway = call.gateway
    role = role_of(call)
    if role == "client":
        raise Refused(Fault("forbidden", "this key asks models for answers; the console needs one with the role reader or admin"))
    has = [name for name in gateway.views.__struct_fields__ if getattr(gateway.views, name) is not None]
    await told(call, {"name": call.key.name, "role": role, "open": nobody(call), "version": __version__, "has": has})


async def overview(call: Call) -> None:
    """Sums over a range."""
    query, now = filtered(asked(call.query), call.gateway.clock.now()), call.gateway.clock.now()
    step = "hour" if now - query.since <= HOURLY else "day"
    span = query.since, min(now, query.until - 1)
    answer = await found(call.gateway, ("overview", msgspec.json.encode(query)), lambda store: summed(store, query, step, span))
    reference = call.gateway.settings.reference
    await told(call, {**_answer(answer), "now": now, "since": query.since, "step": step, "reference": reference})


def summed(store: Store, query: Query, step: str, span: tuple[int, int]) -> Summed:
    """What a store's entries of a query add up to, by time from the one end of a span to the other."""
    crossed = store.crossed((step, *BY), query)
    by = {name: along(crossed, place)[:LISTED] for place, name in enumerate(BY, 1)}
    return Summed(total(one for _, one in crossed), series(along(crossed, 0), step, span), by)


async def interval(call: Call) -> None:
    """How sure the share saved is: its interval at 95 %, over sessions; None for too few of them."""
    query, work = filtered(asked(call.query), call.gateway.clock.now()), call.gateway.views.interval
    answer = await found(call.gateway, ("interval", msgspec.json.encode(query)), lambda store: _sure(store, query, work))
    await told(call, {"sessions": answer.answer[0], "interval": answer.answer[1], **_told_away(answer)})


def _sure(store: Store, query: Query, work: Interval | None) -> tuple[int, tuple[float, float] | None]:
    """How many sessions there are, and the interval over them; a session is one key's."""
    crossed = store.crossed(("key", "session"), query)
    sessions = [replace(one, name="/".join(names)) for names, one in crossed if names[1]]
    return len(sessions), None if work is None else work(sessions)


STEPS: Final[Mapping[str, int]] = {"hour": HOUR, "day": DAY}
MOST_STEPS: Final = 1000


def series(groups: Sequence[Group], step: str, span: tuple[int, int]) -> list[dict[str, Any]]:
    """Groups by time with the instant (`at`) that each begins at, those of the span without requests too; from the first on without one."""
    known = {_instant(one.name): one for one in groups}
    if not known:
        return []
    length, empty = STEPS[step], Group("")
    last = max(*known, span[1] // length * length)
    first = max(span[0] // length * length if span[0] else min(known), last - length * MOST_STEPS)
    return [{"at": at, **msgspec.to_builtins(known.get(at, empty))} for at in range(first, last + 1, length)]


def _instant(name: str) -> int:
    """Milliseconds of a day (2026-10-06) or an hour (2026-10-06T09:00Z)."""
    return round(datetime.fromisoformat(name.replace("Z", "")).replace(tzinfo=UTC).timestamp() * 1000)


async def names(call: Call) -> None:
    """The values that requests can be filtered by."""
    query = filtered(asked(call.query), call.gateway.clock.now())
    bare = Query(since=query.since, until=query.until)
    answer = await found(call.gateway, ("names", bare.since, bare.until), lambda store: _names(store, bare))
    await told(call, answer.answer)


def _names(store: Store, query: Query) -> dict[str, list[str]]:
    crossed = store.crossed(NAMED, query)
    return {by: sorted({found[place] for found, _ in crossed} - {""})[:NAMES] for place, by in enumerate(NAMED)}


async def requests(call: Call) -> None:
    """Requests, newest first."""
    query = filtered(asked(call.query), call.gateway.clock.now())
    answer = await found(call.gateway, ("requests", msgspec.json.encode(query)), lambda store: store.rows(query))
    rows = list(answer.answer)
    more = len(rows) == query.limit
    if query.before is None:
        rows = joined(rows, call.gateway.ledger.recent(FRESH), query)
    last = rows[-1] if rows and more else None
    await told(call, {"rows": rows, "next": f"{last.at},{last.id}" if last else None, **_told_away(answer)})


async def request(call: Call) -> None:
    """One request with everything that is known of it."""
    name, gateway, why = call.tail, call.gateway, ""
    try:
        stored = await gateway.archive.ask(lambda store: (store.find(name), store.outcomes(name)))
    except Away as error:
        stored, why = (None, ()), f" ({error})"
    entry = stored[0] or gateway.ledger.find(name)
    if entry is None:
        raise Refused(Fault("not_found", f"no request {name[:80]!r} is known{why}"))
    tiers = {name: site.endpoint.tier for name, site in gateway.sites.items()}
    says = {kind: row.says for kind, row in FAULTS.items()}
    shown = {"entry": _shown(entry, role_of(call)), "row": row_of(entry), "outcomes": stored[1], "tiers": tiers, "faults": says}
    await told(call, shown)


def _shown(entry: Entry, role: str) -> Any:
    """An entry as somebody with a role may see it; what was asked and answered as text."""
    shown = msgspec.to_builtins(replace(entry, bodies=None))
    if entry.bodies is not None and role == "admin":
        shown["bodies"] = _texts(entry.bodies)
    return shown


def _texts(bodies: Bodies) -> dict[str, str]:
    return {"prompt": bodies.prompt.decode("utf-8", "replace"), "answer": bodies.answer.decode("utf-8", "replace")}


async def sessions(call: Call) -> None:
    """Sessions by their latest request."""
    query = filtered(asked(call.query), call.gateway.clock.now())
    answer = await found(call.gateway, ("sessions", msgspec.json.encode(query)), lambda store: _sessions(store, query))
    rows = answer.answer
    last = rows[-1] if len(rows) == query.limit else None
    await told(call, {"sessions": rows, "next": f"{last['last']},{last['name']}" if last else None, **_told_away(answer)})


def _sessions(store: Store, query: Query) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(one) for one in store.grouped("session", query)]


async def session(call: Call) -> None:
    """One session: its latest calls, the oldest first, and what was told of it."""
    name = call.tail
    query = Query(fields={"session": name}, limit=CALLS)
    answer = await found(call.gateway, ("session", name), lambda store: (store.rows(query), store.outcomes("", name)))
    rows, outcomes = answer.answer
    every = joined(rows, call.gateway.ledger.recent(FRESH), query)[::-1]
    if not every:
        raise Refused(Fault("not_found", f"no session {name[:80]!r} is known"))
    await told(call, {"rows": every, "more": len(rows) == CALLS, "outcomes": outcomes, **_told_away(answer)})


def _told_away(answer: Found) -> dict[str, Any]:
    return {"away": answer.away, "remembered": answer.remembered}


def _answer(answer: Found) -> dict[str, Any]:
    return {**msgspec.to_builtins(answer.answer), **_told_away(answer)}


ROUTES: Final[Mapping[str, Route]] = {
    "/admin/me": Route({"GET": me}),
    "/admin/overview": Route({"GET": sees(overview)}),
    "/admin/interval": Route({"GET": sees(interval)}),
    "/admin/names": Route({"GET": sees(names)}),
    "/admin/requests": Route({"GET": sees(requests)}),
    "/admin/requests/": Route({"GET": sees(request)}),
    "/admin/sessions": Route({"GET": sees(sessions)}),
    "/admin/sessions/": Route({"GET": sees(session)}),
}
