from typing import Any

import pytest
from msgspec.structs import replace

from tierwise.lab import charts, pictures
from tierwise.lab.charts import bars
from tierwise.lab.expected import Expected
from tierwise.lab.page import plots
from tierwise.lab.page.plots import FAR, NAMED, Figure
from tierwise.lab.report import Day, Report, TaskRow
from tierwise.lab.rows import Row

DOLLAR = 10**12


@pytest.fixture(scope="module", name="rich")
def riches(small: Report) -> Report:
    """The toy report with amounts as people know them: a million million times as many dollars."""
    days = tuple(replace(one, dollars=one.dollars * 10**9) for one in small.days)
    tasks = tuple(replace(one, reference=one.reference * 10**9, policy=one.policy * 10**9) for one in small.tasks)
    return replace(small, days=days, tasks=tasks)


def described(figure: Figure) -> str:
    return " ".join(panel.wide["description"] for panel in figure.panels)


def test_savings_name_every_row_and_every_model_alone(rich: Report) -> None:
    compared, alone = plots.savings(rich).panels
    assert all(
        name in compared.wide["description"] for name in ("as it was", "big, the reference", "the policy", "best schedule in hindsight")
    )
    assert all(name in alone.wide["description"] for name in ("big", "small", "mute: price unknown"))
    assert "small: 67.2%" in alone.wide["description"]


def test_both_pictures_of_savings_have_one_scale(rich: Report) -> None:
    compared, alone = plots.savings(rich).panels
    assert compared.wide["encoding"]["x"]["scale"] == alone.wide["encoding"]["x"]["scale"]
    assert compared.narrow is not None
    assert compared.narrow["width"] < compared.wide["width"]


def test_intervals_are_shown_only_where_there_are_any(rich: Report) -> None:
    wide = replace(rich, rows=tuple(replace(one, saving_low=0.1, saving_high=0.2) if one.kind == "policy" else one for one in rich.rows))
    assert "(10% to 20%)" in described(plots.savings(wide))
    single = replace(wide, counts=replace(rich.counts, sessions=1))
    assert "(10% to 20%)" not in described(plots.savings(single))
    assert "they need more than one session" in plots.savings(single).caption


def test_an_arrowhead_is_explained_where_there_is_one(rich: Report) -> None:
    assert "arrowhead" not in plots.savings(rich).caption
    far = replace(rich, alone=tuple(replace(one, saving=bars.LOWEST - 1) for one in rich.alone))
    assert "An arrowhead stands for less than" in plots.savings(far).caption


def unknown(row: Row) -> Row:
    return replace(row, saving=None, saving_low=None, saving_high=None, quality=Expected(0, -1, 1, 0), unknown=1.0)


def test_what_is_not_known_is_not_drawn(rich: Report) -> None:
    nothing = replace(
        rich,
        rows=tuple(map(unknown, rich.rows)),
        alone=tuple(map(unknown, rich.alone)),
        days=tuple(replace(one, dollars=0) for one in rich.days),
        tasks=(TaskRow("debug", 1, 1, 0, 0, {}),),
    )
    figures = [make(nothing) for make in (plots.savings, plots.quality, plots.spend, plots.tasks)]
    assert all(figure.absent and not figure.panels for figure in (*figures, plots.frontier([], charts.PER_MILLION)))


def test_quality_shows_no_row_twice(rich: Report) -> None:
    dots = [value for layer in plots.quality(rich).panels[0].wide["layer"] for value in layer["data"]["values"] if "size" in value]
    known = [one for one in rich.rows if one.quality is not None and one.quality.known]
    assert len(dots) == len(known)


def test_models_far_below_are_counted_and_left_out(rich: Report) -> None:
    far = Row("acme/far", "alone", 1, 0, 2, 0, 0.5, 0.4, 0.6, quality=Expected(-1.5 * max(FAR, 2 * rich.policy.floor), -1, 0, 1))
    before, after = plots.quality(rich), plots.quality(replace(rich, alone=(*rich.alone, far)))
    assert before.panels[0].wide == after.panels[0].wide
    assert "Left out: 1 model more than 60 points below." in after.caption
    assert "Left out" not in before.caption


def test_spend_is_that_of_the_days_and_of_the_two_ways(rich: Report) -> None:
    figure = plots.spend(rich)
    actual, policy = figure.panels
    assert actual.heading == "As it was: $127.50"
    assert policy.heading == "With the policy: $22.80"
    bars_of = [[value for layer in panel.wide["layer"] for value in layer["data"]["values"]] for panel in figure.panels]
    assert [sum(one["dollars"] for one in found) for found in bars_of] == pytest.approx([127.5, 22.8])
    assert [name for _, name in figure.key] == ["big", "small"]
    assert figure.caption == "US dollars by day, 1 January 1970 to 2 January 1970."


def test_both_pictures_of_spend_have_one_scale_that_holds_every_bar(rich: Report) -> None:
    actual, policy = plots.spend(rich).panels
    assert actual.wide["encoding"]["y"]["scale"] == policy.wide["encoding"]["y"]["scale"]
    assert actual.wide["encoding"]["y"]["scale"]["domain"][1] > 85


def test_the_dearest_models_have_a_colour_and_the_rest_share_one(rich: Report) -> None:
    many = tuple(Day(0, "actual", f"acme/m{number}", (number + 1) * DOLLAR) for number in range(NAMED + 3))
    figure = plots.spend(replace(rich, days=many))
    names = [name for _, name in figure.key]
    assert names == [*(f"m{number}" for number in range(NAMED + 2, 2, -1)), "3 others"]
    assert len({colour for colour, _ in figure.key}) == NAMED + 1
    rest = [value["dollars"] for value in figure.panels[0].wide["layer"][0]["data"]["values"] if value["place"] == NAMED]
    assert rest == [6.0]


def test_kinds_of_work_are_shown_the_dearest_first(rich: Report) -> None:
    kinds = (TaskRow("test", 1, 1, DOLLAR, 0, {}), TaskRow("debug", 1, 1, 2 * DOLLAR, DOLLAR, {}))
    figure = plots.tasks(replace(rich, tasks=kinds))
    assert described(figure).index("debug $2.00 \N{RIGHTWARDS ARROW} $1.00") < described(figure).index("test $1.00")


def test_every_figure_can_be_drawn(rich: Report, capfd: pytest.CaptureFixture[str]) -> None:
    models = [charts.Point("big", "acme", 0.6, 50.0, on_frontier=True)]
    figures = [make(rich) for make in (plots.savings, plots.quality, plots.spend, plots.tasks)] + [plots.frontier(models, charts.PER_TASK)]
    specs: list[Any] = [spec for figure in figures for panel in figure.panels for spec in (panel.wide, panel.narrow) if spec]
    assert len(specs) == 12
    assert all(pictures.svg(spec).startswith("<svg ") for spec in specs)
    assert capfd.readouterr() == ("", "")
