import json

from tests.gateway.admin.asking import KEYS, asked, holding, told
from tests.gateway.within import run
from tests.ledger.samples import DAY, NOON, entry
from tierwise.config.settings import BudgetSettings
from tierwise.core.budgets import Budget, began
from tierwise.core.entry import Drawn
from tierwise.core.keys import VirtualKey

SAID = (BudgetSettings(name="house", limit=0.1, team="core", degrade=0.9, webhook="https://hooks.example/secret-path"),)
READER = {"authorization": "Bearer the-readers-secret"}
ADMIN = {"authorization": "Bearer the-admins-secret"}


def test_a_budget_shows_what_its_period_has_used() -> None:
    spent = (Drawn("house", began("month", NOON)), Drawn("daily", began("day", NOON)))

    async def drill() -> None:
        async with holding([entry("tw-1", cost=7, drawn=spent), entry("tw-0", NOON - DAY, cost=5, drawn=(spent[0],))], budgets=SAID) as (
            made,
            store,
        ):
            store.real.put_budget(Budget("daily", 10**12, "day"))
            store.real.put_budget(Budget("house", 5, "day"))
            found = {one["name"]: one for one in (await told(made, "/admin/budgets"))["budgets"]}
            assert found.keys() == {"daily", "house"}
            assert (found["house"]["spent"], found["house"]["limit"], found["house"]["source"]) == (12, 10**11, "tierwise.yaml")
            assert (found["daily"]["spent"], found["daily"]["source"]) == (7, "store")
            assert found["daily"]["renews"] - found["daily"]["began"] == DAY

    run(drill())


def test_what_a_budget_has_used_is_unknown_while_the_store_is_away() -> None:
    async def drill() -> None:
        async with holding(budgets=SAID) as (made, store):
            store.away = True
            found = await told(made, "/admin/budgets")
            assert [(one["name"], one["spent"], one["held"]) for one in found["budgets"]] == [("house", None, None)]
            assert found["away"] == "the store is away"

    run(drill())


def test_a_webhooks_address_is_for_admins_only() -> None:
    async def drill() -> None:
        async with holding(keys=KEYS, budgets=SAID) as (made, _):
            assert b"secret-path" not in (await asked(made, "/admin/budgets", headers=READER)).body
            assert b"secret-path" in (await asked(made, "/admin/budgets", headers=ADMIN)).body

    run(drill())


def test_keys_are_listed_without_anything_that_is_secret() -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, store):
            for at, (name, revoked) in {1: ("old", 2), NOON: ("young", 0), 5: ("older", 0)}.items():
                store.real.put_key(VirtualKey(f"k-{name}", name.encode().hex() * 6, name, created=at, revoked=revoked))
            answer = await asked(made, "/admin/keys", headers=READER)
            found = json.loads(answer.body)
            assert [one["name"] for one in found["keys"]] == ["client", "reader", "admin", "young", "older", "old"]
            assert [one["past"] for one in found["keys"]] == ["", "", "", "", "", "revoked"]
            assert found["mine"] == "reader"
            listed = store.real.keys()
            for secret in (*(one.key or "" for one in KEYS), *(one.digest for one in listed), "digest", "key_env"):
                assert secret.encode() not in answer.body

    run(drill())


def test_keys_of_cascades_are_listed_while_they_are_good() -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, store):
            for name, pin, revoked in (("going", "alpha", 0), ("over", "alpha", 2), ("ann", "", 2)):
                store.real.put_key(VirtualKey(f"k-{name}", name.encode().hex() * 6, name, created=1, revoked=revoked, pin=pin))
            found = json.loads((await asked(made, "/admin/keys", headers=READER)).body)
            assert [one["name"] for one in found["keys"] if one["source"] == "store"] == ["going", "ann"]

    run(drill())


def test_keys_of_the_file_are_listed_while_the_store_is_away() -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, store):
            store.away = True
            found = await told(made, "/admin/keys", headers=READER)
            assert [one["source"] for one in found["keys"]] == ["tierwise.yaml"] * 3
            assert found["away"] == "the store is away"

    run(drill())
