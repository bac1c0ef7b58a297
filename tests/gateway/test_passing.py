"""Embeddings: passed to a provider that has the model."""

import json
from typing import Any

import pytest

from tests.gateway.drill import Answered
from tests.gateway.within import Sold, called, demo, gateway, run, switch
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Script, Scripted, playing, whole

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
