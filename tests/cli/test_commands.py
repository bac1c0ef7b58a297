"""The commands, run as a person runs them, on the sample log and the shipped data."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tierwise import __version__
from tierwise.cli import COMMANDS, INTERRUPTED, WRONG, main

SAMPLE = Path(__file__).parents[2] / "examples" / "sessions.jsonl"


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command that works prints."""
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(said(capsys, *words, "--json"))


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert (left.value.code, capsys.readouterr().out) == (0, f"tierwise {__version__}\n")


def test_nothing_asked_shows_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == WRONG
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([name, "--help"])
    assert left.value.code == 0
    assert f"tierwise {name}" in capsys.readouterr().out


def test_the_article_s_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "frontier", "--as-of", "2026-06-15", "--table", "article")
    assert all(figure in out for figure in ("3.5", "66.8", "282.1", "89x", "$2,472", "note: GPT-5.2", "note: Gemini 3.1 Pro"))
    rows = answered(capsys, "frontier", "--as-of", "2026-06-15", "--table", "article")["lines"]
    assert [row["tier"] for row in rows] == ["premium", "mid", "flash"]


def test_the_frontier_marks_the_best_model(capsys: pytest.CaptureFixture[str]) -> None:
    points = answered(capsys, "frontier", "--as-of", "2026-06-15")
    best = max(points, key=lambda one: one["score"])
    assert best["by_price"]
    assert best["model"] in said(capsys, "frontier", "--as-of", "2026-06-15")


def test_a_task_s_frontier_is_estimated_with_an_interval(capsys: pytest.CaptureFixture[str]) -> None:
    points = answered(capsys, "frontier", "--as-of", "2026-11-01", "--task", "test")
    assert all(one["low"] <= one["score"] <= one["high"] for one in points)
    assert "90 % interval" in said(capsys, "frontier", "--as-of", "2026-11-01", "--task", "test")


