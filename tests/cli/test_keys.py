"""`tierwise keys` and `tierwise budgets`: what they keep in the store, what they print, and what they refuse in one line."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from tierwise import plugins
from tierwise.cli import WRONG, main
from tierwise.core.budgets import Budget
from tierwise.core.keys import VirtualKey, shaped
from tierwise.core.money import pico
from tierwise.ledger import Store, addresses

Said = Callable[..., str]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """What a command prints on a store in an empty folder with two keys and a budget in its settings; it has to work."""
    monkeypatch.chdir(tmp_path)
    settings = "keys: [{name: fixed, key: tw-fixed}]\nbudgets: [{name: whole, limit: 5}]\nledger: {store: kept.db}\n"
    (tmp_path / "tierwise.yaml").write_text(settings)

    def ran(*words: str) -> str:
        assert main(words) == 0
        return capsys.readouterr().out

    return ran


def kept(folder: Path) -> Store:
    return addresses.opened(str(folder / "kept.db"), plugins.found(plugins.STORES))


def keys(folder: Path) -> dict[str, VirtualKey]:
    store = kept(folder)
    found = {one.id: one for one in store.keys()}  # noqa: SIM118  # a store is no dictionary
    store.close()
    return found


def budgets(folder: Path) -> list[Budget]:
    store = kept(folder)
    found = list(store.budgets())
    store.close()
    return found


def test_a_key_is_made_and_its_secret_stands_alone_on_standard_output(said: Said, tmp_path: Path) -> None:
    may = ("--models", "gpt-5.4, claude-haiku-4-5", "--policies", "cheapest,value", "--policy", "value", "--floor", "0.2")
    limits = ("--requests", "60", "--tokens", "9000", "--concurrency", "3", "--budget", "50/week", "--bodies")
    of = ("--role", "reader", "--owner", "ana", "--team", "core", "--project", "x", "--tag", "a", "--tag", "b", "--expires", "30d")
    secret = said("keys", "create", "ana", *of, *may, *limits)
    assert shaped(secret.strip())
    (one,) = keys(tmp_path).values()
    assert one.digest == sha256(secret.strip().encode()).hexdigest()
    assert (one.name, one.role, one.owner, one.team, one.project, one.tags) == ("ana", "reader", "ana", "core", "x", ("a", "b"))
    assert (one.models, one.policies, one.policy, one.floor) == (("gpt-5.4", "claude-haiku-4-5"), ("cheapest", "value"), "value", 0.2)
    assert (one.requests, one.tokens, one.concurrency, one.bodies) == (60, 9000, 3, True)
    assert one.expires - one.created == 30 * 86_400_000
    assert budgets(tmp_path) == [Budget("ana", pico(50), "week", "key", "ana")]


def test_keys_are_listed_without_secrets_and_those_that_are_over_only_where_asked_for(said: Said, tmp_path: Path) -> None:
    secrets = [said("keys", "create", name).strip() for name in ("ana", "bob")]
    secrets.append(said("keys", "rotate", "ana", "--grace", "1h").strip())
    assert "is revoked; every gateway on this store knows within two seconds" in said("keys", "revoke", "bob")
    usual, every = said("keys", "list"), said("keys", "list", "--all")
    assert "1 keys; tierwise.yaml has 1 more: fixed" in usual
    assert "old secret, until" in usual
    assert "bob" not in usual
    assert "revoked 20" in every
    told = json.loads(said("keys", "list", "--all", "--json"))
    assert {one["name"] for one in told} == {"ana", "bob"}
    assert all("digest" not in one for one in told)
    assert not any(secret in text for secret in secrets for text in (usual, every, json.dumps(told)))
    assert sum(bool(one.revoked) for one in keys(tmp_path).values()) == 1


def test_a_program_gets_the_secret_in_json(said: Said, tmp_path: Path) -> None:
    made = json.loads(said("keys", "create", "ana", "--json"))
    new = json.loads(said("keys", "rotate", made["id"], "--json"))
    assert made["id"] == new["id"]
    assert sha256(new["secret"].encode()).hexdigest() == keys(tmp_path)[made["id"]].digest
    assert json.loads(said("keys", "revoke", "ana", "--json"))["name"] == "ana"


def test_budgets_are_set_listed_and_removed(said: Said, tmp_path: Path) -> None:
    assert said("budgets", "set", "core", "$1,400.50", "--team", "core", "--degrade", "0.8") == (
        "Budget core is set: $1,400.50 a month for team core.\n"
    )
    assert "is changed: $7.00 in all for everything" in said("budgets", "set", "core", "7", "--period", "total", "--alerts", "0.9, 0.5")
    assert budgets(tmp_path) == [Budget("core", pico(7), "total", alerts=(0.5, 0.9))]
    listed = said("budgets", "list")
    assert "2 budgets; dollars" in listed
    assert "whole" in listed
    rows = {one["name"]: one for one in json.loads(said("budgets", "list", "--json"))}
    assert (rows["core"]["limit"], rows["core"]["spent"], rows["whole"]["period"]) == (7 * 10**12, 0, "month")
    assert json.loads(said("budgets", "set", "core", "8", "--json"))["limit"] == 8 * 10**12
    assert said("budgets", "remove", "core") == "Budget core is gone.\n"
    assert budgets(tmp_path) == []


WRONGS = [
    (("keys", "create", "fixed"), "tierwise.yaml has a key 'fixed' already; take another name"),
    (("keys", "create", "there"), "there is a key 'there' already; rotate or revoke it, or take another name"),
    (("keys", "create", " "), "its name has to have between 1 and 100 printable characters"),
    (("keys", "create", "a", "--models", "gpt-5.44"), "unknown model 'gpt-5.44'"),
    (("keys", "create", "a", "--policies", "cheapst"), "unknown policy 'cheapst'; did you mean 'cheapest'?"),
    (("keys", "create", "a", "--policy", "cheapst"), "unknown policy 'cheapst'"),
    (("keys", "create", "a", "--floor", "3"), "floor 3 is not between 0 and 1"),
    (("keys", "create", "a", "--requests", "-1"), "requests -1 is not at least 1"),
    (("keys", "create", "a", "--expires", "30"), "'30' is no length of time; write 45m, 12h, 30d or 2w"),
    (("keys", "create", "a", "--budget", "-5"), "a limit of -$5.000000 is not between $0.000001 and $1,000,000,000.00"),
    (("keys", "create", "a", "--budget", "5/year"), "unknown period 'year'; known: day, week, month, total"),
    (("keys", "create", "a", "--budget", "much"), "'much' is no amount of dollars; write 50 or 12.50"),
    (("keys", "rotate", "ther"), "no key 'ther'; did you mean 'there'?"),
    (("keys", "rotate", "there", "--grace", "x"), "'x' is no length of time"),
    (("keys", "revoke", "nobody"), "no key 'nobody'"),
    (("budgets", "set", "b", "-5"), "a limit of -$5.000000 is not between"),
    (("budgets", "set", "b", "0"), "a limit of $0.000000 is not between"),
    (("budgets", "set", "b", "nan"), "'nan' is no amount of dollars"),
    (("budgets", "set", "b", "5", "--degrade", "80"), "degrade is a share of the limit between 0 and 1, not 80"),
    (("budgets", "set", "b", "5", "--alerts", "half"), "--alerts: 'half' is no share; write 0.5,0.8,1"),
    (("budgets", "set", "b", "5", "--webhook", "x"), "its webhook has to begin with https:// or http://, not 'x'"),
    (("budgets", "set", "whole", "5"), "budget 'whole' is set in tierwise.yaml; change it there"),
    (("budgets", "remove", "whole"), "is set in tierwise.yaml"),
    (("budgets", "remove", "none"), "no budget 'none'"),
]


@pytest.mark.parametrize(("words", "wrong"), WRONGS)
def test_what_is_wrong_is_said_in_one_line_and_changes_nothing(
    said: Said, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], wrong: str
) -> None:
    said("keys", "create", "there")
    before = keys(tmp_path)
    assert main(words) == WRONG
    error = capsys.readouterr().err
    assert wrong in error
    assert error.startswith("tierwise: ")
    assert error.count("\n") == 1
    assert keys(tmp_path) == before
    assert budgets(tmp_path) == []


def test_without_a_word_what_there_is_to_do_is_named(said: Said, capsys: pytest.CaptureFixture[str]) -> None:
    assert said is not None
    for command in ("keys", "budgets"):
        with pytest.raises(SystemExit) as end:
            main([command])
        assert end.value.code == WRONG
        assert "WHAT" in capsys.readouterr().err
