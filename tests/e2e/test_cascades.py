"""The proof of cascades judges what it should: its models steer each client's own tools, and its checks see what is wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from e2e.cascades import running, shop
from e2e.cascades.running import CASES, CHECKS, Place, Seen
from e2e.cascades.table import table
from e2e.cascades.upstream import answers, steering
from tierwise.testing import Scripted
from tierwise.upstream.door import Sent

CHAT_TOOL = {"type": "function", "function": {"name": "shell", "parameters": {}}}
OFFERS: tuple[dict[str, Any], ...] = (
    {"tools": [{"name": "Read"}, {"name": "Bash", "input_schema": {}}]},
    {"tools": [CHAT_TOOL]},
    {"tools": [{"type": "function", "name": "exec_command"}]},
    {"input": [{"type": "additional_tools", "tools": [{"type": "function", "name": "shell_command"}]}]},
)


@pytest.mark.parametrize(("offer", "tool"), list(zip(OFFERS, ("Bash", "shell", "exec_command", "shell_command"), strict=True)))
def test_a_model_that_works_calls_the_clients_own_tool(offer: dict[str, Any], tool: str) -> None:
    said = steering({"model": shop.FIXER, **offer})
    assert said.startswith(f"[[tool: {tool} ")
    assert json.dumps(shop.RIGHT).strip('"') in said
    assert isinstance(json.loads(said.removeprefix(f"[[tool: {tool} ").removesuffix("]]")), dict)


def test_a_client_that_edits_by_text_is_told_the_whole_file() -> None:
    assert shop.BROKEN in steering(
        {"model": shop.BREAKER, "messages": [{"role": "system", "content": "return a *file listing*: a file listing"}]}
    )
    assert steering({"model": shop.FIXER, "messages": []}) == ""
    assert "nothing to do" in steering({"model": shop.IDLE, **OFFERS[0]})


def test_the_provider_says_what_its_model_is_to_do() -> None:
    body = {"model": shop.FIXER, "max_tokens": 500, "messages": [{"role": "user", "content": "mend it"}], **OFFERS[0]}
    sent = Sent("POST", "/v1/messages", {"anthropic-version": "2023-06-01", "x-api-key": "e2e"}, json.dumps(body).encode())
    said = json.loads(answers(Scripted(strict=False))(sent).pieces[0].data)
    (call,) = [part for part in said["content"] if part["type"] == "tool_use"]
    assert shop.RIGHT in call["input"]["command"]
    other = Sent("GET", "/v1/models", {}, b"")
    assert answers(Scripted())(other).status == 200


@pytest.mark.parametrize(("text", "passes"), [(shop.WRONG, False), (shop.BROKEN, False), (shop.RIGHT, True)])
def test_only_what_the_last_model_makes_passes_the_check(tmp_path: Path, text: str, passes: bool) -> None:  # noqa: FBT001  # what is expected
    repo = tmp_path / "repo"
    shop.laid(repo)
    (repo / shop.FILE).write_text(text)
    check = shop.VERIFY.replace("python3", sys.executable)
    assert (subprocess.run(check, cwd=repo, shell=True, capture_output=True, check=False).returncode == 0) is passes  # noqa: S602  # our own line


class Told:
    """A place whose command tells what it is given."""

    def __init__(self, repo: Path, answers: dict[str, Any]) -> None:
        self.repo, self.config, self.answers = repo, repo / "tierwise.yaml", answers

    def said(self, command: str, *_more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.CompletedProcess((), 0, json.dumps(self.answers[command]), "")


def judged(tmp_path: Path, change: Any = None) -> list[str]:
    """What is wrong with a run as it should be, after a change to it or to its repository."""
    repo = tmp_path / "repo"
    shop.laid(repo)
    before = shop.state(repo)
    shop.git(repo, "branch", "tierwise/cascade/r1")
    shop.git(repo, "worktree", "add", "-q", str(tmp_path / "tree"), "tierwise/cascade/r1")
    (tmp_path / "tree" / shop.FILE).write_text(shop.RIGHT)
    shop.git(tmp_path / "tree", "-c", "user.name=e2e", "-c", "user.email=e2e@localhost", "commit", "-qam", "Mend it")
    shop.git(repo, "worktree", "remove", str(tmp_path / "tree"))
    results = zip(CASES[0].models, ("unchanged", "refuted", "verified"), strict=True)
    stages: list[dict[str, Any]] = [
        {"number": number, "model": model, "result": result, "cost": 5, "requests": 2, "unpriced": 0, "note": "", "checks": []}
        for number, (model, result) in enumerate(results, 1)
    ]
    run: dict[str, Any] = {"id": "r1", "status": "verified", "note": "", "branch": "tierwise/cascade/r1", "stages": stages}
    spent: dict[str, Any] = {str(one["number"]): {"cost": 5, "requests": 2, "unpriced": 0} for one in stages}
    told: dict[str, Any] = {
        "explain": {"run": json.loads(json.dumps(run)), "spent": spent},
        "report": {"parts": [{"name": "r1", "cost": 15}]},
    }
    if change is not None:
        change(run, told, repo)
    place: Any = Told(repo, told)
    seen = Seen(CASES[0], place, {"run": run}, before, 0)
    return [said for check in CHECKS for said in check(seen)]


def test_a_run_as_it_should_be_has_nothing_wrong(tmp_path: Path) -> None:
    assert judged(tmp_path) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda run, _told, _repo: run.update(status="exhausted"), "exhausted"),
        (lambda run, _told, _repo: run["stages"][1].update(result="verified"), "came to verified, not refuted"),
        (lambda run, _told, _repo: run["stages"].pop(), "the stages were"),
        (lambda run, _told, _repo: run.update(branch=""), "the branch is ''"),
        (lambda _run, _told, repo: (repo / "x").write_text("left behind"), "the working tree is not as it was"),
        (lambda _run, _told, repo: shop.git(repo, "worktree", "add", "-q", "--detach", str(repo.parent / "left")), "trees are left"),
        (lambda _run, _told, repo: shop.git(repo, "branch", "-f", "tierwise/cascade/r1", "main"), "the branch has another shop.py"),
        (lambda _run, told, _repo: told["explain"]["spent"]["2"].update(cost=4), "stage 2: the run says 5 in 2, the ledger"),
        (lambda _run, told, _repo: told["explain"]["run"].update(status="running"), "the ledger has it as running"),
        (lambda run, told, _repo: [run["stages"][0].update(cost=0), told["explain"]["spent"]["1"].update(cost=0)], "stage 1 cost 0"),
        (lambda _run, told, _repo: told["report"]["parts"].append({"name": "r1", "cost": 15}), "the report has"),
    ],
)
def test_what_is_wrong_with_a_run_is_seen(tmp_path: Path, change: Any, says: str) -> None:
    assert any(says in one for one in judged(tmp_path, change)), judged


def test_the_settings_name_every_model_and_the_real_one_only_where_it_is_served(tmp_path: Path) -> None:
    said = json.loads(running.settings(1, 0, tmp_path))
    assert {one["id"] for one in said["endpoints"]} == {f"{running.SELLER}/{name}" for name in shop.WORK}
    assert running.REAL in {one["id"] for one in json.loads(running.settings(1, 2, tmp_path))["endpoints"]}
    assert CASES[-1].real


def test_a_table_shows_what_came_of_it() -> None:
    found = table([running.Outcome(CASES[0], 12.4, "a unchanged, b verified", "$0.1000", ("oh",))])
    assert found.splitlines()[-1].split("|")[1].strip() == "Claude Code"
    assert "FAILED" in found


def test_a_place_runs_the_command_with_nothing_of_the_persons_own(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    ended = Place(tmp_path, tmp_path / "home", tmp_path / "none.yaml").said("--version")
    assert ended.stdout.startswith("tierwise ")
