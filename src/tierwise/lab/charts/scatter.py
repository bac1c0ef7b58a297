"""A scatter of named dots with intervals, whose labels are placed so that they can be read."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tierwise.lab.charts.axes import Axis
from tierwise.lab.charts.labels import Anchor, Box, Label, placed
from tierwise.lab.charts.look import FAINT, INK, MUTED, PAPER

GAP = 4.0
"""Pixels between a dot and the line that ties a label to it."""

Layer = Mapping[str, Any]


class Dot(NamedTuple):
    """A named dot; `across` and `down` are its intervals where it has any, `must` says that its name has to be shown."""

    name: str
    x: float
    y: float
    colour: str
    must: bool = False
    across: tuple[float, float] | None = None
    down: tuple[float, float] | None = None


class Frame(NamedTuple):
    """The axes of a scatter, and the rectangles in it that labels should keep off."""

    x: Axis
    y: Axis
    obstacles: tuple[Box, ...] = ()

    def box(self, one: tuple[float, float], other: tuple[float, float]) -> Box:
        """The pixels between two values."""
        across, down = sorted((self.x.at(one[0]), self.x.at(other[0]))), sorted((self.down(one[1]), self.down(other[1])))
        return Box(across[0] - 1, down[0] - 1, across[1] + 1, down[1] + 1)

    def down(self, y: float) -> float:
        """Pixels from the top."""
        return self.y.pixels - self.y.at(y)


def layers(dots: Sequence[Dot], frame: Frame) -> list[Layer]:
    """Intervals, ties, dots and names, the lowest first."""
    labels = placed([_anchor(dot, frame) for dot in dots], Box(0, 0, frame.x.pixels, frame.y.pixels), frame.obstacles)
    named = [(dot, label) for dot, label in zip(dots, labels, strict=True) if label is not None]
    return [
        rules([_rule(dot, (low, dot.y), (high, dot.y), frame) for dot in dots if dot.across for low, high in [dot.across]]),
        rules([_rule(dot, (dot.x, low), (dot.x, high), frame) for dot in dots if dot.down for low, high in [dot.down]]),
        rules([_tie(dot, label, frame) for dot, label in named if label.tied]),
        _points(dots),
        *(_names([(dot, label) for dot, label in named if label.align == align], align, frame) for align in ("left", "center", "right")),
    ]


def rules(values: Sequence[Mapping[str, Any]]) -> Layer:
    """Straight lines from (x, y) to (x2, y2), each in its colour."""
    colour = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    encoding = {"x2": {"field": "x2"}, "y2": {"field": "y2"}, "color": colour, "opacity": {"field": "opacity", "scale": None}}
    return {"data": {"values": list(values)}, "mark": {"type": "rule", "strokeWidth": 1}, "encoding": encoding}


def _rule(dot: Dot, start: tuple[float, float], end: tuple[float, float], frame: Frame) -> dict[str, Any]:
    x, y = frame.x.held, frame.y.held
    opacity = 0.8 if dot.must else 0.5
    return {"x": x(start[0]), "y": y(start[1]), "x2": x(end[0]), "y2": y(end[1]), "colour": dot.colour, "opacity": opacity}


def _anchor(dot: Dot, frame: Frame) -> Anchor:
    return Anchor(frame.x.at(dot.x), frame.down(dot.y), dot.name, dot.must)


def _tie(dot: Dot, label: Label, frame: Frame) -> dict[str, Any]:
    """A line from a dot to the nearest place of its label."""
    x, y = frame.x.at(dot.x), frame.down(dot.y)
    to_x, to_y = min(max(x, label.box.left), label.box.right), min(max(y, label.box.top), label.box.bottom)
    length = max(((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5, GAP)
    from_x, from_y = x + (to_x - x) * GAP / length, y + (to_y - y) * GAP / length
    return {
        "x": frame.x.value(from_x),
        "y": frame.y.value(frame.y.pixels - from_y),
        "x2": frame.x.value(to_x),
        "y2": frame.y.value(frame.y.pixels - to_y),
        "colour": FAINT,
        "opacity": 1,
    }


def _points(dots: Sequence[Dot]) -> Layer:
    values = [{"x": dot.x, "y": dot.y, "colour": dot.colour, "size": 64 if dot.must else 34} for dot in reversed(dots)]
    encoding = {
        "color": {"field": "colour", "type": "nominal", "scale": None, "legend": None},
        "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
    }
    mark = {"type": "point", "filled": True, "opacity": 1, "stroke": PAPER, "strokeWidth": 1}
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def _names(named: Sequence[tuple[Dot, Label]], align: str, frame: Frame) -> Layer:
    values = [
        {
            "x": frame.x.value(label.x),
            "y": frame.y.value(frame.y.pixels - label.y),
            "text": dot.name,
            "ink": INK if dot.must else MUTED,
        }
        for dot, label in named
    ]
    ink = {"field": "ink", "type": "nominal", "scale": None, "legend": None}
    mark = {"type": "text", "align": align, "baseline": "middle"}
    halo = {"mark": mark | {"stroke": PAPER, "strokeWidth": 3, "strokeJoin": "round"}, "encoding": {"text": {"field": "text"}}}
    return {"data": {"values": values}, "layer": [halo, {"mark": mark, "encoding": {"text": {"field": "text"}, "color": ink}}]}
