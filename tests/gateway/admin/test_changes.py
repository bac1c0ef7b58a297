"""Keys and budgets changed over HTTP: by admins, in JSON, at once, and never with a secret where none belongs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import pytest

from tests.gateway.drill import Answered
from tests.gateway.fickle import Fickle, Heard, fickle, key, standing
from tests.gateway.within import Sold, client, gateway, run, scope
from tierwise.core.budgets import Budget
from tierwise.gateway import desk
from tierwise.gateway.admin import changes
from tierwise.gateway.app import App
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.routes import app
from tierwise.upstream.scripted import Scripted

HERE = {"host": "localhost:8484", "content-type": "application/json"}
ROOT = {**HERE, "x-api-key": "secret"}
DIGEST = sha256(b"secret").digest()
FIXED = Budget("fixed", 10**12)


@asynccontextmanager
async def running(store: Fickle) -> AsyncIterator[Gateway]:
    """A gateway on a store, with a budget and an admin's key of its file."""
    made = gateway(Sold("one/alpha", Scripted(pace=0)))
    means = desk.Means(
        made.clock.now, made.everybody, standing, "one", store, {DIGEST: key("root", role="admin")}, (FIXED,), teller=Heard()
    )
    made.desk = desk.opened(means)
    await made.desk.look()
    try:
        yield made
    finally:
        await made.desk.close()


