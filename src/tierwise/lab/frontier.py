"""The frontier: which models give the most for the money, by list price and by measured cost.

A model is on a frontier when no other scores at least as well for less (or better for the same). There are two, because list price is
not cost: one over dollars for a million output tokens, one over measured dollars per task. What is not known takes part in neither.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from tierwise.catalog import sheets
from tierwise.core.catalog import OWN, Catalog, Endpoint, Evidence, Rates
from tierwise.core.money import PER_DOLLAR, Amount, Unknown, pico
from tierwise.engine.quality import Z95, Estimate, estimates, whole

PUBLISHED = "swe-bench-verified"
MEASURED = ("openhands-swe-bench",)
"""Where the cost per task comes from when no kind of work is named: the same tasks as the published score, under one harness."""


class Point(Struct, frozen=True):
    """A model: its score (0 to 1) with a 90 % interval where one is known, pico-dollars for a million output tokens and per task.

    `value` is points of score (of 100) per dollar for a million output tokens, the article's measure. `spread` is how far measurements of
    the cost lie apart (the largest over the smallest), None where there is one only. `reversed_by` names the models that list a lower
    price and cost more per task.
    """

    model: str
    endpoint: str
    vendor: str
    tier: str
    score: float
    low: float | None
    high: float | None
    price: Amount
    cost: Amount
    value: float | None
    by_price: bool = False
    by_cost: bool = False
    sources: tuple[str, ...] = ()
    spread: float | None = None
    reversed_by: tuple[str, ...] = ()


def output_price(rates: Sequence[Rates] | Unknown) -> Amount:
    """Pico-dollars for a million output tokens of a short prompt."""
    return rates if isinstance(rates, Unknown) else rates[0].output * 10**6 // rates[0].per


def value_of(score: float, price: Amount) -> float | None:
    """Points of score (of 100) per dollar for a million output tokens; None where the price is unknown or nothing."""
    return None if isinstance(price, Unknown) or not price else 100 * score * PER_DOLLAR / price


def points(catalog: Catalog, kind: str = "") -> tuple[Point, ...]:
    """Every endpoint whose score is known, the best value first, the frontiers marked.

    Without a kind of work the score is the published one on SWE-bench Verified; with one it is the estimate that decisions use.
    """
    known = estimates(catalog)[kind] if kind else {}
    every = (_estimated(one, catalog, kind, known.get(one.model)) if kind else _published(one, catalog) for one in catalog.endpoints)
    found = [one for one in every if one is not None]
    prices, costs = edge(found, lambda one: one.price), edge(found, lambda one: one.cost)
    marked = (replace(one, by_price=one.model in prices, by_cost=one.model in costs, reversed_by=_reversed(one, found)) for one in found)
    return tuple(sorted(marked, key=lambda one: (-(one.value or 0.0), one.model)))


def _reversed(one: Point, found: Iterable[Point]) -> tuple[str, ...]:
    """The models that list a lower price than one and were measured to cost more per task."""
    return tuple(sorted({other.model for other in found if _less(other.price, one.price) and _less(one.cost, other.cost)}))


def _less(one: Amount, other: Amount) -> bool:
    return not isinstance(one, Unknown) and not isinstance(other, Unknown) and one < other


def reversals(found: Sequence[Point]) -> tuple[int, int]:
    """Pairs of models of which price and cost are known: in how many the lower list price costs more, and how many there are."""
    known = [one for one in found if not isinstance(one.price, Unknown) and not isinstance(one.cost, Unknown)]
    pairs = [(one, other) for place, one in enumerate(known) for other in known[place + 1 :] if one.price != other.price]
    return sum(_less(one.price, other.price) != _less(one.cost, other.cost) for one, other in pairs if one.cost != other.cost), len(pairs)


def edge(found: Iterable[Point], amount: Callable[[Point], Amount]) -> set[str]:
    """The models that no other beats: none scores at least as well for less, or better for as much."""
    priced = [(spent, one) for one in found if not isinstance(spent := amount(one), Unknown)]
    best, kept = -1.0, set[str]()
    for _, one in sorted(priced, key=lambda pair: (pair[0], -pair[1].score)):
        if one.score > best:
            best = one.score
            kept.add(one.model)
    return kept


def _published(endpoint: Endpoint, catalog: Catalog) -> Point | None:
    rows = [row for row in catalog.evidence if row.model == endpoint.model and row.benchmark == PUBLISHED]
    scores = [row.score for row in rows if row.score is not None]
    if not scores:
        return None
    score = sum(scores) / len(scores)
    return _point(endpoint, (score, None, None), _costs(catalog.evidence, endpoint.model, MEASURED), rows)


def _estimated(endpoint: Endpoint, catalog: Catalog, kind: str, found: Estimate | None) -> Point | None:
    if found is None:
        return None
    spread = Z95 * whole(found) ** 0.5
    interval = (found.mean, max(found.mean - spread, 0.0), min(found.mean + spread, 1.0))
    rows = [row for row in catalog.evidence if row.model == endpoint.model]
    names = [bench.name for bench in catalog.tables.benchmarks if kind in bench.kinds]
    return _point(endpoint, interval, _own_costs(rows, kind) or _costs(catalog.evidence, endpoint.model, names), rows)


def _point(endpoint: Endpoint, score: tuple[float, float | None, float | None], costs: Sequence[int], rows: Sequence[Evidence]) -> Point:
    price = output_price(endpoint.rates)
    cost = sum(costs) // len(costs) if costs else Unknown("no measured cost per task")
    sources = tuple(dict.fromkeys(row.source for row in rows))
    who = endpoint.model, endpoint.id, endpoint.vendor, endpoint.tier
    spread = max(costs) / min(costs) if len(costs) > 1 and min(costs) else None
    return Point(*who, *score, price, cost, value_of(score[0], price), sources=sources, spread=spread)


def _costs(evidence: Iterable[Evidence], model: str, benchmarks: Sequence[str]) -> list[int]:
    """Measured costs per task, one for each benchmark, a benchmark's repeated runs as their mean."""
    runs: dict[str, list[int]] = {}
    for row in evidence:
        if row.model == model and row.benchmark in benchmarks and row.cost is not None:
            runs.setdefault(row.benchmark, []).append(row.cost)
    return [sum(found) // len(found) for found in runs.values()]


def _own_costs(rows: Iterable[Evidence], kind: str) -> list[int]:
    """What own work of a kind cost per task; it is worth more than any benchmark's cost."""
    return [row.cost for row in rows if row.benchmark == OWN and row.kind == kind and row.cost is not None]


class Claim(Struct, frozen=True):
    """A model as the article gives it; `tier` is empty for those outside its table, `price` None where it names none."""

    model: str
    named: str
    tier: str
    score: float
    price: int | None


class Line(Struct, frozen=True):
    """A row of the article's table, from the catalog."""

    tier: str
    named: str
    point: Point


class Article(Struct, frozen=True):
    """The article's table and sums from the catalog; notes where the catalog differs.

    `ratio` is dearest over cheapest price, `monthly` the pico-dollars between them for 100 million output tokens.
    """

    lines: tuple[Line, ...]
    ratio: float
    monthly: int
    notes: tuple[str, ...]


def claims() -> list[Claim]:
    """The article's models as it gives them."""
    return [
        Claim(row["model"], row["named"], row["tier"], float(row["score"]), pico(row["output_price"]) if row["output_price"] else None)
        for row in sheets.rows("article.csv")
    ]


TOKENS = 100
"""Millions of output tokens a month in the article's sum."""


class Unanswerable(ValueError):
    """The article's table cannot be worked out from this catalog; the message says what is missing."""


def article(catalog: Catalog, claims: Sequence[Claim]) -> Article:
    """The article's table from catalog data; Unanswerable where a score or price of it is not known at that date."""
    found = {one.model: one for one in points(catalog)}
    missing = [claim.named for claim in claims if claim.tier and _price(found, claim.model) is None]
    if missing:
        raise Unanswerable(f"no score or price is known at this date for {', '.join(missing)}")
    lines = tuple(Line(claim.tier, claim.named, found[claim.model]) for claim in claims if claim.tier)
    prices = [price for line in lines if isinstance(price := line.point.price, int)]
    return Article(lines, max(prices) / min(prices), (max(prices) - min(prices)) * TOKENS, tuple(_notes(claims, found, catalog)))


def _price(found: Mapping[str, Point], model: str) -> int | None:
    price = found[model].price if model in found else None
    return price if isinstance(price, int) else None


def _notes(claims: Sequence[Claim], found: Mapping[str, Point], catalog: Catalog) -> Iterable[str]:
    """One note for each thing the catalog has differently."""
    prices = catalog.versions.get("prices", "the price data")
    for claim in claims:
        point = found.get(claim.model)
        if point is None:
            yield f"{claim.named}: no score of it is known at this date"
            continue
        if claim.price is not None and point.price != claim.price:
            yield f"{claim.named}: the article says {_dollars(claim.price)}, {prices} {_dollars(point.price)} at this date"
        if abs(point.score - claim.score) > HALF_A_DIGIT:
            yield f"{claim.named}: the article says {100 * claim.score:.1f} %, the catalog {100 * point.score:.1f} %"


HALF_A_DIGIT = 0.0005


def _dollars(amount: Amount) -> str:
    return "an unknown price" if isinstance(amount, Unknown) else f"${amount / PER_DOLLAR:.2f}"
