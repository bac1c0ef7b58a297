"""Continue: known by its prompt, its tools or its wish for a title."""

import json
from collections.abc import Callable

import pytest
from msgspec import Raw

from tierwise.clients.continue_dev import CLIENT
from tierwise.core.client import cleaned
from tierwise.core.request import Request, Segment

TITLE = "Given the following... please reply with a title for the chat that is 3-4 words in length"


def asked(*tools: str, system: str = "You help.", said: str = "fix it") -> Request:
    slices = [Segment("tools", "", Raw(json.dumps({"type": "function", "function": {"name": name}}).encode())) for name in tools]
    slices.append(Segment("system", "system", Raw(json.dumps({"role": "system", "content": system}).encode())))
    return Request("openai_chat", "m", segments=tuple(slices), said=((said,),))


@pytest.mark.parametrize(
    ("request_", "known"),
    [
        (asked("Read", "Write", "Checklist"), True),
        (asked("Read", "Write", "Bash"), False),
        (asked(system="You are an agent in the Continue CLI. Given the user's prompt, use the tools."), True),
        (asked(system="<important_rules>\n  You are in agent mode."), True),
        (asked(said=TITLE), True),
        (asked(), False),
    ],
)
def test_it_is_known_by_its_prompt_or_its_tools(request_: Request, known: bool) -> None:  # noqa: FBT001  # a column of the table
    assert CLIENT.knows is not None
    assert CLIENT.knows(request_) is known


def test_a_title_is_the_harness_asking_for_itself() -> None:
    assert cleaned(CLIENT, asked(said=TITLE), {}).errand == "title"
    assert cleaned(CLIENT, asked(), {}).errand == ""


def test_rules_in_tags_are_not_the_persons_words() -> None:
    assert CLIENT.words(["<important_rules>Be brief.</important_rules>", "fix <b>it</b>"]) == "fix <b>it</b>"


def test_what_was_captured_is_read_as_it_was_meant(sent: Callable[[str], dict[str, Request]]) -> None:
    found = sent("continue")
    assert len(found) == 5
    assert {one.client for one in found.values()} == {"continue"}
    assert {one.words for one in found.values()} == {"say hi", "list the files here"}
