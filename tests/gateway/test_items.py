"""Work items through the running gateway: sessions are replayed before providers that loop, fail their tests, or get it right."""

from typing import Any

import pytest

from tests.gateway.acting import (
    ABLE,
    ASKED,
    CLAUDE,
    DONE,
    LIST,
    SESSION,
    TEST,
    TITLE,
    WIRES,
    Agent,
    Fails,
    Kept,
    Playing,
    agent,
    answers,
    because,
    edit,
    every_wire,
    fails,
    loops,
)
from tests.gateway.test_paying import budgeted
from tests.gateway.within import Sold, broken, called, gateway, kinds, last, posted, run, switch
from tierwise.core.budgets import Budget
from tierwise.core.decision import Rejected
from tierwise.core.entry import Outcome
from tierwise.engine.items import Call, Served
from tierwise.gateway import items
from tierwise.gateway.items import Rules
from tierwise.upstream.scripted import playing


@every_wire
def test_a_model_that_loops_is_left_and_the_next_item_is_judged_anew(wire: str) -> None:
    one = agent(wire, loops)

    async def scene() -> tuple[list[str], list[str]]:
        return await one.ask(ASKED), await one.ask("Now list what is in src.", 1)

    first, second = run(scene())
    assert first == ["small"] * 3 + ["large"] * 3
    assert second == ["small"]
    assert len({entry.item for entry in one.entries[:6]}) == 1
    assert one.entries[0].item == one.entries[0].id
    assert one.entries[6].item == one.entries[6].id
    assert "was escalated (small: the same tool call was repeated); a step up" in because(one.entries[3])
    assert because(one.entries[4]).endswith("and stays with two/large")
    assert ("failure", "small") in one.told
    assert ("tests_passed", "large") in one.told


@every_wire
def test_a_model_whose_tests_fail_after_two_edits_is_left(wire: str) -> None:
    one = agent(wire, fails)
    assert run(one.ask(ASKED)) == ["small"] * 4 + ["large"] * 3
    assert one.told == [("tests_failed", "small"), ("tests_passed", "large")]
    entry = one.entries[4]
    assert entry.decision is not None
    verdict = next(verdict for verdict in entry.decision.receipt.verdicts if verdict.endpoint == "one/small")
    assert verdict == Rejected("one/small", "escalation", "small: tests failed after 2 edits")
    assert entry.decision.receipt.conditions.item is not None
    assert entry.decision.receipt.conditions.item.level == 1


@every_wire
def test_a_model_that_recovers_stays(wire: str) -> None:
    def recovers(turn: int) -> str:
        return (LIST, LIST, edit("guess"), TEST, edit("fixed"), TEST, DONE)[turn]

    one = agent(wire, recovers)
    assert run(one.ask(ASKED)) == ["small"] * 7
    assert one.told == [("failure", "small"), ("tests_passed", "small")]


@every_wire
def test_a_complaint_goes_on_with_the_item_and_escalates_it(wire: str) -> None:
    one = agent(wire, answers, answers)

    async def scene() -> list[str]:
        return [
            *await one.ask(ASKED),
            *await one.ask("That's wrong, it still fails."),
            *await one.ask("Thanks, that works. Now write a changelog."),
        ]

    assert run(scene()) == ["small", "large", "small"]
    items_of = [entry.item for entry in one.entries]
    assert items_of[0] == items_of[1] != items_of[2]
    assert one.told == [("rejected", "small"), ("accepted", "large")]
    assert [outcome.entry for outcome in one.records if isinstance(outcome, Outcome)] == [one.entries[0].id, one.entries[1].id]


SUMMARY = "This session is being continued from a previous conversation that ran out of context. The parser was changed."


def test_an_escalated_item_survives_compaction_and_background_calls() -> None:
    one = agent("anthropic", loops, lambda _turn: LIST, CLAUDE)

    async def scene() -> list[str]:
        models = await one.ask(ASKED, 4)
        side = await posted(
            one.made, "anthropic", {"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": TITLE}]}, CLAUDE
        )
        one.said = [{"role": "user", "content": SUMMARY}]
        again = await one.once()
        return [*models, side.headers["x-tierwise-model"], again.headers["x-tierwise-model"]]

    assert run(scene()) == ["small", "small", "small", "large", "small", "large"]
    first, *_, title, resumed = one.entries
    assert (title.asker.turn, title.item) == ("side", "")
    assert resumed.item == first.id
    assert "stays with two/large" in because(resumed)


