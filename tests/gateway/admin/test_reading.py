import json
from typing import Any

import pytest

from tests.gateway.admin.asking import CROWD, KEYS, asked, holding, told
from tests.gateway.within import run
from tests.ledger.samples import DAY, HOUR, NOON, crowd, entry, outcome
from tierwise.assembly import showing
from tierwise.core.entry import Bodies
from tierwise.gateway.admin.reading import series
from tierwise.gateway.admin.views import Views
from tierwise.ledger import Group

HOW_MANY = 240
READER = {"authorization": "Bearer the-readers-secret"}
ADMIN = {"authorization": "Bearer the-admins-secret"}


def test_an_overview_adds_up_to_the_entries() -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, _):
            whole = await told(made, "/admin/overview?span=all")
            assert whole["total"]["requests"] == HOW_MANY
            assert whole["total"]["cost"] == sum(one.cost for one in CROWD if isinstance(one.cost, int))
            assert whole["total"]["unpriced"] == sum(not isinstance(one.cost, int) for one in CROWD)
            for parts in (whole["series"], *whole["by"].values()):
                assert sum(one["requests"] for one in parts) == HOW_MANY
                assert sum(one["cost"] for one in parts) == whole["total"]["cost"]
            part = await told(made, "/admin/overview?span=all&team=core&model=alpha")
            assert part["total"]["requests"] == sum(one.asker.team == "core" and one.model == "alpha" for one in CROWD)
            assert [one["name"] for one in part["by"]["team"]] == ["core"]

    run(drill())


@pytest.mark.parametrize(("span", "step"), [("1h", "hour"), ("24h", "hour"), ("7d", "day"), ("all", "day")])
def test_short_ranges_are_shown_by_the_hour(span: str, step: str) -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, _):
            whole = await told(made, f"/admin/overview?span={span}")
            length = HOUR if step == "hour" else DAY
            times = [one["at"] for one in whole["series"]]
            assert whole["step"] == step
            assert times == list(range(times[0], times[-1] + 1, length))
            assert times[0] <= max(whole["since"], NOON if span == "all" else 0)
            assert times[-1] == whole["now"] // length * length

    run(drill())


def test_a_series_has_no_end_of_empty_steps() -> None:
    found = series([Group("2026-11-01", requests=1), Group("1999-01-01", requests=1)], "day", (0, NOON))
    assert len(found) == 1001
    assert found[-1]["requests"] == 1
    assert series([], "day", (0, NOON)) == []


def test_the_interval_is_that_of_the_report() -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, store):
            assert (await told(made, "/admin/interval?span=all"))["interval"] is None
            made.views = Views(interval=showing.saving)
            found = await told(made, "/admin/interval?span=all&team=core")
            low, high = found["interval"]
            whole = (await told(made, "/admin/overview?span=all&team=core"))["total"]
            assert low < 1 - whole["compared_cost"] / whole["baseline"] < high
            assert found["sessions"] == len(
                {(one.asker.key, one.asker.session) for one in CROWD if one.asker.team == "core" and one.asker.session}
            )
            assert store.asked.count("crossed") == 3

    run(drill())


def test_pages_of_requests_hold_every_one_once() -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, _):
            seen: list[str] = []
            before: str | None = ""
            for _ in range(5):
                page = await told(made, f"/admin/requests?span=all&limit=50&before={before}")
                seen += [row["id"] for row in page["rows"]]
                before = page["next"]
            assert before is None
            assert seen == [one.id for one in reversed(CROWD)]
            assert [row["id"] for row in (await told(made, "/admin/requests?span=all&text=e0001"))["rows"]] == [
                f"e000{number}" for number in range(19, 9, -1)
            ]

    run(drill())


def test_a_request_shows_before_it_is_stored() -> None:
    async def drill() -> None:
        async with holding(CROWD[:10]) as (made, _):
            made.ledger.record(entry("tw-new", CROWD[9].at + 1))
            assert (await told(made, "/admin/requests?span=all"))["rows"][0]["id"] == "tw-new"
            assert (await told(made, "/admin/requests/tw-new"))["entry"]["id"] == "tw-new"
            assert (await told(made, "/admin/sessions/s1"))["rows"][-1]["id"] == "tw-new"

    run(drill())


