"""Whole backtests over logs in a format of these tests: a JSON array of sizes a line, one session a file."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tierwise.lab.backtest import backtested
from tierwise.lab.call import Call, Importer, Note, Unreadable
from tierwise.lab.sessions import Reading, Source
from tierwise.lab.tally import Tally, counted

SESSIONS = 12


def read_as(toy: Any) -> Importer:
    """An importer of the format; a line that says 'torn' cannot be read."""

    def calls(path: Path, _note: Note) -> Iterator[Call]:
        for number, line in enumerate(path.read_text().splitlines()):
            if line == "torn":
                raise Unreadable(f"{path}: torn")
            yield toy.call(number, *msgspec.json.decode(line), session=path.name, id=f"{path.name}/{number}", task="debug")

    return Importer("sizes", "sizes", lambda *_: True, calls, whole=True)


@pytest.fixture
def sources(toy: Any, tmp_path: Path) -> list[Source]:
    """Twelve sessions of three calls."""
    found = []
    for number in range(SESSIONS):
        path = tmp_path / f"{number:02}.sizes"
        path.write_text("".join(f"[{1000 + 100 * number + 500 * call},10]\n" for call in range(3)))
        found.append(Source(path, read_as(toy)))
    return found


def content(tally: Tally) -> dict[str, Any]:
    """All of a tally, in values that compare."""
    fields = {name: getattr(tally, name) for name in tally.__struct_fields__}
    return fields | {"replicates": {name: row.tolist() for name, row in tally.replicates.items()}}


def silent(_reading: Reading) -> None:
    """No progress to show."""


def interrupting(after: int) -> Callable[[Reading], None]:
    """A progress that is met by Ctrl-C, as a terminal sends it: to the workers too."""
    seen: list[int] = []

    def progress(_reading: Reading) -> None:
        seen.append(1)
        if len(seen) == after:
            for worker in multiprocessing.active_children():
                os.kill(worker.pid or 0, signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    return progress


def test_every_session_is_counted_and_every_file_read(toy: Any, sources: list[Source]) -> None:
    seen: list[int] = []
    found = backtested(sources, toy.rig, lambda reading: seen.append(reading.files))
    assert not found.partial
    assert (found.tally.counts.sessions, found.tally.counts.calls, found.reading.files) == (SESSIONS, 3 * SESSIONS, SESSIONS)
    assert seen == list(range(1, SESSIONS + 1))


def test_one_worker_counts_what_two_do(toy: Any, sources: list[Source]) -> None:
    one = backtested(sources, toy.rig, silent)
    two = backtested(sources, toy.making(toy.rig()), silent, workers=2)
    assert content(one.tally) == content(two.tally)
    assert (one.reading, one.partial) == (two.reading, two.partial)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_leaves_a_part_that_says_so(toy: Any, sources: list[Source], workers: int) -> None:
    found = backtested(sources, toy.making(toy.rig()), interrupting(after=5), workers=workers)
    assert found.partial
    assert content(found.tally) == content(backtested(sources[:5], toy.rig, silent).tally)


def test_an_interrupt_while_a_session_is_counted_waits_for_it(toy: Any, sources: list[Source], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(tally: Tally, replay: Any) -> None:
        if tally.counts.sessions == 3:
            signal.raise_signal(signal.SIGINT)
        counted(tally, replay)

    monkeypatch.setattr("tierwise.lab.backtest.counted", interrupted)
    found = backtested(sources, toy.rig, silent)
    assert found.partial
    assert content(found.tally) == content(backtested(sources[:4], toy.rig, silent).tally)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_log_that_cannot_be_read_midway_is_named_and_stops_the_workers(toy: Any, sources: list[Source], workers: int) -> None:
    sources[7].path.write_text("[1000,10]\ntorn\n")
    with pytest.raises(Unreadable, match=r"07\.sizes: torn"):
        backtested(sources, toy.making(toy.rig()), silent, workers=workers)
    assert multiprocessing.active_children() == []
