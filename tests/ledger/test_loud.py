"""What goes on is said at once, then once a minute."""

import io
import sys

import pytest

from tests.ledger.spooled import Said
from tierwise.ledger import loud
from tierwise.ledger.loud import Loud


def test_what_goes_on_is_said_once_a_minute_and_its_end_once() -> None:
    said = Said()
    one = Loud(said)
    for second in range(130):
        one.tell("disk", second, lambda second=second: f"full at {second}")  # type: ignore[misc]  # mypy does not infer defaults of lambdas
    one.tell("other", 1, lambda: "another thing")
    one.over("disk", "it is over")
    one.over("disk", "it is over")
    one.tell("disk", 131, lambda: "full again")
    assert said.lines == ["full at 0", "full at 60", "full at 120", "another thing", "it is over", "full again"]


def test_it_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    loud.to_stderr("a line")
    assert capsys.readouterr().err == "tierwise ledger: a line\n"


def test_nobody_has_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = io.StringIO()
    gone.close()
    monkeypatch.setattr(sys, "stderr", gone)
    loud.to_stderr("a line")
