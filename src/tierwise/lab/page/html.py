"""HTML out of small parts. A part is `Html`; a plain text put among parts is escaped, so what a log says can never be markup."""

from collections.abc import Iterable, Sequence
from html import escape

from msgspec import Struct

from tierwise.lab.pictures import safe


class Html(Struct, frozen=True):
    """Text that is markup already."""

    text: str


Child = Html | str | None
"""A part, a text to be escaped, or nothing."""

EMPTY = Html("")
VOID = frozenset({"meta", "wbr"})


def text_of(child: Child) -> str:
    """The markup of a part."""
    if child is None:
        return ""
    return child.text if isinstance(child, Html) else escape(safe(child))


def html(*children: Child) -> Html:
    """Parts one after the other."""
    return Html("".join(text_of(child) for child in children))


def tag(name: str, /, *children: Child, **attributes: str) -> Html:
    """An element. An attribute's name is written with `_` for `-`, and with one at its end where Python has the word to itself."""
    said = "".join(f' {key.strip("_").replace("_", "-")}="{escape(safe(value))}"' for key, value in attributes.items())
    closing = "" if name in VOID else f"</{name}>"
    return Html(f"<{name}{said}>{html(*children).text}{closing}")


def many(name: str, children: Iterable[Child], /, **attributes: str) -> Html:
    """One element for each part."""
    return html(*(tag(name, child, **attributes) for child in children))


def section(name: str, heading: str, *children: Child) -> Html:
    """A section with its heading, that a link can lead to."""
    return tag("section", tag("h2", heading), *children, id=name)


class Column(Struct, frozen=True):
    """A column of a table: its heading, and whether it holds numbers."""

    heading: str
    number: bool = True


class Line(Struct, frozen=True):
    """A row of a table: its name and its cells; `strong` sets it apart."""

    name: Child
    cells: Sequence[Child]
    strong: bool = False


def table(caption: Child, columns: Sequence[Column], lines: Iterable[Line]) -> Html:
    """A table that scrolls by itself where the page is too narrow for it."""
    head = tag("tr", *(tag("th", column.heading, scope="col", **_kind(column)) for column in columns))
    body = html(*(_line(line, columns) for line in lines))
    whole = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body))
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=plain(caption))


def _line(line: Line, columns: Sequence[Column]) -> Html:
    name = breakable(line.name) if isinstance(line.name, str) else line.name
    cells = (tag("td", cell, **_kind(column)) for cell, column in zip(line.cells, columns[1:], strict=True))
    return tag("tr", tag("th", name, scope="row"), *cells, **({"class_": "strong"} if line.strong else {}))


def breakable(name: str) -> Html:
    """A name that may be broken after its provider."""
    provider, slash, model = name.rpartition("/")
    return html(provider, slash, tag("wbr"), model) if slash else html(name)


def _kind(column: Column) -> dict[str, str]:
    return {"class_": "number"} if column.number else {}


def plain(child: Child) -> str:
    """A caption's text for a label; markup has none."""
    return child if isinstance(child, str) else ""