@pytest.mark.parametrize(("path", "last_item"), [("/v1/responses/compact", []), ("/v1/responses", [{"type": "compaction_trigger"}])])
def test_a_summary_that_a_wire_asks_for_belongs_to_no_item(path: str, last_item: list[dict[str, Any]]) -> None:
    one = agent("openai_responses", loops, lambda _turn: LIST)

    async def scene() -> list[str]:
        models = await one.ask(ASKED, 4)
        answer = await called(one.made, "POST", path, {"model": "auto", "input": [*one.said, *last_item]}, SESSION)
        assert answer.status == 200
        assert (last(one.made).item, last(one.made).asker.turn) == ("", "side")
        one.said = [{"role": "user", "content": ASKED}, *(each for each in answer.json["output"] if each.get("type") == "compaction")]
        return [*models, *await one.more(1)]

    assert run(scene()) == ["small", "small", "small", "large", "large"]
    assert one.entries[-1].item == one.entries[0].id


@pytest.mark.parametrize(("rule", "model"), [("own", "small"), ("inherit", "large")])
def test_subagents_inherit_or_decide_for_themselves(rule: str, model: str) -> None:
    one = agent("anthropic", answers, answers, CLAUDE, subagents=rule)
    child = {**CLAUDE, "x-claude-code-agent-id": "a1"}

    async def scene() -> list[str]:
        await one.ask(ASKED)
        await one.ask("That's wrong, it still fails.")
        other = Agent(one.made, "anthropic", child)
        first = await other.ask("Look for every caller of the parser.")
        return [*first, *await other.ask("And for every test."), *await one.ask("go on")]

    models = run(scene())
    assert models == [model, model, "large"]
    main, child_item = one.entries[0].item, one.entries[2].item
    assert child_item == one.entries[2].id
    assert one.entries[4].item == main
    receipt = one.entries[2].decision
    assert receipt is not None
    assert (receipt.receipt.conditions.item is not None) == (rule == "inherit")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"x-tierwise-escalate": "off"}, {}),
        ({}, {"escalate": "off"}),
        ({"x-tierwise-escalate": "on"}, {"escalate": "off"}),
    ],
)
def test_escalation_can_be_declined_by_request_and_by_settings(headers: dict[str, str], said: dict[str, Any]) -> None:
    one = agent("openai_chat", loops, headers={**SESSION, **headers}, **said)
    assert run(one.ask(ASKED, 6)) == ["small"] * 6
    assert ("failure", "small") in one.told


def test_what_a_header_declines_comes_into_force_when_it_is_gone() -> None:
    one = agent("openai_chat", loops, headers={**SESSION, "x-tierwise-escalate": "off"})

    async def scene() -> list[str]:
        await one.ask(ASKED, 4)
        one.headers = SESSION
        return [(await one.once()).headers["x-tierwise-model"]]

    assert run(scene()) == ["large"]


def test_a_header_that_says_neither_on_nor_off_is_refused() -> None:
    one = agent("openai_chat", answers)
    answer = run(
        posted(
            one.made, "openai_chat", {"model": "auto", "messages": [{"role": "user", "content": "hi"}]}, {"x-tierwise-escalate": "perhaps"}
        )
    )
    assert answer.status == 400
    assert "x-tierwise-escalate: 'perhaps' is neither on nor off" in answer.json["error"]["message"]


def test_who_is_pinned_stays_and_is_told_of_all_the_same() -> None:
    for more in ({}, {"x-tierwise-route": "off"}):
        one = agent("openai_chat", loops, headers={**SESSION, **more})
        one.model = "one/small"
        assert run(one.ask(ASKED, 6)) == ["small"] * 6
        assert ("failure", "small") in one.told
        assert because(one.entries[-1]) == "one/small was asked for"


def test_a_stand_in_did_the_work_and_goes_on_with_it() -> None:
    one = agent("openai_chat", answers, loops)
    first = Fails(Playing(loops), 1)
    switch(one.made).players = {**switch(one.made).players, "one": first}
    assert run(one.ask(ASKED, 3)) == ["large"] * 3
    assert kinds(one.made) == [("two", None)]
    assert [tried.endpoint for tried in one.entries[0].attempts] == ["one/small", "two/large"]
    assert because(one.entries[1]) == f"work item {one.entries[0].id} stays with two/large"
    assert one.made.items.known["", "s1", ""].model == "large"


