"""Colours of pictures and pages, each for light and for dark paper, and how a picture is set.

A picture is drawn in the light colours. A page turns them into the dark ones by a style rule for each pair, so a picture is drawn once.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

PAPER: Final = "#ffffff"
INK: Final = "#1b1f24"
MUTED: Final = "#626a73"
HAIR: Final = "#e6e9ec"
ACCENT: Final = "#1f5fae"
WARNING: Final = "#a8442a"
FAINT: Final = "#a9b0b8"
RIVAL: Final = "#7c60a8"
REST: Final = "#c3c8ce"
"""What is left over when the palette is used up."""

PALETTE: Final = (
    "#2f6fb7",
    "#c9653f",
    "#2b8a6e",
    "#b98a1d",
    "#7c60a8",
    "#3b9aab",
    "#ad527d",
    "#74832f",
    "#8d6e55",
    "#596b7d",
)
"""For models and vendors; told apart by most eyes, none louder than the others."""

DARK: Final = MappingProxyType(
    {
        PAPER: "#14171a",
        INK: "#e6e8ea",
        MUTED: "#9aa3ad",
        HAIR: "#2c3137",
        ACCENT: "#6ba6ea",
        WARNING: "#e08a6d",
        FAINT: "#666f79",
        REST: "#5d656e",
        "#2f6fb7": "#689fdd",
        "#c9653f": "#e28d6b",
        "#2b8a6e": "#58b798",
        "#b98a1d": "#d5ae52",
        "#7c60a8": "#a78fd0",
        "#3b9aab": "#69c0cf",
        "#ad527d": "#d283a7",
        "#74832f": "#a3b35c",
        "#8d6e55": "#bd9d83",
        "#596b7d": "#93a5b7",
    }
)
"""The colour on dark paper that stands for each colour on light paper."""

FONT: Final = "Helvetica, Arial, sans-serif"
"""Faces of one width on every machine, so that labels are placed alike everywhere."""

SIZE: Final = 13
"""Text in pictures, in pixels."""

WIDE: Final = 880
NARROW: Final = 360
"""The widths pictures are drawn for: a page, and a phone."""


def coloured(names: Sequence[str], most: int = len(PALETTE)) -> dict[str, str]:
    """A colour for each name, in order; one quiet colour for all after the first few."""
    return {name: PALETTE[index] if index < most else REST for index, name in enumerate(names)}


def spec(description: str, size: tuple[int, int], layers: Sequence[Mapping[str, Any]], encoding: Mapping[str, Any]) -> dict[str, Any]:
    """A picture whose marks take so many pixels across and down; axes come on top of that."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": description,
        "width": size[0],
        "height": size[1],
        "padding": 2,
        "background": PAPER,
        "config": _config(),
        "encoding": dict(encoding),
        "layer": [dict(layer) for layer in layers],
    }


def _config() -> dict[str, Any]:
    text = {"labelColor": MUTED, "titleColor": MUTED, "labelFontSize": SIZE, "titleFontSize": SIZE, "titleFontWeight": "normal"}
    axis = text | {"domainColor": FAINT, "gridColor": HAIR, "tickColor": FAINT, "labelPadding": 6, "titlePadding": 10, "labelLimit": 400}
    legend = text | {"title": None, "symbolSize": 70, "symbolType": "circle", "symbolStrokeWidth": 0, "symbolOpacity": 1}
    return {
        "font": FONT,
        "aria": False,
        "view": {"stroke": None},
        "axis": axis,
        "axisQuantitative": {"domain": False, "ticks": False},
        "legend": legend,
        "text": {"fontSize": SIZE, "color": INK},
        "title": {"anchor": "start", "color": INK, "fontSize": 16, "fontWeight": "normal", "offset": 16},
    }
