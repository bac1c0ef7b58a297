"""The models a client may name, in the shapes in which clients ask for them."""

from datetime import datetime
from typing import Any

import pytest

from tests.gateway.within import VERSION, Sold, called, demo, gateway, run
from tierwise.config.settings import KeySettings
from tierwise.gateway.asking import SHOWN
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Scripted

FINE = Scripted(pace=0)


@pytest.fixture(scope="module")
def made() -> Gateway:
    return gateway(
        Sold("one/alpha", FINE, more={"context_window": 32_000, "max_output": 4_000, "images": True}),
        Sold("two/alpha", FINE, price=2, more={"context_window": 64_000, "reasoning": "optional"}),
        Sold("two/beta", FINE, price=3),
    )


def listed(made: Gateway, path: str = "/v1/models", headers: dict[str, str] | None = None) -> Any:
    answer = run(called(made, "GET", path, b"", headers or {}))
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/json"
    return answer.json


NAMES = [*SHOWN, "alpha", "beta"]


def test_openais_clients_get_a_list(made: Gateway) -> None:
    told = listed(made)
    assert told["object"] == "list"
    assert [one["id"] for one in told["data"]] == NAMES
    for one in told["data"]:
        assert one["object"] == "model"
        assert isinstance(one["created"], int)
        assert isinstance(one["owned_by"], str)
    alpha, beta = told["data"][-2:]
    assert (alpha["context_window"], alpha["max_output_tokens"]) == (64_000, 4_000)
    assert "context_window" not in beta, "what is not known is not said"
    assert told["data"][0]["context_window"] == 64_000


def test_anthropics_clients_get_a_page(made: Gateway) -> None:
    told = listed(made, headers=VERSION)
    assert [one["id"] for one in told["data"]] == NAMES
    assert (told["has_more"], told["first_id"], told["last_id"]) == (False, NAMES[0], NAMES[-1])
    for one in told["data"]:
        assert one["type"] == "model"
        assert isinstance(one["display_name"], str)
        assert datetime.fromisoformat(one["created_at"]).tzinfo is not None
    assert told["data"][-2]["max_input_tokens"] == 64_000
    assert told["data"][-2]["max_tokens"] == 4_000


def test_codex_gets_its_catalog(made: Gateway) -> None:
    told = listed(made, "/v1/models?client_version=0.169.0")
    assert [one["slug"] for one in told["models"]] == NAMES
    alpha = told["models"][-2]
    assert alpha["context_window"] == 64_000
    assert alpha["input_modalities"] == ["text", "image"]
    assert [one["effort"] for one in alpha["supported_reasoning_levels"]]
    assert told["models"][-1]["supported_reasoning_levels"] == []
    assert told["models"][-1]["input_modalities"] == ["text"]
    assert len({one["priority"] for one in told["models"]}) == len(NAMES)
    assert all(one["base_instructions"] for one in told["models"])


@pytest.mark.parametrize("path", ["/models", "/v1/models/", "/openai/v1/models"])
def test_the_list_is_at_every_usual_path(made: Gateway, path: str) -> None:
    assert listed(made, path) == listed(made)


@pytest.mark.parametrize("name", [*NAMES, "one/alpha", "two/beta", "ALPHA", "TIERWISE/auto"])
def test_one_model_is_known_by_every_name_it_can_be_asked_by(made: Gateway, name: str) -> None:
    assert listed(made, f"/v1/models/{name}")["id"] == name
    assert listed(made, f"/v1/models/{name}", VERSION)["id"] == name
    assert listed(made, f"/v1/models/{name}?client_version=1")["slug"] == name


def test_one_endpoint_has_its_own_window(made: Gateway) -> None:
    assert listed(made, "/v1/models/alpha")["context_window"] == 64_000


def test_an_unknown_model_is_not_found_and_the_nearest_named(made: Gateway) -> None:
    answer = run(called(made, "GET", "/v1/models/one/alpah"))
    assert answer.status == 404
    assert "one/alpha" in answer.json["error"]["message"]
    marked = run(called(made, "GET", "/v1/models/one/alpah", b"", VERSION))
    assert marked.json["error"]["type"] == "not_found_error"


def test_a_model_that_is_known_and_not_sold_here_is_not_found(made: Gateway) -> None:
    assert run(called(made, "GET", "/v1/models/claude-opus-4-8")).status == 404


def test_the_demo_lists_real_models_with_their_windows() -> None:
    told = listed(demo())
    windows = {one["id"]: one.get("context_window") for one in told["data"]}
    assert windows["claude-opus-4-8"] == 1_000_000
    assert windows["auto"] == max(filter(None, windows.values()))


def test_a_key_is_needed_where_there_are_keys() -> None:
    made = gateway(Sold("one/alpha", FINE), keys=(KeySettings(name="me", key="secret"),))
    assert run(called(made, "GET", "/v1/models")).status == 401
    assert run(called(made, "GET", "/v1/models", b"", {"authorization": "Bearer secret"})).status == 200
