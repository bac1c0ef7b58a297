"""A model asked for an effort, through the running gateway: what is sent, under which name it is kept, what it shares with the model."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.acting import ABLE, ASKED, WIRES, Agent, Kept, Playing, because, every_wire, fails, loops, works
from tests.gateway.test_sockets import opened
from tests.gateway.within import Sold, broken, called, gateway, last, posted, request, run, switch
from tierwise.config.settings import EvidenceSettings, KeySettings, Settings
from tierwise.core.decision import Rejected
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Scripted, playing

FINE = Scripted(pace=0, strict=False)
EFFORTS = ("low", "medium", "high")
ABOUT: dict[str, Any] = {**ABLE, "reasoning": "optional", "efforts": EFFORTS}
PLACE = {"openai_chat": ("reasoning_effort",), "openai_responses": ("reasoning", "effort"), "anthropic": ("output_config", "effort")}
LONG = "many words about a date parser " * 1500


def thinker(*wires: str, **said: Any) -> Gateway:
    """A gateway that sells a model at its client's effort and at others."""
    models = ("one/deep", *(f"one/deep@{effort}" for effort in EFFORTS))
    return gateway(Sold("one/deep", FINE, wires, 1.0, ABOUT), models=models, usage="as_asked", **said)


def nested(path: tuple[str, ...], value: Any, **beside: Any) -> dict[str, Any]:
    """A field on its way to where a wire has the effort."""
    return {path[0]: value} if len(path) == 1 else {path[0]: {**beside, path[1]: value}}


def sent(made: Gateway, wire: str, body: Any) -> bytes:
    """What reached the provider of a request that was answered."""
    answer = run(posted(made, wire, body))
    assert answer.status == 200, answer.body
    return switch(made).asked[-1].body


def renamed(body: bytes) -> bytes:
    """A body that names the model as its provider does."""
    return body.replace(b"one/deep@low", b"deep")


@every_wire
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("words", ["hello", LONG])
def test_on_its_own_wire_a_request_differs_in_model_and_effort_and_in_nothing_else(wire: str, words: str, *, stream: bool) -> None:
    made, path = thinker(wire), PLACE[wire]
    beside = {} if wire == "openai_chat" else {"x": '"effort":"max"'}
    said = request(wire, "one/deep@low", words=words, stream=stream, metadata={"reasoning_effort": "high", "effort": "max"}, temperature=1)
    key = "input" if wire == "openai_responses" else "messages"
    said[key] = [{"role": "user", "content": words}, {"role": "assistant", "content": "ok"}, {"role": "user", "content": words}]
    stated = json.dumps({**nested(path, "HERE", **beside), **said}, indent=1).encode()
    assert sent(made, wire, stated.replace(b"HERE", b"high")) == renamed(stated).replace(b"HERE", b"low")
    silent = json.dumps(said, indent=1).encode()
    added = json.dumps(nested(path, "low"), separators=(",", ":")).encode()
    assert sent(made, wire, silent) == renamed(silent)[:-1] + b"," + added[1:]


@every_wire
def test_a_plain_model_is_asked_as_its_client_asks(wire: str) -> None:
    made, path = thinker(wire), PLACE[wire]
    for more in ({}, nested(path, "medium")):
        said = json.dumps({**request(wire, "one/deep"), **more}).encode()
        assert sent(made, wire, said) == said.replace(b"one/deep", b"deep")


@pytest.mark.parametrize(("wire", "other"), [(one, two) for one in WIRES for two in WIRES if one != two])
@pytest.mark.parametrize("asked", ["high", ""])
def test_on_another_wire_a_request_is_what_it_were_had_its_client_asked_for_the_effort(wire: str, other: str, asked: str) -> None:
    made, path = thinker(other), PLACE[wire]
    stated = {**request(wire, "one/deep@medium"), **(nested(path, asked) if asked else {})}
    found = json.loads(sent(made, wire, stated))
    wanted = json.loads(sent(made, wire, {**request(wire, "one/deep"), **nested(path, "medium")}))
    assert found == wanted
    for step in PLACE[other]:
        found = found[step]
    assert found == "medium"


