"""Blocks of an answer that may come interleaved, put in order.

Theory of operation. Each block is a lane; its place is (item, part). The first lane that has something to say is in front, and what it says
goes out at once; what others say is held. When the front lane closes, the lane with the first place that has something to say comes to the
front and says all it held. A lane is opened with its first word, so that empty ones leave no trace; calls are `due` and open without.
"""

from msgspec import Struct, field
from msgspec.structs import replace

from tierwise.core.events import Close, Delta, Event, Opaque, Open, Seal

Place = tuple[int, int]


class Lane(Struct, eq=False):
    """A block: how it opens (None until that is known) and what it holds back.

    `part` and `sent` say which part of its text comes now and how many characters of that came.
    """

    place: Place
    open: Open | None
    due: bool = False
    index: int = -1
    shut: bool = False
    part: int = 0
    sent: int = 0
    notes: int = 0
    held: list[Delta | Seal | Opaque] = field(default_factory=list)


class Lanes(Struct):
    """All lanes that are not closed, and the events that came out."""

    waiting: dict[Place, Lane] = field(default_factory=dict)
    front: Lane | None = None
    count: int = 0
    out: list[Event] = field(default_factory=list)

    def taken(self) -> list[Event]:
        """The events since the last time."""
        out, self.out = self.out, []
        return out

    def added(self, place: Place, opening: Open | None, *, due: bool = False) -> Lane:
        """A new lane."""
        lane = Lane(place, opening, due)
        self.waiting[place] = lane
        if due:
            self.begin(lane)
        return lane

    def begin(self, lane: Lane) -> None:
        """Bring a lane to the front if nobody is there and it may open."""
        if self.front is None and lane.open is not None and not lane.shut:
            self._promote(lane, lane.open)

    def say(self, lane: Lane, event: Delta | Seal | Opaque) -> None:
        """Something that belongs to a lane, of whatever index."""
        self.begin(lane)
        if lane is self.front:
            self.out.append(replace(event, index=lane.index))
        else:
            lane.held.append(event)

    def text(self, lane: Lane, text: str) -> None:
        """More text of a lane."""
        if lane is self.front:
            self.out.append(Delta(lane.index, text))
        elif text:
            self.say(lane, Delta(-1, text))

    def shut(self, lane: Lane) -> None:
        """Close a lane, now or when its turn comes."""
        if lane.shut:
            return
        if lane is not self.front:
            if self.front is None and lane.open is not None and (lane.due or lane.held):
                self._promote(lane, lane.open)
            else:
                lane.shut = True
                return
        lane.shut = True
        self._close(lane)

    def _close(self, lane: Lane) -> None:
        self.out.append(Close(lane.index))
        self.waiting.pop(lane.place, None)
        self.front = None
        self._advance()

    def _advance(self) -> None:
        """Bring the next lane forward; those that are closed already are said whole."""
        ready = [(one, one.open) for _, one in sorted(self.waiting.items()) if one.open is not None and (one.due or one.held)]
        for lane, opening in ready:
            self._promote(lane, opening)
            if not lane.shut:
                return
            self.out.append(Close(lane.index))
            self.waiting.pop(lane.place)
            self.front = None

    def _promote(self, lane: Lane, opening: Open) -> None:
        lane.index, self.count = self.count, self.count + 1
        self.out.append(replace(opening, index=lane.index))
        self.out.extend(replace(one, index=lane.index) for one in lane.held)
        lane.held = []
        self.front = lane
