"""Attempts of many models at the same tasks, from the OpenHands index: what each solved and what that cost."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from pyarrow import parquet

from tierwise.catalog import sheets
from tierwise.lab.calibrate.together import Arm

Numbers = npt.NDArray[np.float64]

FILE: Final = "openhands_index_instances.parquet"
BENCHMARK: Final = "swe-bench"
UNCOSTED: Final = frozenset({"missing", "logged_but_~3x_published_mean_suspect"})
"""How costs came about that say nothing."""
BROKEN: Final = frozenset({("gaia", "claude-sonnet-4-6"), ("gaia", "DeepSeek-V4-Pro"), ("swt-bench", "Nemotron-3-Nano")})
"""Runs that failed in the harness, as the data's own notes say."""


class Grid(NamedTuple):
    """Outcomes and costs by arm and task, nothing missing."""

    arms: tuple[Arm, ...]
    solved: Numbers
    cost: Numbers


def arms(data: Path, benchmark: str = BENCHMARK) -> list[Arm]:
    """Every agent with every model on a benchmark, its tasks in one order for all."""
    every = parquet.read_table(data / FILE, filters=[("benchmark", "=", benchmark)]).to_pylist()
    rows = [row for row in every if (benchmark, row["model"]) not in BROKEN]
    tasks = {name: place for place, name in enumerate(sorted({row["instance_id"] for row in rows}))}
    cards = sheets.capabilities()
    names = {alias.lower(): card.model for card in cards.values() for alias in (card.model, *card.aliases)}
    found: dict[tuple[str, str], Arm] = {}
    for row in rows:
        model = names.get(row["model"].lower(), row["model"])
        maker = cards[model].vendor if model in cards else model
        solved, cost = np.full((2, len(tasks)), math.nan)
        arm = found.setdefault((row["agent_name"], model), Arm(model, maker, row["agent_name"], solved, cost))
        arm.solved[tasks[row["instance_id"]]] = number(row["resolved"])
        arm.cost[tasks[row["instance_id"]]] = math.nan if row["cost_source"] in UNCOSTED else number(row["cost_usd_clean"])
    return [found[key] for key in sorted(found)]


def number(value: Any) -> float:
    """A figure of a row; NaN where there is none."""
    return math.nan if value is None else float(value)


def grid(found: Iterable[Arm]) -> Grid:
    """Arms of which costs are known. An attempt without an outcome solved nothing, one without a cost cost the mean."""
    kept = tuple(one for one in found if not np.isnan(one.cost).all())
    solved = np.array([np.nan_to_num(one.solved) for one in kept])
    cost = np.array([np.where(np.isnan(one.cost), np.nanmean(one.cost), one.cost) for one in kept])
    return Grid(kept, solved, cost)
