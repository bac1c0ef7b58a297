"""What holds for every client that is found, and for everything that was captured."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from timeit import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tierwise import plugins
from tierwise.core.client import ERRANDS, Client, cleaned, fallback_session, recognised
from tierwise.core.request import Request, Segment
from tierwise.core.tools import KINDS

CLIENTS: tuple[Client, ...] = plugins.found(plugins.CLIENTS)

each_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
texts = st.lists(
    st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["<skill>", "</skill>", '"', "<system-reminder>"]), max_size=4
)


def test_the_issues_clients_are_all_there() -> None:
    assert {client.name for client in CLIENTS} >= {
        *("claude_code", "codex", "opencode", "pi", "aider", "continue", "cline", "copilot", "plain"),
        *("qwen_code", "openhands", "mistral_vibe"),
    }


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


def test_only_the_plain_client_has_no_name_of_its_own() -> None:
    assert [client.name for client in CLIENTS if not client.agents] == ["plain"]


BODIES = [
    Request("openai_chat", "m"),
    Request("openai_chat", "m", said=(("<skill>", "x"),), needs=("tools", "json_schema"), limit=1),
    Request("anthropic", "m", segments=(Segment("tools", "", Raw(b"{}")), Segment("system", "system", Raw(b'""')))),
    Request("openai_responses", "m", segments=(Segment("message", "compaction_trigger", Raw(b'{"type":"compaction_trigger"}')),)),
    Request("anthropic", "m", aside=("[SUGGESTION MODE: x",), turn="tool"),
]


@each_client
@pytest.mark.parametrize("headers", [{}, {"x-openai-subagent": "review"}, {"x-codex-turn-metadata": "{"}])
def test_what_a_harness_asks_for_itself_has_a_name_that_is_known(client: Client, headers: dict[str, str]) -> None:
    for body in BODIES:
        found = cleaned(client, body, headers)
        assert found.errand in {"", *ERRANDS}
        assert (found.turn == "side") == ERRANDS.get(found.errand, False)
        assert client.knows is None or client.knows(body) in {True, False}


@each_client
@given(st.binary(max_size=60))
def test_a_slice_that_changes_is_settled_once_and_for_all(client: Client, raw: bytes) -> None:
    if client.settled is not None:
        assert client.settled(client.settled(raw)) == client.settled(raw)


OWNERS = {
    "aider": "aider",
    "anthropic-python": "plain",
    "claude-code-2.1.330": "claude_code",
    "codex": "codex",
    "continue": "continue",
    "errors-anthropic-python": "plain",
    "errors-claude-code": "claude_code",
    "errors-codex": "codex",
    "errors-openai-python": "plain",
    "llm": "plain",
    "openai-python": "plain",
    "opencode": "opencode",
    "pi": "pi",
    "vercel-ai-sdk": "plain",
}


def test_every_captured_request_is_known_for_its_clients(sent: Callable[[str], dict[str, Request]]) -> None:
    found = {name: one for name, one in sent("").items() if "_ws" not in name}
    assert len(found) > 160
    wrong = {name: one.client for name, one in found.items() if one.client != OWNERS[name.split("/")[0]]}
    assert wrong == {}


def test_captured_errands_are_few_and_known(sent: Callable[[str], dict[str, Request]]) -> None:
    asked = Counter((name.split("/")[0], one.errand) for name, one in sent("").items() if one.errand and "count-tokens" not in name)
    assert asked == {("claude-code-2.1.330", "title"): 2, ("opencode", "title"): 4}


def test_captured_sessions_go_on_from_call_to_call(sent: Callable[[str], dict[str, Request]]) -> None:
    """One scenario is one session for every client, by its own name for it or by how it began; SDKs ask for one thing after another."""
    for folder in ("aider", "claude-code-2.1.330", "codex", "continue", "opencode", "pi"):
        scenarios: dict[str, set[str]] = {}
        for name, one in sent(folder).items():
            if "_ws" not in name and "count-tokens" not in name:
                session = one.session or fallback_session(one, "key")
                scenarios.setdefault(name.split("/")[1], set()).add(session)
        assert len(scenarios) > 0
        assert {scenario: len(names) for scenario, names in scenarios.items() if len(names) > 1} == {}


def test_knowing_a_client_costs_next_to_nothing(shared: Path) -> None:
    """These run on every request, before any signal; a large one of a client that is known only by its shape is the worst case."""
    wires = {wire.name: wire for wire in plugins.found(plugins.WIRES)}
    body = json.loads((shared / "captures/pi/tool-mockchat/002_POST_v1-chat-completions.req.json").read_text())["body"]
    body["messages"] += [{"role": "assistant", "content": "Ok."}, {"role": "user", "content": "go on " * 200}] * 400
    request = wires["openai_chat"].parse(json.dumps(body).encode())
    assert timeit(lambda: recognised(CLIENTS, {"user-agent": "OpenAI/JS 6.26.0"}, request), number=20) / 20 < 0.002


@each_client
@given(st.text(max_size=400))
def test_any_result_is_looked_at_for_an_exit_code(client: Client, result: str) -> None:
    assert client.tools.exit(result) is None or isinstance(client.tools.exit(result), int)


@each_client
def test_kinds_of_tools_are_of_the_table_and_in_lower_case(client: Client) -> None:
    assert set(client.tools.kinds.values()) <= set(KINDS)
    assert all(name == name.lower() for name in client.tools.kinds)
    assert all(all(several) for several in (client.tools.refused, client.tools.unrun, client.tools.errors))
