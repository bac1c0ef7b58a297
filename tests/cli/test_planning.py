"""The plan of a cascade as it is shown, and from which models it is made."""

import io

import pytest
from rich.console import Console

from tierwise import assembly
from tierwise.assembly import House
from tierwise.cli import planning
from tierwise.cli.planning import Wishes
from tierwise.config.settings import Settings
from tierwise.core.money import PER_DOLLAR
from tierwise.runner.planner import Leg, NoPlan, Plan


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "DEEPSEEK_API_KEY", "OPENROUTER_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return assembly.house(Settings())


def printed(plan: Plan) -> str:
    out = io.StringIO()
    console = Console(file=out, width=160)
    for one in planning.shown(plan):
        console.print(one)
    return out.getvalue()


def lines(plan: Plan) -> list[list[str]]:
    return [line.split() for line in printed(plan).splitlines() if line.strip()]


def test_a_plan_shows_what_each_stage_costs_for_each_result(house: House) -> None:
    plan = planning.plan(house, Wishes(models=("deepseek-v4-pro", "claude-opus-4-8")))
    stages = [line for line in lines(plan) if line[0] in {"1", "2"}]
    assert [line[1] for line in stages] == ["deepseek-v4-pro", "claude-opus-4-8"]
    for line in stages:
        cost, each = (float(cell.removeprefix("$")) for cell in line[-2:])
        assert each > cost > 0


def test_bad_work_that_passes_is_told_apart(house: House) -> None:
    models = ("deepseek-v4-pro", "claude-opus-4-8")
    assert "bad work that the checks pass" in printed(planning.plan(house, Wishes(models=models, errs=(0.2, 0.0))))
    assert "bad work" not in printed(planning.plan(house, Wishes(models=models)))


def test_what_is_not_known_is_shown_as_unknown() -> None:
    text = printed(Plan((Leg("owl", 1),), why=("the order given: nothing is known",)))
    assert text.count("unknown") >= 4
    assert "$" not in text


def test_models_keep_the_names_they_are_called_by(house: House) -> None:
    plan = planning.plan(house, Wishes(models=("Anthropic/claude-opus-4-8", "deepseek-v4-pro"), attempts=2, stages=3))
    assert [(leg.model, leg.attempt) for leg in plan.legs] == [
        ("Anthropic/claude-opus-4-8", 1),
        ("Anthropic/claude-opus-4-8", 2),
        ("deepseek-v4-pro", 1),
    ]


def test_limits_reach_the_planner(house: House) -> None:
    free = planning.plan(house, Wishes(goal="most"))
    held = planning.plan(house, Wishes(goal="most", worth=PER_DOLLAR))
    assert len(held.legs) < len(free.legs)
    usual, more = planning.plan(house, Wishes()), planning.plan(house, Wishes(beyond=0.01))
    assert (more.resolved or 0) >= (usual.resolved or 0) + 0.005
    assert "the best single model and 1 points more, " in more.why[0]
    assert (planning.plan(house, Wishes(budget=PER_DOLLAR // 2)).most or 0) <= PER_DOLLAR // 2
    with pytest.raises(NoPlan, match="did you mean 'debug'"):
        planning.plan(house, Wishes(kind="debig"))
