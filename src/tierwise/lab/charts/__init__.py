"""The pictures of a report and of a frontier, as Vega-Lite specs. Pure: values in, a spec out; `pictures` draws them.

Nothing is read from elsewhere and no label is left to the drawing: what lies where is worked out here, so a picture is the same everywhere.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from tierwise.lab.charts.axes import MONEY, Axis, around, around_log, log_ticks, ticks
from tierwise.lab.charts.labels import fitted
from tierwise.lab.charts.look import ACCENT, FAINT, INK, REST, RIVAL, WARNING, WIDE, coloured, spec
from tierwise.lab.charts.scatter import Dot, Frame, Layer, layers, rules

PER_MILLION = "US dollars for a million output tokens"
PER_TASK = "US dollars per task, measured"
MARGIN = 52
"""Room for the names of an axis at the left, in pixels."""

BELOW = 0.45
LOW = 260
FEW, MORE = 20, 5
"""The height of a scatter: of its width, at least this low; and pixels more for each dot after the first few."""


class Point(Struct, frozen=True):
    """A model on a frontier picture: score 0 to 1, with an interval where one is known; price in dollars."""

    model: str
    vendor: str
    score: float
    price: float
    on_frontier: bool
    low: float | None = None
    high: float | None = None


def frontier(points: Sequence[Point], title: str = "", priced: str = PER_MILLION, width: int = WIDE) -> dict[str, Any]:
    """Score against price, the frontier as a stepped line. What costs nothing has no place on the axis and is left out."""
    shown = [point for point in points if point.price > 0]
    vendors = coloured(sorted({point.vendor for point in shown}))
    scores = [score for point in shown for score in (point.score, point.low, point.high) if score is not None]
    frame = _frame([point.price for point in shown] or [1.0], scores or [0.0], width)
    edge = sorted((point.price, point.score) for point in shown if point.on_frontier)
    framed = frame._replace(obstacles=tuple(_steps(edge, frame)))
    dots = [
        _model(point, vendors, fitted(point.model, NAME_ROOM * width))
        for point in sorted(shown, key=lambda point: (not point.on_frontier, point.model))
    ]
    line = _line([*edge, (frame.x.high, edge[-1][1])] if edge else [])
    described = f"{title or 'Score against price'}: {len(shown)} models, of which {len(edge)} are on the frontier"
    axes = _axes(frame, (priced, MONEY), ("Score", SHARE))
    drawn = [line, *layers(dots, framed), _key(vendors, width)]
    return spec(described, _size(frame), drawn, axes) | ({"title": title} if title else {})


def _frame(across: Sequence[float], down: Sequence[float], width: int) -> Frame:
    pixels = width - MARGIN
    height = max(round(pixels * BELOW), LOW) + MORE * max(len(across) - FEW, 0)
    return Frame(around_log(across, pixels), around(down, height, 0.1))


def _size(frame: Frame) -> tuple[int, int]:
    return round(frame.x.pixels), round(frame.y.pixels)


def _model(point: Point, vendors: Mapping[str, str], name: str) -> Dot:
    known = None if point.low is None or point.high is None else (point.low, point.high)
    return Dot(name, point.price, point.score, vendors[point.vendor], point.on_frontier, None, known)


def _steps(edge: Sequence[tuple[float, float]], frame: Frame) -> Any:
    """The rectangles of a stepped line."""
    ends = [*(price for price, _ in edge[1:]), frame.x.high]
    for (price, score), end in zip(edge, ends, strict=False):
        yield frame.box((price, score), (end, score))
    for (_, below), (price, score) in pairwise(edge):
        yield frame.box((price, below), (price, score))


def _line(edge: Sequence[tuple[float, float]]) -> Layer:
    values = [{"x": price, "y": score} for price, score in edge]
    return {"data": {"values": values}, "mark": {"type": "line", "interpolate": "step-after", "color": FAINT, "strokeWidth": 1.5}}


def _key(vendors: Mapping[str, str], width: int) -> Layer:
    """No mark, but the legend of vendors."""
    scale = {"domain": list(vendors), "range": list(vendors.values())}
    legend = {"orient": "bottom", "columns": max(width // 110, 1), "offset": 14}
    encoding = {"fill": {"field": "vendor", "type": "nominal", "scale": scale, "legend": legend}}
    return {"data": {"values": []}, "mark": {"type": "point", "filled": True}, "encoding": encoding}


class Standing(Struct, frozen=True):
    """A way of serving the log: its cost as a share of the reference's, and its quality in points (of 100) above it, with intervals.

    `group` is 'policy', 'fixed' (the reference, the log as it was), 'rival' or 'alone'.
    """

    name: str
    group: str
    cost: float
    cost_interval: tuple[float, float]
    points: float
    points_interval: tuple[float, float]


GROUPS: Mapping[str, str] = MappingProxyType({"policy": ACCENT, "fixed": INK, "rival": RIVAL, "alone": REST})
"""The colour of each group, the most telling first."""

NAME_ROOM = 0.42
"""How much of the width a name may take."""

LEAST = 0.001
"""The smallest share of the reference's cost that a log axis shows."""