async def called(made: Gateway, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answered:
    one = client(b"" if body is None else json.dumps(body).encode())
    served = app(made)
    if "/admin/keys/" not in served.routes:
        served = App(made, {**served.routes, **changes.ROUTES}, served.shape)
    await served(scope(method, path, [("host", "localhost"), *(headers or ROOT).items()][1:]), one.receive, one.send)
    return one.answered


def test_a_key_is_made_shown_once_and_good_at_once() -> None:
    async def drill() -> None:
        async with running(fickle()) as made:
            asked = {"name": " ann ", "team": "core", "tags": ["a"], "expires": "30d", "requests": 5}
            answer = await called(made, "POST", "/admin/keys", asked)
            told = json.loads(answer.body)
            assert answer.status == 201
            assert answer.headers["cache-control"] == "no-store"
            assert "digest" not in told
            assert (told["name"], told["team"], told["requests"], told["role"]) == ("ann", "core", 5, "client")
            assert (await made.desk.key(told["secret"])).payer.team == "core"
            teller = made.desk.teller
            assert isinstance(teller, Heard)
            assert teller.kinds == ["key_created"]
            assert told["secret"] not in repr(teller.notices)

    run(drill())


def test_a_key_is_rotated_and_revoked_by_id_or_name() -> None:
    async def drill() -> None:
        async with running(fickle()) as made:
            first = json.loads((await called(made, "POST", "/admin/keys", {"name": "ann"})).body)
            new = json.loads((await called(made, "POST", f"/admin/keys/{first['id']}/rotate", {"grace": "1h"})).body)
            assert new["secret"] != first["secret"]
            assert new["id"] == first["id"]
            for secret in (first["secret"], new["secret"]):
                assert (await made.desk.key(secret)).name == "ann"
            gone = await called(made, "POST", "/admin/keys/ann/revoke")
            assert gone.status == 200
            assert json.loads(gone.body)["revoked"]
            for secret in (first["secret"], new["secret"]):
                with pytest.raises(Exception, match="ann, at "):
                    await made.desk.key(secret)
            again = await called(made, "DELETE", f"/admin/keys/{first['id']}")
            assert again.status == 200
            assert (await called(made, "POST", "/admin/keys/ann/rotate")).status == 400

    run(drill())


def test_a_budget_is_set_changed_and_dropped() -> None:
    async def drill() -> None:
        async with running(fickle()) as made:
            asked = {
                "name": "team a/b %",
                "limit": 12.34,
                "period": "week",
                "scope": "team",
                "of": "core",
                "degrade": 0.8,
                "alerts": [0.9, 0.5],
            }
            told = json.loads((await called(made, "POST", "/admin/budgets", asked)).body)
            assert (told["limit"], told["alerts"]) == (12_340_000_000_000, [0.5, 0.9])
            assert [one.name for one in made.desk.purses.budgets] == ["fixed", "team a/b %"]
            other = await called(made, "PUT", "/admin/budgets/team a/b %", {"limit": "0.1"})
            assert other.status == 200
            assert [one.limit for one in made.desk.purses.budgets] == [10**12, 10**11]
            assert json.loads((await called(made, "DELETE", "/admin/budgets/team a/b %")).body) == {"name": "team a/b %", "dropped": True}
            assert [one.name for one in made.desk.purses.budgets] == ["fixed"]
            assert (await called(made, "DELETE", "/admin/budgets/team a/b %")).status == 404

    run(drill())


WRONG = [
    ("POST", "/admin/keys", {"name": ""}, 400, "its name has to have between 1 and 100 printable characters"),
    ("POST", "/admin/keys", {"name": "a", "rolle": "admin"}, 400, "Object contains unknown field `rolle`"),
    ("POST", "/admin/keys", {"name": "a", "role": "root"}, 400, "Invalid enum value 'root'"),
    ("POST", "/admin/keys", {"name": "a", "expires": "soon"}, 400, "'soon' is no length of time; write 45m, 12h, 30d or 2w"),
    ("POST", "/admin/keys", {"name": "a", "policy": "nobody's"}, 400, "unknown policy"),
    ("POST", "/admin/keys", {"name": "a", "tokens": -5}, 400, "tokens -5 is not at least 1"),
    ("POST", "/admin/keys/zed/revoke", None, 404, "no key 'zed'"),
    ("POST", "/admin/keys/zed/rotate", {"grace": "x"}, 400, "grace: 'x' is no length of time"),
    ("POST", "/admin/keys/zed/burn", None, 404, "known are /admin/keys/ID/revoke and /admin/keys/ID/rotate"),
    ("POST", "/admin/budgets", {"name": "b", "limit": -5}, 400, "a limit of -$5.000000 is not between $0.000001 and $1,000,000,000.00"),
    ("POST", "/admin/budgets", {"name": "b", "limit": 0}, 400, "a limit of $0.000000 is not between"),
    ("POST", "/admin/budgets", {"name": "b", "limit": "1e-20"}, 400, "is not a whole number of pico-dollars"),
    ("POST", "/admin/budgets", {"name": "b", "limit": "much"}, 400, "Invalid decimal string"),
    ("POST", "/admin/budgets", {"name": "b"}, 400, "Object missing required field `limit`"),
    ("POST", "/admin/budgets", {"limit": 1}, 400, "its name has to have"),
    ("PUT", "/admin/budgets/b", {"name": "c", "limit": 1}, 400, "the path names budget 'b', the body 'c'"),
    ("PUT", "/admin/budgets/b", {"limit": 1, "scope": "team"}, 400, "it does not say which team it is for"),
    ("PUT", "/admin/budgets/fixed", {"limit": 1}, 403, "budget fixed is set in tierwise.yaml, which has to be changed instead"),
    ("DELETE", "/admin/budgets/fixed", None, 403, "tierwise.yaml"),
    ("DELETE", "/admin/budgets/none", None, 404, "no budget 'none'"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "words"), WRONG)
def test_what_is_wrong_is_said_in_one_line(method: str, path: str, body: Any, status: int, words: str) -> None:
    async def drill() -> None:
        async with running(fickle()) as made:
            answer = await called(made, method, path, body)
            said = json.loads(answer.body)["error"]["message"]
            assert answer.status == status, said
            assert words in said
            assert "\n" not in said

    run(drill())


def test_with_the_store_away_nothing_is_changed_and_that_is_said() -> None:
    async def drill() -> None:
        store = fickle()
        async with running(store) as made:
            store.away = True
            answer = await called(made, "POST", "/admin/keys", {"name": "ann"})
            assert answer.status == 503
            assert "the store cannot be reached, so nothing was changed" in answer.body.decode()
            store.away = False

    run(drill())


def test_names_are_taken_once_and_no_body_but_json_is_taken() -> None:
    async def drill() -> None:
        async with running(fickle()) as made:
            await called(made, "POST", "/admin/keys", {"name": "ann"})
            again = await called(made, "POST", "/admin/keys", {"name": "ann"})
            assert again.status == 400
            assert "there is a key 'ann' already" in again.body.decode()
            twice = await called(made, "POST", "/admin/keys", {"name": "root"})
            assert "tierwise.yaml has a key 'root' already" in twice.body.decode()
            plain = await called(made, "POST", "/admin/budgets", {"name": "b", "limit": 1}, {**ROOT, "content-type": "text/plain"})
            assert plain.status == 400
            assert (await called(made, "POST", "/admin/budgets", {"name": "b", "limit": 1}, HERE)).status == 401

    run(drill())


def test_without_any_key_this_machine_may_change_things_and_another_sites_page_may_not() -> None:
    async def drill() -> None:
        async with running(fickle()) as made:
            made.desk.keyring.settled = {}
            elsewhere = {**HERE, "sec-fetch-site": "cross-site"}
            assert (await called(made, "POST", "/admin/budgets", {"name": "b", "limit": 1}, elsewhere)).status == 403
            assert (await called(made, "POST", "/admin/keys", {"name": "ann"}, HERE)).status == 201
            assert (await called(made, "POST", "/admin/keys", {"name": "bob"}, HERE)).status == 401

    run(drill())


@pytest.mark.parametrize("role", ["client", "reader"])
def test_only_admins_change_anything(role: Any) -> None:
    async def drill() -> None:
        async with running(fickle()) as made:
            made.desk.keyring.settled = {DIGEST: key(role=role)}
            for path, methods in PATHS.items():
                for method in methods:
                    answer = await called(made, method, path, {})
                    assert answer.status == 403
                    assert f"this needs a key with the role admin; the key's role is {role}" in answer.body.decode()

    run(drill())


PATHS = {"/admin/keys": ("POST",), "/admin/keys/a": ("DELETE",), "/admin/budgets": ("POST",), "/admin/budgets/b": ("PUT", "DELETE")}
