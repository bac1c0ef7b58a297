"""Who answers: what is pinned, what is warm, what can carry the request."""

from typing import Any

import pytest

from tests.gateway.drill import PATHS
from tests.gateway.within import (
    WORDS,
    Sold,
    broken,
    demo,
    gateway,
    kinds,
    last,
    posted,
    request,
    run,
    switch,
)
from tierwise.config.settings import Prices
from tierwise.core.decision import Cost, Priced
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Scripted, playing

WIRES = tuple(PATHS)
every_wire = pytest.mark.parametrize("wire", WIRES)
FINE = Scripted(pace=0)


def test_what_a_model_is_pinned_to_comes_first_and_others_stand_in() -> None:
    made = gateway(Sold("one/alpha", FINE), Sold("two/beta", playing(broken(500)), price=2))
    answer = run(posted(made, "openai_chat", request("openai_chat", "two/beta")))
    assert answer.status == 200
    assert kinds(made) == [("two", "server_error"), ("one", None)]


def test_with_route_off_nobody_stands_in() -> None:
    made = gateway(Sold("one/alpha", FINE), Sold("two/beta", playing(broken(429)), price=2))
    for _ in range(2):
        answer = run(posted(made, "openai_chat", request("openai_chat", "two/beta"), {"x-tierwise-route": "off"}))
        assert answer.status == 429
        assert {where for where, _ in kinds(made)} == {"two"}
    assert switch(made).bodies("one") == []


def test_a_model_that_is_known_and_sold_nowhere_is_stood_in_for() -> None:
    made = gateway(Sold("one/alpha", FINE))
    assert run(posted(made, "openai_chat", request("openai_chat", "claude-opus-4-8"))).headers["x-tierwise-model"] == "alpha"
    refused = run(posted(made, "openai_chat", request("openai_chat", "claude-opus-4-8"), {"x-tierwise-route": "off"}))
    assert refused.status in {404, 503}


def test_models_in_a_header_limit_who_answers() -> None:
    made = gateway(Sold("one/alpha", FINE), Sold("two/beta", FINE, price=2))
    answer = run(posted(made, "openai_chat", request("openai_chat"), {"x-tierwise-models": "two/beta"}))
    assert answer.headers["x-tierwise-model"] == "beta"


TITLE: dict[str, Any] = {
    "system": [{"type": "text", "text": "Generate a short title in under 50 characters for this coding session."}],
    "tools": [],
}
CLAUDE = {"user-agent": "claude-cli/2.1.330 (external, cli)", "x-claude-code-session-id": "s-9"}


@pytest.mark.parametrize(("background", "tier"), [("flash", "flash"), ("policy", "premium")])
def test_background_calls_go_to_the_flash_tier_unless_told_otherwise(background: str, tier: str) -> None:
    made = gateway(
        Sold("one/small", FINE, ("anthropic",), 3.0),
        Sold("two/large", FINE, ("anthropic",), 1.0, {"tier": "premium"}),
        background=background,
    )
    answer = run(posted(made, "anthropic", request("anthropic", **TITLE), CLAUDE))
    assert answer.headers["x-tierwise-model"] == {"flash": "small", "premium": "large"}[tier]
    assert (last(made).asker.turn, last(made).asker.client, last(made).asker.session) == ("side", "claude_code", "s-9")
    mine = run(posted(made, "anthropic", request("anthropic", words="Refactor the parser."), CLAUDE))
    assert mine.headers["x-tierwise-model"] == "large"


def costs(made: Gateway) -> dict[str, Cost]:
    """What the latest request was expected to cost, by endpoint."""
    entry = last(made)
    assert entry.decision is not None
    priced = [one for one in entry.decision.receipt.verdicts if isinstance(one, Priced)]
    return {one.endpoint: one.cost for one in priced if isinstance(one.cost, Cost)}


