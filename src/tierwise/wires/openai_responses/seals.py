"""What the gateway itself puts into `encrypted_content`, so that clients hand it back unread.

Two things travel so: reasoning that another wire has sealed (with its text, since a signature is over the text and clients may drop
it), and the summary of a compacted conversation. Both are marked by a word that no provider's own content begins with.
"""

import base64
import binascii
from typing import Final

import msgspec
from msgspec import Struct

MARK: Final = "tierwise."
SUMMARY: Final = "summary"
UNSEALED: Final = "unsealed"
"""The kind of reasoning that nobody sealed: its text is where the client sees it."""

PREFACE: Final = "The conversation so far was replaced by this summary of it:\n\n"


class Carried(Struct, frozen=True, array_like=True):
    """What travels: a text, and the seal over it where there is one."""

    text: str
    seal: str = ""


_CARRIED: Final = msgspec.json.Decoder(Carried)


def sealed(kind: str, text: str, seal: str = "") -> str:
    """Content of a kind (a wire's name, or SUMMARY) that `carried` reads."""
    packed = base64.urlsafe_b64encode(msgspec.json.encode(Carried(text, seal)))
    return f"{MARK}{kind}.{packed.decode()}"


def carried(content: str) -> tuple[str, Carried] | None:
    """The kind and what it holds, of content that the gateway made; None for a provider's own."""
    kind, _, packed = content.removeprefix(MARK).partition(".")
    if not content.startswith(MARK):
        return None
    try:
        return kind, _CARRIED.decode(base64.urlsafe_b64decode(packed))
    except (binascii.Error, msgspec.DecodeError):
        return None


def summary_of(content: str) -> str | None:
    """The summary in a compaction that the gateway made; None for a provider's own."""
    found = carried(content)
    return found[1].text if found is not None and found[0] == SUMMARY else None
