"""Shadows: another model is asked the same beside, unseen; a check or a judge says which answers are good; all of it is paid for."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from tests.gateway.acting import Kept
from tests.gateway.test_cascading import cost, said
from tests.gateway.test_exploring import drawing, exploring
from tests.gateway.test_paying import KEYS, MINE, budgeted
from tests.gateway.within import Sold, broken, calling, gateway, posted, request, run, settled, switch
from tierwise.config.settings import ExploreSettings, Timeouts
from tierwise.core.budgets import Budget
from tierwise.core.entry import Entry, Outcome, Record
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.gateway.gateway import Gateway
from tierwise.gateway.shadowing import ANSWER, MOST, TOKENS, WORDS, question
from tierwise.upstream.scripted import Script, Scripted, playing, whole

WIRES = ("openai_chat", "anthropic", "openai_responses")
DOCS = "Write the readme for this package."
JUDGED = ExploreSettings(mode="shadow", share=0.2, models=("two/beta",), judge="gamma")
CHECKED = ExploreSettings(mode="shadow", share=0.2, models=("two/beta",), check="json")
BOTH, FIRST, SECOND, NONE = (said(f'{{"first": {one}, "second": {two}}}') for one in ("true", "false") for two in ("true", "false"))
PRICES = {"one": 1.0, "two": 2.0, "three": 20.0}


def made_of(served: Any, other: Any, judge: Any = BOTH, *, wire: str = "openai_chat", **more: Any) -> Gateway:
    """One that answers, one that is asked beside, and a judge; `chance` are the numbers that are drawn."""
    names, chance = ("one/alpha", "two/beta", "three/gamma"), more.pop("chance", (0.0,))
    players = [how if not isinstance(how, Script) else playing(how) for how in (served, other, judge)]
    limit = {"max_output": 1000, "context_window": 100_000}
    sold = [Sold(name, how, (wire,), PRICES[name.partition("/")[0]], limit) for name, how in zip(names, players, strict=True)]
    made = drawing(gateway(*sold, **{"explore": JUDGED, **more}), *chance)
    made.ledger = Kept()
    return made


class Seen(Struct, frozen=True):
    """What came of a request: its own entry, the shadow's (None: there was none), and what was told."""

    own: Entry
    shadow: Entry | None
    told: tuple[Outcome, ...]

    @property
    def good(self) -> dict[str, str]:
        return {one.model: one.kind for one in self.told}


def seen(made: Gateway) -> Seen:
    assert isinstance(made.ledger, Kept)
    records: list[Record] = made.ledger.records
    own, *shadows = [one for one in records if isinstance(one, Entry)]
    assert len(shadows) <= 1
    return Seen(own, shadows[0] if shadows else None, tuple(one for one in records if isinstance(one, Outcome)))


def over(made: Gateway) -> bool:
    return not exploring(made).beside


def shadowed(made: Gateway, wire: str = "openai_chat", body: Any = None, headers: Mapping[str, str] | None = None) -> Seen:
    """What comes of a request, with its shadow."""

    async def scene() -> Seen:
        answer = await posted(made, wire, body or request(wire, words=DOCS), headers)
        assert answer.status == 200
        await settled(lambda: over(made))
        return seen(made)

    return run(scene())


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("stream", [False, True])
def test_another_model_answers_unseen_and_a_judge_says_which_is_good(wire: str, *, stream: bool) -> None:
    verdict = said('{"first": true, "second": false}', wire)
    made = made_of(Scripted(pace=0), said("b", wire), verdict, wire=wire, chance=(0.0, 0.9))
    found = shadowed(made, wire, request(wire, words=f"[[say: The answer is here.]] {DOCS}", stream=stream))
    assert (found.own.model, found.own.explored, found.own.propensity) == ("alpha", "", 1.0)
    assert found.shadow is not None
    assert [one.endpoint for one in found.shadow.attempts] == ["two/beta", "three/gamma"]
    assert found.good == {"alpha": "success", "beta": "failure"}
    assert {(one.source, one.weight, one.task, one.session) for one in found.told} == {("judge", 0.5, "docs", found.own.asker.session)}
    assert [one.entry for one in found.told] == [found.own.id, found.shadow.id]
    shown = switch(made).bodies("three")[0].decode()
    assert "<first>\\nThe answer is here." in shown
    assert DOCS in shown


