from pathlib import Path
from typing import Any

import pytest

from tierwise.core.catalog import Evidence
from tierwise.core.mix import Mix
from tierwise.lab.calibrate.effort import ALL, SHOWN, fitted, logged, mix

SWE, SWT = "openhands-swe-bench", "openhands-swt-bench"
LISTED = 1_000_000
VENDORS = {"usual": "one", "busy": "two", "brief": "two", "a": "one", "b": "two"}


def row(model: str, benchmark: str, cost: int | None, harness: str = "OpenHands v1") -> Evidence:
    return Evidence(model, benchmark, 0.5, "2026-01-01", "test", 100, cost, harness)


def listed(model: str, _date: str) -> int | None:
    return None if model == "unlisted" else LISTED


def measured(**efforts: float) -> list[Evidence]:
    """Two measurements of each model, a little apart."""
    return [
        row(model, name, round(effort * LISTED * error)) for model, effort in efforts.items() for name, error in ((SWE, 1.01), (SWT, 0.99))
    ]


def test_how_much_work_a_model_makes_is_found_again() -> None:
    found = {name: effort for name, effort, _ in fitted(measured(usual=1.0, busy=4.0, brief=0.25), listed, {"usual": 10}, VENDORS)}
    assert found["usual"] == 1000
    assert found["busy"] == pytest.approx(4000, rel=0.01)
    assert found["brief"] == pytest.approx(250, rel=0.01)
    assert found[ALL] == pytest.approx(1000, rel=0.01)


def test_what_differs_by_chance_is_drawn_towards_the_mean() -> None:
    rows = [row("a", SWE, LISTED), row("a", SWT, 4 * LISTED), row("b", SWE, 2 * LISTED), row("b", SWT, 8 * LISTED)]
    found = {name: effort for name, effort, _ in fitted(rows, listed, {"a": 1}, VENDORS)}
    assert 1000 < found["b"] < 2000


def test_efforts_are_relative_to_the_models_whose_logs_were_read() -> None:
    rows = measured(usual=1.0, busy=4.0, brief=0.25)
    found = {name: effort for name, effort, _ in fitted(rows, listed, {"busy": 5, "never measured": 100}, VENDORS)}
    assert found["busy"] == 1000
    assert found["usual"] == pytest.approx(250, rel=0.01)


def test_a_model_nobody_measured_is_taken_to_be_like_its_vendor_s() -> None:
    rows = measured(usual=1.0, alike=1.1, busy=8.0, busier=9.0)
    vendors = {"usual": "one", "alike": "one", "busy": "two", "busier": "two"}
    found = {name: effort for name, effort, _ in fitted(rows, listed, {"usual": 1}, vendors)}
    assert found[f"{ALL}one"] == pytest.approx(1000 * 1.1**0.5, rel=0.05)
    assert found[f"{ALL}two"] == pytest.approx(1000 * 72**0.5, rel=0.05)
    assert found[f"{ALL}one"] < found[ALL] < found[f"{ALL}two"]


def test_a_vendor_of_one_model_is_drawn_towards_all() -> None:
    rows = measured(usual=1.0, lone=16.0, other=2.0)
    vendors = {"usual": "one", "other": "one", "lone": "two"}
    found = {name: effort for name, effort, _ in fitted(rows, listed, {"usual": 1}, vendors)}
    assert found[ALL] < found[f"{ALL}two"] < 16_000


def test_other_harnesses_benchmarks_and_prices_do_not_count() -> None:
    rows = measured(usual=1.0, busy=4.0)
    noise = [row("usual", SWE, 9, "other"), row("usual", "gaia", 9), row("usual", SWE, None), row("unlisted", SWE, 9)]
    assert fitted([*rows, *noise], listed, {"usual": 1}, VENDORS) == fitted(rows, listed, {"usual": 1}, VENDORS)


def test_the_tasks_measured_are_counted() -> None:
    assert {name: tasks for name, _, tasks in fitted(measured(usual=1.0, busy=4.0), listed, {"usual": 1}, VENDORS)} == {
        ALL: 0,
        f"{ALL}one": 0,
        f"{ALL}two": 0,
        "usual": 200,
        "busy": 200,
    }


def test_the_mix_and_the_models_of_a_log_are_read(tmp_path: Path) -> None:
    arrow: Any = pytest.importorskip("pyarrow")
    from pyarrow import parquet  # noqa: PLC0415  # an extra

    path = tmp_path / "calls.parquet"
    columns = {
        "input_tokens": [1, 2],
        "cache_read": [10, 20],
        "cache_creation": [3, 4],
        "output_tokens_est": [100, 100],
        "model": ["claude-opus-4-5-20251101", "claude-opus-4-5"],
    }
    parquet.write_table(arrow.table(columns), path)
    assert mix(path) == Mix(3, 30, 7, round(200 * SHOWN))
    assert logged(path) == {"claude-opus-4-5": 2}
