from collections.abc import Sequence

from tests.gateway.admin.asking import asked, holding, told
from tests.gateway.within import run
from tests.ledger.samples import NOON, crowd
from tierwise import assembly
from tierwise.assembly import showing
from tierwise.core.faults import Fault
from tierwise.core.tasks import KINDS
from tierwise.gateway.admin.views import Dot, Views

CROWD = [one for one in crowd(60) if one.at >= NOON]


def test_every_endpoint_is_shown_with_its_price_its_health_and_what_it_cost_here() -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, _):
            found = await told(made, "/admin/models")
            one = next(row for row in found["endpoints"] if row["id"] == "one/alpha")
            assert one["rates"][0]["output"] * 10**6 // one["rates"][0]["per"] == 2 * 10**12
            assert one["down"] is None
            served = [row for row in CROWD if row.committed and row.attempts[-1].endpoint == "one/alpha"]
            assert one["here"]["requests"] == len(served)
            assert found["dots"] is None
            assert found["kinds"] == list(KINDS)
            now = made.clock.now()
            trial = made.health.force("one/alpha", "one", now)
            made.health.fail(trial, Fault("quota"), now, 0.5)
            assert "quota" in (await told(made, "/admin/models"))["endpoints"][0]["down"]["because"]

    run(drill())


def test_the_frontier_is_of_the_kind_of_work_asked_for() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            asks: list[str] = []

            def frontier(_now: int, kind: str) -> Sequence[Dot]:
                asks.append(kind)
                return ()

            made.views = Views(frontier=frontier)
            assert (await told(made, "/admin/models?kind=debug"))["dots"] == []
            assert asks == ["debug"]
            wrong = await asked(made, "/admin/models?kind=poetry")
            assert wrong.status == 400
            assert b"kind: 'poetry' is not one of completion" in wrong.body

    run(drill())


def test_one_endpoint_has_its_evidence_its_history_and_its_tasks() -> None:
    async def drill() -> None:
        async with holding(CROWD) as (made, _):
            bare = await told(made, "/admin/models/one/alpha")
            assert (bare["id"], bare["spans"], bare["streak"]) == ("one/alpha", None, None)
            assert bare["total"]["requests"] == sum(one["requests"] for one in bare["tasks"]) > 0
            made.views = showing.views(assembly.house(made.settings))
            priced = await told(made, "/admin/models/one/alpha")
            assert [span["rates"] for span in priced["spans"]] == [bare["rates"]]
            missing = await asked(made, "/admin/models/one/beta")
            assert missing.status == 404
            assert b"no endpoint 'one/beta'" in missing.body

    run(drill())