@given(
    st.sampled_from(WIRES),
    st.sampled_from(WIRES),
    st.sampled_from(EFFORTS),
    st.sampled_from(["none", "minimal", "low", "high", "max", "?"]),
)
@settings(max_examples=40, deadline=None)
def test_the_effort_of_the_endpoint_is_what_is_asked_for_whatever_the_client_says(wire: str, other: str, effort: str, asked: str) -> None:
    made = thinker(other)
    thinks = {"thinking": {"type": "disabled"}} if wire == "anthropic" and asked == "none" else {}
    found = json.loads(sent(made, wire, {**request(wire, f"one/deep@{effort}"), **nested(PLACE[wire], asked), **thinks}))
    for step in PLACE[other]:
        found = found[step]
    assert found == effort


def test_a_model_that_cannot_but_think_is_asked_for_the_effort_by_a_client_that_wants_no_thinking() -> None:
    made = gateway(env={"ANTHROPIC_API_KEY": "k"}, models=("claude-fable-5@high",), background="policy")
    switch(made).players = {"api": FINE}
    for thinking in ({"type": "disabled"}, {"type": "enabled", "budget_tokens": 1024}):
        said = request("anthropic", "claude-fable-5@high", thinking=thinking, output_config={"effort": "low"}, temperature=0.3)
        assert json.loads(sent(made, "anthropic", said))["output_config"] == {"effort": "high"}


def test_an_effort_that_the_model_does_not_take_is_replaced_and_no_other_byte() -> None:
    made = gateway(env={"ANTHROPIC_API_KEY": "k"}, models=("claude-opus-4-5@low",), background="policy")
    switch(made).players = {"api": FINE}
    said = json.dumps(request("anthropic", "claude-opus-4-5@low", output_config={"effort": "max"}), indent=1).encode()
    assert sent(made, "anthropic", said) == said.replace(b"5@low", b"5").replace(b'"max"', b'"low"')


def test_an_effort_goes_by_a_wire_that_can_ask_for_it() -> None:
    made = gateway(Sold("one/deep", FINE, ("openai_completions", "openai_chat"), 1.0, ABOUT), models=("one/deep@low",))
    assert tuple(made.sites["one/deep"].ways) == ("openai_completions", "openai_chat")
    assert tuple(made.sites["one/deep@low"].ways) == ("openai_chat",)
    answer = run(called(made, "POST", "/v1/completions", {"model": "deep@low", "prompt": "hello", "max_tokens": 9}))
    assert answer.status == 200
    assert json.loads(switch(made).asked[-1].body)["reasoning_effort"] == "low"
    mute = gateway(Sold("one/deep", FINE, ("openai_completions",), 1.0, ABOUT), models=("one/deep@low",))
    assert set(mute.sites) == {"one/deep"}


@every_wire
def test_answer_record_and_receipt_name_the_effort(wire: str) -> None:
    made = thinker(wire)
    answer = run(posted(made, wire, request(wire, "deep@high")))
    assert answer.headers["x-tierwise-model"] == "deep@high"
    entry = last(made)
    assert (entry.model, [one.endpoint for one in entry.attempts]) == ("deep@high", ["one/deep@high"])
    assert entry.decision is not None
    assert entry.decision.chain[0] == "one/deep@high"
    assert {one.endpoint for one in entry.decision.receipt.verdicts} == {"one/deep", *(f"one/deep@{one}" for one in EFFORTS)}
    assert made.pace.loads == {}


def test_over_a_socket_too() -> None:
    made = thinker("openai_responses")

    async def scene() -> None:
        async with opened(made) as line:
            line.say({"type": "response.create", "model": "deep@low", "input": "hello", "reasoning": {"effort": "high", "summary": "auto"}})
            await line.until("response.completed")

    run(scene())
    body = json.loads(switch(made).asked[-1].body)
    assert (body["model"], body["reasoning"]) == ("deep", {"effort": "low", "summary": "auto"})
    assert last(made).model == "deep@low"