def test_the_shadow_has_an_entry_of_its_own_that_is_charged() -> None:
    made = made_of(said("a"), said("b"))
    found = shadowed(made)
    one = found.shadow
    assert one is not None
    assert (one.explored, one.propensity, one.item, one.model, one.committed, one.decision) == (
        "shadow",
        0.2,
        found.own.id,
        "",
        False,
        None,
    )
    assert (one.asker.turn, one.asker.session, one.asker.client) == ("side", found.own.asker.session, found.own.asker.client)
    assert one.cost == cost(100, 10, 2.0) + cost(100, 10, 20.0) == exploring(made).purse.spent
    assert one.usage is not None
    assert (one.usage.fresh, one.usage.output) == (200, 20)
    assert exploring(made).purse.aside == 0
    assert isinstance(one.baseline, Unknown)


@pytest.mark.parametrize(
    ("verdict", "chance", "good"),
    [
        (BOTH, 0.9, ("success", "success")),
        (NONE, 0.9, ("failure", "failure")),
        (FIRST, 0.9, ("success", "failure")),
        (SECOND, 0.9, ("failure", "success")),
        (FIRST, 0.1, ("failure", "success")),
        (SECOND, 0.1, ("success", "failure")),
    ],
)
def test_a_judge_does_not_know_which_answer_is_whose(verdict: Script, chance: float, good: tuple[str, str]) -> None:
    made = made_of(said("mine"), said("other"), verdict, chance=(0.0, chance))
    found = shadowed(made)
    assert (found.good["alpha"], found.good["beta"]) == good
    shown = switch(made).bodies("three")[0].decode()
    assert (shown.index("mine") < shown.index("other")) == (chance > 0.5)
    assert "alpha" not in shown
    assert "beta" not in shown


@pytest.mark.parametrize(
    ("own", "other", "good"),
    [
        ("[1]", "[2]", {"alpha": "success", "beta": "success"}),
        ("[1]", "no", {"alpha": "success", "beta": "failure"}),
        ("no", "[2]", {"alpha": "failure", "beta": "success"}),
        ("no", "no", {}),
    ],
)
def test_a_check_says_nothing_where_neither_answer_passes(own: str, other: str, good: dict[str, str]) -> None:
    found = shadowed(made_of(said(own), said(other), explore=CHECKED))
    assert found.good == good
    assert {one.source for one in found.told} <= {"check"}
    assert found.shadow is not None
    assert [one.endpoint for one in found.shadow.attempts] == ["two/beta"]


@pytest.mark.parametrize(
    ("other", "judge", "asked", "fault"),
    [
        (broken(500), BOTH, ["two/beta"], "server_error"),
        (said("b"), broken(429), ["two/beta", "three/gamma"], None),
        (said("b"), said("I would rather not say."), ["two/beta", "three/gamma"], None),
        (said("b", stop="length"), BOTH, ["two/beta"], None),
        (whole(b"{"), BOTH, ["two/beta"], "not_json"),
    ],
)
def test_what_goes_wrong_is_written_down_and_nothing_is_told(other: Script, judge: Script, asked: list[str], fault: str | None) -> None:
    made = made_of(said("a"), other, judge)
    found = shadowed(made)
    assert (found.own.status, found.told) == (200, ())
    assert found.shadow is not None
    assert [one.endpoint for one in found.shadow.attempts] == asked
    assert (found.shadow.fault.kind if found.shadow.fault else None) == fault
    assert exploring(made).purse.spent == found.shadow.cost


TOOLS: dict[str, Any] = {"tools": [{"type": "function", "function": {"name": "bash", "parameters": {"type": "object", "properties": {}}}}]}


@pytest.mark.parametrize(
    ("case", "served", "explore", "body", "headers"),
    [
        (
            "the answer is an act",
            Scripted(pace=0),
            JUDGED,
            request("openai_chat", words=f'[[tool: bash {{"command": "ls"}}]] {DOCS}', **TOOLS),
            {},
        ),
        ("the answer is cut off", said("a", stop="length"), JUDGED, None, {}),
        ("much depends on it", said("a"), JUDGED, None, {"x-tierwise-task": "security"}),
        ("the caller wants none of it", said("a"), JUDGED, None, {"x-tierwise-explore": "off"}),
        ("a model is named", said("a"), JUDGED, request("openai_chat", "alpha", words=DOCS), {}),
        ("the judge would judge itself", said("a"), replace(JUDGED, models=("three/gamma",)), None, {}),
        ("the judge is who answers", said("a"), replace(JUDGED, judge="one/alpha"), None, {}),
        ("there is no other", said("a"), replace(JUDGED, models=("one/alpha",)), None, {}),
        ("it may cost too much", said("a"), replace(JUDGED, budget=0.01), None, {}),
    ],
)
def test_there_is_no_shadow_where(case: str, served: Any, explore: ExploreSettings, body: Any, headers: dict[str, str]) -> None:
    made = made_of(served, said("b"), explore=explore)
    found = shadowed(made, "openai_chat", body, headers)
    assert (found.own.status, found.shadow, found.told) == (200, None, ()), case
    assert len(switch(made).asked) == 1


