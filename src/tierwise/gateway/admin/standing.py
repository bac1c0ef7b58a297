"""Budgets with what they have used, and keys without their secrets: those of the store and those of tierwise.yaml."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from tierwise.config.settings import KeySettings, Settings
from tierwise.core.budgets import Budget, began, merged, renews
from tierwise.core.entry import Drawn
from tierwise.core.keys import past
from tierwise.gateway.admin.archive import Away
from tierwise.gateway.admin.door import role_of, sees, told
from tierwise.gateway.app import Call, Route
from tierwise.ledger import Purse, Store

FILE: Final = "tierwise.yaml"
STORE: Final = "store"


async def budgets(call: Call) -> None:
    """Every budget with its period and what that has used."""
    gateway, now = call.gateway, call.gateway.clock.now()
    settled = gateway.desk.settled
    away = ""
    try:
        kept, purses = await gateway.archive.ask(lambda store: _used(store, settled, now))
    except Away as error:
        kept, purses, away = (), {}, str(error)
    fixed = {one.name for one in settled}
    secret = role_of(call) != "admin"
    rows = [_row(one, purses.get(one.name), now) | {"source": FILE if one.name in fixed else STORE} for one in merged(settled, kept)]
    if secret:
        rows = [{**row, "webhook": bool(row["webhook"])} for row in rows]
    await told(call, {"budgets": rows, "now": now, "away": away})


def _used(store: Store, settled: Sequence[Budget], now: int) -> tuple[Sequence[Budget], dict[str, Purse]]:
    kept = store.budgets()
    purses = store.purses([Drawn(one.name, began(one.period, now)) for one in merged(settled, kept)])
    return kept, {one.budget: one for one in purses}


def _row(one: Budget, purse: Purse | None, now: int) -> dict[str, Any]:
    """A budget as the console shows it; what it has used is None where nobody can say."""
    used = {"spent": None, "held": None} if purse is None else {"spent": purse.spent, "held": purse.held}
    return {**msgspec.to_builtins(one), "began": began(one.period, now), "renews": renews(one.period, now), **used}


async def keys(call: Call) -> None:
    """Every key without its secret and its digest, but those of cascades that are over."""
    gateway, now, away = call.gateway, call.gateway.clock.now(), ""
    try:
        kept = await gateway.archive.ask(lambda store: store.keys())
    except Away as error:
        kept, away = (), str(error)
    good = [one for one in kept if not (one.pin and past(one, now))]
    stored = [{**_without(msgspec.to_builtins(one), "digest"), "source": STORE, "past": past(one, now)} for one in good]
    fixed = [_settled(one) for one in gateway.settings.keys]
    ordered = sorted(stored, key=lambda one: (bool(one["past"]), -one["created"]))
    shown = {"keys": [*fixed, *ordered], "mine": call.key.id or call.key.name, "now": now, "away": away}
    await told(call, shown | _choices(gateway.settings))


def _settled(one: KeySettings) -> dict[str, Any]:
    """A key of the settings, as those of the store look."""
    given = _without(msgspec.to_builtins(one), "key", "key_env")
    return {"id": "", "owner": "", "created": 0, "expires": 0, "revoked": 0, "past": "", **given, "source": FILE}


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _choices(said: Settings) -> dict[str, Any]:
    """What settings say that a key's form shows as what holds where it says nothing."""
    return {"policy": said.policy, "floor": said.floor}


ROUTES: Final[Mapping[str, Route]] = {
    "/admin/budgets": Route({"GET": sees(budgets)}),
    "/admin/keys": Route({"GET": sees(keys)}),
}
