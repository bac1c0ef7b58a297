from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierwise.lab import charts, pictures
from tierwise.lab.charts import Point, Standing, frontier, quality
from tierwise.lab.charts.look import DARK, NARROW, PALETTE, WIDE, coloured, spec

MODELS = (
    Point("dear", "acme", 0.9, 25.0, on_frontier=True, low=0.85, high=0.95),
    Point("fair", "bolt", 0.8, 1.2, on_frontier=True),
    Point("cheap", "bolt", 0.7, 0.28, on_frontier=True),
    Point("poor", "acme", 0.6, 10.0, on_frontier=False),
)
GIVEN = Point("given", "acme", 0.5, 0.0, on_frontier=True)


def marks(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The values of every mark of a kind, those inside layers too."""
    values = []
    for layer in found["layer"]:
        inner = layer.get("layer", [layer])
        if any(one["mark"]["type"] == kind for one in inner):
            values += layer["data"]["values"]
    return values


def texts(svg: str) -> set[str]:
    return {element.text or "" for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}  # noqa: S314  # our own


def test_the_frontier_is_a_line_of_steps_through_its_models_to_the_end_of_the_axis() -> None:
    line = marks(frontier(MODELS, "scores"), "line")
    assert [(one["x"], one["y"]) for one in line[:-1]] == [(0.28, 0.7), (1.2, 0.8), (25.0, 0.9)]
    assert line[-1]["x"] > 25.0
    assert line[-1]["y"] == 0.9


def test_every_model_is_a_dot_of_its_vendors_colour() -> None:
    dots = {(one["x"], one["y"]): one["colour"] for one in marks(frontier(MODELS, "scores"), "point")}
    assert set(dots) == {(one.price, one.score) for one in MODELS}
    assert dots[25.0, 0.9] == dots[10.0, 0.6] != dots[1.2, 0.8] == dots[0.28, 0.7]


def test_names_of_models_and_vendors_can_be_read() -> None:
    written = texts(pictures.svg(frontier(MODELS, "Scores")))
    assert {"dear", "fair", "cheap", "poor", "acme", "bolt", "Scores", charts.PER_MILLION} <= written


def test_an_interval_is_a_line_and_none_is_none() -> None:
    lines = [one for one in marks(frontier(MODELS), "rule") if one["x"] == one["x2"]]
    assert [(one["x"], one["y"], one["y2"]) for one in lines] == [(25.0, 0.85, 0.95)]


def test_what_costs_nothing_has_no_place_on_the_axis() -> None:
    found = frontier([*MODELS, GIVEN], "scores")
    assert found == frontier(MODELS, "scores")
    assert marks(frontier([GIVEN]), "point") == []


def test_what_the_prices_are_can_be_said() -> None:
    assert charts.PER_TASK in texts(pictures.svg(frontier(MODELS, priced=charts.PER_TASK)))


NAMES = ("policy", "reference", "mix", "other")
WAYS = tuple(
    Standing(name, group, cost, (0.9 * cost, 1.1 * cost), points, (points - 2, points + 2))
    for name, group, cost, points in zip(NAMES, charts.GROUPS, (0.5, 1.0, 0.5, 0.0), (-1.0, 0.0, -3.0, -9.0), strict=True)
)


def test_a_way_lies_at_its_cost_and_quality_in_the_colour_of_its_group() -> None:
    dots = {(one["x"], one["y"], one["colour"]) for one in marks(quality(WAYS, 5.0), "point")}
    assert (0.5, -1.0, charts.GROUPS["policy"]) in dots
    assert (1.0, 0.0, charts.GROUPS["fixed"]) in dots
    assert len(dots) == len(WAYS)


def test_what_costs_nothing_lies_at_the_edge_of_the_picture_of_quality() -> None:
    assert (charts.LEAST, -9.0) in {(one["x"], one["y"]) for one in marks(quality(WAYS, 5.0), "point")}


def test_the_floor_and_the_reference_are_level_lines() -> None:
    levels = {one["y"] for one in marks(quality(WAYS, 5.0), "rule") if one["y"] == one["y2"] and one["opacity"] == 1}
    assert levels == {0.0, -5.0}


def test_an_interval_is_held_inside_the_picture() -> None:
    wild = Standing("wild", "policy", 0.5, (-3.0, 1e9), 0.0, (-1e9, 1e9))
    domain = quality([wild], 5.0)["encoding"]["y"]["scale"]["domain"]
    lines = [one for one in marks(quality([wild], 5.0), "rule") if one["x"] == one["x2"]]
    assert [sorted((one["y"], one["y2"])) for one in lines] == [domain]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("make", [lambda width: frontier(MODELS, "s", width=width), lambda width: quality(WAYS, 5.0, width)])
def test_pictures_have_the_width_that_is_asked_for_and_say_nothing(make: Any, width: int, capfd: pytest.CaptureFixture[str]) -> None:
    root = ET.fromstring(pictures.svg(make(width)))  # noqa: S314  # our own
    assert float(root.get("width", "0")) == pytest.approx(width, rel=0.04)
    assert root.get("aria-label")
    assert capfd.readouterr() == ("", "")


points = st.builds(
    Point,
    model=st.text(max_size=30),
    vendor=st.text(max_size=8),
    score=st.floats(0, 1),
    price=st.just(0.0) | st.floats(1e-9, 1e6),
    on_frontier=st.booleans(),
    low=st.none() | st.floats(0, 1),
    high=st.none() | st.floats(0, 1),
)


@given(st.lists(points, max_size=6), st.sampled_from([WIDE, NARROW]))
@settings(max_examples=12)
def test_any_models_can_be_drawn(found: list[Point], width: int) -> None:
    svg = pictures.svg(frontier(found, "any", width=width))
    assert ET.fromstring(svg).get("role") == "img"  # noqa: S314  # our own


def test_every_colour_of_a_picture_has_one_for_dark_paper() -> None:
    drawn = pictures.svg(frontier(MODELS)) + pictures.svg(quality(WAYS, 5.0))
    used = {part.split('"')[0] for name in ("fill", "stroke") for part in drawn.split(f'{name}="')[1:]} - {"none", "transparent"}
    assert used <= set(DARK)
    assert len(set(DARK.values())) == len(DARK)


def test_names_beyond_the_palette_share_one_quiet_colour() -> None:
    names = [f"m{number}" for number in range(len(PALETTE) + 2)]
    found = coloured(names)
    assert [found[name] for name in names[: len(PALETTE)]] == list(PALETTE)
    assert found[names[-1]] == found[names[-2]] not in PALETTE
    assert coloured(names, 1)["m1"] == found[names[-1]]


def test_a_spec_reads_nothing_from_elsewhere() -> None:
    assert "url" not in str(spec("nothing", (1, 1), [], {})).replace("$schema", "")
