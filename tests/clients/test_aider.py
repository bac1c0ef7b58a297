"""aider: reminders after the person's words, files in messages of their own."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Raw

from tierwise.clients.aider import CLIENT
from tierwise.core.client import cleaned
from tierwise.core.request import Request, Segment


@pytest.mark.parametrize(
    "reminder",
    [
        "# *SEARCH/REPLACE block* Rules:\n\nEvery block must use this format.",
        "To suggest changes to a file you MUST return all of it.",
        "# File editing rules:\n\nReturn edits like a diff.",
        "# V4A Diff Format Rules:\n\nBegin with a line.",
        "Just tell me how to edit the files to make the changes.",
    ],
)
@pytest.mark.parametrize("words", ["", "fix it", "fix it\n\nand\nthat"])
def test_the_reminder_of_the_edit_format_is_taken_off(words: str, reminder: str) -> None:
    assert CLIENT.words([f"{words}\n\n{reminder}"]) == words
    assert CLIENT.words([words]) == words


def test_words_that_only_mention_a_reminder_stay() -> None:
    text = "why does it say # File editing rules: in the prompt?"
    assert CLIENT.words([text]) == text


def test_messages_that_hold_files_say_nothing() -> None:
    said = (
        ("go on",),
        ("I have *added these files to the chat* so you can go ahead and edit them.\n\na.py\n```\nfix()\n```",),
        ("Here are summaries of some files present in my git repository.\n",),
        ("fix it",),
    )
    found = cleaned(CLIENT, Request("openai_chat", "m", said=said), {})
    assert (found.words, found.previous) == ("go on", "fix it")


@pytest.mark.parametrize("piece", ["\n", "\n# ", "To suggest changes to a file\n", "# *SEARCH/REPLACE block*\n"])
def test_hostile_texts_as_long_as_a_window_are_read_in_one_pass(piece: str) -> None:
    text = "fix it" + piece * (400_000 // len(piece)) + "x"
    assert CLIENT.words([text]) == text


def test_nothing_that_a_person_typed_is_taken_for_noise(shared: Path) -> None:
    with gzip.open(shared / "data" / "developer_prompts.jsonl.gz", "rt", encoding="utf-8") as lines:
        typed = [json.loads(line)["text"] for line in lines]
    assert [text for text in typed if CLIENT.words([text]) != text.strip()] == []


def talk(*answers: str, between: int = 0, system: str = "Act as an expert.", said: str = "fix it", tools: bool = False) -> Request:
    system_ = Segment("system", "system", Raw(json.dumps({"role": "system", "content": system}).encode()))
    filler = [Segment("message", "user", Raw(b'{"role":"user","content":"x"}'))] * between
    spoken = [Segment("message", "assistant", Raw(json.dumps({"role": "assistant", "content": one}).encode())) for one in answers]
    last = Segment("message", "user", Raw(json.dumps({"role": "user", "content": said}).encode()))
    slices = (system_, *filler, *spoken, last)
    return Request("openai_chat", "m", segments=slices, said=((said,),), needs=("tools",) if tools else ())


READ = "Ok, I won't try and edit those files without asking first."
FILES = "Ok, any changes I propose will be to those files."


@pytest.mark.parametrize(
    ("request_", "known"),
    [
        (talk(READ), True),
        (talk("Ok.", FILES), True),
        (talk(FILES, between=200), True),
        (talk("Ok."), False),
        (talk(FILES, tools=True), False),
        (talk(f"{FILES} {'And more. ' * 40}"), False),
        (talk(said=FILES), False),
        (talk(), False),
        (Request("openai_chat", "m"), False),
        (talk(system="You are an expert software engineer that generates concise, one-line Git commit messages based on diffs."), True),
    ],
)
def test_it_is_known_by_its_own_short_answers(request_: Request, known: bool) -> None:  # noqa: FBT001  # a column of the table
    assert CLIENT.knows is not None
    assert CLIENT.knows(request_) is known


@pytest.mark.parametrize(
    ("request_", "errand"),
    [
        (talk(READ), ""),
        (talk(system="You are an expert software engineer that generates concise, one-line Git commit messages based on diffs."), "commit"),
        (talk(said="You are an expert software engineer that generates concise, one-line Git commit messages."), "commit"),
        (talk(system="*Briefly* summarize this partial conversation about programming."), "compaction"),
        (talk(said="*Briefly* summarize this partial conversation about programming."), "compaction"),
    ],
)
def test_what_it_asks_its_weaker_model_for_has_a_name(request_: Request, errand: str) -> None:
    assert cleaned(CLIENT, request_, {}).errand == errand


def test_what_was_captured_is_known_without_a_header_that_tells(sent: Callable[[str], dict[str, Request]]) -> None:
    found = sent("aider")
    assert len(found) == 2
    assert {(one.client, one.turn, one.errand) for one in found.values()} == {("aider", "person", "")}
