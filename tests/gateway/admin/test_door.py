import json

import pytest

from tests.gateway.admin.asking import KEYS, asked, holding
from tests.gateway.within import run
from tierwise.gateway.admin.door import named


def shown(role: str) -> dict[str, str]:
    return {"authorization": f"Bearer the-{role}s-secret"}


@pytest.mark.parametrize(("role", "status"), [("client", 403), ("reader", 200), ("admin", 200), ("nobody", 401)])
@pytest.mark.parametrize("path", ["/admin/overview", "/admin/requests", "/admin/keys", "/admin/backtests"])
def test_readers_and_admins_see_what_clients_do_not(path: str, role: str, status: int) -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, _):
            answer = await asked(made, path, headers=shown(role))
            assert answer.status == status
            if status == 200:
                assert answer.headers["cache-control"] == "no-store"
                assert answer.headers["x-content-type-options"] == "nosniff"
            assert (await asked(made, path)).status == 401

    run(drill())


@pytest.mark.parametrize(("role", "status"), [("client", 403), ("reader", 403), ("nobody", 401)])
@pytest.mark.parametrize(("method", "path"), [("POST", "/admin/keys"), ("DELETE", "/admin/keys/k-1"), ("POST", "/admin/budgets")])
def test_only_admins_change_anything(method: str, path: str, role: str, status: int) -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, store):
            json_ = {"content-type": "application/json"}
            assert (await asked(made, path, method, b'{"name": "x", "limit": 1}', {**shown(role), **json_})).status == status
            assert store.asked == []

    run(drill())


def test_what_changes_something_has_to_be_json() -> None:
    async def drill() -> None:
        async with holding() as (made, store):
            for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
                answer = await asked(made, "/admin/keys", "POST", b'{"name": "x"}', {"content-type": kind})
                assert answer.status == 400
                assert b"content-type: application/json" in answer.body
            assert store.asked == []

    run(drill())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost:8484"}, 200),
        ({"host": "127.0.0.1:8484"}, 200),
        ({"host": "[::1]:8484"}, 200),
        ({"host": "LOCALHOST"}, 200),
        ({"host": "evil.example:8484"}, 403),
        ({"host": "localhost.evil.example"}, 403),
        ({"host": ""}, 403),
        ({"host": "localhost", "sec-fetch-site": "same-origin"}, 200),
        ({"host": "localhost", "sec-fetch-site": "none"}, 200),
        ({"host": "localhost", "sec-fetch-site": "cross-site"}, 403),
        ({"host": "localhost", "sec-fetch-site": "same-site"}, 403),
    ],
)
def test_without_keys_only_this_machines_own_pages_are_served(headers: dict[str, str], status: int) -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            assert (await asked(made, "/admin/requests", headers=headers)).status == status
            assert (await asked(made, "/admin/door", headers=headers)).status == 200

    run(drill())


def test_with_keys_any_name_will_do() -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, _):
            answer = await asked(made, "/admin/me", headers={"host": "tierwise.example", **shown("reader")})
            assert json.loads(answer.body)["role"] == "reader"
            assert json.loads((await asked(made, "/admin/door")).body) == {"open": False}

    run(drill())


def test_a_client_hears_which_key_the_console_needs() -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, _):
            answer = await asked(made, "/admin/me", headers=shown("client"))
            assert answer.status == 403
            assert b"reader or admin" in answer.body

    run(drill())


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("localhost:80", "localhost"),
        ("LocalHost", "localhost"),
        ("[::1]:80", "[::1]"),
        ("[::1]", "[::1]"),
        ("::1", "::1"),
        ("a:b", "a:b"),
        ("127.0.0.1:", "127.0.0.1:"),
    ],
)
def test_a_hosts_name_is_told_from_its_port(host: str, name: str) -> None:
    assert named(host) == name
