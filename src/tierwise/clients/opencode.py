"""opencode: a prompt from the command line comes in quotes; a title is asked for first, with no tools."""

from collections.abc import Sequence
from typing import Final

from tierwise.core.client import Client, joined, never
from tierwise.core.request import Request

TITLE: Final = "Generate a title for this conversation"
QUOTE: Final = '"'
ESCAPED: Final = '\\"'


def words(said: Sequence[str]) -> str:
    """What the person typed, without the quotes the tool puts around an argument; quotes of their own stay."""
    text = joined(said)
    inner = text[1:-1]
    quoted = inner and text[0] == text[-1] == QUOTE and QUOTE not in inner.replace(ESCAPED, "")
    return inner.replace(ESCAPED, QUOTE).strip() if quoted else text


def side(request: Request) -> bool:
    """Title calls: the latest message, or the one before it, asks for a title."""
    return "tools" not in request.needs and any(text.startswith(TITLE) for message in request.said[:2] for text in message)


CLIENT: Final = Client("opencode", ("opencode/",), ("x-session-id", "x-session-affinity"), words, side, never)
