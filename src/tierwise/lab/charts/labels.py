"""Places for the labels of points, so that they lie neither on each other nor on points, as far as there is room.

Labels are placed one after the other, those that must be shown first. Each takes the first free place around its point, near ones before
far ones; a far one is tied to its point by a line. One that finds none is left out, or, if it must be shown, put where it hides least.
"""

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

from tierwise.lab.charts.look import SIZE

GLYPH: Final = 0.54
"""Mean width of a character, in text sizes."""

LINE: Final = 1.15
POINT: Final = 5.0
"""Half the room a point takes, in pixels."""

AROUND: Final = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))
"""Right, left, above, below, and the four corners."""

CORNER: Final = 0.75
"""A corner's distance in each direction, of that straight on."""

ALIGNED: Final = MappingProxyType({1: "left", 0: "center", -1: "right"})

NEAR: Final = 8.0
DISTANCES: Final = (NEAR, 18.0, 30.0, 44.0)


class Box(NamedTuple):
    """A rectangle, in pixels from the top left."""

    left: float
    top: float
    right: float
    bottom: float


class Anchor(NamedTuple):
    """A point with its label's text; `must` says that the label has to be shown."""

    x: float
    y: float
    text: str
    must: bool = False


class Label(NamedTuple):
    """Where a label's text lies, how it is aligned there, and whether it is far enough from its point to need a line."""

    box: Box
    align: str
    tied: bool

    @property
    def x(self) -> float:
        """Where the text starts, ends or has its middle, by its alignment."""
        return {"left": self.box.left, "right": self.box.right}.get(self.align, (self.box.left + self.box.right) / 2)

    @property
    def y(self) -> float:
        """The middle of the text."""
        return (self.box.top + self.box.bottom) / 2


def placed(anchors: Sequence[Anchor], area: Box, obstacles: Iterable[Box] = ()) -> list[Label | None]:
    """A label for each anchor, None for one that found no room."""
    taken = [*obstacles, *(_room(anchor) for anchor in anchors)]
    found: list[Label | None] = [None] * len(anchors)
    for index in sorted(range(len(anchors)), key=lambda index: not anchors[index].must):
        label = _place(anchors[index], area, taken)
        found[index] = label
        if label is not None:
            taken.append(label.box)
    return found


def fitted(text: str, pixels: float) -> str:
    """A text, cut where it would be wider than so many pixels."""
    most = max(int(pixels / (GLYPH * SIZE)), 2)
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _place(anchor: Anchor, area: Box, taken: Sequence[Box]) -> Label | None:
    choices = [label for reach in DISTANCES for label in _around(anchor, reach) if _within(label.box, area)]
    for label in choices:
        if not any(_overlap(label.box, other) for other in taken):
            return label
    if not anchor.must or not choices:
        return None
    return min(choices, key=lambda label: sum(_overlap(label.box, other) for other in taken))


def _around(anchor: Anchor, reach: float) -> Iterable[Label]:
    """A label in each direction."""
    width, height = GLYPH * SIZE * len(anchor.text) / 2, LINE * SIZE / 2
    for right, down in AROUND:
        near = reach * (CORNER if right and down else 1.0)
        x, y = anchor.x + right * (near + width), anchor.y + down * (near + height)
        yield Label(Box(x - width, y - height, x + width, y + height), ALIGNED[right], reach > NEAR)


def _room(anchor: Anchor) -> Box:
    return Box(anchor.x - POINT, anchor.y - POINT, anchor.x + POINT, anchor.y + POINT)


def _within(box: Box, area: Box) -> bool:
    return box.left >= area.left and box.top >= area.top and box.right <= area.right and box.bottom <= area.bottom


def _overlap(one: Box, other: Box) -> float:
    """The area two boxes share."""
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return max(across, 0.0) * max(down, 0.0)
