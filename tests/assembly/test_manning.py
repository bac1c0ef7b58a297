"""Keys and budgets of the settings and of the store, as a gateway has them."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.within import Sold, gateway, posted, request, run
from tierwise.assembly import keeping, manning
from tierwise.assembly.keeping import Keeping
from tierwise.config.reader import BadSettings
from tierwise.config.settings import BudgetSettings, KeySettings, LedgerSettings, ServerSettings, Settings
from tierwise.core.budgets import Budget
from tierwise.core.entry import Drawn
from tierwise.core.money import PER_DOLLAR
from tierwise.gateway.minting import KeyAsked, minted, put
from tierwise.ledger import Query
from tierwise.upstream.scripted import Scripted

ALPHA = Sold("one/alpha", Scripted(pace=0))


def test_a_budget_of_the_settings_is_one_in_whole_picodollars() -> None:
    said = BudgetSettings(name="team", limit=12.5, period="week", team="core", degrade=0.9, webhook="https://x.test/hook")
    assert manning.budget_of(said) == Budget(
        "team", 25 * PER_DOLLAR // 2, "week", "team", "core", 0.9, (0.5, 0.8, 1.0), "https://x.test/hook"
    )
    assert manning.budget_of(BudgetSettings(name="all", limit=1)) == Budget("all", PER_DOLLAR)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"budgets": (BudgetSettings(name="a", limit=1, team="x", key="y"),)}, r"budgets: a: it is for a key and a team"),
        ({"budgets": (BudgetSettings(name="a", limit=1), BudgetSettings(name="a", limit=2))}, r"budgets: two are called 'a'"),
        ({"budgets": (BudgetSettings(name="a\x00", limit=1),)}, r"budgets: .*printable"),
        ({"keys": (KeySettings(name="a", key="x", policies=("cheepest",)),)}, r"keys: a: .*cheapest"),
    ],
)
def test_what_makes_no_sense_is_said(said: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSettings, match=says):
        gateway(ALPHA, **said)


def test_a_key_of_the_settings_says_whose_requests_they_are() -> None:
    said = KeySettings(name="ann", key="x", role="reader", team="core", project="p", tags=("night",), tokens=9, bodies=True)
    (key,) = gateway(ALPHA, keys=(said,)).desk.keyring.settled.values()
    assert (key.name, key.role, key.payer.team, key.payer.project, key.payer.tags, key.tokens, key.bodies) == (
        "ann",
        "reader",
        "core",
        "p",
        ("night",),
        9,
        True,
    )


def placed(tmp_path: Path, **said: Any) -> tuple[Settings, Keeping]:
    made = Settings(ledger=LedgerSettings(store=str(tmp_path / "ledger.db")), log="none", **said)
    return made, keeping.kept(made, {})


def test_keys_of_the_store_are_enough_to_listen_elsewhere(tmp_path: Path) -> None:
    _, kept = placed(tmp_path)
    assert kept.store is not None
    elsewhere: dict[str, Any] = {"server": ServerSettings(host="0.0.0.0")}  # noqa: S104  # what is asked for
    with pytest.raises(BadSettings, match=r"server\.host.*tierwise keys create"):
        gateway(ALPHA, kept=kept, **elsewhere)
    put(kept.store, minted(KeyAsked("ann"), 1))
    made = gateway(ALPHA, kept=kept, **elsewhere)
    assert not made.desk.keyring.open
    assert run(posted(made, "openai_chat", request("openai_chat"))).status == 401
    kept.store.close()


def test_keys_that_pin_are_not_enough_to_listen_elsewhere(tmp_path: Path) -> None:
    _, kept = placed(tmp_path)
    assert kept.store is not None
    put(kept.store, minted(KeyAsked("cascade-1-1", pin="alpha"), 1))
    with pytest.raises(BadSettings, match=r"server\.host.*tierwise keys create"):
        gateway(ALPHA, kept=kept, server=ServerSettings(host="0.0.0.0"))  # noqa: S104  # what is asked for
    kept.store.close()


@pytest.mark.parametrize(
    ("model", "headers"),
    [("auto", {}), ("beta", {}), ("two/beta", {}), ("nobody-9", {}), ("tierwise/cheap", {}), ("auto", {"x-tierwise-models": "beta"})],
)
def test_a_key_that_pins_gets_its_model_whatever_it_asks_for(tmp_path: Path, model: str, headers: dict[str, str]) -> None:
    _, kept = placed(tmp_path)
    assert kept.store is not None
    asked = KeyAsked("cascade-1-1", models=("alpha",), pin="alpha")
    new = put(kept.store, minted(asked, time.time_ns() // 1_000_000))
    made = gateway(ALPHA, Sold("two/beta", Scripted(pace=0), price=0.01), kept=kept)

    async def scene() -> tuple[int, str]:
        await made.begin()
        sent = {"authorization": f"Bearer {new.secret}", **headers}
        answer = await posted(made, "openai_chat", request("openai_chat", model), sent)
        await made.end()
        return answer.status, made.ledger.recent(1)[0].model if answer.status == 200 else answer.body.decode()

    status, said = run(scene())
    if headers:
        assert (status, "this key may use alpha" in said) == (403, True)
    else:
        assert (status, said) == (200, "alpha")
    kept.store.close()


def test_a_key_of_the_store_is_served_and_its_request_is_in_the_store(tmp_path: Path) -> None:
    _, kept = placed(tmp_path)
    assert kept.store is not None
    new = put(kept.store, minted(KeyAsked("ann", team="core"), time.time_ns() // 1_000_000))
    kept.store.put_budget(Budget("core", PER_DOLLAR, "total", "team", "core"))
    made = gateway(ALPHA, kept=kept)

    async def scene() -> None:
        await made.begin()
        answer = await posted(made, "openai_chat", request("openai_chat", max_tokens=9), {"authorization": f"Bearer {new.secret}"})
        assert answer.status == 200
        await made.end()

    with keeping.moved(kept):
        run(scene())
    (row,) = kept.store.rows(Query())
    assert (row.key, row.team, row.endpoint) == ("ann", "core", "one/alpha")
    assert row.cost is not None
    (purse,) = kept.store.purses([Drawn("core", 0)])
    assert (purse.spent, purse.held) == (row.cost, 0)
    kept.store.close()