def test_the_next_call_of_a_session_goes_where_its_prompt_is_warm() -> None:
    warm = {"prices": Prices(input=1.2, output=2.0, cache_read=0.01)}
    made = gateway(Sold("one/alpha", FINE), Sold("two/beta", FINE, price=1.2, more=warm))
    talk = [{"role": "user", "content": "long " * 8000}]
    assert run(posted(made, "openai_chat", {"model": "two/beta", "messages": talk})).headers["x-tierwise-model"] == "beta"
    talk += [{"role": "assistant", "content": "yes"}, {"role": "user", "content": "go on"}]
    answer = run(posted(made, "openai_chat", {"model": "auto", "messages": talk}))
    assert answer.headers["x-tierwise-model"] == "beta"
    assert costs(made)["two/beta"].cached > 5000
    assert costs(made)["one/alpha"].cached == 0
    other = run(posted(made, "openai_chat", {"model": "auto", "messages": [{"role": "user", "content": "other " * 8000}], "max_tokens": 1}))
    assert costs(made)["two/beta"].cached == 0
    assert other.status == 200


def test_an_answer_that_never_came_leaves_nothing_warm() -> None:
    made = gateway(Sold("one/alpha", playing(broken(500))))
    run(posted(made, "openai_chat", request("openai_chat", words="long " * 5000)))
    assert made.state.marks == {}  # type: ignore[attr-defined]  # the store of this test is memory


def test_the_demo_reads_its_cache_on_the_second_request_as_was_expected() -> None:
    made = demo()
    talk = [{"role": "user", "content": "long " * 8000}]
    first = run(posted(made, "openai_chat", {"model": "gpt-5.4", "messages": talk}))
    assert first.status == 200
    talk += [{"role": "assistant", "content": first.json["choices"][0]["message"]["content"]}, {"role": "user", "content": "go on"}]
    second = run(posted(made, "openai_chat", {"model": "gpt-5.4", "messages": talk}))
    assert second.headers["x-tierwise-model"] == "gpt-5.4"
    entry = last(made)
    assert entry.usage is not None
    assert entry.usage.read > 5000
    expected = costs(made)[entry.attempts[-1].endpoint]
    assert expected.cached == pytest.approx(entry.usage.read, rel=0.3)
    assert float(second.headers["x-tierwise-cost"]) < float(first.headers["x-tierwise-cost"])


FORCED: dict[str, Any] = {
    "tools": [{"type": "web_search_20250305", "name": "web_search"}],
    "tool_choice": {"type": "tool", "name": "web_search"},
}


def test_a_request_that_another_wire_cannot_carry_goes_where_it_can() -> None:
    made = gateway(Sold("one/alpha", FINE), Sold("two/beta", Scripted(pace=0, strict=False), ("anthropic",), 9.0))
    answer = run(posted(made, "anthropic", request("anthropic", **FORCED)))
    assert answer.headers["x-tierwise-model"] == "beta"
    assert switch(made).bodies("one") == []


def test_a_request_that_nobody_can_carry_is_refused_with_what_would_be_lost() -> None:
    made = gateway(Sold("one/alpha", FINE))
    answer = run(posted(made, "anthropic", request("anthropic", **FORCED)))
    assert answer.status == 400
    assert answer.json["error"]["type"] == "invalid_request_error"
    assert "server tools" in answer.json["error"]["message"]


def test_an_operator_may_accept_losses_and_the_answer_names_them() -> None:
    made = gateway(Sold("one/alpha", FINE), lossy=True)
    answer = run(posted(made, "anthropic", request("anthropic", **FORCED)))
    assert answer.status == 200, answer.body
    assert "server tools" in answer.headers["x-tierwise-losses"]


def test_what_is_lost_without_harm_is_named_and_held_against_nobody() -> None:
    made = gateway(Sold("one/alpha", FINE))
    body = request("anthropic")
    body["messages"] = [{"role": "user", "content": [{"type": "text", "text": WORDS, "cache_control": {"type": "ephemeral"}}]}]
    answer = run(posted(made, "anthropic", body))
    assert answer.status == 200
    assert "cache marks" in answer.headers["x-tierwise-losses"]
