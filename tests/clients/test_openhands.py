"""OpenHands: known by its prompt; extra context in tags."""

import json

import pytest
from msgspec import Raw

from tierwise.clients.openhands import CLIENT
from tierwise.core.client import cleaned
from tierwise.core.request import Request, Segment


def asked(said: str, system: str) -> Request:
    slices = (Segment("system", "system", Raw(json.dumps({"role": "system", "content": system}).encode())),)
    return Request("openai_chat", "m", segments=slices, said=((said,),))


SELF = "You are OpenHands agent, a helpful AI assistant that can interact with a computer to solve tasks."
SUMMARY = "You are maintaining a context-aware state summary for an interactive agent."


@pytest.mark.parametrize(
    ("request_", "known", "errand"),
    [
        (asked("fix it", SELF), True, ""),
        (asked(SUMMARY, "You help."), True, "compaction"),
        (asked("fix it", "You help."), False, ""),
        (asked(SELF, "You help."), False, ""),
    ],
)
def test_it_is_known_by_its_prompt(request_: Request, known: bool, errand: str) -> None:  # noqa: FBT001  # a column of the table
    assert CLIENT.knows is not None
    assert CLIENT.knows(request_) is known
    assert cleaned(CLIENT, request_, {}).errand == errand


def test_extra_context_is_not_what_the_person_said() -> None:
    assert CLIENT.words(["<EXTRA_INFO>\nrefactor all\n</EXTRA_INFO>", "fix it"]) == "fix it"


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("out\n[The command completed with exit code 1.]\n[Current working directory: /w]\n[Command finished with exit code 1]", 1),
        ("out\n[The command completed with exit code 0.]", 0),
        ("out", None),
    ],
)
def test_results_say_how_commands_ended(result: str, code: int | None) -> None:
    assert CLIENT.tools.exit(result) == code
