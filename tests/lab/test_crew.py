"""Real processes, a few: each test with them takes about a second."""

import multiprocessing
import os
from collections.abc import Iterator
from functools import partial
from operator import itemgetter
from typing import Any

import pytest

from tierwise.lab import crew
from tierwise.lab.call import Unreadable
from tierwise.lab.crew import WorkerDied, shared
from tierwise.lab.replay import replayed
from tierwise.lab.tally import Tally, counted


@pytest.fixture(autouse=True)
def _nobody_stays_behind() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def sessions(toy: Any, count: int) -> list[Any]:
    return [toy.session(toy.call(0, 1000 + number, session=f"s{number}", task="debug")) for number in range(count)]


def alone(toy: Any, made: list[Any]) -> Tally:
    rig, tally = toy.rig(), Tally("acme/big")
    for session in made:
        counted(tally, replayed(session, rig))
    return tally


def content(tally: Tally) -> dict[str, Any]:
    """All of a tally, in values that compare."""
    fields = {name: getattr(tally, name) for name in tally.__struct_fields__}
    return fields | {"replicates": {name: row.tolist() for name, row in tally.replicates.items()}}


def test_two_workers_count_what_one_counts(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "BATCH", 3)
    made = sessions(toy, 40)
    tally, partly = shared(iter(made), toy.making(toy.rig()), 2)
    assert not partly
    assert content(tally) == content(alone(toy, made))


def test_an_interrupt_keeps_what_was_dealt_out(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "BATCH", 1)
    made = sessions(toy, 5)

    def cut_short() -> Iterator[Any]:
        yield from made
        raise KeyboardInterrupt

    tally, partly = shared(cut_short(), toy.making(toy.rig()), 2)
    assert partly
    assert tally.counts == alone(toy, made).counts


def test_what_goes_wrong_in_reading_stops_the_workers_and_is_told(toy: Any) -> None:
    def broken() -> Iterator[Any]:
        yield from sessions(toy, 2)
        raise Unreadable("log.jsonl: torn")

    with pytest.raises(Unreadable, match=r"log\.jsonl: torn"):
        shared(broken(), toy.making(toy.rig()), 2)


def test_a_worker_that_dies_at_the_start_does_not_hang_the_others(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "BATCH", 1)
    with pytest.raises(WorkerDied, match="exit code 3"):
        shared(iter(sessions(toy, 400)), partial(os._exit, 3), 2)


def test_a_worker_that_dies_with_nothing_left_to_deal_is_noticed(toy: Any) -> None:
    with pytest.raises(WorkerDied, match="exit code 4"):
        shared(iter(sessions(toy, 1)), partial(os._exit, 4), 1)


def test_a_worker_whose_work_goes_wrong_is_noticed(toy: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WorkerDied, match="exit code 1"):
        shared(iter(sessions(toy, 1)), partial(itemgetter(0), ()), 1)
    assert "IndexError" in capfd.readouterr().err


def test_workers_that_cannot_be_started_leave_nothing(toy: Any) -> None:
    rig = toy.rig()
    with pytest.raises(Exception, match="pickle"):
        shared(iter(sessions(toy, 1)), lambda: rig, 2)
