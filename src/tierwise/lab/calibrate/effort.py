"""How much work each model makes of the same task: measured cost over what a standard mix of tokens costs at its list prices.

List price is not cost: a model that talks more and takes more turns costs more than its price says. The ratio of measured to list is
the model's effort. Measurements differ between benchmarks by chance and by harness, so the mean of a model's logarithms is drawn
towards the mean of all; a model nobody measured gets the mean of its vendor's, or else of all. Thousandths of the effort of the models
whose logs the horizon was fitted on.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from pyarrow import parquet

from tierwise.core.catalog import Evidence
from tierwise.core.mix import Mix

CODING = ("openhands-swe-bench", "openhands-swt-bench")
SHOWN = 1.7
"""Logged output counts of older clients are low by this factor (data/README.md)."""

ALL = "*"
LEAST = 1e-6
"""Variance between vendors that is taken for none."""
DATE = len("20251101")
"""A part of a model's name this long is its date."""


def mix(path: Path) -> Mix:
    """The mix of all logged calls."""
    table = parquet.read_table(path, columns=["input_tokens", "cache_read", "cache_creation", "output_tokens_est"])
    sums = {name: int(np.sum(table[name].to_numpy())) for name in table.column_names}
    return Mix(sums["input_tokens"], sums["cache_read"], sums["cache_creation"], round(sums["output_tokens_est"] * SHOWN))


def logged(path: Path) -> dict[str, int]:
    """Calls by model in the logs the horizon is fitted on, by undated name."""
    found: dict[str, int] = {}
    for name in parquet.read_table(path, columns=["model"])["model"].to_pylist():
        model = "-".join(part for part in name.split("-") if len(part) < DATE)
        found[model] = found.get(model, 0) + 1
    return found


def fitted(
    evidence: Sequence[Evidence], standard: Callable[[str, str], int | None], calls: Mapping[str, int], vendors: Mapping[str, str]
) -> list[tuple[str, int, int]]:
    """(model, effort in thousandths, tasks measured) by name; under '*vendor' and '*' the effort of a model nobody measured."""
    logs, tasks = _ratios(evidence, standard)
    means = {model: float(np.mean(found)) for model, found in logs.items()}
    centre, spread = float(np.mean(list(means.values()))), float(np.var(list(means.values())))
    noise = float(np.mean([np.var(found, ddof=1) for found in logs.values() if len(found) > 1]))
    drawn = {model: centre + (mean - centre) * spread / (spread + noise / len(logs[model])) for model, mean in means.items()}
    known = {model: count for model, count in calls.items() if model in drawn}
    base = sum(drawn[model] * count for model, count in known.items()) / sum(known.values())
    rows = [(model, round(1000 * math.exp(mean - base)), tasks[model]) for model, mean in sorted(drawn.items())]
    unmeasured = {ALL: centre} | _by_vendor(drawn, vendors, centre)
    return [*((name, round(1000 * math.exp(mean - base)), 0) for name, mean in sorted(unmeasured.items())), *rows]


def _by_vendor(drawn: Mapping[str, float], vendors: Mapping[str, str], centre: float) -> dict[str, float]:
    """The mean of each vendor's models, drawn towards the mean of all: the models of one house work alike."""
    groups: dict[str, list[float]] = {}
    for model, mean in drawn.items():
        groups.setdefault(vendors[model], []).append(mean)
    within = float(np.mean([float(np.var(found, ddof=1)) for found in groups.values() if len(found) > 1] or [0.0]))
    between = max(float(np.var([np.mean(found) for found in groups.values()])), LEAST)
    return {
        f"{ALL}{vendor}": centre + (float(np.mean(found)) - centre) * between / (between + within / len(found))
        for vendor, found in groups.items()
    }


def _ratios(evidence: Sequence[Evidence], standard: Callable[[str, str], int | None]) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Logarithms of measured over list cost, and tasks measured, by model; one per benchmark and run of OpenHands' own agent."""
    logs: dict[str, list[float]] = {}
    tasks: dict[str, int] = {}
    for row in evidence:
        listed = standard(row.model, row.date) if row.cost and row.benchmark in CODING and row.harness.startswith("OpenHands v") else None
        if listed and row.cost:
            logs.setdefault(row.model, []).append(math.log(row.cost / listed))
            tasks[row.model] = tasks.get(row.model, 0) + (row.n or 0)
    return logs, tasks
