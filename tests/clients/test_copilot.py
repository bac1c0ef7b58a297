"""GitHub Copilot: time, reminders and context around the prompt."""

import json

import pytest
from msgspec import Raw

from tierwise import plugins
from tierwise.clients.copilot import CLIENT
from tierwise.core.client import cleaned, recognised
from tierwise.core.request import Request, Segment


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<current_datetime>2026-01-31T19:21:40.746Z</current_datetime>\n\nfix it", "fix it"),
        ("<current_datetime>x</current_datetime>\n\nfix it\n\n<reminder>\n<sql_tables>todos</sql_tables>\n</reminder>", "fix it"),
        ("<system_notification>rename</system_notification>", ""),
        ("<context>\nThe current date is x.\n</context>\n<userRequest>\nfix it\n</userRequest>", "fix it"),
        ("fix the <context> tag", "fix the <context> tag"),
    ],
)
def test_the_prompt_is_read_without_what_stands_around_it(text: str, words: str) -> None:
    assert CLIENT.words([text]) == words


@pytest.mark.parametrize("piece", ["<current_datetime>", "<context ", "</userRequest>"])
def test_hostile_texts_as_long_as_a_window_are_read_in_one_pass(piece: str) -> None:
    text = "fix it" + piece * (400_000 // len(piece))
    assert CLIENT.words([text]).startswith("fix it")


@pytest.mark.parametrize("agent", ["copilot/1.0.25 (client/sdk win32 v22.19.0) term/unknown", "GitHubCopilotChat/0.38.0"])
def test_it_is_known_by_its_user_agents(agent: str) -> None:
    assert recognised(plugins.found(plugins.CLIENTS), {"user-agent": agent}) is CLIENT


@pytest.mark.parametrize(
    ("said", "system", "needs", "errand"),
    [
        ("fix it", "You are the GitHub Copilot CLI.", ("tools",), ""),
        ("fix it", "You are an expert in crafting pithy titles for chatbot conversations.", (), "title"),
        ("fix it", "You are an expert in crafting pithy titles for chatbot conversations.", ("tools",), ""),
        ("Please write a brief title for the following request:\n\nfix it", "You help.", (), "title"),
    ],
)
def test_a_title_is_the_harness_asking_for_itself(said: str, system: str, needs: tuple[str, ...], errand: str) -> None:
    slices = (Segment("system", "system", Raw(json.dumps(system).encode())),)
    found = cleaned(CLIENT, Request("openai_chat", "m", segments=slices, said=((said,),), needs=needs), {"x-client-session-id": "s1"})
    assert (found.errand, found.session) == (errand, "s1")


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("out\n<exited with exit code 0>", 0),
        ("out\n<exited with exit code 2>\n", 2),
        ("<exited with exit code 2>\nout", None),
    ],
)
def test_results_say_how_commands_ended(result: str, code: int | None) -> None:
    assert CLIENT.tools.exit(result) == code
