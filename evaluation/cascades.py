"""Verified cascades, planned on some tasks and judged on others: what the runner's planner is worth.

The tasks are those of SWE-bench Verified that the OpenHands index holds in the shared data. A plan is made from the training tasks alone:
shares solved, mean costs, how far attempts go together. On the others it is worked out exactly, with a check that errs at random: the
chance that each stage is reached, and so the expected cost and the expected share resolved. Nothing is drawn but the split.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from evaluation.page import Figures, verdict
from tierwise.core.money import PER_DOLLAR
from tierwise.lab.calibrate import together
from tierwise.lab.calibrate.attempts import Grid, arms, grid
from tierwise.lab.calibrate.together import Arm
from tierwise.runner.planner import Grounds, Plan, Prospect, Together, Wanted, planned

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Errors = tuple[float, float]
"""Shares of false passes and of false fails."""

DATA: Final = Path(__file__).parents[2] / "shared" / "data"
LATEST: Final = "claude-fable-5"
SEEDS: Final = 10
FEWER: Final = 5
"""Seeds where many kinds of check are tried."""
WANTED: Final = Wanted(attempts=1, stages=10)
PASSES: Final = (0.0, 0.1, 0.2, 0.4)
FAILS: Final = (0.0, 0.05, 0.1)
PERFECT: Final = (0.0, 0.0)
WEAK: Final = (0.2, 0.0)
MARGINS: Final = (-0.01, 0.0, 0.01, 0.02, 0.04, 0.05, 0.055, 0.06, 0.065, 0.07)
"""What a plan has to promise beyond the best model: the points of the curve that bars are read off."""
CHEAP: Final = 0.25
CHEAP_WEAK: Final = 0.40
MORE: Final = 0.07


class Split(NamedTuple):
    """Tasks to learn from and tasks to judge on, and what the first say."""

    learn: Places
    judge: Places
    grounds: Grounds


class Mean(NamedTuple):
    """The share resolved and the cost of a task in dollars, and the same of the best single model; `error` is that of the difference."""

    resolved: float
    cost: float
    alone: float
    price: float
    error: float

    @property
    def gain(self) -> float:
        """Points of a share by which more is resolved than by the best single model."""
        return self.resolved - self.alone

    @property
    def ratio(self) -> float:
        """The cost as a share of the best single model's."""
        return self.cost / self.price


def halves(tasks: int, seeds: int, folds: int = 2) -> Iterator[tuple[Places, Places]]:
    """Tasks to learn from and to judge on: each part judges once, for every seed."""
    for seed in range(seeds):
        parts = np.array_split(np.random.default_rng(seed).permutation(tasks), folds)
        for place, judge in enumerate(parts):
            yield np.concatenate([one for number, one in enumerate(parts) if number != place]), judge


def learnt(on: Grid, learn: Places) -> Grounds:
    """What the training tasks say, and nothing else."""
    fit = together.fitted([one._replace(solved=one.solved[learn], cost=one.cost[learn]) for one in on.arms])
    prospects = tuple(
        Prospect(called(arm), float(solved.mean()), round(float(cost.mean()) * PER_DOLLAR), maker=arm.maker)
        for arm, solved, cost in zip(on.arms, on.solved[:, learn], on.cost[:, learn], strict=True)
    )
    return Grounds(prospects, Together(fit.models, fit.akin, fit.attempts, fit.stretch))


def called(arm: Arm) -> str:
    """The name of a model with its agent."""
    return f"{arm.model} ({arm.agent})"


def splits(on: Grid, seeds: int = SEEDS) -> list[Split]:
    """Every split with what its training tasks say."""
    return [Split(learn, judge, learnt(on, learn)) for learn, judge in halves(on.solved.shape[1], seeds)]


def tried(on: Grid, order: Sequence[int], judge: Places, errors: Errors) -> tuple[Numbers, Numbers]:
    """What an order of arms resolves and costs by task, with a check that errs: exact, nothing is drawn."""
    false_pass, false_fail = errors
    reached = np.ones(len(judge))
    resolved, cost = np.zeros(len(judge)), np.zeros(len(judge))
    for arm in order:
        good = on.solved[arm, judge]
        cost += reached * on.cost[arm, judge]
        resolved += reached * good * (1 - false_fail)
        reached = reached * np.where(good > 0, false_fail, 1 - false_pass)
    return resolved, cost


