"""SDKs and clients nobody knows: what they send is what the person said."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.clients.plain import CLIENT
from tierwise.core.client import cleaned, recognised
from tierwise.core.request import Request


@given(st.lists(st.text()))
def test_every_text_is_the_persons(said: list[str]) -> None:
    assert CLIENT.words(said) == "\n".join(filter(None, said)).strip()


@pytest.mark.parametrize("header", ["x-session-id", "x-session-affinity", "session-id", "session_id", "x-affinity", "x-client-session-id"])
def test_a_session_id_in_any_usual_header_is_taken(header: str) -> None:
    assert cleaned(CLIENT, Request("openai_chat", "m", session="of the body"), {header: "s"}).session == "s"


def test_nothing_is_done_in_the_background_and_nothing_is_volatile() -> None:
    asked = Request("openai_chat", "m", said=(("<system-reminder>x</system-reminder>",),), limit=1)
    found = cleaned(CLIENT, asked, {"x-session-id": "s"})
    assert (found.client, found.words, found.turn, found.session) == ("plain", "<system-reminder>x</system-reminder>", "person", "s")


def test_it_is_nobodys_user_agent() -> None:
    assert recognised([CLIENT], {"user-agent": "plain/1.0"}) is None


def test_what_sdks_sent_is_read_as_it_was_meant(sent: Callable[[str], dict[str, Request]]) -> None:
    found = sent("openai-python") | sent("anthropic-python") | sent("vercel-ai-sdk") | sent("llm")
    assert len(found) > 35
    assert {one.client for one in found.values()} == {"plain"}
    assert {one.words for one in found.values()} >= {"say hi", "weather in Paris?", "what version?"}
    assert {one.turn for one in found.values()} == {"person", "tool"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [("bash", "shell"), ("shell", "shell"), ("run_command", "shell"), ("edit_file", "edit"), ("write_file", "write"), ("get_weather", "")],
)
def test_tools_of_usual_names_are_known(name: str, kind: str) -> None:
    assert CLIENT.tools.kind(name) == kind


def test_an_exit_code_in_usual_words_is_known() -> None:
    assert CLIENT.tools.exit("out\nCommand exited with code 3") == 3
    assert CLIENT.tools.exit("sunny") is None
