"""`tierwise backtest` on a ledger in which chance had a part: another policy judged from what really came of the work."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.engine.worlds import NOW as THEN
from tests.ledger.samples import entry, outcome
from tierwise import assembly
from tierwise.catalog import build
from tierwise.cli import main
from tierwise.config.settings import Settings
from tierwise.core.decision import Canary, Conditions, Features, Needs, Place, Policy, Prefix, Size, Task
from tierwise.core.entry import Attempt, Entry, Outcome
from tierwise.core.usage import Usage
from tierwise.engine.decide import choose
from tierwise.engine.plan import Plan, plan
from tierwise.ledger.stores.sqlite import STORE

CHEAP, DEAR = "deepseek/deepseek-v4-pro", "anthropic/claude-opus-4-8"
POLICY = Policy(name="pinned", pin=CHEAP, reference="claude-opus-4-8")
PRICE = 10**9


def served() -> Plan:
    """A policy that has the cheap model, and may try the dear one."""
    house = assembly.house(Settings())
    return plan(build.shelf(house.sources, [CHEAP, DEAR], ["claude-opus-4-8"]).at(THEN), POLICY, house.parts)


def records(count: int) -> Iterator[Entry | Outcome]:
    """Items one after the other, each fifth with the dear model; it does well, and the cheap one on every second item."""
    made = served()
    features = Features(Size(1000, 4000, 0.1), Prefix(), Task("docs", 1, 0.9, "words"), Place("person", 0, 5, 100, 300), Needs())
    for number in range(count):
        strays = number % 5 == 0
        conditions = Conditions(THEN + number, canary=Canary(0.2, 0.0 if strays else 0.9, 10**15, (DEAR,)))
        decision = choose(made, features, conditions)
        name, endpoint = f"tw-{number:04}", decision.chain[0]
        attempt = Attempt(endpoint, "openai_chat", THEN + number, 9.0, 200, None, Usage(900, 0, 0, 0, 90), PRICE)
        odds = {"explored": "canary", "propensity": decision.receipt.propensity}
        said: dict[str, Any] = {"decision": decision, "attempts": (attempt,), "model": endpoint.partition("/")[2], "item": name, **odds}
        yield entry(name, THEN + number, session=f"s{number}", cost=PRICE * (20 if strays else 1), **said)
        kind = "success" if strays or number % 2 else "failure"
        yield outcome(f"o{number:04}", entry=name, kind=kind)


def ledger(path: Path, *kept: Entry | Outcome) -> str:
    store = STORE.opened(str(path))
    store.migrate()
    store.add(kept)
    store.close()
    return str(path)


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory) -> str:
    return ledger(tmp_path_factory.mktemp("ledger") / "ledger.db", *records(200))


def ran(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["backtest", *words, "--models", f"{CHEAP},{DEAR}"]) == 0
    return capsys.readouterr().out


def test_a_policy_that_takes_the_dear_model_is_judged_by_what_came_of_it(explored: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(ran(capsys, explored, "--policy", "pinned", "--pin", "claude-opus-4-8", "--json"))["off_policy"]
    assert (found["n"], found["differs"], found["unoffered"]) == (200, 200, 0)
    assert (found["outcome"]["matched"], found["outcome_then"]["matched"]) == (40, 160)
    assert found["outcome"]["robust"]["value"] == pytest.approx(1.0, abs=0.05)
    assert found["outcome_then"]["robust"]["value"] == pytest.approx(0.5, abs=0.05)
    assert found["outcome"]["more"]["low"] > 0.3
    assert found["cost"]["snips"]["value"] == pytest.approx(0.02)


def test_a_person_reads_a_table(explored: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = ran(capsys, explored, "--policy", "pinned", "--pin", "claude-opus-4-8")
    assert "chance had a part in 200 work items; the policy wants another model than then on 200 of them" in out
    assert "a work item, as chance allows to judge it" in out
    assert "40 sessions" in out


def test_too_little_is_said_to_be_too_little(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = ledger(tmp_path / "ledger.db", *records(20))
    out = ran(capsys, path, "--policy", "pinned", "--pin", "claude-opus-4-8")
    assert "good, %: not judged; what the policy wants was taken on 4 of 20, which count as 4.0 sessions of 10" in out
    assert "as chance allows to judge it" not in out


def test_what_chance_never_offered_is_not_judged(explored: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--policy", "pinned", "--pin", "gpt-5.4")
    assert main(["backtest", explored, *words, "--models", f"{CHEAP},{DEAR},gpt-5.4"]) == 0
    out = capsys.readouterr().out
    assert "on 200 it wants a model that chance did not offer; they are left out" in out
    assert "not judged; of 200 pieces of work chance offered what the policy wants on 0 only" in out


def test_a_log_without_chance_says_nothing_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = [replace(one, explored="", propensity=1.0) if isinstance(one, Entry) else one for one in records(10)]
    path = ledger(tmp_path / "ledger.db", *plain)
    assert "chance" not in ran(capsys, path)
    assert json.loads(ran(capsys, path, "--json"))["off_policy"] is None