def test_names_are_those_of_the_range() -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, _):
            found = await told(made, "/admin/names?span=all")
            assert found["key"] == ["ann", "bob"]
            assert found["model"] == ["alpha", "beta", "gamma"]
            assert "" not in [name for names in found.values() for name in names]

    run(drill())


def test_one_request_has_all_that_is_known_of_it() -> None:
    async def drill() -> None:
        async with holding([entry("tw-1"), outcome("o-1", entry="tw-1", kind="tests_passed")]) as (made, _):
            found = await told(made, "/admin/requests/tw-1")
            assert found["row"]["bill"] == [1_000, 2_000, 0, 0, 2_000]
            assert [one["type"] for one in found["entry"]["decision"]["receipt"]["verdicts"]] == ["priced", "rejected"]
            assert [one["kind"] for one in found["outcomes"]] == ["tests_passed"]
            assert found["tiers"]["one/alpha"] == "flash"
            missing = await asked(made, "/admin/requests/tw-2")
            assert missing.status == 404
            assert b"no request 'tw-2' is known" in missing.body

    run(drill())


@pytest.mark.parametrize(("who", "shown"), [(READER, None), (ADMIN, {"prompt": "say \ufffd", "answer": "hello"})])
def test_words_are_for_admins_only(who: dict[str, str], shown: Any) -> None:
    async def drill() -> None:
        async with holding([entry("tw-1", bodies=Bodies(b"say \xff", b"hello"))], KEYS) as (made, _):
            answer = await asked(made, "/admin/requests/tw-1", headers=who)
            assert json.loads(answer.body)["entry"]["bodies"] == shown
            assert (b"hello" in answer.body) is (shown is not None)

    run(drill())


def test_sessions_come_by_their_latest_request_and_in_pages() -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, _):
            whole = (await told(made, "/admin/sessions?span=all"))["sessions"]
            assert {one["name"] for one in whole} == {"s1", "s2", "s3", "s4"}
            assert [one["last"] for one in whole] == sorted((one["last"] for one in whole), reverse=True)
            first = await told(made, "/admin/sessions?span=all&limit=3")
            rest = await told(made, f"/admin/sessions?span=all&limit=3&before={first['next']}")
            assert first["sessions"] + rest["sessions"] == whole
            assert rest["next"] is None

    run(drill())


@pytest.mark.parametrize("name", ["s1", "with/slash", "/from/the/root", "with space", "b\u00e9", "100%"])
def test_one_session_has_its_calls_in_order_whatever_it_is_called(name: str) -> None:
    async def drill() -> None:
        async with holding([*crowd(20), *(entry(f"t{at}", NOON + at, session=name) for at in (3, 1, 2))]) as (made, _):
            found = await told(made, f"/admin/sessions/{name}")
            assert {row["session"] for row in found["rows"]} == {name}
            assert [row["id"] for row in found["rows"] if row["id"].startswith("t")] == ["t1", "t2", "t3"]
            assert [row["at"] for row in found["rows"]] == sorted(row["at"] for row in found["rows"])

    run(drill())


def test_a_session_that_nobody_knows_is_not_found() -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, _):
            answer = await asked(made, "/admin/sessions/nope")
            assert answer.status == 404
            assert b"no session 'nope' is known" in answer.body

    run(drill())


@pytest.mark.parametrize("path", ["overview", "interval", "requests", "sessions", "names", "models"])
def test_pages_are_shown_from_memory_while_the_store_is_away(path: str) -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, store):
            store.away = True
            for one in CROWD[:20]:
                made.ledger.record(one)
            found = await told(made, f"/admin/{path}?span=all" if path != "models" else "/admin/models")
            if path != "names":
                assert (found["away"], found["remembered"]) == ("the store is away", 20)

    run(drill())


def test_what_is_not_known_is_said_with_the_reason_while_the_store_is_away() -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, store):
            store.away = True
            answer = await asked(made, "/admin/requests/e00001")
            assert answer.status == 404
            assert b"the store is away" in answer.body

    run(drill())
