"""GitHub Copilot: its CLI and its chat in editors, with models of the person's own. The prompt stands among time, reminders and context."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tierwise.core.client import Client, about, instructed, joined, never, opening, outside
from tierwise.core.request import Request
from tierwise.core.tools import Tools

NOISE: Final = opening(
    "current_datetime",
    "reminder",
    "system_reminder",
    "system_notification",
    "reminderInstructions",
    "environment_info",
    "workspace_info",
    "attachments",
    "context",
    "editorContext",
    "repoContext",
    "instructions",
)
TAGS: Final = re.compile(r"</?(?:userRequest|prompt)>")
TOLD: Final = ((b"crafting pithy titles", "title"),)
ASKED: Final = (("Please write a brief title for the following request", "title"),)


def words(said: Sequence[str]) -> str:
    """What the person typed: no time, no reminders, no context."""
    return joined([TAGS.sub("", outside(text, NOISE)).strip() for text in said])


def errand(request: Request, _headers: Mapping[str, str]) -> str:
    """What it asks for itself, without tools: a title for the chat."""
    return "" if "tools" in request.needs else instructed(request, TOLD) or about(request, ASKED)


TOOLS: Final = Tools(
    exits=re.compile(r"<exited with exit code (-?\d+)>\s*\Z"), refused=("The user rejected this tool call", "User rejected")
)

SENT: Final = ("x-client-session-id", "x-interaction-id")

CLIENT: Final = Client("copilot", ("copilot/", "githubcopilotchat/"), SENT, words, errand, never, tools=TOOLS)