def test_only_a_share_of_requests_has_one() -> None:
    assert shadowed(made_of(said("a"), said("b"), chance=(0.2,))).shadow is None
    assert shadowed(made_of(said("a"), said("b"), chance=(0.199,))).shadow is not None


def test_a_judge_that_the_request_may_not_be_sent_to_is_not_asked() -> None:
    found = shadowed(made_of(said("a"), said("b"), deny=("three",), models=("one/alpha", "two/beta", "three/gamma")))
    assert found.shadow is None


def test_one_that_stood_in_is_not_its_own_shadow() -> None:
    made = made_of(broken(500), said("b"), BOTH)
    found = shadowed(made)
    assert (found.own.model, found.shadow) == ("beta", None)


def test_it_counts_against_the_budgets_of_who_asked() -> None:
    async def scene() -> tuple[int, Seen]:
        made = made_of(said("a"), said("b"), keys=KEYS)
        async with budgeted(made, Budget("all", 100 * PER_DOLLAR, "total")):
            await posted(made, "openai_chat", request("openai_chat", words=DOCS), MINE)
            await settled(lambda: over(made))
            return made.desk.purses.open["all"].spent, seen(made)

    spent, found = run(scene())
    assert found.shadow is not None
    assert spent == sum(one.cost for one in (found.own, found.shadow) if not isinstance(one.cost, Unknown))
    assert [one.budget for one in found.shadow.drawn] == ["all"]
    assert {one.key for one in found.told} == {"ann"}


def test_where_a_budget_has_too_little_left_there_is_none() -> None:
    async def scene() -> Seen:
        made = made_of(said("a"), said("b"), keys=KEYS)
        async with budgeted(made, Budget("all", PER_DOLLAR // 4, "total")):
            await posted(made, "openai_chat", request("openai_chat", words=DOCS), MINE)
            await settled(lambda: over(made))
            assert exploring(made).purse == replace(exploring(made).purse, spent=0, aside=0)
            return seen(made)

    assert run(scene()).shadow is None


def test_so_many_at_a_time_and_no_more() -> None:
    async def scene() -> tuple[int, int]:
        made = made_of(said("a"), replace(said("b"), wait=30.0), explore=replace(JUDGED, budget=1000.0))
        for number in range(MOST + 3):
            await posted(made, "openai_chat", request("openai_chat", words=f"{DOCS} {number}"))
        under_way = len(exploring(made).beside)
        await settled(lambda: len(switch(made).bodies("two")) >= MOST)
        await made.end()
        return under_way, len(switch(made).bodies("two"))

    assert run(scene()) == (MOST, MOST)


def test_at_the_end_shadows_are_given_up_and_still_written_down() -> None:
    async def scene() -> Gateway:
        made = made_of(said("a"), replace(said("b"), wait=30.0))
        await posted(made, "openai_chat", request("openai_chat", words=DOCS))
        await settled(lambda: switch(made).bodies("two"))
        await made.end()
        return made

    made = run(scene())
    found = seen(made)
    assert found.shadow is not None
    assert found.shadow.fault is not None
    assert (found.shadow.fault.kind, isinstance(found.shadow.cost, Unknown)) == ("hung_up", True)
    assert exploring(made).purse.spent > 0
    assert exploring(made).purse.aside == 0


def test_one_that_takes_too_long_is_given_up() -> None:
    made = made_of(said("a"), replace(said("b"), wait=30.0), timeouts=Timeouts(total=0.05))
    found = shadowed(made)
    assert found.shadow is not None
    assert found.shadow.fault is not None
    assert found.shadow.fault.kind == "deadline"


def test_a_client_that_hangs_up_has_no_shadow() -> None:
    async def scene() -> Seen:
        made = made_of(replace(said("a"), wait=30.0), said("b"))
        async with calling(made, "openai_chat", request("openai_chat", words=DOCS)):
            await settled(lambda: switch(made).asked)
        await asyncio.sleep(0)
        return seen(made)

    assert run(scene()).shadow is None


def test_what_a_judge_is_shown_has_a_bound() -> None:
    prompt = question(("openai_chat", "gamma"), "w" * 50_000, ("a" * 50_000, "b" * 50_000))
    text = json.dumps(
        [[piece.text for turn in prompt.turns for piece in turn.pieces if hasattr(piece, "text")], [one.text for one in prompt.head]]
    )
    assert WORDS + 2 * ANSWER < len(text) < TOKENS
