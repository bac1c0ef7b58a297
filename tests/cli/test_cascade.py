"""The command line of cascades: over a gateway of paper in this process, and in processes that are interrupted and killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.runner import scenes
from tests.runner.scenes import CHECK, FIXED, Paper, digest, ran
from tierwise.cli import cascade, cascading, main
from tierwise.core.money import PER_DOLLAR
from tierwise.core.run import Run
from tierwise.runner import journal, places, shelf

ROOT = Path(__file__).parents[2]
MODELS = "deepseek-v4-pro,claude-opus-4-8"
BY_MODEL = f'[ "$TIERWISE_MODEL" = claude-opus-4-8 ] && {FIXED}; exit 0'
STAGED = (".git/objects", ".git/logs", ".git/refs/heads/tierwise")

CHILD = """
import sys
from pathlib import Path
from tests.runner import scenes
import signal
from tierwise.cli import cascading
for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(one, signal.default_int_handler)
start = cascading.Start(None, lambda _config, _folder: scenes.Paper())
sys.exit(cascading.driven(start, scenes.job(Path(sys.argv[1]), sys.argv[2], "one", "two")).code)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = scenes.repository(tmp_path / "repo")
    monkeypatch.chdir(found)
    return found


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Paper:
    found = Paper()
    monkeypatch.setattr(cascading, "Start", partial(cascading.Start, opened=lambda _config, _folder: found))
    return found


