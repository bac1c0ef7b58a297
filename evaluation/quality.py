"""The estimator on the tables of outcomes: what it saves at each floor, the baselines beside it, and what a floor on the mean is worth."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from evaluation.page import Figures, verdict
from tierwise import plugins
from tierwise.lab import trial
from tierwise.lab.method import Method
from tierwise.lab.outcomes import reading
from tierwise.lab.trial import BOUND, FLOORS, NAIVE, Ground, Manner, Rule, Run, Trial

TABLES: Final = ("bfcl2408", "zeroeval", "mmlupro")
OURS: Final = "shrunk"
SEEDS: Final = 4
BASELINE_SEEDS: Final = 2
RULES: Final[Mapping[str, Rule]] = {
    "95 % lower bound": BOUND,
    "the mean alone (naive)": NAIVE,
    "lower bound, luck taken off": Rule(cautious=True),
}
SAVED: Final[Mapping[float, float]] = {0.99: 0.30, 0.97: 0.55}
BELOW: Final = 0.15
WORST: Final = 1.0
SHOWN: Final = FLOORS[:2]
HEADS: Final = (*(f"saved at {floor:.0%}" for floor in FLOORS), "runs below 99%", "runs below 97%", "worst, points")


class Summed(NamedTuple):
    """Some runs at one floor: mean saving, share of runs below the floor, the largest shortfall in points."""

    saved: float
    below: float
    worst: float


def grounds(shared: Path) -> dict[str, Ground]:
    """The tables of outcomes, by name, ready for trials."""
    return {name: trial.ground(reading.outcomes(shared / "data" / f"{name}_outcomes.parquet")) for name in TABLES}


def rows(on: Mapping[str, Ground]) -> list[Figures]:
    """The bars, our method judged in several ways, and the baselines."""
    methods = {one.name: one for one in plugins.found(plugins.METHODS)}
    folds, halves = (_ours(methods[OURS], on, strict=strict) for strict in (False, True))
    others = {
        name: [trial.tried(one, ground, Manner(BASELINE_SEEDS)) for ground in on.values()] for name, one in methods.items() if name != OURS
    }
    return [_bars(folds["95 % lower bound"]), _judged(folds, halves, on), _baselines(folds["95 % lower bound"], others)]


def _ours(method: Method, on: Mapping[str, Ground], *, strict: bool) -> dict[str, list[Trial]]:
    """Trials by rule, one for each table."""
    found = [trial.judged_by(method, ground, Manner(SEEDS, strict), list(RULES.values())) for ground in on.values()]
    return {rule: [each[place] for each in found] for place, rule in enumerate(RULES)}


def _bars(trials: Sequence[Trial]) -> Figures:
    lines = []
    for floor, bar in SAVED.items():
        saved, below, worst = summed(trials, floor)
        lines.append((f"saved at the {floor:.0%} floor", f"{bar:.0%}", f"{saved:.1%}", verdict(saved >= bar)))
        if floor == FLOORS[0]:
            lines.append((f"runs below the {floor:.0%} floor", f"at most {BELOW:.0%}", f"{below:.0%}", verdict(below <= BELOW)))
            lines.append(
                (f"worst run at the {floor:.0%} floor, points below", f"at most {WORST:.0f}", f"{worst:.2f}", verdict(worst <= WORST))
            )
    return Figures(
        "Which model for which query: the bars",
        ("measure", "bar", "reached", ""),
        lines,
        f"Mean over {', '.join(TABLES)}; {SEEDS} seeds, in each of which every query is held out once (five folds). The operating point is"
        " chosen on the training folds at the 95 % lower bound of the paired difference. The kind of task is not told for held-out queries;"
        " it is read from their text.",
    )


def _judged(folds: Mapping[str, Sequence[Trial]], halves: Mapping[str, Sequence[Trial]], on: Mapping[str, Ground]) -> Figures:
    lines = []
    for where, found in (("five folds", folds), ("two halves", halves)):
        for rule, trials in found.items():
            for name, one in zip(on, trials, strict=True):
                lines.append((where, rule, name, *_cells([one])))
            lines.append((where, rule, "all", *_cells(trials)))
    return Figures(
        "The same, by how the floor is tested and how much may be learnt from",
        ("learnt on", "test", "table", *HEADS),
        lines,
        "A run on two halves learns from half of the queries and is judged on others, few enough that chance alone breaks a floor now and"
        " then; a run on five folds is judged on all. A point that is chosen from many at the lower bound still owes something to luck."
        " What it owes is found on random halves of the training queries and taken off in the last rows of each block (--cautious): fewer"
        " floors are broken on new queries, and less is saved.",
    )


def _baselines(ours: Sequence[Trial], others: Mapping[str, Sequence[Trial]]) -> Figures:
    found = {OURS: ours, **others}
    lines = [(name, *_cells(trials), f"{np.mean([one.aiq for one in trials]):.4f}") for name, trials in found.items()]
    return Figures(
        "Ours beside the baselines",
        ("method", *HEADS, "AIQ"),
        lines,
        f"Five folds, 95 % lower bound; baselines over {BASELINE_SEEDS} seeds. AIQ is the mean quality over the range of costs from the"
        " cheapest model's to the best one's, on the upper hull of the operating points. The oracle knows every outcome; nothing"
        " can be as good.",
    )


def _cells(trials: Sequence[Trial]) -> tuple[str, ...]:
    each = [summed(trials, floor) for floor in FLOORS]
    shares = (f"{one.below:.0%}" for one in each[: len(SHOWN)])
    return (*(f"{one.saved:.1%}" for one in each), *shares, f"{max(one.worst for one in each[: len(SHOWN)]):.2f}")


def summed(trials: Sequence[Trial], floor: float) -> Summed:
    """All runs of some trials at one floor; every table counts alike."""
    each: list[list[Run]] = [[run for run in one.runs if run.floor == floor] for one in trials]
    below = [run.below for runs in each for run in runs]
    saved = float(np.mean([np.mean([run.saved for run in runs]) for runs in each]))
    return Summed(saved, sum(points > 0 for points in below) / len(below), max(below))
