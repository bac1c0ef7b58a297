"""Outcomes: which model scored what on which query, at what cost. Read from any table, checked, and made whole.

Theory of operation. A table is a long one (a row for each query and model) or a wide one (a row for each query, columns for each
model). What it says becomes a matrix of scores and one of costs, queries by models. Methods are compared on the same queries for the
same models, so the matrices have to be whole: a model without costs, or that answered too few of the queries, is left out, then each
query that a remaining model did not answer. What was left out is said in `notes`; what cannot be used at all is a `BadOutcomes`.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

COVERAGES: Final = (0.95, 0.99, 1.0)
"""The share of queries a model must have answered: the least that leaves nearly all queries whole."""

NEARLY_ALL: Final = 0.9
FEWEST: Final = 40
"""Queries below which nothing can be learnt and held out."""


class BadOutcomes(ValueError):
    """A table that cannot be used; the message says what, where and what is needed."""


class Query(NamedTuple):
    """What is known of a query before it is answered: its words, the tools it brings, and the kind of task it is labelled with."""

    text: str = ""
    tools: str = ""
    task: str = ""


class Outcome(NamedTuple):
    """A model's score and cost (in dollars; None where it is not known) on a query."""

    query: str
    model: str
    score: float | None
    cost: float | None


class Outcomes(Struct, frozen=True):
    """A whole table: scores (0 to 1) and costs by query and model, and what is known of each query."""

    queries: tuple[str, ...]
    models: tuple[str, ...]
    score: Floats
    cost: Floats
    known: tuple[Query, ...]
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> int:
        """The model with the highest mean score; of equals the cheapest."""
        return best(self.score, self.cost)


def best(score: Floats, cost: Floats) -> int:
    """The place of the model with the highest mean score; of equals the cheapest."""
    return int(np.lexsort((cost.mean(0), -score.mean(0)))[0])


def assembled(rows: Sequence[Outcome], known: Mapping[str, Query]) -> Outcomes:
    """The whole table that some rows make; rows that repeat a query and a model count as one of their mean."""
    queries, models = tuple(dict.fromkeys(row.query for row in rows)), tuple(dict.fromkeys(row.model for row in rows))
    _labelled(queries, known)
    score, cost, notes = _matrices(rows, queries, models)
    keep, some = _covered(score, cost, models)
    whole = np.flatnonzero(~(np.isnan(score[:, keep]) | np.isnan(cost[:, keep])).any(1))
    if len(whole) < len(queries):
        notes = (*notes, f"{len(queries) - len(whole):,} of {len(queries):,} queries left out: a model that stays did not answer them")
    names = tuple(models[place] for place in keep.tolist())
    score, scaled = _scaled(score[np.ix_(whole, keep)])
    _useful(score, names)
    left = tuple(queries[place] for place in whole.tolist())
    return Outcomes(left, names, score, cost[np.ix_(whole, keep)], tuple(known.get(one, Query()) for one in left), (*notes, *some, *scaled))


def _labelled(queries: Sequence[str], known: Mapping[str, Query]) -> None:
    """BadOutcomes where labels are for queries nobody answered, or some queries have none."""
    strange = sorted(known.keys() - set(queries))
    if strange:
        raise BadOutcomes(f"there are prompts or labels for {len(strange):,} ids that no outcome is of; the first is {strange[0]!r}")
    missing = [query for query in queries if query not in known] if known else []
    if missing:
        raise BadOutcomes(f"{len(missing):,} queries have outcomes but no prompt or label; the first is {missing[0]!r}")


def _matrices(rows: Sequence[Outcome], queries: Sequence[str], models: Sequence[str]) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Scores and costs by query and model, NaN where there are none, and what there is to say of repeats."""
    row_of, column_of = {name: place for place, name in enumerate(queries)}, {name: place for place, name in enumerate(models)}
    flat = np.array([row_of[row.query] * len(models) + column_of[row.model] for row in rows], dtype=np.int64)
    shape = len(queries), len(models)
    score, most = _mean(flat, np.array([row.score for row in rows], dtype=float), shape)
    cost, _ = _mean(flat, np.array([row.cost for row in rows], dtype=float), shape)
    return score, cost, ("some queries were answered more than once by a model; their mean counts",) if most > 1 else ()


def _mean(flat: Whole, values: Floats, shape: tuple[int, int]) -> tuple[Floats, int]:
    there = ~np.isnan(values)
    size = shape[0] * shape[1]
    counts = np.bincount(flat[there], minlength=size)
    sums = np.bincount(flat[there], weights=values[there], minlength=size)
    return np.where(counts, sums / np.maximum(counts, 1), np.nan).reshape(shape), int(counts.max(initial=0))


def _covered(score: Floats, cost: Floats, models: Sequence[str]) -> tuple[Whole, tuple[str, ...]]:
    """The places of the models that have costs and answered enough of the queries, and a note on those that do not."""
    answered = ~np.isnan(score)
    priced = ~np.isnan(cost) & answered
    if not priced.any():
        raise BadOutcomes("no outcome has a cost; add a cost column (dollars for the answer), without it no saving can be worked out")
    shares = priced.mean(0)
    for least in COVERAGES:
        keep = np.flatnonzero(shares >= least)
        if len(keep) and priced[:, keep].all(1).mean() >= NEARLY_ALL:
            break
    if len(keep) < 2:  # noqa: PLR2004  # a choice is between two
        raise BadOutcomes(_alone(models, keep.tolist()))
    free = [models[place] for place in np.flatnonzero(~priced.any(0)).tolist()]
    short = len(models) - len(keep) - len(free)
    return keep, (
        *([f"{len(free)} of {len(models)} models left out: no cost is known ({_some(free)})"] if free else []),
        *(
            [f"{short} of {len(models)} models left out: they have fewer than {least:.0%} of the queries with score and cost"]
            if short
            else []
        ),
    )


def _alone(models: Sequence[str], keep: Sequence[int]) -> str:
    if len(models) == 1:
        return f"there is one model only ({models[0]}); a choice needs at least two"
    found = f"only {models[keep[0]]} has" if keep else "no model has"
    return f"{found} a score and a cost on at least {COVERAGES[0]:.0%} of the queries; a choice needs two models that do"


def _some(names: Sequence[str], shown: int = 3) -> str:
    return ", ".join(names[:shown]) + (" and others" if len(names) > shown else "")


def _scaled(score: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Scores from 0 to 1; BadOutcomes where one is below 0."""
    if score.min(initial=0.0) < 0:
        raise BadOutcomes(f"a score is {score.min():g}; scores must not be below 0 (0 for wrong, 1 for right, or anything between)")
    most = float(score.max(initial=0.0))
    return (score / most, (f"scores go up to {most:g}; they were divided by it",)) if most > 1 else (score, ())


def _useful(score: Floats, models: Sequence[str]) -> None:
    """BadOutcomes where there is nothing to choose by."""
    if len(score) < FEWEST:
        raise BadOutcomes(f"{len(score)} queries were answered by every model; at least {FEWEST} are needed to learn and to hold out")
    if score.min() == score.max():
        raise BadOutcomes(f"all scores are {score.min():g}: nothing tells the {len(models)} models apart; take the cheapest")
