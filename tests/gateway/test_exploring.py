"""Another model tried on real requests: for which of them, how likely, who goes on with the work, and what it may cost."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from tests.gateway.acting import CLAUDE, DONE, SESSION, TITLE, Agent, Kept, answers, because, fails, works
from tests.gateway.acting import Playing as Player
from tests.gateway.test_cascading import said
from tests.gateway.test_paying import KEYS, MINE, budgeted
from tests.gateway.within import Sold, broken, calling, demo, gateway, last, posted, request, run, settled
from tierwise.config.reader import BadSettings
from tierwise.config.settings import CascadeSettings, ExploreSettings, KeySettings
from tierwise.core.budgets import Budget
from tierwise.core.decision import Cost, Priced, Task
from tierwise.core.entry import Entry
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.gateway.exploring import DAY, Exploring, Purse
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Script, playing, whole

WIRES = ("openai_chat", "anthropic", "openai_responses")
CANARY = ExploreSettings(mode="canary", share=0.2, models=("two/large",))
ABLE = {"tools": True, "context_window": 200_000, "max_output": 1_000}
DOCS = "Write the readme for this package."
CALL = '[[tool: bash {"command": "ls src"}]]'


def made_of(cheap: Any = answers, dear: Any = answers, *, explore: ExploreSettings = CANARY, chance: float = 0.0, **more: Any) -> Gateway:
    """A cheap model that the policy takes, and a dear one that is tried."""
    made = gateway(
        Sold("one/small", Player(cheap) if callable(cheap) else playing(cheap), WIRES, 1.0, ABLE),
        Sold("two/large", Player(dear) if callable(dear) else playing(dear), WIRES, 5.0, {**ABLE, "tier": "premium"}),
        explore=explore,
        **more,
    )
    return drawing(made, chance)


def drawing(made: Gateway, *numbers: float) -> Gateway:
    """A gateway whose chance gives these numbers in turn, the last one for ever."""
    left = list(numbers)
    made.clock = replace(made.clock, chance=lambda: left.pop(0) if len(left) > 1 else left[0])
    return made


def agent(made: Gateway, wire: str = "openai_chat", headers: Mapping[str, str] = SESSION) -> Agent:
    made.ledger = Kept()
    return Agent(made, wire, headers)


def exploring(made: Gateway) -> Exploring:
    assert made.exploring is not None
    return made.exploring


def tried(entry: Entry) -> tuple[str, str, float]:
    """The model that served, and how chance had a part in it."""
    return entry.model, entry.explored, round(entry.propensity, 6)


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("chance", "found"), [(0.0, ("large", "canary", 0.2)), (0.199, ("large", "canary", 0.2)), (0.2, ("small", "canary", 0.8))]
)
def test_a_share_of_the_work_goes_to_another_model_and_the_odds_are_written_down(wire: str, chance: float, found: tuple[Any, ...]) -> None:
    made = made_of(chance=chance)
    run(posted(made, wire, request(wire, words=DOCS)))
    entry = last(made)
    assert tried(entry) == found
    assert entry.decision is not None
    assert entry.decision.receipt.among == ("one/small", "two/large")
    assert ("chance: 20.0%" in because(entry)) == (chance < 0.2)


def test_the_whole_item_stays_with_it_and_its_cost_counts() -> None:
    def edits(turn: int) -> str:
        return CALL if turn < 2 else DONE

    one = agent(drawing(made_of(works, edits), 0.0, 0.9))
    assert run(one.ask(DOCS)) == ["large"] * 3
    assert [tried(entry) for entry in one.entries] == [("large", "canary", 0.2), ("large", "", 1.0), ("large", "", 1.0)]
    assert len({entry.item for entry in one.entries}) == 1
    costs = [entry.cost for entry in one.entries if not isinstance(entry.cost, Unknown)]
    assert exploring(one.made).purse.spent == sum(costs)
    assert exploring(one.made).purse.aside == 0


def test_a_canary_that_fails_at_its_work_is_left_like_any_model() -> None:
    made = gateway(
        Sold("one/small", Player(fails), WIRES, 1.0, ABLE),
        Sold("two/large", Player(works), WIRES, 5.0, {**ABLE, "tier": "premium"}),
        Sold("three/tried", Player(fails), WIRES, 3.0, ABLE),
        explore=replace(CANARY, models=("three/tried",)),
    )
    one = agent(drawing(made, 0.0, 0.9))
    assert run(one.ask(DOCS)) == ["tried"] * 4 + ["large"] * 3


REQUEST = request("openai_chat", words=DOCS)


@pytest.mark.parametrize(
    ("case", "body", "headers", "more"),
    [
        ("nothing is to be tried", REQUEST, {}, {"explore": None}),
        ("it is off", REQUEST, {}, {"explore": ExploreSettings()}),
        ("the caller wants none of it", REQUEST, {"x-tierwise-explore": "off"}, {}),
        ("the caller names a model", request("openai_chat", "small", words=DOCS), {}, {}),
        ("the caller wants what is cheap", request("openai_chat", "tierwise/cheap", words=DOCS), {}, {}),
        ("the caller wants what is best", request("openai_chat", "tierwise/best", words=DOCS), {}, {"chance": 0.0}),
        ("the caller says how to choose", REQUEST, {"x-tierwise-policy": "value"}, {}),
        ("much depends on it", REQUEST, {"x-tierwise-task": "security"}, {}),
        ("another kind of work is to be tried on", REQUEST, {}, {"explore": replace(CANARY, tasks=("explain",))}),
        ("there is no money for it", REQUEST, {}, {"explore": replace(CANARY, budget=0.0)}),
        ("it may cost more than there is", REQUEST, {}, {"explore": replace(CANARY, budget=0.000_001)}),
        ("there is no other model", REQUEST, {}, {"explore": replace(CANARY, models=("one/small",))}),
        ("nothing is known of the other", REQUEST, {}, {"explore": replace(CANARY, models=())}),
    ],
)
def test_nothing_is_tried_where(case: str, body: dict[str, Any], headers: dict[str, str], more: dict[str, Any]) -> None:
    made = made_of(**{"explore": CANARY, **more})
    run(posted(made, "openai_chat", body, headers))
    entry = last(made)
    assert (entry.status, entry.explored, entry.propensity) == (200, "", 1.0), case
    assert entry.decision is not None
    assert entry.decision.receipt.among == ()


def test_a_word_that_says_neither_yes_nor_no_is_refused() -> None:
    answer = run(posted(made_of(), "openai_chat", REQUEST, {"x-tierwise-explore": "maybe"}))
    assert (answer.status, "x-tierwise-explore: 'maybe' is neither on nor off" in answer.json["error"]["message"]) == (400, True)


def test_a_key_whose_model_is_fixed_has_it() -> None:
    made = made_of(keys=(KeySettings(name="ann", key="tw-mine", policy="pinned"),))
    run(posted(made, "openai_chat", request("openai_chat", "small", words=DOCS), MINE))
    assert tried(last(made)) == ("small", "", 1.0)


def test_a_cascade_is_no_place_to_try_another() -> None:
    cascade = CascadeSettings(cheap=("one/small",), strong="two/large", check="json")
    made = made_of(said("[1]"), said("[2]"), policy="cascade", cascade=cascade, explore=replace(CANARY, models=("one/small",)))
    run(posted(made, "openai_chat", REQUEST))
    assert last(made).explored == ""


def test_background_calls_are_left_alone() -> None:
    made = made_of()
    run(posted(made, "anthropic", {"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": TITLE}]}, CLAUDE))
    assert (last(made).asker.turn, last(made).explored) == ("side", "")


@pytest.mark.parametrize(
    ("then", "found"),
    [
        ("Thanks, that works. Now write the changelog.", ("small", "", 1.0)),
        ("That's wrong, do it again.", ("large", "", 1.0)),
        ("Now write the changelog.", ("large", "canary", 0.2)),
    ],
)
def test_a_session_that_goes_well_or_badly_is_left_alone(then: str, found: tuple[str, str, float]) -> None:
    one = agent(drawing(made_of(), 0.9, 0.0))

    async def scene() -> None:
        await one.ask(DOCS)
        await one.ask(then)

    run(scene())
    assert tried(one.entries[0]) == ("small", "canary", 0.8)
    assert tried(one.entries[1]) == found


def test_nothing_is_tried_in_the_middle_of_an_item() -> None:
    one = agent(drawing(made_of(works), 0.9, 0.0))
    run(one.ask(DOCS))
    assert [tried(entry) for entry in one.entries] == [("small", "canary", 0.8), ("small", "", 1.0), ("small", "", 1.0)]


def test_a_budget_near_its_limit_lets_nothing_be_tried() -> None:
    async def scene() -> Entry:
        made = made_of(keys=KEYS)
        async with budgeted(made, Budget("all", PER_DOLLAR, "total", degrade=0.000_000_1)):
            await posted(made, "openai_chat", request("openai_chat", "small", words=DOCS), MINE)
            await posted(made, "openai_chat", request("openai_chat", words="Write the docs again."), MINE)
            return last(made)

    assert run(scene()).explored == ""


def test_a_day_has_its_limit_and_the_next_one_its_own() -> None:
    made = made_of(said("a"), said("b"), explore=replace(CANARY, budget=0.06))
    at = [1_795_000_000_000 // DAY * DAY]
    made.clock = replace(made.clock, now=lambda: at[0])
    found = []
    for number in range(6):
        at[0] += 60_000 if number != 4 else DAY
        run(posted(made, "openai_chat", request("openai_chat", words=f"{DOCS} {number}"), {"x-tierwise-session": f"s{number}"}))
        found.append(last(made).explored)
        exploring(made).purse.spent += round(0.02 * PER_DOLLAR)
    assert found[0] == "canary"
    assert found[3] == ""
    assert found[4] == "canary"


def test_requests_at_the_same_time_cannot_spend_it_twice() -> None:
    late = replace(said("b"), wait=0.3)

    async def scene() -> tuple[Gateway, list[str]]:
        made = made_of(said("a"), late)
        most = 0
        async with calling(made, "openai_chat", REQUEST):
            await settled(lambda: exploring(made).purse.aside)
            most = exploring(made).purse.aside
        await settled(lambda: not exploring(made).purse.aside)
        exploring(made).purse.limit, exploring(made).purse.spent = round(most * 1.5), 0
        await asyncio.gather(*(posted(made, "openai_chat", request("openai_chat", words=f"{DOCS} {each}")) for each in range(3)))
        return made, sorted(one.model for one in made.ledger.recent(3))

    made, models = run(scene())
    assert models == ["large", "small", "small"]
    assert exploring(made).purse.aside == 0


def test_where_others_were_quicker_the_policy_has_its_way() -> None:
    made = made_of()
    exploring(made).purse = Less(exploring(made).purse.limit)
    run(posted(made, "openai_chat", REQUEST))
    assert tried(last(made)) == ("small", "", 1.0)


class Less(Purse):
    """A purse that is empty when it comes to paying."""

    def take(self, amount: int, now: int) -> bool:
        return amount < 0 > now


def unmetered() -> Script:
    """An answer that does not say what it used."""
    body = json.loads(b"".join(piece.data for piece in said("b").pieces))
    del body["usage"]
    return whole(json.dumps(body).encode())


def test_an_answer_that_does_not_say_what_it_used_counts_as_what_was_expected() -> None:
    made = made_of(said("a"), unmetered())
    run(posted(made, "openai_chat", REQUEST))
    entry = last(made)
    assert (tried(entry), isinstance(entry.cost, Unknown)) == (("large", "canary", 0.2), True)
    assert entry.decision is not None
    verdict = next(one for one in entry.decision.receipt.verdicts if one.endpoint == "two/large")
    assert isinstance(verdict, Priced)
    assert isinstance(verdict.cost, Cost)
    assert (exploring(made).purse.spent, exploring(made).purse.aside) == (verdict.cost.call, 0)


def test_one_that_fails_costs_what_stands_in_for_it() -> None:
    made = made_of(said("a"), broken(500))
    run(posted(made, "openai_chat", REQUEST))
    entry = last(made)
    assert tried(entry) == ("small", "canary", 0.2)
    assert (exploring(made).purse.spent, exploring(made).purse.aside) == (entry.cost, 0)


def test_one_that_nobody_answers_costs_nothing() -> None:
    made = made_of(broken(500), broken(500))
    run(posted(made, "openai_chat", REQUEST))
    assert last(made).explored == "canary"
    assert (exploring(made).purse.spent, exploring(made).purse.aside) == (0, 0)


def test_an_item_of_many_is_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierwise.gateway.exploring.KEPT", 2)
    made = made_of()
    for number in range(4):
        run(posted(made, "openai_chat", request("openai_chat", words=f"{DOCS} {number}")))
    assert len(exploring(made).picked) == 2


@pytest.mark.parametrize(
    ("task", "low"),
    [
        (Task("docs", 1, 0.9, "rules"), True),
        (Task("docs", 2, 0.4, "learned", ("chore",)), True),
        (Task("docs", 2, 0.4, "learned", ("chore", "security")), False),
        (Task("docs", 3, 0.9, "rules"), False),
        (Task("unknown", 1, 0.0, "nothing said"), False),
    ],
)
def test_little_is_at_stake_where_every_kind_it_may_be_says_so(task: Task, *, low: bool) -> None:
    assert Exploring("canary", 0.1, frozenset({"docs", "chore"}), Purse(1)).low(task) is low


@pytest.mark.parametrize(
    ("said_", "problem"),
    [
        (ExploreSettings(mode="canary", models=("two/lrge",)), "explore.models[0]: "),
        (ExploreSettings(mode="shadow", judge="gpt-nothing"), "explore.judge: "),
    ],
)
def test_a_model_that_nobody_knows_is_named(said_: ExploreSettings, problem: str) -> None:
    with pytest.raises(BadSettings) as error:
        made_of(explore=said_)
    assert str(error.value).startswith(problem)


def test_with_the_shipped_models_there_is_something_to_try_within_the_usual_limits() -> None:
    made = drawing(demo(explore=ExploreSettings(mode="canary")), 0.0)
    run(posted(made, "openai_chat", REQUEST))
    entry = last(made)
    assert entry.decision is not None
    receipt = entry.decision.receipt
    assert entry.explored == "canary"
    assert "anthropic/claude-opus-4-8" in receipt.among[1:]
    assert len(receipt.among) > 3
    assert 0 < exploring(made).purse.spent < exploring(made).purse.limit


def test_no_number_is_drawn_where_nothing_is_tried() -> None:
    made = made_of(explore=ExploreSettings())

    def chance() -> float:
        raise AssertionError("nobody is to draw a number")

    made.clock = replace(made.clock, chance=chance)
    assert run(posted(made, "openai_chat", REQUEST)).status == 200
