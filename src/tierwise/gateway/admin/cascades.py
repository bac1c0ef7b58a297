"""What the console reads of verified cascades: the runs there are, and one of them stage by stage. Amounts are pico-dollars.

    /admin/cascades        runs that began within a range, newest first; `status` picks those that stand so
    /admin/cascades/ID     one with its stages and checks, and what each stage cost

What a run cost that is over stands in its record. Of one that still goes on its requests are summed, so that it can be watched.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.faults import Fault
from tierwise.core.run import KEY, RESULTS, STATUSES, TAG, Run, Stage
from tierwise.gateway.admin.asked import asked, filtered
from tierwise.gateway.admin.door import role_of, sees, told
from tierwise.gateway.admin.finding import found
from tierwise.gateway.app import Call, Route
from tierwise.gateway.asking import Refused
from tierwise.ledger import Group, Query, Store

RUNNING: Final = "running"
STATUS: Final = "status"
RANGE: Final = frozenset({"span", "since", "until", "text", "before", "limit"})
BEFORE: Final = 3_600_000
"""Milliseconds before a run began from which on its requests are looked for: a gateway on another machine has a clock of its own."""


class Spent(Struct, frozen=True):
    """What was spent: so many requests (None: nobody knows), so much of which the price is known, and so many of which it is not."""

    requests: int | None
    cost: int | None
    unpriced: int = 0


async def cascades(call: Call) -> None:
    """Runs, newest first."""
    query = wanted(asked(call.query), call.gateway.clock.now())
    answer = await found(call.gateway, ("cascades", msgspec.json.encode(query)), lambda store: _listed(store, query))
    rows: list[dict[str, Any]] = answer.answer
    last = rows[-1]["run"] if len(rows) == query.limit else None
    more = {"next": f"{last.at},{last.id}" if last else None, "away": answer.away, "remembered": answer.remembered}
    await told(call, {"rows": rows, "statuses": dict(STATUSES), "now": call.gateway.clock.now(), **more})


def wanted(given: Mapping[str, str], now: int) -> Query:
    """The runs that a page asks for; Refused names a status that there is not."""
    status = given.get(STATUS, "")
    if status and status not in STATUSES:
        close = get_close_matches(status, STATUSES, 1)
        meant = f"did you mean {close[0]}?" if close else f"known: {', '.join(STATUSES)}"
        raise Refused(Fault("malformed", f"status: no cascade is {status[:40]!r}; {meant}"))
    query = filtered({name: value for name, value in given.items() if name in RANGE}, now)
    return replace(query, fields={STATUS: status} if status else {})


def _listed(store: Store, query: Query) -> list[dict[str, Any]]:
    return [{"run": light(one), "spent": _all(store, one)} for one in store.runs(query)]


def light(run: Run) -> Run:
    """A run without what its checks printed."""
    stages = (replace(one, checks=tuple(replace(check, tail="") for check in one.checks)) for one in run.stages)
    return replace(run, stages=tuple(stages))


def _all(store: Store, run: Run) -> Spent:
    """What a run cost in all."""
    if run.status != RUNNING:
        return summed([_recorded(one) for one in run.stages])
    return _of(store.grouped("", Query(since=max(0, run.at - BEFORE), tag=f"{TAG}{run.id}")))


def _recorded(stage: Stage) -> Spent:
    return Spent(stage.requests, stage.cost, stage.unpriced)


def _of(groups: Sequence[Group]) -> Spent:
    return Spent(groups[0].requests, groups[0].cost, groups[0].unpriced) if groups else Spent(0, 0)


def summed(parts: Sequence[Spent]) -> Spent:
    """What several cost together; unknown where that of one is."""
    requests, costs = [one.requests for one in parts], [one.cost for one in parts]
    return Spent(
        None if None in requests else sum(one or 0 for one in requests),
        None if None in costs else sum(one or 0 for one in costs),
        sum(one.unpriced for one in parts),
    )


async def cascade(call: Call) -> None:
    """One run."""
    name = call.tail
    answer = await found(call.gateway, ("cascade", name), lambda store: _one(store, name))
    if answer.answer is None:
        why = f" ({answer.away})" if answer.away else ""
        raise Refused(Fault("not_found", f"no cascade {name[:80]!r} is known{why}"))
    run, stages = answer.answer
    shown = run if role_of(call) == "admin" else light(run)
    words = {"statuses": dict(STATUSES), "results": dict(RESULTS), "now": call.gateway.clock.now(), "away": answer.away}
    await told(call, {"run": shown, "stages": stages, "spent": summed(stages), **words})


def _one(store: Store, name: str) -> tuple[Run, list[Spent]] | None:
    run = store.run(name)
    if run is None:
        return None
    if run.status != RUNNING:
        return run, [_recorded(one) for one in run.stages]
    groups = store.grouped("key", Query(since=max(0, run.at - BEFORE), tag=f"{TAG}{name}"))
    keys = {one.name: one for one in groups}
    return run, [_of([keys[key]] if (key := KEY.format(name, one.number)) in keys else []) for one in run.stages]


ROUTES: Final[Mapping[str, Route]] = MappingProxyType(
    {"/admin/cascades": Route({"GET": sees(cascades)}), "/admin/cascades/": Route({"GET": sees(cascade)})}
)
