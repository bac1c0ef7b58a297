"""Continue: its CLI and its editor extensions. They send by the OpenAI SDK or by fetch; the prompt and the tools tell them."""

from collections.abc import Mapping, Sequence
from typing import Final

from tierwise.core.client import Client, about, introduced, joined, never, opening, outside, tool_names
from tierwise.core.request import Request

NOISE: Final = opening("important_rules", "system-reminder")
TOOLS: Final = frozenset({b"Checklist", b"CheckBackgroundJob"})
"""Tools that no other client has."""

SELF: Final = (b"You are an agent in the Continue CLI", b"<important_rules>")
ASKED: Final = (("please reply with a title for the chat", "title"),)


def words(said: Sequence[str]) -> str:
    """What the person typed, without rules in tags."""
    return joined([outside(text, NOISE) for text in said])


def errand(request: Request, _headers: Mapping[str, str]) -> str:
    """What it asks for itself: a title for the chat."""
    return about(request, ASKED)


def knows(request: Request) -> bool:
    """Whether its prompt, its tools or its wish for a title tell."""
    return not TOOLS.isdisjoint(tool_names(request)) or introduced(request, *SELF) or bool(about(request, ASKED))


CLIENT: Final = Client("continue", ("ls/js ",), (), words, errand, never, knows=knows)
