import struct
import sys
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.lab import pictures

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


def bars(*names: str, **more: Any) -> dict[str, Any]:
    """A picture with a bar for each name."""
    values = [{"name": name, "size": index + 1} for index, name in enumerate(names)]
    encoding = {
        "y": {"field": "name", "type": "nominal", "axis": {"labelLimit": 0}},
        "x": {"field": "size", "type": "quantitative", "title": None},
    }
    return {"$schema": SCHEMA, "description": "sizes", "data": {"values": values}, "mark": "bar", "encoding": encoding} | more


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  # our own


def test_a_picture_is_one_labelled_image() -> None:
    root = ET.fromstring(pictures.svg(bars("one", description='of "sizes" & <more>')))  # noqa: S314  # our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("role"), root.get("aria-label")) == ("img", 'of "sizes" & <more>')


def test_the_same_values_give_the_same_picture() -> None:
    assert pictures.svg(bars("one", "two")) == pictures.svg(bars("one", "two"))
    assert pictures.png(bars("one", "two")) == pictures.png(bars("one", "two"))


def test_what_a_log_says_is_text_in_a_picture() -> None:
    hostile = "</text></svg><script>alert(1)</script>&amp;"
    drawn = pictures.svg(bars(hostile))
    assert hostile in texts(drawn)
    assert "<script" not in drawn


@pytest.mark.parametrize("bad", ["\0", "\x0b", "\ud800", "\uffff", "\x1b[31m"])
def test_what_is_no_character_is_replaced_and_does_not_end_the_process(bad: str) -> None:
    assert f"one{pictures.safe(bad)}two" in texts(pictures.svg(bars(f"one{bad}two", description=bad)))
    assert pictures.REPLACEMENT in pictures.safe(bad)


@given(st.text(st.characters(exclude_categories=())))
def test_a_safe_text_is_xml_and_can_be_written(text: str) -> None:
    found = pictures.safe(text)
    escaped = found.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;")
    assert (ET.fromstring(f"<a>{escaped}</a>").text or "") == found  # noqa: S314  # our own
    assert len(found) == len(text)
    assert pictures.safe(found) == found


def test_every_text_of_a_spec_is_made_safe() -> None:
    spec = {"a\0": ["b\0", {"c": ("d\0", 1, None, True, 0.5)}]}
    assert pictures.drawable(spec) == {"a\ufffd": ["b\ufffd", {"c": ["d\ufffd", 1, None, True, 0.5]}]}


def test_a_larger_scale_gives_more_pixels() -> None:
    one, two = pictures.png(bars("one"), 1.0), pictures.png(bars("one"))
    assert one.startswith(b"\x89PNG")
    assert two.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", one[16:24])
    assert struct.unpack(">II", two[16:24]) == (2 * width, 2 * height)


def test_nothing_is_said_on_the_way(capfd: pytest.CaptureFixture[str]) -> None:
    pictures.svg(bars("one"))
    pictures.png(bars("one"))
    assert capfd.readouterr() == ("", "")


def test_a_picture_loads_nothing_from_elsewhere() -> None:
    with pytest.raises(ValueError, match="not allowed"):
        pictures.svg(bars(data={"url": "http://127.0.0.1:9/values.json"}))


def test_a_missing_package_is_one_line_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures.ready()
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    for draw in (pictures.ready, lambda: pictures.svg(bars("one")), lambda: pictures.png(bars("one"))):
        with pytest.raises(pictures.NoPlots, match=r"^[^\n]*pip install 'tierwise\[plot\]'$"):
            draw()
    assert issubclass(pictures.NoPlots, ValueError)
