from typing import Any

import msgspec

from tierwise.core.decision import Policy
from tierwise.lab.report import CANNOT, NOTES, Day, Report, TaskRow, report
from tierwise.lab.sessions import Problem, Reading
from tierwise.lab.tally import Tally, counted


def reported(toy: Any, *sessions: Any, partial: bool = False, **more: Any) -> Report:
    rig = toy.rig(**more)
    tally = Tally("acme/big")
    for session in sessions:
        counted(tally, toy.replayed(session, rig))
    reading = Reading(files=2, skipped=1, repeats=3, first=[Problem("f", 7, "torn")])
    return report(tally, reading, rig.plans.at(1_000_000).catalog, Policy(), partial=partial)


def test_the_policy_stands_between_what_it_must_beat(toy: Any) -> None:
    found = reported(toy, toy.three(task="debug"))
    kinds = [row.kind for row in found.rows]
    assert kinds == ["actual", "reference", "policy", "random mix", "prompt length", "best fixed", "clairvoyant", "bound"]
    assert [row.name for row in found.alone] == ["acme/small", "acme/big"]
    assert found.candidates == ("acme/big", "acme/small")


def test_work_is_told_apart_by_its_kind(toy: Any) -> None:
    other = toy.session(toy.call(0, 1000, 0, session="t", task="test"))
    found = reported(toy, toy.three(task="debug"), other, chooser="in turn")
    assert found.tasks == (
        TaskRow("debug", 3, 1, 23_450, 31_150, {"flash": 1 / 3, "premium": 2 / 3}),
        TaskRow("test", 1, 1, 12_000, 12_000, {"premium": 1.0}),
    )


def test_days_are_told_apart(toy: Any) -> None:
    later = toy.call(1, 1500, 0, at=1_000_000 + 86_400_000, gap=1000)
    found = reported(toy, toy.session(toy.call(0, 1000, 0), later))
    assert (found.first_day, found.last_day) == (0, 1)
    assert Day(1, "actual", "acme/big", 15_000) in found.days
    assert sum(day.dollars for day in found.days if day.who == "policy") == next(row for row in found.rows if row.kind == "policy").dollars


def test_it_says_what_it_read_and_what_it_cannot_show(toy: Any) -> None:
    found = reported(toy, toy.three(), partial=True)
    assert (found.partial, found.files, found.skipped, found.repeats, found.problems) == (True, 2, 1, 3, (Problem("f", 7, "torn"),))
    assert found.title == "3 calls in 1 session"
    assert found.ran == {"acme/big": 3}
    assert (found.cannot, found.notes, found.overhead) == (CANNOT, NOTES, 0)
    assert found.versions["prices"] == "no prices"
    assert len(found.telling) == 1


def test_it_is_plain_json(toy: Any) -> None:
    text = msgspec.json.encode(reported(toy, toy.three()))
    assert msgspec.json.decode(text)["rows"][2]["kind"] == "policy"
