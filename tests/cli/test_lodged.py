"""Cascades over a gateway of their own, killed and gone on with: every run and every request is in the ledger, and counts once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.spooled import until
from tierwise import plugins
from tierwise.ledger import Query, Store, addresses, front

PRIVATE = ("_KEY", "_TOKEN", "_ENDPOINT", "_BASE_URL", "_PROXY")
AGENT = """
import json, os, pathlib, sys, time, urllib.request
asked = {"model": "auto", "messages": [{"role": "user", "content": "mend it"}]}
headers = {"content-type": "application/json", "authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
with urllib.request.urlopen(urllib.request.Request(url, json.dumps(asked).encode(), headers)) as answer:
    answer.read()
mark = pathlib.Path(sys.argv[1])
if os.environ["TIERWISE_MODEL"] == "claude-opus-4-8":
    if not mark.exists():
        mark.touch()
        time.sleep(120)
    pathlib.Path("it").write_text("good")
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment without anybody's keys, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().endswith(PRIVATE)}
    return {**kept, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "GIT_CONFIG_GLOBAL": os.devnull}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository whose check fails, and settings beside it."""
    (tmp_path / "agent.py").write_text(AGENT)
    (tmp_path / "tierwise.yaml").write_text(f"ledger: {{store: {tmp_path / 'ledger.db'}}}\nserver: {{port: 0}}\nlog: none\n")
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "it").write_text("bad")
    for words in (("init", "-q"), ("add", "."), ("-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-qm", "It")):
        subprocess.run(("git", *words), cwd=folder, check=True)  # noqa: S603, S607  # the machine's git
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The ledger."""
    one = addresses.opened(str(tmp_path / "ledger.db"), plugins.found(plugins.STORES))
    yield one
    one.close()


def command(repo: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "tierwise", "cascade", "--config", str(repo.parent / "tierwise.yaml"), *words]


def test_a_run_that_was_killed_and_gone_on_with_is_in_the_ledger_once_with_all_it_cost(
    repo: Path, env: dict[str, str], store: Store
) -> None:
    mark, models = repo.parent / "mark", ("deepseek-v4-pro", "claude-opus-4-8")
    agent = ("--", sys.executable, str(repo.parent / "agent.py"), str(mark))
    asked = ("--models", ",".join(models), "--attempts", "1", "--budget", "5", "--verify", "grep -q good it", *agent)
    process = subprocess.Popen(command(repo, *asked), cwd=repo, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  # ours
    until(mark.exists, 60)
    process.kill()
    process.wait()
    resumed = subprocess.run(command(repo, "--json", "resume"), cwd=repo, env=env, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603  # ours
    run: dict[str, Any] = json.loads(resumed.stdout)["run"]

    (kept,) = store.runs(Query())
    assert (kept.id, kept.status, kept.branch) == (run["id"], "verified", f"tierwise/cascade/{run['id']}")
    assert [(one.model, one.result) for one in kept.stages] == [
        ("deepseek-v4-pro", "unchanged"),
        ("claude-opus-4-8", "stopped"),
        ("claude-opus-4-8", "verified"),
    ]
    rows = store.rows(Query(tag=f"cascade:{kept.id}"))
    costs = {number: sum(row.cost or 0 for row in rows if f"stage:{number}" in row.tags) for number in (1, 2, 3)}
    assert [(one.cost, one.requests) for one in kept.stages] == [(costs[number], 1) for number in (1, 2, 3)]
    assert {row.model for row in rows} == set(models)
    assert all(one.revoked for one in store.keys())  # noqa: SIM118  # a store is no dictionary
    assert list(store.budgets()) == []
    assert not list(front.MEMORY.glob(f"{front.place(repo.parent / 'ledger.db.spool').name}/*"))
