"""pi: known by its prompt or its four tools; nothing around the person's words."""

import json
from collections.abc import Callable

import pytest
from msgspec import Raw

from tierwise.clients.pi import CLIENT
from tierwise.core.client import cleaned
from tierwise.core.request import Request, Segment


def asked(*tools: str, system: str = "You help.", said: str = "fix it") -> Request:
    slices = [Segment("tools", "", Raw(json.dumps({"name": name, "description": "x"}).encode())) for name in tools]
    slices.append(Segment("system", "system", Raw(json.dumps({"role": "system", "content": system}).encode())))
    return Request("openai_chat", "m", segments=tuple(slices), said=((said,),))


@pytest.mark.parametrize(
    ("request_", "known"),
    [
        (asked("read", "bash", "edit", "write"), True),
        (asked("read", "bash", "edit", "write", "grep"), True),
        (asked("bash", "read", "edit", "write"), False),
        (asked("read", "bash", "edit"), False),
        (asked(system="You are an expert coding assistant operating inside pi, a coding agent harness."), True),
        (asked(said="operating inside pi, a coding agent"), False),
        (asked(said="The messages above are a conversation to summarize. Create a structured context checkpoint summary"), True),
        (asked(), False),
    ],
)
def test_it_is_known_by_its_prompt_or_its_tools(request_: Request, known: bool) -> None:  # noqa: FBT001  # a column of the table
    assert CLIENT.knows is not None
    assert CLIENT.knows(request_) is known


@pytest.mark.parametrize(
    ("said", "errand"),
    [
        ("fix it", ""),
        ("The messages above are a conversation to summarize. Create a structured context checkpoint summary", "compaction"),
        ("The messages above are NEW conversation messages to incorporate", "compaction"),
    ],
)
def test_a_summary_is_the_harness_asking_for_itself(said: str, errand: str) -> None:
    assert cleaned(CLIENT, asked(said=said), {}).errand == errand


def test_what_was_captured_is_read_as_it_was_meant(sent: Callable[[str], dict[str, Request]]) -> None:
    found = sent("pi")
    assert len(found) == 7
    assert {one.client for one in found.values()} == {"pi"}
    assert {one.words for one in found.values()} == {"say hi", "list the files here"}
    assert {one.session for name, one in found.items() if "mockresp" in name} == {"01a20a2c-8678-753c-a74a-6b529b509b1c"}


@pytest.mark.parametrize(
    ("result", "code"),
    [
        ("out\n\nCommand exited with code 2", 2),
        ("(no output)", None),
        ("Command exited with code 2\nmore", None),
    ],
)
def test_results_say_how_commands_ended(result: str, code: int | None) -> None:
    assert CLIENT.tools.exit(result) == code


def test_a_command_that_went_well_only_shows_what_it_printed() -> None:
    assert CLIENT.tools.silent
    assert [CLIENT.tools.kind(name) for name in ("bash", "edit", "write", "read")] == ["shell", "edit", "write", "read"]
