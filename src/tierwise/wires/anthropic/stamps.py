"""Marks by which this wire knows its own again: ids of calls and seals of reasoning that come from other wires.

An id with other characters than are allowed here is written in base64, so that the client sends it back and it is told apart again.
The seal of another wire's reasoning travels as a signature of ours, which no provider accepts and this wire takes apart.
"""

import base64
import binascii
import re
from typing import Final

from tierwise.core.prompt import Thought

NAME: Final = "anthropic"
ID: Final = re.compile(r"[a-zA-Z0-9_-]+")
CODED: Final = "toolu_tw_"
SEAL: Final = "tierwise."
PARTS: Final = 3


def _coded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def valid(name: str) -> str:
    """A call's id as it may be here."""
    return name if ID.fullmatch(name) else CODED + _coded(name)


def original(name: str) -> str:
    """The id that `valid` was given."""
    if not name.startswith(CODED):
        return name
    found = _decoded(name[len(CODED) :])
    return found if found is not None and valid(found) == name else name


def signature(wire: str, item: str, seal: str) -> str:
    """A signature that carries another wire's seal and the id that it gave the reasoning."""
    return f"{SEAL}{wire}.{_coded(item)}.{_coded(seal)}"


def thought(text: str, signed: str) -> Thought:
    """Reasoning as it is neutrally, from its text and its signature."""
    parts = signed.removeprefix(SEAL).split(".")
    if not signed.startswith(SEAL) or len(parts) != PARTS:
        return Thought(text, NAME, signed)
    return Thought(text, parts[0], _decoded(parts[2]) or "", _decoded(parts[1]) or "")