def test_a_model_that_failed_answers_where_nobody_else_does() -> None:
    one = agent("openai_chat", answers, answers)

    async def scene() -> list[str]:
        await one.ask(ASKED)
        switch(one.made).players = {**switch(one.made).players, "two": playing(broken(500))}
        return await one.ask("That's wrong, it still fails.")

    assert run(scene()) == ["small"]
    assert "two/large" in {tried.endpoint for tried in last(one.made).attempts}
    assert last(one.made).attempts[-1].endpoint == "one/small"


def test_the_best_there_is_stays_when_it_fails() -> None:
    made = gateway(Sold("one/small", Playing(loops), WIRES, 1.0, ABLE), Sold("two/tiny", Playing(loops), WIRES, 2.0, ABLE))
    made.ledger = Kept()
    one = Agent(made, "openai_chat", SESSION)
    assert set(run(one.ask(ASKED, 6))) == {"small"}
    assert because(one.entries[-1]).endswith("(small: the same tool call was repeated; nothing better can serve)")


def test_near_its_limit_a_budget_keeps_work_in_the_cheapest_tier_and_lets_go_of_it_after() -> None:
    one = agent("openai_chat", loops)

    async def scene() -> tuple[list[str], list[str]]:
        async with budgeted(one.made, Budget("all", 10**15, degrade=0.5)):
            one.made.desk.purses.funds(one.made.everybody.payer, one.made.clock.now())
            spent = one.made.desk.purses.open["all"]
            spent.spent = 10**15 // 2
            near = await one.ask(ASKED, 5)
            spent.spent = 0
            return near, await one.more(1)

    assert run(scene()) == (["small"] * 5, ["large"])
    decision = one.entries[4].decision
    assert decision is not None
    assert decision.receipt.conditions.near == "all"


def test_without_stickiness_each_call_is_decided_alone_until_it_is_escalated() -> None:
    one = agent("openai_chat", loops, stickiness="off")
    assert run(one.ask(ASKED)) == ["small"] * 3 + ["large"] * 3
    assert "stays with" not in because(one.entries[1])
    assert "stays with two/large" in because(one.entries[-1])


def test_a_request_that_is_only_counted_or_explained_changes_no_item() -> None:
    one = agent("openai_chat", loops)

    async def scene() -> None:
        await one.ask(ASKED, 2)
        before = dict(one.made.items.known)
        body = {"model": "auto", "messages": one.said}
        assert (await called(one.made, "POST", "/v1/route", body, SESSION)).status == 200
        assert dict(one.made.items.known) == before

    run(scene())


def test_other_keys_and_sessions_have_items_of_their_own() -> None:
    one = agent("openai_chat", loops)
    other = Agent(one.made, "openai_chat", {"x-tierwise-session": "s2"})
    assert run(one.ask(ASKED, 4))[-1] == "large"
    assert run(other.ask(ASKED, 2)) == ["small", "small"]


def test_the_items_of_the_session_that_was_silent_longest_are_forgotten() -> None:
    known = items.opened()
    rules = Rules(b"usual")
    for number in range(items.KEPT + 1):
        known.take(known.placed(("k", f"s{number % items.KEPT if number else 0}", ""), Call(words="hello"), rules), f"tw-{number}")
    known.take(known.placed(("k", "one more", ""), Call(words="hello"), rules), "tw-x")
    assert len(known.known) == items.KEPT
    assert ("k", "s0", "") in known.known
    assert ("k", "s1", "") not in known.known


def test_a_request_without_a_session_is_an_item_that_is_not_kept() -> None:
    known = items.opened()
    assert known.take(known.placed(("k", "", ""), Call(words="hello"), Rules(b"usual")), "tw-1") == "tw-1"
    assert not known.known


def test_an_answer_that_comes_after_its_session_went_on_changes_nothing() -> None:
    known = items.opened()
    place = ("k", "s", "")
    late = known.placed(place, Call(words="hello"), Rules(b"usual"))
    assert late.fresh
    known.take(late, "tw-1")
    known.served(late, "tw-1", Served("tw-1", "one/small", "small"))
    known.take(known.placed(place, Call(words="write a long page on it", previous="hello", calls=1), Rules(b"usual")), "tw-2")
    known.served(late, "tw-1", Served("tw-1", "one/small", "small"))
    assert (known.known[place].id, known.known[place].model) == ("tw-2", "")
