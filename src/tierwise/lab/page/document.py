"""What every page has: the head that forbids it to load anything, the style, and its figures."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tierwise.lab.page.html import EMPTY, Html, tag
from tierwise.lab.page.plots import Figure, Panel
from tierwise.lab.page.style import STYLE

FORBIDDEN: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing may be loaded, nothing may run; only the file's own style holds."""

NAMESPACES: Final = ' xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
"""Names that a picture inside a page does without."""

Draw = Callable[[Mapping[str, Any]], str]
"""Makes the SVG of a spec."""


def document(title: str, *content: Html) -> str:
    """A page of some content."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=FORBIDDEN),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Html(STYLE)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', tag('main', *content)), lang='en-GB').text}\n"


def figure(one: Figure, draw: Draw) -> Html:
    """A figure drawn, or why there is none."""
    if one.absent:
        return tag("p", one.absent, class_="muted")
    panels = tag("div", *(_panel(panel, draw) for panel in one.panels), class_="panels" if _beside(one) else "stack")
    return tag("figure", _key(one), panels, tag("figcaption", one.caption))


def _beside(one: Figure) -> bool:
    """Whether the panels are small enough to lie side by side."""
    return all(panel.narrow is None for panel in one.panels)


def _panel(panel: Panel, draw: Draw) -> Html:
    heading = tag("h3", panel.heading) if panel.heading else EMPTY
    if panel.narrow is None:
        return tag("div", heading, _drawn(panel.wide, draw, "chart"))
    return tag("div", heading, _drawn(panel.wide, draw, "chart wide"), _drawn(panel.narrow, draw, "chart narrow"))


def _drawn(spec: Mapping[str, Any], draw: Draw, name: str) -> Html:
    return tag("div", Html(draw(spec).replace(NAMESPACES, "")), class_=name)


def _key(one: Figure) -> Html:
    """What the colours stand for."""
    return tag("p", *(tag("span", _swatch(colour), name) for colour, name in one.key), class_="key") if one.key else EMPTY


def _swatch(colour: str) -> Html:
    dot = tag("circle", cx="5", cy="5", r="5", fill=colour)
    return tag("svg", dot, viewBox="0 0 10 10", aria_hidden="true")
