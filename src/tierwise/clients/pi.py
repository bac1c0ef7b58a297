"""pi: it sends by the vendors' own SDKs and names itself in its prompt; its four tools come first, in an order of its own."""

import re
from collections.abc import Mapping
from typing import Final

from tierwise.core.client import Client, about, introduced, joined, never, tool_names
from tierwise.core.request import Request
from tierwise.core.tools import Tools

TOOLS: Final = (b"read", b"bash", b"edit", b"write")
SELF: Final = b"operating inside pi, a coding agent"
SUMMARY: Final = "The messages above are a conversation to summarize"
ASKED: Final = ((SUMMARY, "compaction"), ("The messages above are NEW conversation messages", "compaction"))


def errand(request: Request, _headers: Mapping[str, str]) -> str:
    """What it asks for itself: a summary of the session."""
    return about(request, ASKED)


def knows(request: Request) -> bool:
    """Whether its prompt or its tools tell."""
    return tool_names(request, len(TOOLS)) == TOOLS or introduced(request, SELF) or bool(about(request, ASKED[:1]))


SENT: Final = ("session_id", "x-session-affinity", "x-affinity")
SILENT: Final = Tools(exits=re.compile(r"\bCommand exited with code (\d+)\s*\Z"), silent=True)
"""Only a command that failed says with which code, after all that it printed."""

CLIENT: Final = Client("pi", ("pi/",), SENT, joined, errand, never, knows=knows, tools=SILENT)