def test_a_model_that_failed_rests_at_every_effort() -> None:
    made = gateway(
        Sold("one/deep", playing(broken(429)), ("openai_chat",), 1.0, ABOUT),
        Sold("two/other", FINE, ("openai_chat",), 5.0, ABLE),
        models=("one/deep@low", "one/deep@high"),
    )
    assert run(posted(made, "openai_chat", request("openai_chat", "deep@low"))).headers["x-tierwise-model"] == "other"
    assert [one.endpoint for one in last(made).attempts] == ["one/deep@low", "two/other"]
    run(posted(made, "openai_chat", request("openai_chat", "deep@high")))
    entry = last(made)
    assert [one.endpoint for one in entry.attempts] == ["two/other"]
    assert entry.decision is not None
    resting = {one.endpoint for one in entry.decision.receipt.verdicts if isinstance(one, Rejected) and one.by == "health"}
    assert resting == {"one/deep", "one/deep@low", "one/deep@high"}


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        ("deep@max", "unknown effort 'max' of one/deep; known: low, medium, high"),
        ("one/deep@hihg", "unknown effort 'hihg' of one/deep; known: low, medium, high"),
        ("two/other@low", "unknown effort 'low' of two/other, of which no effort is known"),
        ("deap@low", "unknown model 'deap'"),
    ],
)
def test_an_unknown_effort_is_refused_with_the_known_ones(model: str, problem: str) -> None:
    made = gateway(Sold("one/deep", FINE, more=ABOUT), Sold("two/other", FINE, more=ABLE))
    answer = run(posted(made, "openai_chat", request("openai_chat", model)))
    assert answer.status == 404
    assert problem in answer.body.decode()
    assert switch(made).asked == []


def test_efforts_are_listed_as_models_and_a_client_that_shows_efforts_shows_the_one() -> None:
    made = thinker("openai_chat", aliases={"quick": "one/deep@low"})
    told = run(called(made, "GET", "/v1/models")).json["data"]
    assert [one["id"] for one in told][-4:] == ["deep", "deep@high", "deep@low", "deep@medium"]
    assert {one["context_window"] for one in told[-4:]} == {ABLE["context_window"]}
    assert run(called(made, "GET", "/v1/models/quick")).json["id"] == "quick"
    slugs = {one["slug"]: one for one in run(called(made, "GET", "/v1/models?client_version=1")).json["models"]}
    levels = {name: [level["effort"] for level in one["supported_reasoning_levels"]] for name, one in slugs.items()}
    assert levels["deep@high"] == ["high"] != levels["deep"]
    assert slugs["deep@high"]["default_reasoning_level"] == "high"
    assert slugs["deep"]["default_reasoning_level"] == "medium"


def test_headers_aliases_and_keys_name_efforts_as_models() -> None:
    key = KeySettings(name="k", key="sk-own", models=("one/deep@low", "one/deep@high"))
    made = thinker("openai_chat", aliases={"quick": "one/deep@low"}, keys=(key,))
    bearer = {"authorization": "Bearer sk-own"}

    def asked(model: str, **more: str) -> Any:
        return run(posted(made, "openai_chat", request("openai_chat", model), {**bearer, **more}))

    assert asked("auto", **{"x-tierwise-models": "one/deep@high", "x-tierwise-policy": "value"}).headers["x-tierwise-model"] == "deep@high"
    assert asked("one/deep@low").headers["x-tierwise-model"] == "deep@low"
    for model in ("one/deep", "one/deep@medium"):
        refused = asked(model)
        assert refused.status == 403
        assert "this key may use one/deep@" in refused.body.decode()


TESTS = "openhands-swt-bench"
"""The benchmark that stands for the work that is asked for."""


def measured(model: str, score: float, benchmark: str = "swe-bench-verified") -> EvidenceSettings:
    return EvidenceSettings(model=model, benchmark=benchmark, score=score, n=500, date="2026-10-01", source="a test")


def stepping(wire: str, *plays: Any) -> Agent:
    """An agent before a model whose efforts are measured, and a dearer model that is better still."""
    made = gateway(
        Sold("openai/gpt-5", Switched(*plays), ("openai_chat", "openai_responses"), 1.0, {"tier": "premium"}),
        Sold("two/other", Playing(works), WIRES, 40.0, {**ABLE, "tier": "premium"}),
        env={"OPENAI_API_KEY": "k"},
        models=("gpt-5@low", "gpt-5@high"),
        reference="gpt-5@low",
        evidence=tuple(measured(name, score, TESTS) for name, score in (("gpt-5@low", 0.6), ("gpt-5@high", 0.7), ("other", 0.9))),
    )
    made.ledger = Kept()
    return Agent(made, wire, {"x-tierwise-session": "s1", "x-tierwise-models": "gpt-5@low,gpt-5@high,two/other"})


