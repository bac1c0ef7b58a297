"""How many tokens a prompt has, for the model that would serve it."""

import json
from typing import Any

import pytest

from tests.gateway.within import VERSION, Sold, called, demo, gateway, posted, request, run, switch
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Script, Scripted, playing, whole

FINE = Scripted(pace=0)
PATH = "/v1/messages/count_tokens"
WORDS = "The quick brown fox jumps over the lazy dog. " * 200
BODY = {"model": "auto", "messages": [{"role": "user", "content": WORDS}]}


def counted(made: Gateway, body: Any = BODY, path: str = PATH, headers: dict[str, str] | None = None) -> int:
    answer = run(called(made, "POST", path, body, {**VERSION, **(headers or {})}))
    assert answer.status == 200, answer.body
    return int(answer.json["input_tokens"])


@pytest.mark.parametrize("path", [PATH, "/messages/count_tokens", f"{PATH}?beta=true", f"/anthropic{PATH}"])
def test_a_prompt_is_counted_without_asking_anybody_where_nobody_counts(path: str) -> None:
    made = gateway(Sold("one/alpha", FINE))
    assert 1500 < counted(made, path=path) < 3000
    assert switch(made).asked == []


def test_tools_and_system_text_count_too() -> None:
    made = gateway(Sold("one/alpha", FINE))
    tool = {"name": "look", "description": "look at " * 500, "input_schema": {"type": "object"}}
    bare = counted(made)
    assert counted(made, {**BODY, "system": "be brief " * 500}) > bare + 500
    assert counted(made, {**BODY, "tools": [tool]}) > bare + 500


def test_a_provider_that_counts_is_asked_by_its_own_name_for_the_model() -> None:
    told = playing(whole(b'{"input_tokens": 4321}'))
    made = gateway(Sold("anthropic/claude-opus-4-8", told, ("anthropic",)), env={"ANTHROPIC_API_KEY": "k"})
    assert counted(made, headers={"anthropic-beta": "token-counting", "x-other": "1"}) == 4321
    sent = switch(made).asked[0]
    assert sent.url.endswith(PATH)
    assert json.loads(sent.body)["model"] == made.sites["anthropic/claude-opus-4-8"].model
    assert sent.headers["x-api-key"] == "k"
    assert sent.headers["anthropic-beta"] == "token-counting"
    assert sent.headers["anthropic-version"] == VERSION["anthropic-version"]
    assert "x-other" not in sent.headers


@pytest.mark.parametrize("script", [whole(b"no", 500), Script(0, {}, (), "reset"), whole(b'{"error": {}}', 404)])
def test_a_count_is_never_worth_an_error(script: Script) -> None:
    made = gateway(Sold("anthropic/claude-opus-4-8", playing(script), ("anthropic",)), env={"ANTHROPIC_API_KEY": "k"})
    assert 1500 < counted(made) < 4000
    assert made.health.down(made.clock.now()) == {}


def test_the_count_is_for_the_model_that_would_serve() -> None:
    made = demo()
    assert counted(made, {**BODY, "model": "claude-opus-4-8"}) > 0
    assert counted(made, {**BODY, "model": "gpt-5.4"}) > 0


def test_a_prompt_that_fits_nowhere_can_still_be_counted() -> None:
    made = gateway(Sold("one/alpha", FINE, more={"context_window": 1000}))
    assert 1500 < counted(made) < 3000


def test_counts_are_near_what_is_really_used() -> None:
    made = gateway(Sold("one/alpha", FINE, ("anthropic",)))
    count = counted(made)
    answer = run(posted(made, "anthropic", request("anthropic", words=WORDS)))
    usage = answer.json["usage"]
    real = usage["input_tokens"] + usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
    assert count == pytest.approx(real, rel=0.35)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"model": "auto"}', b'{"model": "auto", "messages": 7}', b"\xff"])
def test_a_broken_body_is_a_bad_request_in_the_wires_own_shape(body: bytes) -> None:
    made = gateway(Sold("one/alpha", FINE))
    answer = run(called(made, "POST", PATH, body, VERSION))
    assert answer.status == 400
    assert answer.json["type"] == "error"


def test_an_unknown_model_is_not_found() -> None:
    made = gateway(Sold("one/alpha", FINE))
    assert run(called(made, "POST", PATH, {**BODY, "model": "no-such"}, VERSION)).status == 404


def test_nothing_is_written_down_of_a_count() -> None:
    made = gateway(Sold("one/alpha", FINE))
    counted(made)
    assert list(made.ledger.recent(5)) == []
