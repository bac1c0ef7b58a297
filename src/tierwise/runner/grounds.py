"""What a plan is made from, out of the catalog: how much each model solves, what an attempt costs, how far attempts go together. Pure.

Success is what the engine expects of a model at a kind of work, outcomes of one's own included. Cost is what an attempt cost on the
benchmarks that stand for the kind, where it was measured. Benchmarks differ in how much work a task is, so what was measured on another
one is taken in proportion to what tasks usually cost there; where nothing was measured, the model's price stands in proportion to what
others cost for theirs. Correlations come from a table that was derived from instances.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from tierwise.catalog import sheets
from tierwise.core.catalog import Catalog, Endpoint, Rates, Tables
from tierwise.core.money import Unknown
from tierwise.engine import quality
from tierwise.engine.quality import Estimate
from tierwise.runner.planner import Grounds, Prospect, Together

KIND: Final = "debug"
"""The kind of work where nobody says: an issue that is to be fixed."""
MIX: Final = (5, 965, 30, 10)
"""Tokens of an agent's session: fresh, read from the cache, written to it, and answered."""


def grounds(catalog: Catalog, kind: str = KIND, models: Sequence[str] = ()) -> Grounds:
    """What is known of some models in the order they are named; of all in the catalog of which enough is known where none are."""
    known = quality.estimates(catalog).get(kind or KIND, {})
    found = costs(catalog, kind or KIND)
    makers = {one.model: one.vendor for one in catalog.endpoints}
    named = [_prospect(one, known, found, makers) for one in models or sorted(makers)]
    kept = named if models else [one for one in named if one.success is not None and one.cost is not None]
    return Grounds(tuple(kept), together(sheets.rows("together.csv"), catalog.tables, kind or KIND))


def _prospect(model: str, known: Mapping[str, Estimate], found: Mapping[str, tuple[int, str]], makers: Mapping[str, str]) -> Prospect:
    estimate, (cost, source) = known.get(model), found.get(model, (None, ""))
    success = None if estimate is None else min(max(estimate.mean, 0.0), 1.0)
    error = 0.0 if estimate is None else quality.whole(estimate) ** 0.5
    return Prospect(model, success, cost, error, makers.get(model, ""), source=source)


def standing(tables: Tables, kind: str) -> set[str]:
    """The benchmarks that stand for a kind of work; all of them where none does."""
    return {one.name for one in tables.benchmarks if kind in one.kinds} or {one.name for one in tables.benchmarks}


def costs(catalog: Catalog, kind: str) -> dict[str, tuple[int, str]]:
    """What an attempt of each model costs at a kind of work, in pico-dollars, and whether that was measured."""
    measured: dict[str, dict[str, list[int]]] = {}
    for row in catalog.evidence:
        if row.cost:
            measured.setdefault(row.model, {}).setdefault(row.benchmark, []).append(row.cost)
    means = {model: {name: statistics.mean(each) for name, each in by_name.items()} for model, by_name in measured.items()}
    levels = _levels(means.values())
    stands = standing(catalog.tables, kind) & levels.keys() or set(levels)
    usual = statistics.mean(levels[name] for name in stands) if stands else 0.0
    found = {model: round(usual * _share(by_name, levels, stands)) for model, by_name in means.items()} if usual else {}
    return _priced(catalog.endpoints, found) | {model: (cost, "measured") for model, cost in found.items()}


def _levels(means: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """What a task of each benchmark usually costs: the median over models."""
    each: dict[str, list[float]] = {}
    for by_name in means:
        for name, cost in by_name.items():
            each.setdefault(name, []).append(cost)
    return {name: statistics.median(found) for name, found in each.items()}


def _share(by_name: Mapping[str, float], levels: Mapping[str, float], stands: set[str]) -> float:
    """A model's cost as a share of what is usual: on the benchmarks that count, else on those it was measured on."""
    counted = [name for name in by_name if name in stands] or list(by_name)
    return statistics.geometric_mean(by_name[name] / levels[name] for name in counted)


def _priced(endpoints: Sequence[Endpoint], found: Mapping[str, int]) -> dict[str, tuple[int, str]]:
    """Costs in proportion to prices, for models of which a price is known."""
    prices: dict[str, float] = {}
    for one in endpoints:
        if not isinstance(one.rates, Unknown):
            price = _price(one.rates[0])
            prices[one.model] = min(prices.get(one.model, price), price)
    shares = [found[model] / price for model, price in prices.items() if model in found and price]
    usual = statistics.median(shares) if shares else 0.0
    return {model: (round(usual * price), "guessed from its price") for model, price in prices.items()} if usual else {}


def _price(rates: Rates) -> float:
    """What the usual mix of tokens costs at some prices."""
    each = (rates.fresh, rates.read, rates.write_5m, rates.output)
    return sum(tokens * price for tokens, price in zip(MIX, each, strict=True)) / rates.per


def together(rows: Iterable[Mapping[str, str]], tables: Tables, kind: str) -> Together:
    """How far attempts go together at a kind of work: the mean over the benchmarks that stand for it, or over all there are."""
    every = list(rows)
    stands = standing(tables, kind)
    counted = [row for row in every if row["benchmark"] in stands] or every
    models, akin, attempts, stretch = (
        statistics.mean(float(row[name]) for row in counted) for name in ("models", "akin", "attempts", "stretch")
    )
    return Together(models, akin, attempts, stretch, ", ".join(row["benchmark"] for row in counted))
