"""Pictures in rows and columns: what each way of serving the log saves, what each kind of work costs, what each day cost.

Pure, as `charts` is. A picture in rows has a label at the left and a value at the right of each row; on a phone they lie above it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct

from tierwise.lab.charts.axes import MONEY, Axis, ticks
from tierwise.lab.charts.labels import GLYPH, fitted
from tierwise.lab.charts.look import ACCENT, FAINT, HAIR, INK, MUTED, PAPER, SIZE, WIDE, spec

Layer = Mapping[str, Any]


class Layout(NamedTuple):
    """Pixels of a picture in rows: its width, each row's height, room for labels and values, and how far these lie above the marks."""

    width: int
    step: int
    labels: int
    values: int
    above: int


def _layout(width: int) -> Layout:
    return Layout(width, 28, 280, 160, 0) if width >= WIDE else Layout(width, 42, 20, 20, 9)


class Whisker(Struct, frozen=True):
    """A row with a value and its interval, None where they are not known, and how they are written."""

    name: str
    value: float | None
    low: float
    high: float
    text: str
    colour: str = INK


LOWEST = -1.0
"""What is below this is shown at the edge; its value is written beside it."""


def span(rows: Sequence[Whisker]) -> tuple[float, float]:
    """The least and the most of some rows, zero included."""
    ends = [end for row in rows if row.value is not None for end in (row.low, row.value, row.high)]
    return max(min([*ends, 0.0]), LOWEST), max([*ends, 0.05])


def savings(rows: Sequence[Whisker], reach: tuple[float, float], width: int = WIDE) -> dict[str, Any]:
    """A dot with its interval for each row, over shares of the reference's spend; `reach` are the ends of the axis."""
    layout, axis = _layout(width), _inner(reach, _layout(width))
    known = [(index, row) for index, row in enumerate(rows) if row.value is not None]
    inside = Axis(*reach, 1)
    whiskers = [{"row": index, "x": inside.held(row.low), "x2": inside.held(row.high), "colour": row.colour} for index, row in known]
    dots = [_dot(index, row.value or 0.0, row.colour) for index, row in known]
    drawn = [
        {
            "data": {"values": [{"x": 0}]},
            "mark": {"type": "rule", "color": FAINT},
            "encoding": {"y": {"value": 0}, "y2": {"value": "height"}},
        },
        _lines(whiskers, layout),
        _dots(dots, layout),
        *_written([(row.name, row.text, MUTED if row.value is None else INK) for row in rows], layout, axis),
    ]
    described = "Saving of " + ", ".join(f"{row.name}: {row.text}" for row in rows)
    return _rows(described, drawn, (len(rows), layout, axis), (reach, "format(datum.value, '~%')"))


def _inner(reach: tuple[float, float], layout: Layout) -> Axis:
    """The axis over a picture's whole width whose inner part, between labels and values, has `reach` as its ends."""
    inner = Axis(*reach, layout.width - layout.labels - layout.values)
    return Axis(inner.value(-layout.labels), inner.value(inner.pixels + layout.values), layout.width)


def _dot(row: int, value: float, colour: str) -> dict[str, Any]:
    beyond = value < LOWEST
    return {"row": row, "x": max(value, LOWEST), "colour": colour, "shape": "triangle-left" if beyond else "circle"}


def _dots(values: Sequence[Mapping[str, Any]], layout: Layout) -> Layer:
    encoding = {"color": _as_said("colour"), "shape": _as_said("shape")}
    mark = {"type": "point", "filled": True, "opacity": 1, "size": 70, "stroke": PAPER, "strokeWidth": 1, "yOffset": layout.above}
    return {"data": {"values": list(values)}, "mark": mark, "encoding": encoding}


def _lines(values: Sequence[Mapping[str, Any]], layout: Layout) -> Layer:
    encoding = {"x2": {"field": "x2"}, "color": _as_said("colour")}
    return {"data": {"values": list(values)}, "mark": {"type": "rule", "strokeWidth": 1.5, "yOffset": layout.above}, "encoding": encoding}


def _as_said(field: str) -> dict[str, Any]:
    return {"field": field, "type": "nominal", "scale": None, "legend": None}


def _written(rows: Sequence[tuple[str, str, str]], layout: Layout, axis: Axis) -> list[Layer]:
    """The labels at the left and the values at the right."""
    rows = [(fitted(name, _room(text, layout)), text, ink) for name, text, ink in rows]
    return [
        _texts([{"row": index, "x": axis.low, "text": name, "colour": ink} for index, (name, _, ink) in enumerate(rows)], "left", layout),
        _texts([{"row": index, "x": axis.high, "text": text, "colour": ink} for index, (_, text, ink) in enumerate(rows)], "right", layout),
    ]


