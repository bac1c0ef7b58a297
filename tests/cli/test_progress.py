"""What whoever watches a cascade sees."""

import io
import time

from msgspec.structs import replace
from rich.console import Console

from tierwise.cli import progress
from tierwise.cli.progress import Plain, Screen
from tierwise.core.run import Run, Stage, Status


def now() -> int:
    return time.time_ns() // 1_000_000


def run(*stages: Stage, status: Status = "running", task: str = "") -> Run:
    return Run("r", now() - 65_000, "/r", "c", ("sh",), (), stages=stages, status=status, budget=2 * 10**12, task=task)


def drawn(screen: Screen) -> str:
    out = io.StringIO()
    Console(file=out, width=120).print(screen)
    return out.getvalue()


BEGUN = Stage(1, "small", key="k", began=1, cost=None)
OVER = Stage(1, "small", key="k", began=1000, ended=66_000, result="refuted", cost=1_234 * 10**8, note="make test: exit code 1")


def test_elsewhere_than_on_a_terminal_each_step_is_a_line() -> None:
    out = io.StringIO()
    plain = Plain(out)
    for one in (run(Stage(1, "small")), run(Stage(1, "small", key="k")), run(OVER), run(OVER, Stage(2, "small", attempt=2))):
        plain.changed(one)
        plain.heard(one, OVER, "chatter")
    assert out.getvalue().splitlines() == [
        "stage 1  small  begins",
        "stage 1  small  a check failed  1m05s  $0.1234: make test: exit code 1",
        "stage 2  small (attempt 2)  begins",
    ]


def test_of_a_batch_the_task_is_named() -> None:
    out = io.StringIO()
    Plain(out, many=True).changed(run(OVER, task="issue-7"))
    assert out.getvalue().startswith("issue-7: stage 1")


def test_on_a_terminal_there_are_the_stages_the_spend_and_the_last_lines() -> None:
    screen = Screen()
    one = run(OVER, Stage(2, "large", key="k", began=now(), cost=5 * 10**11))
    screen.changed(one)
    screen.heard(one, one.stages[1], "\n".join(f"line {number}" for number in range(20)) + "\n\n[red]not markup[/red]\n")
    told = drawn(screen)
    assert "1m05s, $0.6234 of $2.00" in told
    assert "stage 2  large  at work" in told
    assert "line 19" in told
    assert "[red]not markup[/red]" in told
    assert "line 3" not in told


def test_a_cost_that_nobody_knows_is_not_nothing_and_one_that_has_just_begun_is_not_asked_about() -> None:
    screen = Screen()
    screen.changed(run(replace(OVER, cost=None)))
    assert drawn(screen).count("unknown") == 2
    screen.changed(run(OVER, BEGUN))
    assert "unknown" not in drawn(screen)


def test_of_a_batch_what_has_ended_makes_room() -> None:
    screen = Screen(many=True)
    screen.changed(run(OVER, task="issue-7"))
    assert "issue-7: cascade r" in drawn(screen)
    screen.changed(run(OVER, task="issue-7", status="exhausted"))
    assert "issue-7" not in drawn(screen)


def test_what_is_no_terminal_gets_lines() -> None:
    with progress.shown_on(io.StringIO()) as eye:
        assert isinstance(eye, Plain)
