"""Embeddings: passed to a provider that has the model."""

import asyncio
import json
from typing import Any

import pytest

from tests.gateway.drill import Answered
from tests.gateway.within import Sold, called, demo, gateway, run, switch
from tierwise.config.settings import KeySettings, Prices
from tierwise.core.entry import Entry
from tierwise.core.money import Unknown
from tierwise.core.usage import Usage
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Piece, Script, Scripted, playing, whole

FINE = Scripted(pace=0)
PATH = "/v1/embeddings"


def asked(made: Gateway, model: Any = "small", **more: Any) -> Answered:
    return run(called(made, "POST", PATH, {"model": model, "input": ["a", "b"], **more}))


def test_embeddings_come_from_the_provider_that_is_named() -> None:
    made = gateway(Sold("one/alpha", playing(whole(b"{}", 500))), Sold("two/beta", FINE))
    answer = asked(made, "two/small", dimensions=4, encoding_format="float")
    assert answer.status == 200
    assert [one["object"] for one in answer.json["data"]] == ["embedding", "embedding"]
    assert switch(made).bodies("one") == []
    sent = switch(made).asked[-1]
    assert sent.url == "http://two.test/v1/embeddings"
    assert json.loads(sent.body) == {"model": "small", "input": ["a", "b"], "dimensions": 4, "encoding_format": "float"}


def test_without_a_providers_name_all_are_asked_in_turn() -> None:
    made = gateway(Sold("one/alpha", playing(whole(b'{"error": {"message": "no"}}', 404))), Sold("two/beta", FINE))
    assert asked(made).status == 200
    assert len(switch(made).asked) == 2


@pytest.mark.parametrize("path", ["/embeddings", "/openai/v1/embeddings", "/v1/embeddings/"])
def test_the_path_may_have_any_prefix(path: str) -> None:
    made = gateway(Sold("one/alpha", FINE))
    assert run(called(made, "POST", path, {"model": "small", "input": "a"})).status == 200


def test_auto_means_the_settings_model() -> None:
    made = gateway(Sold("one/alpha", FINE), embeddings="one/small")
    assert asked(made, "auto").status == 200
    assert json.loads(switch(made).asked[-1].body)["model"] == "small"
    assert asked(gateway(Sold("one/alpha", FINE)), "auto").status == 404


def test_the_demo_has_embeddings_too() -> None:
    assert asked(demo()).status == 200


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (whole(b'{"error": {"message": "no such model"}}', 404), 502),
        (whole(b'{"error": {"message": "slow down"}}', 429), 429),
        (whole(b"<html>", 500), 502),
        (Script(0, {}, (), "reset"), 502),
    ],
)
def test_what_goes_wrong_is_told_as_the_wire_does(script: Script, status: int) -> None:
    answer = asked(gateway(Sold("one/alpha", playing(script))))
    assert answer.status == status
    assert {"message", "type", "param", "code"} <= set(answer.json["error"])


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"model": "x"}', b'{"model": "", "input": "a"}', b'{"model": 7, "input": "a"}', b"\xff", b'{"input": "a"}'],
)
def test_a_broken_body_is_a_bad_request(body: bytes) -> None:
    answer = run(called(gateway(Sold("one/alpha", FINE)), "POST", PATH, body))
    assert answer.status == 400
    assert "embeddings" in answer.json["error"]["message"]


def test_where_nobody_has_embeddings_that_is_said() -> None:
    made = gateway(Sold("anthropic/claude-opus-4-8", FINE, ("anthropic",)), env={"ANTHROPIC_API_KEY": "k"})
    answer = asked(made)
    assert answer.status == 503
    assert "embeddings" in answer.json["error"]["message"]


# What is written down of it


SAID = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}], "model": "small"}
KEYS = (KeySettings(name="ann", key="tw-mine", team="core", models=("alpha",), tokens=4000),)
PRICED = {"one/small": Prices(input=2, output=0)}
BEARER = {"authorization": "Bearer tw-mine"}


def answering(usage: Any) -> Any:
    return playing(whole(json.dumps({**SAID, **({} if usage is None else {"usage": usage})}).encode(), 200))


