from typing import Any

from tierwise.lab.charts.axes import Axis
from tierwise.lab.charts.labels import Box
from tierwise.lab.charts.scatter import Dot, Frame, layers

FRAME = Frame(Axis(0, 100, 400), Axis(0, 10, 200))


def drawn(dots: list[Dot], frame: Frame = FRAME) -> dict[str, list[dict[str, Any]]]:
    """The values of the layers by what they show."""
    across, down, ties, points, *names = layers(dots, frame)
    written = [value for layer in names for value in layer["data"]["values"]]
    found = {"across": across, "down": down, "ties": ties, "points": points}
    return {name: layer["data"]["values"] for name, layer in found.items()} | {"names": written}


def test_a_dot_has_its_intervals_and_its_name_beside_it() -> None:
    found = drawn([Dot("one", 50, 5, "#123456", across=(40, 70), down=(4, 60))])
    assert [(one["x"], one["x2"]) for one in found["across"]] == [(40, 70)]
    assert [(one["y"], one["y2"]) for one in found["down"]] == [(4, 10)]
    assert [(one["x"], one["y"], one["text"]) for one in found["names"]] == [(52, 5, "one")]
    assert found["ties"] == []


def test_a_dot_without_intervals_has_none() -> None:
    found = drawn([Dot("one", 50, 5, "#123456")])
    assert (found["across"], found["down"], len(found["points"])) == ([], [], 1)


def test_what_must_be_shown_is_larger_and_lies_over_the_rest() -> None:
    found = drawn([Dot("one", 50, 5, "#123456", must=True), Dot("two", 20, 5, "#123456")])
    assert [one["x"] for one in found["points"]] == [20, 50]
    assert found["points"][1]["size"] > found["points"][0]["size"]


def test_a_name_far_from_its_dot_is_tied_to_it() -> None:
    around = Box(170, 70, 230, 130)
    found = drawn([Dot("one", 50, 5, "#123456")], FRAME._replace(obstacles=(around,)))
    (tie,) = found["ties"]
    start, end = (FRAME.x.at(tie["x"]), FRAME.down(tie["y"])), (FRAME.x.at(tie["x2"]), FRAME.down(tie["y2"]))
    assert ((start[0] - 200) ** 2 + (start[1] - 100) ** 2) ** 0.5 < ((end[0] - 200) ** 2 + (end[1] - 100) ** 2) ** 0.5


def test_a_name_without_room_is_left_out() -> None:
    found = drawn([Dot("one", 50, 5, "#123456")], FRAME._replace(obstacles=(Box(0, 0, 400, 200),)))
    assert (found["names"], len(found["points"])) == ([], 1)


def test_a_box_between_two_values_holds_their_pixels() -> None:
    assert FRAME.box((75, 2.5), (25, 7.5)) == Box(99, 49, 301, 151)
    assert FRAME.box((0, 10), (25, 7.5)) == Box(-1, -1, 101, 51)