def order(plan: Plan, grounds: Grounds) -> list[int]:
    """The stages of a plan as numbers of arms."""
    number = {one.model: place for place, one in enumerate(grounds.prospects)}
    return [number[leg.model] for leg in plan.legs]


def best(grounds: Grounds) -> int:
    """The best single model on the training tasks."""
    return max(range(len(grounds.prospects)), key=lambda place: grounds.prospects[place].success or 0.0)


def mean(on: Grid, parts: Sequence[Split], orders: Sequence[Sequence[int]], errors: Errors) -> Mean:
    """Orders, one for each split, on the tasks that judge it. The error is that of so many tasks, whatever the number of splits."""
    tasks = on.solved.shape[1]
    sums, seen = np.zeros((4, tasks)), np.zeros(tasks)
    for part, chosen in zip(parts, orders, strict=True):
        single = best(part.grounds)
        sums[:, part.judge] += np.stack(
            [*tried(on, chosen, part.judge, errors), on.solved[single, part.judge], on.cost[single, part.judge]]
        )
        seen[part.judge] += 1
    each = sums / seen
    resolved, cost, alone, price = (float(one) for one in each.mean(axis=1))
    return Mean(resolved, cost, alone, price, float((each[0] - each[2]).std() / np.sqrt(tasks)))


def plans(parts: Sequence[Split], wanted: Wanted, errors: Errors) -> list[Plan]:
    """The plan of each split."""
    asked = replace(wanted, false_pass=errors[0], false_fail=errors[1])
    return [planned(one.grounds, asked) for one in parts]


def judged(on: Grid, parts: Sequence[Split], wanted: Wanted, errors: Errors) -> Mean:
    """What plans are worth on tasks that they were not made from."""
    orders = [order(plan, one.grounds) for plan, one in zip(plans(parts, wanted, errors), parts, strict=True)]
    return mean(on, parts, orders, errors)


def rows() -> list[Figures]:
    """The bars, checks of several kinds, and what stands beside the plans."""
    everything = arms(DATA)
    usual, whole = grid([one for one in everything if one.model != LATEST]), grid(everything)
    parts = splits(usual)
    return [_bars(usual, parts), _checks(usual, parts[: 2 * FEWER]), _beside(usual, parts), _with_latest(whole), _again(everything)]


def _bars(on: Grid, parts: Sequence[Split]) -> Figures:
    perfect, weak = ([judged(on, parts, replace(WANTED, margin=one), errors) for one in MARGINS] for errors in (PERFECT, WEAK))
    cheap, dear = (at(0.0, [(one.gain, one.ratio) for one in found]) for found in (perfect, weak))
    more = at(1.0, [(one.ratio, one.gain) for one in perfect])
    lines = [
        ("perfect check: cost at the best single model's resolved rate", f"at most {CHEAP:.0%}", f"{cheap:.1%}", verdict(cheap <= CHEAP)),
        ("perfect check: points more resolved at its cost", f"at least {MORE * 100:.0f}", f"{more * 100:.1f}", verdict(more >= MORE)),
        ("20 % false passes: cost at its resolved rate", f"at most {CHEAP_WEAK:.0%}", f"{dear:.1%}", verdict(dear <= CHEAP_WEAK)),
    ]
    error = max(one.error for one in perfect)
    return Figures(
        "Verified cascades: the bars",
        ("measure", "bar", "reached", ""),
        lines,
        f"{on.solved.shape[1]} tasks of SWE-bench Verified, {len(on.arms)} models with their agents, {SEEDS} seeds, in each of which every"
        " task judges once what was planned on the other half. Read off the curve of plans that promise more or less than the best single"
        f" model, straight between its points. So few tasks leave a standard error of {error * 100:.1f} points in any difference between a"
        f" plan and a model: bars met this narrowly may be missed on other tasks. {LATEST} is left out here and has a table of its own.",
    )


def at(place: float, points: Sequence[tuple[float, float]]) -> float:
    """The value of a curve at a place, straight between its points."""
    ordered = sorted(points)
    return float(np.interp(place, [one for one, _ in ordered], [value for _, value in ordered]))