def quality(standings: Sequence[Standing], floor: float, width: int = WIDE) -> dict[str, Any]:
    """Quality against cost, both relative to the reference, with the floor (in points below it) as a line."""
    ordered = sorted(standings, key=lambda one: list(GROUPS).index(one.group))
    room = NAME_ROOM * width
    frame = _frame([max(one.cost, LEAST) for one in ordered] + [1.0], [one.points for one in ordered] + [0.0, -floor], width)
    level = frame.box((frame.x.low, -floor), (frame.x.high, -floor))
    dots = [_dot(one, fitted(one.name, room)) for one in ordered]
    lines = [_level(frame, 0.0, FAINT), _level(frame, -floor, WARNING)]
    axes = _axes(frame, ("Cost, as a share of the reference's", SHARE), ("Points of quality against the reference", POINTS))
    described = f"Expected quality against cost of {len(ordered)} ways to serve the log, both relative to the reference"
    return spec(described, _size(frame), [rules(lines), *layers(dots, frame._replace(obstacles=(level,)))], axes)


def _dot(one: Standing, name: str) -> Dot:
    across = tuple(max(end, LEAST) for end in one.cost_interval)
    colour, must = GROUPS[one.group], one.group != "alone"
    return Dot(name, max(one.cost, LEAST), one.points, colour, must, (across[0], across[1]), one.points_interval)


def _level(frame: Frame, y: float, colour: str) -> dict[str, Any]:
    return {"x": frame.x.low, "y": y, "x2": frame.x.high, "y2": y, "colour": colour, "opacity": 1}


UPRIGHT: Mapping[str, Any] = MappingProxyType(
    {"titleAngle": 0, "titleAlign": "left", "titleAnchor": "end", "titleX": 8 - MARGIN, "titleY": -14, "minExtent": 40, "maxExtent": 40}
)
"""The title of the upright axis is read without turning the head."""

SHARE = "format(datum.value, '~%')"
POINTS = "datum.value == 0 ? '0' : format(datum.value, '+~r')"
"""How values are written on an axis, as Vega expressions."""


def _axes(frame: Frame, across: tuple[str, str], down: tuple[str, str]) -> dict[str, Any]:
    """Both axes, each with its title and how its values are written."""
    return {
        "x": _axis(frame.x, "x", {"title": across[0], "labelExpr": across[1], "grid": False, "ticks": True}),
        "y": _axis(frame.y, "y", {"title": down[0], "labelExpr": down[1], **UPRIGHT}),
    }


def _axis(axis: Axis, field: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    named = log_ticks(axis.low, axis.high) if axis.log else ticks(axis.low, axis.high)
    return {"field": field, "type": "quantitative", "scale": axis.scale(), "axis": {"values": named, **settings}}
