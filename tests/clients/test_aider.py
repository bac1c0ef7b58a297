"""aider: reminders after the person's words, files in messages of their own."""

import gzip
import json
from pathlib import Path

import pytest

from tierwise.clients.aider import CLIENT
from tierwise.core.client import cleaned
from tierwise.core.request import Request


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
