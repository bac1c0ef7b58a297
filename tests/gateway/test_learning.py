"""Learning while serving: what is told of models moves what is chosen, and a store that is away moves nothing."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from tests.gateway.fickle import Fickle, fickle
from tests.gateway.within import Sold, called, gateway, last, posted, request, run, settled
from tests.ledger.samples import DAY, NOON, decision, entry, outcome
from tierwise.assembly.keeping import Keeping
from tierwise.config.settings import EvidenceSettings, KeySettings
from tierwise.core import codec
from tierwise.core.catalog import OWN
from tierwise.core.decision import Cost, Priced
from tierwise.core.entry import Entry, Outcome
from tierwise.core.money import PER_DOLLAR
from tierwise.engine.decide import choose
from tierwise.engine.learning import DONE, KEY, ORIGIN
from tierwise.gateway import learning
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.learning import Learning, dated
from tierwise.ledger import memory
from tierwise.ledger.direct import Direct
from tierwise.upstream.scripted import Scripted

WIRE = "openai_chat"
EVIDENCE = tuple(
    EvidenceSettings(model=model, benchmark="swe-bench-verified", score=score, n=500, date="2026-10-01", source="made up")
    for model, score in (("alpha", 0.78), ("beta", 0.80))
)


def learns(store: Fickle | None = None, costly: float = 10.0, **said: Any) -> tuple[Gateway, Fickle]:
    """A gateway with a cheap model that clears the floor and a dear one, the reference, over a store in memory."""
    kept = store or fickle()
    keeping = Keeping(kept, kept, "memory:", lambda say, _rules: Direct(memory.opened(), kept, say), "here")
    sold = Sold("one/alpha", Scripted(pace=0)), Sold("two/beta", Scripted(pace=0), price=costly)
    made = gateway(*sold, kept=keeping, **{"reference": "two/beta", "evidence": EVIDENCE, "floor": 0.1, **said})
    made.clock = replace(made.clock, now=lambda: NOON)
    return made, kept


def own(made: Gateway) -> Learning:
    assert made.learning is not None
    return made.learning


TOOLS = [{"type": "function", "function": {"name": "read", "parameters": {"type": "object", "properties": {}}}}]


async def chosen(made: Gateway, session: str = "", tools: Sequence[Any] = (), **headers: Any) -> tuple[str, str]:
    """The model that a request for debugging goes to, and the request's id."""
    said = {"x-tierwise-task": "debug", **({"x-tierwise-session": session} if session else {}), **headers}
    answer = await posted(made, WIRE, {**request(WIRE), **({"tools": tools} if tools else {})}, said)
    assert answer.status == 200, answer.body
    return last(made).model, answer.headers["x-tierwise-id"]


def table(made: Gateway) -> Any:
    return made.plans.at(NOON, made.everybody.wanted.policy).plan.table


def test_feedback_on_a_cheap_model_s_failures_sends_work_to_the_dear_one() -> None:
    async def drill() -> None:
        made, _ = learns()
        assert (await chosen(made))[0] == "alpha"
        for number in range(40):
            _, name = await chosen(made, f"s{number}")
            answer = await called(made, "POST", "/v1/feedback", {"request": name, "outcome": "failure"})
            assert answer.status == 202
            _, name = await chosen(made, f"t{number}", **{"x-tierwise-models": "beta"})
            await called(made, "POST", "/v1/feedback", {"request": name, "outcome": "success"})
        assert (await chosen(made))[0] == "alpha"
        await own(made).look()
        assert (await chosen(made))[0] == "beta"
        assert {(one.model, one.task, one.rate) for one in own(made).found} == {("alpha", "debug", 0.0), ("beta", "debug", 1.0)}
        decision = last(made).decision
        assert decision is not None
        catalog = made.plans.at(NOON, made.everybody.wanted.policy).plan.catalog
        assert decision.receipt.catalog == catalog.digest
        assert {(one.model, one.n) for one in catalog.evidence if one.source == ORIGIN} == {("alpha", 40), ("beta", 40)}
        await made.end()

    run(drill())


def test_without_outcomes_nothing_is_made_anew() -> None:
    async def drill() -> None:
        made, _ = learns()
        before = made.plans.at(NOON, made.everybody.wanted.policy)
        await own(made).look()
        assert own(made).at == NOON
        assert own(made).rows == ()
        assert made.plans.at(NOON, made.everybody.wanted.policy) is before
        await made.end()

    run(drill())


