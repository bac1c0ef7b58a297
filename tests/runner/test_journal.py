"""The journal: what is read back after whatever happened to it."""

from pathlib import Path

import pytest

from tests.runner.scenes import plan
from tierwise.core.run import Run, Stage
from tierwise.runner import Broken, journal, places
from tierwise.runner.git import Repository
from tierwise.runner.journal import Job

JOB = Job(Repository("/r", "/r/.git", "", "c" * 40), ("sh",), ("true",), plan("a", "b"))
RUN = Run("r", 5, "/r", "c" * 40, ("sh",), ("true",))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(places.VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data" / "r"


def test_what_was_put_last_is_read(folder: Path) -> None:
    one = journal.opened(folder)
    later = Run("r", 5, "/r", "c" * 40, ("sh",), ("true",), stages=(Stage(1, "a", note="line\nend \ufffd"),))
    for line in (JOB, RUN, later):
        one.put(line)
    assert journal.read(folder).running
    one.close()
    past = journal.read(folder)
    assert (past.name, past.job, past.run, past.running, past.over) == ("r", JOB, later, False, False)


def test_every_beginning_of_a_journal_can_be_read(folder: Path) -> None:
    one = journal.opened(folder)
    for line in (JOB, RUN):
        one.put(line)
    one.close()
    whole = (folder / places.JOURNAL).read_bytes()
    first = whole.index(b"\n")
    for size in range(0, len(whole), 7):
        (folder / places.JOURNAL).write_bytes(whole[:size])
        past = journal.read(folder)
        assert past.job == (JOB if size >= first else None)
        assert past.run in {None, RUN}


def test_what_follows_a_line_that_was_cut_off_is_read_again(folder: Path) -> None:
    one = journal.opened(folder)
    one.put(JOB)
    one.close()
    with (folder / places.JOURNAL).open("ab") as file:
        file.write(b'{"type":"run","id"')
    one = journal.opened(folder)
    one.put(RUN)
    one.close()
    assert journal.read(folder).run == RUN


def test_only_one_process_works_on_a_run(folder: Path) -> None:
    one = journal.opened(folder)
    with pytest.raises(Broken, match="run r is running"):
        journal.opened(folder)
    one.close()
    journal.opened(folder).close()


def test_a_journal_that_cannot_be_written_says_so(folder: Path) -> None:
    one = journal.opened(folder)
    one.close()
    with pytest.raises(Broken, match="cannot be written"):
        one.put(JOB)


def test_no_folder_and_no_journal_are_no_runs(folder: Path) -> None:
    assert journal.listed() == []
    (folder / "stage-1").mkdir(parents=True)
    (folder.parent / ".gateway").mkdir()
    (past,) = journal.listed()
    assert (past.job, past.run, past.running) == (None, None, False)
