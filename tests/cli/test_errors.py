"""Whatever is wrong with what a person gives: one line that says what and where, exit code 2, nothing half-written."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from tierwise.cli import WRONG, main

SAMPLE = Path(__file__).parents[2] / "examples" / "sessions.jsonl"
Arguments = Callable[[Path], list[str]]


def settings(text: str) -> Arguments:
    """A backtest with a settings file of this text."""

    def made(folder: Path) -> list[str]:
        (folder / "tierwise.yaml").write_text(text)
        return ["backtest", str(SAMPLE), "--config", str(folder / "tierwise.yaml")]

    return made


def empty_folder(folder: Path) -> list[str]:
    (folder / "logs").mkdir()
    return ["backtest", str(folder / "logs")]


def half_a_file(folder: Path) -> list[str]:
    whole = gzip.compress(SAMPLE.read_bytes())
    (folder / "half.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    return ["backtest", str(folder / "half.jsonl.gz")]


def empty_file(folder: Path) -> list[str]:
    (folder / "empty.jsonl").write_bytes(b"")
    return ["backtest", str(folder / "empty.jsonl")]


def no_log(folder: Path) -> list[str]:
    (folder / "notes.jsonl").write_text('{"shopping": "milk"}\n')
    return ["backtest", str(folder / "notes.jsonl")]


def tomorrow_s_log(folder: Path) -> list[str]:
    (folder / "log.jsonl").write_text('{"session":"s","at":"2999-01-01","model":"gpt-5","fresh":1,"output":1}\n')
    return ["backtest", str(folder / "log.jsonl")]


CASES: dict[str, tuple[Arguments, str]] = {
    "missing path": (lambda folder: ["backtest", str(folder / "nowhere")], "nowhere: no such file or folder"),
    "empty folder": (empty_folder, "logs: no log that can be read"),
    "half a file": (half_a_file, "half.jsonl.gz"),
    "empty file": (empty_file, "empty.jsonl: the file is empty"),
    "not a log": (no_log, "notes.jsonl: not a log of a known kind"),
    "a log of the future": (tomorrow_s_log, "log.jsonl"),
    "unknown reference": (lambda _: ["backtest", str(SAMPLE), "--reference", "claude-opsu-4-8"], "did you mean"),
    "unknown model": (lambda _: ["backtest", str(SAMPLE), "--models", "gpt-5.4,claude-opsu-4-8"], "unknown model 'claude-opsu-4-8'"),
    "unknown policy": (lambda _: ["backtest", str(SAMPLE), "--policy", "cheapset"], "did you mean 'cheapest'?"),
    "floor out of range": (lambda _: ["backtest", str(SAMPLE), "--floor", "5"], "floor 5 is not between 0 and 1"),
    "floor not a number": (lambda _: ["backtest", str(SAMPLE), "--floor", "low"], "--floor"),
    "no workers": (lambda _: ["backtest", str(SAMPLE), "--workers", "0"], "--workers: 0 is not between 1 and 64"),
    "page in no folder": (lambda folder: ["backtest", str(SAMPLE), "--html", str(folder / "a/b.html")], "there is no folder"),
    "page is a folder": (lambda folder: ["backtest", str(SAMPLE), "--html", str(folder)], "is a folder"),
    "missing settings": (lambda folder: ["models", "--config", str(folder / "no.yaml")], "no.yaml: no such file"),
    "wrong YAML": (settings("models: [a\n"), "tierwise.yaml:2: not YAML"),
    "unknown key": (settings("flor: 0.1\n"), "tierwise.yaml:1: flor: unknown key; did you mean 'floor'?"),
    "negative price": (settings("prices:\n  deepseek/deepseek-v4-pro:\n    input: -1\n    output: 2\n"), "tierwise.yaml:3: prices"),
    "future date": (lambda _: ["frontier", "--as-of", "2999-01-01"], "--as-of: 2999-01-01 is in the future"),
    "no date": (lambda _: ["frontier", "--as-of", "June"], "--as-of: 'June' is not a day of the form YYYY-MM-DD"),
    "before all scores": (lambda _: ["frontier", "--as-of", "2020-01-01"], "no score is known on 2020-01-01"),
    "article too early": (lambda _: ["frontier", "--as-of", "2026-01-15", "--table", "article"], "Claude Opus 4.7"),
    "plot of no kind": (lambda folder: ["frontier", "--plot", str(folder / "a.gif")], "ends in neither .svg nor .png"),
    "unknown provider": (lambda _: ["models", "--provider", "antropic"], "did you mean 'anthropic'?"),
    "unknown command": (lambda _: ["frontir"], "frontir"),
    "unknown option": (lambda _: ["models", "--jsn"], "--jsn"),
    "no such call": (lambda _: ["explain", str(SAMPLE), "--call", "9999"], "--call"),
    "no such session": (lambda _: ["explain", str(SAMPLE), "--session", "nobody"], "holds no session 'nobody'"),
    "nothing to explain": (lambda folder: ["explain", str(folder / "nowhere")], "nowhere: no such file or folder"),
    "nothing to compare": (lambda folder: ["physics", str(folder / "nowhere")], "nowhere: no such file or folder"),
}


@pytest.mark.parametrize("name", CASES)
def test_one_line_says_what_is_wrong(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, said = CASES[name]
    words = arguments(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    try:
        code = main(words)
    except SystemExit as left:  # argparse leaves by itself
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    assert (code, out) == (WRONG, "")
    assert said in err
    assert err.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
