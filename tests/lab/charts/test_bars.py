from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tierwise.lab import pictures
from tierwise.lab.charts.bars import LOWEST, Pair, Stack, Whisker, days, pairs, savings, span
from tierwise.lab.charts.look import INK, NARROW, WIDE

ROWS = (
    Whisker("policy", 0.2, 0.1, 0.3, "20%"),
    Whisker("dearer", -0.4, -0.6, -0.2, "-40%"),
    Whisker("far dearer", -20.0, -30.0, -0.9, "-2,000%"),
    Whisker("nobody knows", None, 0.0, 0.0, "price unknown"),
)
KINDS = (Pair("debug", 4.0, 1.0, "$4.00 to $1.00"), Pair("test", 1.0, 2.0, "$1.00 to $2.00"))
STRETCHES = ("1 Jan", "2 Jan", "3 Jan")
STACKS = (Stack("1 Jan", "a", 3.0), Stack("3 Jan", "a", 1.0), Stack("1 Jan", "b", 2.0))


def values(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [value for layer in found["layer"] if layer.get("mark", {}).get("type") == kind for value in layer["data"]["values"]]


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  # our own


def test_the_axis_reaches_from_the_least_to_the_most_with_zero_on_it() -> None:
    assert span(ROWS[:1]) == (0.0, 0.3)
    assert span(ROWS[:2]) == (-0.6, 0.3)
    assert span(ROWS) == (LOWEST, 0.3)
    assert span(ROWS[3:]) == (0.0, 0.05)


def test_a_known_row_is_a_dot_on_its_whisker() -> None:
    found = savings(ROWS, span(ROWS))
    assert [(one["row"], one["x"], one["shape"]) for one in values(found, "point")] == [
        (0, 0.2, "circle"),
        (1, -0.4, "circle"),
        (2, LOWEST, "triangle-left"),
    ]
    whiskers = [(one["row"], one["x"], one["x2"]) for one in values(found, "rule") if "row" in one]
    assert whiskers == [(0, 0.1, 0.3), (1, -0.6, -0.2), (2, LOWEST, -0.9)]


def test_before_and_after_are_two_dots_with_a_line_between() -> None:
    found = pairs(KINDS)
    assert [(one["row"], one["x"]) for one in values(found, "point")] == [(0, 4.0), (0, 1.0), (1, 1.0), (1, 2.0)]
    assert [(one["x"], one["x2"]) for one in values(found, "rule")] == [(4.0, 1.0), (1.0, 2.0)]
    assert len({one["colour"] for one in values(found, "point")}) == 2


def test_nothing_spent_can_be_drawn() -> None:
    assert texts(pictures.svg(pairs([Pair("debug", 0.0, 0.0, "$0")])))


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(
    ("make", "rows"),
    [(lambda width: savings(ROWS, span(ROWS), width), ROWS), (lambda width: pairs(KINDS, width), KINDS)],
    ids=["savings", "pairs"],
)
def test_every_row_is_named_and_its_value_written(make: Any, rows: Any, width: int, capfd: pytest.CaptureFixture[str]) -> None:
    svg = pictures.svg(make(width))
    assert {row.name for row in rows} | {row.text for row in rows} <= set(texts(svg))
    assert float(ET.fromstring(svg).get("width", "0")) == pytest.approx(width, abs=6)  # noqa: S314  # our own
    assert capfd.readouterr() == ("", "")


def test_on_a_phone_a_long_name_leaves_room_for_the_value() -> None:
    found = texts(pictures.svg(savings([Whisker(80 * "x", 0.1, 0.1, 0.1, "10% (9% to 11%)")], (0.0, 1.0), NARROW)))
    (name,) = {text for text in found if text.startswith("x")}
    assert name.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert 10 < len(name) < 40


COLOURS = {"a": "#2f6fb7", "b": "#c9653f"}


def heights(svg: str) -> dict[str, list[float]]:
    """The heights of the bars of each colour, from the left."""
    found: dict[str, list[float]] = {colour: [] for colour in COLOURS.values()}
    for path in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"):  # noqa: S314  # our own
        if path.get("fill") in found:
            found[path.get("fill", "")].append(float(path.get("d", "").split("v")[1].split("h")[0]))
    return found


def test_bars_are_as_high_as_their_dollars_and_stand_on_each_other() -> None:
    svg = pictures.svg(days(STACKS, STRETCHES, 5.0, COLOURS))
    found = heights(svg)
    assert found["#2f6fb7"] == pytest.approx([132, 44])
    assert found["#c9653f"] == pytest.approx([88])
    assert {"1 Jan", "2 Jan", "3 Jan", "$0", "$5"} <= set(texts(svg))


def test_two_pictures_of_one_log_have_one_scale() -> None:
    one, other = (pictures.svg(days(some, STRETCHES, 5.0, COLOURS)) for some in (STACKS, STACKS[1:2]))
    assert heights(one)["#2f6fb7"][1:] == heights(other)["#2f6fb7"]


def test_many_stretches_are_named_now_and_then() -> None:
    many = [f"s{number}" for number in range(40)]
    named = [text for text in texts(pictures.svg(days([Stack("s3", "a", 1.0)], many, 1.0, COLOURS))) if text.startswith("s")]
    assert named == ["s0", "s8", "s16", "s24", "s32"]


def tops(svg: str, kind: str) -> list[float]:
    """How far down each text ('text') or dot ('path') of a row lies."""
    every = ET.fromstring(svg).iter(f"{{http://www.w3.org/2000/svg}}{kind}")  # noqa: S314  # our own
    shown = [one for one in every if (one.text == "policy" if kind == "text" else one.get("fill") == INK)]
    return [float(one.get("transform", "").split(",")[1].rstrip(")")) for one in shown]


def test_names_lie_beside_the_dots_on_a_page_and_above_them_on_a_phone() -> None:
    page, phone = (pictures.svg(savings(ROWS[:1], (0.0, 1.0), width)) for width in (WIDE, NARROW))
    assert tops(page, "text")[0] == pytest.approx(tops(page, "path")[0], abs=6)
    assert tops(phone, "text")[0] < tops(phone, "path")[0] - 10
