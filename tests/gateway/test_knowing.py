"""Who asks, remembered."""

import json
from typing import Any

from tests.gateway.within import Sold, gateway, last, posted, request, run
from tierwise.gateway import knowing, remembering
from tierwise.gateway.gateway import Gateway
from tierwise.upstream.scripted import Scripted

FINE = Scripted(pace=0)


def asker(made: Gateway, body: Any = None, **headers: str) -> tuple[str, str]:
    """The client and the session of a request."""
    run(posted(made, "openai_chat", body or request("openai_chat"), {name.replace("_", "-"): value for name, value in headers.items()}))
    found = last(made).asker
    return found.client, found.session


def talk(*words: str, system: str = "You help.") -> dict[str, Any]:
    turns = [{"role": ("user", "assistant")[at % 2], "content": one} for at, one in enumerate(words)]
    return {"model": "auto", "messages": [{"role": "system", "content": system}, *turns]}


def test_a_client_is_known_by_its_headers_whatever_it_sends() -> None:
    made = gateway(Sold("one/alpha", FINE))
    assert asker(made, user_agent="opencode/1.2")[0] == "opencode"
    assert asker(made, talk("other"), user_agent="opencode/1.2")[0] == "opencode"
    assert asker(made, user_agent="somebody/1")[0] == "plain"
    assert asker(made, user_agent="opencode/1.2")[0] == "opencode"


def test_one_agent_may_be_several_clients_that_are_told_by_their_prompts() -> None:
    made = gateway(Sold("one/alpha", FINE))
    aider = talk("x", system="Act as an expert software developer.\nAlways use best practices when coding.")
    first, again = asker(made, aider, user_agent="litellm/1"), asker(made, aider, user_agent="litellm/1")
    assert first == again
    assert asker(made, talk("y"), user_agent="litellm/1")[0] == "plain"


def test_a_session_without_a_name_is_named_after_its_beginning() -> None:
    made = gateway(Sold("one/alpha", FINE))
    first = asker(made, talk("hello"))[1]
    assert first
    assert asker(made, talk("hello", "yes", "go on"))[1] == first
    assert asker(made, talk("good morning"))[1] != first
    assert asker(made, talk("hello", system="Other."))[1] != first
    assert asker(made, talk("hello"), x_session_id="mine")[1] == "mine"
    assert asker(made, talk("hello"), x_tierwise_session="theirs")[1] == "theirs"


def test_clients_that_make_up_names_and_prompts_do_not_fill_the_memory(monkeypatch: Any) -> None:
    monkeypatch.setattr(knowing, "MOST", 20)
    monkeypatch.setattr(remembering, "MOST", 20)
    made = gateway(Sold("one/alpha", FINE))
    for number in range(60):
        asker(made, talk(f"words {number}"), user_agent=f"made-up/{number}")
    assert len(made.knowing.known) <= 20
    assert len(made.knowing.sessions) <= 20
    readers: list[Any] = [one.read for one in made.plans.parts.signals]
    kept = [one.__self__.known for one in readers if hasattr(getattr(one, "__self__", None), "known")]
    assert kept
    assert all(len(one) <= 20 for one in kept)


def test_what_was_read_before_is_read_the_same_again() -> None:
    made = gateway(Sold("one/alpha", FINE))
    tasks = []
    for words in ("Write unit tests for the parser.", "Review this pull request.", "Write unit tests for the parser."):
        run(posted(made, "openai_chat", json.dumps(talk(words)).encode()))
        entry = last(made)
        assert entry.decision is not None
        tasks.append(entry.decision.receipt.features.task)
    assert tasks[0] == tasks[2]
    assert tasks[0].kind == "test"
    assert tasks[1].kind == "review"
