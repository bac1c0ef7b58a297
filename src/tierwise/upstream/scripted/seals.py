"""Seals on what the scripted model thought: they hold for exactly these words, and only it accepts them."""

import base64
import hashlib
from typing import Final

MARK: Final = b"scripted1:"


def sealed(thought: str) -> str:
    """The seal of a thought."""
    proof = hashlib.sha256(MARK + thought.encode("utf-8", "replace")).digest()
    return base64.b64encode(MARK + proof).decode()


def holds(thought: str, seal: str) -> bool:
    """Whether a seal is that of a thought."""
    return seal == sealed(thought)


def closed(text: str) -> str:
    """A text that only the scripted model can open, as reasoning and compacted conversations are sent."""
    raw = text.encode("utf-8", "replace")
    return base64.b64encode(MARK + hashlib.sha256(MARK + raw).digest()[:8] + raw).decode()


def opened(seal: str) -> str | None:
    """What a closed text says; None where it is not one of ours."""
    try:
        raw = base64.b64decode(seal, validate=True)
    except ValueError:
        return None
    text, proof = raw[len(MARK) + 8 :], raw[len(MARK) : len(MARK) + 8]
    ours = raw.startswith(MARK) and hashlib.sha256(MARK + text).digest()[:8] == proof
    return text.decode("utf-8", "replace") if ours else None
