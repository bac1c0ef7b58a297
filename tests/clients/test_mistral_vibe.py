"""Mistral Vibe: known by its user agents, its session by the header that steers the cache."""

import pytest

from tierwise import plugins
from tierwise.clients.mistral_vibe import CLIENT
from tierwise.core.client import cleaned, recognised
from tierwise.core.request import Request


@pytest.mark.parametrize("agent", ["Mistral-Vibe/2.1.0", "mistral-client-python/Mistral-Vibe/2.1.0"])
def test_it_is_known_by_its_user_agents(agent: str) -> None:
    assert recognised(plugins.found(plugins.CLIENTS), {"user-agent": agent}) is CLIENT


def test_the_session_is_named_in_a_header() -> None:
    found = cleaned(CLIENT, Request("openai_chat", "m", said=(("fix it",),)), {"x-affinity": "s1"})
    assert (found.session, found.words, found.errand) == ("s1", "fix it", "")
