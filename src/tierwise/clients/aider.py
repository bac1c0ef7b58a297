"""aider: reminders of its edit format follow the person's words in the same message; files come as messages of the user's.

It sends by litellm and names itself in no header. What tells it are its own short answers to the messages that hold files.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from tierwise.core.client import Client, about, instructed, joined, never
from tierwise.core.request import Request

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


ANSWERS: Final = (b"Ok, I won't try and edit those files without asking first.", b"Ok, any changes I propose will be to those files.")
SHORT: Final = 160
"""Bytes of a message that is no more than such an answer."""
NEAR: Final = 16
"""Messages at either end in which the answers stand."""

COMMITTING: Final = "generates concise, one-line Git commit messages"
SHRINKING: Final = "*Briefly* summarize this partial conversation"
ASKED: Final = ((COMMITTING, "commit"), (SHRINKING, "compaction"))
TOLD: Final = ((COMMITTING.encode(), "commit"), (SHRINKING.encode(), "compaction"))


def errand(request: Request, _headers: Mapping[str, str]) -> str:
    """What it asks its weaker model for: a message for a commit, a summary of the chat."""
    return instructed(request, TOLD) or about(request, ASKED)


def knows(request: Request) -> bool:
    """Whether one of its own short answers stands in the conversation, or it asks its weaker model."""
    if "tools" in request.needs:
        return False
    ends = chain(request.segments[:NEAR], request.segments[NEAR:][-NEAR:])
    short = (bytes(one.raw) for one in ends if one.role == "assistant" and len(one.raw) < SHORT)
    return any(answer in raw for raw in short for answer in ANSWERS) or bool(errand(request, {}))


CLIENT: Final = Client("aider", ("aider/",), (), words, errand, never, knows=knows)