def _checks(on: Grid, parts: Sequence[Split]) -> Figures:
    lines = []
    for errors in ((one, other) for one in PASSES for other in FAILS):
        cells = [_cells(judged(on, parts, replace(WANTED, goal=goal), errors)) for goal in ("match", "most")]
        lines.append((f"{errors[0]:.0%}", f"{errors[1]:.0%}", *(cell for each in cells for cell in each)))
    return Figures(
        "The planner's own choice, by how wrong the check is",
        ("false passes", "false fails", *(f"{goal}: {head}" for goal in ("match", "most") for head in HEADS)),
        lines,
        f"{FEWER} seeds. Plans know how wrong the check is. `match` is the least cost that promises as much as the best single model (or"
        " the most, where no plan promises that), `most` the most resolved for no more than it costs. The single model stands without any"
        " check. Errors of the check are independent from stage to stage; tests that miss the same fault every time are worse than this.",
    )


HEADS: Final = ("resolved", "against single", "cost", "of single")


def _cells(found: Mean) -> tuple[str, ...]:
    return (f"{found.resolved:.1%}", f"{found.gain * 100:+.1f}", f"${found.cost:.3f}", f"{found.ratio:.0%}")


def _beside(on: Grid, parts: Sequence[Split]) -> Figures:
    number = {called(arm): place for place, arm in enumerate(on.arms)}
    chosen = plans(parts, WANTED, PERFECT)
    usual = Counter(" > ".join(leg.model.split(" (")[0] for leg in plan.legs) for plan in chosen).most_common(1)[0]
    fixed = {
        "three cheap to dear, as the design names them": (
            "deepseek-v4-pro (OpenHands)",
            "minimax-m3 (OpenHands)",
            "claude-opus-4-8 (OpenHands)",
        ),
        "claude-opus-4-6 three times, by three agents": tuple(name for name in number if name.startswith("claude-opus-4-6 ")),
        "claude-sonnet-4-5 three times, by three agents": tuple(name for name in number if name.startswith("claude-sonnet-4-5 ")),
    }
    single = mean(on, parts, [[best(one.grounds)] for one in parts], PERFECT)
    lines = [("best single model on the training tasks", *_cells(single))]
    lines += [(name, *_cells(mean(on, parts, [[number[one] for one in names]] * len(parts), PERFECT))) for name, names in fixed.items()]
    lines += [(f"planned: {goal}", *_cells(judged(on, parts, replace(WANTED, goal=goal), PERFECT))) for goal in ("match", "most")]
    lines.append(("oracle: knows the cheapest model that solves it", *_cells(_oracle(on, single))))
    return Figures(
        "With a perfect check, beside what else one could do",
        ("what", *HEADS),
        lines,
        f"The plan chosen most often for `match` ({usual[1]} of {len(parts)} splits): {usual[0]}. The index holds no two runs of one model"
        " with one agent, so retries are judged by runs of one model with three agents. The oracle pays nothing where nobody solves it.",
    )


def _oracle(on: Grid, single: Mean) -> Mean:
    price = np.where(on.solved > 0, on.cost, np.inf).min(axis=0)
    solved = np.isfinite(price)
    return Mean(float(solved.mean()), float(np.where(solved, price, 0.0).mean()), single.alone, single.price, 0.0)


def _with_latest(on: Grid) -> Figures:
    parts = splits(on, FEWER)
    lines = [
        (goal, f"{errors[0]:.0%}", *_cells(judged(on, parts, replace(WANTED, goal=goal), errors)))
        for errors in (PERFECT, WEAK)
        for goal in ("match", "most")
    ]
    return Figures(
        f"The same with {LATEST}",
        ("plan", "false passes", *HEADS),
        lines,
        f"{FEWER} seeds. {LATEST} solves nearly all of these tasks by itself. Seven points more than it are more than there are tasks, and"
        " what is left to cheaper models is less than its price: the bars cannot be met with it.",
    )


def _again(everything: Sequence[Arm]) -> Figures:
    gains: dict[str, list[float]] = {"attempts": [], "akin": [], "models": []}
    for one in everything:
        for other in everything:
            if one is not other and abs(np.nanmean(one.solved) - np.nanmean(other.solved)) < CLOSE:
                failed = one.solved == 0
                gains[together.sort(one, other)].append(float(np.nansum(other.solved[failed]) / failed.sum()))
    names = {"attempts": "the same model with another agent", "akin": "another model of its maker", "models": "a model of another maker"}
    lines = [(names[sort], str(len(found)), f"{np.mean(found):.1%}") for sort, found in gains.items()]
    return Figures(
        "What a second attempt solves of what the first left",
        ("second attempt", "pairs", "solved"),
        lines,
        f"Pairs that solve shares of all tasks within {CLOSE * 100:.0f} points of each other.",
    )


CLOSE: Final = 0.05
