"""Outcomes of one's own work as evidence: for each model and kind of work the share solved, and what a task cost, with its spread.

The rows are what was seen and nothing else; how far they are to be believed is worked out where they are read (engine.experience), with
the same shrinkage.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from tierwise.core.tasks import KINDS
from tierwise.lab.outcomes import BadOutcomes, Outcome, Query


class Measured(Struct, frozen=True):
    """A model on a kind of work: tasks, mean score, mean cost of a task in dollars and its standard deviation (None where not known).

    `items` are the tasks whose cost was measured.
    """

    model: str
    kind: str
    n: int
    score: float
    cost: float | None
    cost_deviation: float | None
    items: int = 0


def kinds(rows: Sequence[Outcome], known: Mapping[str, Query], said: Mapping[str, str], everything: str = "") -> dict[str, str]:
    """The kind of work of each query: what is said of all of them or of its label, else its label; BadOutcomes where that is none."""
    queries = dict.fromkeys(row.query for row in rows)
    strange = sorted({*said.values(), everything} - {*KINDS, ""})
    if strange:
        raise BadOutcomes(f"{strange[0]!r} is no kind of work; known: {', '.join(KINDS)}")
    found = {query: everything or _kind(known.get(query, Query()).task, said) for query in queries}
    nameless = sorted({known.get(query, Query()).task for query, kind in found.items() if kind not in KINDS})
    if nameless:
        raise BadOutcomes(
            f"{nameless[0]!r} is no kind of work; say which it stands for (--as {nameless[0] or 'LABEL'}=KIND, or --kind KIND for all);"
            f" known: {', '.join(KINDS)}"
        )
    return found


def _kind(label: str, said: Mapping[str, str]) -> str:
    return said.get(label, label)


def measured(rows: Iterable[Outcome], kind: Mapping[str, str]) -> list[Measured]:
    """What was seen of each model at each kind of work, in order of their names; rows without a score say nothing."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for row in rows:
        if row.score is not None:
            groups.setdefault((row.model, kind[row.query]), []).append(row)
    scores = [row.score or 0.0 for group in groups.values() for row in group]
    if not scores:
        raise BadOutcomes("no row has a score")
    if min(scores) < 0 or max(scores) > 1:
        raise BadOutcomes(f"scores go from {min(scores):g} to {max(scores):g}; evidence needs them from 0 (not solved) to 1 (solved)")
    return [_measured(model, of, group) for (model, of), group in sorted(groups.items())]


def _measured(model: str, kind: str, group: Sequence[Outcome]) -> Measured:
    costs = [row.cost for row in group if row.cost is not None]
    mean = sum(costs) / len(costs) if costs else None
    spread = math.sqrt(sum((cost - mean) ** 2 for cost in costs) / (len(costs) - 1)) if mean is not None and len(costs) > 1 else None
    return Measured(model, kind, len(group), sum(row.score or 0.0 for row in group) / len(group), mean, spread, len(costs))
