"""Derive the shipped tables from the project's shared data: evidence, quality fit, effort, difficulty, horizon.

    python tools/derive.py ../shared/data

Every figure in the files it writes comes from the inputs named in their `source` column; nothing is typed in. The inputs themselves
are not shipped. Needs the parquet extra and numpy.
"""

import csv
import math
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyarrow import parquet

from tierwise.catalog import book, build, sheets, store
from tierwise.core.catalog import Evidence
from tierwise.core.efforts import split
from tierwise.core.mix import at_list
from tierwise.lab.calibrate import attempts, effort, factors, horizon, steps, together

OUT = Path(__file__).parents[1] / "src/tierwise/catalog/data"
OPENHANDS = "OpenHands/openhands-index-results (MIT), openhands_index_models.csv"
AIDER = "Aider polyglot leaderboard (Apache-2.0), aider_polyglot.csv"
BROKEN = attempts.BROKEN


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, header: Sequence[str], found: Iterable[Sequence[Any]]) -> None:
    """Write a data file, its rows in order."""
    with path.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        out.writerows(found)


def openhands(data: Path, out: Path, names: dict[str, str]) -> None:
    """Scores and mean costs of the OpenHands index, one row per agent, model and benchmark."""
    found = []
    for row in rows(data / "openhands_index_models.csv"):
        if (row["benchmark"], row["model"]) in BROKEN:
            continue
        cost = float(row["cost"] or 0) if int(row["zero_cost"]) * 10 < int(row["n"]) else 0.0
        found.append(
            (
                names[row["model"].lower()],
                f"openhands-{row['benchmark']}",
                round(float(row["published_score"]) / 100, 4),
                row["n"],
                f"{cost:.6f}" if cost else "",
                row["submission_time"][:10],
                f"{row['agent_name']} {row['agent_version']}",
                OPENHANDS,
            )
        )
    write(out / "evidence-openhands.csv", HEADER, sorted(found))


HEADER = ("model", "benchmark", "score", "n", "cost", "date", "harness", "source")


USUAL = "medium"
"""The effort at which models that take one work where nobody asks for any (the API reference, of models before gpt-5.1)."""

EFFORT = re.compile(r".* \((\w+)\)")


def aider(data: Path, out: Path, names: dict[str, str]) -> None:
    """Each model on Aider polyglot (225 tasks): as it is usually asked where that is published, else the best setting; and each effort."""
    cards = sheets.capabilities()
    best: dict[str, tuple[tuple[bool, float], tuple[Any, ...]]] = {}
    for row in rows(data / "aider_polyglot.csv"):
        model = names.get(row["model"].split(" (")[0].lower().replace(" ", "-"))
        if not model or " + " in row["model"]:
            continue
        stated, takes = EFFORT.fullmatch(row["model"]), cards[model].capability.efforts
        effort = stated[1] if stated and stated[1] in takes else ""
        for name, usual in ((model, bool(takes) and effort in {"", USUAL}), *([(f"{model}@{effort}", True)] if effort else [])):
            found = _aider(row, name)
            if name not in best or best[name][0] < (usual, found[2]):
                best[name] = (usual, found[2]), found
    write(out / "evidence-aider.csv", HEADER, sorted(found for _, found in best.values()))


def _aider(row: dict[str, str], name: str) -> tuple[Any, ...]:
    cost = float(row["total_cost"] or 0) / 225
    setting, share = f"aider, {row['model']}, {row['edit_format']}", round(float(row["pass_rate_2"]) / 100, 4)
    return name, "aider-polyglot", share, 225, f"{cost:.6f}" if cost else "", row["date"], setting, AIDER


def fit(data: Path, out: Path, evidence: Sequence[Evidence]) -> None:
    """The one-factor fit of all benchmarks, and the correlation of outcomes over the same tasks where instances are known."""
    fitted = factors.fitted(evidence)
    together = factors.correlations(instances(data))
    usual = statistics.median(together.values())
    source = "one-factor fit over the shipped evidence; correlation from OpenHands instances"
    write(
        out / "benchmarks.csv",
        ("name", "kinds", "n", "mean", "loading", "spread", "correlation", "source"),
        [
            (
                one.name,
                "|".join(KINDS.get(one.name, ())),
                one.n,
                round(one.mean, 4),
                round(one.loading, 4),
                round(one.spread, 4),
                round(together.get(one.name, usual), 3),
                source,
            )
            for one in fitted
        ],
    )


KINDS = {
    "openhands-swe-bench": ("debug", "feature", "refactor"),
    "swe-bench-verified": ("debug", "feature", "refactor"),
    "openhands-swt-bench": ("test",),
    "openhands-commit0": ("feature", "boilerplate"),
    "openhands-gaia": ("explain", "plan"),
    "terminal-bench-2.0": ("infra", "chore"),
    "terminal-bench-2.1": ("infra", "chore"),
    "aider-polyglot": ("completion", "boilerplate"),
}
"""Which kinds of work a benchmark stands for: issues to fix, tests to write, a library to write, facts to find, a terminal, small edits."""


