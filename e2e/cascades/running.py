"""One cascade: servers, a repository, the command, and what came of it held against what should have."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from e2e.cascades import agents, shop
from e2e.cascades.agents import Agent
from e2e.cascades.shop import BREAKER, FIXER, IDLE, PRICES, SMALL
from e2e.kit.client import CHAT, RESPONSES
from e2e.kit.servers import free_port, local_model, running, sealed

ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 600.0
ALL: Final = ("anthropic", CHAT, RESPONSES)
SELLER, HERE = "upstream", "here"
SCRIPTED: Final = {f"{SELLER}/{IDLE}": "unchanged", f"{SELLER}/{BREAKER}": "refuted", f"{SELLER}/{FIXER}": "verified"}
REAL: Final = f"{HERE}/{SMALL}"
ABLE: Final[Mapping[str, object]] = {"tools": True, "images": True, "json_schema": True, "context_window": 1_000_000, "max_output": 32_000}


class Case(Struct, frozen=True):
    """An agent and the models it is given, in order, each with what its stage may come to."""

    agent: Agent
    models: Mapping[str, str]

    @property
    def real(self) -> bool:
        """Whether the real small model is among them."""
        return REAL in self.models


class Outcome(Struct, frozen=True):
    """What came of a case: how long it took, its stages in words, what it cost, and what was wrong."""

    case: Case
    seconds: float
    stages: str
    cost: str
    wrong: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        return not self.wrong


CASES: Final = (
    *(Case(one, SCRIPTED) for one in (agents.CLAUDE_CODE, agents.CODEX, agents.AIDER, agents.MINI_SWE_AGENT)),
    Case(agents.AIDER, {REAL: "refuted|unchanged|crashed|late", f"{SELLER}/{FIXER}": "verified"}),
)


class Place(Struct, frozen=True):
    """Where a case runs: its repository, its home, its settings."""

    repo: Path
    home: Path
    config: Path

    def said(self, *words: str, timeout: float = PATIENCE) -> "subprocess.CompletedProcess[str]":
        """What the command says in the repository."""
        return subprocess.run(  # noqa: S603  # our own command
            (sys.executable, "-m", "tierwise", *words),
            cwd=self.repo,
            env=sealed(self.home, {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


@contextmanager
def placed(case: Case, logs: Path) -> Iterator[Place]:
    """The servers of a case, its repository and its home; all of it is gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tierwise-cascade-", ignore_cleanup_errors=True)))
        port = free_port()
        words = (sys.executable, "-m", "e2e.cascades.upstream", "--port", str(port))
        stack.enter_context(running(words, logs / "cascade-upstream.log", port, "/v1/models", env=_ours()))
        small = stack.enter_context(local_model(logs)) if case.real else 0
        place = Place(folder / "repo", folder / "home", folder / "tierwise.yaml")
        place.home.mkdir()
        place.config.write_text(settings(port, small, folder), encoding="utf-8")
        shop.laid(place.repo)
        yield place