@pytest.mark.parametrize(("ending", "beginning"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_the_frontier_is_drawn(ending: str, beginning: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / f"frontier.{ending}"
    said(capsys, "frontier", "--as-of", "2026-06-15", "--plot", str(picture))
    assert picture.read_bytes().startswith(beginning)
    assert [one.name for one in tmp_path.iterdir()] == [picture.name]


def test_models_are_listed_with_their_prices(capsys: pytest.CaptureFixture[str]) -> None:
    found = {one["id"]: one for one in answered(capsys, "models", "--as-of", "2026-06-15")}
    assert len(found) >= 60
    rate = found["anthropic/claude-opus-4-7"]["rates"][0]
    assert rate["output"] * 10**6 // rate["per"] == 25 * 10**12
    assert "anthropic/claude-opus-4-7" in said(capsys, "models", "--as-of", "2026-06-15")


def test_a_provider_s_whole_list_is_shown_with_its_unknowns(capsys: pytest.CaptureFixture[str]) -> None:
    assert {one["provider"] for one in answered(capsys, "models", "--provider", "mistral")} == {"mistral"}
    assert "unknown" in said(capsys, "models", "--provider", "mistral")


def test_the_schema_is_a_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(said(capsys, "config", "--schema"))["title"] == "tierwise.yaml"


def test_settings_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tierwise.yaml"
    path.write_text("models: [gpt-5.4, claude-opus-4-8]\n")
    out = said(capsys, "config", "--config", str(path))
    assert f"{path}: right" in out
    assert "2 endpoints" in out


def test_the_sample_is_backtested(capsys: pytest.CaptureFixture[str]) -> None:
    report = answered(capsys, "backtest", str(SAMPLE), "--reference", "claude-opus-4-8")
    kinds = [row["kind"] for row in report["rows"]]
    assert kinds[:3] == ["actual", "reference", "policy"]
    assert {"random mix", "prompt length", "clairvoyant", "bound"} <= set(kinds)
    assert not report["partial"]
    out = said(capsys, "backtest", str(SAMPLE), "--reference", "claude-opus-4-8")
    assert "every model alone" in out
    assert "not shown by a log" in out


@pytest.mark.parametrize("policy", ["cheapest", "tiered", "value", "pinned"])
def test_every_policy_can_be_backtested(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("backtest", str(SAMPLE), "--policy", policy, "--models", "gpt-5.4,deepseek-v4-pro")
    report = answered(capsys, *words)
    assert report["candidates"] == ["anthropic/claude-opus-4-8", "deepseek/deepseek-v4-pro", "openai/gpt-5.4"]


def test_a_pin_serves_everything(capsys: pytest.CaptureFixture[str]) -> None:
    report = answered(capsys, "backtest", str(SAMPLE), "--policy", "pinned", "--pin", "deepseek-v4-pro")
    rows = {row["kind"]: row for row in report["rows"]}
    alone = next(row for row in report["alone"] if row["name"] == "deepseek/deepseek-v4-pro")
    assert rows["policy"]["tokens"] >= alone["tokens"], "other sessions keep a model alone warm, a policy only where they really ran"
    assert rows["policy"]["tiers"] == alone["tiers"]
    assert rows["policy"]["switches"] == 0


def test_two_workers_find_what_one_does(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("backtest", str(SAMPLE), "--reference", "claude-opus-4-8")
    assert answered(capsys, *words, "--workers", "2") == answered(capsys, *words)


def test_a_report_is_one_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    said(capsys, "backtest", str(SAMPLE), "--html", str(page))
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert [one.name for one in tmp_path.iterdir()] == [page.name]


def test_a_call_of_a_log_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    decision = answered(capsys, "explain", str(SAMPLE), "--call", "2")
    assert decision["chain"]
    assert decision["chain"][0] in said(capsys, "explain", str(SAMPLE), "--call", "2")


def test_a_request_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"model": "auto", "messages": [{"role": "user", "content": "why does the parser crash?"}]}))
    decision = answered(capsys, "explain", str(path))
    assert decision["receipt"]["features"]["task"]["kind"] in {"debug", "explain"}
    assert "bound: how far below" in said(capsys, "explain", str(path))


def test_physics_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    found = answered(capsys, "physics", str(SAMPLE))
    assert found["verdict"]["sessions"] == len(found["sessions"])
    assert "predicted against logged" in said(capsys, "physics", str(SAMPLE))


def started(*words: str, **more: Any) -> subprocess.Popen[str]:
    """A command in a process of its own, not measured: coverage holds a lock that an interrupt's handler would wait for."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    return subprocess.Popen(  # noqa: S603  # our own command
        [sys.executable, "-m", "tierwise", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=own, **more
    )


def test_a_reader_that_goes_away_is_no_error() -> None:
    with started("models") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_an_interrupt_leaves_a_partial_report_that_says_so(tmp_path: Path) -> None:
    copies = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    with (tmp_path / "log.jsonl").open("w") as file:
        for copy in range(120):
            file.writelines(json.dumps(call | {"session": f"{call['session']}-{copy}"}) + "\n" for call in copies)
    with started("backtest", str(tmp_path / "log.jsonl"), start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None and not _busy(process.pid):
            os.sched_yield()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (INTERRUPTED, False)
    assert "PARTIAL" in out or "interrupted" in err


def _busy(pid: int) -> bool:
    """Whether a process has used a second of processor time: it is then past its start and in its work."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12]) > os.sysconf("SC_CLK_TCK")


def test_a_pin_goes_with_a_policy_that_settings_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tierwise.yaml").write_text("policy: pinned\n")
    report = answered(capsys, "backtest", str(SAMPLE), "--config", str(tmp_path / "tierwise.yaml"), "--pin", "deepseek-v4-pro")
    assert report["policy"]["pin"] == "deepseek/deepseek-v4-pro"
    assert main(["backtest", str(SAMPLE), "--pin", "deepseek-v4-pro"]) == WRONG
    assert "--pin goes with --policy pinned, not cheapest" in capsys.readouterr().err
