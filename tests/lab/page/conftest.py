"""A report of the toy world: three endpoints of which one has no price, three sessions on two days."""

from typing import Any

import pytest

from tierwise.core.decision import Policy
from tierwise.lab.report import Report, report
from tierwise.lab.sessions import Problem, Reading
from tierwise.lab.tally import Tally, counted

DAY = 86_400_000


@pytest.fixture(scope="session")
def small(toy: type[Any]) -> Report:
    """Its policy sends every call to the cheaper endpoint."""
    rig = toy.rig(names=("acme/big", "acme/mute", "acme/small"), chooser="cheapest")
    tally = Tally("acme/big")
    for name, at in (("s", 0), ("t", 0), ("u", DAY)):
        calls = toy.three(task="debug", words=f"words of {name}", session=name).calls
        later = [
            toy.call(place, one.usage.prompt, 10, task=one.task, words=one.words, session=name, at=one.at + at)
            for place, one in enumerate(calls)
        ]
        counted(tally, toy.replayed(toy.session(*later), rig))
    reading = Reading(files=2, skipped=1, repeats=3, first=[Problem("log.jsonl", 7, "torn")])
    policy = Policy(name="cheapest", reference="big", floor=0.3)
    return report(tally, reading, rig.plans.at(1_000_000).catalog, policy, partial=False)
