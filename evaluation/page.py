"""The page of evidence: tables of figures, each with what is to be said of it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Figures(NamedTuple):
    """A table of the page: its title, the heads of its columns, its lines, and what is to be said of it."""

    title: str
    heads: Sequence[str]
    lines: Sequence[Sequence[str]]
    note: str = ""


def verdict(met: bool) -> str:  # noqa: FBT001  # it is what is said
    """Whether a bar is met, in a word."""
    return "met" if met else "missed"


def shown(one: Figures) -> str:
    """A table in Markdown that is read as well as text."""
    cells = [tuple(one.heads), *(tuple(line) for line in one.lines)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(one.heads))]
    rows = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([f"## {one.title}", "", rows[0], rule, *rows[1:], *(["", one.note] if one.note else [])])


def page(opening: str, parts: Iterable[Figures]) -> str:
    """The whole page."""
    return "\n\n".join([opening.strip(), *(shown(one) for one in parts)]) + "\n"
