"""What holds for every client that is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise import plugins
from tierwise.core.client import Client, cleaned, recognised
from tierwise.core.request import Request

CLIENTS: tuple[Client, ...] = plugins.found(plugins.CLIENTS)

each_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
texts = st.lists(
    st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["<skill>", "</skill>", '"', "<system-reminder>"]), max_size=4
)


def test_the_issues_clients_are_all_there() -> None:
    assert {client.name for client in CLIENTS} >= {"claude_code", "codex", "opencode", "aider", "plain"}


def test_no_user_agent_is_taken_for_two_clients() -> None:
    starts = [(start, client.name) for client in CLIENTS for start in client.agents]
    assert not [(one, other) for one in starts for other in starts if one != other and one[0].startswith(other[0])]


@each_client
def test_headers_and_user_agents_are_told_in_lower_case(client: Client) -> None:
    assert all(name and name == name.lower() for name in (*client.agents, *client.sessions))
    for start in client.agents:
        assert recognised(CLIENTS, {"user-agent": f"{start.upper()}1.2.3"}) is client


@each_client
@given(texts)
def test_words_are_stripped_and_no_longer_than_what_was_said(client: Client, said: list[str]) -> None:
    words = client.words(said)
    assert words == words.strip()
    assert len(words) <= len("\n".join(said))


@each_client
@given(st.text(st.characters(categories=["Ll", "Zs", "Nd"])))
def test_plain_words_are_left_alone(client: Client, text: str) -> None:
    assert client.words([text]) == text.strip()


@each_client
def test_a_request_without_words_is_the_same_with_the_client_named(client: Client) -> None:
    found = cleaned(client, Request("openai_chat", "m", needs=("tools",), session="s"), {})
    assert found == Request("openai_chat", "m", needs=("tools",), session="s", client=client.name)
