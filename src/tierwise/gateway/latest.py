"""The latest request of each session, remembered so that a later one can tell what came of it."""

from collections import OrderedDict
from typing import Final

from msgspec import Struct

from tierwise.core.entry import Asker

KEPT: Final = 4096
"""Sessions that are kept."""

SIDE: Final = "side"
"""The turn of a client's background calls (titles, probes): nobody judges those."""


class Latest(Struct):
    """Ids of requests by key and session, those of the session that was silent longest first."""

    ids: OrderedDict[tuple[str, str], str]

    def remember(self, name: str, asker: Asker) -> None:
        """Note that a request was served."""
        if not asker.session or asker.turn == SIDE:
            return
        place = asker.key, asker.session
        self.ids[place] = name
        self.ids.move_to_end(place)
        if len(self.ids) > KEPT:
            self.ids.popitem(last=False)

    def of(self, key: str, session: str) -> str:
        """The id of a session's latest request, '' where it is not known."""
        return self.ids.get((key, session), "")


def opened() -> Latest:
    """Nothing remembered yet."""
    return Latest(OrderedDict())
