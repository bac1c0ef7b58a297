import pytest

from tierwise.lab.calibrate.steps import fitted


def test_the_stretch_of_each_difficulty_is_found_again() -> None:
    """Easy tasks differ half as much between models as all do on average, hard ones half as much again."""
    level = {f"{name}{index}": difficulty for difficulty, name in ((1, "easy"), (2, "hard")) for index in range(100)}
    runs = {}
    for model, (easy, hard) in {"a": (90, 20), "b": (80, 50), "c": (85, 35)}.items():
        runs[model] = {f"{name}{index}": float(index < solved) for name, solved in (("easy", easy), ("hard", hard)) for index in range(100)}
    one, two = fitted(runs, level)
    assert (one.difficulty, two.difficulty) == (1, 2)
    assert one.middle == two.middle == pytest.approx(0.6)
    assert (one.centre, two.centre) == pytest.approx((0.85, 0.35))
    assert (one.slope, two.slope) == pytest.approx((-1.0, 3.0))


def test_tasks_of_no_known_difficulty_are_left_out() -> None:
    runs = {"a": {"x": 1.0, "y": 0.0, "odd": 1.0}, "b": {"x": 0.0, "y": 0.0, "odd": 1.0}}
    (step,) = fitted(runs, {"x": 1, "y": 1})
    assert (step.middle, step.centre, step.slope) == pytest.approx((0.25, 0.25, 1.0))
