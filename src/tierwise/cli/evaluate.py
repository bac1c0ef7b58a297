"""`tierwise evaluate`: how well a way of choosing models would have done on a table of outcomes, judged on what it did not see."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct, to_builtins

from tierwise import plugins
from tierwise.cli import terminal
from tierwise.lab import trial
from tierwise.lab.method import Method
from tierwise.lab.outcomes import Outcomes, reading
from tierwise.lab.trial import FLOORS, Manner, Rule, Trial

ALL: Final = "all"
OURS: Final = "shrunk"


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("dataset", metavar="DATASET", type=Path, help="a table of outcomes: CSV, JSON lines or Parquet, long or wide")
    parser.add_argument("--method", metavar="M", default=OURS, help=f"the method to try, or {ALL} (default: {OURS})")
    parser.add_argument("--prompts", metavar="FILE", type=Path, help="a table of the queries' prompts and labels (default: beside DATASET)")
    parser.add_argument("--seeds", metavar="N", type=_seeds, default=4, help="how often the folds are dealt (default: 4)")
    parser.add_argument("--strict", action="store_true", help="learn on one half only and judge on the other")
    parser.add_argument("--cautious", action="store_true", help="take off what a point owes to having been chosen from many")
    parser.add_argument("--known-tasks", action="store_true", help="tell the method the task of each query, instead of letting it guess")
    parser.add_argument("--json", action="store_true", help="for a program")
    parser.set_defaults(run=run)


class UnknownMethod(ValueError):
    """A method that is not there; the message names those that are."""


class Floor(Struct, frozen=True):
    """A floor over all runs: mean saving at the lower bound, share of runs below, the largest shortfall in points."""

    floor: float
    saved: float
    below: float
    worst: float
    quality: float


class Evaluated(Struct, frozen=True):
    """A method over all runs."""

    method: str
    what: str
    aiq: float
    runs: int
    floors: tuple[Floor, ...]


def run(asked: argparse.Namespace) -> int:
    """Try the methods and print what they reached."""
    methods = chosen(asked.method)
    outcomes = reading.outcomes(asked.dataset, asked.prompts)
    on = trial.ground(outcomes, told=asked.known_tasks)
    manner = Manner(asked.seeds, asked.strict, Rule(cautious=asked.cautious))
    found = [summed(one, trial.tried(one, on, manner)) for one in methods]
    if asked.json:
        terminal.show_json(_for_programs(outcomes, found))
        return 0
    terminal.show(*_printed(asked.dataset, outcomes, found))
    return 0


def _seeds(text: str) -> int:
    found = int(text)
    if not 1 <= found <= 1000:  # noqa: PLR2004  # said in the message
        raise argparse.ArgumentTypeError(f"{text} is not a number of seeds from 1 to 1000")
    return found


def chosen(name: str) -> list[Method]:
    """The methods of a name; UnknownMethod names those there are."""
    known = {one.name: one for one in plugins.found(plugins.METHODS)}
    if name != ALL and name not in known:
        raise UnknownMethod(f"--method: unknown method {name!r}; known: {', '.join((*known, ALL))}")
    return list(known.values()) if name == ALL else [known[name]]


def summed(method: Method, one: Trial) -> Evaluated:
    """A trial's runs as a row for each floor."""
    floors = []
    for floor in FLOORS:
        runs = [run for run in one.runs if run.floor == floor]
        below = [run.below for run in runs]
        floors.append(
            Floor(
                floor,
                float(np.mean([run.saved for run in runs])),
                sum(points > 0 for points in below) / len(below),
                max(below),
                float(np.mean([run.quality for run in runs])),
            )
        )
    return Evaluated(method.name, method.what, one.aiq, len(one.runs) // len(FLOORS), tuple(floors))


def _for_programs(of: Outcomes, found: Sequence[Evaluated]) -> dict[str, object]:
    mean = float(of.score[:, of.best].mean())
    first = {"model": of.models[of.best], "quality": mean, "cost": float(of.cost[:, of.best].mean())}
    return {
        "queries": len(of.queries),
        "models": len(of.models),
        "best": first,
        "notes": list(of.notes),
        "methods": [to_builtins(one) for one in found],
    }


READ_AS: Final = (
    "saved: at an operating point chosen on training folds so that the 95 % lower bound keeps that share of the best single model's"
    " quality; below: runs that did not keep it when held out, worst: by how many points, over all floors; AIQ: mean quality over the range"
    " of costs"
)


def _printed(path: Path, of: Outcomes, found: Sequence[Evaluated]) -> list[object]:
    heads = ("method", *(f">saved at {floor:.0%}" for floor in FLOORS), f">below {FLOORS[0]:.0%}", ">worst", ">AIQ")
    first, mean, cost = of.models[of.best], of.score[:, of.best].mean(), of.cost[:, of.best].mean()
    best = f"the best single model is {first} (mean score {mean:.4f}, ${cost:.6f} a query)"
    return [
        terminal.table(heads, map(_row, found)),
        f"{path.name}: {len(of.queries):,} queries, {len(of.models)} models; {best}",
        f"{found[0].runs} runs; {READ_AS}",
        *(f"note: {note}" for note in of.notes),
        *(["note: nothing is known of the queries but their ids; only the models' means can be learnt"] if trial.unknown(of) else []),
    ]


def _row(one: Evaluated) -> tuple[str, ...]:
    saved = (terminal.share(floor.saved, 1) for floor in one.floors)
    worst = max(floor.worst for floor in one.floors)
    return (one.method, *saved, terminal.share(one.floors[0].below), f"{worst:.2f}", f"{one.aiq:.4f}")
