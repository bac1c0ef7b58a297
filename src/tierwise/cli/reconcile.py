"""`tierwise reconcile`: the ledger against what a provider says was used and what it costs, to the cent, and why they differ."""

import argparse
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, to_builtins

from tierwise import assembly, plugins
from tierwise.cli import dates, stores, terminal
from tierwise.core.catalog import Rates, rates_at
from tierwise.core.efforts import plain
from tierwise.core.entry import Attempt, Bill
from tierwise.core.money import Unknown, shown
from tierwise.lab.causes import explained
from tierwise.lab.export import BadExport, Export, Line, text_of
from tierwise.lab.logged import Logged
from tierwise.lab.plural import count
from tierwise.lab.reconciling import DAY, HALF, Difference, Reconciled, Side, Used, cells, reconciled
from tierwise.ledger import Query, Row, Store

DIFFERS: Final = 1
"""The exit code where something differs by a cent or more."""

TERMS: Final = tuple(Bill.__struct_fields__)
DATED: Final = re.compile(r"-(20[0-9]{6}|20[0-9]{2}-[0-9]{2}-[0-9]{2})$")
"""The date that some providers put behind a model's name."""

COLUMNS: Final = ("day (UTC)", "model", ">requests", ">there", ">tokens", ">there", ">cost $", ">there $", ">apart $", "likely because")
NOON: Final = DAY // 2


def add(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="usage or cost exports of one provider (JSON or CSV)")
    parser.add_argument("--provider", metavar="NAME", help="whose endpoints in the ledger to compare (default: the export's provider)")
    parser.add_argument("--store", metavar="ADDRESS", help="the ledger: a file, sqlite:///file or postgresql:// (default: the settings')")
    parser.add_argument("--json", action="store_true", help="every difference, for a program")
    parser.set_defaults(run=run)


class Exported(Struct, frozen=True):
    """What some files of one provider say, and what is to be known of them."""

    provider: str
    titles: tuple[str, ...]
    lines: tuple[Line, ...]
    remarks: tuple[str, ...]


def run(asked: argparse.Namespace) -> int:
    """Compare, then print; 1 where something differs."""
    built = assembly.opened(Path(asked.config) if asked.config else None)
    told = exported(asked.files, plugins.found(plugins.EXPORTS))
    provider, logged = _provider(built, asked.provider or told.provider), Logged(built.sources)
    with stores.opened(built, asked.store) as store:
        used = list(attempts(store, _query(told.lines), provider, logged))
    names = Names(logged, provider, frozenset(one.model for one in used))
    prices = Prices(logged, provider)
    found = cells(used, told.lines, names)
    result = reconciled(found, prices, lambda apart: explained(apart, prices, names.nearest))
    if asked.json:
        terminal.show_json({"provider": provider, "files": [str(path) for path in asked.files], **_told(result)})
    else:
        _print(result, told, provider)
    return DIFFERS if result.differences or abs(result.gap) >= HALF else 0


def exported(paths: Sequence[Path], exports: Sequence[Export]) -> Exported:
    """What some exports say; BadExport where one cannot be read, or they are of several providers."""
    lines, titles, remarks, providers = list[Line](), list[str](), list[str](), dict[str, Path]()
    for path in paths:
        text = text_of(path)
        export = next((one for one in exports if one.claims(text)), None)
        if export is None:
            raise BadExport(f"{path}: not an export of a known kind ({'; '.join(one.title for one in exports)})")
        lines += export.lines(path, text)
        titles.append(export.title)
        providers.setdefault(export.provider, path)
        why = export.incomplete(text)
        remarks += [f"{path}: {why}; what is on the other pages will seem to be missing there"] if why else []
    if len(providers) > 1:
        raise BadExport(f"{paths[-1]}: exports of {' and '.join(providers)} at once; reconcile one provider at a time")
    if not lines:
        raise BadExport(f"{paths[0]}: the export has no line with any usage or cost")
    return Exported(next(iter(providers)), tuple(dict.fromkeys(titles)), tuple(lines), tuple(remarks))