def instances(data: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Outcomes by benchmark, model and task, for the OpenHands agent."""
    table = parquet.read_table(data / "openhands_index_instances.parquet").to_pylist()
    found: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for row in table:
        usable = row["agent_name"] == "OpenHands" and row["resolved"] is not None and not math.isnan(row["resolved"])
        if usable and (row["benchmark"], row["model"]) not in BROKEN:
            found[f"openhands-{row['benchmark']}"][row["model"]][row["instance_id"]] = row["resolved"]
    return found


def difficulty(data: Path, out: Path) -> None:
    """How estimates stretch with difficulty: SWE-bench Verified by the time its annotators gave each issue."""
    levels = {"<15 min fix": 1, "15 min - 1 hour": 2, "1-4 hours": 3, ">4 hours": 3}
    table = parquet.read_table(data / "swebench_verified_problem_statements.parquet", columns=["instance_id", "difficulty"])
    level = {row["instance_id"]: levels[row["difficulty"]] for row in table.to_pylist()}
    found = steps.fitted(instances(data)["openhands-swe-bench"], level)
    source = "OpenHands SWE-bench outcomes by annotated difficulty (openhands_index_instances, swebench_verified_problem_statements)"
    write(
        out / "steps.csv",
        ("difficulty", "middle", "centre", "slope", "source"),
        [(one.difficulty, round(one.middle, 4), round(one.centre, 4), round(one.slope, 4), source) for one in found],
    )


def work(data: Path, out: Path, evidence: Sequence[Evidence]) -> None:
    """Effort: measured cost per task over what a standard mix of tokens would have cost at the prices of the day."""
    prices = store.opened()
    mix = effort.mix(data / "sessions_claude_code_calls.parquet")
    cards = sheets.capabilities()

    def standard(model: str, date: str) -> int | None:
        card = cards.get(model)
        names = sheets.priced_as(card) if card else ()
        listing = next((found for name in names if (found := book.find(prices, name, card.provider if card else None))), None)
        rates = listing and book.token_rates(prices, listing, book.instant(sheets.day(date)))
        return at_list(mix, rates) if isinstance(rates, tuple) else None

    vendors = {card.model: card.vendor for card in cards.values()}
    found = effort.fitted(evidence, standard, effort.logged(data / "sessions_claude_code_calls.parquet"), vendors)
    source = f"mean cost per task of {OPENHANDS} over the list price of the token mix of 17,254 logged Claude Code calls"
    asked = [(*one, RELATIVE) for one in at_efforts(evidence, {name: effort for name, effort, _ in found}, vendors)]
    write(out / "effort.csv", ("model", "effort", "n", "source"), [*((*one, source) for one in found), *asked])


RELATIVE = f"mean cost per task of {AIDER} relative to the model's own as it is usually asked"


def at_efforts(evidence: Sequence[Evidence], known: dict[str, int], vendors: dict[str, str]) -> list[tuple[str, int, int]]:
    """How much work a model makes at an effort: what it makes as it is usually asked, by what a task then costs over what it costs so."""
    usual = {(row.model, row.benchmark): row for row in evidence}
    found = []
    for row in evidence:
        model, effort = split(row.model)
        plain = usual.get((model, row.benchmark))
        if effort and plain is not None and row.cost and plain.cost and ran_at(plain.harness) in {"", USUAL}:
            own = known[model] if model in known else build.usual_effort(known, vendors[model])
            found.append((row.model, round(own * row.cost / plain.cost), row.n or 0))
    return sorted(found)


def ran_at(harness: str) -> str:
    """The effort at which a harness ran, '' where it says none."""
    stated = EFFORT.fullmatch(harness.rpartition(", ")[0])
    return stated[1] if stated else ""


def cascades(data: Path, out: Path) -> None:
    """How far attempts at one task go together, by benchmark, and how cost stretches with difficulty."""
    found = []
    for benchmark in TOGETHER:
        fit = together.fitted(attempts.arms(data, benchmark))
        figures = (round(one, 3) for one in (fit.models, fit.akin, fit.attempts, fit.stretch))
        found.append((f"openhands-{benchmark}", *figures, "|".join(map(str, fit.pairs)), AGAIN))
    write(out / "together.csv", ("benchmark", "models", "akin", "attempts", "stretch", "pairs", "source"), found)


TOGETHER = ("gaia", "swe-bench", "swe-bench-multimodal", "swt-bench")
AGAIN = (
    "medians over pairs of models of OpenHands/openhands-index-results (MIT), openhands_index_instances;"
    " attempts: runs of one model with different agents; pairs: of models|of one maker|of one model"
)


def outlooks(data: Path, out: Path) -> None:
    """The horizon: calls still to come, growth of the context and output, by client and calls so far."""
    source = "sessions_claude_code_calls.parquet, sessions_codex_calls.parquet"
    found = horizon.fitted(data / "sessions_claude_code_calls.parquet", data / "sessions_codex_calls.parquet")
    write(
        out / "outlooks.csv", ("client", "calls", "remaining", "growth", "output", "ceiling", "source"), [(*one, source) for one in found]
    )


def main(data: Path, out: Path = OUT) -> None:
    """Write every derived file."""
    names = {alias.lower(): card.model for card in sheets.capabilities().values() for alias in (card.model, *card.aliases)}
    openhands(data, out, names)
    aider(data, out, names)
    evidence = sheets.evidence()
    models = [row for row in evidence if not split(row.model)[1]]
    fit(data, out, models)
    difficulty(data, out)
    work(data, out, evidence)
    outlooks(data, out)
    cascades(data, out)


if __name__ == "__main__":
    np.seterr(all="raise")
    main(Path(sys.argv[1]))
