"""`tierwise frontier`: what each model gives for the money, as a table and as a picture."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from tierwise import assembly
from tierwise.catalog import build, sheets
from tierwise.cli import dates, files, hearing, stores, terminal
from tierwise.core.catalog import Catalog
from tierwise.core.money import PER_DOLLAR, Unknown
from tierwise.core.tasks import KINDS
from tierwise.engine.learning import ORIGIN
from tierwise.lab import charts, frontier, pictures
from tierwise.lab.frontier import Article, Point


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("--as-of", metavar="DATE", help="prices and scores known on a day in the past (YYYY-MM-DD)")
    parser.add_argument("--task", metavar="KIND", choices=KINDS, help=f"the estimate for a kind of work: {', '.join(KINDS)}")
    parser.add_argument(
        "--store", metavar="ADDRESS", help="with --task: a ledger whose outcomes and costs count (default: the settings' own)"
    )
    parser.add_argument("--table", choices=("article",), help="the table of the article that set the mission, from the catalog")
    parser.add_argument("--json", action="store_true", help="for a program")
    parser.add_argument("--plot", metavar="FILE", type=Path, help="a picture, .svg or .png (needs the plot extra)")
    parser.set_defaults(run=run)


class BadPlot(ValueError):
    """A picture that cannot be drawn, or of a kind that is not."""


class NothingKnown(ValueError):
    """No model has a score at that date."""


def run(asked: argparse.Namespace) -> int:
    """Print the frontier, or the article's table."""
    if asked.store and not asked.task:
        raise BadPlot("--store: a ledger knows what a kind of work cost and how it went; give --task KIND with it")
    if asked.table and (asked.plot or asked.task):
        raise BadPlot("--table article is fixed: it goes without --task and --plot")
    at, day = dates.instant(asked.as_of)
    plot = None if asked.plot is None else _drawable(asked.plot)
    built = assembly.opened(Path(asked.config) if asked.config else None, day)
    if asked.task and asked.as_of is None and (asked.store or stores.settled(built)):
        built = replace(built, sources=hearing.sources(built, hearing.heard(built, asked.store, at)))
    models = sorted(_sold(built))
    catalog = assembly.shelf(built, models).at(at)
    if asked.table:
        return _article(catalog, asked.json, day)
    points = frontier.points(catalog, asked.task or "")
    if not points:
        raise NothingKnown(f"no score is known on {day}; the first is of {_first_day(asked.task or '')}")
    what = f"{asked.task} work" if asked.task else "SWE-bench Verified"
    if plot is not None:
        _draw(plot, points, f"{what}, {day}")
    if asked.json:
        terminal.show_json([to_builtins(one) for one in points])
        return 0
    _print(points, Heading(what, day, catalog.versions.get("prices", ""), asked.task is not None, _told(catalog, asked.task)))
    if plot is not None:
        print(f"drawn: {plot}")
    return 0


def _told(catalog: Catalog, kind: str | None) -> int:
    """Of how many models something was told at a kind of work."""
    return len({row.model for row in catalog.evidence if row.source == ORIGIN and row.kind == kind and row.score is not None})


def _sold(built: assembly.House) -> set[str]:
    """Models of the evidence that can be had somewhere; a ledger may speak of some that cannot."""
    return {row.model for row in built.sources.evidence if row.source != ORIGIN or _resolves(built, row.model)}


def _resolves(built: assembly.House, name: str) -> bool:
    try:
        build.resolved(built.sources, name)
    except build.UnknownModel:
        return False
    return True


def _first_day(kind: str) -> str:
    return min(row.date for row in sheets.evidence() if kind or row.benchmark == frontier.PUBLISHED)


def _drawable(path: Path) -> Path:
    if path.suffix.lower() not in {".svg", ".png"}:
        raise BadPlot(f"--plot: {path} ends in neither .svg nor .png")
    return files.writable(path)


def _draw(path: Path, points: Sequence[Point], title: str) -> None:
    spec = charts.frontier(drawn(points), title)
    content = pictures.png(spec) if path.suffix.lower() == ".png" else pictures.svg(spec).encode()
    files.write(path, content)


def drawn(points: Sequence[Point]) -> list[charts.Point]:
    """Points as the picture shows them; those without a price cannot be placed."""
    return [
        charts.Point(
            model=one.model,
            vendor=one.vendor,
            score=one.score,
            price=one.price / PER_DOLLAR,
            on_frontier=one.by_price,
            low=one.low,
            high=one.high,
        )
        for one in points
        if not isinstance(one.price, Unknown)
    ]


class Heading(Struct, frozen=True):
    """What the table is of."""

    what: str
    day: str
    prices: str
    estimated: bool
    told: int = 0


def _print(points: Sequence[Point], heading: Heading) -> None:
    columns = ("model", "tier", f">{heading.what} %", ">output $/M", ">$ per task", ">score per $", "frontier", "costs less than")
    terminal.show(
        terminal.table(columns, map(_row, points)),
        f"{heading.day}; prices {heading.prices}; $ per task as measured by the OpenHands index where it ran the model;"
        " frontier: no other scores as well for less, by list price or by measured cost",
    )
    turned, pairs = frontier.reversals(points)
    if pairs:
        terminal.show(
            f"list price is not cost: in {turned} of {pairs} pairs the model with the lower list price was measured to cost more per task;"
            " costs less than: models with a lower list price"
        )
    if heading.estimated:
        told = f"; of {heading.told} models a ledger's outcomes count, and its costs where it has them" if heading.told else ""
        terminal.show(f"scores are estimates for this kind of work from all benchmarks, with their 90 % interval{told}")


def _row(one: Point) -> tuple[str, ...]:
    spread = "" if one.low is None or one.high is None else f" ({100 * one.low:.0f}-{100 * one.high:.0f})"
    value = "-" if one.value is None else f"{one.value:,.1f}"
    marks = ", ".join(name for name, on in (("price", one.by_price), ("cost", one.by_cost)) if on)
    cost = "-" if isinstance(one.cost, Unknown) else terminal.money(one.cost, 3)
    cost += f" (x{one.spread:.1f})" if one.spread is not None else ""
    return (one.model, one.tier, f"{100 * one.score:.1f}{spread}", terminal.money(one.price), cost, value, marks, _few(one.reversed_by))


def _few(names: Sequence[str], shown: int = 2) -> str:
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def _article(catalog: Catalog, as_json: bool, day: str) -> int:  # noqa: FBT001  # how it is said, straight from the command line
    found = frontier.article(catalog, frontier.claims())
    if as_json:
        terminal.show_json(to_builtins(found))
        return 0
    columns = ("tier", "model", ">SWE-bench Verified %", ">output $/M", ">value")
    rows = [
        (line.tier, line.named, f"{100 * line.point.score:.1f}", terminal.money(line.point.price), f"{line.point.value or 0:.1f}")
        for line in found.lines
    ]
    terminal.show(terminal.table(columns, rows), *_sums(found, day))
    return 0


def _sums(found: Article, day: str) -> list[str]:
    saved = f"${found.monthly / PER_DOLLAR:,.0f}"
    low, high = (terminal.money(pick(line.point.price for line in found.lines)) for pick in (min, max))  # type: ignore[type-var]
    return [
        f"{day}; the dearest output token costs {found.ratio:.0f}x the cheapest",
        f"{frontier.TOKENS}M output tokens a month cost {saved} more at ${high} than at ${low}",
        *(f"note: {note}" for note in found.notes),
    ]
