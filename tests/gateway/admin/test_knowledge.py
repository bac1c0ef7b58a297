"""What the console is told of the quality of models, before and after outcomes."""

from typing import Any

import pytest

from tests.gateway.admin.asking import KEYS, asked, holding, told
from tests.gateway.test_learning import learns, own
from tests.gateway.test_learning import told as outcomes
from tests.gateway.within import run
from tests.ledger.samples import NOON
from tierwise.core.tasks import KINDS, UNKNOWN_KIND
from tierwise.engine.learning import KEY, SESSION, SOURCE


def row(found: Any, model: str, task: str) -> Any:
    return next(one for one in found["quality"] if (one["model"], one["task"]) == (model, task))


def test_everything_that_is_expected_is_told_with_what_it_is_measured_against() -> None:
    async def drill() -> None:
        made, store = learns()
        before = await told(made, "/admin/quality")
        assert {(one["model"], one["task"]) for one in before["quality"]} == {
            (model, task) for model in ("alpha", "beta") for task in (*KINDS, UNKNOWN_KIND)
        }
        assert (before["looked"], before["learning"], before["reference"], before["floor"]) == (0, True, "beta", 0.1)
        assert before["bounds"] == {"session": SESSION, "key": KEY, "source": SOURCE}
        assert row(before, "alpha", "debug")["learnt"] is None
        store.real.add(outcomes(80))
        await own(made).look()
        after = await told(made, "/admin/quality?task=debug&model=alpha")
        (one,) = after["quality"]
        assert after["looked"] == NOON
        assert (one["learnt"]["n"], one["learnt"]["rate"], one["learnt"]["sources"]) == (80.0, 0.0, ["traffic"])
        assert one["shipped"] == row(before, "alpha", "debug")["shipped"]
        assert one["now"]["mean"] < one["shipped"]["mean"] - 0.1
        assert one["bound"] < row(before, "alpha", "debug")["bound"]
        await made.end()

    run(drill())


def test_an_endpoint_s_page_has_what_is_expected_of_its_model() -> None:
    async def drill() -> None:
        made, store = learns()
        store.real.add(outcomes(40))
        await own(made).look()
        found = await told(made, "/admin/models/one/alpha")
        assert [one["task"] for one in found["quality"]] == [*KINDS, UNKNOWN_KIND]
        assert found["ground"]["looked"] == NOON
        assert {one["benchmark"] for one in found["evidence"]} == {"swe-bench-verified", "own"}
        await made.end()

    run(drill())


def test_a_store_that_is_away_is_said_and_the_last_look_stays() -> None:
    async def drill() -> None:
        made, store = learns()
        store.real.add(outcomes(40))
        await own(made).look()
        store.away = True
        await own(made).look()
        found = await told(made, "/admin/quality?task=debug&model=alpha")
        assert found["away"] == "the store is away"
        assert found["quality"][0]["learnt"]["told"] == 40
        store.away = False
        await made.end()

    run(drill())


def test_without_a_ledger_what_was_shipped_is_told() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            found = await told(made, "/admin/quality?task=debug")
            assert (found["learning"], found["looked"]) == (False, 0)
            assert [one["model"] for one in found["quality"]] == ["alpha"]

    run(drill())


def test_work_that_is_none_is_refused_and_a_model_nobody_knows_has_no_rows() -> None:
    async def drill() -> None:
        async with holding() as (made, _):
            wrong = await asked(made, "/admin/quality?task=poetry")
            assert wrong.status == 400
            assert b"task: 'poetry' is not one of completion" in wrong.body
            assert (await told(made, "/admin/quality?model=nobody"))["quality"] == []

    run(drill())


@pytest.mark.parametrize(("role", "status"), [("client", 403), ("reader", 200), ("admin", 200)])
def test_clients_do_not_see_it(role: str, status: int) -> None:
    async def drill() -> None:
        async with holding(keys=KEYS) as (made, _):
            answer = await asked(made, "/admin/quality", headers={"authorization": f"Bearer the-{role}s-secret"})
            assert answer.status == status

    run(drill())
