"""Cascades in the console, in Chromium: the list, one run, and a run that goes on while it is looked at."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from tests.console.looking import Visit
from tests.console.serving import READER, Make, Server, over
from tierwise.core.run import Check, Run, Stage
from tierwise.ledger import Store
from tierwise.ledger.stores import sqlite

Opened = Callable[..., Visit]
Served = Callable[[Make], Server]

NOW = time.time_ns() // 1_000_000
TAIL = "FAILED tests/test_cart.py::test_total\n1 failed, 12 passed <b>in</b> 2 s"
CHECK = Check("make test", 1, 2.4, passed=False, restored=("tests/test_cart.py",), tail=TAIL)
FIRST = Stage(1, "deepseek-v4-pro", 1, "k-1", NOW - 90_000, NOW - 60_000, 0, "refuted", 40_000_000_000, 12, 0, (CHECK,))
SECOND = replace(FIRST, number=2, attempt=2, result="unchanged", checks=(), note="the agent changed nothing", cost=None, requests=None)
RUN = Run(
    id="c-shop-1",
    at=NOW - 95_000,
    repository="/home/ann/shop",
    commit="c0ffee5c0ffee5",
    command=("claude", "-p", "fix the cart"),
    checks=("make test", "make lint"),
    stages=(FIRST, SECOND, Stage(3, "claude-opus-4-8", began=NOW - 30_000)),
    budget=2 * 10**12,
    expected=300_000_000_000,
    told=NOW,
)
PASSED = Check("make test", 0, 2.0, passed=True, tail="13 passed")
WON = Stage(3, "claude-opus-4-8", 1, "k-3", NOW - 30_000, NOW, 0, "verified", 500_000_000_000, 20, 0, (PASSED,))


def ended(told: int = NOW + 1) -> Run:
    """The run when a stage has been verified."""
    return replace(RUN, status="verified", stages=(FIRST, SECOND, WON), ended=NOW, branch="tierwise/cascade/c-shop-1", told=told)


def with_runs(ledger: Path, folder: Path, *runs: Run) -> tuple[Path, Store]:
    """A copy of a ledger with some runs in it, and its store."""
    path = folder / "ledger.db"
    shutil.copy(ledger, path)
    store = sqlite.opened(str(path))
    store.add(runs)
    return path, store


def test_the_list_says_what_a_verified_result_costs_and_leads_to_each_run(
    serve: Served, visit: Opened, ledger: Path, tmp_path: Path
) -> None:
    over_runs = [replace(ended(), id=f"c-{number}", at=NOW - number * 1000, stages=(replace(WON, number=1),)) for number in range(3)]
    lost = replace(RUN, id="c-9", status="exhausted", ended=NOW, stages=(FIRST,))
    path, store = with_runs(ledger, tmp_path, *over_runs, lost)
    for width, theme in (("wide", "light"), ("narrow", "dark")):
        one = visit(serve(over(path)).base, width, theme)
        one.open("overview")
        one.follow("Cascades")
        one.says("3 of 4")
        assert "$0.5133" in one.text
        assert one.page.locator("tbody tr").count() == 4
        one.sound()
        one.picture(f"{width}-{theme}-cascades")
    one.page.get_by_label("Status").select_option("exhausted")
    one.page.locator("tbody tr:only-child a.row").click()
    one.says("every stage was tried and none passed")
    store.close()


def test_a_run_is_shown_as_it_goes_and_then_as_it_ended(serve: Served, visit: Opened, ledger: Path, tmp_path: Path) -> None:
    path, store = with_runs(ledger, tmp_path, RUN)
    one = visit(serve(over(path)).base)
    one.open("cascades/c-shop-1")
    one.says("still at work")
    one.says("put back before it ran: tests/test_cart.py")
    one.says("1 failed, 12 passed <b>in</b> 2 s")
    one.sound()
    one.picture("cascade-running")
    store.add([ended()])
    one.says("a stage passed every check", 15)
    one.says("tierwise/cascade/c-shop-1")
    assert one.page.locator("#said").inner_text() == "The cascade is verified."
    assert "unknown" in one.text
    one.sound()
    one.picture("cascade-verified")
    one.page.get_by_role("link", name="All its requests").click()
    one.says("No request fits what is asked for")
    store.close()


def test_a_reader_does_not_see_what_checks_printed(serve: Served, visit: Opened, ledger: Path, tmp_path: Path) -> None:
    path, store = with_runs(ledger, tmp_path, ended())
    one = visit(serve(over(path)).base, key=READER)
    one.open("cascades/c-shop-1")
    one.says("tierwise/cascade/c-shop-1")
    assert "FAILED tests" not in one.page.content()
    one.sound()
    store.close()


def test_without_a_run_it_is_said_how_to_begin(serve: Served, visit: Opened, ledger: Path) -> None:
    one = visit(serve(over(ledger)).base)
    one.open("cascades")
    one.says("tierwise cascade --verify")
    one.sound()
    one.picture("cascades-none")
