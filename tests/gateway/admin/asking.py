"""The admin API asked within the process: a gateway over a store that holds a crowd of entries, and answers as JSON."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from tests.gateway.drill import Answered
from tests.gateway.fickle import Fickle, fickle
from tests.gateway.within import Sold, client, gateway, scope
from tests.ledger.samples import NOON, crowd
from tierwise.config.settings import KeySettings
from tierwise.core.entry import Record
from tierwise.gateway.admin.archive import opened as archived
from tierwise.gateway.admin.views import Views
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.routes import app
from tierwise.upstream.scripted import Scripted

HERE = {"host": "localhost:8484"}
KEYS = tuple(KeySettings(name=role, key=f"the-{role}s-secret", role=role) for role in ("client", "reader", "admin"))


PATIENCE = 4.0
"""Seconds after which a store counts as away here; tests of one that hangs wait for less."""


@asynccontextmanager
async def holding(entries: Sequence[Record] = (), keys: Sequence[KeySettings] = (), **said: Any) -> AsyncIterator[tuple[Gateway, Fickle]]:
    """A gateway over a store with some entries, a minute after the last of them."""
    store = fickle()
    store.real.add(entries)
    made = gateway(Sold("one/alpha", Scripted(pace=0)), keys=tuple(keys), **said)
    now = max((one.at for one in entries), default=NOON) + 60_000
    made.clock = replace(made.clock, now=lambda: now)
    made.archive, made.views = archived(store, patience=PATIENCE), Views()
    try:
        yield made, store
    finally:
        await made.end()


async def asked(made: Gateway, path: str, method: str = "GET", body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answered:
    """The answer to one request."""
    one = client(body)
    await app(made)(visiting(method, path, headers or {}), one.receive, one.send)
    return one.answered


def visiting(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """A connection of somebody at this machine."""
    asking = scope(method, path, {**HERE, **headers})
    asking["headers"] = asking["headers"][1:]  # a host of our own
    return asking


async def told(made: Gateway, path: str, **more: Any) -> Any:
    """The JSON of an answer that has to be good."""
    answer = await asked(made, path, **more)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


CROWD = crowd(240)
