"""What is expected of models, printed: shipped, told, and both together; the ledger as evidence, and in the frontier."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.samples import DAY, decision, entry, outcome
from tierwise.assembly import settings
from tierwise.cli import hearing, main
from tierwise.core.tasks import KINDS
from tierwise.engine.learning import KEY
from tierwise.ledger.stores import sqlite

CHEAP, REFERENCE = "deepseek-v4-pro", "claude-opus-4-8"
CENT = 10**10


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without settings, and no ledger in its usual place."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    """A ledger of yesterday: the cheap model failed at debugging, the reference did not; one nobody knows did well."""
    path = str(tmp_path / "led.db")
    store, at = sqlite.opened(path), time.time_ns() // 1_000_000 - DAY
    for model, share in ((CHEAP, 0.2), (REFERENCE, 0.9), ("our-own-thing", 1.0)):
        names = [f"{model}{number}" for number in range(60)]
        cost = CENT if model == CHEAP else 3 * CENT
        store.add([entry(one, at, model=model, decision=decision(task="debug"), session=one, item=one, cost=cost) for one in names])
        good = round(60 * share)
        store.add(
            [
                outcome(f"o{one}", at=at, entry=one, key="ann", kind="success" if place < good else "failure")
                for place, one in enumerate(names)
            ]
        )
    store.close()
    return path


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(words) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(printed(capsys, *words, "--json"))
    return found


def refused(capsys: pytest.CaptureFixture[str], words: Sequence[str]) -> str:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_without_a_ledger_what_was_shipped_is_shown_and_that_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, "quality")
    assert "no outcomes:" in said
    assert "no ledger there" in said
    found = rows(capsys, "quality", "--task", "debug")
    assert all(one["now"] == one["shipped"] and one["learnt"] is None for one in found)
    assert {one["task"] for one in found} == {"debug"}
    assert len(found) > 20


def test_one_model_is_shown_at_every_kind_of_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert [one["task"] for one in rows(capsys, "quality", "--model", CHEAP)] == list(KINDS)


def test_outcomes_move_what_is_expected_of_a_model_and_the_table_says_how_far(capsys: pytest.CaptureFixture[str], ledger: str) -> None:
    found = {one["model"]: one for one in rows(capsys, "quality", "--store", ledger)}
    assert found.keys() == {CHEAP, REFERENCE}
    cheap = found[CHEAP]
    assert (cheap["learnt"]["told"], round(cheap["learnt"]["rate"], 3), cheap["learnt"]["keys"]) == (60, 0.2, 1)
    assert 56 < cheap["learnt"]["n"] < 60
    assert cheap["now"]["mean"] < cheap["shipped"]["mean"] - 0.1
    assert cheap["clears"] is False
    assert (cheap["cost"]["mean"], cheap["cost"]["n"]) == (CENT, 60)
    before = rows(capsys, "quality", "--task", "debug", "--model", CHEAP)[0]
    assert before["bound"] - cheap["bound"] > 0.1
    line = next(one for one in printed(capsys, "quality", "--store", ledger).splitlines() if CHEAP in one)
    assert "60 told by 1 key (feedback)" in line
    assert "below" in line


def test_the_effort_in_use_is_shown_where_own_costs_move_it(capsys: pytest.CaptureFixture[str], ledger: str) -> None:
    found = {one["model"]: one for one in rows(capsys, "quality", "--store", ledger)}
    assert found[CHEAP]["effort"] > found[CHEAP]["usual"]
    assert found[REFERENCE]["effort"] < found[REFERENCE]["usual"]
    said = printed(capsys, "quality", "--store", ledger)
    line = next(one for one in said.splitlines() if CHEAP in one)
    assert f"{found[CHEAP]['effort'] / 1000:.2f} (was {found[CHEAP]['usual'] / 1000:.2f})" in line
    assert "(was" not in printed(capsys, "quality", "--task", "debug")


def test_a_ledger_of_the_settings_is_read_and_one_that_is_away_is_said(
    capsys: pytest.CaptureFixture[str], ledger: str, tmp_path: Path
) -> None:
    Path("tierwise.yaml").write_text(f"ledger:\n  store: {ledger}\n", encoding="utf-8")
    assert {one["model"] for one in rows(capsys, "quality")} == {CHEAP, REFERENCE}
    Path("tierwise.yaml").write_text(f"ledger:\n  store: {tmp_path}/none.db\n", encoding="utf-8")
    assert "none.db: no ledger there" in refused(capsys, ["quality"])
    assert "none.db: no ledger there" in refused(capsys, ["quality", "--store", "none.db"])


def test_settings_that_do_not_learn_show_what_was_shipped(capsys: pytest.CaptureFixture[str], ledger: str) -> None:
    Path("tierwise.yaml").write_text(f"learning: false\nledger:\n  store: {ledger}\n", encoding="utf-8")
    assert "learning is off in the settings" in printed(capsys, "quality")
    assert {one["model"] for one in rows(capsys, "quality", "--store", ledger)} == {CHEAP, REFERENCE}


def test_a_half_life_of_the_settings_holds(capsys: pytest.CaptureFixture[str], ledger: str) -> None:
    Path("tierwise.yaml").write_text("half_life: 1\n", encoding="utf-8")
    assert all(10 < one["learnt"]["n"] < 40 for one in rows(capsys, "quality", "--store", ledger))


@pytest.mark.parametrize("words", [("--model", "claude-opsu-4-8"), ("--task", "debugg")])
def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], words: tuple[str, str]) -> None:
    if words[0] == "--model":
        assert "did you mean claude-opus-4-8" in refused(capsys, ["quality", *words])
        return
    with pytest.raises(SystemExit) as stopped:
        main(["quality", *words])
    assert stopped.value.code == 2
    assert "invalid choice: 'debugg'" in capsys.readouterr().err


def test_a_ledger_becomes_evidence_that_the_settings_read(capsys: pytest.CaptureFixture[str], ledger: str) -> None:
    assert "outcomes count twice" in printed(capsys, "calibrate", ledger, "--out", "own.yaml", "--date", "2026-11-01")
    Path("tierwise.yaml").write_text(
        "evidence_files: [own.yaml]\nendpoints: [{id: x/our-own-thing, prices: {input: 1, output: 2}}]\n", encoding="utf-8"
    )
    found = {one.model: one for one in settings(None).evidence}
    assert (found[CHEAP].kind, found[CHEAP].n, found[CHEAP].score, found[CHEAP].cost) == ("debug", found["our-own-thing"].n, 0.2, 0.01)
    assert found[CHEAP].items == 60
    assert (found["our-own-thing"].score, found["our-own-thing"].source, found["our-own-thing"].date) == (
        1.0,
        "outcomes of a ledger",
        "2026-11-01",
    )


def test_a_ledger_needs_no_labels_and_must_have_outcomes(capsys: pytest.CaptureFixture[str], ledger: str, tmp_path: Path) -> None:
    assert "--as, --kind and --prompts are for tables" in refused(capsys, ["calibrate", ledger, "--kind", "debug"])
    store = sqlite.opened(str(tmp_path / "empty.db"))
    store.migrate()
    store.close()
    assert "empty.db: no outcomes that say anything" in refused(capsys, ["calibrate", str(tmp_path / "empty.db")])


def test_the_frontier_of_a_kind_of_work_has_the_ledger_s_scores_and_costs(capsys: pytest.CaptureFixture[str], ledger: str) -> None:
    before = {one["model"]: one for one in rows(capsys, "frontier", "--task", "debug")}
    after = {one["model"]: one for one in rows(capsys, "frontier", "--task", "debug", "--store", ledger)}
    assert before.keys() == after.keys()
    assert after[CHEAP]["score"] < before[CHEAP]["score"] - 0.1
    assert (after[CHEAP]["cost"], after[REFERENCE]["cost"]) == (CENT, 3 * CENT)
    assert "of 2 models a ledger's outcomes count" in printed(capsys, "frontier", "--task", "debug", "--store", ledger)
    assert "give --task KIND" in refused(capsys, ["frontier", "--store", ledger])


def test_the_frontier_says_where_own_costs_turn_the_order_of_list_prices(capsys: pytest.CaptureFixture[str], ledger: str) -> None:
    store, at = sqlite.opened(ledger), time.time_ns() // 1_000_000 - DAY
    extra = [f"more{number}" for number in range(60)]
    store.add([entry(one, at, model=CHEAP, decision=decision(task="debug"), session=one, item=one, cost=30 * CENT) for one in extra])
    store.close()
    found = {one["model"]: one for one in rows(capsys, "frontier", "--task", "debug", "--store", ledger)}
    assert found[CHEAP]["price"] < found[REFERENCE]["price"]
    assert found[CHEAP]["cost"] > found[REFERENCE]["cost"]
    assert CHEAP in found[REFERENCE]["reversed_by"]


def test_what_is_a_ledger_is_told_by_its_content_or_its_address(ledger: str, tmp_path: Path) -> None:
    table = tmp_path / "outcomes.csv"
    table.write_text("query,model,score,cost\n", encoding="utf-8")
    told = {
        said: hearing.is_ledger(said) for said in (ledger, str(table), str(tmp_path / "none"), "postgresql://x@y/z", "memory:", "http://x")
    }
    assert list(told.values()) == [True, False, False, True, True, False]


def test_one_key_that_tells_no_end_counts_as_few(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store, at = sqlite.opened(str(tmp_path / "led.db")), time.time_ns() // 1_000_000
    store.add([outcome(f"o{n}", at=at, model=CHEAP, task="debug", session=f"s{n}", key="eve", kind="failure") for n in range(3 * KEY)])
    store.close()
    (one,) = rows(capsys, "quality", "--store", str(tmp_path / "led.db"))
    assert (one["learnt"]["n"], one["learnt"]["told"]) == (KEY, 3 * KEY)
