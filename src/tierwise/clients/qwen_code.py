"""Qwen Code: a first message with the machine and its folders, reminders in tags, summaries by a prompt of their own."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tierwise.core.client import Client, about, instructed, joined, never, opening, outside
from tierwise.core.request import Request
from tierwise.core.tools import Tools

NOISE: Final = opening("system-reminder")
OWN: Final = ("This is the Qwen Code. We are setting up the context for our chat.", "This is the Gemini CLI. We are setting up the context")
TOLD: Final = ((b"summarizes internal chat history into a given structure", "compaction"),)
ASKED: Final = (("structure of your immediately preceding response", "status"),)


def words(said: Sequence[str]) -> str:
    """What the person typed: no setting of the scene, no reminders."""
    return joined([outside(text, NOISE) for text in said if not text.startswith(OWN)])


def errand(request: Request, _headers: Mapping[str, str]) -> str:
    """What it asks for itself: a summary, or who is to speak next."""
    return instructed(request, TOLD) or about(request, ASKED)


TOOLS: Final = Tools(exits=re.compile(r"^Exit Code: (-?\d+)$", re.MULTILINE), refused=("[Operation Cancelled]",))

CLIENT: Final = Client("qwen_code", ("qwencode/",), (), words, errand, never, tools=TOOLS)