def billed(usage: Any, **said: Any) -> tuple[Answered, Entry]:
    made = gateway(Sold("one/alpha", answering(usage)), prices=PRICED, embeddings="one/small", **said)
    answer = asked(made, "one/small")
    (entry,) = made.ledger.recent(9)
    return answer, entry


@pytest.mark.parametrize("usage", [{"prompt_tokens": 7, "total_tokens": 7}, {"total_tokens": 7}])
def test_an_entry_says_what_it_took_and_what_that_cost(usage: Any) -> None:
    answer, entry = billed(usage)
    assert answer.status == entry.status == 200
    assert entry.usage == Usage(fresh=7)
    assert entry.cost == 7 * 2 * 1_000_000
    assert isinstance(entry.baseline, Unknown)
    assert (entry.model, entry.attempts[-1].endpoint, entry.asker.wire, entry.committed) == ("small", "one/embeddings", "embeddings", True)
    assert answer.headers["x-tierwise-id"] == entry.id
    assert answer.headers["x-tierwise-cost"] == "0.000014"


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None}, {"prompt_tokens": -1}, {"prompt_tokens": "7"}, 5])
def test_what_a_provider_does_not_say_is_not_known(usage: Any) -> None:
    answer, entry = billed(usage)
    assert answer.status == 200
    assert entry.usage is None
    assert entry.cost == Unknown("the provider did not say what was used")
    assert answer.headers["x-tierwise-cost"] == "unknown"


def test_a_model_without_a_price_has_no_known_cost() -> None:
    made = gateway(Sold("one/alpha", answering({"prompt_tokens": 7})))
    asked(made, "one/tiny")
    (entry,) = made.ledger.recent(9)
    assert entry.cost == Unknown("no price of one/tiny is known")


def test_the_price_data_has_the_price_where_the_operator_says_nothing() -> None:
    endpoint = Sold("mistral/mistral-large-latest", answering({"prompt_tokens": 1_000_000}))
    made = gateway(endpoint, env={"MISTRAL_API_KEY": "k"})
    assert asked(made, "mistral/mistral-embed").status == 200
    (entry,) = made.ledger.recent(9)
    assert isinstance(entry.cost, int)
    assert entry.cost > 0


def test_what_failed_is_written_down_with_every_attempt_and_costs_nothing() -> None:
    made = gateway(Sold("one/alpha", playing(whole(b"<html>", 500))), Sold("two/beta", playing(Script(0, {}, (), "reset"))))
    answer = asked(made)
    (entry,) = made.ledger.recent(9)
    assert [one.endpoint for one in entry.attempts] == ["one/embeddings", "two/embeddings"]
    assert all(one.fault is not None for one in entry.attempts)
    assert entry.status == answer.status == 502
    assert entry.fault is not None
    assert entry.cost == 0
    assert answer.headers["x-tierwise-attempts"] == "2"


def test_a_client_that_hangs_up_leaves_an_entry() -> None:
    made = gateway(Sold("one/alpha", playing(Script(200, {}, (Piece(b"{", 60.0),)))))

    async def go() -> None:
        task = asyncio.ensure_future(called(made, "POST", PATH, {"model": "small", "input": "a"}))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(go())
    (entry,) = made.ledger.recent(9)
    assert entry.fault is not None
    assert entry.fault.kind == "hung_up"


def test_a_key_with_a_list_of_models_gets_no_other_but_the_operators_own_for_embeddings() -> None:
    made = gateway(Sold("one/alpha", answering({"prompt_tokens": 7})), keys=KEYS, embeddings="one/small")
    for model, status in (("one/small", 200), ("auto", 200), ("one/tiny", 403), ("small", 403)):
        assert run(called(made, "POST", PATH, {"model": model, "input": "a"}, BEARER)).status == status
    assert {(one.asker.key, one.asker.team) for one in made.ledger.recent(9)} == {("ann", "core")}


def test_its_tokens_count_against_the_keys_minute() -> None:
    made = gateway(Sold("one/alpha", answering({"prompt_tokens": 3500})), keys=KEYS, embeddings="one/small")
    statuses = [run(called(made, "POST", PATH, {"model": "auto", "input": "a" * 4000}, BEARER)).status for _ in range(2)]
    assert statuses == [200, 429]
