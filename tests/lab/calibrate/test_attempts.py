"""Attempts read from the index: what counts, and what is left out."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from tierwise.lab.calibrate.attempts import FILE, arms, grid

ROWS: list[dict[str, Any]] = [
    {"model": "MiniMax-M3", "instance_id": "t2", "resolved": 1.0, "cost_usd_clean": 0.5},
    {"model": "MiniMax-M3", "instance_id": "t1", "resolved": None, "cost_usd_clean": None},
    {"model": "Nobody-1", "instance_id": "t1", "resolved": 0.0, "cost_usd_clean": 0.25, "cost_source": "missing"},
    {"model": "Nobody-1", "instance_id": "t3", "resolved": 1.0, "cost_usd_clean": 0.25, "cost_source": "missing"},
    {"model": "Other", "instance_id": "t9", "resolved": 1.0, "cost_usd_clean": 9.0, "benchmark": "gaia"},
    {"model": "claude-sonnet-4-6", "instance_id": "t9", "resolved": 1.0, "cost_usd_clean": 9.0, "benchmark": "gaia"},
]
USUAL = {"benchmark": "swe-bench", "agent_name": "OpenHands", "cost_source": "logged"}


def written(folder: Path) -> Path:
    parquet.write_table(pa.Table.from_pylist([{**USUAL, **row} for row in ROWS]), folder / FILE)
    return folder


def test_arms_have_all_tasks_in_one_order_and_what_is_not_known_as_unknown(tmp_path: Path) -> None:
    one, other = arms(written(tmp_path))
    assert (one.model, one.maker, one.agent) == ("Nobody-1", "Nobody-1", "OpenHands")
    assert (other.model, other.maker) == ("minimax-m3", "minimax")
    assert np.array_equal(other.solved, [math.nan, 1.0, math.nan], equal_nan=True)
    assert np.array_equal(other.cost, [math.nan, 0.5, math.nan], equal_nan=True)
    assert np.isnan(one.cost).all()


def test_a_grid_has_no_holes_and_no_arms_without_costs(tmp_path: Path) -> None:
    found = grid(arms(written(tmp_path)))
    assert [one.model for one in found.arms] == ["minimax-m3"]
    assert found.solved.tolist() == [[0.0, 1.0, 0.0]]
    assert found.cost.tolist() == [[0.5, 0.5, 0.5]]


def test_runs_that_broke_are_left_out(tmp_path: Path) -> None:
    assert [one.model for one in arms(written(tmp_path), "gaia")] == ["Other"]
