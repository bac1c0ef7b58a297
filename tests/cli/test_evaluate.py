"""`tierwise evaluate` and `tierwise calibrate` from the command line."""

import json
from pathlib import Path

import pytest
import yaml

from tests.lab.outcomes.made import rows
from tierwise.cli import main
from tierwise.lab import texts, trial


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few folds and axes: what is tested does not depend on them."""
    monkeypatch.setattr(trial, "INNER", 3)
    monkeypatch.setattr(texts, "AXES", 8)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    found, known = rows(150)
    kinds = {"sum": "chore", "poem": "docs", "code": "debug"}
    lines = [f"{row.query},{row.model},{row.score},{row.cost},{known[row.query].text},{kinds[known[row.query].task]}" for row in found]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["query,model,score,cost,prompt,task", *lines]))
    return path


def test_a_method_is_tried_and_its_figures_are_printed(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(table), "--method", "best-fixed", "--seeds", "1"]) == 0
    said = capsys.readouterr().out
    assert "150 queries, 3 models; the best single model is dear" in said
    assert "best-fixed" in said


def test_programs_get_every_figure(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(table), "--method", "all", "--seeds", "1", "--strict", "--cautious", "--known-tasks", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["method"] for one in found["methods"]} >= {"shrunk", "random-mix", "best-fixed", "prompt-length", "knn", "oracle"}
    assert found["best"]["model"] == "dear"
    assert all(one["runs"] == 2 and [floor["floor"] for floor in one["floors"]] == [0.99, 0.97, 0.95, 0.9] for one in found["methods"])


@pytest.mark.parametrize(
    ("more", "problem"),
    [(["--method", "magic"], "unknown method 'magic'; known: best-fixed"), (["--prompts", "nowhere.csv"], "nowhere.csv")],
)
def test_mistakes_are_one_line(table: Path, more: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(table), *more]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1


def test_a_number_of_seeds_that_is_none_is_refused(table: Path) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", str(table), "--seeds", "0"])


def test_queries_of_which_only_the_ids_are_known_are_said_to_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("query,model,score,cost\n" + "".join(f"{row.query},{row.model},{row.score},{row.cost}\n" for row in rows(100)[0]))
    assert main(["evaluate", str(path), "--seeds", "1"]) == 0
    assert "nothing is known of the queries but their ids" in capsys.readouterr().out


def test_what_calibrate_writes_is_read_by_the_settings(tmp_path: Path, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = table.read_text().replace("dear", "claude-opus-4-8").replace("cheap", "minimax-m3").replace(",odd,", ",gpt-5.4,")
    table.write_text(text)
    out = tmp_path / "own.yaml"
    assert main(["calibrate", str(table), "--out", str(out), "--date", "2026-11-01"]) == 0
    assert "named" not in capsys.readouterr().err
    rows_ = yaml.safe_load(out.read_text())["evidence"]
    assert {row["kind"] for row in rows_} == {"chore", "docs", "debug"}
    assert all(row["cost_deviation"] > 0 for row in rows_)
    settings = tmp_path / "tierwise.yaml"
    settings.write_text("evidence_files: [own.yaml]\n")
    capsys.readouterr()
    assert main(["frontier", "--task", "docs", "--json", "--config", str(settings)]) == 0
    with_own = {one["model"]: one for one in json.loads(capsys.readouterr().out)}
    assert main(["frontier", "--task", "docs", "--json"]) == 0
    without = {one["model"]: one for one in json.loads(capsys.readouterr().out)}
    assert with_own["minimax-m3"]["score"] != without["minimax-m3"]["score"]
    assert with_own["minimax-m3"]["cost"] == pytest.approx(1e9, rel=0.2)


def test_calibrate_shows_without_writing(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", str(table), "--kind", "test"]) == 0
    assert "nothing was written" in capsys.readouterr().out
    assert main(["calibrate", str(table), "--as", "debug=feature", "--json"]) == 0
    assert {row["kind"] for row in json.loads(capsys.readouterr().out)} == {"chore", "docs", "feature"}


@pytest.mark.parametrize("more", [["--as", "nothing"], ["--date", "yesterday"]])
def test_options_that_say_nothing_are_refused(table: Path, more: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["calibrate", str(table), *more])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("evidence_files: [nowhere.yaml]\n", "nowhere.yaml cannot be read: No such file"),
        ("evidence_files: [other.yaml]\n", "may hold nothing but evidence"),
        ("evidence: [{model: m, benchmark: own, score: 1, n: 2, date: 2026-01-01, source: s}]\n", "need the kind of work"),
        ("evidence: [{model: m, benchmark: b, kind: docs, score: 1, n: 2, date: 2026-01-01, source: s}]\n", "only outcomes of your own"),
    ],
)
def test_evidence_that_cannot_be_meant_is_named(tmp_path: Path, text: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.yaml").write_text("floor: 0.2\n")
    path = tmp_path / "tierwise.yaml"
    path.write_text(text)
    assert main(["frontier", "--config", str(path)]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert "tierwise.yaml:1" in said