def test_a_cascade_ends_with_a_branch_and_says_how_to_take_it(repo: Path, paper: Paper, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cascade", "--verify", CHECK, "--models", MODELS, "--", "sh", "-c", BY_MODEL]) == 0
    told = capsys.readouterr()
    (past,) = journal.listed()
    assert past.run is not None
    assert f"git merge {past.run.branch}" in told.out
    assert ran(repo, "show", f"{past.run.branch}:calc.txt") == "a plus b"
    plan, *steps = told.err.splitlines()
    assert plan.startswith("tierwise: deepseek-v4-pro, then claude-opus-4-8; expected $")
    assert [one.partition("  ")[0] for one in steps] == ["stage 1", "stage 1", "stage 2", "stage 2"]
    assert paper.closed
    assert "uncommitted" not in told.err


def test_one_that_is_not_verified_exits_with_one_and_json_is_the_record(
    repo: Path, paper: Paper, capsys: pytest.CaptureFixture[str]
) -> None:
    (repo / "mine.txt").write_text("mine")
    assert main(["cascade", "--json", "--verify", "false", "--models", "gpt-5.2", "--", "sh", "-c", "echo x > x"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["run"]["status"] == "exhausted"
    assert "uncommitted changes" in told.err
    assert (repo / "mine.txt").read_text() == "mine"
    assert len(paper.keys) == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--verify", "true"], "no agent"),
        (["--", "sh", "-c", "true"], "nothing to verify with"),
        (["--verify", "true", "--models", "gtp-5.2", "--", "sh"], "gpt-5.2"),
        (["--verify", "true", "--models", "gpt-5.2", "--budget", "much", "--", "sh"], "no amount of dollars"),
        (["--verify", "true", "--models", "gpt-5.2", "--budget", "0", "--", "sh"], "pays for no"),
        (["--verify", "true", "--models", "gpt-5.2", "--protect", "test", "--", "sh"], "--protect test: "),
        (["--verify", "true", "--models", "gpt-5.2", "--repository", "/nowhere", "--", "sh"], "no such folder"),
        (["--verify", "true", "--models", "gpt-5.2", "--commit", "v9", "--", "sh"], "no commit 'v9'"),
        (["--verify", "true", "--models", "gpt-5.2", "--agent", "claude", "--", "sh"], "known: aider, claude_code"),
        (["--verify", "true", "--models", "gpt-5.2", "--", "sh", "{prompt}"], "--prompt"),
        (["--verify", "true", "--models", "gpt-5.2", "--prompt", "x", "--", "aider"], "where it goes"),
        (["--verify", "true", "--models", "gpt-5.2", "--patch", "/nowhere/x.patch", "--", "sh"], "no folder"),
        (["--verify", "true", "--output", "x.jsonl", "--", "sh"], "--tasks"),
        (["--tasks", "/nowhere.jsonl", "--", "sh"], "cannot be read"),
        (["--resume"], "no run on this machine can go on"),
        (["resume", "2026"], "no run '2026' on this machine"),
        (["clean", "x"], "no run 'x'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line_and_nothing_is_begun(
    repo: Path, paper: Paper, words: Sequence[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digest(repo)
    assert main(["cascade", *words]) == 2
    told = capsys.readouterr()
    assert why in told.err
    assert len(told.err.splitlines()) == 1
    assert journal.listed() == []
    assert digest(repo) == before
    assert paper.keys == []


@pytest.mark.parametrize(
    "words", [["--time", "soon"], ["--time", "0"], ["--parallel", "0"], ["--attempts", "-1"], ["--policy", "best"], ["--verify"]]
)
def test_an_option_that_is_none_is_said(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["cascade", *words])
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("90", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86_400)])
def test_times_are_said_as_people_say_them(text: str, seconds: float) -> None:
    assert cascade._seconds(text) == seconds


@pytest.mark.usefixtures("repo", "paper")
def test_a_plan_is_shown_and_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cascade", "--plan", "--models", MODELS, "--", "sh"]) == 0
    assert "deepseek-v4-pro" in capsys.readouterr().out
    assert main(["cascade", "--plan", "--json", "--models", MODELS, "--", "sh"]) == 0
    assert [one["model"] for one in json.loads(capsys.readouterr().out)["legs"]] == MODELS.split(",")
    assert journal.listed() == []


@pytest.mark.usefixtures("paper")
def test_a_program_of_the_persons_own_that_no_commit_has_is_found(repo: Path) -> None:
    mine = repo / "mend.sh"
    mine.write_text(f"#!/bin/sh\n{FIXED}\n")
    mine.chmod(0o755)
    assert main(["cascade", "--verify", CHECK, "--models", "gpt-5.2", "--", "./mend.sh"]) == 0
    ran(repo, "add", "mend.sh")
    ran(repo, "commit", "-q", "-m", "mine")
    mine.write_text("#!/bin/sh\nexit 1\n")
    assert main(["cascade", "--verify", CHECK, "--models", "gpt-5.2", "--", "./mend.sh"]) == 0


@pytest.mark.usefixtures("repo")
def test_runs_are_listed_and_cleaned(paper: Paper, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["cascade", "--verify", "false", "--keep-trees", "--models", "gpt-5.2", "--", "sh", "-c", "echo x > x"])
    paper.costs[1] = 2 * PER_DOLLAR
    main(["cascade", "--verify", "false", "--budget", "2", "--models", MODELS, "--", "sh", "-c", "echo x > x"])
    capsys.readouterr()
    assert main(["cascade", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [one["status"] for one in rows] == ["budget", "exhausted"]
    assert rows[1]["trees"] == [str(folder / rows[1]["run"] / "stage-1" / "tree")]
    assert (Path(rows[1]["trees"][0]) / "x").read_text() == "x\n"
    assert main(["cascade", "list"]) == 0
    assert rows[0]["run"] in capsys.readouterr().out
    assert main(["cascade", "clean"]) == 0
    assert [one.name for one in journal.listed()] == [rows[0]["run"]]
    assert main(["cascade", "clean", rows[0]["run"][:12]]) == 0
    assert journal.listed() == []
    capsys.readouterr()
    assert main(["cascade", "clean"]) == 0
    assert capsys.readouterr().out == "Nothing to clean.\n"


@pytest.mark.usefixtures("repo")
def test_a_run_that_a_budget_ended_goes_on_with_more(paper: Paper) -> None:
    paper.costs[1] = 2 * PER_DOLLAR
    words = ["cascade", "--verify", CHECK, "--budget", "2", "--models", MODELS, "--", "sh", "-c", BY_MODEL]
    assert main(words) == 1
    assert main(["cascade", "resume"]) == 1
    assert main(["cascade", "--resume", "--budget", "5"]) == 0
    (past,) = journal.listed()
    assert past.run is not None
    assert [(one.model, one.result) for one in past.run.stages] == [("deepseek-v4-pro", "unchanged"), ("claude-opus-4-8", "verified")]


# Batches


def tasks(where: Path, *rows: dict[str, Any]) -> str:
    path = where / "tasks.jsonl"
    path.write_text("".join(f"{json.dumps(one)}\n" for one in rows))
    return str(path)


@pytest.mark.usefixtures("paper", "repo")
def test_a_batch_has_a_line_of_results_for_each_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = scenes.repository(tmp_path / "other")
    file = tasks(
        tmp_path,
        {"id": "one", "prompt": "plus", "verify": CHECK},
        {"id": "two", "prompt": "times", "verify": ["true", CHECK]},
        {"id": "three", "repository": str(other), "commit": "main", "prompt": "plus"},
        {"id": "four", "repository": "/nowhere", "prompt": "plus"},
    )
    words = [
        "--tasks",
        file,
        "--verify",
        CHECK,
        "--models",
        "gpt-5.2",
        "--parallel",
        "3",
        "--",
        "sh",
        "-c",
        "sed -i s/minus/$1/ calc.txt",
        "x",
    ]
    assert main(["cascade", *words, "{prompt}"]) == 1
    told = capsys.readouterr()
    found = {one["id"]: one for one in map(json.loads, told.out.splitlines())}
    assert {name: one["status"] for name, one in found.items()} == {
        "one": "verified",
        "two": "exhausted",
        "three": "verified",
        "four": "broken",
    }
    assert found["one"]["cost"] == pytest.approx(1e-9)
    assert ran(other, "show", f"{found['three']['branch']}:calc.txt") == "a plus b"
    assert found["four"]["note"] == "/nowhere: no such folder"
    assert "2 of 4 tasks verified" in told.err


@pytest.mark.usefixtures("repo")
def test_a_batch_goes_on_where_it_was(paper: Paper, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tasks(tmp_path, {"id": "one"}, {"id": "two"})
    results = tmp_path / "results.jsonl"
    words = ["--tasks", file, "--output", str(results), "--verify", CHECK, "--models", MODELS]
    agent = ["--", "sh", "-c", BY_MODEL]
    paper.costs[1] = 2 * PER_DOLLAR
    assert main(["cascade", *words, "--budget", "2", *agent]) == 1
    assert main(["cascade", *words, *agent]) == 2
    assert "--resume" in capsys.readouterr().err
    assert main(["cascade", *words, "--resume", "--budget", "5", *agent]) == 0
    assert len(paper.keys) == 4
    assert main(["cascade", *words, "--resume", *agent]) == 0
    assert len(paper.keys) == 4
    assert [one["status"] for one in map(json.loads, results.read_text().splitlines())] == ["budget", "budget", "verified", "verified"]
    assert len(journal.listed()) == 2


# Interrupted and killed


def child(repo: Path, script: str) -> "subprocess.Popen[bytes]":
    env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    return subprocess.Popen([sys.executable, "-c", CHILD, str(repo), script], env=env, stderr=subprocess.PIPE)  # noqa: S603  # ourselves


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that comes; a machine may be slow."""
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.02)


def gone(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def at_work(tmp_path: Path) -> str:
    """An agent that says its number and works on until a file is there."""
    return f"echo x > x; [ -e {tmp_path}/go ] && {FIXED} && exit; echo $$ > {tmp_path}/new; mv {tmp_path}/new {tmp_path}/pid; sleep 600"


def last() -> Run:
    (past,) = journal.listed()
    assert past.run is not None
    return past.run


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_and_puts_it_away(repo: Path, tmp_path: Path, folder: Path, number: signal.Signals) -> None:
    before = digest(repo)
    process = child(repo, at_work(tmp_path))
    until((tmp_path / "pid").exists)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number, errors
    assert gone(int((tmp_path / "pid").read_text()))
    assert [(one.result, one.cost) for one in last().stages] == [("stopped", 1000)]
    assert last().status == "stopped"
    assert list(folder.glob("*/stage-*/tree")) == []
    assert digest(repo) == before


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.usefixtures("paper")
def test_a_kill_ends_the_agent_too_and_the_run_can_be_listed_gone_on_with_or_cleaned(repo: Path, tmp_path: Path, folder: Path) -> None:
    before = digest(repo, without=STAGED)
    process = child(repo, at_work(tmp_path))
    until((tmp_path / "pid").exists)
    process.kill()
    process.communicate(timeout=60)
    until(lambda: gone(int((tmp_path / "pid").read_text())))
    (past,) = journal.listed()
    assert (past.over, past.running, len(shelf.trees(past))) == (False, False, 1)
    assert digest(repo, without=STAGED) == before
    assert main(["cascade", "clean"]) == 0
    assert list(folder.glob("*/stage-*/tree")) == []
    (tmp_path / "go").touch()
    assert main(["cascade", "resume", past.name]) == 0
    assert [(one.number, one.model, one.result) for one in last().stages] == [(1, "one", "stopped"), (2, "one", "verified")]
    assert digest(repo, without=STAGED) == before


@pytest.mark.usefixtures("repo", "paper")
def test_every_word_after_the_dashes_is_the_agents() -> None:
    script = 'for one; do printf "<%s>" "$one"; done'
    words = ["--json", "list", "-h", "--", "--verify", "{model}", ""]
    assert main(["cascade", "--verify", CHECK, "--models", "gpt-5.2", "--", "sh", "-c", script, "x", *words]) == 1
    (past,) = journal.listed()
    assert (past.folder / "stage-1/agent.log").read_text() == "<--json><list><-h><--><--verify><gpt-5.2><>"
