r"""The report of a backtest as one self-contained HTML file: no script, no font, no address that is loaded.

    Report --conclusion--> words          \
    Report --plots--> specs --draw--> SVG  > sections --> one file
    Report --sections--> tables           /

All but the drawing is pure. What comes from a log is escaped where markup is made (`html`), and the file forbids browsers to run
or load anything.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tierwise.lab import charts, pictures
from tierwise.lab.page import plots
from tierwise.lab.page.html import EMPTY, Html, tag
from tierwise.lab.page.plots import Figure, Panel
from tierwise.lab.page.sections import body, contents, opening, subject
from tierwise.lab.page.style import STYLE
from tierwise.lab.report import Report

FORBIDDEN: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing may be loaded, nothing may run; only the file's own style holds."""

NAMESPACES: Final = ' xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
"""Names that a picture inside a page does without."""

Draw = Callable[[Mapping[str, Any]], str]


def rendered(report: Report, frontier: Sequence[charts.Point], priced: str = charts.PER_MILLION, draw: Draw = pictures.svg) -> str:
    """A report's page. `priced` says what the prices of the frontier are; `draw` makes the SVG of a spec."""
    figures = {
        "savings": plots.savings(report),
        "quality": plots.quality(report),
        "spend": plots.spend(report),
        "tasks": plots.tasks(report),
        "frontier": plots.frontier(frontier, priced),
    }
    drawn = {name: _figure(figure, draw) for name, figure in figures.items()}
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=FORBIDDEN),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"tierwise backtest: {subject(report)}"),
        tag("style", Html(STYLE)),
    )
    content = tag("body", tag("main", opening(report), contents(), body(report, drawn)))
    return f"<!DOCTYPE html>\n{tag('html', head, content, lang='en-GB').text}\n"


def _figure(figure: Figure, draw: Draw) -> Html:
    if figure.absent:
        return tag("p", figure.absent, class_="muted")
    panels = tag("div", *(_panel(panel, draw) for panel in figure.panels), class_="panels" if _beside(figure) else "stack")
    return tag("figure", _key(figure), panels, tag("figcaption", figure.caption))


def _beside(figure: Figure) -> bool:
    """Whether the panels are small enough to lie side by side."""
    return all(panel.narrow is None for panel in figure.panels)


def _panel(panel: Panel, draw: Draw) -> Html:
    heading = tag("h3", panel.heading) if panel.heading else EMPTY
    if panel.narrow is None:
        return tag("div", heading, _drawn(panel.wide, draw, "chart"))
    return tag("div", heading, _drawn(panel.wide, draw, "chart wide"), _drawn(panel.narrow, draw, "chart narrow"))


def _drawn(spec: Mapping[str, Any], draw: Draw, name: str) -> Html:
    return tag("div", Html(draw(spec).replace(NAMESPACES, "")), class_=name)


def _key(figure: Figure) -> Html:
    """What the colours stand for."""
    return tag("p", *(tag("span", _swatch(colour), name) for colour, name in figure.key), class_="key") if figure.key else EMPTY


def _swatch(colour: str) -> Html:
    dot = tag("circle", cx="5", cy="5", r="5", fill=colour)
    return tag("svg", dot, viewBox="0 0 10 10", aria_hidden="true")
