"""Which providers are found, what they sell, how they are asked, and what a gateway cannot run with."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import Struct

from tests.gateway import within
from tests.gateway.within import Sold, last, posted, request, run
from tierwise import assembly, plugins
from tierwise.assembly import serving
from tierwise.assembly.serving import Stock
from tierwise.config.reader import BadSettings
from tierwise.config.settings import ClassifierSettings, EndpointSettings, KeySettings, Prices, ProviderSettings, ServerSettings, Settings
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.door import Patience, Reply, Sent
from tierwise.upstream.scripted import Scripted, playing, whole


class Nobody(Struct):
    """A transport that is never asked."""

    async def ask(self, _sent: Sent, _patience: Patience) -> Reply:
        raise AssertionError("nobody is to be asked here")

    async def close(self) -> None:
        """There is nothing to close."""


TRANSPORTS = serving.Transports(Nobody(), Scripted(pace=0))
OWN = EndpointSettings(id="mine/alpha", prices=Prices(1, 2))
HERE = ProviderSettings(url="http://127.0.0.1:9001/v1")


def stocked(env: Mapping[str, str] | None = None, **said: Any) -> Stock:
    return serving.stocked(assembly.house(Settings(**said)), env or {}, TRANSPORTS)


def gateway(env: Mapping[str, str] | None = None, **said: Any) -> Gateway:
    house = assembly.house(Settings(**said))
    return serving.gateway(house, serving.stocked(house, env or {}, TRANSPORTS), env or {}, TRANSPORTS)


# Providers


def test_without_any_key_the_demo_plays_every_measured_model() -> None:
    stock = stocked()
    assert stock.demo
    assert {site.provider.name for site in stock.sites.values()} == {"demo"}
    assert {site.endpoint.model for site in stock.sites.values()} >= {"claude-opus-4-8", "gpt-5.4", "minimax-m3", "deepseek-v4-pro"}
    assert all(set(site.ways) >= {"openai_chat", "openai_responses", "anthropic"} for site in stock.sites.values())
    assert all(".invalid/" in way.url for site in stock.sites.values() for way in site.ways.values()), "no address stands behind the demo"


KEYED = {one.name: one.env[0] for one in plugins.found(plugins.PROVIDERS) if one.env and one.bases}


@pytest.mark.parametrize("provider", KEYED)
def test_a_key_in_the_environment_is_enough_for_a_provider_that_sells_measured_models(provider: str) -> None:
    stock = stocked({KEYED[provider]: " sk-secret \n"})
    if stock.demo:
        pytest.skip(f"{provider} sells none of the measured models, or says nowhere where it is")
    assert {site.provider.name for site in stock.sites.values()} == {provider}
    for site in stock.sites.values():
        assert site.ways
        for way in site.ways.values():
            assert way.url.startswith("https://")
            assert sum("sk-secret" in value for value in way.headers.values()) == 1
            assert not any(value != value.strip() for value in way.headers.values())


def test_every_provider_with_a_key_is_found_and_no_key_goes_to_another() -> None:
    stock = stocked({variable: f"sk-{name}" for name, variable in KEYED.items()})
    assert len({site.provider.name for site in stock.sites.values()}) > 5
    for site in stock.sites.values():
        for way in (*site.ways.values(), *site.others.values()):
            sent = json.dumps(dict(way.headers))
            assert f"sk-{site.provider.name}" in sent
            assert sent.count("sk-") == 1


def test_keys_are_sent_as_each_wire_wants() -> None:
    site = stocked({"ANTHROPIC_API_KEY": "k"}).sites["anthropic/claude-opus-4-8"]
    assert site.ways["anthropic"].url == "https://api.anthropic.com/v1/messages"
    assert site.ways["anthropic"].headers["x-api-key"] == "k"
    assert site.ways["anthropic"].headers["anthropic-version"]
    assert "authorization" not in site.ways["anthropic"].headers
    openai = stocked({"OPENAI_API_KEY": "k"}).sites["openai/gpt-5.4"]
    assert openai.ways["openai_chat"].headers["authorization"] == "Bearer k"
    assert openai.ways["openai_responses"].url == "https://api.openai.com/v1/responses"
    assert openai.ways["openai_chat"].headers["user-agent"].startswith("tierwise/")


def test_an_empty_variable_is_no_key() -> None:
    assert stocked({"ANTHROPIC_API_KEY": ""}).demo
    assert stocked({"ANTHROPIC_API_KEY": "  "}).demo


def test_a_key_in_the_settings_comes_before_one_in_the_environment() -> None:
    said = {"anthropic": ProviderSettings(key="mine")}
    assert (
        stocked({"ANTHROPIC_API_KEY": "theirs"}, providers=said).sites["anthropic/claude-opus-4-8"].ways["anthropic"].headers["x-api-key"]
        == "mine"
    )
    other = {"anthropic": ProviderSettings(key_env="WORK_KEY")}
    env = {"ANTHROPIC_API_KEY": "theirs", "WORK_KEY": "work"}
    assert stocked(env, providers=other).sites["anthropic/claude-opus-4-8"].ways["anthropic"].headers["x-api-key"] == "work"


def test_headers_of_the_settings_are_sent_over_the_usual_ones() -> None:
    said = {"anthropic": ProviderSettings(headers={"X-Team": "a", "User-Agent": "ours"})}
    headers = stocked({"ANTHROPIC_API_KEY": "k"}, providers=said).sites["anthropic/claude-opus-4-8"].ways["anthropic"].headers
    assert (headers["x-team"], headers["user-agent"]) == ("a", "ours")


def test_a_variable_that_is_named_and_not_set_is_a_mistake() -> None:
    with pytest.raises(BadSettings, match=r"providers\.anthropic\.key_env.*WORK_KEY"):
        stocked({}, providers={"anthropic": ProviderSettings(key_env="WORK_KEY")})


def test_a_providers_address_may_be_moved_by_its_usual_variable_or_the_settings() -> None:
    env = {"AZURE_OPENAI_API_KEY": "k", "AZURE_OPENAI_ENDPOINT": "https://me.openai.azure.com/"}
    urls = {way.url for site in stocked(env, models=("azure/gpt-5.4",)).sites.values() for way in site.ways.values()}
    assert urls
    assert all(url.startswith("https://me.openai.azure.com/") for url in urls)
    said = {"openai": ProviderSettings(url="http://mine.test/v1/")}
    moved = stocked({"OPENAI_API_KEY": "k"}, providers=said).sites["openai/gpt-5.4"]
    assert moved.ways["openai_chat"].url == "http://mine.test/v1/chat/completions"


# Servers of one's own


@pytest.mark.parametrize(
    ("url", "wire", "address"),
    [
        ("http://h:1/v1", "openai_chat", "http://h:1/v1/chat/completions"),
        ("http://h:1/v1/", "openai_responses", "http://h:1/v1/responses"),
        ("http://h:1/v1", "anthropic", "http://h:1/v1/messages"),
        ("http://h:1", "anthropic", "http://h:1/v1/messages"),
        ("http://h:1/api/v1", "anthropic", "http://h:1/api/v1/messages"),
        ("http://h:1/api", "openai_chat", "http://h:1/api/chat/completions"),
    ],
)
def test_an_address_of_ones_own_is_asked_on_any_wire_without_doubling_the_version(url: str, wire: Any, address: str) -> None:
    one = EndpointSettings(id="mine/alpha", prices=Prices(1, 2), wires=(wire,))
    stock = stocked(endpoints=(one,), providers={"mine": ProviderSettings(url=url)})
    assert not stock.demo
    assert stock.sites["mine/alpha"].ways[wire].url == address
    assert set(stock.sites["mine/alpha"].ways) == {wire}


def test_a_server_of_ones_own_needs_no_key_and_gets_none_of_the_others() -> None:
    stock = stocked({"OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-2"}, endpoints=(OWN,), providers={"mine": HERE})
    assert set(stock.sites) == {"mine/alpha"}
    assert "sk-" not in json.dumps(dict(stock.sites["mine/alpha"].ways["openai_chat"].headers))


def test_a_server_of_ones_own_gets_the_key_that_the_settings_name() -> None:
    stock = stocked({"K": "secret"}, endpoints=(OWN,), providers={"mine": ProviderSettings(url="http://h/v1", key_env="K")})
    assert stock.sites["mine/alpha"].ways["openai_chat"].headers["authorization"] == "Bearer secret"


def test_what_an_endpoint_is_called_there_may_be_another_name() -> None:
    one = EndpointSettings(id="mine/alpha", prices=Prices(1, 2), called="org/Alpha-7B.gguf")
    assert stocked(endpoints=(one,), providers={"mine": HERE}).sites["mine/alpha"].model == "org/Alpha-7B.gguf"
    assert stocked(endpoints=(OWN,), providers={"mine": HERE}).sites["mine/alpha"].model == "alpha"


def test_an_endpoint_that_nobody_says_where_to_find_leaves_the_demo() -> None:
    assert stocked(endpoints=(OWN,)).demo


# What is sold


def test_models_in_the_settings_are_the_ones_that_are_served() -> None:
    env = {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"}
    stock = stocked(env, models=("claude-opus-4-8", "openai/gpt-5.4"))
    assert set(stock.sites) == {"anthropic/claude-opus-4-8", "openai/gpt-5.4"}


def test_a_model_is_served_by_every_seller_that_can_be_reached() -> None:
    stock = stocked({"DEEPSEEK_API_KEY": "k", "OPENROUTER_API_KEY": "k"})
    sellers = {site.provider.name for site in stock.sites.values() if site.endpoint.model == "deepseek-v4-pro"}
    assert sellers == {"deepseek", "openrouter"}
    assert stock.sites["deepseek/deepseek-v4-pro"].model == "deepseek-v4-pro"
    assert "/" in next(one.model for name, one in stock.sites.items() if name.startswith("openrouter/") and "deepseek-v4-pro" in name)


def test_a_model_in_the_settings_whose_provider_has_no_key_is_left_out() -> None:
    assert set(stocked({"OPENAI_API_KEY": "k"}, models=("claude-opus-4-8", "gpt-5.4")).sites) == {"openai/gpt-5.4"}


# The gateway


def test_the_windows_that_are_listed_are_those_of_what_would_serve() -> None:
    listed = {one.id: one for one in gateway({"ANTHROPIC_API_KEY": "k"}).listed()}
    assert listed["claude-opus-4-8"].window == 1_000_000
    assert listed["claude-opus-4-8"].images
    assert listed["auto"].window == 1_000_000
    assert "gpt-5.4" not in listed
    own = {one.id: one for one in gateway(endpoints=(OWN,), providers={"mine": HERE}).listed()}
    assert own["alpha"].window is None


def test_other_wires_are_known_where_some_endpoint_has_to_be_asked_on_them() -> None:
    foreign = gateway({"ANTHROPIC_API_KEY": "k"}).foreign
    assert foreign["anthropic"] == ()
    assert [one.name for one in foreign["openai_chat"]] == ["anthropic"]


def test_keys_are_kept_by_digest() -> None:
    made = gateway(keys=(KeySettings(name="a", key="tw-secret"), KeySettings(name="b", key_env="B")), env={"B": "tw-other"})
    keys = made.desk.keyring.settled
    assert sorted(one.name for one in keys.values()) == ["a", "b"]
    assert not any(b"tw-" in digest for digest in keys)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"server": ServerSettings(host="0.0.0.0")}, r"server\.host.*0\.0\.0\.0.*keys"),  # noqa: S104  # what is refused
        ({"keys": (KeySettings(name="a"),)}, r"keys\[0\].*a has no key"),
        ({"keys": (KeySettings(name="a", key_env="NOT_SET"),)}, r"keys\[0\].*a has no key"),
        ({"keys": (KeySettings(name="a", key="tw-1"), KeySettings(name="b", key="tw-1"))}, r"keys\[1\].*b has the same key as a"),
        ({"keys": (KeySettings(name="a", key="x", policy="cheepest"),)}, "a.*cheapest"),
        ({"keys": (KeySettings(name="a", key="x", models=("claude-opus-4-9",)),)}, "a.*claude-opus-4-8"),
    ],
)
def test_a_gateway_that_cannot_run_says_why_in_one_line(said: Any, says: str) -> None:
    with pytest.raises(BadSettings, match=says) as error:
        gateway(**said)
    assert "\n" not in str(error.value)
    assert "tw-1" not in str(error.value)


def test_with_keys_it_may_listen_anywhere() -> None:
    assert gateway(keys=(KeySettings(name="a", key="x"),), server=ServerSettings(host="0.0.0.0")).desk.keyring.settled  # noqa: S104  # what is allowed


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_without_keys_only_this_machine_is_listened_to(host: str) -> None:
    assert gateway(server=ServerSettings(host=host)).desk.keyring.open


def test_every_request_has_a_name_of_its_own_and_time_goes_on() -> None:
    clock = serving.clock()
    assert len({clock.name() for _ in range(1000)}) == 1000
    assert clock.now() > 1_700_000_000_000
    assert clock.ticks() <= clock.ticks()
    assert 0 <= clock.chance() < 1


UNSURE = "Hm, could you have a look at the thing from before?"


def sorting(answer: str, **said: Any) -> tuple[Gateway, Any]:
    """A gateway whose classifier says this, and its answer to an unclear request."""
    told = {"choices": [{"message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}]}
    whole_answer = whole(json.dumps({**told, "usage": {"prompt_tokens": 100, "completion_tokens": 9}}).encode())
    made = within.gateway(
        Sold("one/alpha", Scripted(pace=0)),
        Sold("two/sorter", playing(whole_answer), price=2.0),
        **{"classifier": ClassifierSettings(endpoint="two/sorter", below=1.0), **said},
    )
    return made, run(posted(made, "openai_chat", request("openai_chat", "alpha", words=UNSURE)))


def test_a_model_is_asked_for_the_kind_of_work_and_its_cost_is_charged() -> None:
    made, answer = sorting('{"task": "docs", "difficulty": 1}')
    assert answer.status == 200
    entry = last(made)
    assert entry.decision is not None
    task = entry.decision.receipt.features.task
    assert (task.kind, task.difficulty, task.source) == ("docs", 1, "classifier")
    sorted_by, served = entry.attempts
    assert (sorted_by.endpoint, served.endpoint) == ("two/sorter", "one/alpha")
    assert isinstance(sorted_by.cost, int)
    assert isinstance(served.cost, int)
    assert entry.cost == sorted_by.cost + served.cost > served.cost


def test_a_classifier_that_says_nothing_changes_nothing_and_is_noted() -> None:
    made, answer = sorting("I do not know.")
    assert answer.status == 200
    entry = last(made)
    assert entry.decision is not None
    assert entry.decision.receipt.features.task.source != "classifier"
    assert entry.attempts[0].fault is not None


@pytest.mark.parametrize("endpoint", ["nobody/knows", "claude-opus-4-8"])
def test_a_classifier_that_cannot_be_asked_is_said(endpoint: str) -> None:
    with pytest.raises(BadSettings, match=r"classifier\.endpoint"):
        sorting("", classifier=ClassifierSettings(endpoint=endpoint))
