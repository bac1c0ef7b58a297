from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.lab.page.html import EMPTY, Column, Html, Line, breakable, html, many, section, table, tag


class Reader(HTMLParser):
    """The tags and the text of some markup."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


anything = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co")))


@given(anything, anything)
def test_a_text_is_never_markup(text: str, value: str) -> None:
    read = Reader(tag("p", text, title=value).text)
    assert read.tags == [("p", {"title": value})]
    assert read.said == text


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_written(text: str) -> None:
    assert html(text).text.encode().decode() == html(text).text


def test_parts_are_joined_and_nothing_is_nothing() -> None:
    assert html("a", None, Html("<b>c</b>"), EMPTY) == Html("a<b>c</b>")
    assert many("li", ["a", Html("<i>b</i>")], class_="x") == Html('<li class="x">a</li><li class="x"><i>b</i></li>')


@pytest.mark.parametrize(
    ("part", "markup"),
    [
        (tag("meta", charset="utf-8"), '<meta charset="utf-8">'),
        (tag("p"), "<p></p>"),
        (tag("a", "b", href="#c", aria_label="d"), '<a href="#c" aria-label="d">b</a>'),
        (tag("meta", name="x", http_equiv="y"), '<meta name="x" http-equiv="y">'),
        (section("s", "A & B", "c"), '<section id="s"><h2>A &amp; B</h2>c</section>'),
        (breakable("acme/big"), "acme/<wbr>big"),
        (breakable("big"), "big"),
    ],
)
def test_an_element_is_written_as_html(part: Html, markup: str) -> None:
    assert part.text == markup


def test_a_table_has_a_caption_headings_and_named_rows() -> None:
    columns = (Column("name", number=False), Column("dollars"), Column("why", number=False))
    found = table("Costs", columns, [Line("a/b", ("$1", "x")), Line(Html("<i>c</i>"), ("$2", None), strong=True)]).text
    read = Reader(found)
    assert read.tags[0] == ("div", {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Costs"})
    assert "<caption>Costs</caption>" in found
    assert [attributes for name, attributes in read.tags if name == "th"] == [
        {"scope": "col"},
        {"scope": "col", "class": "number"},
        {"scope": "col"},
        {"scope": "row"},
        {"scope": "row"},
    ]
    assert '<tr class="strong"><th scope="row"><i>c</i></th><td class="number">$2</td><td></td></tr>' in found


def test_a_row_with_too_few_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="argument"):
        table("Costs", (Column("name"), Column("dollars")), [Line("a", ())])
