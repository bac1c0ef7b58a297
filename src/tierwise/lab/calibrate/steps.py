"""How differences between models stretch with the difficulty of the work.

For each difficulty a line through the models: the share a model solves of tasks of that difficulty against the share it solves of
all. Its slope says how much more (or less) models differ there.
"""

from collections.abc import Mapping

import numpy as np

from tierwise.core.catalog import Step


def fitted(runs: Mapping[str, Mapping[str, float]], level: Mapping[str, int]) -> list[Step]:
    """A step per difficulty, from outcomes by model and task and the difficulty of each task."""
    known = {model: {task: won for task, won in tasks.items() if task in level} for model, tasks in runs.items()}
    overall = np.array([np.mean(list(tasks.values())) for tasks in known.values()])
    middle = float(overall.mean())
    return [_step(difficulty, known, level, overall, middle) for difficulty in sorted(set(level.values()))]


def _step(
    difficulty: int,
    runs: Mapping[str, Mapping[str, float]],
    level: Mapping[str, int],
    overall: np.ndarray,
    middle: float,
) -> Step:
    here = np.array([np.mean([won for task, won in tasks.items() if level[task] == difficulty]) for tasks in runs.values()])
    off = overall - middle
    return Step(difficulty, middle, float(here.mean()), float((off * (here - here.mean())).sum() / (off**2).sum()))
