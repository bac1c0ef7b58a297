import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierwise.lab.charts.labels import GLYPH, POINT, Anchor, Box, Label, fitted, placed
from tierwise.lab.charts.look import SIZE

AREA = Box(0, 0, 600, 300)

anchors = st.lists(
    st.builds(Anchor, st.floats(0, 600), st.floats(0, 300), st.text("abcdefghij", min_size=1, max_size=20), st.booleans()), max_size=12
)


def overlap(one: Box, other: Box) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def room(anchor: Anchor) -> Box:
    return Box(anchor.x - POINT, anchor.y - POINT, anchor.x + POINT, anchor.y + POINT)


@given(anchors)
def test_a_label_lies_in_the_picture_and_only_one_that_must_be_shown_lies_on_anything(points: list[Anchor]) -> None:
    found = placed(points, AREA)
    for index, label in enumerate(found):
        if label is None:
            continue
        box = label.box
        assert box.left >= 0
        assert box.top >= 0
        assert box.right <= 600
        assert box.bottom <= 300
        if points[index].must:
            continue
        assert not any(overlap(box, room(anchor)) for anchor in points)
        assert not any(other and overlap(box, other.box) for place, other in enumerate(found) if place != index)


@given(anchors)
def test_a_label_that_must_be_shown_is(points: list[Anchor]) -> None:
    wide = Box(-300, -300, 900, 600)
    assert all(label for anchor, label in zip(points, placed(points, wide), strict=True) if anchor.must)


def test_one_point_has_its_label_at_its_right() -> None:
    (label,) = placed([Anchor(100, 50, "abc")], AREA)
    assert label is not None
    assert (label.align, label.tied, label.x, label.y) == ("left", False, 108, 50)
    assert label.box.right - label.box.left == pytest.approx(3 * GLYPH * SIZE)


def test_at_the_edge_it_is_at_the_left() -> None:
    (label,) = placed([Anchor(595, 150, "abc")], AREA)
    assert label is not None
    assert (label.align, label.x) == ("right", 587)


def test_where_both_sides_are_taken_it_is_above() -> None:
    walls = (Box(106, 0, 600, 300), Box(0, 0, 94, 300))
    (label,) = placed([Anchor(100, 150, "a")], AREA, walls)
    assert label is not None
    assert (label.align, label.x) == ("center", 100)
    assert label.y < 150


def test_far_from_its_point_it_is_tied_to_it() -> None:
    (label,) = placed([Anchor(100, 150, "ab")], AREA, [Box(75, 125, 125, 175)])
    assert label is not None
    assert label.tied


def test_without_room_it_is_left_out_unless_it_must_be_shown() -> None:
    everywhere = [AREA]
    assert placed([Anchor(100, 50, "abc")], AREA, everywhere) == [None]
    (label,) = placed([Anchor(100, 50, "abc", must=True)], AREA, everywhere)
    assert isinstance(label, Label)


def test_one_wider_than_the_picture_is_left_out() -> None:
    assert placed([Anchor(100, 50, 100 * "a", must=True)], AREA) == [None]


@given(st.text(), st.floats(1, 500))
def test_a_fitted_text_is_no_wider_than_its_room(text: str, pixels: float) -> None:
    found = fitted(text, pixels)
    assert found == text or found.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(found) <= max(pixels / (GLYPH * SIZE), 2)
