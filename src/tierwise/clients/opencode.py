"""opencode: a prompt from the command line comes in quotes; a title is asked for first, with no tools; a subagent names its parent."""

from collections.abc import Mapping, Sequence
from typing import Final

from tierwise.core.client import Client, about, joined, never
from tierwise.core.request import Request
from tierwise.core.tools import Tools

TITLE: Final = "Generate a title for this conversation"
ASKED: Final = (("Provide a detailed prompt for continuing our conversation above", "compaction"),)
QUOTE: Final = '"'
ESCAPED: Final = '\\"'


def words(said: Sequence[str]) -> str:
    """What the person typed, without the quotes the tool puts around an argument; quotes of their own stay."""
    text = joined(said)
    inner = text[1:-1]
    quoted = inner and text[0] == text[-1] == QUOTE and QUOTE not in inner.replace(ESCAPED, "")
    return inner.replace(ESCAPED, QUOTE).strip() if quoted else text


def errand(request: Request, headers: Mapping[str, str]) -> str:
    """What the harness asks for itself: a title, a summary, or work for the session above."""
    if "tools" not in request.needs and any(text.startswith(TITLE) for message in request.said[:2] for text in message):
        return "title"
    return about(request, ASKED) or ("subagent" if headers.get("x-parent-session-id") else "")


REJECTED: Final = "The user rejected permission to use this"
TOOLS: Final = Tools(refused=(REJECTED, f"Error: {REJECTED}"), unrun=("Tool execution aborted",))
"""A result says nothing of a command's code: what it printed has to tell."""

SENT: Final = ("x-session-id", "x-session-affinity")

CLIENT: Final = Client("opencode", ("opencode/",), SENT, words, errand, never, tools=TOOLS)
