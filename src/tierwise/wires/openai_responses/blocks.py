"""The items of an answer as a stream tells of them, and what of them was said already.

A stream tells of items by number or by id; some servers leave out one of them, or the event that begins an item. So each item is found by
whichever is given. Whatever is said in full is compared with what came before: only what is missing is said.
"""

from typing import Final

from msgspec import Struct, field

from tierwise.core.events import CALL, THOUGHT, Open, Start
from tierwise.wires.openai_responses import frames
from tierwise.wires.openai_responses.lanes import Lane, Lanes

KINDS: Final = {CALL: "", THOUGHT: "reasoning"}
"""The type of an item by that of its blocks, where it is sure; others are messages."""


class Seen(Struct, eq=False):
    """An item that the stream told of: its number, and its blocks by part."""

    number: int
    lanes: dict[int, Lane] = field(default_factory=dict)
    kind: str = ""
    id: str = ""
    over: bool = False


class Told(Struct):
    """What a stream has told so far."""

    lanes: Lanes = field(default_factory=Lanes)
    items: dict[int, Seen] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    last: int = 0
    begun: bool = False
    over: bool = False
    called: bool = False
    refused: bool = False
    searches: int = 0

    def start(self, response: frames.Response | None = None) -> None:
        """The answer begins; said once, however often the stream says it. Without a name the stream is not as clients want it."""
        if not self.begun:
            self.begun = True
            known = response or frames.Response()
            self.lanes.out.append(Start(known.id or "", known.model or ""))

    def seen(self, at: frames.At) -> Seen:
        """The item that an event belongs to."""
        number = at.output_index
        if number is None:
            number = self.ids.get(at.item_id, self._next()) if at.item_id else self.last
        return self._item(number, at.item_id or "")

    def announced(self, number: int | None, item: frames.Item) -> Seen:
        """The item that an event brings in full or begins: a new one, unless its number or its id is known."""
        known = item.id or item.call_id or ""
        if number is None:
            number = self.ids.get(known, self._next()) if known else self._unfinished(item.type)
        seen = self._item(number, known)
        seen.kind, seen.id = item.type or seen.kind, item.id or seen.id
        return seen

    def _unfinished(self, kind: str) -> int:
        """The number of an item of a type that is not complete yet, else a new one."""
        going = (one.number for one in self.items.values() if not one.over and one.kind in {"", kind})
        return next(going, self._next())

    def _next(self) -> int:
        return 1 + max(self.items, default=-1)

    def _item(self, number: int, known: str) -> Seen:
        if known:
            self.ids.setdefault(known, number)
        self.last = number
        if number not in self.items:
            self.items[number] = Seen(number)
        return self.items[number]

    def lane(self, seen: Seen, part: int, kind: str) -> Lane:
        """The block for a part of an item."""
        if part not in seen.lanes:
            seen.kind = seen.kind or KINDS.get(kind, "message")
            opening = None if kind == CALL else Open(-1, kind, item=seen.id)
            seen.lanes[part] = self.lanes.added((seen.number, part), opening)
        return seen.lanes[part]

    def more(self, lane: Lane, text: str | None, part: int = 0) -> None:
        """More text of a part of a block; parts are set apart."""
        if text:
            self._turned(lane, part)
            lane.sent += len(text)
            self.lanes.text(lane, text)

    def whole(self, lane: Lane, text: str | None, part: int = 0) -> None:
        """All the text of a part of a block: what of it did not come yet is said."""
        if text and part >= lane.part and not lane.shut:
            self._turned(lane, part)
            rest = text[lane.sent :]
            lane.sent += len(rest)
            if rest:
                self.lanes.text(lane, rest)

    def _turned(self, lane: Lane, part: int) -> None:
        if part != lane.part:
            if lane.sent:
                self.lanes.text(lane, "\n\n")
            lane.part, lane.sent = part, 0

    def closed(self, seen: Seen) -> None:
        """An item is complete."""
        seen.over = True
        for _, lane in sorted(seen.lanes.items()):
            self.lanes.shut(lane)
