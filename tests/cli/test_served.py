"""A request of the ledger explained, decided once more; and a backtest of what was served."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.assembly.demoing import NOW, entries, filled
from tierwise import assembly, plugins
from tierwise.cli import WRONG, dates, hearing, main, served
from tierwise.cli.served import MATCH
from tierwise.core.entry import Attempt, Bodies, Entry, Outcome
from tierwise.engine.decide import choose
from tierwise.engine.learning import ORIGIN, evidence
from tierwise.engine.plan import plan
from tierwise.ledger import addresses
from tierwise.ledger.stores import sqlite


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("ledger"))


def told(ledger: Path, name: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["explain", name, "--store", str(ledger)]) == 0
    return capsys.readouterr().out


KINDS: dict[str, Callable[[Entry], bool]] = {
    "plain": lambda one: one.committed and len(one.attempts) == 1 and one.fault is None and one.bill is not None,
    "absorbed": lambda one: one.committed and len(one.attempts) > 1 and not one.attempts[0].hedge and one.fault is None,
    "hedged": lambda one: bool(one.attempts) and one.attempts[0].hedge,
    "refused": lambda one: one.decision is None,
    "silent": lambda one: one.committed and one.usage is None,
    "pinned": lambda one: one.decision is not None and bool(one.decision.receipt.policy.pin),
}


def wanted(kind: str) -> Entry:
    """An entry of the demo of some kind."""
    return next(one for one in entries() if KINDS[kind](one))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("plain", ["attempt 1: ", ": served", "answered with status 200 by ", "the reference (claude-opus-4-8) would have cost $", MATCH]),
        ("absorbed", ["attempt 2: ", "after 1 more", MATCH]),
        ("hedged", ["hedge: ", "another endpoint was faster"]),
        ("refused", ["asked for claude-opus-9", "ended with status 404: no such model"]),
        ("silent", ["cost unknown (the provider did not say what was used)"]),
        ("pinned", ["asked for claude-opus-4-8", MATCH]),
    ],
)
def test_a_request_is_told_in_words_then_in_numbers(kind: str, said: list[str], ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = told(ledger, wanted(kind).id, capsys)
    assert [one for one in said if one not in out] == []


def test_the_receipt_is_printed_with_every_candidate(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = wanted("plain")
    out = told(ledger, entry.id, capsys)
    assert entry.decision is not None
    assert all(one.endpoint in out for one in entry.decision.receipt.verdicts)


def test_of_a_cascade_every_answer_is_told_and_why_one_was_taken() -> None:
    tries = tuple(Attempt(f"{name}/m", "openai_chat", 0, 5.0, 200, cheap=name != "c") for name in "abc")
    because = "c/m was asked: the cheap answers did not agree"
    lines = [*served.story(replace(wanted("plain"), attempts=tries, model="m", cascade=because), [])]
    assert [(line.partition(":")[0], line.rpartition(" ")[2]) for line in lines if "/m on openai_chat" in line] == [
        ("cheap", "answered"),
        ("cheap", "answered"),
        ("attempt 3", "served"),
    ]
    assert any(line.startswith(f"answered with status 200 by m ({because}); decided in") for line in lines)


def test_a_program_gets_all_of_it_but_the_bodies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = replace(wanted("plain"), bodies=Bodies(b"what was asked", b"what came"))
    path = tmp_path / "ledger.db"
    with closing(addresses.opened(str(path), plugins.found(plugins.STORES))) as store:
        store.add([entry, Outcome("out-1", NOW, entry.id, "", "tests_passed", 0.9, "all green")])
    assert main(["explain", entry.id, "--store", str(path), "--json"]) == 0
    out = capsys.readouterr().out
    found = json.loads(out)
    assert found["again"]["same"]
    assert found["entry"]["id"] == entry.id
    assert found["outcomes"][0]["kind"] == "tests_passed"
    assert "what was asked" not in out
    assert "outcome: tests_passed, score 0.9 (by feedback): all green" in told(path, entry.id, capsys)


def test_other_settings_decide_otherwise_and_that_is_told(ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = wanted("plain")
    config = tmp_path / "tierwise.yaml"
    config.write_text("prices:\n  anthropic/claude-opus-4-8: {input: 900, output: 900}\n")
    assert main(["explain", entry.id, "--store", str(ledger), "--config", str(config)]) == 0
    out = capsys.readouterr().out
    assert MATCH not in out
    assert "cannot be had again here" in out
    assert "  anthropic/claude-opus-4-8: cost in all $" in out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("tw-0000000000000000000000f", "no file, and no request or cascade of that id in the ledger; the latest is tw-"),
        (entries()[5].id[:-1] + "f", f"did you mean {entries()[5].id[:12]}"),
        ("no/such.json", "no/such.json: no such file"),
    ],
)
def test_what_is_neither_file_nor_request_is_one_clear_line(name: str, said: str, ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", name, "--store", str(ledger)]) == WRONG
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_an_empty_ledger_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ledger.db"
    with closing(addresses.opened(str(path), plugins.found(plugins.STORES))) as store:
        store.migrate()
    assert main(["explain", "tw-0000000000000000000000f", "--store", str(path)]) == WRONG
    assert "which is empty" in capsys.readouterr().err


def test_what_was_served_is_backtested_by_its_address_or_its_file(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    since = ("--since", "2026-10-06", "--until", "2026-10-08", "--json")
    assert main(["backtest", f"sqlite:///{ledger}", *since]) == 0
    found = json.loads(capsys.readouterr().out)
    assert main(["backtest", str(ledger), *since]) == 0
    assert json.loads(capsys.readouterr().out) == found
    served = [one for one in entries() if one.committed and found["first_day"] <= one.at // 86_400_000 <= found["last_day"]]
    assert found["counts"]["calls"] == sum(one.usage is not None for one in served)
    assert (found["first_day"], found["last_day"]) == (20_732, 20_733)
    assert {one["kind"] for one in found["tasks"]} <= {
        one.decision.receipt.features.task.kind for one in served if one.decision is not None
    }


def test_another_policy_is_tried_on_what_was_served(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["backtest", str(ledger), "--since", "2026-10-07", "--until", "2026-10-08", "--policy", "tiered", "--json"]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["policy"]["name"] == "tiered"
    assert next(row for row in found["rows"] if row["kind"] == "policy")["dollars"] > 0


def test_a_span_without_calls_is_told(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", str(ledger), "--since", "2026-12-01", "--until", "2026-12-02"]) == WRONG
    assert "no call could be replayed" in capsys.readouterr().err
    assert main(["backtest", str(ledger), "--since", "2026-12-02", "--until", "2026-12-01"]) == WRONG
    assert "--since: 2026-12-02 is not before 2026-12-01" in capsys.readouterr().err


def test_a_decision_made_with_what_was_learnt_by_then_is_made_again_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was told afterwards does not count."""
    before, built = wanted("plain"), assembly.opened(None)
    assert before.decision is not None
    receipt, path = before.decision.receipt, str(tmp_path / "led.db")
    at, model = receipt.conditions.now, before.model
    told = [Outcome(f"o{n}", at + (n - 40) * 1_000_000, "", f"s{n}", "failure", model=model, task="debug", key="ann") for n in range(80)]
    with closing(sqlite.opened(path)) as store:
        store.add(told)
        then = evidence(hearing.read(store, at).found, dates.shown)
        assert [one.n for one in then] == [41]
        catalog = list(served.catalogs(built, before.decision, [then]))[3]
        assert any(one.source == ORIGIN for one in catalog.evidence)
        decision = choose(plan(catalog, receipt.policy, built.parts), receipt.features, receipt.conditions)
        store.add([replace(before, decision=decision)])
    assert main(["explain", before.id, "--store", path]) == 0
    assert MATCH in capsys.readouterr().out.splitlines()