def _room(text: str, layout: Layout) -> float:
    """Pixels for a label: its own room, or what the value above the marks leaves."""
    return layout.width - GLYPH * SIZE * (len(text) + 1) if layout.above else layout.labels


def _texts(values: Sequence[Mapping[str, Any]], align: str, layout: Layout) -> Layer:
    mark = {"type": "text", "align": align, "baseline": "middle", "yOffset": -layout.above}
    halo = {"mark": mark | {"stroke": PAPER, "strokeWidth": 3, "strokeJoin": "round"}, "encoding": {"text": {"field": "text"}}}
    written = {"mark": mark, "encoding": {"text": {"field": "text"}, "color": _as_said("colour")}}
    return {"data": {"values": list(values)}, "layer": [halo, written]}


def _rows(
    described: str, drawn: Sequence[Layer], frame: tuple[int, Layout, Axis], named: tuple[tuple[float, float], str]
) -> dict[str, Any]:
    """A picture in rows over an axis of which the values within `named`'s ends are named as it says."""
    count, layout, axis = frame
    reach, written = named
    across = {"values": ticks(*reach), "labelExpr": written, "title": None, "orient": "top", "gridColor": HAIR}
    lines = {"grid": True, "bandPosition": 1, "gridColor": HAIR, "labels": False, "ticks": False, "domain": False, "title": None}
    encoding = {
        "x": {"field": "x", "type": "quantitative", "scale": axis.scale(), "axis": across},
        "y": {"field": "row", "type": "ordinal", "axis": lines, "scale": {"domain": list(range(count)), "padding": 0}},
    }
    return spec(described, (layout.width, max(count, 1) * layout.step), drawn, encoding)


class Pair(Struct, frozen=True):
    """A row with dollars before and after, and how they are written."""

    name: str
    before: float
    after: float
    text: str


def pairs(rows: Sequence[Pair], width: int = WIDE) -> dict[str, Any]:
    """Two dots for each row, the dollars before and after, with a line between them."""
    reach = 0.0, max([row.before for row in rows] + [row.after for row in rows]) or 1.0
    layout = _layout(width)
    axis = _inner(reach, layout)
    between = [{"row": index, "x": row.before, "x2": row.after, "colour": FAINT} for index, row in enumerate(rows)]
    ends = [
        {"row": index, "x": value, "colour": colour, "shape": "circle"}
        for index, row in enumerate(rows)
        for value, colour in ((row.before, FAINT), (row.after, ACCENT))
    ]
    drawn = [_lines(between, layout), _dots(ends, layout), *_written([(row.name, row.text, INK) for row in rows], layout, axis)]
    described = "Dollars by kind of work: " + ", ".join(f"{row.name} {row.text}" for row in rows)
    return _rows(described, drawn, (len(rows), layout, axis), (reach, MONEY))


class Stack(Struct, frozen=True):
    """What one model cost in one stretch of days, in dollars."""

    when: str
    model: str
    dollars: float


PANEL = (400, 220)
"""Pixels across and down of a picture of days."""

THICKEST = 44
"""Pixels of a bar where there are few."""

NAMED_DAYS = 5
"""Stretches of days named on the axis."""


def days(stacks: Sequence[Stack], stretches: Sequence[str], most: float, colours: Mapping[str, str]) -> dict[str, Any]:
    """Stacked bars of dollars by stretch of days and model; `most` is the top of the axis, so that two pictures can be compared."""
    width, height = PANEL
    places = {model: index for index, model in enumerate(colours)}
    values = [
        {"when": one.when, "dollars": one.dollars, "colour": colours[one.model], "place": places[one.model]}
        for one in sorted(stacks, key=lambda one: (places[one.model], one.when))
    ]
    every = -(-len(stretches) // NAMED_DAYS)
    upright = {"values": ticks(0, most), "labelExpr": MONEY, "title": None, "minExtent": 48, "maxExtent": 48, "orient": "left"}
    thick = 0.75 * width / len(stretches)
    band = {"domain": list(stretches), "paddingInner": 0.25, "paddingOuter": 0.1}
    encoding = {
        "x": {
            "field": "when",
            "type": "ordinal",
            "scale": band,
            "axis": {"values": list(stretches[::every]), "title": None, "labelAngle": 0},
        },
        "y": {"field": "dollars", "type": "quantitative", "scale": {"domain": [0, most], "nice": False}, "axis": upright, "stack": "zero"},
        "color": _as_said("colour"),
        "order": {"field": "place", "type": "quantitative"},
    }
    described = f"Dollars by model, {stretches[0]} to {stretches[-1]}"
    return spec(
        described, (width, height), [{"data": {"values": values}, "mark": {"type": "bar", "width": min(thick, THICKEST)}}], encoding
    )
