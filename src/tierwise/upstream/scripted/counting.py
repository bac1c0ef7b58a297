"""Counting tokens, roughly, and remembering prefixes as a provider's prompt cache does.

A prefix is known by a chain of digests over the parts of the prompt, so that it is the text sent that counts and nothing else. Automatic
caches keep every prefix and read in steps of 128 from 1,024 tokens on; marked ones keep what the client marks.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from msgspec import Struct, field

from tierwise.upstream.scripted.asked import Part, Spent

BYTES: Final = 4
"""Bytes of a token, as a rule of thumb."""

LEAST: Final = 1024
STEP: Final = 128
KEPT: Final = 4096
"""Prefixes that are remembered, the latest used ones."""

LONG: Final = 3600


def tokens(text: str | bytes) -> int:
    """About how many tokens a text has."""
    return -(-len(text if isinstance(text, bytes) else text.encode("utf-8", "replace")) // BYTES)


class Prefix(Struct, frozen=True):
    """The prompt up to and with one of its parts: its digest, its tokens, and how long it is to be kept."""

    digest: bytes
    tokens: int
    keep: int


def prefixes(model: str, parts: Sequence[Part]) -> list[Prefix]:
    """Every prefix of a prompt."""
    counts = accumulate(tokens(part.raw) for part in parts)
    chain = hashlib.sha256(model.encode("utf-8", "replace"))
    found = []
    for part, count in zip(parts, counts, strict=True):
        chain.update(len(part.raw).to_bytes(8, "big") + part.raw)
        found.append(Prefix(chain.digest(), count, part.keep))
    return found


class Memory(Struct):
    """Prefixes that were sent before."""

    known: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    def automatic(self, found: Sequence[Prefix]) -> Spent:
        """What a prompt costs where every prefix is kept by itself."""
        total = found[-1].tokens if found else 0
        seen = self._longest(found)
        read = seen // STEP * STEP if seen >= LEAST else 0
        self._keep(found)
        return Spent(read=read, fresh=total - read)

    def marked(self, found: Sequence[Prefix]) -> Spent:
        """What a prompt costs where the client marks what is kept."""
        total = found[-1].tokens if found else 0
        marks = [index for index, one in enumerate(found) if one.keep]
        if not marks or found[marks[-1]].tokens < LEAST:
            return Spent(fresh=total)
        upto = found[: marks[-1] + 1]
        read = self._longest(upto)
        long = max((one.tokens for one in upto if one.keep >= LONG), default=0)
        hour = max(0, long - read)
        self._keep([found[index] for index in marks])
        return Spent(read=read, write_1h=hour, write_5m=upto[-1].tokens - read - hour, fresh=total - upto[-1].tokens)

    def _longest(self, found: Sequence[Prefix]) -> int:
        return max((one.tokens for one in found if one.digest in self.known), default=0)

    def _keep(self, found: Sequence[Prefix]) -> None:
        for one in found:
            self.known[one.digest] = None
            self.known.move_to_end(one.digest)
        while len(self.known) > KEPT:
            self.known.popitem(last=False)