def told(count: int, **more: Any) -> list[Outcome]:
    """Outcomes, each of a session of its own."""
    said = {"model": "alpha", "task": "debug", "kind": "failure", "source": "traffic", "key": "ann", **more}
    return [outcome(f"{said['key']}{said['kind']}{at}", **{"session": f"{said['key']}{at}", **said}) for at in range(count)]


def test_plans_are_made_anew_only_where_something_was_told() -> None:
    async def drill() -> None:
        made, store = learns()
        store.real.add(told(20))
        await own(made).look()
        first = made.plans.at(NOON, made.everybody.wanted.policy)
        await own(made).look()
        assert made.plans.at(NOON, made.everybody.wanted.policy) is first
        store.real.add(told(20, key="bob"))
        await own(made).look()
        assert made.plans.at(NOON, made.everybody.wanted.policy) is not first
        await made.end()

    run(drill())


def test_every_policy_in_use_gets_what_was_learnt_and_a_pinned_model_stays_pinned() -> None:
    async def drill() -> None:
        made, store = learns()
        policies = [replace(made.everybody.wanted.policy, floor=floor) for floor in (0.02, 0.3)]
        policies.append(replace(made.everybody.wanted.policy, name="pinned", pin="alpha"))
        before = [made.plans.at(NOON, one) for one in policies]
        store.real.add(told(100))
        await own(made).look()
        after = [made.plans.at(NOON, one) for one in policies]
        assert [one.plan.policy for one in after] == policies
        for old, new in zip(before, after, strict=True):
            assert new.plan.table != old.plan.table
            assert new.prices == old.prices
            assert len(new.plan.catalog.evidence) == len(old.plan.catalog.evidence) + 1
        await made.end()

    run(drill())


def test_a_store_that_is_away_changes_nothing_until_it_is_back() -> None:
    async def drill() -> None:
        made, store = learns()
        store.real.add(told(50))
        await own(made).look()
        learnt, seen = table(made), own(made).found
        store.real.add(told(50, key="bob"))
        store.away = True
        await own(made).look()
        assert own(made).away == "the store is away"
        assert own(made).found == seen
        assert table(made) == learnt
        assert (await chosen(made))[0] in {"alpha", "beta"}
        store.away = False
        await own(made).look()
        assert own(made).away == ""
        assert own(made).found[0].keys == 2
        await made.end()

    run(drill())


def test_what_is_old_counts_less_and_what_was_not_told_again_is_forgotten() -> None:
    async def drill() -> None:
        made, store = learns()
        usual = table(made)
        store.real.add(told(40))
        found = []
        for days in (0, 30, 60, 400):
            made.clock = replace(made.clock, now=lambda days=days: NOON + days * DAY)
            await own(made).look()
            found.append([one.n for one in own(made).rows])
        assert found == [[40], [20], [10], []]
        assert made.plans.at(NOON, made.everybody.wanted.policy).plan.table == usual
        await made.end()

    run(drill())


def test_one_key_that_tells_no_end_of_failures_has_its_bound_and_no_more() -> None:
    async def drill() -> None:
        made, store = learns()
        store.real.add([one for number in range(5) for one in told(KEY, key=f"k{number}", kind="success")])
        await own(made).look()
        before = own(made).rows[0]
        store.real.add(told(5000, key="mallory", source="feedback"))
        await own(made).look()
        after = own(made).rows[0]
        assert (before.n, before.score) == (1000, 1.0)
        assert (after.n, after.score) == (1000 + KEY, round(1000 / (1000 + KEY), 6))
        await made.end()

    run(drill())


def test_who_only_summarised_is_not_judged() -> None:
    """A later request of the session tells of the one before: the compaction between them is nobody's work."""

    async def drill() -> None:
        made, store = learns()
        _, work = await chosen(made, "s")
        made.latest.remember("tw-ffffffffffffffff", replace(last(made).asker, turn="side"))
        await chosen(made, "s", **{"x-tierwise-outcome": "failure"})
        await own(made).look()
        assert [(one.model, one.task, one.n) for one in own(made).found] == [("alpha", "debug", 1.0)]
        assert [one.source for one in store.real.outcomes(entry=work)] == ["header"]
        await made.end()

    run(drill())


