"""Runs found by name."""

from pathlib import Path

import pytest

from tests.runner.test_journal import JOB, RUN
from tierwise.core.run import Run, Status
from tierwise.runner import Broken, journal, places, shelf


def put(name: str, at: int, status: Status) -> None:
    one = journal.opened(places.run_of(name))
    one.put(JOB)
    one.put(Run(name, at, RUN.repository, RUN.commit, RUN.command, RUN.checks, status=status))
    one.close()


@pytest.fixture(autouse=True)
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path / "data"))
    put("20261101-000000-aaaaaa", 1, "stopped")
    put("20261102-000000-bbbbbb", 2, "running")
    put("20261103-000000-cccccc", 3, "verified")


def test_the_beginning_of_a_name_will_do_where_it_says_which() -> None:
    assert shelf.found("20261102").name == "20261102-000000-bbbbbb"
    with pytest.raises(Broken, match="3 runs begin with '202611'"):
        shelf.found("202611")
    with pytest.raises(Broken, match="did you mean 20261103-000000-cccccc"):
        shelf.found("20261103-000000-cccccd")


def test_the_latest_that_can_go_on_is_the_one_that_has_not_ended() -> None:
    assert shelf.latest().name == "20261102-000000-bbbbbb"
    held = journal.opened(places.run_of("20261102-000000-bbbbbb"))
    try:
        assert shelf.latest().name == "20261101-000000-aaaaaa"
        with pytest.raises(Broken, match="is running"):
            shelf.cleaned(shelf.found("20261102"), whole=True)
    finally:
        held.close()


def test_cleaning_takes_trees_and_leaves_what_was_said_or_takes_all() -> None:
    one = shelf.found("20261101")
    stage = places.stage_of(one.folder, 1)
    (stage / places.TREE).mkdir(parents=True)
    (stage / "agent.log").write_text("x")
    assert shelf.trees(one) == [str(stage / places.TREE)]
    assert shelf.cleaned(one, whole=False) == []
    assert [path.name for path in stage.iterdir()] == ["agent.log"]
    assert shelf.cleaned(one, whole=True) == []
    assert not one.folder.exists()
