"""aider: reminders of its edit format follow the person's words in the same message; files come as messages of the user's."""

import re
from collections.abc import Sequence
from typing import Final

from tierwise.core.client import Client, joined, never

REMINDER: Final = re.compile(
    r"^(?:To suggest changes to a file you MUST|# \*SEARCH/REPLACE block\* Rules|# File editing rules:|# V4A Diff Format Rules:"
    r"|Just tell me how to edit the files)",
    re.MULTILINE,
)
FILES: Final = (
    "I have *added these files to the chat*",
    "I am not sharing any files that you can edit yet",
    "Here are summaries of some files present in my git repository",
    "Here are some READ ONLY files",
    "Don't try and edit any existing code without asking me",
)


def words(said: Sequence[str]) -> str:
    """What the person typed, without the reminder of the edit format; nothing of messages that hold files."""
    text = joined(said)
    found = REMINDER.search(text)
    return "" if text.startswith(FILES) else text[: found.start() if found else None].rstrip()


CLIENT: Final = Client("aider", ("aider/",), (), words, never, never)
