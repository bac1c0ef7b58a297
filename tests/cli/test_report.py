"""The report of a real ledger, as a person and as a program read it; and what can be wrong with what is asked."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.assembly.demoing import NOW, entries, filled
from tierwise.cli import WRONG, dates, main
from tierwise.cli.report import CASCADE
from tierwise.core.money import Unknown
from tierwise.lab.proof import KEYS

SINCE = ("--since", "2026-01-01", "--until", "2026-12-31")
Run = Callable[..., str]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("ledger"))


@pytest.fixture
def run(ledger: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*words: str, code: int = 0) -> str:
        assert main(["report", "--store", str(ledger), *words]) == code
        out, err = capsys.readouterr()
        return out or err

    return ran


def test_a_program_gets_everything(run: Run) -> None:
    found = json.loads(run(*SINCE, "--by", "team", "--json"))
    costs = [one.cost for one in entries() if not isinstance(one.cost, Unknown)]
    assert (found["reference"], found["whole"]["requests"], found["whole"]["cost"]) == ("claude-opus-4-8", len(entries()), sum(costs))
    assert {part["name"] for part in found["parts"]} == {one.asker.team for one in entries()}
    saved = found["whole"]["saved"]
    assert saved["share_low"] < saved["share"] < saved["share_high"]
    assert list(found["prices"]) == [entries()[0].prices]


@pytest.mark.parametrize("by", [one for one in KEYS if one != CASCADE])
def test_a_person_reads_a_table_by_anything(by: str, run: Run) -> None:
    out = run(*SINCE, "--by", by)
    assert "would have cost" in out
    assert "95% interval" in out
    assert "Cached prompt tokens" in out
    assert "prices genai-prices" in out


def test_a_sheet_has_a_row_for_each_part_and_exact_amounts(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run(*SINCE, "--by", "key", "--csv"))))
    found = {part["name"]: part for part in json.loads(run(*SINCE, "--by", "key", "--json"))["parts"]}
    assert [row["key"] for row in rows] == list(found)
    for row in rows:
        assert int(row["cost"].replace(".", "")) == found[row["key"]]["cost"]
        assert int(row["requests"]) == found[row["key"]]["requests"]


def test_a_page_is_written_whole(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert f"written: {path}" in run(*SINCE, "--html", str(path))
    page = path.read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "://" not in page
    assert page.count("<svg") >= 4


def test_the_time_can_be_cut(run: Run) -> None:
    day = dates.shown(NOW // 86_400_000 - 3)
    found: Any = json.loads(run("--since", day, "--until", dates.shown(NOW // 86_400_000 - 2), "--by", "day", "--json"))
    assert [part["name"] for part in found["parts"]] == [str(NOW // 86_400_000 - 3)]


def test_a_ledger_without_a_cascade_says_so(run: Run) -> None:
    assert "the ledger holds no request of a cascade from 2026-01-01 on" in run(*SINCE, "--by", CASCADE, code=WRONG)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--by", "teem"), "--by: 'teem' is nothing to group by; did you mean 'team'?"),
        (("--by", "qqqq"), "--by: 'qqqq' is nothing to group by; known: model, task"),
        (("--since", "yesterday"), "--since: 'yesterday' is no moment; write 2026-10-06"),
        (("--since", "1d", "--until", "2d"), "--since: 1d is not before 2d"),
        (("--since", "2030-01-01", "--until", "2031-01-01"), "the ledger holds no request from 2030-01-01 on until 2031-01-01"),
        (("--html", "/nowhere/at/all.html"), "there is no folder /nowhere/at"),
        (("--store", "/nowhere/ledger.db"), "/nowhere/ledger.db: no ledger there; give --store ADDRESS"),
        (("--store", "postgrs://x"), "did you mean postgres"),
    ],
)
def test_what_is_wrong_is_one_clear_line(words: tuple[str, ...], said: str, run: Run) -> None:
    err = run(*words, code=WRONG)
    assert said in err
    assert err.count("\n") == 1


def test_the_settings_name_the_ledger(
    ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "tierwise.yaml"
    config.write_text(f"ledger:\n  store: {ledger}\n")
    assert main(["report", "--config", str(config), *SINCE]) == 0
    config.write_text("ledger:\n  store_env: THE_LEDGER\n")
    monkeypatch.setenv("THE_LEDGER", str(ledger))
    assert main(["report", "--config", str(config), *SINCE]) == 0
    monkeypatch.delenv("THE_LEDGER")
    capsys.readouterr()
    assert main(["report", "--config", str(config), *SINCE]) == WRONG
    assert "the environment has no THE_LEDGER" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "ago"), [("7d", 7 * 86_400_000), ("12h", 43_200_000), ("90M", 5_400_000), ("2w", 14 * 86_400_000), (" 1d ", 86_400_000)]
)
def test_a_span_is_counted_back_from_now(text: str, ago: int) -> None:
    assert dates.moment(text, "--since", NOW) == NOW - ago


def test_a_moment_is_midnight_or_a_time_of_its_own_zone() -> None:
    assert dates.moment("2026-10-02", "--since", NOW) == 20_728 * 86_400_000
    assert dates.moment("2026-10-02T02:00+02:00", "--since", NOW) == 20_728 * 86_400_000