class UnknownProvider(ValueError):
    """A provider nobody knows; the message names the nearest one."""


def _provider(built: assembly.House, name: str) -> str:
    known = {
        *built.sources.providers,
        *(one.partition("/")[0] for one in built.sources.offers),
        *(one.id for one in built.sources.book.sellers),
    }
    if name not in known:
        close = difflib.get_close_matches(name, sorted(known), 1, 0.5)
        raise UnknownProvider(f"--provider: unknown provider {name!r}" + (f"; did you mean {close[0]!r}?" if close else ""))
    return name


def _query(lines: Sequence[Line]) -> Query:
    """The export's days, and one before and after, where what is cut in another time zone would be."""
    days = [line.day for line in lines]
    return Query(since=(min(days) - 1) * DAY, until=(max(days) + 2) * DAY)


def attempts(store: Store, query: Query, provider: str, logged: Logged) -> Iterator[Used]:
    """What the ledger has of a provider's endpoints, attempt by attempt.

    A row says all there is to say of a request that one attempt served; of others the whole entry is looked up.
    """
    for row in store.each(query):
        if row.attempts == 1 and row.endpoint:
            if row.endpoint.startswith(f"{provider}/"):
                yield _whole(row, _model(logged, row.endpoint, row.at))
        elif row.attempts:
            entry = store.find(row.id)
            tried: Iterable[Attempt] = () if entry is None else entry.attempts
            for one in tried:
                if one.endpoint.startswith(f"{provider}/"):
                    yield _part(row, one, _model(logged, one.endpoint, one.at))


def _whole(row: Row, model: str) -> Used:
    terms = {} if row.bill is None else dict(zip(TERMS, row.bill, strict=True))
    return Used(row.at, model, row.usage, row.cost, terms, failed=False, prices=row.prices)


def _part(row: Row, one: Attempt, model: str) -> Used:
    """An attempt of several; the one that served has the row's terms."""
    served = one.endpoint == row.endpoint and not one.hedge and one.usage is not None and one.usage == row.usage
    terms = dict(zip(TERMS, row.bill, strict=True)) if served and row.bill is not None else {}
    cost = None if isinstance(one.cost, Unknown) else one.cost
    failed = one.fault is not None and not (served and row.committed)
    return Used(one.at, model, one.usage, cost, terms, failed=failed, prices=row.prices)


def _model(logged: Logged, endpoint: str, at: int) -> str:
    """The model that a provider bills an endpoint as: it knows no effort."""
    provider, _, rest = endpoint.partition("/")
    found = logged.endpoint(rest, provider, at)
    return plain(rest if found is None else found.model)


class Names:
    """The models that an export's names stand for, those of the ledger first."""

    def __init__(self, logged: Logged, provider: str, mine: frozenset[str]) -> None:
        """By look-ups, for a provider whose models the ledger has."""
        self.logged, self.provider, self.mine = logged, provider, mine
        self.known: dict[str, str | None] = {}

    def __call__(self, name: str, day: int) -> str | None:
        """A model; None where the name stands for none."""
        if name not in self.known:
            found = [model for one in spellings(name) if (model := self._model(one, day)) is not None]
            self.known[name] = next((model for model in found if model in self.mine), found[0] if found else None)
        return self.known[name]

    def _model(self, name: str, day: int) -> str | None:
        if name in self.mine:
            return name
        found = self.logged.endpoint(name, self.provider, day * DAY + NOON)
        return None if found is None else found.model

    def nearest(self, name: str) -> str:
        """The nearest name of a model that the ledger has, '' where none is near."""
        return next(iter(difflib.get_close_matches(name.lower(), sorted(self.mine), 1, 0.5)), "")


