"""How to think and to sample, for each habit that models have."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tierwise.core.prompt import Knobs
from tierwise.wires.anthropic.models import habits_of
from tierwise.wires.anthropic.thinking import Wanted, effort_of, fields, limit_of

OLD, BUDGET, ADAPTIVE, FABLE, SONNET = "claude-3-5-haiku", "claude-sonnet-4-5", "claude-opus-4-6", "claude-fable-5", "claude-sonnet-5-5"
MODELS = (OLD, BUDGET, ADAPTIVE, FABLE, SONNET, "claude-3-7-sonnet", "deepseek-v4-pro")
OFF = {"thinking": {"type": "disabled"}}


def said(model: str, *, on: bool | None, limit: int = 32000, forced: bool = False, begun: bool = False, **knobs: Any) -> dict[str, Any]:
    return fields(Wanted(Knobs(**knobs), on, forced, begun, limit), habits_of(model))


def enabled(budget: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (said(BUDGET, on=None, temperature=0.5), {"temperature": 0.5}),
        (said(BUDGET, on=False, temperature=0.5), {"temperature": 0.5} | OFF),
        (said(OLD, on=True), {}),
        (said(BUDGET, on=True), enabled(10000)),
        (said(BUDGET, on=True, budget=2000), enabled(2000)),
        (said(BUDGET, on=True, effort="high"), enabled(24000)),
        (said(BUDGET, on=True, limit=10000, effort="high"), enabled(5000)),
        (said(BUDGET, on=True, limit=1500, effort="high"), OFF),
        (said(BUDGET, on=True, begun=True), OFF),
        (said(BUDGET, on=True, forced=True), OFF),
        (said(ADAPTIVE, on=True, budget=2000, begun=True), {"thinking": {"type": "adaptive"}}),
        (said(ADAPTIVE, on=True, summary="auto"), {"thinking": {"type": "adaptive", "display": "summarized"}}),
        (said(ADAPTIVE, on=True, forced=True), OFF),
        (said(FABLE, on=True, forced=True), {}),
        (said(FABLE, on=False), {}),
        (said(SONNET, on=False), {"thinking": {"type": "between_tools"}}),
    ],
)
def test_thinking_is_told_as_the_model_takes_it(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (said(ADAPTIVE, on=None, temperature=0, top_k=3), {"temperature": 0, "top_k": 3}),
        (said(ADAPTIVE, on=None, temperature=0.1, top_p=0.2), {"temperature": 0.1}),
        (said(ADAPTIVE, on=None, top_p=0.2), {"top_p": 0.2}),
        (said("deepseek-v4-pro", on=None, temperature=1.7, top_p=0.2), {"temperature": 1.0, "top_p": 0.2}),
        (said(FABLE, on=None, temperature=0.5, top_p=0.2, top_k=1), {}),
        (said(BUDGET, on=True, temperature=0.5, top_k=1, top_p=0.2), enabled(10000)),
        (said(BUDGET, on=True, top_p=0.97), {"top_p": 0.97} | enabled(10000)),
    ],
)
def test_sampling_is_told_where_the_model_lets_it_be_set(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found == expected


@pytest.mark.parametrize(
    ("model", "effort", "expected"),
    [
        (BUDGET, "high", None),
        (FABLE, None, None),
        (FABLE, "whatever", None),
        (FABLE, "xhigh", "xhigh"),
        (FABLE, "minimal", "low"),
        (FABLE, "none", "low"),
        (ADAPTIVE, "xhigh", "high"),
        ("claude-opus-4-5", "max", "high"),
    ],
)
def test_an_effort_is_the_nearest_the_model_knows(model: str, effort: str | None, expected: str | None) -> None:
    assert effort_of(effort, habits_of(model)) == expected


@pytest.mark.parametrize(("limit", "model", "expected"), [(None, FABLE, 32000), (None, OLD, 8192), (500, OLD, 500), (10**6, BUDGET, 64000)])
def test_an_answer_has_a_limit(limit: int | None, model: str, expected: int) -> None:
    assert limit_of(limit, habits_of(model)) == expected


@given(
    model=st.sampled_from(MODELS),
    limit=st.integers(1, 200_000),
    budget=st.none() | st.integers(0, 300_000),
    knobs=st.builds(
        Knobs, effort=st.none() | st.sampled_from(["none", "low", "max", "?"]), temperature=st.floats(0, 2), top_p=st.floats(0, 1)
    ),
    forced=st.booleans(),
)
def test_what_is_said_is_never_what_the_interface_refuses(
    model: str, limit: int, budget: int | None, knobs: Knobs, *, forced: bool
) -> None:
    wanted = Wanted(replace(knobs, top_k=5, budget=budget), on=True, forced=forced, begun=False, limit=limit)
    found = fields(wanted, habits_of(model))
    thinking = found.get("thinking", {"type": "disabled"})
    assert thinking["type"] in habits_of(model).thinking or "thinking" not in found
    if thinking["type"] == "enabled":
        assert 1024 <= thinking["budget_tokens"] < limit
    if thinking["type"] in {"enabled", "adaptive"}:
        assert not forced
        assert not {"temperature", "top_k"} & set(found)
