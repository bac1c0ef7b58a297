"""OpenHands: sends by litellm and names itself in its prompt; extra context comes in tags beside the person's words."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tierwise.core.client import Client, about, introduced, joined, never, opening, outside
from tierwise.core.request import Request
from tierwise.core.tools import Tools

NOISE: Final = opening("EXTRA_INFO", "REPOSITORY_INFO", "REPOSITORY_INSTRUCTIONS", "RUNTIME_INFORMATION", "CUSTOM_SECRETS")
SELF: Final = b"You are OpenHands agent"
ASKED: Final = (("You are maintaining a context-aware state summary", "compaction"),)


def words(said: Sequence[str]) -> str:
    """What the person typed, without what was found to belong to it."""
    return joined([outside(text, NOISE) for text in said])


def errand(request: Request, _headers: Mapping[str, str]) -> str:
    """What it asks for itself: a summary of the session."""
    return about(request, ASKED)


def knows(request: Request) -> bool:
    """Whether its prompt tells."""
    return introduced(request, SELF) or bool(about(request, ASKED))


TOOLS: Final = Tools(exits=re.compile(r"^\[(?:The command completed|Command finished) with exit code (-?\d+)\.?\]", re.MULTILINE))

CLIENT: Final = Client("openhands", ("openhands",), (), words, errand, never, knows=knows, tools=TOOLS)
