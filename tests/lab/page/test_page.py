import re
from collections import Counter
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.core import codec
from tierwise.core.decision import Receipt
from tierwise.lab import charts, page
from tierwise.lab.charts.look import DARK
from tierwise.lab.page.style import STYLE
from tierwise.lab.report import Report
from tierwise.lab.sessions import Problem

if TYPE_CHECKING:
    from tierwise.lab.tally import Telling

MODELS = (charts.Point("big", "acme", 0.6, 50.0, on_frontier=True), charts.Point("small", "acme", 0.5, 10.0, on_frontier=True))
HOSTILE = """</title></style></textarea>--><script>alert("1")</script><img src=x onerror='alert(2)'>&lt;b&gt;"""


class Reader(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"meta", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def nothing(_spec: Mapping[str, Any]) -> str:
    return "<svg></svg>"


def shape(report: Report) -> Counter[tuple[str, tuple[str, ...]]]:
    """Elements by their names and the names of their attributes; places where a name may be broken do not count."""
    read = Reader(page.rendered(report, MODELS, draw=nothing))
    return Counter((tag, tuple(sorted(attributes))) for tag, attributes in read.elements if tag != "wbr")


def saying(report: Report, text: str) -> Report:
    """The report with a text wherever a log or the settings can put one."""
    told = codec.decoded(report.telling[0].receipt.encode(), Receipt)
    verdicts = tuple(replace(one, endpoint=f"{text}{index}") for index, one in enumerate(told.verdicts))
    receipt = codec.encoded(replace(told, because=text, verdicts=verdicts)).decode()
    one = replace(report.telling[0], words=text, session=text, thread=text, path=[(text, 1)], receipt=receipt)
    return replace(
        report,
        reference=text,
        policy=replace(report.policy, reference=text, name=text),
        candidates=(text,),
        versions={text: text},
        problems=(Problem(text, 1, text),),
        alone=tuple(replace(row, name=f"{text}{index}") for index, row in enumerate(report.alone)),
        ran={text: 1},
        days=tuple(replace(day, model=text + day.model) for day in report.days),
        tasks=tuple(replace(task, kind=text) for task in report.tasks),
        telling=(one, *report.telling[1:]),
        cannot=(text,),
        notes=(text,),
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(max_examples=20)
def test_what_a_log_says_never_becomes_markup(small: Report, text: str) -> None:
    assert shape(saying(small, text)) == shape(saying(small, "plain"))


@pytest.mark.parametrize("text", [HOSTILE, "\0\x1b[31m\ud800", "javascript:alert(1)", "&#60;script&#62;"])
def test_hostile_words_are_shown_as_they_are(small: Report, text: str) -> None:
    written = text.encode(errors="surrogatepass").decode(errors="replace")
    quoted = replace(small, telling=(replace(small.telling[0], words=text, session=text),), reference=text)
    found = page.rendered(quoted, MODELS, draw=nothing)
    assert found.encode()
    assert shape(quoted)[("script", ())] == 0
    if text.isprintable() and text.isascii():
        assert any(written in part for part in Reader(found).said)


def test_hostile_names_stay_text_in_pictures(small: Report) -> None:
    named = replace(small, alone=tuple(replace(row, name=f"acme/{HOSTILE}{index}") for index, row in enumerate(small.alone)))
    found = page.rendered(named, [charts.Point(HOSTILE, HOSTILE, 0.5, 1.0, on_frontier=True)])
    tags = Counter(tag for tag, _ in Reader(found).elements)
    assert (tags["script"], tags["img"]) == (0, 0)
    assert tags["svg"] > 10


@pytest.fixture(scope="module", name="whole")
def drawn(small: Report) -> str:
    return page.rendered(small, MODELS)


def test_a_page_is_well_formed_and_the_same_every_time(small: Report, whole: str) -> None:
    assert Reader(whole).open == []
    assert page.rendered(small, MODELS) == whole


def test_a_page_loads_and_runs_nothing(whole: str) -> None:
    read = Reader(whole)
    loading = {
        "script",
        "link",
        "img",
        "image",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "source",
        "base",
        "form",
        "use",
        "foreignobject",
    }
    assert {tag for tag, _ in read.elements} & loading == set()
    attributes = {name for _, found in read.elements for name in found}
    assert not {name for name in attributes if name.startswith("on") or name in {"src", "srcset", "xlink:href", "style", "background"}}
    assert all(found["href"].startswith("#") for _, found in read.elements if "href" in found)
    assert not re.search(r"url\(|@import|@font-face|https?:", whole)
    policies = [found["content"] for tag, found in read.elements if found.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_a_page_can_be_read_without_seeing_it(whole: str) -> None:
    read = Reader(whole)
    tags = Counter(tag for tag, _ in read.elements)
    assert (tags["h1"], tags["main"], tags["title"]) == (1, 1, 1)
    assert tags["table"] == tags["caption"] > 3
    assert dict(read.elements)["html"] == {"lang": "en-GB"}
    pictures = [found for tag, found in read.elements if tag == "svg"]
    assert all(found.get("aria-label") if found.get("role") == "img" else found.get("aria-hidden") == "true" for found in pictures)
    names = {found["id"] for _, found in read.elements if "id" in found}
    assert {found["href"].removeprefix("#") for _, found in read.elements if "href" in found} == names


def test_a_page_has_every_figure_for_a_page_and_for_a_phone(whole: str) -> None:
    assert whole.count('class="chart wide"') == whole.count('class="chart narrow"') == 5
    assert whole.count('class="chart"') == 2
    assert whole.count("<figure>") == 5


def test_a_figure_that_cannot_be_shown_says_why(small: Report) -> None:
    found = page.rendered(small, [], draw=nothing)
    assert "The frontier cannot be shown: there is no model whose score and price are both known." in found


def test_prices_of_the_frontier_are_named(small: Report) -> None:
    drawn: list[Mapping[str, Any]] = []

    def draw(spec: Mapping[str, Any]) -> str:
        drawn.append(spec)
        return ""

    page.rendered(small, MODELS, charts.PER_TASK, draw)
    assert sum(spec["encoding"]["x"]["axis"]["title"] == charts.PER_TASK for spec in drawn) == 2


def test_dark_paper_turns_every_colour_and_paper_in_print_stays_light() -> None:
    dark = STYLE.split("@media screen and (prefers-color-scheme:dark)")[1].split("\n@media")[0]
    assert all(f'[{part}="{one}"]{{{part}:{other}}}' in dark for one, other in DARK.items() for part in ("fill", "stroke"))
    assert "prefers-color-scheme" not in STYLE.split("@media print")[1]


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["ink", "muted", "accent", "warning"])
def test_text_stands_out_from_its_paper(name: str) -> None:
    light = dict(re.findall(r"--(\w+):(#\w{6})", STYLE.split("@media")[0]))
    dark = dict(re.findall(r"--(\w+):(#\w{6})", STYLE.split("@media")[1]))
    assert contrast(light[name], light["paper"]) >= 4.5
    assert contrast(dark[name], dark["paper"]) >= 4.5


def test_a_long_list_of_sessions_is_small(small: Report) -> None:
    many: tuple[Telling, ...] = small.telling[:1] * 10
    assert len(page.rendered(replace(small, telling=many), MODELS)) < 300_000
