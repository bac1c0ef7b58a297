"""Warmth in the memory of one process: for each mark, which endpoints have had it and when.

Theory of operation. A mark is a digest of everything before a place in a prompt. Of a prompt that was served, its head and its end are
kept: the next call of its session stands on its end, other sessions on its head. Marks are looked up the longest first, and only those
a prompt has; so a decision sees a handful and not all that is known. The oldest marks go when there are too many.
"""

from collections import OrderedDict
from typing import Final

from msgspec import Struct

from tierwise.core.decision import Prefix, Seen

MOST: Final = 100_000
"""Marks kept: some thirty megabytes."""

LOOKED_UP: Final = 64
"""Marks of a prompt that are looked up from its end: what a session added since its last call is shorter than that."""


class Memory(Struct):
    """Endpoints by mark, the mark that was used longest ago first."""

    marks: OrderedDict[str, dict[str, Seen]]
    most: int = MOST

    def warm(self, prefix: Prefix) -> dict[str, dict[str, Seen]]:
        """Which endpoints have had which marks of this prefix, and when."""
        found: dict[str, dict[str, Seen]] = {}
        for mark in (*prefix.marks[: prefix.anchor], *prefix.marks[prefix.anchor :][-LOOKED_UP:]):
            had = self.marks.get(mark.digest)
            if had is not None:
                for endpoint, seen in had.items():
                    found.setdefault(endpoint, {})[mark.digest] = seen
        return found

    def served(self, endpoint: str, prefix: Prefix, now: int) -> None:
        """Remember that an endpoint has had a prompt with this prefix: the end of its head, and its end."""
        seen = Seen(now, prefix.ttl)
        ends = (prefix.marks[prefix.anchor - 1 : prefix.anchor], prefix.marks[-1:])
        for mark in (one for some in ends for one in some):
            self.marks.setdefault(mark.digest, {})[endpoint] = seen
            self.marks.move_to_end(mark.digest)
        while len(self.marks) > self.most:
            self.marks.popitem(last=False)


def opened(most: int = MOST) -> Memory:
    """An empty memory."""
    return Memory(OrderedDict(), most)