def test_settings_may_forbid_it_and_say_how_fast_it_forgets() -> None:
    made, _ = learns(learning=False)
    assert made.learning is None
    assert own(learns(half_life=7)[0]).half_life == 7
    assert gateway(Sold("one/alpha", Scripted(pace=0))).learning is None


def test_it_looks_by_itself_from_the_beginning_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drill() -> None:
        monkeypatch.setattr(learning, "EVERY", 0.01)
        monkeypatch.setattr(learning, "REST", 0)
        made, store = learns(keys=(KeySettings(name="ann", key="a-secret-of-ann"),))
        store.real.add(told(30))
        await made.begin()
        await settled(lambda: own(made).found, 8)
        store.real.add(told(30, key="bob"))
        await settled(lambda: own(made).found[0].keys == 2, 8)
        await made.end()
        assert all(one.done() for one in made.tasks)
        assert own(made).clerk.thread is None

    run(drill())


def test_a_policy_first_seen_while_plans_are_made_gets_what_was_learnt_too() -> None:
    async def drill() -> None:
        made, store = learns()
        store.real.add(told(100))
        looking = asyncio.ensure_future(own(made).look())
        await asyncio.sleep(0)
        policy = replace(made.everybody.wanted.policy, floor=0.21)
        made.plans.at(NOON, policy)
        await looking
        assert any(one.benchmark == OWN for one in made.plans.at(NOON, policy).plan.catalog.evidence)
        await made.end()

    run(drill())


def test_days_are_shown_as_dates() -> None:
    assert [dated(day) for day in (0, 20_758)] == ["1970-01-01", "2026-11-01"]


# What work cost.


def items(model: str, dollars: float, count: int = 40, at: int = NOON - DAY) -> list[Entry]:
    """Work items that a model did alone, each of one request."""
    cost = round(dollars * PER_DOLLAR)
    names = [f"{model}{number}" for number in range(count)]
    return [entry(one, at, model=model, decision=decision(task="debug"), session=one, item=one, cost=cost) for one in names]


def test_the_cheaper_by_list_price_that_costs_four_times_as_much_for_an_item_is_left_and_the_receipt_says_why() -> None:
    async def drill() -> None:
        made, store = learns(floor=0.5, costly=2.0)
        assert (await chosen(made, tools=TOOLS))[0] == "alpha"
        store.real.add([*items("alpha", 4.0), *items("beta", 1.0)])
        await own(made).look()
        assert [(one.model, one.score, one.n, one.items) for one in own(made).rows] == [("alpha", None, None, 20), ("beta", None, None, 20)]
        assert (await chosen(made, tools=TOOLS))[0] == "beta"
        served = last(made).decision
        assert served is not None
        costs = {one.endpoint: one.cost for one in served.receipt.verdicts if isinstance(one, Priced) and isinstance(one.cost, Cost)}
        efforts = {name: cost.effort for name, cost in costs.items() if cost.effort is not None}
        plan = made.plans.at(NOON, made.everybody.wanted.policy).plan
        assert efforts == plan.efforts["debug"]
        assert efforts["one/alpha"] > plan.endpoints["one/alpha"].effort
        assert efforts["two/beta"] < plan.endpoints["two/beta"].effort
        assert codec.encoded(choose(plan, served.receipt.features, served.receipt.conditions)) == codec.encoded(served)
        await made.end()

    run(drill())


def test_plans_are_not_made_anew_for_every_work_item_that_is_done() -> None:
    async def drill() -> None:
        made, store = learns()
        store.real.add([*items("alpha", 4.0), *items("beta", 1.0)])
        await own(made).look()
        first = made.plans.at(NOON, made.everybody.wanted.policy)
        store.real.add([replace(one, id=f"more{one.id}", item=f"more{one.id}") for one in items("alpha", 4.01, 5)])
        await own(made).look()
        assert made.plans.at(NOON, made.everybody.wanted.policy) is first
        await made.end()

    run(drill())


def test_a_work_item_under_way_does_not_count_yet() -> None:
    async def drill() -> None:
        made, store = learns()
        store.real.add(items("alpha", 4.0, at=NOON - DONE))
        await own(made).look()
        assert own(made).rows == ()
        made.clock = replace(made.clock, now=lambda: NOON + 1)
        await own(made).look()
        assert [one.items for one in own(made).rows] == [20]
        await made.end()

    run(drill())
