"""Verified cascades of the ledger: reported run by run with what a verified result cost, and one of them told stage by stage."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.ledger.samples import NOON, decision, entry
from tierwise import plugins
from tierwise.cli import WRONG, main
from tierwise.core.entry import Entry
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.core.run import Check, Run, Stage
from tierwise.ledger import addresses

SINCE = ("--since", "2026-10-01", "--until", "2026-12-31")
FIRST, SECOND, LOST = "20261101-120000-aaaaaa", "20261101-130000-bbbbbb", "20261101-140000-cccccc"
CENT = PER_DOLLAR // 100
Ran = Callable[..., str]

FAILED = Check("make test", 1, 2.25, passed=False, restored=("tests/test_a.py",), tail="\n".join(f"line {number}" for number in range(9)))
PASSED = Check("make test", 0, 2.0, passed=True)
LATE = Check("make slow", None, 900.0, passed=False, note="it took longer than 900 s")
TRIED = Stage(1, "alpha", 1, "k-1", NOON, NOON + 61_000, 0, "refuted", 1, 1, 0, (FAILED,))
WON = Stage(2, "beta", 1, "k-2", NOON + 61_000, NOON + 90_000, 0, "verified", 1, 1, 0, (PASSED,))
RUN = Run(
    id=FIRST,
    at=NOON,
    repository="/home/ann/shop",
    commit="c0ffee5c0ffee5c0",
    command=("claude", "-p", "fix it"),
    checks=("make test",),
    ended=NOON + 90_000,
    task="cart-7",
    status="verified",
    stages=(TRIED, WON),
    budget=2 * PER_DOLLAR,
    expected=50 * CENT,
    branch=f"tierwise/cascade/{FIRST}",
)
OTHERS = (
    replace(RUN, id=SECOND, at=NOON + 1, stages=(replace(WON, number=1),), branch="", patch="/tmp/fix.patch", budget=None, expected=None),  # noqa: S108  # a name
    replace(
        RUN,
        id=LOST,
        at=NOON + 2,
        status="time",
        task="",
        stages=(replace(TRIED, result="late", code=None, checks=(LATE,)),),
        note="at last",
    ),
)


def asked(name: str, run: str, number: int, **more: Any) -> Entry:
    """A request of a stage."""
    key, tags = f"cascade-{run}-{number}", (f"cascade:{run}", f"stage:{number}")
    return entry(name, NOON + 10, key=key, tags=tags, session=f"{run}-{number}", decision=decision(), **more)


REQUESTS = (
    asked("tw-a1", FIRST, 1, cost=10 * CENT, baseline=90 * CENT),
    asked("tw-a2", FIRST, 1, cost=5 * CENT, baseline=30 * CENT),
    asked("tw-a3", FIRST, 2, cost=40 * CENT, baseline=40 * CENT),
    asked("tw-b1", SECOND, 1, cost=20 * CENT, baseline=80 * CENT),
    asked("tw-c1", LOST, 1, cost=Unknown("no price"), baseline=Unknown("no price")),
    entry("tw-x1", NOON, cost=500 * CENT),
)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Runs a command over a ledger that holds these runs and requests."""
    path = str(tmp_path / "ledger.db")
    store = addresses.opened(path, plugins.found(plugins.STORES))
    store.add([RUN, *OTHERS, *REQUESTS])
    store.close()

    def ran(*words: str, code: int = 0) -> str:
        assert main([*words, "--store", path]) == code
        out, err = capsys.readouterr()
        return out or err

    return ran


def test_a_report_by_cascade_says_what_a_verified_result_cost(run: Ran) -> None:
    out = run("report", *SINCE, "--by", "cascade")
    assert "3 cascades, 2 verified, for at least $0.75 in 5 requests." in out
    assert "A verified result cost at least $0.38, what the others cost included." in out
    assert "1 of 2 were verified at the first stage." in out
    assert "alpha refuted, beta verified" in out
    lines = {one.split()[0]: one for one in out.splitlines() if one.split()[:1] in ([FIRST], [SECOND], [LOST])}
    assert "$0.55" in lines[FIRST]
    assert "unknown" in lines[LOST]
    assert "$5" not in out
    assert "no saving of a cascade can be read off here" in out


def test_a_program_gets_the_parts_and_the_runs(run: Ran) -> None:
    found = json.loads(run("report", *SINCE, "--by", "cascade", "--json"))
    assert {part["name"]: part["cost"] for part in found["parts"]} == {FIRST: 55 * CENT, SECOND: 20 * CENT, LOST: 0}
    assert found["whole"]["requests"] == 5
    assert [one["id"] for one in found["cascades"]] == [LOST, SECOND, FIRST]
    rows = list(csv.DictReader(io.StringIO(run("report", *SINCE, "--by", "cascade", "--csv"))))
    assert {row["cascade"] for row in rows} == {FIRST, SECOND, LOST}


def test_runs_of_another_time_are_not_counted(run: Ran) -> None:
    assert "no request of a cascade" in run("report", "--since", "2026-12-01", "--until", "2026-12-31", "--by", "cascade", code=WRONG)


def test_a_cascade_is_explained_stage_by_stage(run: Ran) -> None:
    out = run("explain", FIRST)
    for said in (
        f"cascade {FIRST}, 2026-11-01 12:00 to 2026-11-01 12:01 UTC: verified, a stage passed every check",
        "/home/ann/shop at c0ffee5c0ffe, task cart-7",
        "agent: claude -p 'fix it'",
        "verify: make test",
        "stage 1: alpha: refuted, a check failed, 61 s, exit code 0; $0.15 in 2 requests",
        "  FAILED: make test (exit code 1, 2.2 s)",
        "    put back before it ran: tests/test_a.py",
        "    | line 8",
        "stage 2: beta: verified, passed every check, 29 s, exit code 0; $0.40 in 1 request",
        "  passed: make test (exit code 0, 2.0 s)",
        "cost $0.55 in 3 requests, $0.50 expected, of a budget of $2.00",
        f"the work is on branch tierwise/cascade/{FIRST}",
    ):
        assert said in out.splitlines(), said
    assert "line 3" not in out


def test_what_is_not_known_of_a_cascade_is_said_to_be_unknown(run: Ran) -> None:
    out = run("explain", LOST)
    assert "stage 1: alpha: late, the agent took longer than it may, 61 s; unknown in 1 request" in out
    assert "  FAILED: make slow (it took longer than 900 s, 900.0 s)" in out
    assert "cost unknown in 1 request" in out
    assert "at last" in out
    assert "the work is in /tmp/fix.patch" in run("explain", SECOND)


def test_a_program_gets_a_cascade_whole(run: Ran) -> None:
    found = json.loads(run("explain", FIRST, "--json"))
    assert found["run"]["stages"][0]["checks"][0]["restored"] == ["tests/test_a.py"]
    assert {number: one["cost"] for number, one in found["spent"].items()} == {"1": 15 * CENT, "2": 40 * CENT}


def test_an_id_that_is_wrong_by_a_letter_is_told_the_right_one(run: Ran) -> None:
    assert f"no request or cascade of that id in the ledger; did you mean {FIRST}?" in run("explain", f"{FIRST[:-1]}b", code=WRONG)
