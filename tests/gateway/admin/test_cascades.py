"""Verified cascades as the console reads them: the list, one run, what it cost while it goes on, and who sees what."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.gateway.admin.asking import CROWD, KEYS, asked, holding, told
from tests.gateway.within import run
from tests.ledger.samples import DAY, NOON, entry
from tierwise.core.entry import Record
from tierwise.core.money import Unknown
from tierwise.core.run import Check, Run, Stage

READER = {"authorization": "Bearer the-readers-secret"}
ADMIN = {"authorization": "Bearer the-admins-secret"}

FAILED = Check("make test", 1, 2.5, passed=False, restored=("tests/a.py",), tail="the end of it")
FIRST = Stage(1, "alpha", 1, "k-1", NOON, NOON + 9000, 0, "refuted", 4_000, 2, 0, (FAILED,))
SECOND = Stage(2, "beta", 1, "k-2", NOON + 9000, NOON + 20_000, 0, "verified", 6_000, 3, 1, (replace(FAILED, code=0, passed=True),))
DONE = Run("done-1", NOON, "/r/shop", "c0ffee", ("agent",), ("make test",), NOON + 20_000, status="verified", stages=(FIRST, SECOND))
GOING = Run("going-1", NOON + 1, "/r/shop", "c0ffee", ("agent",), ("make test",), stages=(FIRST, Stage(2, "beta")))


def of_stage(name: str, number: int, **more: Any) -> Record:
    """A request of a stage of the run that goes on."""
    return entry(name, NOON + 5, key=f"cascade-going-1-{number}", tags=("cascade:going-1", f"stage:{number}"), **more)


REQUESTS = [of_stage("a", 1, cost=10), of_stage("b", 1, cost=20), of_stage("c", 2, cost=Unknown("?"))]


def test_runs_are_listed_newest_first_with_what_they_cost_and_without_what_checks_printed() -> None:
    async def drill() -> None:
        async with holding([*CROWD, DONE, GOING, *REQUESTS]) as (made, _):
            found = await told(made, "/admin/cascades?span=all")
            assert [(one["run"]["id"], one["spent"]) for one in found["rows"]] == [
                ("going-1", {"requests": 3, "cost": 30, "unpriced": 1}),
                ("done-1", {"requests": 5, "cost": 10_000, "unpriced": 1}),
            ]
            assert found["next"] is None
            assert found["statuses"]["verified"] == "a stage passed every check"
            assert "the end of it" not in str(found)

    run(drill())


def test_pages_follow_each_other() -> None:
    async def drill() -> None:
        runs = [replace(DONE, id=f"r-{number}", at=NOON + number // 2) for number in range(5)]
        async with holding(runs) as (made, _):
            seen: list[str] = []
            more: str | None = ""
            for _ in range(3):
                found = await told(made, f"/admin/cascades?span=all&limit=2&before={more}")
                seen += [one["run"]["id"] for one in found["rows"]]
                more = found["next"]
            assert (seen, more) == (["r-4", "r-3", "r-2", "r-1", "r-0"], None)

    run(drill())


@pytest.mark.parametrize(
    ("query", "ids"),
    [("status=verified&span=all", ["done-1"]), ("status=broken&span=all", []), ("text=go&span=all", ["going-1"]), ("span=1h", [])],
)
def test_runs_are_picked_by_status_range_and_id(query: str, ids: list[str]) -> None:
    async def drill() -> None:
        async with holding([DONE, GOING, entry("late", NOON + 3 * DAY)]) as (made, _):
            assert [one["run"]["id"] for one in (await told(made, f"/admin/cascades?{query}"))["rows"]] == ids

    run(drill())


def test_a_status_that_there_is_not_is_told_with_the_nearest() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            answer = await asked(made, "/admin/cascades?status=verifyed")
            assert answer.status == 400
            assert b"did you mean verified?" in answer.body
            assert b"known: running, verified" in (await asked(made, "/admin/cascades?status=xxxx")).body

    run(drill())


def test_one_run_has_its_stages_checks_and_what_each_stage_cost() -> None:
    async def drill() -> None:
        async with holding([DONE, GOING, *REQUESTS]) as (made, _):
            over = await told(made, "/admin/cascades/done-1")
            assert over["stages"] == [{"requests": 2, "cost": 4_000, "unpriced": 0}, {"requests": 3, "cost": 6_000, "unpriced": 1}]
            assert over["spent"] == {"requests": 5, "cost": 10_000, "unpriced": 1}
            assert over["run"]["stages"][0]["checks"][0]["restored"] == ["tests/a.py"]
            assert over["run"]["stages"][0]["checks"][0]["tail"] == "the end of it"
            going = await told(made, "/admin/cascades/going-1")
            assert going["stages"] == [{"requests": 2, "cost": 30, "unpriced": 0}, {"requests": 1, "cost": 0, "unpriced": 1}]

    run(drill())


def test_what_nobody_knows_is_unknown_and_not_nothing() -> None:
    async def drill() -> None:
        lost = replace(DONE, stages=(replace(FIRST, cost=None, requests=None), SECOND))
        async with holding([lost]) as (made, _):
            assert (await told(made, "/admin/cascades/done-1"))["spent"] == {"requests": None, "cost": None, "unpriced": 1}

    run(drill())


def test_a_reader_sees_runs_but_not_what_checks_printed_and_a_client_nothing() -> None:
    async def drill() -> None:
        async with holding([DONE], KEYS) as (made, _):
            assert (await told(made, "/admin/cascades/done-1", headers=ADMIN))["run"]["stages"][0]["checks"][0]["tail"]
            assert not (await told(made, "/admin/cascades/done-1", headers=READER))["run"]["stages"][0]["checks"][0]["tail"]
            for path in ("/admin/cascades", "/admin/cascades/done-1"):
                assert (await asked(made, path, headers={"authorization": "Bearer the-clients-secret"})).status == 403
                assert (await asked(made, path)).status == 401

    run(drill())


def test_a_run_that_is_not_known_is_told_and_why_where_the_store_is_away() -> None:
    async def drill() -> None:
        async with holding([DONE]) as (made, store):
            answer = await asked(made, "/admin/cascades/other")
            assert answer.status == 404
            assert b"no cascade 'other' is known" in answer.body
            store.away = True
            assert b"(the store is away)" in (await asked(made, "/admin/cascades/done-1")).body
            assert (await told(made, "/admin/cascades"))["away"] == "the store is away"

    run(drill())