def _ours() -> dict[str, str]:
    """The environment of our own servers, which find the modules they are made of."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(one for one in (str(ROOT), os.environ.get("PYTHONPATH", "")) if one)}


def settings(scripted: int, small: int, folder: Path) -> str:
    """Settings with every model of the proof, and a ledger of its own. JSON is YAML too."""
    ends = [
        {"id": f"{SELLER}/{name}", "wires": list(ALL), "prices": {"input": price[0], "output": price[1]}, **ABLE}
        for name, price in PRICES.items()
    ]
    providers = {SELLER: {"url": f"http://127.0.0.1:{scripted}/v1", "key": "e2e"}}
    if small:
        able = {**ABLE, "context_window": 8192, "max_output": 400}
        ends.append({"id": REAL, "wires": [CHAT], "prices": {"input": 0.0, "output": 0.0}, **able})
        providers[HERE] = {"url": f"http://127.0.0.1:{small}/v1", "key": "e2e"}
    said = {"endpoints": ends, "providers": providers, "ledger": {"store": str(folder / "ledger.db")}, "server": {"port": 0}, "log": "none"}
    return json.dumps(said, indent=1)


def taken(case: Case, logs: Path) -> Outcome:
    """What comes of a case."""
    with placed(case, logs) as place:
        before, begun = shop.state(place.repo), time.monotonic()
        command = case.agent.command()
        options = ("--json", "--models", ",".join(case.models), "--attempts", "1", "--budget", "5", "--agent-time", "240s")
        ended = place.said(
            "cascade", "--config", str(place.config), *options, "--verify", shop.VERIFY, "--protect", shop.TESTS, "--", *command
        )
        seconds = time.monotonic() - begun
        try:
            found = json.loads(ended.stdout)
        except ValueError:
            return Outcome(case, seconds, "none", "unknown", (f"no record: {ended.stdout[-200:]} {ended.stderr[-600:]}",))
        wrong = tuple(said for check in CHECKS for said in check(Seen(case, place, found, before, ended.returncode)))
        stages = ", ".join(f"{one['model']} {one['result']}" for one in found["run"]["stages"])
        cost = sum(one["cost"] or 0 for one in found["run"]["stages"]) / 10**12
        return Outcome(case, seconds, stages, f"${cost:.4f}", wrong)


class Seen(Struct, frozen=True):
    """All that is judged: the record as the command told it, the repository before, the exit code."""

    case: Case
    place: Place
    found: Mapping[str, Any]
    before: Mapping[str, bytes]
    code: int

    @property
    def run(self) -> Mapping[str, Any]:
        """The record."""
        found: Mapping[str, Any] = self.found["run"]
        return found

    @property
    def stages(self) -> Sequence[Mapping[str, Any]]:
        """Its stages."""
        found: Sequence[Mapping[str, Any]] = self.run["stages"]
        return found


def _green(seen: Seen) -> Iterator[str]:
    if seen.code or seen.run["status"] != "verified":
        yield f"exit code {seen.code}, {seen.run['status']}: {seen.run['note']}"


def _in_order(seen: Seen) -> Iterator[str]:
    """Each model had its turn, with the outcome it should have."""
    got = [(one["model"], one["result"]) for one in seen.stages]
    names = [model for model, _ in got]
    if names != list(seen.case.models):
        yield f"the stages were {got}"
        return
    for model, result in got:
        if not re.fullmatch(seen.case.models[model], result):
            yield f"{model} came to {result}, not {seen.case.models[model]}: {_tail(seen, model)}"


def _tail(seen: Seen, model: str) -> str:
    stage = next(one for one in seen.stages if one["model"] == model)
    return " ".join([str(stage["note"]), *(str(check["tail"])[-300:] for check in stage["checks"])])


def _delivered(seen: Seen) -> Iterator[str]:
    """The branch has the mended file on top of the commit it began at, and nothing else."""
    branch, repo = seen.run["branch"], seen.place.repo
    if branch != f"tierwise/cascade/{seen.run['id']}":
        yield f"the branch is {branch!r}"
        return
    if shop.git(repo, "show", f"{branch}:{shop.FILE}") != shop.RIGHT:
        yield f"the branch has another {shop.FILE}: {shop.git(repo, 'show', f'{branch}:{shop.FILE}')!r}"
    if shop.git(repo, "diff", "--name-only", f"main..{branch}").split() != [shop.FILE]:
        yield f"the branch changes {shop.git(repo, 'diff', '--name-only', f'main..{branch}').split()}"
    if shop.git(repo, "rev-list", "--count", f"main..{branch}").strip() != "1":
        yield "the branch has not one commit more"


def _untouched(seen: Seen) -> Iterator[str]:
    """The repository is as it was, and no tree of the cascade is left."""
    if shop.state(seen.place.repo) != seen.before:
        yield "the working tree is not as it was"
    trees = shop.git(seen.place.repo, "worktree", "list").strip().splitlines()
    if len(trees) != 1:
        yield f"trees are left: {trees}"


def _recorded(seen: Seen) -> Iterator[str]:
    """The ledger has the run, and every request of every stage, at its price, to the model of the stage."""
    told = seen.place.said("explain", "--config", str(seen.place.config), "--json", seen.run["id"])
    if told.returncode:
        yield f"the ledger does not have it: {told.stderr.strip()}"
        return
    kept = json.loads(told.stdout)
    if kept["run"]["status"] != "verified" or [one["result"] for one in kept["run"]["stages"]] != [one["result"] for one in seen.stages]:
        yield f"the ledger has it as {kept['run']['status']}"
    for stage in seen.stages:
        spent = kept["spent"][str(stage["number"])]
        if (spent["cost"], spent["requests"], spent["unpriced"]) != (stage["cost"], stage["requests"], stage["unpriced"]):
            yield f"stage {stage['number']}: the run says {stage['cost']} in {stage['requests']}, the ledger {spent}"
        if not stage["requests"] or (not stage["cost"] and stage["model"] != REAL):
            yield f"stage {stage['number']} cost {stage['cost']} in {stage['requests']} requests"


def _reported(seen: Seen) -> Iterator[str]:
    """The report counts it once, with the same cost."""
    told = seen.place.said("report", "--config", str(seen.place.config), "--by", "cascade", "--json")
    if told.returncode:
        yield f"no report: {told.stderr.strip()}"
        return
    parts = [(one["name"], one["cost"]) for one in json.loads(told.stdout)["parts"]]
    if parts != [(seen.run["id"], sum(one["cost"] or 0 for one in seen.stages))]:
        yield f"the report has {parts}"


CHECKS: Final[tuple[Callable[[Seen], Iterator[str]], ...]] = (_green, _in_order, _delivered, _untouched, _recorded, _reported)