def spellings(name: str) -> list[str]:
    """Ways to write a model's name: as it stands, as ids are written, without a date, without its maker."""
    plain = name.strip().lower().replace(" ", "-")
    tried = [name, plain, DATED.sub("", plain), plain.partition(":")[0]]
    tried += [one.replace(".", "-") for one in tried]
    return list(dict.fromkeys([*tried, *(one.partition("/")[2] for one in tried if "/" in one)]))


class Prices:
    """What a token of a kind costs of a model at a provider on a day."""

    KINDS: Final = {"prompt": "fresh", "uncached": "fresh", "write": "write_5m"}

    def __init__(self, logged: Logged, provider: str) -> None:
        """By look-ups in the price data."""
        self.logged, self.provider = logged, provider

    def __call__(self, model: str, kind: str, day: int) -> int | None:
        """Pico-dollars; None where nobody knows."""
        found = self.logged.endpoint(model, self.provider, day * DAY + NOON) if model else None
        if found is None or isinstance(found.rates, Unknown):
            return None
        rates: Rates = rates_at(found.rates, 0)
        price: int = getattr(rates, self.KINDS.get(kind, kind))
        return price // rates.per


def _told(found: Reconciled) -> dict[str, Any]:
    """The result for a program: days as dates, amounts in pico-dollars."""
    told: dict[str, Any] = to_builtins(found)
    told["first"], told["last"] = dates.shown(found.first), dates.shown(found.last)
    for one in told["differences"]:
        one["cell"]["day"] = dates.shown(one["cell"]["day"])
    return told


def _print(found: Reconciled, told: Exported, provider: str) -> None:
    theirs = "no cost" if found.theirs is None else shown(found.theirs, 4)
    days = dates.shown(found.first) if found.first == found.last else f"{dates.shown(found.first)} to {dates.shown(found.last)}"
    rest = f"; {shown(found.rest, 6)} of it are fractions of a cent" if found.rest else ""
    lines = [
        f"{', '.join(told.titles)}; {provider}, {days}",
        *told.remarks,
        f"ledger {shown(found.ours, 4)}, export {theirs}: {_apart(found.gap)} apart{rest}",
        f"{found.agreeing:,} of {count(found.cells, 'day and model', 'days and models')} agree",
    ]
    parts = [terminal.table(COLUMNS, map(_row, found.differences))] if found.differences else []
    terminal.show(*lines, *parts)


def _apart(amount: int) -> str:
    return shown(amount) if abs(amount) >= HALF or not amount else "less than half a cent"


def _row(one: Difference) -> tuple[str, ...]:
    cell, gap = one.cell, one.gap
    name = cell.what or cell.model or "all models"
    requests = (_number(cell.ours.requests if cell.ours else 0), _number(_requests(cell.theirs)))
    tokens = (_number(_tokens(cell.ours)), _number(_tokens(cell.theirs)))
    costs = (_money(cell.ours.cost if cell.ours else 0), _charged(one))
    return (dates.shown(cell.day), name, *requests, *tokens, *costs, f"{gap.cost / 10**12:+,.2f}", "; ".join(one.causes))


def _charged(one: Difference) -> str:
    """What the export charges, or that its tokens are priced as the ledger does."""
    if not one.gap.priced or one.cell.theirs is None:
        return _money(_cost(one.cell.theirs))
    return "our prices" if one.cell.known else "unknown"


def _requests(side: Side | None) -> int | None:
    return 0 if side is None else side.requests


def _cost(side: Side | None) -> int | None:
    return 0 if side is None else side.cost


def _tokens(side: Side | None) -> int | None:
    """All tokens, prompt and answer."""
    if side is None:
        return 0
    if side.tokens is None:
        return None
    kinds = ("prompt", "output") if "prompt" in side.tokens else ("fresh", "read", "write_5m", "write_1h", "output")
    return sum(side.tokens.get(kind, 0) for kind in kinds)


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _money(amount: int | None) -> str:
    return terminal.money(amount, 4)
