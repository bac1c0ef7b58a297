"""Vega-Lite specs drawn as SVG and PNG, by an optional package that needs no network and no browser.

The package ends the whole process over a character that XML does not know; so what a spec says is made safe before it is drawn.
"""

import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final
from xml.sax.saxutils import quoteattr

UNDRAWABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML: control characters, halves of surrogate pairs, non-characters."""

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class NoPlots(ValueError):
    """The package that draws is not installed; the message says how to get it."""


def ready() -> None:
    """NoPlots unless pictures can be drawn: to be asked before long work of which a picture is the end."""
    _drawer()


def svg(spec: Mapping[str, Any]) -> str:
    """The picture of a spec as SVG, with the spec's description as its label."""
    drawn: str = _drawer().vegalite_to_svg(drawable(spec), allowed_base_urls=[])
    label = quoteattr(str(drawable(spec.get("description", ""))))
    return drawn.replace("<svg ", f'<svg role="img" aria-label={label} ', 1)


def png(spec: Mapping[str, Any], scale: float = 2.0) -> bytes:
    """The picture of a spec as PNG, `scale` pixels for each of the spec's."""
    drawn: bytes = _drawer().vegalite_to_png(drawable(spec), scale=scale, allowed_base_urls=[])
    return drawn


def drawable(value: Any) -> Any:
    """A value of JSON with the texts in it made safe to draw."""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, Mapping):
        return {safe(key): drawable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [drawable(item) for item in value]
    return value


def safe(text: str) -> str:
    """A text with a replacement for each character that no XML or HTML may hold."""
    return UNDRAWABLE.sub(REPLACEMENT, text)


def _drawer() -> ModuleType:
    try:
        import vl_convert  # noqa: PLC0415  # optional
    except ImportError:
        raise NoPlots("pictures are drawn by vl-convert-python, which is not installed: pip install 'tierwise[plot]'") from None
    return vl_convert