class Switched:
    """A model that does one thing when it is asked to think little, and another when it is asked to think."""

    def __init__(self, shallow: Any, deep: Any) -> None:
        self.plays = {"low": Playing(shallow), "high": Playing(deep)}
        self.efforts: list[str] = []

    async def ask(self, sent: Any, patience: Any) -> Any:
        body = json.loads(sent.body)
        found = next(value for path in PLACE.values() if (value := _at(body, path)) is not None)
        self.efforts.append(found)
        return await self.plays[found].ask(sent, patience)

    async def close(self) -> None:
        """There is nothing to close."""


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        body = body.get(step) if isinstance(body, dict) else None
    return body


@every_wire
@pytest.mark.parametrize("play", [loops, fails])
def test_work_that_fails_at_little_effort_goes_on_at_more_and_the_next_item_begins_anew(wire: str, play: Any) -> None:
    one = stepping(wire, play, works)

    async def scene() -> tuple[list[str], list[str]]:
        return await one.ask(ASKED), await one.ask("Now list what is in src.", 1)

    first, second = run(scene())
    little = 3 if play is loops else 4
    assert first == ["gpt-5@low"] * little + ["gpt-5@high"] * 3
    assert second == ["gpt-5@low"]
    assert "was escalated (gpt-5@low:" in because(one.entries[little])
    assert ("tests_passed", "gpt-5@high") in one.told
    site = switch(one.made).players["openai"]
    assert isinstance(site, Switched)
    assert site.efforts == ["low"] * little + ["high"] * 3 + ["low"]


def test_more_effort_that_nobody_has_measured_is_no_step_up() -> None:
    made = gateway(
        Sold("one/deep", Switched(loops, works), WIRES, 1.0, {**ABOUT, "tier": "premium"}),
        models=("one/deep@low", "one/deep@high"),
        reference="one/deep@low",
        evidence=(measured("deep@low", 0.6),),
    )
    made.ledger = Kept()
    one = Agent(made, "openai_chat", {"x-tierwise-session": "s1", "x-tierwise-models": "one/deep@low,one/deep@high"})
    assert run(one.ask(ASKED, 6)) == ["deep@low"] * 6


def test_an_effort_without_evidence_has_no_standing_and_is_left_alone_by_what_needs_a_floor() -> None:
    made = thinker("openai_chat", reference="one/deep", evidence=(measured("deep", 0.8), measured("deep@high", 0.8)))
    run(posted(made, "openai_chat", request("openai_chat", "auto")))
    entry = last(made)
    assert entry.decision is not None
    clears = {one.endpoint: getattr(one, "clears", None) for one in entry.decision.receipt.verdicts}
    assert clears["one/deep"] is True
    assert clears["one/deep@low"] is clears["one/deep@medium"] is False
    assert entry.model in {"deep", "deep@high"}


def test_settings_name_an_effort_wherever_they_name_a_model() -> None:
    assert Settings(models=("gpt-5@low",)).models == ("gpt-5@low",)
    made = gateway(env={"OPENAI_API_KEY": "k"}, models=("gpt-5@low", "gpt-5@high"), reference="gpt-5@high", deny=("gpt-5@low",))
    assert set(made.sites) == {"openai/gpt-5@low", "openai/gpt-5@high"}
    assert {site.model for site in made.sites.values()} == {"gpt-5"}
    plan = made.plans.at(made.clock.now(), made.everybody.wanted.policy).plan
    assert plan.policy.reference == "gpt-5@high"
    assert plan.policy.deny == ("gpt-5@low",)
    low, high = (plan.endpoints[f"openai/gpt-5@{effort}"] for effort in ("low", "high"))
    assert low.rates == high.rates
    assert low.effort < high.effort
