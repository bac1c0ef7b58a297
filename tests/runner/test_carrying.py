"""What the next stage is told."""

from tierwise.core.run import Check, Stage
from tierwise.runner import carrying


def stage(number: int, *checks: Check) -> Stage:
    return Stage(number, "m", checks=checks)


def test_nothing_failed_nothing_is_said() -> None:
    assert carrying.carried([]) == ""
    assert carrying.carried([stage(1), stage(2, Check("make", 0, 1.0, passed=True))]) == ""


def test_the_latest_failure_is_told_with_the_end_of_what_it_printed() -> None:
    first = stage(1, Check("make lint", 1, 1.0, passed=False, tail="old"))
    second = stage(
        2, Check("make", 0, 1.0, passed=True), Check("make test", 2, 1.0, passed=False, restored=("tests/a.py",), tail="x" * 9000 + "end")
    )
    told = carrying.carried([first, second, stage(3)])
    assert "make test" in told
    assert "exit code 2" in told
    assert "tests/a.py" in told
    assert told.endswith("end")
    assert len(told) < 5000
    assert "old" not in told


def test_a_check_that_was_ended_says_why() -> None:
    told = carrying.carried([stage(1, Check("make test", None, 9.0, passed=False, note="took longer than 9 s"))])
    assert "took longer than 9 s" in told
    assert "exit code" not in told
