"""Qwen Code: a first message that sets the scene, and summaries."""

import json

import pytest
from msgspec import Raw

from tierwise import plugins
from tierwise.clients.qwen_code import CLIENT
from tierwise.core.client import cleaned, recognised
from tierwise.core.request import Request, Segment


def test_it_is_known_by_its_user_agent() -> None:
    assert recognised(plugins.found(plugins.CLIENTS), {"user-agent": "QwenCode/0.13.1 (linux; x64)"}) is CLIENT


def test_the_scene_that_is_set_is_not_what_the_person_said() -> None:
    scene = "This is the Qwen Code. We are setting up the context for our chat.\nToday's date is x."
    found = cleaned(CLIENT, Request("openai_chat", "m", said=(("<system-reminder>x</system-reminder>", "fix it"), (scene,))), {})
    assert (found.words, found.previous) == ("fix it", "")


@pytest.mark.parametrize(
    ("said", "system", "errand"),
    [
        ("fix it", "You are Qwen Code.", ""),
        ("First, reason", "You are the component that summarizes internal chat history into a given structure.", "compaction"),
        ("Analyze *only* the content and structure of your immediately preceding response", "You are Qwen Code.", "status"),
    ],
)
def test_what_the_harness_asks_for_itself_has_a_name(said: str, system: str, errand: str) -> None:
    slices = (Segment("system", "system", Raw(json.dumps(system).encode())),)
    assert cleaned(CLIENT, Request("openai_chat", "m", segments=slices, said=((said,),)), {}).errand == errand


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("Command: x\nDirectory: (root)\nOutput: y\nError: (none)\nExit Code: 0\nSignal: (none)", 0),
        ("Command: x\nOutput: (empty)\nExit Code: (none)\nSignal: SIGKILL", None),
    ],
)
def test_results_say_how_commands_ended(result: str, code: int | None) -> None:
    assert CLIENT.tools.exit(result) == code


def test_what_the_person_stopped_is_told_by_its_beginning() -> None:
    assert "[Operation Cancelled] Reason: User did not allow tool call".startswith(CLIENT.tools.refused)
