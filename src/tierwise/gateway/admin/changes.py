"""Keys and budgets changed over HTTP, by admins only.

    POST   /admin/keys                 a new key; the answer has its secret, this once
    POST   /admin/keys/{id}/rotate     a new secret for it; {"grace": "1h"} keeps the old one good for a while
    POST   /admin/keys/{id}/revoke     also DELETE /admin/keys/{id}
    POST   /admin/budgets              a budget by its name, new or changed; also PUT /admin/budgets/{name}
    DELETE /admin/budgets/{name}

What is changed holds in this process at once, and in every other within two seconds.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from tierwise.core.budgets import BadBudget, Budget, Period, Scope, checked
from tierwise.core.faults import Fault
from tierwise.core.keys import BadKey, NoKey, VirtualKey, span
from tierwise.core.money import pico
from tierwise.core.notices import Notice
from tierwise.gateway.admin import door
from tierwise.gateway.app import Call, Route
from tierwise.gateway.asking import Refused
from tierwise.gateway.minting import KeyAsked, Minted, minted, put, revoked, rotated
from tierwise.ledger import Store, StoreAway, StoreWrong

T = TypeVar("T")

MADE: Final = 201
REVOKE: Final = "revoke"
ROTATE: Final = "rotate"


class Rotate(Struct, frozen=True, forbid_unknown_fields=True):
    """How a key is given a new secret: for how long the old one stays good, '' for no longer."""

    grace: str = ""


class BudgetAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A budget that somebody wants; `limit` is in dollars, `of` names the key, team, project or tag."""

    limit: Decimal
    name: str = ""
    period: Period = "month"
    scope: Scope = "all"
    of: str = ""
    degrade: float | None = None
    alerts: tuple[float, ...] = (0.5, 0.8, 1.0)
    webhook: str = ""


async def _asked(call: Call, kind: type[T]) -> T:
    """What a body says; Refused names what is wrong with it."""
    body = await call.body() or b"{}"
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Fault("malformed", str(error))) from None


async def _done(call: Call, what: Callable[[Store], T]) -> T:
    """What is done to the store, seen by this process at once."""
    desk = call.gateway.desk
    try:
        found = await desk.clerk.ask(what)
    except NoKey as error:
        raise Refused(Fault("unknown_name", str(error))) from None
    except (BadKey, BadBudget) as error:
        raise Refused(Fault("malformed", str(error))) from None
    except (StoreAway, StoreWrong) as error:
        raise Refused(Fault("store_away", str(error))) from None
    await desk.changed()
    return found


def _noticed(call: Call, kind: str, name: str) -> None:
    by = call.key.name or "nobody in particular"
    call.gateway.desk.teller.tell(Notice(kind, f"{name}, by {by}", {"name": name, "by": by}))


async def make(call: Call) -> None:
    """A new key."""
    asked = await _asked(call, KeyAsked)
    try:
        new = minted(asked, call.gateway.clock.now())
        call.gateway.desk.keyring.made(new.key)
    except ValueError as error:
        raise Refused(Fault("malformed", str(error))) from None
    if any(one.name == new.key.name for one in call.gateway.desk.keyring.settled.values()):
        raise Refused(Fault("malformed", f"tierwise.yaml has a key {new.key.name!r} already; take another name"))
    await _done(call, lambda store: put(store, new))
    _noticed(call, "key_created", new.key.name)
    await door.told(call, _shown(new), MADE)


def _shown(new: Minted) -> dict[str, object]:
    return {**_public(new.key), "secret": new.secret}


def _public(key: VirtualKey) -> dict[str, object]:
    found = msgspec.to_builtins(key)
    return {name: value for name, value in found.items() if name != "digest"}


async def on_key(call: Call) -> None:
    """What is done to a key: the last part of the path says what."""
    name, _, what = call.tail.rpartition("/")
    act = ACTS.get(what)
    if act is None or not name:
        raise Refused(Fault("not_found", f"{call.path[:200]} is not served; known are /admin/keys/ID/{REVOKE} and /admin/keys/ID/{ROTATE}"))
    await act(call, name)


async def _rotate(call: Call, name: str) -> None:
    asked, now = await _asked(call, Rotate), call.gateway.clock.now()
    try:
        grace = span(asked.grace) if asked.grace else 0
    except BadKey as error:
        raise Refused(Fault("malformed", f"grace: {error}")) from None
    new = await _done(call, lambda store: rotated(store, name, now, grace))
    _noticed(call, "key_rotated", new.key.name)
    await door.told(call, _shown(new))


async def _revoke(call: Call, name: str) -> None:
    now = call.gateway.clock.now()
    key = await _done(call, lambda store: revoked(store, name, now))
    _noticed(call, "key_revoked", key.name)
    await door.told(call, {**_public(key), "revoked": key.revoked or now})


async def revoke(call: Call) -> None:
    """Revoke a key."""
    await _revoke(call, call.tail)


ACTS: Final = {REVOKE: _revoke, ROTATE: _rotate}


async def set_budget(call: Call) -> None:
    """A budget, new or changed."""
    asked = await _asked(call, BudgetAsked)
    name = call.tail or asked.name
    if asked.name and asked.name != name:
        raise Refused(Fault("malformed", f"the path names budget {name!r}, the body {asked.name!r}"))
    if any(one.name == name for one in call.gateway.desk.settled):
        raise Refused(Fault("forbidden", f"budget {name} is set in tierwise.yaml, which has to be changed instead"))
    budget = wanted(replace(asked, name=name))
    await _done(call, lambda store: store.put_budget(budget))
    _noticed(call, "budget_changed", name)
    await door.told(call, msgspec.to_builtins(budget))


def wanted(asked: BudgetAsked) -> Budget:
    """The budget that is asked for; Refused says what is wrong with it."""
    alerts = tuple(sorted(set(asked.alerts)))
    try:
        limit = pico(asked.limit)
        return checked(Budget(asked.name.strip(), limit, asked.period, asked.scope, asked.of, asked.degrade, alerts, asked.webhook))
    except ValueError as error:
        raise Refused(Fault("malformed", str(error))) from None


async def drop_budget(call: Call) -> None:
    """Forget a budget."""
    name = call.tail
    if any(one.name == name for one in call.gateway.desk.settled):
        raise Refused(Fault("forbidden", f"budget {name} is set in tierwise.yaml, which has to be changed instead"))
    if not await _done(call, lambda store: store.drop_budget(name)):
        raise Refused(Fault("unknown_name", f"no budget {name[:200]!r}"))
    _noticed(call, "budget_dropped", name)
    await door.told(call, {"name": name, "dropped": True})


ROUTES: Final[Mapping[str, Route]] = {
    "/admin/keys": Route({"POST": door.changes(make)}),
    "/admin/keys/": Route({"POST": door.changes(on_key), "DELETE": door.changes(revoke)}),
    "/admin/budgets": Route({"POST": door.changes(set_budget)}),
    "/admin/budgets/": Route({"PUT": door.changes(set_budget), "DELETE": door.changes(drop_budget)}),
}
