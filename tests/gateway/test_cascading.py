"""Cheap answers first through the gateway: who is asked, what is taken, what all of it costs, and what happens when something fails."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import Struct

from tests.gateway.drill import Answered
from tests.gateway.test_paying import CENT, KEYS, MINE, budgeted, purse
from tests.gateway.within import Sold, broken, calling, gateway, hung_up, kinds, last, posted, request, run, settled, switch
from tierwise.config.reader import BadSettings
from tierwise.config.settings import CascadeSettings
from tierwise.core.budgets import Budget
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.door import Patience, Reply, Sent
from tierwise.upstream.scripted import Script, playing, whole

WIRES = ("openai_chat", "anthropic", "openai_responses")
TWO = CascadeSettings(cheap=("one/alpha", "two/beta"), strong="three/gamma")
ONE_JSON = CascadeSettings(cheap=("one/alpha",), strong="three/gamma", check="json")


def said(text: str, wire: str = "openai_chat", *, stop: str = "") -> Script:
    """A whole answer: a hundred tokens read, ten said."""
    return whole(json.dumps(SAID[wire](text, stop)).encode())


def _chat(text: str, stop: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    choice = {"index": 0, "message": message, "finish_reason": stop or "stop"}
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


def _messages(text: str, stop: str) -> dict[str, Any]:
    usage = {"input_tokens": 100, "output_tokens": 10}
    content = [{"type": "text", "text": text}]
    told = {"stop_reason": stop or "end_turn", "stop_sequence": None, "usage": usage}
    return {"id": "x", "type": "message", "role": "assistant", "model": "m", "content": content, **told}


def _responses(text: str, stop: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    item = {"id": "y", "type": "message", "role": "assistant", "status": "completed", "content": content}
    usage = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    return {"id": "x", "object": "response", "created_at": 1, "status": stop or "completed", "model": "m", "output": [item], "usage": usage}


SAID = {"openai_chat": _chat, "anthropic": _messages, "openai_responses": _responses}


def sold(first: Any, second: Any, third: Any, wire: str = "openai_chat") -> tuple[Sold, ...]:
    """Two cheap endpoints and a strong one."""
    players = (("one/alpha", first, 1.0), ("two/beta", second, 2.0), ("three/gamma", third, 20.0))
    return tuple(Sold(name, playing(how) if isinstance(how, Script) else how, (wire,), price) for name, how, price in players)


def made_of(first: Any, second: Any, third: Any, *, wire: str = "openai_chat", cascade: CascadeSettings = TWO, **more: Any) -> Gateway:
    return gateway(*sold(first, second, third, wire), policy="cascade", cascade=cascade, **more)


def asked(made: Gateway) -> list[str]:
    """Who was asked, in order."""
    return [one.url.split("//")[1].split(".")[0] for one in switch(made).asked]


def text_of(wire: str, answer: Answered) -> str:
    found = answer.json
    if wire == "anthropic":
        return str(found["content"][0]["text"])
    if wire == "openai_responses":
        return str(found["output"][0]["content"][0]["text"])
    return str(found["choices"][0]["message"]["content"])


def cost(tokens_in: int, tokens_out: int, price: float) -> int:
    return round((tokens_in + 2 * tokens_out) * price * 1_000_000)


CHEAP = cost(100, 10, 1.0), cost(100, 10, 2.0)
STRONG = cost(100, 10, 20.0)


@pytest.mark.parametrize("wire", WIRES)
def test_two_that_agree_are_taken_and_the_strong_model_is_not_asked(wire: str) -> None:
    made = made_of(said("It is 12.", wire), said("the answer: 12", wire), said("13", wire), wire=wire)
    answer = run(posted(made, wire, request(wire, words="what is 3 x 4?")))
    entry = last(made)
    assert (answer.status, text_of(wire, answer), asked(made)) == (200, "It is 12.", ["one", "two"])
    assert answer.headers["x-tierwise-cascade"] == entry.cascade == "one/alpha and two/beta agree"
    assert answer.headers["x-tierwise-attempts"] == "2"
    assert (entry.model, entry.status, entry.committed, entry.fault) == ("alpha", 200, True, None)
    assert [(one.endpoint, one.cheap, one.fault, one.cost) for one in entry.attempts] == [
        ("two/beta", True, None, CHEAP[1]),
        ("one/alpha", True, None, CHEAP[0]),
    ]
    assert entry.cost == sum(CHEAP)


@pytest.mark.parametrize("wire", WIRES)
def test_two_that_do_not_agree_are_paid_and_the_strong_model_answers(wire: str) -> None:
    made = made_of(said("11", wire), said("12", wire), said("13", wire), wire=wire)
    answer = run(posted(made, wire, request(wire)))
    entry = last(made)
    assert (text_of(wire, answer), asked(made)) == ("13", ["one", "two", "three"])
    assert entry.cascade == "three/gamma was asked: the cheap answers did not agree"
    assert [(one.endpoint, one.cheap) for one in entry.attempts] == [("one/alpha", True), ("two/beta", True), ("three/gamma", False)]
    assert (entry.model, entry.cost) == ("gamma", sum(CHEAP) + STRONG)
    assert entry.bill is not None
    assert entry.bill.fresh + entry.bill.output == STRONG
    assert not isinstance(entry.baseline, Unknown)


def test_what_it_costs_is_told_with_the_answers_that_were_not_taken() -> None:
    made, plain = made_of(said("11"), said("12"), said("13")), gateway(*sold(said("11"), said("12"), said("13")))
    usual = run(posted(plain, "openai_chat", request("openai_chat", "gamma"))).headers
    told = run(posted(made, "openai_chat", request("openai_chat"))).headers
    others = sum(CHEAP) / PER_DOLLAR
    assert float(told["x-tierwise-cost"]) == pytest.approx(float(usual["x-tierwise-cost"]) + others, abs=2e-6)
    assert float(told["x-tierwise-saving"]) == pytest.approx(float(usual["x-tierwise-saving"]) - others, abs=2e-6)


@pytest.mark.parametrize(
    ("text", "more", "who"),
    [
        ('{"a": 1}', {}, ["one"]),
        ("no", {}, ["one", "three"]),
        ('```json\n{"a": 1}\n```', {}, ["one"]),
    ],
)
def test_a_check_decides_where_one_is_set(text: str, more: Mapping[str, Any], who: list[str]) -> None:
    made = made_of(said(text), said("-"), said("{}"), cascade=ONE_JSON)
    run(posted(made, "openai_chat", request("openai_chat", **more)))
    assert asked(made) == who


@pytest.mark.parametrize(("text", "who"), [('{"a": 1}', ["one"]), ('{"a": "x"}', ["one", "two", "three"]), ("12", ["one", "two", "three"])])
def test_the_schema_that_is_asked_for_goes_before_agreement(text: str, who: list[str]) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    made = made_of(said(text), said(text), said('{"a": 2}'))
    run(posted(made, "openai_chat", request("openai_chat", response_format=form)))
    assert asked(made) == who


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"stream": True}, {}),
        ({"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]}, {}),
        ({}, {"user-agent": "claude-cli/2.1 (external, cli)"}),
        ({}, {"x-tierwise-policy": "cheapest"}),
        ({"model": "alpha"}, {}),
        ({"model": "alpha"}, {"x-tierwise-route": "off"}),
    ],
)
def test_what_somebody_waits_on_or_pins_is_answered_as_usual(body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    made = made_of(said("11"), said("12"), said("13"))
    run(posted(made, "openai_chat", {**request("openai_chat"), **body}, headers))
    assert asked(made) == ["one"]
    assert (last(made).cascade, [one.cheap for one in last(made).attempts]) == ("", [False])


def test_the_header_chooses_it_for_one_request() -> None:
    made = gateway(*sold(said("12"), said("12"), said("13")), cascade=TWO)
    run(posted(made, "openai_chat", request("openai_chat")))
    run(posted(made, "openai_chat", request("openai_chat"), {"x-tierwise-policy": "cascade"}))
    assert asked(made) == ["one", "one", "two"]


def test_without_anybody_to_ask_the_header_is_refused() -> None:
    made = gateway(*sold(said("12"), said("12"), said("13")))
    answer = run(posted(made, "openai_chat", request("openai_chat"), {"x-tierwise-policy": "cascade"}))
    assert answer.status == 400
    assert "needs cascade: (cheap, strong) in tierwise.yaml" in answer.json["error"]["message"]
    assert asked(made) == []


def test_every_turn_of_a_conversation_asks_the_cheap_models_anew_until_the_person_complains() -> None:
    made = made_of(said("12"), said("12"), said("13"))
    first = [{"role": "user", "content": "what is 3 x 4?"}]
    again = [*first, {"role": "assistant", "content": "12"}, {"role": "user", "content": "and 2 x 6?"}]
    wrong = [*again, {"role": "assistant", "content": "12"}, {"role": "user", "content": "no, that is wrong, it still fails!"}]
    session = {"x-tierwise-session": "s"}
    for messages, who in ((first, ["one", "two"]), (again, ["one", "two"]), (again, ["one", "two"])):
        before = len(asked(made))
        run(posted(made, "openai_chat", {"model": "auto", "messages": messages}, session))
        assert asked(made)[before:] == who
    before = len(asked(made))
    run(posted(made, "openai_chat", {"model": "auto", "messages": wrong}, session))
    assert asked(made)[before:] == ["three"]
    assert last(made).cascade == ""


# Failures


def test_a_cheap_endpoint_that_fails_is_noted_and_the_strong_one_answers() -> None:
    made = made_of(broken(500), said("12"), said("13"))
    answer = run(posted(made, "openai_chat", request("openai_chat")))
    assert text_of("openai_chat", answer) == "13"
    assert kinds(made) == [("one", "server_error"), ("three", None)]
    assert [one.cheap for one in last(made).attempts] == [True, False]
    assert (last(made).cost, last(made).fault) == (STRONG, None)


def test_a_cheap_endpoint_that_rests_is_not_asked() -> None:
    made = made_of(broken(401), said("12"), said("13"))
    for _ in range(2):
        run(posted(made, "openai_chat", request("openai_chat")))
    assert asked(made).count("one") == 1
    assert text_of("openai_chat", run(posted(made, "openai_chat", request("openai_chat")))) == "13"


def test_when_the_strong_model_fails_a_cheap_answer_is_better_than_none() -> None:
    made = made_of(said("11"), said("12"), broken(400))
    answer = run(posted(made, "openai_chat", request("openai_chat")))
    assert (answer.status, text_of("openai_chat", answer)) == (200, "12")
    assert last(made).cascade == "three/gamma failed; what is left of the cheap answers"
    assert last(made).cost == sum(CHEAP)
    assert last(made).model == "beta"


def test_when_nobody_has_an_answer_the_client_hears_the_strong_model_s_fault() -> None:
    made = made_of(broken(500), broken(500), broken(400))
    answer = run(posted(made, "openai_chat", request("openai_chat")))
    assert answer.status == 400
    assert last(made).cascade == ""
    assert [one.endpoint for one in last(made).attempts if one.cheap] == ["one/alpha"]
    assert "x-tierwise-cascade" not in answer.headers


@pytest.mark.parametrize("stop", ["length", "content_filter"])
def test_an_answer_that_was_cut_off_is_nothing_to_agree_with(stop: str) -> None:
    made = made_of(said("12", stop=stop), said("12"), said("13"))
    assert text_of("openai_chat", run(posted(made, "openai_chat", request("openai_chat")))) == "13"
    assert asked(made) == ["one", "three"]


def test_of_the_strong_model_an_answer_that_was_cut_off_is_taken() -> None:
    made = made_of(said("11"), said("12"), said("13", stop="length"))
    assert text_of("openai_chat", run(posted(made, "openai_chat", request("openai_chat")))) == "13"


class Waiting(Struct):
    """A provider that has been asked and says nothing."""

    asked: int = 0

    async def ask(self, _sent: Sent, _patience: Patience) -> Reply:
        self.asked += 1
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self) -> None:
        """There is nothing to close."""


def test_when_the_client_hangs_up_what_was_answered_is_charged() -> None:
    strong = Waiting()
    made = made_of(said("11"), said("12"), strong)

    async def hanging_up() -> None:
        async with calling(made, "openai_chat", request("openai_chat")) as (client, task):
            await settled(lambda: strong.asked)
            await hung_up(client, task)

    run(hanging_up())
    entry = last(made)
    assert entry.fault is not None
    assert entry.fault.kind == "hung_up"
    assert {(one.endpoint, one.fault is None, one.cheap) for one in entry.attempts} == {
        ("one/alpha", True, True),
        ("two/beta", True, True),
        ("three/gamma", False, False),
    }
    assert not isinstance(entry.cost, Unknown)
    assert entry.cost > sum(CHEAP)


# Money


@pytest.mark.parametrize(("left", "who"), [(20 * CENT, ["one", "two", "three"]), (9 * CENT // 2, ["three"])])
def test_a_budget_holds_all_of_a_cascade_or_there_is_none(left: int, who: list[str]) -> None:
    async def drill() -> None:
        made = made_of(said("11"), said("12"), said("13"), keys=KEYS)
        async with budgeted(made, Budget("all", left)) as store:
            answer = await posted(made, "openai_chat", request("openai_chat", max_tokens=1000), MINE)
            assert answer.status == 200
            assert asked(made) == who
            assert last(made).counted == last(made).cost
            assert (await purse(made, store, "all")).spent == last(made).cost

    run(drill())


def test_cheap_models_that_cost_as_much_as_the_strong_one_are_not_asked() -> None:
    names = CascadeSettings(cheap=("two/beta", "three/gamma"), strong="one/alpha")
    made = made_of(said("11"), said("12"), said("13"), cascade=names)
    run(posted(made, "openai_chat", request("openai_chat")))
    assert asked(made) == ["one"]


def test_where_a_request_leaves_one_of_the_two_out_agreement_is_not_tried() -> None:
    made = made_of(said("11"), said("12"), said("13"))
    run(posted(made, "openai_chat", request("openai_chat"), {"x-tierwise-models": "one/alpha,three/gamma"}))
    assert asked(made) == ["three"]


# Settings


@pytest.mark.parametrize(
    ("cascade", "problem"),
    [
        (CascadeSettings(cheap=("one/alpha", "nobody"), strong="three/gamma"), r"^cascade\.cheap\[1\]: .*nobody"),
        (CascadeSettings(cheap=("one/alpha",), strong="gama", check="json"), r"^cascade\.strong: .*gama"),
        (CascadeSettings(cheap=("one/alpha", "alpha"), strong="three/gamma"), "have to be different models"),
    ],
)
def test_who_cannot_be_asked_is_named(cascade: CascadeSettings, problem: str) -> None:
    with pytest.raises(BadSettings, match=problem):
        made_of(said("1"), said("2"), said("3"), cascade=cascade)
